/* SPDX-License-Identifier: MIT */
/*
 * http.c -- A question to our own lighttpd, plain or over TLS.
 *
 * OpenSSL's BIO speaks both.  The certificate is not checked: it is our own
 * port, of this machine.  Whether it is us who listen there is told by the node
 * that an answer names.
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

enum { REPLY_MAX = 4 * 1024 * 1024 };

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

/* HTTP/1.0, so that the body comes whole and the end is the end. */
static const char *
request(struct arena *arena, const struct http_question *q, size_t *len_r)
{
	struct strbuf text;

	strbuf_init(&text, arena);
	strbuf_addf(
	    &text, "%s %s HTTP/1.0\r\nHost: localhost\r\n", q->method, q->path);
	if (q->token != NULL)
		strbuf_addf(&text, "Authorization: Bearer %s\r\n", q->token);
	if (q->body != NULL)
		strbuf_adds(&text, "Content-Type: application/json\r\n");
	if (strcmp(q->method, "GET") != 0)
		strbuf_addf(&text, "Content-Length: %zu\r\n",
		    q->body != NULL ? strlen(q->body) : 0);
	strbuf_adds(&text, "\r\n");
	if (q->body != NULL)
		strbuf_adds(&text, q->body);
	*len_r = text.len;
	return text.data;
}

static int
put(BIO *bio, const char *text, size_t len)
{
	int n;

	for (; len > 0; text += n, len -= (size_t)n)
		if ((n = BIO_write(bio, text, (int)len)) <= 0)
			return -1;
	return 0;
}

static int
exchange(BIO *bio, struct arena *arena, const struct http_question *q,
    int seconds, const char **reply_r)
{
	struct timeval limit = {.tv_sec = seconds};
	struct strbuf  reply;
	const char    *text;
	char	       buf[4096];
	size_t	       len;
	int	       fd, n;

	if (BIO_do_connect(bio) != 1 || BIO_get_fd(bio, &fd) == -1 ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) ==
		-1)
		return -1;
	text = request(arena, q, &len);
	if (BIO_do_handshake(bio) != 1 || put(bio, text, len) == -1)
		return -1;
	strbuf_init(&reply, arena);
	while (
	    (n = BIO_read(bio, buf, sizeof(buf))) > 0 && reply.len < REPLY_MAX)
		strbuf_add(&reply, buf, (size_t)n);
	*reply_r = reply.data;
	return reply.len > 0 ? 0 : -1;
}

/* What a header says, name being "\r\nName:"; "": it is not there. */
static const char *
header(struct arena *arena, const char *reply, const char *name)
{
	const char *body = strstr(reply, "\r\n\r\n");
	const char *at = strcasestr(reply, name);

	if (at == NULL || (body != NULL && at >= body))
		return "";
	at += strlen(name);
	at += strspn(at, " ");
	return arena_strndup(arena, at, strcspn(at, "\r\n"));
}

/* The few things that are asked of a reply. */
static int
reply_read(struct arena *arena, const char *reply, struct http_answer *answer)
{
	const char *body = strstr(reply, "\r\n\r\n");

	*answer = (struct http_answer){.body = body != NULL ? body + 4 : ""};
	answer->retry_after_s = atoi(header(arena, reply, "\r\nRetry-After:"));
	answer->node = header(arena, reply, "\r\nX-Parley-Node:");
	return sscanf(reply, "HTTP/1.%*c %d", &answer->status) == 1 ? 0 : -1;
}

int
http_ask(struct arena *arena, const struct config *config,
    const struct http_question *q, int seconds, struct http_answer *answer,
    struct err *e)
{
	bool	    is_tls = *config_str(config, "tls.certificate") != '\0';
	const char *where = target(arena, config), *reply = NULL;
	SSL_CTX	   *ctx = SSL_CTX_new(TLS_client_method());
	BIO	   *bio;
	int	    rc = 0;

	*answer = (struct http_answer){.node = "", .body = ""};
	bio = is_tls ? BIO_new_ssl_connect(ctx) : BIO_new(BIO_s_connect());
	if (bio == NULL || BIO_set_conn_hostname(bio, where) != 1 ||
	    exchange(bio, arena, q, seconds, &reply) == -1 ||
	    reply_read(arena, reply, answer) == -1)
		rc = err_set(e, ERR_UNAVAILABLE, "unavailable",
		    "nobody answers at %s", where);
	BIO_free_all(bio);
	SSL_CTX_free(ctx);
	return rc;
}

int
http_get(struct arena *arena, const struct config *config, const char *path,
    int seconds, const char **body_r, struct err *e)
{
	const struct http_question q = {.method = "GET", .path = path};
	struct http_answer	   answer = {.body = ""};

	if (http_ask(arena, config, &q, seconds, &answer, e) == -1)
		return -1;
	*body_r = answer.body;
	return answer.status;
}
