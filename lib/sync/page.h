/* SPDX-License-Identifier: MIT */
/*
 * page.h -- One reply in the making, which the parts of a round fill.
 */
#ifndef PARLEY_SYNC_PAGE_H
#define PARLEY_SYNC_PAGE_H

#include <stdbool.h>

#include "sync/store.h"

enum {
	SYNC_MARKS_PAGE = 200,
	SYNC_TALKS_PAGE = 100,
	SYNC_MESSAGES_PAGE = 200,
	SYNC_LIST_PAGE = 1000,
	SYNC_MOVES_MAX = SYNC_MARKS_PAGE,
	/* All that one page may name: by marks of both scopes, and by talks. */
	SYNC_SHOWN_MAX = 2 * SYNC_MARKS_PAGE + SYNC_TALKS_PAGE
};

struct conversation_move;

struct sync_page {
	struct app	   *app;
	struct arena	   *arena;
	uint64_t	    user_id;
	struct sync_cursor *cursor;
	int64_t		    since_ms; /* the window before the cursor's time */
	bool is_quiet; /* without a cursor: what there is is only noted */
	/* The reply's lists. */
	json_t *messages, *receipts, *contacts, *requests, *blocks, *labels;
	json_t *conversations, *members, *removed;
	/* The first of the conversations that moved; see sync_page_moves(). */
	struct conversation_move *moves;
	size_t			  nmoves;
	uint64_t		  from; /* they begin after */
	/* Conversations to be shown, or told removed if they are gone. */
	uint64_t shown[SYNC_SHOWN_MAX];
	size_t	 nshown;
};

/*
 * Each part adds what it has from cursor->at on: 1 when that was all, 0 when
 * the page is full and at says where to go on, -1.
 */
int sync_part_marks(struct sync_page *, struct err *);
int sync_part_in(struct sync_page *, struct err *);
int sync_part_talks(struct sync_page *, struct err *);
int sync_part_list(struct sync_page *, struct err *);

void sync_page_show(struct sync_page *, uint64_t conv_id);

/*
 * Conversations with ids above after that moved since then, at most limit (of
 * SYNC_MOVES_MAX), ascending.  What one part has asked for serves the next.
 */
int sync_page_moves(struct sync_page *, uint64_t after, size_t limit,
    const struct conversation_move **, size_t *n_r, struct err *);

/* Notes a mark.  Is it to be told? */
bool sync_page_take(struct sync_page *, const struct sync_seen *);

/* What has gone: {"type": TYPE, "id": …}; a new object to add to. */
json_t *sync_page_remove(struct sync_page *, const char *type, uint64_t id);

/* Is what was stamped then still within the window of the next cursor? */
bool sync_page_is_recent(const struct sync_page *, int64_t ms);

#endif
