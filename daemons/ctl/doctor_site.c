/* SPDX-License-Identifier: MIT */
/*
 * doctor_site.c -- parleyctl doctor: what looks wrong beside the limits.
 *
 * Warnings only: the instance serves, and somebody should look.
 */
#include "ctl.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/config.h"
#include "base/err.h"
#include "data/app.h"
#include "data/db.h"
#include "delivery/dead_letter.h"

static void
say(bool is_well, const char *what, const char *more)
{
	printf("%s  %-28s %s\n", is_well ? "ok  " : "warn", what, more);
}

static void
undelivered(struct ctl *ctl, struct app *app)
{
	struct err e = {0};
	size_t	   n;

	if (dead_letters_count(app, ctl->arena, &n, &e) == -1)
		say(false, "dead letters",
		    arena_printf(
			ctl->arena, "cannot be counted: %s", e.detail));
	else
		say(n == 0, "dead letters",
		    arena_printf(ctl->arena, "%zu%s", n,
			n == 0 ? "" : ": see parleyctl dlq list"));
}

/* Exactly one is to take writes; two of them part for good. */
static void
databases(struct ctl *ctl, struct app *app)
{
	struct db_seen *seen;
	size_t		n, writable = 0;

	db_survey(app->db, ctl->arena, &seen, &n);
	for (size_t i = 0; i < n; i++)
		writable += seen[i].takes_writes;
	for (size_t i = 0; i < n; i++)
		if (n > 1)
			say(seen[i].answers, "database",
			    arena_printf(ctl->arena, "%s: %s", seen[i].at,
				seen[i].takes_writes ? "takes writes"
						     : seen[i].why));
	say(writable == 1, "databases",
	    arena_printf(ctl->arena, "%zu of %zu take writes%s", writable, n,
		writable > 1 ? ": make all but one read_only at once, they "
			       "part"
			     : ""));
}

/*
 * Whoever comes through a proxy on this machine that is not named counts as
 * this machine: one limit for all of them, and /metrics for everybody.
 */
static void
proxy(const struct config *c)
{
	const char *proxies = config_str(c, "trusted.proxies");
	const char *url = config_str(c, "site.url");
	const char *bind = config_str(c, "http.bind");
	bool	    is_local =
	    strncmp(bind, "127.", 4) == 0 || strcmp(bind, "::1") == 0;

	if (*proxies != '\0' || *url == '\0' || !is_local)
		say(true, "proxies", *proxies == '\0' ? "none" : proxies);
	else
		say(false, "proxies",
		    "site.url is public, http.bind is not, and trusted.proxies "
		    "names no proxy: all visitors look like this machine, with "
		    "one limit and /metrics open to them");
}

void
doctor_site(struct ctl *ctl, const struct config *c)
{
	struct err  e = {0};
	struct app *app = ctl_app(ctl, &e);

	proxy(c);
	if (app == NULL) {
		say(false, "engines", e.detail);
		return;
	}
	databases(ctl, app);
	undelivered(ctl, app);
}
