/* SPDX-License-Identifier: MIT */
/*
 * err.h -- What went wrong, set where it is known, answered at the edge.
 *
 * A function that can fail returns -1 and fills the caller's struct err.  The
 * code is stable: tests assert it, templates translate it, clients switch on
 * it.  The detail of ERR_INTERNAL and ERR_UNAVAILABLE is for the log only; of
 * the others it is English for the caller.  Only the edge (the web loop, a
 * daemon's step) logs an error, and does so once.
 */
#ifndef PARLEY_BASE_ERR_H
#define PARLEY_BASE_ERR_H

#include <stdbool.h>

enum err_kind {
	ERR_NONE,
	ERR_MALFORMED,	  /* 400: it could not be read at all */
	ERR_UNAUTHORIZED, /* 401 */
	ERR_FORBIDDEN,	  /* 403 */
	ERR_NOT_FOUND,	  /* 404: also what the caller may not know of */
	ERR_METHOD,	  /* 405 */
	ERR_CONFLICT,	  /* 409 */
	ERR_TOO_LARGE,	  /* 413 */
	ERR_INVALID,	  /* 422: with all the fields at fault */
	ERR_RATE_LIMITED, /* 429 with Retry-After */
	ERR_INTERNAL,	  /* 500: our fault */
	ERR_UNAVAILABLE	  /* 503 with Retry-After: a dependency is down */
};

enum { ERR_FIELDS_MAX = 16 };

struct err_field {
	const char *field; /* as the caller named it; static or in an arena */
	const char *code;  /* stable, snake_case */
	char	    detail[160];
};

struct err {
	enum err_kind	 kind;
	const char	*code; /* stable, snake_case; static */
	char		 detail[256];
	const char	*file; /* where it was set */
	int		 line;
	int		 retry_after_s; /* for 429 and 503; 0: not said */
	bool		 is_retryable;	/* a deadlock or lock time-out */
	unsigned	 nfields;
	struct err_field fields[ERR_FIELDS_MAX];
};

/*
 * Sets *e and returns -1, so that a caller can write
 * return err_set(e, ERR_FORBIDDEN, "muted", "You are muted here.");
 * The fields gathered so far stay.
 */
#define err_set(e, kind, code, ...) \
	err_set_at((e), (kind), (code), __FILE__, __LINE__, __VA_ARGS__)
int err_set_at(struct err *e, enum err_kind, const char *code, const char *file,
    int line, const char *fmt, ...) __attribute__((format(printf, 6, 7)));

/*
 * Adds one field at fault and makes *e ERR_INVALID "invalid".  Call it for
 * every bad field before giving up: the caller is told all of them.  Of one
 * field only the first fault is kept, and past ERR_FIELDS_MAX fields they are
 * dropped.  Returns -1.
 */
int err_field(struct err *e, const char *field, const char *code,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* Is this field among those at fault? */
bool err_has_field(const struct err *e, const char *field);

/* Forgets everything: for a retry. */
void err_clear(struct err *e);

/* The HTTP status of a kind: the one table of them. */
int err_http_status(enum err_kind);

#endif
