/* SPDX-License-Identifier: MIT */
/*
 * http.c -- One GET to our own lighttpd, plain or over TLS.
 *
 * OpenSSL's BIO speaks both.  The certificate is not checked: whoever listens
 * on our own port of this machine is whom we ask about.
 */
#include "http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <openssl/bio.h>
#include <openssl/ssl.h>

#include "base/arena.h"
#include "base/config.h"
#include "base/err.h"
#include "base/str.h"

enum { REPLY_MAX = 64 * 1024 };

/* The address to reach it by from here: "any" is ours, too. */
static const char *
target(struct arena *arena, const struct config *config)
{
	const char *bind = config_str(config, "http.bind");
	int	    port = (int)config_int(config, "http.port");

	if (strcmp(bind, "0.0.0.0") == 0)
		bind = "127.0.0.1";
	else if (strcmp(bind, "::") == 0)
		bind = "::1";
	return arena_printf(
	    arena, strchr(bind, ':') != NULL ? "[%s]:%d" : "%s:%d", bind, port);
}

static int
exchange(BIO *bio, struct arena *arena, const char *path, int seconds,
    const char **reply_r)
{
	struct timeval limit = {.tv_sec = seconds};
	struct strbuf  reply;
	char	       buf[4096];
	int	       fd, n;

	if (BIO_do_connect(bio) != 1 || BIO_get_fd(bio, &fd) == -1 ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) ==
		-1)
		return -1;
	if (BIO_do_handshake(bio) != 1 ||
	    BIO_printf(bio,
		"GET %s HTTP/1.1\r\nHost: localhost\r\n"
		"Connection: close\r\n\r\n",
		path) <= 0)
		return -1;
	strbuf_init(&reply, arena);
	while (
	    (n = BIO_read(bio, buf, sizeof(buf))) > 0 && reply.len < REPLY_MAX)
		strbuf_add(&reply, buf, (size_t)n);
	*reply_r = reply.data;
	return reply.len > 0 ? 0 : -1;
}

int
http_get(struct arena *arena, const struct config *config, const char *path,
    int seconds, const char **body_r, struct err *e)
{
	bool	    is_tls = *config_str(config, "tls.certificate") != '\0';
	const char *where = target(arena, config), *reply = NULL, *body;
	SSL_CTX	   *ctx = SSL_CTX_new(TLS_client_method());
	BIO	   *bio;
	int	    status = -1;

	bio = is_tls ? BIO_new_ssl_connect(ctx) : BIO_new(BIO_s_connect());
	if (bio != NULL && BIO_set_conn_hostname(bio, where) == 1 &&
	    exchange(bio, arena, path, seconds, &reply) == 0 &&
	    sscanf(reply, "HTTP/1.%*c %d", &status) == 1) {
		body = strstr(reply, "\r\n\r\n");
		*body_r = body != NULL ? body + 4 : "";
	} else
		err_set(e, ERR_UNAVAILABLE, "unavailable",
		    "nobody answers at %s", where);
	BIO_free_all(bio);
	SSL_CTX_free(ctx);
	return status;
}
