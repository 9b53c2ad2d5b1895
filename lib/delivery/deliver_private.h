/* SPDX-License-Identifier: MIT */
/*
 * deliver_private.h -- What deliver's files share.
 *
 *	deliver.c	   a step: consume, dispatch, finish; its timers
 *	deliver_event.c	   events of the outbox: for whom, and where they are
 *	deliver_member.c   who is in a conversation, remembered
 *	deliver_node.c	   the nodes, and the message each is about to get
 *	deliver_up.c	   what hubs say: acknowledgements, typing
 *	deliver_replay.c   connecting, and catching up
 *	deliver_presence.c who came, who left, and who is told
 */
#ifndef PARLEY_DELIVERY_DELIVER_PRIVATE_H
#define PARLEY_DELIVERY_DELIVER_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "base/str.h"
#include "data/bus.h"
#include "delivery/daemon.h"
#include "delivery/deliver.h"
#include "delivery/event.h"
#include "delivery/up.h"
#include "delivery/wire.h"

struct app;
struct arena;
struct map;

enum {
	DELIVER_NODES_MAX = 64,
	DELIVER_MESSAGE_MAX = 262144, /* of a node; then it is sent at once */
	DELIVER_CONTACTS_MAX = 5000,  /* that presence is told to */
	DELIVER_BEAT_MS = 3000	      /* a hub misses nothing for longer */
};

struct node {
	char	      id[NODE_ID_SIZE];
	uint64_t      counter; /* of the last message on its channel */
	struct strbuf out;     /* the next one; begun if it has data */
};

/* A user without a device: in a while the contacts are told. */
struct leaver {
	uint64_t	 user_id;
	int64_t		 due_ms;
	bool		 has_entry;
	struct bus_entry entry; /* done when it is over */
	TAILQ_ENTRY(leaver) by_time;
};

struct deliver {
	struct app   *app;
	struct bus   *bus;
	struct arena *arena; /* of one step */
	uint64_t      epoch; /* of this process */
	struct node   node[DELIVER_NODES_MAX];
	size_t	      nnodes;
	int64_t	      nodes_ms;	     /* when the nodes were looked at */
	struct map   *members;	     /* by conversation; see deliver_member.c */
	size_t	      nmembers;	     /* users remembered in all of them */
	struct map   *parked;	     /* keys in back-off; see deliver_event.c */
	int64_t	      parked_due_ms; /* 0: none */
	struct map   *leavers;	     /* by user */
	TAILQ_HEAD(leaver_list, leaver) leaving;
	int64_t	 offline_ms;
	uint64_t replay_max, replay_newest;
	/* What was handled and is to be finished; see deliver.c. */
	struct bus_entry *done; /* to be reported as done, without data */
	size_t		  ndone, done_cap;
	uint64_t	 *handled; /* outbox rows to be removed */
	size_t		  nhandled, handled_cap;
	int64_t		  finish_ms; /* at the latest; 0: there is nothing */
};

/* -- deliver.c ------------------------------------------------------------- */

void deliver_done(struct deliver *, const struct bus_entry *);
void deliver_handled(struct deliver *, uint64_t outbox_id);

/* -- deliver_member.c ------------------------------------------------------ */

struct members {
	uint64_t version;
	size_t	 n;
	uint64_t id[]; /* ascending */
};

/* The members at version or later; valid until the next call. */
int  deliver_members(struct deliver *, uint64_t conv_id, uint64_t version,
     const struct members **, struct err *);
bool members_has(const struct members *, uint64_t user_id);
void deliver_members_free(struct deliver *);

#define MEMBERS_NOW UINT64_MAX /* as a version: what is remembered is stale */

/* -- deliver_node.c -------------------------------------------------------- */

/* Who of n users (ascending, distinct) is on which node: one trip. */
struct whereabouts {
	const uint64_t *user;
	size_t		n;
	bool	       *is_on; /* node by node, nnodes * n */
};
int deliver_locate(struct deliver *, const uint64_t *users, size_t n,
    struct whereabouts *, struct err *);

/* Looks at the nodes again; those that died have lost their users. */
int deliver_nodes(struct deliver *, struct err *);

/* The node of a name; one that is new to us is taken in.  NULL: too many. */
struct node *deliver_node(struct deliver *, const char *id);

/* Adds a record for those of its users who are on each node. */
int deliver_to_users(struct deliver *, const struct whereabouts *,
    const struct wire_record *, struct err *);
int deliver_to_node(
    struct deliver *, struct node *, const struct wire_record *, struct err *);

/* To these users wherever they are: locates them first. */
int deliver_to(struct deliver *, const uint64_t *users, size_t n,
    const char *frame, size_t len, struct err *);

int deliver_flush(struct deliver *, struct err *);
int deliver_beat(struct deliver *, struct err *);
int deliver_resync(struct deliver *, struct err *);

/* -- deliver_event.c ------------------------------------------------------- */

/* Events, in order: what was handled is noted as done. */
int deliver_events(
    struct deliver *, const struct bus_entry *, size_t n, struct err *);
void deliver_parked_free(struct deliver *);

/* -- deliver_up.c ---------------------------------------------------------- */

int
deliver_ups(struct deliver *, const struct bus_entry *, size_t n, struct err *);

/* -- deliver_replay.c ------------------------------------------------------ */

int deliver_connect(struct deliver *, const struct up *, struct err *);
int deliver_replay(struct deliver *, const struct up *, struct err *);

/* -- deliver_presence.c ---------------------------------------------------- */

/* A user's first socket of a node is there, or the last one went. */
int  deliver_arrived(struct deliver *, uint64_t user_id, struct err *);
void deliver_left(struct deliver *, uint64_t user_id, const struct bus_entry *);

/* A hub begins anew: whose sockets it held before may be gone. */
int deliver_node_started(struct deliver *, const char *node, struct err *);

/* The user chose another presence. */
int deliver_presence_chosen(struct deliver *, uint64_t user_id, struct err *);

/* Those who are away long enough look offline. */
int  deliver_leavers(struct deliver *, struct err *);
void deliver_leavers_free(struct deliver *);

/* The contacts' presence, for a socket that is new. */
int deliver_snapshot(
    struct deliver *, struct node *, const struct up *, struct err *);

/* Ids, ascending and each once; returns how many are left. */
size_t ids_sort(uint64_t *, size_t n);
/* The place of an id; -1 if it is not there. */
ptrdiff_t ids_find(const uint64_t *, size_t n, uint64_t id);

#endif
