/* SPDX-License-Identifier: MIT */
/*
 * store.h -- What delivery keeps: the outbox, the events that were given up,
 * and devices' positions.
 */
#ifndef PARLEY_DELIVERY_STORE_H
#define PARLEY_DELIVERY_STORE_H

#include <stddef.h>
#include <stdint.h>

#include "delivery/event.h"

struct arena;
struct db;
struct db_stmt;
struct dead_letter;
struct err;
struct position;

/* Every statement, for the test that prepares them all. */
const struct db_stmt *delivery_statements(size_t *n_r);

/*
 * The first limit rows of those after an id and those of other ids, as far as
 * they exist, whole; ascending.  All as of one moment.  A row that is no event
 * says so: see struct delivery_event.
 */
int store_outbox_after(struct db *, struct arena *, uint64_t after,
    const uint64_t *also, size_t nalso, unsigned limit,
    struct delivery_event **, size_t *n_r, struct err *);

/* Of these rows the ones that exist, whole; ascending. */
int store_outbox_get(struct db *, struct arena *, const uint64_t *ids, size_t n,
    struct delivery_event **, size_t *n_r, struct err *);

/* The first limit rows of n keys from one id to another, whole; ascending. */
int store_outbox_of(struct db *, struct arena *, uint64_t from, uint64_t upto,
    const uint64_t *keys, size_t n, unsigned limit, struct delivery_event **,
    size_t *n_r, struct err *);

/* Ids, and keys, of the first limit rows after an id up to another. */
int store_outbox_ids(struct db *, struct arena *, uint64_t after, uint64_t upto,
    unsigned limit, uint64_t **ids_r, uint64_t **keys_r, size_t *n_r,
    struct err *);

/* Of these ids those of rows that exist; ascending. */
int store_outbox_there(struct db *, struct arena *, const uint64_t *ids,
    size_t n, uint64_t **there_r, size_t *n_r, struct err *);

int store_outbox_remove(
    struct db *, struct arena *, const uint64_t *ids, size_t n, struct err *);

/* See dead_letter.h for these; replay and drop tell how many there were. */
const struct db_stmt *dead_letter_statements(size_t *n_r);
int store_dead_add(struct db *, const struct dead_letter *, struct err *);
int store_dead_list(struct db *, struct arena *, uint64_t after, unsigned limit,
    struct dead_letter **, size_t *n_r, struct err *);
int store_dead_find(struct db *, struct arena *, uint64_t id,
    struct dead_letter *, struct err *);
int store_dead_count(
    struct db *, struct arena *, unsigned most, size_t *n_r, struct err *);
int64_t
store_dead_replay(struct db *, uint64_t id, int64_t now_ms, struct err *);
int64_t store_dead_drop(struct db *, uint64_t id, struct err *);

/* See positions.h for the four below. */
int store_devices_end(
    struct db *, struct arena *, const uint64_t *ids, size_t n, struct err *);
int store_device_start(
    struct db *, uint64_t session_id, uint64_t user_id, struct err *);
int store_positions_get(struct db *, struct arena *, uint64_t session_id,
    uint64_t first_conv, uint64_t last_conv, struct position **, size_t *n_r,
    struct err *);
int store_positions_set(struct db *, struct arena *, const struct position *,
    size_t n, struct err *);

#endif
