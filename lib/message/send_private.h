/* SPDX-License-Identifier: MIT */
/*
 * send_private.h -- What the files of a send share, and nobody else sees.
 *
 * send.c takes drafts and commits them; send_judge.c asks what is so and
 * decides; send_known.c does without asking where that was known before.
 */
#ifndef PARLEY_MESSAGE_SEND_PRIVATE_H
#define PARLEY_MESSAGE_SEND_PRIVATE_H

#include "message/rules.h"
#include "message/write.h"

struct db;

/* The drafts that are fit to be looked up, in the order of the locks. */
struct batch {
	struct app		*app;
	struct arena		*arena;
	struct message_draft   **drafts;
	struct message_facts	*facts;
	const struct message   **accepted;
	struct message_audience *audiences;
	size_t			 n, naccepted, nrefused;
	uint64_t		*senders;
	const char	       **names; /* theirs; NULL: nobody */
	bool			 is_open_house;
	bool			 asks_earlier;
	int64_t			 now_ms;
	struct message_told	 told;
};

/*
 * In a transaction: locks what the drafts are for, reads all that is to be
 * known of it and decides each, from the start.
 */
int send_judge(struct batch *, struct db *, struct err *);

/* By facts that are there: accepted or refused, in the order of the batch. */
void send_decide(struct batch *);

/*
 * Sends the whole batch by what was so when something was last said there, if
 * all of it is still so: 1 it was sent, 0 it was not, and all is to be asked;
 * -1 it could not be written.
 */
int send_known(struct batch *, struct err *);

/* What a batch that was committed taught: told to the drafts, and kept. */
void send_learn(struct batch *);

#endif
