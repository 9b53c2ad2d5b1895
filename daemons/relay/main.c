/* SPDX-License-Identifier: MIT */
/*
 * relay -- Publishes what transactions have promised.
 *
 *	relay [-n] [INSTANCE]
 *
 * A datagram on INSTANCE/run/relay.sock means that there is something in the
 * outbox; where few come, and each holds its events, those are published as
 * they are, and nothing is looked up.  A timer sees to what no datagram told
 * of.  With several relays the one that is nudged may not own what it finds:
 * it tells the others over the channel "relays".
 */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/config.h"
#include "base/err.h"
#include "base/local_socket.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/process.h"
#include "data/app.h"
#include "data/bus.h"
#include "data/redis.h"
#include "delivery/daemon.h"
#include "delivery/event.h"
#include "delivery/health.h"
#include "delivery/lease.h"
#include "delivery/node_id.h"
#include "delivery/relay.h"

#define CHANNEL "relays"

/*
 * Where one look found several rows, more come at once: with a pause before it
 * the next look finds many, for little more than what one would cost.
 */
enum {
	GATHER_US = 500,
	NUDGES = 16, /* taken at once */
	TOLD = 64,   /* events, of one nudge */
	FEW = 4,     /* so many are none too many for the socket to hold */
	PAUSE_MS = 200,
	CROWDED_MS = 20,
	LEASE_MIN_MS = 20
};

struct relayd {
	struct app	   *app;
	struct bus	   *bus;
	struct relay	   *relay;
	struct lease	   *lease;
	struct loop	   *loop;
	struct redis_async *others; /* the other relays */
	int		    nudge_fd;
	int		    health_fd;
	int64_t		    not_before_ms; /* after a failure */
	int64_t		    room_ms;	   /* when room may be made again */
	bool		    is_busy;	   /* several rows came at once */
	bool		    was_failing;
	char		    trouble[HEALTH_TROUBLE_SIZE]; /* "": none */
	char		    nudge[NUDGES][OUTBOX_TOLD_MAX];
	size_t		    nudge_len[NUDGES];
};

static void
tell(struct relayd *d, int rc, const struct err *e)
{
	d->trouble[0] = '\0';
	if (rc == -1) {
		health_trouble(
		    d->trouble, bus_is_failing(d->bus) ? "bus" : "database", e);
		d->not_before_ms = loop_now_ms(d->loop) + PAUSE_MS;
		if (!d->was_failing)
			log_err("relay.failed", e);
	} else if (d->was_failing)
		log_info("relay.recovered", LOG_STR("bus", bus_name(d->bus)));
	d->was_failing = rc == -1;
}

static size_t
take_nudges(struct relayd *d)
{
	struct iovec   iov[NUDGES];
	struct mmsghdr nudges[NUDGES] = {0};
	int	       n;

	for (size_t i = 0; i < NUDGES; i++) {
		iov[i] = (struct iovec){d->nudge[i], sizeof(d->nudge[i])};
		nudges[i].msg_hdr.msg_iov = &iov[i];
		nudges[i].msg_hdr.msg_iovlen = 1;
	}
	n = recvmmsg(d->nudge_fd, nudges, NUDGES, MSG_DONTWAIT, NULL);
	for (int i = 0; i < n; i++)
		d->nudge_len[i] = nudges[i].msg_len;
	return n < 0 ? 0 : (size_t)n;
}

static int
publish_new(struct relayd *d, struct err *e)
{
	int n;

	if (relay_is_crowded(d->relay) && loop_now_ms(d->loop) >= d->room_ms) {
		d->room_ms = loop_now_ms(d->loop) + CROWDED_MS;
		if (relay_make_room(d->relay, e) == -1)
			return -1;
	}
	n = relay_wake(d->relay, e);
	d->is_busy = n > 1;
	return n == -1 ? -1 : 0;
}

/*
 * Goes by what the nudges say: 1, or 0 if it must be looked for; -1.  Where
 * many came there may have been more than the socket could hold.
 */
static int
believe(struct relayd *d, size_t n, struct err *e)
{
	struct delivery_event rows[TOLD];
	int		      rc = n <= FEW;

	for (size_t i = 0; i < n && rc == 1; i++) {
		size_t told =
		    event_decode_all(d->nudge[i], d->nudge_len[i], rows, TOLD);

		rc = told == 0 ? 0 : relay_told(d->relay, rows, told, e);
	}
	return rc;
}

static void
look(struct relayd *d)
{
	struct err e = {0};

	if (loop_now_ms(d->loop) < d->not_before_ms)
		return; /* the sweep is coming */
	tell(d, publish_new(d, &e), &e);
}

static void
follow(struct relayd *d, size_t nnudges)
{
	struct err e = {0};
	int	   rc;

	if (loop_now_ms(d->loop) < d->not_before_ms)
		return; /* the sweep is coming */
	rc = believe(d, nnudges, &e);
	if (rc == 0)
		rc = publish_new(d, &e);
	else
		d->is_busy = nnudges > 1;
	tell(d, rc, &e);
}

static void
on_nudge(void *ctx, int fd, int events)
{
	static const char *const argv[] = {"PUBLISH", CHANNEL, "1"};
	static const size_t	 len[] = {7, sizeof(CHANNEL) - 1, 1};
	struct relayd		*d = ctx;

	(void)fd;
	(void)events;
	if (d->is_busy)
		nanosleep(&(struct timespec){0, GATHER_US * 1000}, NULL);
	follow(d, take_nudges(d));
	if (relay_saw_foreign(d->relay))
		(void)redis_async_send(d->others, 3, argv, len);
}

/* Another relay saw something that is not its own; nobody is told again. */
static void
on_word(void *ctx, const char *text, size_t len)
{
	struct relayd *d = ctx;

	(void)text;
	(void)len;
	look(d);
	(void)relay_saw_foreign(d->relay);
}

static void
on_lease(void *ctx)
{
	struct relayd *d = ctx;
	struct err     e = {0};
	int64_t	       next_ms;

	tell(d, relay_leases(d->relay, &next_ms, &e), &e);
	loop_timer(d->loop, next_ms < LEASE_MIN_MS ? LEASE_MIN_MS : next_ms, 0,
	    on_lease, d);
}

static void
on_sweep(void *ctx)
{
	struct relayd *d = ctx;
	struct err     e = {0};

	tell(d, relay_sweep(d->relay, &e), &e);
	health_beat(d->health_fd, d->trouble);
}

static void
nothing(void *ctx)
{
	(void)ctx;
}

static int
open_all(struct relayd *d, const char *instance, struct err *e)
{
	static const struct redis_async_events events = {
	    .connected = nothing, .lost = nothing, .message = on_word};
	char node[NODE_ID_SIZE];

	if (app_open(&d->app, "relay", instance, e) == -1)
		return -1;
	instance = config_instance(d->app->config);
	if (node_id(d->app->config, node, e) == -1 ||
	    bus_open(&d->bus, d->app->config, d->app->redis, "", e) == -1 ||
	    loop_new(&d->loop, e) == -1 ||
	    redis_async_new(
		&d->others, d->app->config, d->loop, &events, d, e) == -1 ||
	    redis_async_subscribe(d->others, CHANNEL) == -1 ||
	    local_socket_listen(
		instance, "relay", SOCK_DGRAM, 0, &d->nudge_fd, e) == -1 ||
	    health_open(instance, "relay", &d->health_fd, e) == -1 ||
	    loop_watch(d->loop, d->nudge_fd, LOOP_READ, on_nudge, d, e) == -1)
		return -1;
	d->relay = relay_new(d->app, d->bus);
	d->lease = lease_new(d->app, LEASE_RELAY, node, bus_shards(d->bus));
	relay_lease(d->relay, d->lease);
	loop_timer(d->loop, 0, 0, on_lease, d);
	loop_timer(d->loop, 0, config_int(d->app->config, "relay.sweep_ms"),
	    on_sweep, d);
	return 0;
}

static void
close_all(struct relayd *d)
{
	relay_free(&d->relay);
	lease_free(&d->lease);
	redis_async_free(&d->others);
	if (d->health_fd != -1)
		close(d->health_fd);
	if (d->nudge_fd != -1)
		close(d->nudge_fd);
	loop_free(&d->loop);
	bus_free(&d->bus);
	app_close(&d->app);
}

int
main(int argc, char **argv)
{
	struct relayd d = {.nudge_fd = -1, .health_fd = -1};
	struct err    e = {0};
	const char   *instance;
	int	      rc;

	if (!daemon_options(argc, argv, "relay", &instance, &rc))
		return rc;
	process_start("relay");
	rc = open_all(&d, instance, &e);
	if (rc == 0)
		rc = sandbox_enter(bus_wants_network(d.bus) ? "kafka" : "relay",
		    d.app->config, &e);
	if (rc == 0)
		rc = loop_run(d.loop, &e);
	if (rc == -1)
		log_err("relay.stopped", &e);
	close_all(&d);
	return rc == 0 ? 0 : 1;
}
