/* SPDX-License-Identifier: MIT */
/*
 * event.h -- An outbox row on its way: what an entry of the bus holds.
 *
 * One line of decimal numbers, so that a person can read a stream with
 * redis-cli, then the frame as it is.  docs/delivery.md describes it.
 */
#ifndef PARLEY_DELIVERY_EVENT_H
#define PARLEY_DELIVERY_EVENT_H

#include <stddef.h>
#include <stdint.h>

#include "delivery/outbox.h"

struct arena;
struct strbuf;

struct delivery_event {
	uint64_t	    id; /* of the outbox row */
	int64_t		    created_ms;
	struct outbox_event event;
	const char	   *broken; /* why its row is no event; NULL: it is */
};

/* The entry's text, NUL-terminated. */
const char *
event_encode(struct arena *, const struct delivery_event *, size_t *len_r);

/* 0, or -1 if it is none of ours.  The frame points into the text. */
int event_decode(const char *text, size_t len, struct delivery_event *);

/*
 * Several, a newline behind each: event_decode_all() says how many, of at most
 * max; 0 where anything else is among them.
 */
void   event_append(struct strbuf *, const struct delivery_event *);
size_t event_decode_all(
    const char *text, size_t len, struct delivery_event *, size_t max);

/*
 * Of an entry that cannot be decoded: which row it was, of which key.  The
 * first four numbers keep their places in every version of the form.
 */
int event_identify(const char *text, size_t len, struct delivery_event *);

/* The users of an event as the outbox column keeps them: "17 4". */
const char *event_users_text(struct arena *, const struct outbox_event *);
int	    event_users_parse(const char *, struct outbox_event *);

#endif
