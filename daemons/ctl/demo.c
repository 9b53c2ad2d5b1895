/* SPDX-License-Identifier: MIT */
/*
 * demo.c -- parleyctl demo: a running instance gets a small community.
 *
 * Never by accident where other people are, and never twice: once it is whole,
 * INSTANCE/secrets/demo says so below the password that all of them have.
 */
#include "demo.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/config.h"
#include "base/crypto.h"
#include "base/err.h"
#include "ctl.h"

static const char WHOLE[] = "complete\n";

/* -- what is kept ---------------------------------------------------------- */

static const char *
mark_path(const struct demo *d)
{
	return arena_printf(
	    d->arena, "%s/secrets/demo", config_instance(d->config));
}

/* The password, and whether a former run came to its end. */
static int
mark_read(struct demo *d, bool *is_whole_r, struct err *e)
{
	char  password[64] = "", end[sizeof(WHOLE)] = "";
	FILE *file = fopen(mark_path(d), "re");

	*is_whole_r = false;
	if (file == NULL && errno == ENOENT)
		return 0;
	if (file == NULL)
		return err_set(e, ERR_INTERNAL, "internal",
		    "cannot read %s: %s", mark_path(d), strerror(errno));
	if (fgets(password, sizeof(password), file) != NULL)
		*is_whole_r = fgets(end, sizeof(end), file) != NULL &&
			      strcmp(end, WHOLE) == 0;
	(void)fclose(file);
	password[strcspn(password, "\n")] = '\0';
	if (*password != '\0')
		d->password = arena_strdup(d->arena, password);
	return 0;
}

static int
mark_write(struct demo *d, bool is_whole, struct err *e)
{
	const char *path = mark_path(d);
	FILE	   *file = fopen(path, "we");
	int	    rc = 0;

	if (file == NULL ||
	    fprintf(file, "%s\n%s", d->password, is_whole ? WHOLE : "") < 0)
		rc = err_set(e, ERR_INTERNAL, "internal", "cannot write %s: %s",
		    path, strerror(errno));
	if (file != NULL && fclose(file) != 0 && rc == 0)
		rc = err_set(e, ERR_INTERNAL, "internal", "cannot write %s: %s",
		    path, strerror(errno));
	return rc;
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
	return past_write(app, d->arena, &past, e);
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
	if (d->password == NULL)
		d->password = new_password(d->arena);
	if (mark_write(d, false, e) == -1 || perform(ctl, d, e) == -1 ||
	    mark_write(d, true, e) == -1)
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
