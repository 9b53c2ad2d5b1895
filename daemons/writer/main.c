/* SPDX-License-Identifier: MIT */
/*
 * writer -- Gathers concurrent sends into one transaction.
 *
 *	writer [-n] [INSTANCE]
 *
 * Workers connect to INSTANCE/run/writer.sock; see lib/message/writer.h.  They
 * do without it when it is gone, so it may be stopped at any time.
 */
#include <unistd.h>

#include "base/clock.h"
#include "base/config.h"
#include "base/err.h"
#include "base/log.h"
#include "base/process.h"
#include "data/app.h"
#include "data/db.h"
#include "delivery/daemon.h"
#include "delivery/health.h"
#include "message/writer.h"
#include "policy/seal.h"

enum { BEAT_MS = 1000 };

struct writerd {
	struct app    *app;
	struct writer *writer;
	int	       listen_fd, health_fd;
	char	       trouble[HEALTH_TROUBLE_SIZE];
};

static int
open_all(struct writerd *d, const char *instance, struct err *e)
{
	if (app_open(&d->app, "writer", instance, e) == -1 ||
	    policy_secret_load(d->app, e) == -1)
		return -1;
	instance = config_instance(d->app->config);
	if (writer_listen(instance, &d->listen_fd, e) == -1 ||
	    health_open(instance, "writer", &d->health_fd, e) == -1)
		return -1;
	d->writer = writer_new(d->app, d->listen_fd);
	return 0;
}

static void
close_all(struct writerd *d)
{
	writer_free(&d->writer);
	if (d->health_fd != -1)
		close(d->health_fd);
	if (d->listen_fd != -1)
		close(d->listen_fd);
	app_close(&d->app);
}

/* The workers were told; the log is told once, and health until it works. */
static void
tell(struct writerd *d, int rc, const struct err *e)
{
	bool was_failing = d->trouble[0] != '\0';

	if (rc == -1) {
		if (!was_failing)
			log_err("writer.failed", e);
		health_trouble(d->trouble, "database", e);
	} else if (rc > 0 && was_failing) {
		log_info("writer.recovered", LOG_INT("drafts", rc));
		d->trouble[0] = '\0';
	}
}

/* While nobody sends: is what was missing back? */
static int
look_again(struct writerd *d, struct err *e)
{
	if (d->trouble[0] == '\0')
		return 0;
	return db_ping(d->app->db, e) == 0 ? 1 : -1;
}

static void
run(struct writerd *d)
{
	int64_t beaten_ms = 0;

	while (!process_is_stopping()) {
		int64_t	   now = clock_mono_us() / 1000;
		struct err e = {0};
		int	   rc;

		if (now - beaten_ms >= BEAT_MS) {
			health_beat(d->health_fd, d->trouble);
			beaten_ms = now;
		}
		rc = writer_step(d->writer, BEAT_MS, &e);
		if (rc == 0)
			rc = look_again(d, &e);
		tell(d, rc, &e);
	}
}

int
main(int argc, char **argv)
{
	struct writerd d = {.listen_fd = -1, .health_fd = -1};
	struct err     e = {0};
	const char    *instance;
	int	       rc;

	if (!daemon_options(argc, argv, "writer", &instance, &rc))
		return rc;
	process_start("writer");
	rc = open_all(&d, instance, &e);
	if (rc == 0)
		rc = sandbox_enter("writer", d.app->config, &e);
	if (rc == 0)
		run(&d);
	else
		log_err("writer.stopped", &e);
	close_all(&d);
	return rc == 0 ? 0 : 1;
}
