/* SPDX-License-Identifier: MIT */
/*
 * kafka.h -- What the Kafka adapter's files share.
 *
 *	bus_kafka.c	the adapter: waits for Kafka and Redis at once
 *	settings.c	librdkafka's settings; the topic
 *	secure.c	… of them TLS, and who we are to the brokers
 *	producer.c	the relay's half
 *	group.c		deliver's half: a member of its group, assignments
 *	consumer.c	… and entries
 *	undone.c	offsets handed out and not done: what may be committed
 */
#ifndef PARLEY_DATA_KAFKA_KAFKA_H
#define PARLEY_DATA_KAFKA_KAFKA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <librdkafka/rdkafka.h>

#include "data/bus_redis.h"

struct config;

/* -- undone.c -------------------------------------------------------------- */

/* Of one partition; offsets rise, and may leave some out. */
struct undone {
	struct undone_offset {
		int64_t offset;
		bool	is_done;
	} * at;
	size_t	first, n, cap; /* a ring */
	int64_t next;	       /* after the last one handed out; -1: unknown */
};

enum { UNDONE_MAX = 65536 };

void undone_free(struct undone *);
/* Starts before offset; -1: nobody knows where. */
void undone_reset(struct undone *, int64_t offset);

/* An entry was read: NEW, handed out AGAIN, or DONE already. */
enum undone_kind { UNDONE_NEW, UNDONE_AGAIN, UNDONE_DONE };
enum undone_kind undone_read(struct undone *, int64_t offset);

/* True if more may be committed now than before: undone_oldest(). */
bool	undone_done(struct undone *, int64_t offset);
int64_t undone_oldest(const struct undone *); /* -1: nobody knows */
bool	undone_is_full(const struct undone *);

/* -- the adapter ----------------------------------------------------------- */

struct partition {
	struct undone undone;
	bool	      is_paused; /* so much is undone */
	int64_t	      up_to;	 /* end of what was there when we took it up */
};

/* Entries of one publish whose reports are awaited. */
struct batch {
	uint64_t	  number; /* a report of an older one is let go */
	struct bus_entry *entries;
	size_t		  n, reported, failed, refused; /* failed: for now */
	char		  why[160];
};

struct bus_kafka_bus {
	struct bus	     bus;
	struct bus	    *up; /* what hubs send up: Redis */
	struct redis	    *reader;
	const struct config *config;
	const char	    *node; /* "": consumes nothing */
	const char	    *topic, *group;
	int		     timeout_ms;
	bool		     has_topic; /* looked at: it is as it should be */
	rd_kafka_t	    *producer, *consumer;
	struct batch	     batch;
	/* Of the consumer. */
	int		 wake_fd; /* readable when something came */
	bool		 has_more, is_emptied, needs_rewind;
	struct partition partition[BUS_SHARDS_MAX];
};

/* -- settings.c ------------------------------------------------------------ */

/* Names with values, ended by NULL. */
int
kafka_set_all(rd_kafka_conf_t *, const char *const settings[][2], struct err *);

/* What both halves have in common, more, and what the operator's file says. */
rd_kafka_conf_t *
kafka_conf(struct bus_kafka_bus *, const char *const more[][2], struct err *);

/* Is the topic there, with as many partitions as there are shards? */
int kafka_topic(struct bus_kafka_bus *, rd_kafka_t *, struct err *);
int kafka_failed(
    rd_kafka_resp_err_t, const char *what, const char *why, struct err *);

/* Will this never be taken, whoever tries and whenever? */
bool kafka_is_refusal(rd_kafka_resp_err_t);

/* -- secure.c -------------------------------------------------------------- */

/* By TLS with kafka.ca, as kafka.user with the password in secrets/kafka. */
int kafka_secure(const struct config *, rd_kafka_conf_t *, struct err *);

/* -- producer.c ------------------------------------------------------------ */

int  kafka_producer_new(struct bus_kafka_bus *, struct err *);
void kafka_producer_free(struct bus_kafka_bus *);
int  kafka_publish(
     struct bus_kafka_bus *, struct bus_entry *, size_t n, struct err *);
int
kafka_lost(struct bus_kafka_bus *, struct bus_entry *, size_t n, struct err *);

/* -- group.c --------------------------------------------------------------- */

int  kafka_consumer_new(struct bus_kafka_bus *, struct err *);
void kafka_consumer_free(struct bus_kafka_bus *);

/* Logs an error, if it is one, and frees it. */
void kafka_report(rd_kafka_error_t *, const char *what);

/* -- consumer.c ------------------------------------------------------------ */

/* What is there, without waiting. */
int	kafka_drain(struct bus_kafka_bus *, struct arena *, struct bus_entry **,
	size_t *n_r, struct err *);
void	kafka_done(struct bus_kafka_bus *, const struct bus_entry *, size_t n);
void	kafka_rewind(struct bus_kafka_bus *);
int64_t kafka_lag(struct bus_kafka_bus *);

#endif
