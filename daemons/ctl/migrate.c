/* SPDX-License-Identifier: MIT */
/* migrate.c -- parleyctl migrate, and the first statements of a database. */
#include "ctl.h"

#include <stdio.h>
#include <time.h>

#include "account/account.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/config.h"
#include "base/err.h"
#include "data/app.h"
#include "data/db.h"
#include "data/migrate.h"

enum { START_WAIT_US = 30 * 1000000, PAUSE_NS = 50 * 1000000 };

int
ctl_bootstrap(struct ctl *ctl, int argc, char **argv, struct err *e)
{
	const struct config *c;
	const char	    *sql;

	(void)argv;
	if (argc != 0)
		return ctl_bad_args(e);
	if ((c = ctl_config(ctl, e)) == NULL ||
	    (sql = migrate_bootstrap(ctl->arena, c, e)) == NULL)
		return -1;
	fputs(sql, stdout);
	return 0;
}

/* MariaDB may just have been started: recovery takes its time. */
static int
wait_for_database(struct db *db, struct err *e)
{
	const struct timespec pause = {.tv_nsec = PAUSE_NS};
	int64_t		      until = clock_mono_us() + START_WAIT_US;

	while (db_ping(db, e) == -1) {
		if (e->kind != ERR_UNAVAILABLE || clock_mono_us() > until)
			return -1;
		err_clear(e);
		(void)nanosleep(&pause, NULL);
	}
	return 0;
}

int
ctl_migrate(struct ctl *ctl, int argc, char **argv, struct err *e)
{
	struct app *app;
	uint64_t    names;
	int	    done;

	(void)argv;
	if (argc != 0)
		return ctl_bad_args(e);
	if ((app = ctl_app(ctl, e)) == NULL ||
	    wait_for_database(app->db, e) == -1)
		return -1;
	done = migrate_run(app->db, ctl->arena, app->config,
	    arena_printf(ctl->arena, "%s/sql", ctl_home(ctl->arena)), e);
	if (done == -1 || account_names_write(app, &names, e) == -1)
		return -1;
	printf("%d migrations applied\n", done);
	return 0;
}
