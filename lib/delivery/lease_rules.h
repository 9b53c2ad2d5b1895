/* SPDX-License-Identifier: MIT */
/*
 * lease_rules.h -- Which shards a daemon takes, keeps and gives back.
 *
 * Everybody decides for himself by what the table shows: nobody takes more
 * than a fair share, whoever has more gives the rest back, and only what is
 * free is taken.  Pure.
 */
#ifndef PARLEY_DELIVERY_LEASE_RULES_H
#define PARLEY_DELIVERY_LEASE_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct lease_row {
	unsigned shard;
	uint32_t fence;
	bool	 is_mine;
	bool	 is_free; /* nobody's, or of one who does not live */
};

enum lease_change { LEASE_KEEP, LEASE_TAKE, LEASE_GIVE };

/*
 * What is to become of each of n rows with that many daemons alive, oneself
 * among them.  Returns how many are to change.
 */
size_t lease_decide(const struct lease_row *, size_t n, size_t alive,
    enum lease_change *change_r);

#endif
