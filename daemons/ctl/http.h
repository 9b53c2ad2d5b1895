/* SPDX-License-Identifier: MIT */
/* http.h -- Asks the instance's own web server, one thing at a time. */
#ifndef PARLEY_CTL_HTTP_H
#define PARLEY_CTL_HTTP_H

struct arena;
struct config;
struct err;

struct http_question {
	const char *method, *path;
	const char *token; /* a bearer's; NULL: nobody asks */
	const char *body;  /* JSON; NULL: none */
};

struct http_answer {
	int	    status;
	int	    retry_after_s; /* 0: not said */
	const char *node;	   /* whose lighttpd it was; "": not said */
	const char *body;
};

/*
 * By HTTP or HTTPS as the instance is set up.  -1 "unavailable" when nobody
 * answers within seconds.
 */
int
http_ask(struct arena *, const struct config *, const struct http_question *,
    int seconds, struct http_answer *, struct err *);

/*
 * GET path as nobody: the status, or -1 when nobody answers within seconds.
 */
int http_get(struct arena *, const struct config *, const char *path,
    int seconds, const char **body_r, struct err *);

#endif
