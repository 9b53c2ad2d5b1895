/* SPDX-License-Identifier: MIT */
/*
 * metrics.h -- Counters that every process of an instance shares.
 *
 * One file, INSTANCE/run/metrics/PROGRAM, is mapped by all workers of a
 * program and added to with relaxed atomics: no lock, no system call, and a
 * killed worker loses nothing.  GET /metrics maps all of them and prints
 * Prometheus text.  Each metric is one row of the table in metrics_text.c.
 * Before metrics_open() everything counts into private memory.
 */
#ifndef PARLEY_BASE_METRICS_H
#define PARLEY_BASE_METRICS_H

#include <stdbool.h>
#include <stdint.h>

struct err;
struct strbuf;

enum metric {
	METRIC_HTTP_REQUESTS,	 /* counter */
	METRIC_HTTP_ERRORS,	 /* counter: answered 5xx */
	METRIC_HTTP_SECONDS,	 /* histogram */
	METRIC_RENDER_SECONDS,	 /* histogram */
	METRIC_DB_QUERIES,	 /* counter */
	METRIC_DB_SECONDS,	 /* histogram */
	METRIC_DB_ERRORS,	 /* counter */
	METRIC_REDIS_ERRORS,	 /* counter */
	METRIC_DB_BREAKER,	 /* breaker: see data/breaker.h */
	METRIC_REDIS_BREAKER,	 /* breaker */
	METRIC_DB_FAILOVERS,	 /* counter: another server of mysql.hosts */
	METRIC_BUS_FAILING,	 /* gauge: 1 while it cannot be used */
	METRIC_STATE_DATABASE,	 /* state: see cgi-bin/health */
	METRIC_STATE_REDIS,	 /* state */
	METRIC_STATE_BUS,	 /* state */
	METRIC_STATE_RELAY,	 /* state */
	METRIC_STATE_DELIVER,	 /* state */
	METRIC_STATE_PUSH,	 /* state */
	METRIC_STATE_WRITER,	 /* state */
	METRIC_STATE_LOOKED,	 /* private: when the states were looked at */
	METRIC_LOGINS,		 /* counter */
	METRIC_LOGIN_FAILURES,	 /* counter */
	METRIC_RATE_LIMITED,	 /* counter */
	METRIC_MESSAGES_SENT,	 /* counter */
	METRIC_WRITER_BREAKER,	 /* breaker */
	METRIC_WRITER_CROWD,	 /* private: see message/crowd.c */
	METRIC_WRITER_BATCH,	 /* histogram of drafts */
	METRIC_WRITER_PASSED,	 /* counter: sends that passed the writer by */
	METRIC_OUTBOX_PUBLISHED, /* counter */
	METRIC_OUTBOX_REPUBLISHED, /* counter */
	METRIC_OUTBOX_LAG_SECONDS, /* gauge, in µs inside */
	METRIC_OUTBOX_HANDLED,	   /* counter */
	METRIC_LEASE_SHARDS,	   /* gauge: shards this daemon owns */
	METRIC_LEASE_LOSSES,	   /* counter: taken away, not given back */
	METRIC_BUS_LAG,		   /* gauge: entries waiting in its shards */
	METRIC_BUS_STALE,	   /* counter: entries with a lower fence */
	METRIC_DELIVER_BATCH,	   /* histogram of events */
	METRIC_DELIVER_REPLAYED,   /* counter: messages replayed to devices */
	METRIC_DELIVER_RETRIES, /* counter: events that failed by themselves */
	METRIC_DELIVER_DELAYED, /* counter: events of a storm, held back */
	METRIC_DELIVER_PARKED,	/* gauge: keys in back-off */
	METRIC_DEAD_LETTERS,	/* gauge */
	METRIC_HUB_SOCKETS,	/* gauge */
	METRIC_HUB_FRAMES,	/* counter: frames written to sockets */
	METRIC_HUB_DROPPED,	/* counter: repeats the hub dropped */
	METRIC_HUB_STALE,	/* counter: records with a lower fence */
	METRIC_HUB_SLOW,	/* counter: slow consumers closed */
	METRIC_HUB_RESYNCS,	/* counter */
	METRIC_COUNT
};

int metrics_open(const char *instance, const char *program, struct err *);

void	metric_add(enum metric, uint64_t n);
void	metric_set(enum metric, int64_t value);
int64_t metric_get(enum metric);
/* Sets it to value if it still is seen; false: somebody else was quicker. */
bool metric_swap(enum metric, int64_t seen, int64_t value);
void metric_observe_us(enum metric, int64_t us); /* seconds histograms */
void metric_observe(enum metric, int64_t value); /* plain histograms */

/* All programs of the instance as Prometheus text (0.0.4), labelled program. */
int metrics_print(const char *instance, struct strbuf *, struct err *);

#endif
