/* SPDX-License-Identifier: MIT */
/*
 * writer_wire.c -- Drafts and their fates as bytes.
 *
 * Each form is one list of fields, written and read in the same order.  The
 * reader goes past its end quietly and is asked once, at the last, whether all
 * was there and nothing else.
 */
#include "message/writer_wire.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"

#define DRAFT_MAGIC UINT64_C(0x0000325244575950) /* "PYWDR2" */
#define FATE_MAGIC UINT64_C(0x0000334146575950)	 /* "PYWFA3" */

enum fate { FATE_SENT = 1, FATE_REPEAT, FATE_REFUSED, FATE_FAILED };

/* The length of a text that is NULL. */
#define NO_TEXT UINT64_MAX

/* -- numbers and texts ----------------------------------------------------- */

static void
put(struct strbuf *out, uint64_t v)
{
	unsigned char bytes[8];

	for (int i = 0; i < 8; i++)
		bytes[i] = (unsigned char)(v >> (8 * i));
	strbuf_add(out, bytes, sizeof(bytes));
}

static void
put_text(struct strbuf *out, const char *text)
{
	size_t n = text == NULL ? 0 : strlen(text);

	put(out, text == NULL ? NO_TEXT : n);
	if (n > 0)
		strbuf_add(out, text, n);
}

struct reader {
	struct arena	    *arena;
	const unsigned char *at;
	size_t		     left;
	bool		     is_broken;
};

static uint64_t
get(struct reader *r)
{
	uint64_t v = 0;

	if (r->left < 8) {
		r->is_broken = true;
		return 0;
	}
	for (int i = 0; i < 8; i++)
		v |= (uint64_t)r->at[i] << (8 * i);
	r->at += 8;
	r->left -= 8;
	return v;
}

/* A text holds no NUL: it would be another text to who reads on. */
static const char *
get_text(struct reader *r)
{
	uint64_t    n = get(r);
	const char *text;

	if (n == NO_TEXT || r->is_broken)
		return NULL;
	if (n > r->left || memchr(r->at, '\0', n) != NULL) {
		r->is_broken = true;
		return NULL;
	}
	text = arena_strndup(r->arena, (const char *)r->at, n);
	r->at += n;
	r->left -= n;
	return text;
}

static struct reader
reader_of(struct arena *a, const char *data, size_t n, uint64_t magic)
{
	struct reader r = {a, (const unsigned char *)data, n, false};

	if (n > WRITER_WIRE_MAX || get(&r) != magic)
		r.is_broken = true;
	return r;
}

static bool
is_whole(const struct reader *r)
{
	return !r->is_broken && r->left == 0;
}

static void
put_talk(struct strbuf *out, const struct message_talk *talk)
{
	put(out, talk->last_seq);
	put(out, (uint64_t)talk->last_at_ms);
	put(out, talk->people[0]);
	put(out, talk->people[1]);
	put(out, talk->bond);
	put(out, talk->members_version);
	put_text(out, talk->sender_name);
}

static void
get_talk(struct reader *r, struct message_talk *talk)
{
	talk->last_seq = get(r);
	talk->last_at_ms = (int64_t)get(r);
	talk->people[0] = get(r);
	talk->people[1] = get(r);
	talk->bond = get(r);
	talk->members_version = get(r);
	talk->sender_name = get_text(r);
	if (talk->last_seq != 0 && talk->sender_name == NULL)
		r->is_broken = true;
}

/* -- drafts ---------------------------------------------------------------- */

void
writer_put_draft(struct strbuf *out, const struct message_draft *d)
{
	put(out, DRAFT_MAGIC);
	put(out, d->sender_id);
	put(out, d->conv_id);
	put(out, d->reply_to);
	put_text(out, d->client_msg_id);
	put_text(out, d->type);
	put_text(out, d->content);
	put_talk(out, &d->talk);
}

int
writer_get_draft(
    struct arena *a, const char *data, size_t n, struct message_draft *d)
{
	struct reader r = reader_of(a, data, n, DRAFT_MAGIC);

	memset(d, 0, sizeof(*d));
	d->sender_id = get(&r);
	d->conv_id = get(&r);
	d->reply_to = get(&r);
	d->client_msg_id = get_text(&r);
	d->type = get_text(&r);
	d->content = get_text(&r);
	get_talk(&r, &d->talk);
	return is_whole(&r) && d->sender_id != 0 && d->conv_id != 0 &&
		       d->client_msg_id != NULL && d->type != NULL &&
		       d->content != NULL
		   ? 0
		   : -1;
}

/* -- fates ----------------------------------------------------------------- */

static void
put_err(struct strbuf *out, const struct err *e)
{
	put(out, (uint64_t)e->kind);
	put(out, (uint64_t)e->retry_after_s);
	put(out, (uint64_t)e->is_retryable);
	put_text(out, e->code);
	put_text(out, e->detail);
	put(out, e->nfields);
	for (unsigned i = 0; i < e->nfields; i++) {
		put_text(out, e->fields[i].field);
		put_text(out, e->fields[i].code);
		put_text(out, e->fields[i].detail);
	}
}

static void
get_detail(struct reader *r, char *detail, size_t size)
{
	const char *text = get_text(r);

	snprintf(detail, size, "%s", text == NULL ? "" : text);
}

static void
get_err(struct reader *r, struct err *e)
{
	uint64_t kind = get(r), nfields;

	err_clear(e);
	e->kind = (enum err_kind)kind;
	e->retry_after_s = (int)get(r);
	e->is_retryable = get(r) != 0;
	e->code = get_text(r);
	get_detail(r, e->detail, sizeof(e->detail));
	e->file = __FILE__;
	nfields = get(r);
	if (kind == ERR_NONE || kind > ERR_UNAVAILABLE || e->code == NULL ||
	    nfields > ERR_FIELDS_MAX)
		r->is_broken = true;
	for (e->nfields = 0; !r->is_broken && e->nfields < nfields;
	     e->nfields++) {
		struct err_field *f = &e->fields[e->nfields];

		f->field = get_text(r);
		f->code = get_text(r);
		get_detail(r, f->detail, sizeof(f->detail));
		if (f->field == NULL || f->code == NULL)
			r->is_broken = true;
	}
}

/* Of one that is new: what it did not have when it was a draft. */
static void
put_sent(struct strbuf *out, const struct message_draft *d)
{
	const struct message *m = &d->message;

	put(out, m->seq);
	put(out, (uint64_t)m->created_ms);
	put_text(out, m->sender_name);
	put_text(out, m->mentions);
	put_talk(out, &d->talk);
}

static void
get_sent(struct reader *r, const struct message_draft *d, struct message *m,
    struct message_talk *talk)
{
	*m = (struct message){.conv_id = d->conv_id,
	    .client_msg_id = d->client_msg_id,
	    .sender_id = d->sender_id,
	    .sender_type = "user",
	    .type = d->type,
	    .content = d->content,
	    .reply_to = d->reply_to,
	    .status = "sent"};
	m->seq = get(r);
	m->created_ms = (int64_t)get(r);
	m->sender_name = get_text(r);
	m->mentions = get_text(r);
	m->id = message_id(m->conv_id, m->seq);
	get_talk(r, talk);
	if (m->mentions == NULL)
		r->is_broken = true;
}

static void
put_repeat(struct strbuf *out, const struct message *m)
{
	put(out, m->conv_id);
	put(out, m->seq);
	put(out, m->sender_id);
	put(out, m->reply_to);
	put(out, (uint64_t)m->created_ms);
	put(out, (uint64_t)m->edited_ms);
	put(out, (uint64_t)m->recalled_ms);
	put_text(out, m->client_msg_id);
	put_text(out, m->sender_type);
	put_text(out, m->sender_name);
	put_text(out, m->type);
	put_text(out, m->content);
	put_text(out, m->mentions);
	put_text(out, m->status);
}

static void
get_repeat(struct reader *r, struct message *m)
{
	memset(m, 0, sizeof(*m));
	m->conv_id = get(r);
	m->seq = get(r);
	m->id = message_id(m->conv_id, m->seq);
	m->sender_id = get(r);
	m->reply_to = get(r);
	m->created_ms = (int64_t)get(r);
	m->edited_ms = (int64_t)get(r);
	m->recalled_ms = (int64_t)get(r);
	m->client_msg_id = get_text(r);
	m->sender_type = get_text(r);
	m->sender_name = get_text(r);
	m->type = get_text(r);
	m->content = get_text(r);
	m->mentions = get_text(r);
	m->status = get_text(r);
	if (m->client_msg_id == NULL || m->sender_type == NULL ||
	    m->type == NULL || m->content == NULL || m->mentions == NULL ||
	    m->status == NULL)
		r->is_broken = true;
}

void
writer_put_fate(
    struct strbuf *out, const struct message_draft *d, const struct err *failed)
{
	put(out, FATE_MAGIC);
	if (failed != NULL || d->is_refused) {
		put(out, failed != NULL ? FATE_FAILED : FATE_REFUSED);
		put_err(out, failed != NULL ? failed : &d->why);
	} else if (d->is_repeat) {
		put(out, FATE_REPEAT);
		put_repeat(out, &d->message);
	} else {
		put(out, FATE_SENT);
		put_sent(out, d);
	}
}

int
writer_get_fate(struct arena *a, const char *data, size_t n,
    struct message_draft *d, struct err *failed)
{
	struct reader	    r = reader_of(a, data, n, FATE_MAGIC);
	uint64_t	    fate = get(&r);
	struct message	    m = {0};
	struct err	    why = {0};
	struct message_talk talk = {0};

	if (fate == FATE_SENT)
		get_sent(&r, d, &m, &talk);
	else if (fate == FATE_REPEAT)
		get_repeat(&r, &m);
	else if (fate == FATE_REFUSED || fate == FATE_FAILED)
		get_err(&r, &why);
	else
		return -1;
	if (!is_whole(&r))
		return -1;
	if (fate == FATE_FAILED) {
		*failed = why;
		return 0;
	}
	d->message = m;
	d->talk = talk;
	d->why = why;
	d->is_refused = fate == FATE_REFUSED;
	d->is_repeat = fate == FATE_REPEAT;
	return 1;
}
