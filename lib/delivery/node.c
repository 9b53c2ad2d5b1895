/* SPDX-License-Identifier: MIT */
/*
 * node.c -- A node among others.
 *
 * About a node: a line "HOST:INSTANCE", then a line "key=value" for each
 * setting that must be equal, a seal that tells of its secrets, and what its
 * signing keys are known by.  Redis answers for all that live in one trip.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "account/token.h"
#include "base/arena.h"
#include "base/config.h"
#include "base/crypto.h"
#include "base/err.h"
#include "base/str.h"
#include "data/app.h"
#include "data/redis.h"
#include "delivery/node.h"
#include "policy/seal.h"
#include "presence/keys.h"

enum { HOST_SIZE = 256, KEEP = 4, SEAL_BYTES = 8 };
#define SEAL "seal"
#define KEYS "keys"

/* What puts an event on a stream, and what takes it off, must agree. */
static const char *const shared[] = {"bus.driver", "bus.shards"};
enum { NSHARED = sizeof(shared) / sizeof(shared[0]) };

static const char script[] =
    "local all = {} "
    "for _, n in ipairs(redis.call('SMEMBERS', KEYS[1])) do "
    " local about = redis.call('GET', 'node:' .. n .. ':about') "
    " if about and redis.call('EXISTS', 'node:' .. n .. ':alive') == 1 then "
    "  all[#all + 1] = n "
    "  all[#all + 1] = about "
    " end "
    "end "
    "return all";

/* Looked at each time: they are rotated while we run. */
static const char *
about_keys(struct arena *a, const struct config *config)
{
	struct token_keys *keys;
	struct err	   e = {0};
	const char	  *about;

	if (token_keys_load(&keys, config_instance(config), &e) == -1)
		return "";
	about = token_keys_about(keys, a);
	token_keys_free(&keys);
	return about;
}

static const char *
about_us(struct arena *a, struct app *app)
{
	const struct config *config = app->config;
	unsigned char	     seal[SHA256_SIZE];
	struct strbuf	     text;
	char		     host[HOST_SIZE] = "";

	strbuf_init(&text, a);
	(void)gethostname(host, sizeof(host) - 1);
	strbuf_addf(&text, "%s:%s\n", host, config_instance(config));
	for (size_t i = 0; i < NSHARED; i++)
		strbuf_addf(&text, "%s=%s\n", shared[i],
		    config_text(config, shared[i]));
	policy_seal(app, "node", "", 0, seal);
	strbuf_addf(&text, "%s=%s\n", SEAL, hex(a, seal, SEAL_BYTES));
	strbuf_addf(&text, "%s=%s\n", KEYS, about_keys(a, config));
	return text.data;
}

/* What follows "key=" in a line of the text; "": nothing. */
static const char *
value_of(struct arena *a, const char *about, const char *key)
{
	const char *line = arena_printf(a, "\n%s=", key);
	const char *at = strstr(about, line);

	if (at == NULL)
		return "";
	at += strlen(line);
	return arena_strndup(a, at, strcspn(at, "\n"));
}

/* Is the newest of their keys, with which they sign, one of ours? */
static bool
has_their_key(struct arena *a, const char *ours, const char *theirs)
{
	const char *newest = strrchr(theirs, ' ');

	newest = newest == NULL ? theirs : newest + 1;
	return strstr(arena_printf(a, " %s ", ours),
		   arena_printf(a, " %s ", newest)) != NULL;
}

/*
 * What they sign would be refused here.  Asked at the start only: of those
 * that run one may have been given its next key, and the others not yet.
 */
static int
compare_keys(struct arena *a, const char *ours, const struct redis_reply *id,
    const struct redis_reply *about, struct err *e)
{
	const char *theirs = value_of(a, about->str, KEYS);

	if (theirs[0] == '\0' ||
	    has_their_key(a, value_of(a, ours, KEYS), theirs))
		return 0;
	return err_set(e, ERR_CONFLICT, "conflict",
	    "secrets/jwt lacks the key that the running node %s (%.*s) signs "
	    "tokens with; copy its folder secrets",
	    id->str, (int)strcspn(about->str, "\n"), about->str);
}

static int
compare(struct arena *a, const char *node, const char *ours,
    const struct redis_reply *id, const struct redis_reply *about,
    struct err *e)
{
	size_t where = strcspn(about->str, "\n");

	if (strcmp(id->str, node) == 0)
		return strncmp(ours, about->str, where + 1) == 0
			   ? 0
			   : err_set(e, ERR_CONFLICT, "conflict",
				 "the node %s runs already, at %.*s; node.id "
				 "gives this one another name",
				 node, (int)where, about->str);
	if (strcmp(value_of(a, ours, SEAL), value_of(a, about->str, SEAL)) != 0)
		return err_set(e, ERR_CONFLICT, "conflict",
		    "the secrets here are not those of the running node %s "
		    "(%.*s); copy its folder secrets",
		    id->str, (int)where, about->str);
	for (size_t i = 0; i < NSHARED; i++) {
		const char *here = value_of(a, ours, shared[i]);
		const char *there = value_of(a, about->str, shared[i]);

		if (strcmp(here, there) != 0)
			return err_set(e, ERR_CONFLICT, "conflict",
			    "%s is %s here and %s at the running node %s "
			    "(%.*s); it must be the same on all nodes",
			    shared[i], here, there, id->str, (int)where,
			    about->str);
	}
	return 0;
}

int
node_announce(struct app *app, struct arena *a, const char *node,
    bool is_starting, struct err *e)
{
	const char	  *ours = about_us(a, app);
	char		   key[PRESENCE_KEY_SIZE];
	struct redis_reply all, done;

	if (redis_call(app->redis, a, &all, e, "EVAL %s 1 %s", script,
		PRESENCE_NODES) == -1)
		return -1;
	for (size_t i = 0; all.type == REDIS_ARRAY && i + 1 < all.n; i += 2)
		if (compare(a, node, ours, &all.element[i], &all.element[i + 1],
			e) == -1 ||
		    (is_starting && compare_keys(a, ours, &all.element[i],
					&all.element[i + 1], e) == -1))
			return -1;
	/* That it cannot be kept (Redis is full) is no reason to stop. */
	return redis_call(app->redis, a, &done, e, "SET %s %s PX %d",
	    presence_key(key, node, "about"), ours, KEEP * NODE_ANNOUNCE_MS);
}
