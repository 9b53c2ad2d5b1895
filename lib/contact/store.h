/* SPDX-License-Identifier: MIT */
/*
 * store.h -- What the context needs stored, in its own words.
 *
 * What changes something between two people runs in a transaction that begins
 * with contact_pair_lock().
 */
#ifndef PARLEY_CONTACT_STORE_H
#define PARLEY_CONTACT_STORE_H

#include "contact/contact.h"

struct db;
struct db_stmt;

int contact_store_pair_lock(struct db *, uint64_t a, uint64_t b, struct err *);

/* Requests from before open_since_ms are over. */
int contact_store_bonds(struct db *, struct arena *, uint64_t me,
    const uint64_t *them, size_t n, int64_t open_since_ms,
    struct contact_bond *bonds_r, struct err *);
int contact_store_remarks(struct db *, struct arena *, uint64_t me,
    const uint64_t *them, size_t n, const char **remarks_r, struct err *);
int contact_store_remarked(struct db *, struct arena *, uint64_t me,
    const char *text, size_t cap, const uint64_t **ids_r, size_t *n_r,
    struct err *);
int contact_store_ids(struct db *, struct arena *, uint64_t user_id, size_t cap,
    const uint64_t **ids_r, size_t *n_r, struct err *);

/* also_unknown: in lists of blocks that do not show them, too. */
int contact_store_places(struct db *, struct arena *, uint64_t user_id,
    bool also_unknown, size_t cap, struct sync_place **, size_t *n_r,
    struct err *);

/* Removes contacts and blocks of somebody, both sides; places as above. */
int contact_store_farewell(struct db *, struct arena *, uint64_t user_id,
    const struct sync_place *, size_t n, struct err *);

/* -- requests -- */

int
contact_store_request_add(struct db *, struct contact_request *r, struct err *);
/* 1 found, 0 none, -1. */
int contact_store_request_find(struct db *, struct arena *, uint64_t id,
    struct contact_request *r, struct err *);
int contact_store_request_decide(struct db *, uint64_t id, enum contact_status,
    int64_t now_ms, struct err *);
/* Which, and where a page begins: before the row with these values. */
struct request_range {
	bool		    incoming;
	enum contact_status status;
	int64_t		    since_ms; /* sent after then */
	int64_t		    before_ms;
	uint64_t	    before_id;
	unsigned	    limit;
};
int contact_store_request_page(struct db *, struct arena *, uint64_t me,
    const struct request_range *, struct contact_request **, size_t *n_r,
    struct err *);

/* Ids of those from or to the user that are over and still pending. */
int contact_store_overdue(struct db *, struct arena *, uint64_t me,
    int64_t open_since_ms, unsigned limit, const uint64_t **ids_r, size_t *n_r,
    struct err *);

/* Of these those that there are, whatever has become of them. */
int contact_store_requests(struct db *, struct arena *, const uint64_t *ids,
    size_t n, struct contact_request **, size_t *n_r, struct err *);

/* How many came in since then and are open, counted up to most. */
int contact_store_request_count(struct db *, struct arena *, uint64_t me,
    int64_t since_ms, unsigned most, unsigned *n_r, struct err *);

/*
 * Who has asked the user since then, and whom the user has, both still open:
 * the newest of either, at most limit each.
 */
int
contact_store_asking(struct db *, struct arena *, uint64_t me, int64_t since_ms,
    unsigned limit, const uint64_t **ids_r, size_t *n_r, struct err *);

/* -- contacts -- */

int contact_store_add(
    struct db *, uint64_t a, uint64_t b, int64_t now_ms, struct err *);
/* Both sides: 1 they were contacts, 0 they were not, -1. */
int contact_store_remove(struct db *, uint64_t a, uint64_t b, struct err *);
int contact_store_update(struct db *, uint64_t me, uint64_t them,
    const struct contact_change *, struct err *);

/* Where a page begins: after the row with these values. */
struct contact_mark {
	bool	 pinned;
	int64_t	 created_ms;
	uint64_t user_id;
};
int contact_store_page(struct db *, struct arena *, uint64_t me,
    const struct contact_page *, const struct contact_mark *, struct contact **,
    size_t *n_r, struct err *);

/*
 * Contacts who have not blocked the user, by id, and what the user calls them:
 * the first cap of all, or of a label.
 */
struct contact_name {
	uint64_t    user_id;
	const char *remark;
};
int
contact_store_names(struct db *, struct arena *, uint64_t me, uint64_t label_id,
    unsigned cap, struct contact_name **, size_t *n_r, struct err *);

/* -- labels -- */

/* In a transaction: the lock of what is one person's own. */
int contact_store_own_lock(struct db *, uint64_t me, struct err *);

/* By name; of n ids (NULL: all). */
int contact_store_labels(struct db *, struct arena *, uint64_t me,
    const uint64_t *ids, size_t n, struct contact_label **, size_t *n_r,
    struct err *);
/* -1 "conflict" if the name is taken; rename and delete: 1, 0 none, -1. */
int contact_store_label_add(
    struct db *, uint64_t me, struct contact_label *, struct err *);
int contact_store_label_rename(struct db *, struct arena *, uint64_t me,
    struct contact_label *, struct err *);
int
contact_store_label_delete(struct db *, uint64_t me, uint64_t id, struct err *);

/* The labels of these contacts, filled in. */
int contact_store_labelled(struct db *, struct arena *, uint64_t me,
    struct contact *, size_t n, struct err *);
/* The contact has these labels and no others. */
int contact_store_label_set(struct db *, struct arena *, uint64_t me,
    uint64_t them, const uint64_t *labels, size_t n, struct err *);

/* -- links -- */

/* By its owner or by its id: 1, 0 none, -1. */
int contact_store_link_of(struct db *, struct arena *, uint64_t me,
    struct contact_link *, struct err *);
int contact_store_link_owner(struct db *, struct arena *, uint64_t id,
    uint64_t *user_id_r, struct err *);
int contact_store_link_add(
    struct db *, uint64_t me, struct contact_link *, struct err *);
int contact_store_link_remove(struct db *, uint64_t me, struct err *);

/* -- blocks -- */

/* 1 if something changed, 0 if it was so already, -1. */
int contact_store_block(
    struct db *, uint64_t me, const struct contact_blocked *, struct err *);
int
contact_store_unblock(struct db *, uint64_t me, uint64_t them, struct err *);
/* Of these people those who are blocked. */
int contact_store_blocks(struct db *, struct arena *, uint64_t me,
    const uint64_t *ids, size_t n, struct contact_blocked **, size_t *n_r,
    struct err *);
/* By id, after the given one. */
int contact_store_block_page(struct db *, struct arena *, uint64_t me,
    uint64_t after, unsigned limit, struct contact_blocked **, size_t *n_r,
    struct err *);

/* All SQL of the context, for the test that prepares it on a fresh schema. */
const struct db_stmt *contact_statements(size_t *n_r);
const struct db_stmt *contact_request_statements(size_t *n_r);
const struct db_stmt *contact_places_statements(size_t *n_r);
const struct db_stmt *contact_label_statements(size_t *n_r);
const struct db_stmt *contact_link_statements(size_t *n_r);

#endif
