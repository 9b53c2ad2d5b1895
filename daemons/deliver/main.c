/* SPDX-License-Identifier: MIT */
/*
 * deliver -- Brings events to the hubs, and answers what they ask.
 *
 *	deliver [-n] [INSTANCE]
 */
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/config.h"
#include "base/err.h"
#include "base/log.h"
#include "base/process.h"
#include "data/app.h"
#include "data/bus.h"
#include "delivery/backoff.h"
#include "delivery/daemon.h"
#include "delivery/deliver.h"
#include "delivery/health.h"
#include "delivery/lease.h"
#include "delivery/node.h"
#include "delivery/node_id.h"
#include "policy/seal.h"

enum { WAIT_MS = 1000, PAUSE_FIRST_MS = 50, PAUSE_MAX_MS = 1000 };

struct deliverd {
	struct app     *app;
	struct bus     *bus;
	struct deliver *deliver;
	struct lease   *lease;	 /* of shards */
	struct lease   *claimed; /* of events that the bus assigned */
	int		health_fd;
	char		node[NODE_ID_SIZE];
	int64_t		announce_us; /* when it is due again */
};

static int
open_all(struct deliverd *d, const char *instance, struct err *e)
{
	if (app_open(&d->app, "deliver", instance, e) == -1 ||
	    policy_secret_load(d->app, e) == -1 ||
	    node_id(d->app->config, d->node, e) == -1 ||
	    bus_open(&d->bus, d->app->config, d->app->redis, d->node, e) ==
		-1 ||
	    health_open(config_instance(d->app->config), "deliver",
		&d->health_fd, e) == -1)
		return -1;
	d->deliver = deliver_new(d->app, d->bus);
	d->lease =
	    lease_new(d->app, LEASE_DELIVER, d->node, bus_shards(d->bus));
	d->claimed =
	    lease_new(d->app, LEASE_EVENTS, d->node, bus_shards(d->bus));
	deliver_lease(d->deliver, d->lease, d->claimed);
	return 0;
}

static void
close_all(struct deliverd *d)
{
	deliver_free(&d->deliver);
	lease_free(&d->claimed);
	lease_free(&d->lease);
	if (d->health_fd != -1)
		close(d->health_fd);
	bus_free(&d->bus);
	app_close(&d->app);
}

/*
 * Among nodes that do not fit, this one does nothing.  Without Redis there is
 * nothing to do either.
 */
static int
announce(struct deliverd *d, struct err *e)
{
	struct arena *a;
	int64_t	      now_us = clock_mono_us();
	int	      rc;

	if (now_us < d->announce_us)
		return 0;
	a = arena_new(0);
	rc = node_announce(d->app, a, d->node, false, e);
	arena_free(&a);
	if (rc == -1 && e->kind == ERR_CONFLICT)
		return -1;
	err_clear(e);
	d->announce_us = now_us + NODE_ANNOUNCE_MS * INT64_C(1000);
	return 0;
}

static const char *
what_is_missing(const struct deliverd *d, const struct err *e)
{
	return e->kind == ERR_CONFLICT	? "settings"
	       : bus_is_failing(d->bus) ? "bus"
					: "database";
}

static void
run(struct deliverd *d)
{
	unsigned   failures = 0;
	struct err e = {0};

	while (!process_is_stopping()) {
		char	trouble[HEALTH_TROUBLE_SIZE] = "";
		int64_t ms;

		if (failures > 0)
			health_trouble(trouble, what_is_missing(d, &e), &e);
		health_beat(d->health_fd, trouble);
		err_clear(&e);
		if (announce(d, &e) == 0 &&
		    deliver_step(d->deliver, WAIT_MS, &e) == 0) {
			if (failures > 0)
				log_info("deliver.recovered",
				    LOG_INT("failures", failures));
			failures = 0;
			continue;
		}
		if (process_is_stopping())
			break;
		if (failures == 0)
			log_err("deliver.failed", &e);
		ms = backoff_ms(failures++, PAUSE_FIRST_MS, PAUSE_MAX_MS);
		nanosleep(
		    &(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL);
	}
	if (failures == 0 && deliver_finish(d->deliver, &e) == -1)
		log_err("deliver.failed", &e);
}

int
main(int argc, char **argv)
{
	struct deliverd d = {.health_fd = -1};
	struct err	e = {0};
	const char     *instance;
	int		rc;

	if (!daemon_options(argc, argv, "deliver", &instance, &rc))
		return rc;
	process_start("deliver");
	rc = open_all(&d, instance, &e);
	if (rc == 0)
		rc = sandbox_enter(
		    bus_wants_network(d.bus) ? "kafka" : "deliver",
		    d.app->config, &e);
	if (rc == 0)
		run(&d);
	else
		log_err("deliver.stopped", &e);
	close_all(&d);
	return rc == 0 ? 0 : 1;
}
