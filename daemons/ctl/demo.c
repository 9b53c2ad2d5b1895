/* SPDX-License-Identifier: MIT */
/*
 * demo.c -- parleyctl demo: a running instance gets a small community.
 *
 * Never by accident where other people are, and never twice: once it is whole,
 * a mark beside the password that all of them have says so.
 */
#include "demo.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/config.h"
#include "base/crypto.h"
#include "base/err.h"
#include "base/secret.h"
#include "ctl.h"

enum { TRIES = 3 };

/* In INSTANCE/secrets: their password; there is all of it. */
static const char PASSWORD[] = "demo", WHOLE[] = "demo-whole";

/* -- what is kept ---------------------------------------------------------- */

/* The password, and whether a former run came to its end. */
static int
mark_read(struct demo *d, bool *is_whole_r, struct err *e)
{
	const char *instance = config_instance(d->config);
	char	    password[SECRET_TEXT], whole[SECRET_TEXT];

	if (secret_text(instance, PASSWORD, password, e) == -1 ||
	    secret_text(instance, WHOLE, whole, e) == -1)
		return -1;
	if (*password != '\0')
		d->password = arena_strdup(d->arena, password);
	*is_whole_r = *whole != '\0';
	return 0;
}

static int
mark_write(struct demo *d, const char *name, const char *text, struct err *e)
{
	const char *line = arena_printf(d->arena, "%s\n", text);

	return secret_make(
	    config_instance(d->config), name, line, strlen(line), e);
}

/* Sixteen digits in four groups: short enough to be typed. */
static const char *
new_password(struct arena *arena)
{
	unsigned char bytes[8];
	const char   *digits;

	random_bytes(bytes, sizeof(bytes));
	digits = hex(arena, bytes, sizeof(bytes));
	return arena_printf(arena, "%.4s-%.4s-%.4s-%.4s", digits, digits + 4,
	    digits + 8, digits + 12);
}

/* -- what is told ---------------------------------------------------------- */

static void
print_log_ins(const struct demo *d)
{
	for (size_t i = 0; i < d->npeople; i++) {
		const char *language = json_string_value(
		    json_object_get(d->people[i].facts, "log_in"));

		if (language != NULL)
			printf("  %-10s %s   %s\n", d->people[i].name,
			    d->password, language);
	}
}

static void
print_made(const struct demo *d)
{
	size_t nmessages = 0;

	for (size_t i = 0; i < d->nplayed; i++)
		for (size_t k = 0; k < d->played[i].n; k++)
			nmessages += d->played[i].steps[k].seq != 0;
	printf("%zu people, %zu conversations, %zu messages.  Log in as:\n",
	    d->npeople, d->nplayed, nmessages);
	print_log_ins(d);
}

/* -- the command ----------------------------------------------------------- */

static int
refuse_strangers(struct ctl *ctl, struct demo *d, struct err *e)
{
	const char **names = arena_alloc(d->arena, d->npeople * sizeof(*names));
	const char  *stranger = "";
	struct app  *app = ctl_app(ctl, e);
	int	     found;

	if (app == NULL)
		return -1;
	for (size_t i = 0; i < d->npeople; i++)
		names[i] = d->people[i].name;
	found = past_stranger(app, d->arena, names, d->npeople, &stranger, e);
	if (found == 1)
		return err_set(e, ERR_CONFLICT, "conflict",
		    "other people are here already (%s): this instance is in "
		    "use; make demo FORCE=1 (parleyctl demo --force) fills it "
		    "all the same",
		    stranger);
	return found;
}

/* To write it once more changes nothing, so a busy database is asked again. */
static int
give_past(
    struct app *app, struct demo *d, const struct past *past, struct err *e)
{
	int rc = past_write(app, d->arena, past, e);

	for (int i = 1; rc == -1 && e->kind == ERR_UNAVAILABLE && i < TRIES;
	     i++) {
		err_clear(e);
		rc = past_write(app, d->arena, past, e);
	}
	return rc;
}

/* Nobody has a session any more when the past is written. */
static int
perform(struct ctl *ctl, struct demo *d, struct err *e)
{
	struct app *app = ctl_app(ctl, e);
	struct past past;

	if (app == NULL || demo_people_come(d, e) == -1 ||
	    demo_bonds_make(d, e) == -1 || demo_talks_play(d, e) == -1 ||
	    demo_contacts_arrange(d, e) == -1)
		return -1;
	for (size_t i = 0; i < d->npeople; i++)
		if (demo_log_out(d, &d->people[i], e) == -1)
			return -1;
	past = (struct past){.accounts = d->accounts,
	    .naccounts = d->npeople,
	    .bonds = d->bonds,
	    .nbonds = d->nbonds,
	    .talks = d->played,
	    .ntalks = d->nplayed};
	return give_past(app, d, &past, e);
}

static int
is_there(struct demo *d, struct err *e)
{
	int rc = demo_log_in(d, d->people, e);

	return rc == 1 && demo_log_out(d, d->people, e) == -1 ? -1 : rc;
}

static int
demo_run(struct ctl *ctl, struct demo *d, bool is_forced, struct err *e)
{
	bool is_whole;
	int  rc;

	if (mark_read(d, &is_whole, e) == -1)
		return -1;
	if (is_whole) {
		if ((rc = is_there(d, e)) == -1)
			return -1;
		if (rc == 1) {
			printf("The demonstration is there already; nothing "
			       "was added.  Log in as:\n");
			print_log_ins(d);
			return 0;
		}
	}
	if (!is_forced && refuse_strangers(ctl, d, e) == -1)
		return -1;
	d->is_again = d->password != NULL;
	if (!d->is_again) {
		d->password = new_password(d->arena);
		if (mark_write(d, PASSWORD, d->password, e) == -1)
			return -1;
	}
	if (perform(ctl, d, e) == -1 || mark_write(d, WHOLE, "yes", e) == -1)
		return -1;
	print_made(d);
	return 0;
}

int
ctl_demo(struct ctl *ctl, int argc, char **argv, struct err *e)
{
	struct demo d = {.arena = ctl->arena, .now_ms = clock_ms()};
	bool	    is_forced = argc == 1 && strcmp(argv[0], "--force") == 0;
	int	    rc;

	if (argc != is_forced)
		return ctl_bad_args(e);
	if ((d.config = ctl_config(ctl, e)) == NULL)
		return -1;
	rc = demo_script_load(
	    &d, arena_printf(d.arena, "%s/deploy/demo", ctl_home(d.arena)), e);
	if (rc == 0)
		rc = demo_run(ctl, &d, is_forced, e);
	demo_script_free(&d);
	return rc;
}
