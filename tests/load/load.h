/* SPDX-License-Identifier: MIT */
/* load.h -- What the modes of the load generator share. */
#ifndef PARLEY_LOAD_LOAD_H
#define PARLEY_LOAD_LOAD_H

#include <stddef.h>
#include <stdint.h>

struct options {
	uint16_t    port;
	size_t	    clients;
	int	    seconds;
	double	    rate;     /* a second, all clients; 0: as fast as it goes */
	unsigned    messages; /* each socket is to catch up with; sockets */
	const char *method, *path, *header, *body;
	uint16_t    ws_port[8]; /* sockets go straight there; 0: to port */
	size_t	    npeople;
	struct person { /* a line of the people file */
		char *token, *peer_token, *conv;
	} * people;
};

/* A mode: prints one JSON line and returns the exit code. */
int mode_request(const struct options *);
int mode_latency(const struct options *);
int mode_fanout(const struct options *);
int mode_sockets(const struct options *);

/* The bytes of POST /api/v1/messages; 0 if they don't fit. */
size_t message_request(char *, size_t  cap, const struct options *,
    const struct person *, const char *content);

/* Where socket i goes: the web server, or one websocketd after the other. */
uint16_t socket_port(const struct options *, size_t i);

/* An id that no run before had. */
const char *unique_id(char buf[static 40]);

#endif
