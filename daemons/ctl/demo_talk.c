/* SPDX-License-Identifier: MIT */
/*
 * demo_talk.c -- The conversations of the demonstration, line by line.
 *
 * A line is [when, who, what]: what is a text to say, or a call such as
 * {"PATCH": "/members/{sam}", "json": {...}}, below the conversation's path, or
 * {"DELETE": "/messages/{-1}"}.
 */
#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "demo.h"

struct talk {
	struct demo	 *d;
	json_t		 *facts;
	size_t		  number; /* of the file */
	const char	 *path;	  /* /conversations/ID; NULL: there is none */
	const char	 *id;
	struct past_step *steps;
	size_t		  n;
	int64_t		  at_ms; /* of the step before */
};

static const char *
fact(const struct talk *t, const char *name)
{
	return json_string_value(json_object_get(t->facts, name));
}

static void
note_step(struct talk *t, const struct demo_person *who, uint64_t seq)
{
	t->steps[t->n++] = (struct past_step){seq, who->id, t->at_ms};
}

/* -- beginning ------------------------------------------------------------- */

/* Its greeting is the first message. */
static int
open_direct(struct talk *t, struct err *e)
{
	struct demo	   *d = t->d;
	struct demo_person *from, *to;
	const char	   *names[2] = {0};
	int64_t		    asked_ms;

	(void)json_unpack(json_object_get(t->facts, "direct"), "[s, s]",
	    &names[0], &names[1]);
	if ((from = demo_person(d, names[0], e)) == NULL ||
	    (to = demo_person(d, names[1], e)) == NULL ||
	    demo_time(d, fact(t, "asked"), &asked_ms, e) == -1 ||
	    demo_time(d, fact(t, "accepted"), &t->at_ms, e) == -1 ||
	    demo_befriend(
		d, from, to, fact(t, "note"), fact(t, "greeting"), e) == -1)
		return -1;
	demo_bond_add(d, from, to, asked_ms, t->at_ms);
	note_step(t, from, 1);
	return demo_make(d, from, "/conversations",
	    json_pack("{s:s, s:s}", "type", "direct", "user_id", to->id_text),
	    &t->id, e);
}

static json_t *
ids_of(struct demo *d, json_t *names, struct err *e)
{
	struct demo_person *person;
	json_t		   *ids = json_array(), *name;
	size_t		    i;

	json_array_foreach (names, i, name) {
		person = demo_person(d, json_string_value(name), e);
		if (person == NULL) {
			json_decref(ids);
			return NULL;
		}
		json_array_append_new(ids, json_string(person->id_text));
	}
	return ids;
}

static int
open_group(struct talk *t, struct err *e)
{
	struct demo	   *d = t->d;
	const char	   *title = fact(t, "group");
	struct demo_person *owner = demo_person(d, fact(t, "owner"), e);
	json_t		   *members, *body;

	if (owner == NULL ||
	    demo_time(d, fact(t, "founded"), &t->at_ms, e) == -1)
		return -1;
	note_step(t, owner, 0);
	if (demo_look(d, owner, "/conversations?limit=200", "title", title,
		&t->id, e) == -1)
		return -1;
	if (t->id != NULL)
		return 0;
	members = ids_of(d, json_object_get(t->facts, "members"), e);
	if (members == NULL)
		return -1;
	body = json_pack("{s:s, s:s, s:o}", "type", "group", "title", title,
	    "members", members);
	json_object_update(body, json_object_get(t->facts, "settings"));
	return demo_make(d, owner, "/conversations", body, &t->id, e);
}

/* Where it is switched off nobody says anything there. */
static int
open_world(struct talk *t, struct err *e)
{
	return demo_look(t->d, t->d->people, "/conversations?limit=200", "type",
	    "world", &t->id, e);
}

static int
begin(struct talk *t, struct err *e)
{
	if (fact(t, "group") != NULL)
		return open_group(t, e);
	if (json_is_true(json_object_get(t->facts, "world")))
		return open_world(t, e);
	return open_direct(t, e);
}

/* -- its lines ------------------------------------------------------------- */

static int
say(struct talk *t, const struct demo_person *who, const char *text,
    size_t line, struct err *e)
{
	struct demo *d = t->d;
	json_t	    *message;
	json_int_t   seq;

	if (demo_call(d, who, "POST", "/messages",
		json_pack("{s:s, s:s, s:s}", "conv_id", t->id, "client_msg_id",
		    arena_printf(d->arena, "demo-%zu-%zu", t->number, line),
		    "content", text),
		&message, e) != 0)
		return -1;
	seq = json_integer_value(json_object_get(message, "seq"));
	d->said[d->nsaid++] = arena_strdup(
	    d->arena, json_string_value(json_object_get(message, "id")));
	json_decref(message);
	note_step(t, who, (uint64_t)seq);
	return 0;
}

/* The one member beside "json" is the method, with the path. */
static int
act(struct talk *t, const struct demo_person *who, json_t *what, struct err *e)
{
	struct demo *d = t->d;
	const char  *method = NULL, *path = NULL, *key;
	json_t	    *body = json_object_get(what, "json"), *value;

	json_object_foreach (what, key, value)
		if (value != body) {
			method = key;
			path = demo_fill(d, json_string_value(value), e);
		}
	if (method == NULL)
		return err_set(e, ERR_INTERNAL, "internal",
		    "a step of %s names no method", who->name);
	if (path == NULL)
		return -1;
	if (body != NULL && (body = demo_fill_json(d, body, e)) == NULL)
		return -1;
	note_step(t, who, 0);
	if (strncmp(path, "/messages/", strlen("/messages/")) != 0)
		path = arena_printf(d->arena, "%s%s", t->path, path);
	return demo_do(d, who, method, path, body, e);
}

static int
play_line(struct talk *t, json_t *row, size_t line, struct err *e)
{
	const char	   *when = NULL, *name = NULL;
	json_t		   *what = NULL;
	struct demo_person *who;

	(void)json_unpack(row, "[s, s, o]", &when, &name, &what);
	if ((who = demo_person(t->d, name, e)) == NULL ||
	    demo_time(t->d, when, &t->at_ms, e) == -1)
		return -1;
	return json_is_string(what)
		   ? say(t, who, json_string_value(what), line, e)
		   : act(t, who, what, e);
}

/* -- its end --------------------------------------------------------------- */

/* Everybody who is in it has read it, but for the last few messages. */
static int
read_by(
    struct talk *t, struct demo_person *who, json_int_t last_seq, struct err *e)
{
	json_t *unread = json_object_get(t->facts, "unread");

	last_seq -= json_integer_value(json_object_get(unread, who->name));
	return demo_do(t->d, who, "PUT",
	    arena_printf(t->d->arena, "%s/read", t->path),
	    json_pack("{s:I}", "seq", last_seq), e);
}

/* The cast, as far as it is in the conversation. */
static int
is_in(struct talk *t, const struct demo_person *who, json_t *members)
{
	json_t *pair = json_object_get(t->facts, "direct"), *item;
	size_t	i;

	json_array_foreach (pair, i, item)
		if (strcmp(json_string_value(item), who->name) == 0)
			return 1;
	json_array_foreach (members, i, item) {
		const char *name = json_string_value(
		    json_object_get(json_object_get(item, "user"), "username"));

		if (name != NULL && strcmp(name, who->name) == 0)
			return 1;
	}
	return json_is_true(json_object_get(t->facts, "world"));
}

static int
all_read(struct talk *t, struct err *e)
{
	struct demo	   *d = t->d;
	struct demo_person *first = demo_person(d,
	    json_string_value(json_array_get(
		json_array_get(json_object_get(t->facts, "steps"), 0), 1)),
	    e);
	json_t		   *found, *members = NULL;
	json_int_t	    last_seq;
	int		    rc = 0;

	if (first == NULL ||
	    demo_call(d, first, "GET", t->path, NULL, &found, e) != 0)
		return -1;
	last_seq = json_integer_value(json_object_get(found, "last_seq"));
	json_decref(found);
	if (fact(t, "group") != NULL &&
	    demo_call(d, first, "GET",
		arena_printf(d->arena, "%s/members?limit=200", t->path), NULL,
		&members, e) != 0)
		return -1;
	for (size_t i = 0; rc == 0 && i < d->npeople; i++)
		if (is_in(t, &d->people[i], json_object_get(members, "items")))
			rc = read_by(t, &d->people[i], last_seq, e);
	json_decref(members);
	return rc;
}

/* Pinned, muted, …: each as they like it. */
static int
arrange(struct talk *t, struct err *e)
{
	struct demo_person *who;
	const char	   *name;
	json_t		   *how;

	json_object_foreach (json_object_get(t->facts, "own"), name, how)
		if ((who = demo_person(t->d, name, e)) == NULL ||
		    (how = demo_fill_json(t->d, how, e)) == NULL ||
		    demo_do(t->d, who, "PATCH", t->path, how, e) == -1)
			return -1;
	return 0;
}

/* -- all of them ----------------------------------------------------------- */

static int
play(struct talk *t, struct err *e)
{
	struct demo *d = t->d;
	json_t	    *steps = json_object_get(t->facts, "steps"), *row;
	size_t	     i;

	t->steps = arena_alloc(
	    d->arena, (json_array_size(steps) + 1) * sizeof(*t->steps));
	d->said =
	    arena_alloc(d->arena, json_array_size(steps) * sizeof(*d->said));
	d->nsaid = 0;
	if (begin(t, e) == -1)
		return -1;
	if (t->id == NULL)
		return 0;
	t->path = arena_printf(d->arena, "/conversations/%s", t->id);
	json_array_foreach (steps, i, row)
		if (play_line(t, row, i + 1, e) == -1)
			return -1;
	if (all_read(t, e) == -1 || arrange(t, e) == -1)
		return -1;
	d->played[d->nplayed] =
	    (struct past_talk){.steps = t->steps, .n = t->n};
	d->played[d->nplayed].is_world =
	    fact(t, "group") == NULL &&
	    json_object_get(t->facts, "direct") == NULL;
	(void)id_parse(t->id, &d->played[d->nplayed++].conv_id);
	return 0;
}

int
demo_talks_play(struct demo *d, struct err *e)
{
	json_t *facts;
	size_t	i;

	d->played = arena_alloc(
	    d->arena, json_array_size(d->talks) * sizeof(*d->played));
	json_array_foreach (d->talks, i, facts) {
		struct talk t = {.d = d, .facts = facts, .number = i + 1};

		if (play(&t, e) == -1)
			return -1;
	}
	return 0;
}
