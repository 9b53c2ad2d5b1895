/* SPDX-License-Identifier: MIT */
/*
 * outbox.h -- Events that a transaction promises to deliver.
 *
 * An event is written in the transaction that made it true, and its row lives
 * until deliver has handled it; so what is committed is delivered, whatever
 * is killed in between.  Who was told twice drops the repeat by (conv_id, seq).
 */
#ifndef PARLEY_DELIVERY_OUTBOX_H
#define PARLEY_DELIVERY_OUTBOX_H

#include <stddef.h>
#include <stdint.h>

struct app;
struct arena;
struct db;
struct db_part;
struct err;

/* Whom an event is for. */
enum outbox_audience {
	OUTBOX_MEMBERS = 1,  /* the members of conv_id, at members_version */
	OUTBOX_USERS = 2,    /* the users listed, on all their devices */
	OUTBOX_SESSION = 3,  /* one session's socket: users[0], session_id;
				the hub closes it after the frame */
	OUTBOX_PRESENCE = 4, /* the contacts of users[0], who chose another
				presence: deliver makes the frame, see
				presence_changed(); with users[1]: users[0]
				alone, about that one, see presence_between() */
	OUTBOX_KNOWN = 5,    /* users[0], and all who have them in a list */
	OUTBOX_EVERYBODY = 6 /* whoever is online: the world channel */
};

/*
 * As members_version: whoever is a member when it is delivered.  For what is
 * not written under the lock of the conversation, and so may commit behind the
 * removal of somebody who is not to get it.
 */
#define OUTBOX_MEMBERS_NOW UINT64_MAX

enum { OUTBOX_USERS_MAX = 4 }; /* for more, an audience that names none */

struct outbox_event {
	uint64_t	     key; /* orders: conv_id, or the user's id */
	enum outbox_audience audience;
	uint64_t	     conv_id; /* 0: none */
	uint64_t	     seq;     /* of a message; else 0 */
	uint64_t	     members_version;
	uint64_t	     users[OUTBOX_USERS_MAX]; /* 0 ends */
	uint64_t	     session_id;	      /* OUTBOX_SESSION */
	uint64_t	     except_session; /* not to this one; 0: none */
	/* The frame the browser gets, one line: {"event":…,"data":{…}} */
	const char *frame;
	size_t	    frame_len;
};

/*
 * Adds n events, in order, in one round trip, in the caller's transaction.
 * Hold the lock of what they are about (the conversation's row), so that ids
 * of one key rise as they commit.
 */
int outbox_add(struct db *, const struct outbox_event *, size_t n,
    int64_t now_ms, struct err *);

/* The same, as a part of what the caller writes: see db_exec_parts(). */
void outbox_part(struct arena *, const struct outbox_event *, size_t n,
    int64_t now_ms, struct db_part *);

/* After the commit: wakes the relay of this node.  Never waits, never fails. */
void outbox_nudge(struct app *);

/*
 * The same, and what there is: all events of the transaction, the id of the
 * first one's row, which the others' follow one by one, and their time.  So the
 * relay need not look, if it knows all before them.
 */
enum { OUTBOX_TOLD_MAX = 16384 }; /* bytes: what is longer is looked up */
void outbox_tell(struct app *, struct arena *, const struct outbox_event *,
    size_t n, uint64_t first_id, int64_t now_ms);

#endif
