/* SPDX-License-Identifier: MIT */
/* talk.c -- How direct conversations stood when somebody last spoke there. */
#include "message/talk.h"

#include <string.h>

#include "base/arena.h"
#include "base/shared_cache.h"
#include "data/app.h"

enum {
	PLACES = 4096,
	NAME_SIZE = 96 /* of two longer names neither is kept */
};

/* As it stands in the cache. */
struct place {
	uint64_t conv_id;
	uint64_t last_seq; /* 0: forgotten */
	uint64_t last_at_ms, people[2], bond, members_version;
	char	 names[2][NAME_SIZE]; /* "": unknown */
};
enum { WORDS = sizeof(struct place) / sizeof(uint64_t) };

static void
release(void *state)
{
	struct shared_cache *cache = state;

	shared_cache_free(&cache);
}

static struct shared_cache *
cache_of(struct app *app)
{
	struct app_kept *kept = &app->kept[APP_TALK];

	if (kept->state == NULL)
		*kept = (struct app_kept){
		    shared_cache_new(PLACES, 1, WORDS), release};
	return kept->state;
}

void
message_share(struct app *app)
{
	(void)cache_of(app);
}

/* -- places ---------------------------------------------------------------- */

static bool
place_find(struct app *app, uint64_t conv_id, struct place *place_r)
{
	uint64_t record[WORDS];

	if (!shared_cache_find(cache_of(app), &conv_id, record))
		return false;
	memcpy(place_r, record, sizeof(*place_r));
	return place_r->last_seq != 0;
}

static void
place_put(struct app *app, const struct place *place)
{
	uint64_t record[WORDS];

	memcpy(record, place, sizeof(*place));
	shared_cache_put(cache_of(app), record);
}

/* Which of the two; 2: neither. */
static size_t
who_of(const uint64_t people[2], uint64_t user_id)
{
	size_t who = 0;

	while (who < 2 && people[who] != user_id)
		who++;
	return who;
}

/* -- talks ----------------------------------------------------------------- */

struct message_talk
talk_find(
    struct app *app, struct arena *a, uint64_t conv_id, uint64_t sender_id)
{
	struct message_talk talk = {0};
	struct place	    p;
	size_t		    who;

	if (!place_find(app, conv_id, &p))
		return talk;
	who = who_of(p.people, sender_id);
	if (who == 2 || p.names[who][0] == '\0')
		return talk;
	talk.last_seq = p.last_seq;
	talk.last_at_ms = (int64_t)p.last_at_ms;
	memcpy(talk.people, p.people, sizeof(talk.people));
	talk.bond = p.bond;
	talk.members_version = p.members_version;
	talk.sender_name = arena_strdup(a, p.names[who]);
	return talk;
}

/* The other's name stays: it is made sure of when it is used. */
void
talk_put(struct app *app, uint64_t conv_id, uint64_t sender_id,
    const struct message_talk *talk)
{
	struct place p;
	bool	     is_there = place_find(app, conv_id, &p);
	size_t	     who = who_of(talk->people, sender_id);

	if (!is_there && talk->last_seq == 0)
		return;
	if (!is_there || talk->last_seq == 0)
		memset(&p, 0, sizeof(p));
	p.conv_id = conv_id;
	p.last_seq = talk->last_seq;
	p.last_at_ms = (uint64_t)talk->last_at_ms;
	memcpy(p.people, talk->people, sizeof(p.people));
	p.bond = talk->bond;
	p.members_version = talk->members_version;
	if (who < 2 && talk->last_seq != 0 &&
	    strlen(talk->sender_name) < NAME_SIZE)
		strcpy(p.names[who], talk->sender_name);
	place_put(app, &p);
}
