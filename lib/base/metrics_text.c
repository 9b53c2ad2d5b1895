/* SPDX-License-Identifier: MIT */
/*
 * metrics_text.c -- What the counters are called, and how they are printed.
 *
 * The one table of names: a new metric is a row here and a name in metrics.h.
 * What is printed is the text form of Prometheus.
 */
#include "base/metrics_private.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/str.h"

enum kind {
	COUNTER,
	GAUGE,
	GAUGE_SECONDS,
	BREAKER, /* when it lets somebody in again, of clock_mono_us(); or 0 */
	STATE,	 /* since when, in ms, and in the lowest two bits what */
	SECONDS,
	AMOUNTS,
	PRIVATE /* what processes of a program tell each other: not shown */
};
enum { BREAKER_NEWS_US = 60000000 };

static const struct {
	const char *name;
	enum kind   kind;
	const char *help;
} rows[METRIC_COUNT] = {
    [METRIC_HTTP_REQUESTS] = {"http_requests_total", COUNTER,
	"Requests answered."},
    [METRIC_HTTP_ERRORS] = {"http_errors_total", COUNTER,
	"Requests answered with a status of 500 or above."},
    [METRIC_HTTP_SECONDS] = {"http_request_seconds", SECONDS,
	"Time from reading a request to its reply."},
    [METRIC_RENDER_SECONDS] = {"render_seconds", SECONDS,
	"Time to render a page."},
    [METRIC_DB_QUERIES] = {"db_statements_total", COUNTER,
	"Statements sent to MariaDB."},
    [METRIC_DB_SECONDS] = {"db_statement_seconds", SECONDS,
	"Time from sending a statement to its last row."},
    [METRIC_DB_ERRORS] = {"db_errors_total", COUNTER,
	"Statements and connections that failed."},
    [METRIC_REDIS_ERRORS] = {"redis_errors_total", COUNTER,
	"Redis commands and connections that failed."},
    [METRIC_DB_BREAKER] = {"db_breaker", BREAKER,
	"Is MariaDB asked?  0: yes, 1: by one, to see whether it is back, "
	"2: no."},
    [METRIC_REDIS_BREAKER] = {"redis_breaker", BREAKER,
	"Is Redis asked?  0: yes, 1: by one, to see whether it is back, 2: "
	"no."},
    [METRIC_DB_FAILOVERS] = {"db_failovers_total", COUNTER,
	"Times that another server of mysql.hosts was taken up."},
    [METRIC_BUS_FAILING] = {"bus_failing", GAUGE,
	"1 while this program cannot use the bus."},
    [METRIC_STATE_DATABASE] = {"state_database", STATE,
	"MariaDB as /readyz saw it: 0 ok, 1 degraded, 2 down."},
    [METRIC_STATE_REDIS] = {"state_redis", STATE,
	"Redis as /readyz saw it: 0 ok, 1 degraded, 2 down."},
    [METRIC_STATE_BUS] = {"state_bus", STATE,
	"The bus as /readyz saw it: 0 ok, 1 degraded, 2 down."},
    [METRIC_STATE_RELAY] = {"state_relay", STATE,
	"The relay as /readyz saw it: 0 ok, 1 degraded, 2 down."},
    [METRIC_STATE_DELIVER] = {"state_deliver", STATE,
	"Deliver as /readyz saw it: 0 ok, 1 degraded, 2 down."},
    [METRIC_STATE_PUSH] = {"state_push", STATE,
	"The hub as /readyz saw it: 0 ok, 1 degraded, 2 down."},
    [METRIC_STATE_LOOKED] = {"state_looked", PRIVATE, ""},
    [METRIC_STATE_WRITER] = {"state_writer", STATE,
	"The writer as /readyz saw it: 0 ok, 1 degraded, 2 down."},
    [METRIC_LOGINS] = {"logins_total", COUNTER, "Sessions begun."},
    [METRIC_LOGIN_FAILURES] = {"login_failures_total", COUNTER,
	"Attempts to log in that were refused."},
    [METRIC_RATE_LIMITED] = {"rate_limited_total", COUNTER,
	"Requests refused for coming too fast."},
    [METRIC_MESSAGES_SENT] = {"messages_sent_total", COUNTER,
	"Messages committed."},
    [METRIC_WRITER_BREAKER] = {"writer_breaker", BREAKER,
	"Is the writer asked?  0: yes, 1: by one, to see whether it is back, "
	"2: no."},
    [METRIC_WRITER_CROWD] = {"writer_crowd", PRIVATE, ""},
    [METRIC_WRITER_BATCH] = {"writer_batch_drafts", AMOUNTS,
	"Drafts gathered into one transaction."},
    [METRIC_WRITER_PASSED] = {"writer_passed_total", COUNTER,
	"Sends committed by their worker, for the writer did not answer."},
    [METRIC_OUTBOX_PUBLISHED] = {"outbox_published_total", COUNTER,
	"Events the relay put on the bus."},
    [METRIC_OUTBOX_REPUBLISHED] = {"outbox_republished_total", COUNTER,
	"Events put on the bus again, for nobody had handled them."},
    [METRIC_OUTBOX_LAG_SECONDS] = {"outbox_lag_seconds", GAUGE_SECONDS,
	"Age of the oldest event not handled yet."},
    [METRIC_OUTBOX_HANDLED] = {"outbox_handled_total", COUNTER,
	"Events handled by deliver."},
    [METRIC_LEASE_SHARDS] = {"lease_shards", GAUGE,
	"Shards that this daemon owns."},
    [METRIC_LEASE_LOSSES] = {"lease_losses_total", COUNTER,
	"Shards that were taken away because renewals came too late."},
    [METRIC_BUS_LAG] = {"bus_lag_entries", GAUGE,
	"Entries that wait in the shards of this daemon."},
    [METRIC_BUS_STALE] = {"bus_stale_total", COUNTER,
	"Entries dropped because a later owner of the shard had published."},
    [METRIC_DELIVER_BATCH] = {"deliver_batch_events", AMOUNTS,
	"Events handled in one round."},
    [METRIC_DELIVER_REPLAYED] = {"deliver_replayed_total", COUNTER,
	"Messages replayed to devices that had missed them."},
    [METRIC_DELIVER_RETRIES] = {"deliver_retries_total", COUNTER,
	"Attempts at an event that failed by itself."},
    [METRIC_DELIVER_DELAYED] = {"deliver_delayed_total", COUNTER,
	"Events held back for coming faster than one conversation may."},
    [METRIC_DELIVER_PARKED] = {"deliver_parked_keys", GAUGE,
	"Conversations that wait for another attempt."},
    [METRIC_DEAD_LETTERS] = {"dead_letters", GAUGE,
	"Events given up, for an operator to look at: parleyctl dlq."},
    [METRIC_HUB_SOCKETS] = {"hub_sockets", GAUGE, "Open sockets."},
    [METRIC_HUB_FRAMES] = {"hub_frames_total", COUNTER,
	"Frames written to sockets."},
    [METRIC_HUB_DROPPED] = {"hub_repeats_total", COUNTER,
	"Frames dropped because the socket had them already."},
    [METRIC_HUB_STALE] = {"hub_stale_total", COUNTER,
	"Records dropped because a later owner of the shard had spoken."},
    [METRIC_HUB_SLOW] = {"hub_slow_consumers_total", COUNTER,
	"Sockets closed for reading too slowly."},
    [METRIC_HUB_RESYNCS] = {"hub_resyncs_total", COUNTER,
	"Times the hub asked for a replay of every socket."},
};

/* -- as text --------------------------------------------------------------- */

static void
print_histogram(struct strbuf *b, size_t m, const char *program,
    const struct metric_slot *slot)
{
	const char *name = rows[m].name;
	bool	    seconds = rows[m].kind == SECONDS;
	double	    unit = seconds ? 1e-6 : 1;
	int64_t	    count = 0;

	for (size_t i = 0; i < METRIC_BUCKETS - 1; i++) {
		count += slot->bucket[i];
		strbuf_addf(b,
		    "parley_%s_bucket{program=\"%s\",le=\"%g\"} %" PRId64 "\n",
		    name, program,
		    (double)(seconds ? metric_bounds_us
				     : metric_bounds_amount)[i] *
			unit,
		    count);
	}
	count += slot->bucket[METRIC_BUCKETS - 1];
	strbuf_addf(b,
	    "parley_%s_bucket{program=\"%s\",le=\"+Inf\"} %" PRId64 "\n"
	    "parley_%s_sum{program=\"%s\"} %.6f\n"
	    "parley_%s_count{program=\"%s\"} %" PRId64 "\n",
	    name, program, count, name, program, (double)slot->value * unit,
	    name, program, count);
}

/* 0 closed, 1 half open, 2 open; one that nobody came back to is no news. */
static int
breaker_state(int64_t until_us)
{
	int64_t left_us = until_us - clock_mono_us();

	if (until_us == 0 || left_us > BREAKER_NEWS_US ||
	    left_us < -BREAKER_NEWS_US)
		return 0;
	return left_us > 0 ? 2 : 1;
}

static void
print_slot(struct strbuf *b, size_t m, const char *program,
    const struct metric_slot *slot)
{
	switch (rows[m].kind) {
	case COUNTER:
	case GAUGE:
		strbuf_addf(b, "parley_%s{program=\"%s\"} %" PRId64 "\n",
		    rows[m].name, program, slot->value);
		break;
	case BREAKER:
		strbuf_addf(b, "parley_%s{program=\"%s\"} %d\n", rows[m].name,
		    program, breaker_state(slot->value));
		break;
	case STATE:
		strbuf_addf(b, "parley_%s{program=\"%s\"} %d\n", rows[m].name,
		    program, (int)(slot->value & 3));
		break;
	case GAUGE_SECONDS:
		strbuf_addf(b, "parley_%s{program=\"%s\"} %.6f\n", rows[m].name,
		    program, (double)slot->value * 1e-6);
		break;
	case SECONDS:
	case AMOUNTS:
		print_histogram(b, m, program, slot);
		break;
	case PRIVATE:
		break;
	}
}

/* What a program never touched is not its metric. */
static bool
is_used(const struct metric_slot *slot)
{
	int64_t sum = slot->value;

	for (size_t i = 0; i < METRIC_BUCKETS; i++)
		sum |= slot->bucket[i];
	return sum != 0;
}

static const char *
type_name(enum kind kind)
{
	return kind == COUNTER			    ? "counter"
	       : kind == SECONDS || kind == AMOUNTS ? "histogram"
						    : "gauge";
}

enum { PROGRAMS = 64 };
struct program {
	char			   name[64];
	const struct metrics_file *file;
};

static size_t
map_all(const char *instance, struct program programs[PROGRAMS])
{
	char	       path[METRIC_PATH_SIZE];
	DIR	      *dir;
	struct dirent *entry;
	size_t	       n = 0;

	(void)snprintf(path, sizeof(path), "%s/run/metrics", instance);
	if ((dir = opendir(path)) == NULL)
		return 0;
	while (n < PROGRAMS && (entry = readdir(dir)) != NULL) {
		struct program *p = &programs[n];

		if (entry->d_name[0] == '.' ||
		    strlen(entry->d_name) >= sizeof(p->name))
			continue;
		(void)snprintf(path, sizeof(path), "%s/run/metrics/%s",
		    instance, entry->d_name);
		if ((p->file = metrics_map(path, O_RDONLY)) == NULL)
			continue;
		memcpy(p->name, entry->d_name, strlen(entry->d_name) + 1);
		n++;
	}
	closedir(dir);
	return n;
}

int
metrics_print(const char *instance, struct strbuf *b, struct err *e)
{
	struct program programs[PROGRAMS];
	size_t	       n = map_all(instance, programs);

	if (n == 0)
		return metrics_fail(e, "nothing in", instance);
	for (size_t m = 0; m < METRIC_COUNT; m++) {
		strbuf_addf(b, "# HELP parley_%s %s\n# TYPE parley_%s %s\n",
		    rows[m].name, rows[m].help, rows[m].name,
		    type_name(rows[m].kind));
		for (size_t i = 0; i < n; i++)
			if (is_used(&programs[i].file->slots[m]))
				print_slot(b, m, programs[i].name,
				    &programs[i].file->slots[m]);
	}
	for (size_t i = 0; i < n; i++)
		munmap((void *)programs[i].file, sizeof(struct metrics_file));
	return 0;
}
