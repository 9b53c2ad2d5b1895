/* SPDX-License-Identifier: MIT */
/* search_private.h -- A search: what is known of it, and the order it is in. */
#ifndef PARLEY_CONTACT_SEARCH_PRIVATE_H
#define PARLEY_CONTACT_SEARCH_PRIVATE_H

#include "account/account.h"
#include "contact/contact.h"

struct contact_name;
struct err;

/* Where somebody stands among those who are found. */
struct standing {
	unsigned    place;
	bool	    is_contact;
	const char *part; /* what it was that fitted */
	uint64_t    id;
};

struct candidate {
	struct standing at;
	struct user	user;
};

struct search {
	struct app		   *app;
	struct arena		   *arena;
	const struct contact_query *q;
	struct account_needle	    needle;
	struct standing		    after;
	bool			    has_after;
	struct contact_name	   *names; /* all contacts, by id */
	size_t			    nnames;
	struct candidate	   *mine; /* those of them who fit, in order */
	size_t			    nmine;
	uint64_t		   *shown; /* even if they hide */
	size_t			    nshown;
	struct candidate	   *found;
	size_t			    n, max;
	struct standing upto;	/* the last of the others who may be found */
	bool		is_cut; /* there may be more behind it */
};

/* -- search_contacts.c ----------------------------------------------------- */

/* The order in which people are shown; the second one is for qsort(). */
int search_compare(const struct standing *, const struct standing *);
int search_compare_candidates(const void *, const void *);

/* Sets names and mine; exact: whoever fits by the id or the whole username. */
int search_contacts(
    struct search *, const struct user *exact, size_t nexact, struct err *);

/* What search_contacts() has found of a contact; NULL: it is none. */
const struct contact_name *search_contact(const struct search *, uint64_t id);

/* The better of how the names fit and how a contact's remark does. */
struct standing search_standing(const struct search *, const struct user *);

#endif
