/* SPDX-License-Identifier: MIT */
/* lease_store.h -- What leases need stored: holders, and a row a shard. */
#ifndef PARLEY_DELIVERY_LEASE_STORE_H
#define PARLEY_DELIVERY_LEASE_STORE_H

#include "delivery/lease.h"
#include "delivery/lease_rules.h"

struct arena;
struct db;

/* Who asks: a role of a node, in one of its lives. */
struct lease_self {
	enum lease_role role;
	const char     *node;
	uint64_t	incarnation;
};

struct lease_view {
	struct lease_row *row; /* by shard */
	size_t		  n;
	size_t		  alive;   /* daemons of the role */
	int64_t		  next_ms; /* until another's time is up */
};

/* Begins a life: replaces the one before, whatever became of it. */
int lease_store_begin(struct db *, struct arena *, struct lease_self *,
    unsigned shards, int64_t life_ms, struct err *);

/* The same unless another process of this name lives: 1, 0, -1. */
int lease_store_again(struct db *, struct arena *, struct lease_self *,
    int64_t life_ms, struct err *);

/* 1: renewed; 0: this life is over. */
int lease_store_renew(
    struct db *, const struct lease_self *, int64_t life_ms, struct err *);
int lease_store_end(struct db *, const struct lease_self *, struct err *);

int lease_store_view(struct db *, struct arena *, const struct lease_self *,
    unsigned shards, int64_t life_ms, struct lease_view *, struct err *);

/* In one transaction: forgets the dead, and takes what they, or nobody, had. */
int lease_store_take(struct db *, struct arena *, const struct lease_self *,
    unsigned shards, int64_t life_ms, struct err *);

int lease_store_give(struct db *, const struct lease_self *,
    const unsigned *shards, size_t n, struct err *);

/* Takes a shard whoever has it; its new fence. */
int lease_store_claim(struct db *, struct arena *, const struct lease_self *,
    unsigned shard, uint32_t *fence_r, struct err *);

#endif
