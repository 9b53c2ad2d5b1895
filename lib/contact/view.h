/* SPDX-License-Identifier: MIT */
/* view.h -- Requests and contacts as JSON, and the people in them. */
#ifndef PARLEY_CONTACT_VIEW_H
#define PARLEY_CONTACT_VIEW_H

#include "contact/contact.h"

struct user;

/* People loaded at once: users[i] has id 0 where ids[i] is nobody. */
struct people {
	size_t		n;
	const uint64_t *ids;
	struct user    *users;
	const char    **status;
	int64_t		request_life_ms; /* how long a request is open */
};

/* How long a request is open: contact.request_days. */
int64_t contact_request_life_ms(const struct app *);

/* Somebody as a contact, without labels. */
struct contact contact_of(uint64_t user_id, const struct contact_bond *);

int people_load(struct app *, struct arena *, const uint64_t *ids, size_t n,
    struct people *, struct err *);

/* The display name; "" for who is not there. */
const char *people_name(const struct people *, uint64_t id);

/* NULL if somebody in it is not there. */
json_t *request_json(
    struct arena *, const struct contact_request *, const struct people *);
json_t *blocked_json(
    struct arena *, const struct contact_blocked *, const struct people *);
json_t *
contact_json(struct arena *, const struct contact *, const struct people *);

#endif
