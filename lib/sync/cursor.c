/* SPDX-License-Identifier: MIT */
/*
 * cursor.c -- Numbers of seven bits a byte, a seal, and base64url around both.
 *
 * The first number is the version of the form: a cursor of another one is as
 * good as none, and its owner begins anew.
 */
#include "sync/cursor.h"

#include <stdbool.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "policy/seal.h"

enum { VERSION = 1, SEAL_SIZE = 12, NUMBER_MAX = 10 };

static const char PURPOSE[] = "sync cursor";

/* -- numbers --------------------------------------------------------------- */

static void
put(struct strbuf *out, uint64_t n)
{
	for (; n >= 0x80; n >>= 7)
		strbuf_addc(out, (char)(0x80 | (n & 0x7f)));
	strbuf_addc(out, (char)n);
}

struct reader {
	const unsigned char *at, *end;
	bool		     is_broken;
};

static uint64_t
take(struct reader *r)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < NUMBER_MAX && r->at < r->end; i++) {
		unsigned char byte = *r->at++;

		n |= (uint64_t)(byte & 0x7f) << (7 * i);
		if (byte < 0x80)
			return n;
	}
	r->is_broken = true;
	return 0;
}

static size_t
take_count(struct reader *r, size_t max)
{
	uint64_t n = take(r);

	if (n <= max)
		return (size_t)n;
	r->is_broken = true;
	return 0;
}

/* -- the text -------------------------------------------------------------- */

static void
put_lists(struct strbuf *out, const struct sync_cursor *c)
{
	put(out, c->ntalks);
	for (size_t i = 0; i < c->ntalks; i++) {
		const struct sync_talk *t = &c->talk[i];

		put(out, t->conv_id);
		put(out, t->last_seq);
		put(out, t->read);
		put(out, t->delivered);
		put(out, t->peer_read);
		put(out, t->peer_delivered);
	}
	put(out, c->nmarks);
	for (size_t i = 0; i < c->nmarks; i++) {
		const struct sync_seen *m = &c->mark[i];

		put(out, m->scope_id);
		put(out, m->kind);
		put(out, m->ref);
		/* Within the window: two bytes or three. */
		put(out,
		    (uint64_t)(m->changed_ms - c->since_ms + SYNC_WINDOW_MS));
	}
}

const char *
sync_cursor_text(struct app *app, struct arena *a, uint64_t user_id,
    const struct sync_cursor *c)
{
	unsigned char seal[SHA256_SIZE];
	struct strbuf out;

	strbuf_init(&out, a);
	put(&out, VERSION);
	put(&out, user_id);
	put(&out, (uint64_t)c->since_ms);
	put(&out, (uint64_t)c->round_ms);
	put(&out, (uint64_t)c->part);
	for (size_t i = 0; i < 3; i++)
		put(&out, c->at[i]);
	put_lists(&out, c);
	policy_seal(app, PURPOSE, out.data, out.len, seal);
	strbuf_add(&out, seal, SEAL_SIZE);
	return base64url(a, out.data, out.len);
}

static void
take_lists(struct reader *r, struct sync_cursor *c)
{
	c->ntalks = take_count(r, SYNC_TALKS_MAX);
	for (size_t i = 0; i < c->ntalks; i++) {
		struct sync_talk *t = &c->talk[i];

		t->conv_id = take(r);
		t->last_seq = take(r);
		t->read = take(r);
		t->delivered = take(r);
		t->peer_read = take(r);
		t->peer_delivered = take(r);
	}
	c->nmarks = take_count(r, SYNC_MARKS_MAX);
	for (size_t i = 0; i < c->nmarks; i++) {
		struct sync_seen *m = &c->mark[i];

		m->scope_id = take(r);
		m->kind = take(r);
		m->ref = take(r);
		m->changed_ms = (int64_t)take(r) + c->since_ms - SYNC_WINDOW_MS;
	}
}

static bool
is_sealed(struct app *app, const unsigned char *bytes, size_t n)
{
	unsigned char seal[SHA256_SIZE];

	if (n <= SEAL_SIZE)
		return false;
	policy_seal(app, PURPOSE, bytes, n - SEAL_SIZE, seal);
	return secret_equal(seal, bytes + n - SEAL_SIZE, SEAL_SIZE);
}

int
sync_cursor_parse(struct app *app, struct arena *a, uint64_t user_id,
    const char *text, struct sync_cursor *c, struct err *e)
{
	size_t		     n;
	const unsigned char *bytes = base64url_decode(a, text, &n);
	struct reader	     r;

	if (bytes == NULL || !is_sealed(app, bytes, n))
		return err_field(
		    e, "cursor", "malformed", "This is no cursor of ours.");
	r = (struct reader){bytes, bytes + n - SEAL_SIZE, false};
	if (take(&r) != VERSION)
		return err_field(e, "cursor", "expired",
		    "This cursor is too old: begin without one.");
	if (take(&r) != user_id)
		return err_field(
		    e, "cursor", "foreign", "This is somebody else's cursor.");
	c->since_ms = (int64_t)take(&r);
	c->round_ms = (int64_t)take(&r);
	c->part = (enum sync_part)take_count(&r, SYNC_PARTS - 1);
	for (size_t i = 0; i < 3; i++)
		c->at[i] = take(&r);
	take_lists(&r, c);
	if (r.is_broken || r.at != r.end)
		return err_field(
		    e, "cursor", "malformed", "This is no cursor of ours.");
	return 0;
}

/* -- what has been told ---------------------------------------------------- */

const struct sync_talk *
sync_cursor_talk(const struct sync_cursor *c, uint64_t conv_id)
{
	for (size_t i = 0; i < c->ntalks; i++)
		if (c->talk[i].conv_id == conv_id)
			return &c->talk[i];
	return NULL;
}

static bool
is_same(const struct sync_seen *x, const struct sync_seen *y)
{
	return x->scope_id == y->scope_id && x->kind == y->kind &&
	       x->ref == y->ref;
}

int
sync_cursor_has(const struct sync_cursor *c, const struct sync_seen *m)
{
	for (size_t i = 0; i < c->nmarks; i++)
		if (is_same(&c->mark[i], m))
			return c->mark[i].changed_ms == m->changed_ms;
	return 0;
}

static void
talk_remove(struct sync_cursor *c, size_t i)
{
	memmove(&c->talk[i], &c->talk[i + 1],
	    (c->ntalks - i - 1) * sizeof(c->talk[0]));
	c->ntalks--;
}

void
sync_cursor_note_talk(struct sync_cursor *c, const struct sync_talk *talk)
{
	for (size_t i = 0; i < c->ntalks; i++)
		if (c->talk[i].conv_id == talk->conv_id) {
			c->talk[i] = *talk;
			return;
		}
	if (c->ntalks == SYNC_TALKS_MAX)
		talk_remove(c, 0);
	c->talk[c->ntalks++] = *talk;
}

static void
mark_remove(struct sync_cursor *c, size_t i)
{
	memmove(&c->mark[i], &c->mark[i + 1],
	    (c->nmarks - i - 1) * sizeof(c->mark[0]));
	c->nmarks--;
}

void
sync_cursor_note_mark(struct sync_cursor *c, const struct sync_seen *mark)
{
	for (size_t i = 0; i < c->nmarks; i++)
		if (is_same(&c->mark[i], mark)) {
			mark_remove(c, i);
			break;
		}
	if (c->nmarks == SYNC_MARKS_MAX)
		mark_remove(c, 0);
	c->mark[c->nmarks++] = *mark;
}

void
sync_cursor_forget(struct sync_cursor *c, uint64_t after, uint64_t upto)
{
	for (size_t i = c->ntalks; i-- > 0;)
		if (c->talk[i].conv_id > after && c->talk[i].conv_id <= upto)
			talk_remove(c, i);
}

void
sync_cursor_end(struct sync_cursor *c)
{
	for (size_t i = c->nmarks; i-- > 0;)
		if (c->mark[i].changed_ms < c->round_ms - SYNC_WINDOW_MS)
			mark_remove(c, i);
	c->since_ms = c->round_ms;
	c->round_ms = 0;
	c->part = SYNC_PART_MARKS;
	memset(c->at, 0, sizeof(c->at));
}
