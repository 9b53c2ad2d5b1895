/* SPDX-License-Identifier: MIT */
/*
 * people.c -- The names in what was said, as they are now.
 *
 * A system message holds its people as they were called when it was written.
 * That is history, and stays, as long as they are there: who deletes the
 * account leaves no name behind, here as little as with what they said.  And
 * there is no page of theirs to lead to: who called them by "@name" calls
 * nobody.
 */
#include "message/people.h"

#include <stdlib.h>
#include <string.h>

#include "account/account.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/json_write.h"
#include "base/str.h"
#include "message/mention.h"
#include "message/message.h"

/*
 * Of so many who are mentioned on a page it is looked up whether they are there
 * still; those of a page full of names stay as they were written.
 */
enum { LOOKED_UP_MAX = 200 };

struct naming {
	struct arena *arena;
	json_t	    **contents; /* of system messages; NULL of others */
	uint64_t     *ids;	/* ascending */
	struct user  *users;
	size_t	      n;
};

/* All people in a content are told: is any answer not 0? */
static int
each_person(json_t *content, int (*tell)(void *, json_t *person), void *ctx)
{
	json_t *actor = json_object_get(content, "actor"), *user;
	json_t *users = json_object_get(content, "users");
	size_t	i;
	int	rc = actor != NULL ? tell(ctx, actor) : 0;

	json_array_foreach (users, i, user) {
		rc |= tell(ctx, user);
	}
	return rc;
}

static uint64_t
id_of(json_t *person)
{
	const char *text = json_string_value(json_object_get(person, "id"));
	uint64_t    id;

	return text != NULL && id_parse(text, &id) ? id : 0;
}

static int
count(void *ctx, json_t *person)
{
	size_t *n = ctx;

	(void)person;
	++*n;
	return 0;
}

static int
gather(void *ctx, json_t *person)
{
	struct naming *x = ctx;

	x->ids[x->n++] = id_of(person);
	return 0;
}

static int
compare(const void *px, const void *py)
{
	uint64_t x = *(const uint64_t *)px, y = *(const uint64_t *)py;

	return x < y ? -1 : x > y;
}

static void
gather_mentioned(struct naming *x, const struct message *messages, size_t n)
{
	uint64_t ids[MENTIONS_MAX];
	size_t	 left = LOOKED_UP_MAX;

	for (size_t i = 0; i < n && left > 0; i++) {
		size_t more = mention_ids(messages[i].mentions, ids);

		for (size_t k = 0; k < more && left > 0; k++, left--)
			x->ids[x->n++] = ids[k];
	}
}

/* The ids of all, each once. */
static void
gather_all(struct naming *x, const struct message *messages, size_t n)
{
	size_t most = n + LOOKED_UP_MAX, kept = 0;

	for (size_t i = 0; i < n; i++)
		(void)each_person(x->contents[i], count, &most);
	x->ids = arena_alloc(x->arena, most * sizeof(*x->ids));
	for (size_t i = 0; i < n; i++) {
		x->ids[x->n++] = messages[i].sender_id;
		(void)each_person(x->contents[i], gather, x);
	}
	gather_mentioned(x, messages, n);
	qsort(x->ids, x->n, sizeof(*x->ids), compare);
	for (size_t i = 0; i < x->n; i++)
		if (kept == 0 || x->ids[kept - 1] != x->ids[i])
			x->ids[kept++] = x->ids[i];
	x->n = kept;
}

/* NULL: nobody asked for them.  Of who is not there the id is 0. */
static const struct user *
look_up(const struct naming *x, uint64_t id)
{
	const uint64_t *at =
	    bsearch(&id, x->ids, x->n, sizeof(*x->ids), compare);

	return at != NULL ? &x->users[at - x->ids] : NULL;
}

/* NULL: they are not there. */
static const struct user *
find(const struct naming *x, uint64_t id)
{
	const struct user *user = look_up(x, id);

	return user != NULL && user->id != 0 ? user : NULL;
}

/* 1 if the name had to go. */
static int
take_name(void *ctx, json_t *person)
{
	if (find(ctx, id_of(person)) != NULL)
		return 0;
	json_object_set_new(person, "display_name", json_string(""));
	return 1;
}

/* Everybody is always there. */
static bool
is_gone(const struct naming *x, uint64_t id)
{
	const struct user *user = id != MENTION_ALL ? look_up(x, id) : NULL;

	return user != NULL && user->id == 0;
}

static const char *
mentioned_still(const struct naming *x, const char *mentions)
{
	struct mention_list list;
	const char	   *left = "";
	size_t		    ngone = 0;

	if (mentions[0] == '\0')
		return mentions;
	mention_list_read(mentions, &list);
	for (size_t i = 0; i < list.n; i++)
		ngone += is_gone(x, list.one[i].id);
	if (ngone == 0)
		return mentions;
	for (size_t i = 0; i < list.n; i++)
		if (!is_gone(x, list.one[i].id))
			left = mention_add(x->arena, left, list.one[i].id,
			    arena_strndup(
				x->arena, list.one[i].name, list.one[i].len));
	return left;
}

static void
name(struct naming *x, struct message *m, json_t *content)
{
	const struct user *user = find(x, m->sender_id);
	const char	  *text;

	m->sender_name = user != NULL ? user->display_name : "";
	m->mentions = mentioned_still(x, m->mentions);
	if (each_person(content, take_name, x) == 0)
		return;
	text = json_write(x->arena, content, NULL);
	if (text == NULL)
		abort();
	m->content = text;
}

int
message_name_people(struct app *app, struct arena *a, struct message *messages,
    size_t n, struct err *e)
{
	struct naming x = {.arena = a};
	int	      rc;

	if (n == 0)
		return 0;
	x.contents = arena_alloc(a, n * sizeof(*x.contents));
	for (size_t i = 0; i < n; i++)
		if (strcmp(messages[i].type, "system") == 0)
			x.contents[i] =
			    json_loads(messages[i].content, 0, NULL);
	gather_all(&x, messages, n);
	x.users = arena_alloc(a, x.n * sizeof(*x.users));
	rc = account_find_many(app, a, x.ids, x.n, x.users, e);
	for (size_t i = 0; i < n; i++) {
		if (rc == 0)
			name(&x, &messages[i], x.contents[i]);
		json_decref(x.contents[i]);
	}
	return rc;
}
