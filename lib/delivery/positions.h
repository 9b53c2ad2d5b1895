/* SPDX-License-Identifier: MIT */
/*
 * positions.h -- How far each device (session) has acknowledged.
 *
 * One row a session and conversation.  Rows are made at log-in, and later by
 * the first acknowledgement; without one, replay starts where the user joined.
 */
#ifndef PARLEY_DELIVERY_POSITIONS_H
#define PARLEY_DELIVERY_POSITIONS_H

#include <stddef.h>
#include <stdint.h>

struct arena;
struct db;
struct err;

struct position {
	uint64_t session_id;
	uint64_t conv_id;
	uint64_t acked_seq;
};

/*
 * A session begins: its replay starts where the user's conversations stand
 * now.  In the transaction that makes the session.
 */
int delivery_device_start(
    struct db *, uint64_t session_id, uint64_t user_id, struct err *);

/* Sessions that are over for good: what they acknowledged is forgotten. */
int delivery_devices_end(
    struct db *, struct arena *, const uint64_t *ids, size_t n, struct err *);

/* A session's positions in a range of conversations, ascending by them. */
int positions_get(struct db *, struct arena *, uint64_t session_id,
    uint64_t first_conv, uint64_t last_conv, struct position **, size_t *n_r,
    struct err *);

/* Stores acknowledgements; a position never moves back. */
int positions_set(struct db *, struct arena *, const struct position *,
    size_t n, struct err *);

#endif
