/* SPDX-License-Identifier: MIT */
/*
 * hub_private.h -- What the hub's files share.
 *
 *	hub.c		the whole: beginning, end, time, catching up
 *	hub_accept.c	attach's connections, and whom a socket belongs to
 *	hub_address.c	where a request comes from
 *	hub_auth.c	the credentials in a request's headers
 *	hub_socket.c	one socket: its beginning, its states, its end
 *	hub_write.c	writing to it
 *	hub_line.c	what its client says
 *	hub_rest.c	… and how much of it in so long
 *	hub_return.c	a device that is back while its old socket is here
 *	hub_channel.c	what deliver says
 *	hub_up.c	what the hub says to deliver and to Redis
 */
#ifndef PARLEY_DELIVERY_HUB_PRIVATE_H
#define PARLEY_DELIVERY_HUB_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>
#include <sys/uio.h>

#include "delivery/hub.h"
#include "delivery/hub_seen.h"
#include "delivery/node_id.h"
#include "delivery/wire.h"

struct arena;
struct map;

enum {
	HUB_LINE_MAX = 65536,	   /* a frame of the client */
	HUB_PENDING_MAX = 4096,	   /* sockets that wait for deliver's word */
	HUB_USER_MIN = 256,	   /* sockets that one user may have at least */
	HUB_CONNECTIONS_MAX = 256, /* of attach, before its message is there */
	HUB_ANSWER_MS = 5000,	   /* how long deliver may take */
	HUB_CLOSING_MS = 5000,	   /* how long a last frame may take */
	HUB_RESYNC_MS = 50,	   /* reasons to catch up are gathered */
	HUB_RETURN_MS = 25,	   /* for the last words of a closed socket */
	HUB_SLACK_MS = 15000, /* what a dead deliver may have lost before */
	HUB_ACKS_MAX = 64,    /* conversations gathered for a socket */
	HUB_WITHHELD_MAX = 8, /* … of which news came during its replay */
	HUB_FULL_MAX = 16,    /* how often a user's may be full … */
	HUB_FULL_MS = 1000,   /* … in so long */
	HUB_TYPING_MS = 1000, /* at most one for a socket in so long */
	HUB_READ_MAX = 8192,  /* bytes of a socket, before another's turn */
	HUB_TURN_MS = 250,    /* in so long a user's sockets may … */
	HUB_TURN_MAX = 2048,  /* … cost so much: see hub_charge() */
	HUB_UNIT = 256	      /* bytes that cost as much as a line */
};

enum hub_state {
	HUB_PENDING, /* asked deliver whether the session lives */
	HUB_REPLAY,  /* catches up: live messages wait for their turn */
	HUB_LIVE,
	HUB_CLOSING /* gets what is in its buffer, then ends */
};

struct hub_bytes {
	char	*data;
	uint32_t off, len, cap; /* what counts is [off, len) */
};

struct hub_user {
	uint64_t id;
	LIST_HEAD(, hub_socket) sockets;
	size_t	 nsockets;
	int64_t	 full_ms; /* since when nfull counts: see HUB_FULL_MAX */
	unsigned nfull;
	int64_t	 turn_ms; /* since when cost counts: see hub_charge() */
	unsigned cost;
};

struct hub_socket {
	struct hub	*hub;
	uint64_t	 id; /* of this hub, never used twice */
	struct hub_user *user;
	uint64_t	 session_id;
	uint64_t	 address; /* see hub_address() */
	uint64_t	 request; /* the one whose answer counts */
	struct up_pair	 cursor;  /* of the replay */
	struct up_pair	withheld[HUB_WITHHELD_MAX]; /* from it, by the replay */
	int64_t		opened_ms; /* when it was asked about */
	int64_t		since_ms;  /* what else was missed; 0: nothing */
	struct hub_seen seen;
	struct hub_bytes in;   /* the beginning of a line */
	struct hub_bytes out;  /* what the pipe did not take yet */
	struct up_pair	*acks; /* gathered; NULL: none */
	uint16_t	 nacks;
	uint8_t		 state, ngathered, nwithheld;
	bool		 skips;	     /* the rest of a line too long */
	bool		 wants_room; /* the replay goes on when out is empty */
	bool		 is_quiet_listed, is_ack_listed;
	bool		 is_mute;    /* nobody reads: see fall_mute() */
	bool		 is_wide;    /* its pipe: see widen() */
	bool		 is_unheard; /* its words wait for hello in the pipe */
	bool		 is_resting; /* … until its user's turn */
	int		 in_fd, out_fd;
	int64_t		 quiet_since_ms, wait_since_ms, typing_ms;
	LIST_ENTRY(hub_socket) of_user;
	TAILQ_ENTRY(hub_socket) by_quiet, by_wait, by_ack, by_gather, by_rest;
	/* Of the message at hand, to be written: mostly there is only one. */
	struct iovec *gathered, first;
};

TAILQ_HEAD(hub_list, hub_socket);

struct hub {
	const struct config *config;
	struct loop	    *loop;
	struct token_keys   *keys;
	struct hub_port	     port;
	struct arena	    *arena; /* of one callback */
	char		     node[NODE_ID_SIZE];
	unsigned	     shards;
	size_t		     sockets_max, buffer_max, memory_max;
	size_t		     user_max;	  /* sockets of one user */
	size_t		     address_max; /* that wait, of one address */
	int64_t		     heartbeat_ms, ack_flush_ms;
	struct map	    *users, *sockets;
	struct map	    *waiting_from; /* addresses: how many wait */
	size_t		     nsockets, npending, nconnections;
	size_t		     buffered; /* bytes of all out buffers */
	uint64_t	     last_id, last_request;
	/* Each in the order of time, oldest first. */
	struct hub_list	   quiet; /* welcomed; by the client's last word */
	struct hub_list	   waiting[HUB_CLOSING + 1]; /* by state */
	struct hub_list	   acking;
	struct hub_list	   gathering; /* with something gathered */
	struct hub_list	   resting;
	struct loop_timer *ack_timer, *resync_timer, *return_timer, *turn_timer;
	struct wire_tracker tracker;
	int64_t		    intact_ms; /* of the last message that followed */
	int64_t		    lost_ms;   /* the same, when one was missed */
	uint32_t	    fence[WIRE_VOICES]; /* the highest heard */
	int64_t		    beat_ms;
	bool		    is_live; /* see hub_live() */
	char		    line[2 * HUB_LINE_MAX + 1];
};

/* -- hub_address.c --------------------------------------------------------- */

/* The value of NAME in a list of NAME=value, each ended by a NUL; or "". */
const char *hub_header(const char *headers, size_t len, const char *name);

/* The client's IPv4 address or IPv6 network; 0: unknown. */
uint64_t hub_address(const char *headers, size_t len);

/* -- hub_auth.c ------------------------------------------------------------ */

struct token;

/* Who a request's headers prove it to be: 0, or -1 "unauthorized". */
int hub_authenticate(struct hub *, const char *headers, size_t len,
    struct token *, struct err *);

/* -- hub_socket.c ---------------------------------------------------------- */

struct hub_socket *hub_socket_new(struct hub *, int in_fd, int out_fd,
    uint64_t address, uint64_t user_id, uint64_t session_id);

/* How many of an address wait for deliver's word. */
size_t hub_waiting_from(const struct hub *, uint64_t address);

void hub_socket_free(struct hub *, struct hub_socket *);

void hub_socket_state(struct hub *, struct hub_socket *, enum hub_state);

/* Listens to the client (again). */
int hub_socket_listen(struct hub *, struct hub_socket *, struct err *);

/* … or hears of its end only. */
int hub_socket_ignore(struct hub *, struct hub_socket *, struct err *);

/* The client said something. */
void hub_socket_heard(struct hub *, struct hub_socket *);

/* -- hub_write.c ----------------------------------------------------------- */

/*
 * The frame is written with others before hub_message() returns; until then
 * it must stay where it is.
 */
void hub_socket_gather(struct hub *, struct hub_socket *, const char *, size_t);
void hub_put_gathered(struct hub *);

/* Writes what was gathered for one; false if that was its end. */
bool hub_socket_put(struct hub *, struct hub_socket *);

/* What was not written yet is forgotten. */
void hub_drop_output(struct hub *, struct hub_socket *);

/* Writes one frame; false if that was the socket's end, and it is gone. */
bool hub_socket_write(struct hub *, struct hub_socket *, const char *, size_t);

/* {"event":"error"}: its bytes. */
enum { HUB_ERROR_SIZE = 128 };
size_t hub_error_frame(char out_r[HUB_ERROR_SIZE], const char *code);

/* Such a frame; the socket stays. */
bool hub_socket_error(struct hub *, struct hub_socket *, const char *code);

/* Its last frame (NULL: none): it is written if it can be, then closed. */
void hub_socket_end(struct hub *, struct hub_socket *, const char *, size_t);

/* The same, with an error as its last frame. */
void hub_socket_refuse(struct hub *, struct hub_socket *, const char *code);

/* -- hub_line.c ------------------------------------------------------------ */

/* Takes what its client said, as much as is there; it may be gone after it. */
void hub_socket_read(struct hub *, struct hub_socket *);

/* -- hub_return.c ---------------------------------------------------------- */

/* Asks for a new socket, when what its session said on others is heard. */
void hub_connect(struct hub *, struct hub_socket *);

/* -- hub_rest.c ------------------------------------------------------------ */

/*
 * Lines and bytes that a socket of the user brought.  Beyond HUB_TURN_MAX of
 * them none of his is read until what is too much is over.
 */
void hub_charge(struct hub *, struct hub_user *, size_t lines, size_t bytes);

/* Must this one wait?  Then it is not listened to until its turn. */
bool hub_rests(struct hub *, struct hub_socket *);
void hub_rest_over(struct hub *, struct hub_socket *);

/* -- hub_up.c -------------------------------------------------------------- */

/* The node begins, or lost sight of Redis: who is here, and who is no more. */
void hub_announce(struct hub *);

/* The node lives; due every PRESENCE_BEAT_MS. */
void hub_beat(struct hub *);

/* The first socket of a user is here; the last one went. */
void hub_user_online(struct hub *, uint64_t user_id);
void hub_user_offline(struct hub *, uint64_t user_id);

/* Does the session live?  What does the device lack?  See up.h. */
void hub_ask_connect(struct hub *, struct hub_socket *);
void hub_ask_replay(struct hub *, struct hub_socket *);
void hub_typing(struct hub *, struct hub_socket *, uint64_t conv_id);

/*
 * False if that was the socket's end: its user acknowledges more than deliver
 * could store for everybody.
 */
bool hub_ack(struct hub *, struct hub_socket *, uint64_t conv_id, uint64_t seq);

/* What it has acknowledged goes up now, not with the next timer. */
void hub_flush_acks(struct hub *, struct hub_socket *);

/* -- hub.c ----------------------------------------------------------------- */

/* Soon, every socket catches up. */
void hub_resync(struct hub *);

/* One socket catches up from the start of what it lacks. */
void hub_socket_catch_up(struct hub *, struct hub_socket *);

#endif
