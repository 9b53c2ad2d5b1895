/* SPDX-License-Identifier: MIT */
/* register.h -- Between registration and the setup link, in lib/account. */
#ifndef PARLEY_ACCOUNT_REGISTER_H
#define PARLEY_ACCOUNT_REGISTER_H

#include "account/account.h"

struct db;

/* A registration that was judged: in the form that is stored. */
struct new_user {
	struct account_registration fields;
	const char		   *password_hash;
	int64_t			    now_ms;
	uint64_t		    world_seq;
	uint64_t		    id; /* once it is added */
};

/* All that is wrong with it at once, else hashes the password. */
int new_user_make(struct app *, struct arena *,
    const struct account_registration *, struct new_user *, struct err *);

/* In a transaction.  -1 "conflict" with field username "taken". */
int new_user_add(struct db *, struct arena *, struct new_user *, struct err *);

#endif
