/* SPDX-License-Identifier: MIT */
/*
 * past.h -- What was made just now for a demonstration gets a past.
 *
 * `parleyctl demo` makes its community by the public API, which knows no time
 * but now.  This is the one place that writes times of its own, in one
 * transaction, and all that others rely on still holds after it: within a
 * conversation time never goes back as seq rises, last_at is the newest
 * message's, and nothing is later than now.
 *
 * What a device has asked GET /sync for may not get a past behind its back, so
 * what is dated must be known to nobody else: the caller's people have no
 * session any more, and the world channel is left as it is where somebody else
 * has one.
 */
#ifndef PARLEY_DEMO_PAST_H
#define PARLEY_DEMO_PAST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct app;
struct arena;
struct err;

struct past_account {
	uint64_t id;
	int64_t	 since_ms, seen_ms;
};

/* Two contacts, or a request that waits. */
struct past_bond {
	uint64_t from_id, to_id;
	int64_t	 asked_ms, decided_ms; /* 0: it waits */
};

/*
 * In order: a message, or, with seq 0, something else that was done there: what
 * the system said of it, a request to join, an invitation, a link, a pin.
 */
struct past_step {
	uint64_t seq;
	uint64_t user_id; /* by whom */
	int64_t	 at_ms;
};

struct past_talk {
	uint64_t		conv_id;
	bool			is_world; /* others write there, too */
	const struct past_step *steps;
	size_t			n;
};

struct past {
	const struct past_account *accounts;
	size_t			   naccounts;
	const struct past_bond	  *bonds;
	size_t			   nbonds;
	const struct past_talk	  *talks;
	size_t			   ntalks;
};

/* Dates all of it; planned times may be moved a little, to keep the order. */
int past_write(struct app *, struct arena *, const struct past *, struct err *);

/*
 * Somebody who is here and neither an administrator nor one of these: 1 with
 * their username, 0 nobody, -1.
 */
int past_stranger(struct app *, struct arena *, const char *const *usernames,
    size_t n, const char **name_r, struct err *);

#endif
