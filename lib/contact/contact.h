/* SPDX-License-Identifier: MIT */
/* contact.h -- Who knows whom: requests, contacts, blocks; and who may find whom. */
#ifndef PARLEY_CONTACT_CONTACT_H
#define PARLEY_CONTACT_CONTACT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct app;
struct arena;
struct err;

/* What stands between two people, as one of them sees it. */
struct contact_bond {
	bool is_contact;
	bool blocked_by_me;
	bool blocked_by_them;
};

int contact_bond_get(struct app *, uint64_t me, uint64_t them,
    struct contact_bond *, struct err *);

/* The ids of a user's contacts: whom presence is told to.  At most cap. */
int contact_ids(struct app *, struct arena *, uint64_t user_id, size_t cap,
    const uint64_t **ids_r, size_t *n_r, struct err *);

#endif
