/* SPDX-License-Identifier: MIT */
/* health.c -- parleyctl health: is the instance ready, or when will it be? */
#include "ctl.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include <jansson.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/config.h"
#include "base/err.h"
#include "base/str.h"
#include "delivery/node_id.h"
#include "http.h"

enum { ASK_SECONDS = 3, PAUSE_NS = 100 * 1000000, OK = 200 };

/* Everything is there: an instance that is degraded serves, but is not well. */
static bool
is_well(const struct http_answer *a)
{
	return a->status == OK && strstr(a->body, "\"status\":\"ok\"") != NULL;
}

/* What is not well, each by its name and with its cause; else all of it. */
static const char *
faults(struct arena *a, const char *body)
{
	json_t	     *reply = json_loads(body, 0, NULL);
	const char   *name;
	json_t	     *check;
	struct strbuf text;

	strbuf_init(&text, a);
	json_object_foreach (json_object_get(reply, "checks"), name, check) {
		const char *state = "", *cause = "no cause told";

		(void)json_unpack(
		    check, "{s?s,s?s}", "state", &state, "cause", &cause);
		if (strcmp(state, "ok") != 0)
			strbuf_addf(&text, "%s%s is %s: %s",
			    text.len > 0 ? "; " : "", name, state, cause);
	}
	json_decref(reply);
	return text.len > 0 ? text.data : body;
}

static int
ask(struct ctl *ctl, const struct config *c, struct http_answer *answer,
    struct err *e)
{
	const struct http_question q = {.method = "GET", .path = "/readyz"};

	return http_ask(ctl->arena, c, &q, ASK_SECONDS, answer, e);
}

/*
 * Another instance may have taken the port, between our look at it and the
 * start of our lighttpd, which tries in vain from then on: how that one is
 * tells nothing of us.
 */
static int
check_is_ours(
    const struct config *c, const struct http_answer *answer, struct err *e)
{
	char node[NODE_ID_SIZE];

	if (answer->node[0] == '\0')
		return 0;
	if (node_id(c, node, e) == -1)
		return -1;
	if (strcmp(answer->node, node) == 0)
		return 0;
	return err_set(e, ERR_CONFLICT, "conflict",
	    "port %d is answered by another instance (its node is %.40s, "
	    "this one %s)",
	    (int)config_int(c, "http.port"), answer->node, node);
}

int
ctl_health(struct ctl *ctl, int argc, char **argv, struct err *e)
{
	const struct timespec pause = {.tv_nsec = PAUSE_NS};
	const struct config  *c;
	struct http_answer    answer;
	uint64_t	      wait_s = 0;
	int64_t		      until;
	int		      rc;

	if (argc != 0 && (argc != 2 || strcmp(argv[0], "--wait") != 0 ||
			     !parse_u64(argv[1], &wait_s)))
		return ctl_bad_args(e);
	if ((c = ctl_config(ctl, e)) == NULL)
		return -1;
	until = clock_mono_us() + (int64_t)wait_s * 1000000;
	while ((rc = ask(ctl, c, &answer, e)) == -1 || !is_well(&answer)) {
		if (rc == 0 && check_is_ours(c, &answer, e) == -1)
			return -1;
		if (clock_mono_us() >= until)
			break;
		err_clear(e);
		(void)nanosleep(&pause, NULL);
	}
	if (rc == -1 || check_is_ours(c, &answer, e) == -1)
		return -1;
	if (!is_well(&answer))
		return err_set(e, ERR_UNAVAILABLE, "unavailable",
		    "/readyz says %d: %.180s", answer.status,
		    faults(ctl->arena, answer.body));
	if (wait_s == 0)
		printf("%s\n", answer.body);
	return 0;
}
