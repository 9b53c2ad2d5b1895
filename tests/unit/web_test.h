/* SPDX-License-Identifier: MIT */
/*
 * web_test.h -- A request in a few words, for the tests of lib/web.
 *
 * fetch() serves a request made of CGI variables and leaves the reply, whole,
 * in a text that the test looks into.
 */
#ifndef PARLEY_TESTS_WEB_TEST_H
#define PARLEY_TESTS_WEB_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/arena.h"
#include "base/arena_heap.h"
#include "base/err.h"
#include "base/str.h"
#include "web/reply.h"
#include "web/request.h"
#include "web/serve.h"
#include "web/template.h"
#include "web/web_private.h"

enum { TEST_ENV_MAX = 400 };

struct test_request {
	struct web    web;
	struct arena *arena;
	char	     *env[TEST_ENV_MAX];
	size_t	      nenv;
	const char   *body;
	size_t	      body_len;
	size_t	      body_read;
};

static inline struct test_request *
request_new(const struct web_program *program)
{
	struct arena	    *a = arena_new(0);
	struct test_request *t = arena_alloc(a, sizeof(*t));

	json_set_alloc_funcs(arena_heap_malloc, arena_heap_free);
	t->arena = a;
	t->web.program = program;
	t->web.operators = "127.0.0.1,10.0.0.0/8 ::1";
	t->web.language = "en";
	t->web.site_name = "Parley";
	t->web.site_url = "";
	return t;
}

static inline void
request_free(struct test_request *t)
{
	struct arena *a = t->arena;

	templates_close(&t->web.templates);
	arena_free(&a);
}

static inline int
request_tear_down(void **state)
{
	request_free(*state);
	return 0;
}

/* A test of a request that the file's own setup() has made. */
#define REQUEST_TEST(name) \
	cmocka_unit_test_setup_teardown(name, setup, request_tear_down)

static inline void
set_env(struct test_request *t, const char *name, const char *value)
{
	assert_true(t->nenv < TEST_ENV_MAX - 1);
	t->env[t->nenv++] = arena_printf(t->arena, "%s=%s", name, value);
	t->env[t->nenv] = NULL;
}

static inline ssize_t
read_test_body(void *ctx, char *buf, size_t n)
{
	struct test_request *t = ctx;
	size_t		     left = t->body_len - t->body_read;

	if (n > left)
		n = left;
	if (n == 0)
		return 0;
	memcpy(buf, t->body + t->body_read, n);
	t->body_read += n;
	return (ssize_t)n;
}

/* Status line, headers, an empty line, body; in the test's arena. */
static inline const char *
fetch_bytes(struct test_request *t, const char *method, const char *uri,
    const char *type, const char *body, size_t n)
{
	struct web_input input = {
	    .env = t->env, .read = read_test_body, .ctx = t};
	struct reply reply;
	const char  *query = strchr(uri, '?');

	set_env(t, "REQUEST_METHOD", method);
	set_env(t, "REQUEST_URI", uri);
	set_env(t, "QUERY_STRING", query == NULL ? "" : query + 1);
	set_env(t, "REMOTE_ADDR", "127.0.0.1");
	set_env(t, "HTTP_HOST", "chat.example");
	if (type != NULL)
		set_env(t, "CONTENT_TYPE", type);
	if (body != NULL)
		set_env(t, "CONTENT_LENGTH", arena_printf(t->arena, "%zu", n));
	t->body = body;
	t->body_len = n;
	t->body_read = 0;
	web_serve(&t->web, &input, t->arena, &reply);
	strbuf_add(&reply.head, reply.body.data, reply.body.len);
	t->nenv = 0; /* headers are for one request */
	return reply.head.data;
}

static inline const char *
fetch(struct test_request *t, const char *method, const char *uri)
{
	return fetch_bytes(t, method, uri, NULL, NULL, 0);
}

static inline const char *
fetch_json(struct test_request *t, const char *method, const char *uri,
    const char *body)
{
	return fetch_bytes(
	    t, method, uri, "application/json", body, strlen(body));
}

static inline const char *
fetch_form(struct test_request *t, const char *uri, const char *body)
{
	return fetch_bytes(t, "POST", uri, "application/x-www-form-urlencoded",
	    body, strlen(body));
}

#define assert_contains(text, part)                                       \
	do {                                                              \
		const char *text_ = (text);                               \
                                                                          \
		if (strstr(text_, (part)) == NULL)                        \
			fail_msg("\"%s\" is not in:\n%s", (part), text_); \
	} while (0)

#define assert_lacks(text, part)                                      \
	do {                                                          \
		const char *text_ = (text);                           \
                                                                      \
		if (strstr(text_, (part)) != NULL)                    \
			fail_msg("\"%s\" is in:\n%s", (part), text_); \
	} while (0)

#define assert_status(text, status)                                        \
	do {                                                               \
		const char *reply_ = (text);                               \
		int	    status_ = 0;                                   \
                                                                           \
		(void)sscanf(reply_, "Status: %d", &status_);              \
		if (status_ != (status))                                   \
			fail_msg(                                          \
			    "%d, not %d:\n%s", status_, (status), reply_); \
	} while (0)

#endif
