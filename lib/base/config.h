/* SPDX-License-Identifier: MIT */
/*
 * config.h -- The settings of an instance.
 *
 * Every key is one row of the table in config_keys.c: name, type, default,
 * bounds and help.  docs/configuration.md and `parleyctl config` are made from
 * the same rows.  A setting comes from the environment (a.b is PARLEY_A_B),
 * else from INSTANCE/node.conf (what is a second node's own: its parley.conf is
 * the first one's), else from INSTANCE/parley.conf, else from its default.
 */
#ifndef PARLEY_BASE_CONFIG_H
#define PARLEY_BASE_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;
struct config;

enum config_type {
	CONFIG_STRING,
	CONFIG_INT,
	CONFIG_BOOL,	 /* on | off */
	CONFIG_CHOICE,	 /* one of the words in choices, space-separated */
	CONFIG_ENDPOINTS /* see endpoint.h */
};

struct config_key {
	const char	*name;
	enum config_type type;
	const char	*fallback; /* the default, as it would be written */
	int64_t	    min, max; /* of an int; lengths; of endpoints, how many */
	const char *choices;
	const char *help; /* one sentence, for the docs */
};

/* The table, ended by a row without a name. */
extern const struct config_key config_keys[];

/*
 * Reads the two files of the instance (either may be absent) and the
 * environment.  On failure the detail names file, line and key.  instance is
 * made absolute.
 * The environment's PARLEY_INSTANCE is no setting: it is where programs find
 * the instance when they are not given it.
 */
int  config_load(struct config **, const char *instance, struct err *);
void config_free(struct config **);

/* The instance's absolute path. */
const char *config_instance(const struct config *);

/*
 * The value of a key.  Asking for a key that the table lacks, or as another
 * type, is a bug and aborts.  Strings live as long as the config.
 */
const char *config_str(const struct config *, const char *key);
int64_t	    config_int(const struct config *, const char *key);
bool	    config_bool(const struct config *, const char *key);

/* The value of a key of any type as it was written: to show it. */
const char *config_text(const struct config *, const char *key);

/* Where a value came from: "default", "environment", or "file:line". */
const char *config_origin(const struct config *, const char *key);

#endif
