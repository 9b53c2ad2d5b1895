/* SPDX-License-Identifier: MIT */
/* store_directory.h -- What the directory of open groups needs stored. */
#ifndef PARLEY_CONVERSATION_STORE_DIRECTORY_H
#define PARLEY_CONVERSATION_STORE_DIRECTORY_H

#include "conversation/store_group.h"

/*
 * In the transaction that changed the row: the group is found by its title if
 * it is open, else not at all.
 */
int directory_store_put(
    struct db *, struct arena *, const struct group_state *, struct err *);

/* All open groups, newest first, before an id (0: from the start). */
int directory_store_newest(struct db *, struct arena *, uint64_t me,
    uint64_t before, unsigned limit, struct group_card **, size_t *n_r,
    struct err *);

/*
 * Those of whose title a word begins with prefix, by that word, after a group
 * (0: from the start).  *is_lost_r: that one is no longer among them.
 */
int directory_store_search(struct db *, struct arena *, uint64_t me,
    const char *prefix, uint64_t after, unsigned limit, struct group_card **,
    size_t *n_r, bool *is_lost_r, struct err *);

/* n groups by id, in any order; those that are not are left out. */
int directory_store_cards(struct db *, struct arena *, uint64_t me,
    const uint64_t *ids, size_t n, struct group_card **, size_t *n_r,
    struct err *);

const struct db_stmt *directory_statements(size_t *n_r);

#endif
