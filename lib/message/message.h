/* SPDX-License-Identifier: MIT */
/*
 * message.h -- What people say: sending, history, and how it looks.
 *
 * A message is known by its place: the conversation, and its number there.
 * The id that the world sees holds both, so it is found by the primary key,
 * and known before the row is written.
 */
#ifndef PARLEY_MESSAGE_MESSAGE_H
#define PARLEY_MESSAGE_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "base/err.h"

struct app;
struct arena;
struct conversation;
struct db;

enum {
	MESSAGE_CHARS_MAX = 8000, /* code points */
	MESSAGE_BYTES_MAX = 24 * 1024,
	MESSAGE_CLIENT_ID_MAX = 64 /* bytes */
};

struct message_place {
	uint64_t conv_id;
	uint64_t seq; /* 0: none */
};

/* The id of a place: the conversation in the upper half, seq in the lower. */
uint64_t	     message_id(uint64_t conv_id, uint64_t seq);
struct message_place message_place(uint64_t id);

struct message {
	uint64_t    id;
	uint64_t    conv_id;
	uint64_t    seq;
	const char *client_msg_id;
	uint64_t    sender_id;
	const char *sender_type; /* "user" | "system" | "app" */
	const char *sender_name;
	const char *type;     /* "text" | "system" */
	const char *content;  /* text, or JSON text of other types */
	uint64_t    reply_to; /* a message id; 0: none */
	const char *mentions; /* whom: see mention.h; "" nobody */
	int64_t	    created_ms;
	int64_t	    edited_ms, recalled_ms; /* 0: not */
	const char *status; /* the caller's view: sent delivered read */
};

/* How a direct conversation stands, as its row says, and one of its two. */
struct message_talk {
	uint64_t    last_seq; /* 0: nothing is known */
	int64_t	    last_at_ms;
	uint64_t    people[2], bond, members_version;
	const char *sender_name;
};

/* One message to send, and what became of it. */
struct message_draft {
	/* in */
	uint64_t    sender_id;
	uint64_t    conv_id;	   /* of this, or of the person below */
	uint64_t    to;		   /* a user id; 0: conv_id says it */
	const char *client_msg_id; /* NULL: one is made */
	const char *type;
	const char *content;
	uint64_t    reply_to;
	/*
	 * What the sender's side believes of a direct conversation; it may be
	 * wrong, and saves a trip if it is not.  Once it was sent: how it
	 * stands.
	 */
	struct message_talk talk;
	/* out */
	bool	       is_repeat;  /* it was sent before: answered 200 */
	bool	       is_refused; /* why is set, nothing was written */
	struct err     why;
	struct message message;
};

/*
 * Before workers are forked: what they learn of conversations while they send
 * all of them are to know.  Others learn by themselves.
 */
void message_share(struct app *);

/*
 * Use case: n drafts, one transaction.  One refused draft does not fail the
 * others.  0 with each draft's fate in it, or -1 when none was written.
 * Wakes the relay after the commit.  Of a repeat, status is not yet known.
 */
int message_send_many(struct app *, struct arena *, struct message_draft *,
    size_t n, struct err *);

/*
 * The same for one, by the writer where there is a crowd.  Refused is -1 with
 * *e.
 */
int message_send(
    struct app *, struct arena *, struct message_draft *, struct err *);

/* Is the draft, by itself, fit to be sent?  All that is wrong is told. */
int message_check(const struct message_draft *, struct err *);

/*
 * Use case: what somebody said is taken out, by who may delete messages there,
 * of who ranks lower.  The place stays, with recalled_ms and no content; once
 * more changes nothing.  -1 "not_found", or what rights.h says.
 */
int message_recall(
    struct app *, struct arena *, uint64_t me, uint64_t id, struct err *);

enum { MESSAGE_PINS_MAX = 100 }; /* of a conversation */

/*
 * Use cases: a message of a conversation is pinned there, by who may, or no
 * longer; pinning what is pinned changes nothing.  -1 "not_found", "full",
 * "conflict" (nothing is said in it), or what rights.h says.
 */
int message_pin(struct app *, struct arena *, uint64_t me, uint64_t conv_id,
    uint64_t id, struct err *);
int message_unpin(struct app *, struct arena *, uint64_t me, uint64_t conv_id,
    uint64_t id, struct err *);

struct message_pin {
	struct message message;
	uint64_t       by_id;
	const char    *by_name; /* "": who has left Parley */
	int64_t	       created_ms;
};

/* Those that the user sees, by the messages, the newest first. */
int message_pins(struct app *, struct arena *, uint64_t me, uint64_t conv_id,
    const char *cursor, unsigned limit, struct message_pin **, size_t *n_r,
    const char **next_r, struct err *);
json_t *message_pin_json(struct arena *, const struct message_pin *);

/*
 * Within a caller's transaction that holds the conversation's lock: a
 * message that needs no rule (the greeting of an accepted request, system
 * notices).  Adds its outbox row, too.  sender_name is the caller's to set.
 */
int message_append(struct db *, struct arena *, struct message *,
    int64_t now_ms, struct err *);

struct message_range {
	uint64_t conv_id;
	bool	 has_since, has_before;
	uint64_t since_seq, before_seq;
	unsigned limit;
	bool	 is_mentioned; /* only those that mention the user */
	/* Looked up for this user already; NULL: it will be. */
	const struct conversation *in;
};

/*
 * The newest limit messages, before before_seq if that is given; or, with
 * since_seq given, the first after it; ascending.  Membership is checked: -1
 * "not_found".
 */
int message_history(struct app *, struct arena *, uint64_t   user_id,
    const struct message_range *, struct message **, size_t *n_r, struct err *);

/* For deliver: messages of a conversation in (from, to], no rights asked. */
int message_slice(struct app *, struct arena *, uint64_t conv_id, uint64_t from,
    uint64_t to, unsigned limit, struct message **, size_t *n_r, struct err *);

/*
 * For lib/sync: what is in n spans (after, upto] of conversations that the
 * user is in, ascending by conversation and seq; in one query, and one for the
 * senders.  Few in all: each is a look-up.
 */
struct message_span {
	const struct conversation *in;
	uint64_t		   after, upto;
};
int message_spans(struct app *, struct arena *, uint64_t user_id,
    const struct message_span *, size_t n, struct message **, size_t *n_r,
    struct err *);

/*
 * For n places, each the newest message of its conversation: places[i].seq
 * becomes one that was written before then, and not much before (0: there is
 * none), so that all written since come after it.  In one query.
 */
int message_bounds(struct app *, struct arena *, struct message_place *places,
    size_t n, int64_t since_ms, struct err *);

/*
 * The first of (after, upto] that was written since then: 1, 0: none, -1.  It
 * reads them all, so they are to be few: see message_bounds().
 */
int message_first_since(struct app *, struct arena *, uint64_t conv_id,
    uint64_t after, uint64_t upto, int64_t since_ms, uint64_t *seq_r,
    struct err *);

/* The messages at n places (id 0: there is none), in two queries. */
int
message_find_many(struct app *, struct arena *, const struct message_place *,
    size_t n, struct message *messages_r, struct err *);

/*
 * Of n messages, their senders named: by the nickname where it was said, if
 * they have one there.  One query; ask it of what was said in groups.
 */
int message_nickname(
    struct app *, struct arena *, struct message *, size_t n, struct err *);

/*
 * How far a message has come, as the caller sees it: of an own one, how far
 * with the other; of others', how far with the caller.
 */
const char *message_status(const struct conversation *, uint64_t caller_id,
    uint64_t sender_id, uint64_t seq);

/* A message as the contract shows it: the one function that makes it. */
json_t *message_json(struct arena *, const struct message *);

/* The frame that pushes it: {"event":"message","data":{…}}, one line. */
const char *
message_frame(struct arena *, const struct message *, size_t *len_r);

/*
 * Text to sanitised HTML; see render.c for what is kept of Markdown.  mentions:
 * whom it mentions, see mention.h; "" nobody.
 */
const char *
message_html(struct arena *, const char *text, const char *mentions);

/* What stands behind an @ in it, see render_names(). */
size_t message_names(
    struct arena *, const char *text, const char **names_r, size_t max);

#endif
