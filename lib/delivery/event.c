/* SPDX-License-Identifier: MIT */
/*
 * event.c -- The text form of an event on the bus.
 *
 * Decoding trusts nothing: an entry that is cut short or foreign is refused as
 * a whole, and its row stays in the outbox.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "delivery/event.h"

#define VERSION 1

/* The numbers of the head line, in their order. */
enum head {
	H_VERSION,
	H_ID,
	H_CREATED,
	H_KEY,
	H_AUDIENCE,
	H_CONV,
	H_SEQ,
	H_MEMBERS_VERSION,
	H_SESSION,
	H_EXCEPT,
	H_USERS,
	H_END = H_USERS + OUTBOX_USERS_MAX
};

static void
append(struct strbuf *text, const struct delivery_event *d)
{
	const struct outbox_event *o = &d->event;
	uint64_t head[H_END] = {VERSION, d->id, (uint64_t)d->created_ms, o->key,
	    (uint64_t)o->audience, o->conv_id, o->seq, o->members_version,
	    o->session_id, o->except_session};

	memcpy(head + H_USERS, o->users, sizeof(o->users));
	for (unsigned i = 0; i < H_END; i++)
		strbuf_addf(text, "%s%llu", i == 0 ? "" : " ",
		    (unsigned long long)head[i]);
	strbuf_addc(text, '\n');
	strbuf_add(text, o->frame, o->frame_len);
}

const char *
event_encode(struct arena *a, const struct delivery_event *d, size_t *len_r)
{
	struct strbuf text;

	strbuf_init(&text, a);
	append(&text, d);
	*len_r = text.len;
	return text.data;
}

void
event_append(struct strbuf *text, const struct delivery_event *d)
{
	append(text, d);
	strbuf_addc(text, '\n');
}

/* n numbers, a blank or newline behind each: what comes then, or NULL. */
static const char *
read_numbers(const char *at, uint64_t *to, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		char *next;

		if (*at < '0' || *at > '9')
			return NULL;
		errno = 0;
		to[i] = strtoull(at, &next, 10);
		if (errno != 0 || (*next != ' ' && *next != '\n'))
			return NULL;
		at = next + 1;
	}
	return at;
}

int
event_identify(const char *text, size_t len, struct delivery_event *d)
{
	const char *end = memchr(text, '\n', len), *at;
	uint64_t    head[H_AUDIENCE];

	at = end == NULL ? NULL : read_numbers(text, head, H_AUDIENCE);
	if (at == NULL || at > end + 1)
		return -1;
	memset(d, 0, sizeof(*d));
	d->id = head[H_ID];
	d->created_ms = (int64_t)head[H_CREATED];
	d->event.key = head[H_KEY];
	return 0;
}

int
event_decode(const char *text, size_t len, struct delivery_event *d)
{
	const char *end = memchr(text, '\n', len), *at;
	uint64_t    head[H_END];

	at = end == NULL ? NULL : read_numbers(text, head, H_END);
	if (at == NULL)
		return -1;
	if (head[H_VERSION] != VERSION || at != end + 1 ||
	    head[H_AUDIENCE] < OUTBOX_MEMBERS ||
	    head[H_AUDIENCE] > OUTBOX_EVERYBODY)
		return -1;
	memset(d, 0, sizeof(*d));
	d->id = head[H_ID];
	d->created_ms = (int64_t)head[H_CREATED];
	d->event.key = head[H_KEY];
	d->event.audience = (enum outbox_audience)head[H_AUDIENCE];
	d->event.conv_id = head[H_CONV];
	d->event.seq = head[H_SEQ];
	d->event.members_version = head[H_MEMBERS_VERSION];
	d->event.session_id = head[H_SESSION];
	d->event.except_session = head[H_EXCEPT];
	memcpy(d->event.users, head + H_USERS, sizeof(d->event.users));
	d->event.frame = at;
	d->event.frame_len = len - (size_t)(at - text);
	return 0;
}

size_t
event_decode_all(
    const char *text, size_t len, struct delivery_event *rows, size_t max)
{
	const char *end = text + len, *at, *stop;
	size_t	    n = 0;

	for (; text < end; text = stop + 1) {
		at = memchr(text, '\n', (size_t)(end - text));
		stop = at == NULL
			   ? NULL
			   : memchr(at + 1, '\n', (size_t)(end - at - 1));
		if (stop == NULL || n == max ||
		    event_decode(text, (size_t)(stop - text), &rows[n++]) == -1)
			return 0;
	}
	return n;
}

const char *
event_users_text(struct arena *a, const struct outbox_event *o)
{
	struct strbuf text;

	strbuf_init(&text, a);
	for (unsigned i = 0; i < OUTBOX_USERS_MAX && o->users[i] != 0; i++)
		strbuf_addf(&text, "%s%llu", i == 0 ? "" : " ",
		    (unsigned long long)o->users[i]);
	return text.len > 0 ? text.data : "";
}

int
event_users_parse(const char *text, struct outbox_event *o)
{
	memset(o->users, 0, sizeof(o->users));
	for (unsigned i = 0; *text != '\0'; i++) {
		char *next;

		if (i == OUTBOX_USERS_MAX || *text < '0' || *text > '9')
			return -1;
		o->users[i] = strtoull(text, &next, 10);
		if (*next != '\0' && *next != ' ')
			return -1;
		text = *next == ' ' ? next + 1 : next;
	}
	return 0;
}
