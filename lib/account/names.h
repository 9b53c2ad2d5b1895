/* SPDX-License-Identifier: MIT */
/*
 * names.h -- What somebody is found by; for lib/account alone.
 *
 * A name is kept in parts: what it says from its beginning, from each of its
 * words, and from each character on.
 * How well a person fits is told from the names as they are, by account_fit(),
 * so that a part left over from an older name finds nobody.
 */
#ifndef PARLEY_ACCOUNT_NAMES_H
#define PARLEY_ACCOUNT_NAMES_H

#include <stddef.h>

#include "account/account.h"

struct db;
struct db_stmt;

/* Raise it when parts come out differently: all are then written anew. */
enum { NAMES_VERSION = 1 };

/* In bytes; and how many a person has at most. */
enum { NAME_PART_MAX = 192, NAME_PARTS_MAX = 160 };

struct name_part {
	enum name_place place; /* but NAME_EXACT */
	const char     *text;
};

/* The parts of two names; how many.  One may come twice. */
size_t name_parts(struct arena *, const char *username,
    const char *display_name, struct name_part parts_r[NAME_PARTS_MAX]);

/* -- store_names.c: in the transaction that changes the name --------------- */

/* From now on the user is found by these names, and by no others. */
int names_put(struct db *, struct arena *, uint64_t id, const char *username,
    const char *display_name, struct err *);

/* Nobody finds the user any more. */
int names_forget(struct db *, uint64_t id, struct err *);

/*
 * Writes the parts of the next users whose names are not all known to be
 * written in this version: 1 if there may be more, 0, -1.  Adds to *n.
 */
int names_write_some(struct db *, struct arena *, uint64_t *n, struct err *);

/* Parts at a place that begin with the needle, by part and id. */
int names_at(struct db *, struct arena *, const struct account_needle *,
    const struct account_range *, struct account_hit **, size_t *n_r,
    struct err *);

/* Of n users, at most some 1000, those one of whose parts begins with it. */
int names_among(struct db *, struct arena *, const struct account_needle *,
    const uint64_t *ids, size_t n, uint64_t *found_r, size_t *n_r,
    struct err *);

const struct db_stmt *names_statements(size_t *n_r);

#endif
