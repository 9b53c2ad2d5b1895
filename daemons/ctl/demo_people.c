/* SPDX-License-Identifier: MIT */
/* demo_people.c -- Who takes part in the demonstration, and who knows whom. */
#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "demo.h"

enum { ANSWER_MS = 20 * 60 * 1000 }; /* how soon a request is accepted */

/* -- coming and going ------------------------------------------------------ */

int
demo_log_in(struct demo *d, struct demo_person *p, struct err *e)
{
	json_t *session, *user;

	if (demo_call(d, NULL, "POST", "/sessions",
		json_pack("{s:s, s:s, s:s}", "login", p->name, "password",
		    d->password, "device", "parleyctl demo"),
		&session, e) != 0) {
		if (e->kind != ERR_UNAUTHORIZED)
			return -1;
		err_clear(e);
		return 0;
	}
	user = json_object_get(session, "user");
	p->token = arena_strdup(d->arena,
	    json_string_value(json_object_get(session, "access_token")));
	p->id_text = arena_strdup(
	    d->arena, json_string_value(json_object_get(user, "id")));
	(void)id_parse(p->id_text, &p->id);
	json_decref(session);
	return 1;
}

int
demo_log_out(struct demo *d, struct demo_person *p, struct err *e)
{
	return demo_do(d, p, "DELETE", "/sessions/current", NULL, e);
}

static int
come(struct demo *d, struct demo_person *p, struct past_account *account,
    struct err *e)
{
	const char *display_name, *locale, *since, *seen, *bio = "";
	int	    rc;

	if (json_unpack(p->facts, "{s:s, s:s, s:s, s:s, s?s}", "display_name",
		&display_name, "locale", &locale, "since", &since, "seen",
		&seen, "bio", &bio) == -1)
		return err_set(e, ERR_INTERNAL, "internal",
		    "people.json lacks something of %s", p->name);
	if (demo_do(d, NULL, "POST", "/users",
		json_pack("{s:s, s:s, s:s}", "username", p->name, "password",
		    d->password, "display_name", display_name),
		e) == -1)
		return -1;
	if ((rc = demo_log_in(d, p, e)) == 0)
		return err_set(e, ERR_CONFLICT, "conflict",
		    "the name %s is taken here, with another password",
		    p->name);
	if (rc == -1 ||
	    demo_do(d, p, "PATCH", "/users/me",
		json_pack("{s:s, s:s}", "bio", bio, "locale", locale), e) == -1)
		return -1;
	account->id = p->id;
	return demo_time(d, since, &account->since_ms, e) == -1
		   ? -1
		   : demo_time(d, seen, &account->seen_ms, e);
}

int
demo_people_come(struct demo *d, struct err *e)
{
	d->accounts = arena_alloc(d->arena, d->npeople * sizeof(*d->accounts));
	for (size_t i = 0; i < d->npeople; i++)
		if (come(d, &d->people[i], &d->accounts[i], e) == -1)
			return -1;
	return 0;
}

/* -- who knows whom -------------------------------------------------------- */

void
demo_bond_add(struct demo *d, const struct demo_person *from,
    const struct demo_person *to, int64_t asked_ms, int64_t decided_ms)
{
	if (d->bonds == NULL)
		d->bonds = arena_alloc(
		    d->arena, d->npeople * d->npeople * sizeof(*d->bonds));
	d->bonds[d->nbonds++] =
	    (struct past_bond){from->id, to->id, asked_ms, decided_ms};
}

static int
request(struct demo *d, const struct demo_person *from,
    const struct demo_person *to, const char *note, const char *greeting,
    const char **id_r, struct err *e)
{
	return demo_make(d, from, "/contact-requests",
	    json_pack("{s:s, s:s*, s:s*}", "user_id", to->id_text, "note", note,
		"greeting", greeting),
	    id_r, e);
}

int
demo_befriend(struct demo *d, const struct demo_person *from,
    const struct demo_person *to, const char *note, const char *greeting,
    struct err *e)
{
	const char *id = NULL;
	int	    rc = request(d, from, to, note, greeting, &id, e);

	/* Asked already: accepted, too, or still to be. */
	if (rc == 1)
		rc = demo_look(d, to, "/contact-requests?direction=in",
		    "from.id", from->id_text, &id, e);
	if (rc == -1 || id == NULL)
		return rc;
	return demo_do(d, to, "POST",
	    arena_printf(d->arena, "/contact-requests/%s/accept", id), NULL, e);
}

/* [when, from, to] or, of one that waits, [when, from, to, note]. */
static int
bond_make(struct demo *d, json_t *row, struct err *e)
{
	const char	   *when = NULL, *names[2] = {0}, *note = NULL, *id;
	struct demo_person *from, *to;
	int64_t		    at;

	(void)json_unpack(
	    row, "[s, s, s, s]", &when, &names[0], &names[1], &note);
	if ((from = demo_person(d, names[0], e)) == NULL ||
	    (to = demo_person(d, names[1], e)) == NULL ||
	    demo_time(d, when, &at, e) == -1)
		return -1;
	demo_bond_add(d, from, to, at, note != NULL ? 0 : at + ANSWER_MS);
	if (note != NULL)
		return request(d, from, to, note, NULL, &id, e) == -1 ? -1 : 0;
	return demo_befriend(d, from, to, NULL, NULL, e);
}

/* Labels are named in the script; each is made when it is first. */
static int
label_id(struct demo *d, const struct demo_person *who, const char *name,
    const char **id_r, struct err *e)
{
	int rc = demo_make(d, who, "/contact-labels",
	    json_pack("{s:s}", "name", name), id_r, e);

	if (rc != 1)
		return rc;
	return demo_look(d, who, "/contact-labels", "name", name, id_r, e);
}

static int
labels_fill(
    struct demo *d, const struct demo_person *who, json_t *how, struct err *e)
{
	json_t	   *labels = json_object_get(how, "labels"), *label;
	const char *id;
	size_t	    i;

	json_array_foreach (labels, i, label) {
		if (label_id(d, who, json_string_value(label), &id, e) == -1)
			return -1;
		json_array_set_new(labels, i, json_string(id));
	}
	return 0;
}

/* [who, whom, how] */
static int
contact_arrange(struct demo *d, json_t *row, struct err *e)
{
	const char	   *names[2] = {0};
	struct demo_person *who, *whom;
	json_t		   *how = NULL;

	(void)json_unpack(row, "[s, s, o]", &names[0], &names[1], &how);
	if ((who = demo_person(d, names[0], e)) == NULL ||
	    (whom = demo_person(d, names[1], e)) == NULL)
		return -1;
	how = json_deep_copy(how);
	if (labels_fill(d, who, how, e) == -1) {
		json_decref(how);
		return -1;
	}
	return demo_do(d, who, "PATCH",
	    arena_printf(d->arena, "/contacts/%s", whom->id_text), how, e);
}

int
demo_bonds_make(struct demo *d, struct err *e)
{
	json_t *row;
	size_t	i;

	json_array_foreach (json_object_get(d->cast, "contacts"), i, row)
		if (bond_make(d, row, e) == -1)
			return -1;
	json_array_foreach (json_object_get(d->cast, "requests"), i, row)
		if (bond_make(d, row, e) == -1)
			return -1;
	return 0;
}

int
demo_contacts_arrange(struct demo *d, struct err *e)
{
	json_t *row;
	size_t	i;

	json_array_foreach (json_object_get(d->cast, "arranged"), i, row)
		if (contact_arrange(d, row, e) == -1)
			return -1;
	return 0;
}
