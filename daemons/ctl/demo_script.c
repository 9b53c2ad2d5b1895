/* SPDX-License-Identifier: MIT */
/*
 * demo_script.c -- The script of parleyctl demo: its files, people and times.
 */
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/str.h"
#include "demo.h"

enum {
	MINUTE_MS = 60 * 1000,
	DAY_MINUTES = 24 * 60,
	DAY_MS = DAY_MINUTES * MINUTE_MS
};

/* -- files ----------------------------------------------------------------- */

static json_t *
read_file(const char *path, struct err *e)
{
	json_error_t why;
	json_t	    *value = json_load_file(path, 0, &why);

	if (value == NULL)
		err_set(e, ERR_INTERNAL, "internal", "%s:%d: %s", path,
		    why.line, why.text);
	return value;
}

static int
read_talks(struct demo *d, const char *folder, struct err *e)
{
	glob_t files = {0};
	int    rc = 0;

	d->talks = json_array();
	if (glob(arena_printf(d->arena, "%s/[0-9]*.json", folder), 0, NULL,
		&files) != 0)
		rc = err_set(e, ERR_INTERNAL, "internal",
		    "%s has no conversations", folder);
	for (size_t i = 0; rc == 0 && i < files.gl_pathc; i++) {
		json_t *talk = read_file(files.gl_pathv[i], e);

		if (json_array_append_new(d->talks, talk) == -1)
			rc = -1;
	}
	globfree(&files);
	return rc;
}

int
demo_script_load(struct demo *d, const char *folder, struct err *e)
{
	json_t	   *people, *facts;
	const char *name;

	d->cast =
	    read_file(arena_printf(d->arena, "%s/people.json", folder), e);
	if (d->cast == NULL || read_talks(d, folder, e) == -1)
		return -1;
	people = json_object_get(d->cast, "people");
	d->people = arena_alloc(
	    d->arena, json_object_size(people) * sizeof(*d->people));
	json_object_foreach (people, name, facts) {
		struct demo_person *person = &d->people[d->npeople++];

		*person = (struct demo_person){.name = name, .facts = facts};
	}
	return 0;
}

void
demo_script_free(struct demo *d)
{
	json_decref(d->cast);
	json_decref(d->talks);
}

/* -- people and times ------------------------------------------------------ */

struct demo_person *
demo_person(struct demo *d, const char *name, struct err *e)
{
	for (size_t i = 0; name != NULL && i < d->npeople; i++)
		if (strcmp(d->people[i].name, name) == 0)
			return &d->people[i];
	err_set(e, ERR_INTERNAL, "internal", "the script knows no \"%s\"",
	    name != NULL ? name : "");
	return NULL;
}

int
demo_time(
    const struct demo *d, const char *text, int64_t *at_ms_r, struct err *e)
{
	int64_t now = d->now_ms / MINUTE_MS;
	long	days, minutes, hours;
	char	end;

	if (text != NULL && sscanf(text, "+%ld%c", &minutes, &end) == 1)
		*at_ms_r += minutes * MINUTE_MS;
	else if (text != NULL && sscanf(text, "-%ld%c", &minutes, &end) == 1)
		*at_ms_r = (now - minutes) * MINUTE_MS;
	else if (text != NULL && sscanf(text, "%ld %ld:%ld%c", &days, &hours,
				     &minutes, &end) == 3)
		*at_ms_r = (now - now % DAY_MINUTES - days * DAY_MINUTES +
			       hours * 60 + minutes) *
			   MINUTE_MS;
	else
		return err_set(e, ERR_INTERNAL, "internal",
		    "the script has a time \"%s\"", text != NULL ? text : "");
	return 0;
}

/* -- places to fill in ----------------------------------------------------- */

/* What stands for the word between two braces. */
static const char *
filling(struct demo *d, const char *word, struct err *e)
{
	const struct demo_person *person;
	size_t			  back;
	long			  days;
	char			  unit;

	if (sscanf(word, "-%zu%c", &back, &unit) == 1 && back > 0 &&
	    back <= d->nsaid)
		return d->said[d->nsaid - back];
	if (sscanf(word, "+%ld%c", &days, &unit) == 2 && unit == 'd')
		return time_text(d->arena,
		    d->now_ms - d->now_ms % DAY_MS + (int64_t)days * DAY_MS);
	person = demo_person(d, word, e);
	return person != NULL ? person->id_text : NULL;
}

const char *
demo_fill(struct demo *d, const char *text, struct err *e)
{
	struct strbuf out;

	strbuf_init(&out, d->arena);
	for (;;) {
		size_t	    n = strcspn(text, "{"), len;
		const char *value;

		strbuf_add(&out, text, n);
		text += n;
		if (*text == '\0')
			return out.len > 0 ? out.data : "";
		len = strcspn(++text, "}");
		value = filling(d, arena_strndup(d->arena, text, len), e);
		if (value == NULL)
			return NULL;
		strbuf_adds(&out, value);
		text += len + (text[len] == '}');
	}
}

json_t *
demo_fill_json(struct demo *d, json_t *from, struct err *e)
{
	json_t	   *to = json_is_array(from) ? json_array() : json_object();
	json_t	   *value;
	const char *key, *text;
	size_t	    i;

	if (json_is_string(from)) {
		json_decref(to);
		text = demo_fill(d, json_string_value(from), e);
		return text != NULL ? json_string(text) : NULL;
	}
	if (!json_is_array(from) && !json_is_object(from)) {
		json_decref(to);
		return json_incref(from);
	}
	json_array_foreach (from, i, value)
		if (json_array_append_new(to, demo_fill_json(d, value, e)) ==
		    -1)
			goto fail;
	json_object_foreach (from, key, value)
		if (json_object_set_new(to, key, demo_fill_json(d, value, e)) ==
		    -1)
			goto fail;
	return to;
fail:
	json_decref(to);
	return NULL;
}
