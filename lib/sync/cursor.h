/* SPDX-License-Identifier: MIT */
/*
 * cursor.h -- How far somebody has been told, in a text they keep for us.
 *
 * A time alone cannot tell: what was stamped before it may have been committed
 * after it.  So a cursor looks back a window further than its time, and names
 * what it has seen within it.  Sealed, and bound to its user.
 */
#ifndef PARLEY_SYNC_CURSOR_H
#define PARLEY_SYNC_CURSOR_H

#include <stddef.h>
#include <stdint.h>

#include "sync/sync.h"

struct app;
struct arena;
struct err;

enum {
	SYNC_WINDOW_MS = SYNC_SLACK_MS,
	/* How long what was removed is told, and so how old a cursor may be. */
	SYNC_KEPT_DAYS = 90,
	/* Past that many the oldest are forgotten, and told once more. */
	SYNC_TALKS_MAX = 200,
	SYNC_MARKS_MAX = 200
};

/* Parts of a round, in this order; a page ends within one of them. */
enum sync_part {
	SYNC_PART_MARKS, /* what marks of the user tell */
	SYNC_PART_IN,	 /* what marks of the user's conversations tell */
	SYNC_PART_TALKS, /* messages and positions */
	SYNC_PART_LIST,	 /* without a cursor: the list of conversations */
	SYNC_PARTS
};

/* A conversation as it was told of: positions only grow. */
struct sync_talk {
	uint64_t conv_id, last_seq;
	uint64_t read, delivered, peer_read, peer_delivered;
};

/* A mark as it was told of: it changes with every change. */
struct sync_seen {
	uint64_t scope_id; /* a conversation; 0: the user's own */
	uint64_t kind, ref;
	int64_t	 changed_ms;
};

struct sync_cursor {
	int64_t		 since_ms; /* all before that has been told */
	int64_t		 round_ms; /* when this round began; 0: none has */
	enum sync_part	 part;
	uint64_t	 at[3]; /* where in it the next page begins */
	size_t		 ntalks, nmarks;
	struct sync_talk talk[SYNC_TALKS_MAX];
	struct sync_seen mark[SYNC_MARKS_MAX];
};

const char *sync_cursor_text(
    struct app *, struct arena *, uint64_t user_id, const struct sync_cursor *);

/* 0, or -1 "invalid" for the field cursor. */
int sync_cursor_parse(struct app *, struct arena *, uint64_t user_id,
    const char *, struct sync_cursor *, struct err *);

const struct sync_talk	   *
sync_cursor_talk(const struct sync_cursor *, uint64_t conv_id);
int sync_cursor_has(const struct sync_cursor *, const struct sync_seen *);

/* Notes what was told; of the same thing only the last is kept. */
void sync_cursor_note_talk(struct sync_cursor *, const struct sync_talk *);
void sync_cursor_note_mark(struct sync_cursor *, const struct sync_seen *);

/* Forgets what was noted of conversations with ids in (after, upto]. */
void sync_cursor_forget(struct sync_cursor *, uint64_t after, uint64_t upto);

/* The round is over: what was told before its window needs no note. */
void sync_cursor_end(struct sync_cursor *);

#endif
