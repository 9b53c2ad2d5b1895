/* SPDX-License-Identifier: MIT */
/*
 * reply.h -- The bytes that answer a request: head and body, sent once.
 *
 * Header values are cleaned here, in one place: whatever a handler says, no
 * line can be smuggled in.
 */
#ifndef PARLEY_WEB_REPLY_H
#define PARLEY_WEB_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "base/str.h"

struct err;
struct req;

struct reply {
	int	      status; /* set with the head */
	struct strbuf head; /* "Status: 200 OK\r\n…", without the empty line */
	struct strbuf body;
	bool	      omit_body; /* HEAD: the length is told, the body is not */
};

void reply_init(struct reply *, struct req *);

/* Starts the head anew: what was said before is forgotten. */
void reply_status(struct reply *, int status);
void reply_header(struct reply *, const char *name, const char *value);

/* Adds what every reply has, and the empty line; nothing may follow. */
void reply_end(struct reply *, const struct req *);

/* The body is this JSON, with that media type. */
void reply_json(struct reply *, const char *media_type, const json_t *);

/* An error as RFC 9457 asks, with the headers its kind needs. */
void reply_problem(struct reply *, const struct req *, const struct err *);

/* The HTTP status of an error; of one that says nothing, 500. */
int error_status(const struct err *);

/* What an error may tell: for our own faults, nothing but the fact. */
const char *error_detail(const struct err *);

/* The code for clients: ours for what is none of their business. */
const char *error_code(const struct err *);

/* "Not Found" for 404. */
const char *status_text(int status);

/* The headers an error of this kind needs: Retry-After and the like. */
void
reply_error_headers(struct reply *, const struct req *, const struct err *);

#endif
