/* SPDX-License-Identifier: MIT */
/*
 * dlq.c -- parleyctl dlq: the events that deliver gave up on.
 *
 * A list is read page by page, so that any number can be listed, replayed or
 * dropped.  Ids are checked before anything is touched.
 */
#include "ctl.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/str.h"
#include "delivery/dead_letter.h"
#include "web/web.h"

enum { PAGE = 200 };

/* -- one letter, as text and as JSON --------------------------------------- */

static const char *
audience_name(enum outbox_audience audience)
{
	switch (audience) {
	case OUTBOX_MEMBERS:
		return "members";
	case OUTBOX_USERS:
		return "users";
	case OUTBOX_SESSION:
		return "session";
	case OUTBOX_PRESENCE:
		return "presence";
	case OUTBOX_KNOWN:
		return "known";
	case OUTBOX_EVERYBODY:
		return "everybody";
	}
	return "unknown";
}

static json_t *
json_u64(struct ctl *ctl, uint64_t id)
{
	return json_string(id_text(ctl->arena, id));
}

/* The frame only where it was read. */
static json_t *
letter_json(struct ctl *ctl, const struct dead_letter *d, bool is_whole)
{
	const struct outbox_event *o = &d->event.event;
	json_t			  *event, *users = json_array();

	for (size_t i = 0; i < OUTBOX_USERS_MAX && o->users[i] != 0; i++)
		json_array_append_new(users, json_u64(ctl, o->users[i]));
	event = json_pack("{s:o, s:s, s:I, s:o, s:I, s:I, s:o, s:o, s:o, s:s}",
	    "key", json_u64(ctl, o->key), "audience",
	    audience_name(o->audience), "audience_number",
	    (json_int_t)o->audience, "conv_id", json_u64(ctl, o->conv_id),
	    "seq", (json_int_t)o->seq, "members_version",
	    (json_int_t)o->members_version, "users", users, "session_id",
	    json_u64(ctl, o->session_id), "except_session",
	    json_u64(ctl, o->except_session), "created_at",
	    time_text(ctl->arena, d->event.created_ms));
	if (is_whole)
		json_object_set_new(event, "frame",
		    json_stringn_nocheck(o->frame, o->frame_len));
	return json_pack("{s:o, s:s, s:s, s:I, s:s, s:s, s:o}", "id",
	    json_u64(ctl, d->event.id), "cause", d->cause, "detail", d->detail,
	    "attempts", (json_int_t)d->attempts, "first_at",
	    time_text(ctl->arena, d->first_ms), "last_at",
	    time_text(ctl->arena, d->last_ms), "event", event);
}

static void
print_json(json_t *value)
{
	json_dumpf(value, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(value);
}

static void
print_row(struct ctl *ctl, const struct dead_letter *d)
{
	printf("%" PRIu64 "  %s  %" PRIu64
	       " attempts  %s  conversation %" PRIu64 " seq %" PRIu64
	       "  %s: %s\n",
	    d->event.id, time_text(ctl->arena, d->last_ms), d->attempts,
	    audience_name(d->event.event.audience), d->event.event.conv_id,
	    d->event.event.seq, d->cause, d->detail);
}

static void
print_whole(struct ctl *ctl, const struct dead_letter *d)
{
	const struct outbox_event *o = &d->event.event;

	printf("id               %" PRIu64 "\n", d->event.id);
	printf("cause            %s: %s\n", d->cause, d->detail);
	printf("attempts         %" PRIu64 "\n", d->attempts);
	printf("first            %s\n", time_text(ctl->arena, d->first_ms));
	printf("last             %s\n", time_text(ctl->arena, d->last_ms));
	printf("event of         %s\n",
	    time_text(ctl->arena, d->event.created_ms));
	printf("key              %" PRIu64 "\n", o->key);
	printf("audience         %s (%d)\n", audience_name(o->audience),
	    (int)o->audience);
	printf("conversation     %" PRIu64 "\n", o->conv_id);
	printf("seq              %" PRIu64 "\n", o->seq);
	printf("members version  %" PRIu64 "\n", o->members_version);
	printf("users            %s\n", event_users_text(ctl->arena, o));
	printf("session          %" PRIu64 "\n", o->session_id);
	printf("except session   %" PRIu64 "\n", o->except_session);
	printf("frame            %.*s\n", (int)o->frame_len, o->frame);
}

/* -- arguments ------------------------------------------------------------- */

/* Takes "--json" off the end. */
static bool
wants_json(int *argc, char **argv)
{
	if (*argc == 0 || strcmp(argv[*argc - 1], "--json") != 0)
		return false;
	--*argc;
	return true;
}

static int
compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* The ids named, ascending; each must be that of a dead letter. */
static int
read_ids(struct ctl *ctl, int argc, char **argv, uint64_t **ids_r, size_t *n_r,
    struct err *e)
{
	uint64_t   *ids = arena_alloc(ctl->arena, (size_t)argc * sizeof(*ids));
	struct app *app;
	struct dead_letter letter;

	for (int i = 0; i < argc; i++)
		if (!id_parse(argv[i], &ids[i]))
			return ctl_bad_args(e);
	if ((app = ctl_app(ctl, e)) == NULL)
		return -1;
	for (int i = 0; i < argc; i++) {
		int found =
		    dead_letter_find(app, ctl->arena, ids[i], &letter, e);

		if (found == 0)
			return err_set(e, ERR_NOT_FOUND, "not_found",
			    "there is no dead letter %" PRIu64, ids[i]);
		if (found == -1)
			return -1;
	}
	qsort(ids, (size_t)argc, sizeof(*ids), compare);
	*ids_r = ids;
	*n_r = (size_t)argc;
	return 0;
}

/* -- commands -------------------------------------------------------------- */

int
ctl_dlq_list(struct ctl *ctl, int argc, char **argv, struct err *e)
{
	bool		    is_json = wants_json(&argc, argv);
	struct app	   *app;
	struct dead_letter *list;
	json_t		   *items;
	uint64_t	    after = 0;
	size_t		    n = PAGE, total = 0;

	if (argc != 0)
		return ctl_bad_args(e);
	if ((app = ctl_app(ctl, e)) == NULL)
		return -1;
	for (items = json_array(); n == PAGE; total += n) {
		if (dead_letters(app, ctl->arena, after, PAGE, &list, &n, e) ==
		    -1) {
			json_decref(items);
			return -1;
		}
		for (size_t i = 0; i < n; i++)
			if (is_json)
				json_array_append_new(
				    items, letter_json(ctl, &list[i], false));
			else
				print_row(ctl, &list[i]);
		after = n > 0 ? list[n - 1].event.id : after;
	}
	if (is_json)
		print_json(json_pack("{s:o}", "items", items));
	else {
		json_decref(items);
		if (total == 0)
			printf("no dead letters\n");
	}
	return 0;
}

int
ctl_dlq_show(struct ctl *ctl, int argc, char **argv, struct err *e)
{
	bool		   is_json = wants_json(&argc, argv);
	struct dead_letter letter;
	uint64_t	  *ids;
	size_t		   n;

	if (argc != 1)
		return ctl_bad_args(e);
	if (read_ids(ctl, argc, argv, &ids, &n, e) == -1 ||
	    dead_letter_find(ctl->app, ctl->arena, ids[0], &letter, e) != 1)
		return -1;
	if (is_json)
		print_json(letter_json(ctl, &letter, true));
	else
		print_whole(ctl, &letter);
	return 0;
}

typedef int (*act_fn)(
    struct app *, const uint64_t *, size_t, size_t *, struct err *);

/* All of them, a page at a time, as far as they were there at the start. */
static int
act_on_all(struct ctl *ctl, act_fn act, size_t *total_r, struct err *e)
{
	struct app	   *app = ctl_app(ctl, e);
	struct dead_letter *list;
	uint64_t	    ids[PAGE], after = 0;
	size_t		    n = PAGE, most = 0, done;

	if (app == NULL || dead_letters_count(app, ctl->arena, &most, e) == -1)
		return -1;
	for (*total_r = 0; n == PAGE && *total_r < most; *total_r += done) {
		if (dead_letters(app, ctl->arena, after, PAGE, &list, &n, e) ==
		    -1)
			return -1;
		for (size_t i = 0; i < n; i++)
			ids[i] = after = list[i].event.id;
		if (act(app, ids, n, &done, e) == -1)
			return -1;
	}
	return 0;
}

static int
act(struct ctl *ctl, int argc, char **argv, act_fn fn, const char *word,
    struct err *e)
{
	bool	  is_json = wants_json(&argc, argv);
	uint64_t *ids = NULL;
	size_t	  n = 0, done = 0;

	if (argc == 1 && strcmp(argv[0], "--all") == 0) {
		if (act_on_all(ctl, fn, &done, e) == -1)
			return -1;
	} else if (argc == 0)
		return ctl_bad_args(e);
	else if (read_ids(ctl, argc, argv, &ids, &n, e) == -1 ||
		 fn(ctl->app, ids, n, &done, e) == -1)
		return -1;
	if (is_json)
		print_json(json_pack("{s:I}", word, (json_int_t)done));
	else
		printf("%zu %s\n", done, word);
	return 0;
}

int
ctl_dlq_replay(struct ctl *ctl, int argc, char **argv, struct err *e)
{
	return act(ctl, argc, argv, dead_letters_replay, "replayed", e);
}

int
ctl_dlq_drop(struct ctl *ctl, int argc, char **argv, struct err *e)
{
	return act(ctl, argc, argv, dead_letters_drop, "dropped", e);
}
