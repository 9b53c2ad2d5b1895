/* SPDX-License-Identifier: MIT */
/*
 * demo.h -- parleyctl demo: a small community, played from a script.
 *
 * The script is JSON in deploy/demo (see its README.md): people.json has the
 * cast, each other file a conversation.  All of it is done by the public API,
 * as the people themselves would; then past.h gives it its dates.  Whatever
 * was done before, by a run that was cut off, is not done twice.
 */
#ifndef PARLEY_CTL_DEMO_H
#define PARLEY_CTL_DEMO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "demo/past.h"

struct arena;
struct config;
struct err;

struct demo_person {
	const char *name; /* the username; the script calls them so, too */
	json_t	   *facts;
	uint64_t    id;
	const char *id_text;
	const char *token;
};

struct demo {
	const struct config *config;
	struct arena	    *arena;
	int64_t		     now_ms;
	const char	    *password; /* everybody's */
	bool		     is_again; /* a former run was cut off */
	json_t		    *cast;
	struct demo_person  *people;
	size_t		     npeople;
	json_t		    *talks; /* an array: the other files, by name */
	/* What happened, and when. */
	struct past_account *accounts; /* of people */
	struct past_bond    *bonds;
	size_t		     nbonds;
	struct past_talk    *played;
	size_t		     nplayed;
	const char	   **said; /* ids of messages, of the talk in hand */
	size_t		     nsaid;
};

/* -- the script: demo_script.c -------------------------------------------- */

/* Reads the files in folder; demo_script_free() lets go of them. */
int  demo_script_load(struct demo *, const char *folder, struct err *);
void demo_script_free(struct demo *);

/* Somebody of the cast; NULL with *e. */
struct demo_person *demo_person(struct demo *, const char *name, struct err *);

/*
 * A time of the script: "3 14:05", three days ago at that time (UTC); "-20",
 * twenty minutes ago; "+5", five minutes after *at_ms_r.
 */
int demo_time(
    const struct demo *, const char *text, int64_t *at_ms_r, struct err *);

/*
 * {name} becomes the id of that person, {+3d} midnight in three days, {-2} the
 * id of the message before the last: in text, and in all texts of a value, of
 * which a copy is given.
 */
const char *demo_fill(struct demo *, const char *text, struct err *);
json_t	   *demo_fill_json(struct demo *, json_t *, struct err *);

/* -- what people do -------------------------------------------------------- */

/*
 * A call of the API, path below /api/v1, by somebody (NULL: nobody).  body
 * (NULL: none) is let go of; *reply_r (unless NULL) is the caller's to let go
 * of when 0.  1: it is so already (409; after a run that was cut off 404,
 * too).  Where a limit is met it waits as it is told.
 */
int demo_call(struct demo *, const struct demo_person *, const char *method,
    const char *path, json_t *body, json_t **reply_r, struct err *);

/* The same, where a 409 is as good as done. */
int demo_do(struct demo *, const struct demo_person *, const char *method,
    const char *path, json_t *body, struct err *);

/* The same, for the text "id" of the reply, in the arena: 0, 1 or -1. */
int demo_make(struct demo *, const struct demo_person *, const char *path,
    json_t *body, const char **id_r, struct err *);

/* The first item of a list whose member has this text: its id, or NULL. */
int demo_look(struct demo *, const struct demo_person *, const char *path,
    const char *member, const char *text, const char **id_r, struct err *);

/* Logs in: 1 yes, 0 there is no such person with our password, -1. */
int demo_log_in(struct demo *, struct demo_person *, struct err *);
int demo_log_out(struct demo *, struct demo_person *, struct err *);

/* Everybody registers or, if they did, logs in. */
int demo_people_come(struct demo *, struct err *);

/* The two become contacts. */
int demo_befriend(struct demo *, const struct demo_person *from,
    const struct demo_person *to, const char *note, const char *greeting,
    struct err *);

/* Notes that they are, or that a request waits since then (decided: 0). */
void demo_bond_add(struct demo *, const struct demo_person *from,
    const struct demo_person *to, int64_t asked_ms, int64_t decided_ms);

/* The contacts and requests that people.json names. */
int demo_bonds_make(struct demo *, struct err *);

/* Remarks and pins of those who are contacts by now. */
int demo_contacts_arrange(struct demo *, struct err *);

/* All conversations. */
int demo_talks_play(struct demo *, struct err *);

#endif
