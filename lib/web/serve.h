/* SPDX-License-Identifier: MIT */
/*
 * serve.h -- One request, from its head to its answer.
 *
 * Knows nothing of FastCGI, so that tests can call it with a few variables
 * and look at the bytes.
 */
#ifndef PARLEY_WEB_SERVE_H
#define PARLEY_WEB_SERVE_H

struct arena;
struct reply;
struct web;
struct web_input;

/* Serves a request; it always ends in a reply, which lives in the arena. */
void web_serve(const struct web *, const struct web_input *, struct arena *,
    struct reply *);

#endif
