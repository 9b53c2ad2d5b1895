/* SPDX-License-Identifier: MIT */
/*
 * hub_line.c -- What a client says: one JSON object a line.
 *
 * All sockets are read into one buffer; a socket keeps bytes of its own only
 * while a line is unfinished.  Whatever cannot be understood gets one error,
 * and the socket stays.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "base/arena.h"
#include "base/loop.h"
#include "base/str.h"
#include "delivery/hub_private.h"

static const char pong[] = "{\"event\":\"pong\",\"data\":{}}\n";
static const char paused_pong[] =
    "{\"event\":\"pong\",\"data\":{\"live\":false}}\n";

static bool
op_ping(struct hub *h, struct hub_socket *s, const json_t *object)
{
	(void)object;
	if (!h->is_live)
		return hub_socket_write(
		    h, s, paused_pong, sizeof(paused_pong) - 1);
	return hub_socket_write(h, s, pong, sizeof(pong) - 1);
}

/* An id is a string, or a number where a client would have it so. */
static bool
conv_id_of(const json_t *object, uint64_t *id_r)
{
	const json_t *id = json_object_get(object, "conv_id");
	const char   *text = json_string_value(id);

	if (json_is_integer(id) && json_integer_value(id) > 0) {
		*id_r = (uint64_t)json_integer_value(id);
		return true;
	}
	return text != NULL && id_parse(text, id_r);
}

static bool
op_ack(struct hub *h, struct hub_socket *s, const json_t *object)
{
	const json_t *seq = json_object_get(object, "seq");
	uint64_t      conv_id;

	if (!conv_id_of(object, &conv_id) || !json_is_integer(seq) ||
	    json_integer_value(seq) < 0)
		return hub_socket_error(h, s, "invalid");
	return hub_ack(h, s, conv_id, (uint64_t)json_integer_value(seq));
}

static bool
op_typing(struct hub *h, struct hub_socket *s, const json_t *object)
{
	int64_t	 now = loop_now_ms(h->loop);
	uint64_t conv_id;

	if (!conv_id_of(object, &conv_id))
		return hub_socket_error(h, s, "invalid");
	if (s->typing_ms == 0 || now - s->typing_ms >= HUB_TYPING_MS) {
		s->typing_ms = now;
		hub_typing(h, s, conv_id);
	}
	return true;
}

static const struct {
	const char *name;
	bool (*run)(struct hub *, struct hub_socket *, const json_t *);
} ops[] = {
    {"ping", op_ping},
    {"ack", op_ack},
    {"typing", op_typing},
};

/* False if the socket is gone. */
static bool
take_line(struct hub *h, struct hub_socket *s, const char *line, size_t len)
{
	json_t	   *object = json_loadb(line, len, JSON_DECODE_ANY, NULL);
	const char *name = json_string_value(json_object_get(object, "op"));
	const char *code = object == NULL ? "malformed" : "invalid";
	bool	    is_there = false, is_known = false;

	for (size_t i = 0; name != NULL && i < sizeof(ops) / sizeof(ops[0]);
	     i++)
		if (strcmp(name, ops[i].name) == 0) {
			is_known = true;
			is_there = ops[i].run(h, s, object);
		}
	json_decref(object);
	return is_known ? is_there : hub_socket_error(h, s, code);
}

/* Keeps the beginning of a line; too much of it is skipped to its end. */
static bool
keep_rest(struct hub *h, struct hub_socket *s, const char *rest, size_t n)
{
	free(s->in.data);
	memset(&s->in, 0, sizeof(s->in));
	if (n == 0 || s->skips)
		return true;
	if (n > HUB_LINE_MAX) {
		s->skips = true;
		return hub_socket_error(h, s, "too_large");
	}
	s->in.data = malloc(n);
	if (s->in.data == NULL)
		abort();
	memcpy(s->in.data, rest, n);
	s->in.len = (uint32_t)n;
	return true;
}

/* All whole lines of n bytes; false if the socket is gone. */
static bool
take_lines(struct hub *h, struct hub_socket *s, const char *at, size_t n)
{
	const char *end = at + n, *newline;

	for (; (newline = memchr(at, '\n', (size_t)(end - at))) != NULL;
	     at = newline + 1) {
		size_t len = (size_t)(newline - at);

		if (s->skips)
			s->skips = false; /* it was answered when it began */
		else if (len > HUB_LINE_MAX) {
			if (!hub_socket_error(h, s, "too_large"))
				return false;
		} else if (!take_line(h, s, at, len))
			return false;
		if (s->state == HUB_CLOSING)
			return true;
	}
	return keep_rest(h, s, at, (size_t)(end - at));
}

static size_t
count_lines(const char *at, size_t n)
{
	const char *end = at + n;
	size_t	    lines = 0;

	while ((at = memchr(at, '\n', (size_t)(end - at))) != NULL) {
		lines++;
		at++;
	}
	return lines;
}

void
hub_socket_read(struct hub *h, struct hub_socket *s)
{
	size_t	kept = s->in.len;
	ssize_t n;

	if (hub_rests(h, s))
		return;
	if (kept > 0)
		memcpy(h->line, s->in.data, kept);
	n = read(s->in_fd, h->line + kept, HUB_READ_MAX);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		hub_socket_free(h, s);
		return;
	}
	if (s->state == HUB_CLOSING)
		return; /* it is heard no more */
	if (s->is_quiet_listed)
		hub_socket_heard(h, s);
	hub_charge(
	    h, s->user, count_lines(h->line + kept, (size_t)n), (size_t)n);
	(void)take_lines(h, s, h->line, kept + (size_t)n);
	arena_reset(h->arena);
}
