/* SPDX-License-Identifier: MIT */
/*
 * lease_rules.c -- Which shards a daemon takes, keeps and gives back.
 *
 * Shares are rounded up, so that all shards are somebody's as soon as each
 * daemon has had a turn, and no two daemons pass a shard to and fro.
 */
#include "delivery/lease_rules.h"

static size_t
count_mine(const struct lease_row *rows, size_t n)
{
	size_t mine = 0;

	for (size_t i = 0; i < n; i++)
		mine += rows[i].is_mine;
	return mine;
}

size_t
lease_decide(const struct lease_row *rows, size_t n, size_t alive,
    enum lease_change *change_r)
{
	size_t people = alive > 0 ? alive : 1;
	size_t share = (n + people - 1) / people;
	size_t mine = count_mine(rows, n), changes = 0;

	for (size_t i = 0; i < n; i++) {
		change_r[i] = LEASE_KEEP;
		if (rows[i].is_mine && mine > share) {
			change_r[i] = LEASE_GIVE;
			mine--;
		} else if (!rows[i].is_mine && rows[i].is_free &&
			   mine < share) {
			change_r[i] = LEASE_TAKE;
			mine++;
		} else
			continue;
		changes++;
	}
	return changes;
}
