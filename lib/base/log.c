/* SPDX-License-Identifier: MIT */
/*
 * log.c -- One JSON object a line on standard error, for s6-log to keep.
 *
 * A line is made on the stack and written at once, so lines of several workers
 * never mix, and logging works when memory is short.  What does not fit is cut
 * off; the line stays JSON.  Its state (name, level, request) is the one thing
 * here that outlives a call: every line needs it, and no caller could know it.
 */
#include "base/log.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/str.h"

/* A pipe takes 4096 bytes in one piece; the last three close the object. */
enum { LINE = 4096, ROOM = LINE - 3 };

struct line {
	char   text[LINE];
	size_t len;
};

static const char    *log_program = "parley";
static const char    *log_request_id;
static enum log_level log_lowest = LOG_LEVEL_INFO;

static const char *const level_names[] = {"debug", "info", "warn", "error"};

enum log_level
log_level_of(const char *name)
{
	for (size_t i = 0; i < sizeof(level_names) / sizeof(level_names[0]);
	     i++)
		if (strcmp(name, level_names[i]) == 0)
			return (enum log_level)i;
	return LOG_LEVEL_INFO;
}

void
log_open(const char *program, enum log_level lowest)
{
	log_program = program;
	log_lowest = lowest;
}

void
log_request(const char *request_id)
{
	log_request_id = request_id;
}

static bool
put(struct line *l, const char *s, size_t n)
{
	if (l->len + n > ROOM)
		return false;
	memcpy(l->text + l->len, s, n);
	l->len += n;
	return true;
}

static bool
put_literal(struct line *l, const char *s)
{
	return put(l, s, strlen(s));
}

static bool
put_char(struct line *l, unsigned char c)
{
	char escape[8];

	if (c == '"' || c == '\\')
		(void)snprintf(escape, sizeof(escape), "\\%c", c);
	else if (c < 0x20 || c == 0x7f)
		(void)snprintf(escape, sizeof(escape), "\\u%04x", c);
	else
		return put(l, (const char *)&c, 1);
	return put_literal(l, escape);
}

/* Bytes that aren't UTF-8 are shown as if they were Latin-1. */
static void
put_text(struct line *l, const char *s)
{
	bool   valid = utf8_valid(s, strlen(s));
	size_t whole = l->len;

	for (; *s != '\0'; s++) {
		unsigned char c = (unsigned char)*s;

		/* A code point goes in with all of its bytes or not at all. */
		if (!valid && c >= 0x80) {
			const char two[2] = {
			    (char)(0xc0 | c >> 6), (char)(0x80 | (c & 0x3f))};
			if (!put(l, two, 2))
				return;
			continue;
		}
		if ((c & 0xc0) != 0x80)
			whole = l->len;
		if (!put_char(l, c)) {
			l->len = whole;
			return;
		}
	}
}

static void
put_string(struct line *l, const char *key, const char *s)
{
	size_t start = l->len;

	if (!put_literal(l, ",\"") || !put_literal(l, key) ||
	    !put_literal(l, "\":\"")) {
		l->len = start;
		return;
	}
	put_text(l, s);
	l->text[l->len++] = '"';
}

static void
put_number(struct line *l, const char *key, int64_t n)
{
	char   text[96];
	size_t start = l->len;

	(void)snprintf(text, sizeof(text), ",\"%s\":%" PRId64, key, n);
	if (!put_literal(l, text))
		l->len = start;
}

static void
put_time(struct line *l)
{
	char now[TIME_SIZE];

	l->len = 0;
	time_format(clock_ms(), now);
	(void)put_literal(l, "{\"time\":\"");
	(void)put_literal(l, now);
	(void)put_literal(l, "\"");
}

void
log_write(
    enum log_level level, const char *event, const struct log_field *fields)
{
	struct line l;

	if (level < log_lowest)
		return;
	put_time(&l);
	put_string(&l, "level", level_names[level]);
	put_string(&l, "program", log_program);
	put_number(&l, "pid", getpid());
	if (log_request_id != NULL)
		put_string(&l, "request", log_request_id);
	put_string(&l, "event", event);
	for (; fields->key != NULL; fields++) {
		if (fields->text != NULL)
			put_string(&l, fields->key, fields->text);
		else
			put_number(&l, fields->key, fields->number);
	}
	memcpy(l.text + l.len, "}\n", 2);
	l.len += 2;
	/* Nobody is left to tell when the log itself fails. */
	if (write(STDERR_FILENO, l.text, l.len) == -1)
		return;
}

void
log_err(const char *event, const struct err *e)
{
	enum log_level level =
	    e->kind == ERR_INTERNAL ? LOG_LEVEL_ERROR : LOG_LEVEL_WARN;

	log_write(level, event,
	    LOG_FIELDS(LOG_STR("code", e->code), LOG_STR("detail", e->detail),
		LOG_STR("file", e->file), LOG_INT("line", e->line)));
}
