/* SPDX-License-Identifier: MIT */
/*
 * config.c -- Reads the settings of an instance and checks every one.
 *
 * A value is checked when it is read, against its row of config_keys.c; so a
 * program that has started never meets a bad one.
 */
#include "base/config.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/endpoint.h"
#include "base/err.h"
#include "base/str.h"

struct value {
	const char *text;
	int64_t	    number; /* of CONFIG_INT and CONFIG_BOOL */
	const char *origin;
};

struct config {
	struct arena *arena;
	const char   *instance;
	struct value *values; /* as many as there are keys, in their order */
};

static size_t
key_count(void)
{
	size_t n = 0;

	while (config_keys[n].name != NULL)
		n++;
	return n;
}

/* The row of a key, or key_count(). */
static size_t
key_row(const char *name)
{
	size_t row = 0;

	while (config_keys[row].name != NULL &&
	       strcmp(config_keys[row].name, name) != 0)
		row++;
	return row;
}

/* -- one value ------------------------------------------------------------- */

static int
bad(struct err *e, const char *origin, const char *name, const char *text,
    const char *must)
{
	return err_set(e, ERR_INTERNAL, "config", "%s: %s: %s, not \"%.40s\"",
	    origin, name, must, text);
}

static int
check_text(size_t row, const char *text, const char *origin, struct err *e)
{
	size_t n = strlen(text);

	if (!utf8_valid(text, n) || utf8_has_control(text, n, ""))
		return bad(e, origin, config_keys[row].name, "",
		    "must be UTF-8 without control characters");
	return 0;
}

static int
set_string(struct config *c, size_t row, const char *text, const char *origin,
    struct err *e)
{
	const struct config_key *k = &config_keys[row];
	size_t			 n = strlen(text);

	if (check_text(row, text, origin, e) == -1)
		return -1;
	if ((int64_t)n < k->min || (int64_t)n > k->max)
		return bad(e, origin, k->name, text,
		    arena_printf(c->arena, "must be %lld to %lld bytes long",
			(long long)k->min, (long long)k->max));
	return 0;
}

static int
set_endpoints(struct config *c, size_t row, const char *text,
    const char *origin, struct err *e)
{
	const struct config_key *k = &config_keys[row];
	const struct endpoint	*list;
	size_t			 n;

	if (check_text(row, text, origin, e) == -1)
		return -1;
	if (endpoints_parse(c->arena, text, &list, &n) == -1 ||
	    n > (size_t)k->max)
		return bad(e, origin, k->name, text,
		    k->max == 1 ? "must be unix:/path or host:port"
				: "must be unix:/path or host:port, several by "
				  "commas");
	return 0;
}

static int
set_int(struct config *c, size_t row, const char *text, const char *origin,
    struct err *e)
{
	const struct config_key *k = &config_keys[row];
	int64_t			*number = &c->values[row].number;

	if (!parse_i64(text, number) || *number < k->min || *number > k->max)
		return bad(e, origin, k->name, text,
		    arena_printf(c->arena, "must be a number from %lld to %lld",
			(long long)k->min, (long long)k->max));
	return 0;
}

static int
set(struct config *c, size_t row, const char *text, const char *origin,
    struct err *e)
{
	const struct config_key *k = &config_keys[row];
	int			 rc = 0;

	switch (k->type) {
	case CONFIG_STRING:
		rc = set_string(c, row, text, origin, e);
		break;
	case CONFIG_ENDPOINTS:
		rc = set_endpoints(c, row, text, origin, e);
		break;
	case CONFIG_INT:
		rc = set_int(c, row, text, origin, e);
		break;
	case CONFIG_BOOL:
		if (!word_in(text, "on off"))
			rc = bad(e, origin, k->name, text, "must be on or off");
		c->values[row].number = strcmp(text, "on") == 0;
		break;
	case CONFIG_CHOICE:
		if (!word_in(text, k->choices))
			rc = bad(e, origin, k->name, text,
			    arena_printf(
				c->arena, "must be one of: %s", k->choices));
		break;
	}
	c->values[row].text = arena_strdup(c->arena, text);
	c->values[row].origin = origin;
	return rc;
}

/* -- where values come from ------------------------------------------------ */

static int
set_defaults(struct config *c, struct err *e)
{
	for (size_t row = 0; config_keys[row].name != NULL; row++)
		if (set(c, row, config_keys[row].fallback, "default", e) == -1)
			return -1;
	return 0;
}

/* Cuts blanks off both ends, in place. */
static char *
trim(char *s)
{
	char *end;

	s += strspn(s, " \t\r\n");
	end = s + strlen(s);
	while (end > s && strchr(" \t\r\n", end[-1]) != NULL)
		*--end = '\0';
	return s;
}

/*
 * What stands behind "=": up to a # after a blank, or, to keep outer blanks
 * and that very #, all between double quotes.
 */
static char *
value_of(char *s)
{
	char *end;

	s = trim(s);
	if (*s == '"' && (end = strrchr(s + 1, '"')) != NULL &&
	    (*trim(end + 1) == '\0' || *trim(end + 1) == '#')) {
		*end = '\0';
		return s + 1;
	}
	for (char *at = s; *at != '\0'; at++)
		if (*at == '#' &&
		    (at == s || at[-1] == ' ' || at[-1] == '\t')) {
			*at = '\0';
			break;
		}
	return trim(s);
}

static int
read_line(struct config *c, char *line, const char *origin, struct err *e)
{
	char  *key = trim(line), *equals;
	size_t row;

	if (*key == '\0' || *key == '#')
		return 0;
	if ((equals = strchr(key, '=')) == NULL)
		return err_set(e, ERR_INTERNAL, "config",
		    "%s: %.60s: not of the form key = value", origin, key);
	*equals = '\0';
	key = trim(key);
	row = key_row(key);
	if (config_keys[row].name == NULL)
		return err_set(e, ERR_INTERNAL, "config",
		    "%s: %.60s: there is no such key", origin, key);
	return set(c, row, value_of(equals + 1), origin, e);
}

static int
read_file(struct config *c, const char *name, struct err *e)
{
	char	   *path = arena_printf(c->arena, "%s/%s", c->instance, name);
	char	   *line = NULL;
	size_t	    size = 0;
	ssize_t	    n;
	int	    rc = 0;
	FILE	   *f;
	const char *origin;

	if ((f = fopen(path, "re")) == NULL)
		return errno == ENOENT ? 0
				       : err_set(e, ERR_INTERNAL, "config",
					     "%s: %s", path, strerror(errno));
	for (int number = 1; rc == 0; number++) {
		if ((n = getline(&line, &size, f)) == -1)
			break;
		origin = arena_printf(c->arena, "%s:%d", path, number);
		if (strlen(line) != (size_t)n)
			rc = err_set(e, ERR_INTERNAL, "config",
			    "%s: a NUL byte in the line", origin);
		else
			rc = read_line(c, line, origin, e);
	}
	if (rc == 0 && ferror(f))
		rc = err_set(
		    e, ERR_INTERNAL, "config", "%s: cannot be read", path);
	free(line);
	fclose(f);
	return rc;
}

static int
read_environment(struct config *c, struct err *e)
{
	for (size_t row = 0; config_keys[row].name != NULL; row++) {
		char *name =
		    arena_printf(c->arena, "PARLEY_%s", config_keys[row].name);
		const char *text;

		for (char *at = name; *at != '\0'; at++)
			*at = (char)(*at == '.' ? '_' : toupper(*at));
		if ((text = getenv(name)) == NULL)
			continue;
		if (set(c, row, text, "environment", e) == -1)
			return -1;
	}
	return 0;
}

static const char *
absolute(struct arena *a, const char *path)
{
	char real[PATH_MAX], here[PATH_MAX];

	if (realpath(path, real) != NULL)
		return arena_strdup(a, real);
	if (*path == '/' || getcwd(here, sizeof(here)) == NULL)
		return arena_strdup(a, path);
	return arena_printf(a, "%s/%s", here, path);
}

int
config_load(struct config **config_r, const char *instance, struct err *e)
{
	struct arena  *a = arena_new(0);
	struct config *c = arena_alloc(a, sizeof(*c));

	*config_r = NULL;
	c->arena = a;
	c->instance = absolute(a, instance);
	c->values = arena_alloc(a, key_count() * sizeof(*c->values));
	if (set_defaults(c, e) == -1 || read_file(c, "parley.conf", e) == -1 ||
	    read_file(c, "node.conf", e) == -1 ||
	    read_environment(c, e) == -1) {
		arena_free(&a);
		return -1;
	}
	*config_r = c;
	return 0;
}

void
config_free(struct config **c)
{
	struct arena *a;

	if (*c == NULL)
		return;
	a = (*c)->arena;
	*c = NULL;
	arena_free(&a);
}

/* -- asking ---------------------------------------------------------------- */

const char *
config_instance(const struct config *c)
{
	return c->instance;
}

/* Asking for what is not in the table is a bug, so it shows at once. */
static const struct value *
get(const struct config *c, const char *key, unsigned types)
{
	size_t row = key_row(key);

	if (config_keys[row].name == NULL ||
	    (types & 1u << config_keys[row].type) == 0) {
		(void)fprintf(stderr, "config: no key %s of this type\n", key);
		abort();
	}
	return &c->values[row];
}

const char *
config_str(const struct config *c, const char *key)
{
	return get(c, key,
	    1u << CONFIG_STRING | 1u << CONFIG_CHOICE | 1u << CONFIG_ENDPOINTS)
	    ->text;
}

int64_t
config_int(const struct config *c, const char *key)
{
	return get(c, key, 1u << CONFIG_INT)->number;
}

bool
config_bool(const struct config *c, const char *key)
{
	return get(c, key, 1u << CONFIG_BOOL)->number != 0;
}

const char *
config_text(const struct config *c, const char *key)
{
	return get(c, key, ~0u)->text;
}

const char *
config_origin(const struct config *c, const char *key)
{
	return get(c, key, ~0u)->origin;
}
