/* SPDX-License-Identifier: MIT */
/*
 * positions.c -- Use cases: a device begins, acknowledges, asks where it was.
 *
 * That an acknowledgement names a conversation of the caller's, and nothing
 * beyond its newest message, is checked before it comes here.
 */
#include "delivery/positions.h"
#include "delivery/store.h"

int
delivery_device_start(
    struct db *db, uint64_t session_id, uint64_t user_id, struct err *e)
{
	return store_device_start(db, session_id, user_id, e);
}

int
delivery_devices_end(struct db *db, struct arena *a, const uint64_t *ids,
    size_t n, struct err *e)
{
	return n == 0 ? 0 : store_devices_end(db, a, ids, n, e);
}

int
positions_get(struct db *db, struct arena *a, uint64_t session_id,
    uint64_t first_conv, uint64_t last_conv, struct position **positions_r,
    size_t *n_r, struct err *e)
{
	return store_positions_get(
	    db, a, session_id, first_conv, last_conv, positions_r, n_r, e);
}

int
positions_set(struct db *db, struct arena *a, const struct position *positions,
    size_t n, struct err *e)
{
	return n == 0 ? 0 : store_positions_set(db, a, positions, n, e);
}
