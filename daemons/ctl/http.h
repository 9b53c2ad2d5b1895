/* SPDX-License-Identifier: MIT */
/* http.h -- Asks the instance's own web server one thing. */
#ifndef PARLEY_CTL_HTTP_H
#define PARLEY_CTL_HTTP_H

struct arena;
struct config;
struct err;

/*
 * GET path of the instance, by HTTP or HTTPS as it is set up: the status, or
 * -1 when nobody answers within seconds.
 */
int http_get(struct arena *, const struct config *, const char *path,
    int seconds, const char **body_r, struct err *);

#endif
