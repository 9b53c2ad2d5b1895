/* SPDX-License-Identifier: MIT */
/*
 * function.c -- The functions that templates may call.
 *
 * They take and return text, and what they return is escaped by "var:" like
 * any variable: a name goes through initials() and comes out as untrusted as
 * it went in.  A time is the RFC 3339 text that the JSON carries.
 */
#include "web/function.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "web/excerpt.h"
#include "web/params.h"

enum { FRESH_ID_BYTES = 12, ZONE_MAX = 64, EXCERPT_MAX = 200 };

static const char *const MONTHS[] = {"January", "February", "March", "April",
    "May", "June", "July", "August", "September", "October", "November",
    "December"};

/* -- texts ----------------------------------------------------------------- */

static bool
local_time(const char *text, struct tm *tm)
{
	int64_t ms;
	time_t	seconds;

	if (!time_parse(text, &ms))
		return false;
	seconds = (time_t)(ms / 1000);
	localtime_r(&seconds, tm);
	return true;
}

static void
two_digits(char *at, int n)
{
	at[0] = (char)('0' + n / 10);
	at[1] = (char)('0' + n % 10);
}

/* Every message has one, so it is made without printf(). */
static const char *
clock_text(const struct function_context *ctx, const char *time)
{
	struct tm tm;
	char	 *text;

	if (!local_time(time, &tm))
		return "";
	text = arena_alloc(ctx->arena, sizeof("00:00"));
	two_digits(text, tm.tm_hour);
	text[2] = ':';
	two_digits(text + 3, tm.tm_min);
	return text;
}

static const char *
date_text(const struct function_context *ctx, const struct tm *tm)
{
	if (strcmp(ctx->lang, "zh") == 0)
		return arena_printf(ctx->arena, "%d年%d月%d日",
		    tm->tm_year + 1900, tm->tm_mon + 1, tm->tm_mday);
	return arena_printf(ctx->arena, "%d %s %d", tm->tm_mday,
	    MONTHS[tm->tm_mon], tm->tm_year + 1900);
}

static bool
is_days_ago(const struct tm *tm, int days)
{
	enum { DAY_S = 24 * 60 * 60 };
	time_t	  then = (time_t)(clock_ms() / 1000) - (time_t)days * DAY_S;
	struct tm day;

	localtime_r(&then, &day);
	return tm->tm_year == day.tm_year && tm->tm_yday == day.tm_yday;
}

/* As a line between messages says it. */
static const char *
day_text(const struct function_context *ctx, const char *time)
{
	bool	  is_zh = strcmp(ctx->lang, "zh") == 0;
	struct tm tm;

	if (!local_time(time, &tm))
		return "";
	if (is_days_ago(&tm, 0))
		return is_zh ? "今天" : "Today";
	if (is_days_ago(&tm, 1))
		return is_zh ? "昨天" : "Yesterday";
	return date_text(ctx, &tm);
}

/* As a list says it: the time if it is today, else the day without the year. */
static const char *
when_text(const struct function_context *ctx, const char *time)
{
	struct tm tm;

	if (!local_time(time, &tm))
		return "";
	if (is_days_ago(&tm, 0))
		return clock_text(ctx, time);
	if (strcmp(ctx->lang, "zh") == 0)
		return arena_printf(
		    ctx->arena, "%d月%d日", tm.tm_mon + 1, tm.tm_mday);
	return arena_printf(
	    ctx->arena, "%d %.3s", tm.tm_mday, MONTHS[tm.tm_mon]);
}

static const char *
stamp_text(const struct function_context *ctx, const char *time)
{
	struct tm tm;

	return !local_time(time, &tm)
		   ? ""
		   : arena_printf(ctx->arena, "%s %s", date_text(ctx, &tm),
			 clock_text(ctx, time));
}

/* How long something lasts: of what is for good the year has no end. */
static const char *
until_text(const struct function_context *ctx, const char *time)
{
	bool is_zh = strcmp(ctx->lang, "zh") == 0;

	if (strncmp(time, "9999", 4) == 0)
		return is_zh ? "（永久）" : "for good";
	return arena_printf(
	    ctx->arena, is_zh ? "至%s" : "until %s", stamp_text(ctx, time));
}

/* Seconds, in the largest unit of which they are a whole number. */
static const char *
span_text(const struct function_context *ctx, const char *seconds)
{
	static const struct {
		long	    seconds;
		const char *en, *zh;
	} units[] = {{3600, "h", "小时"}, {60, "min", "分钟"}, {1, "s", "秒"}};
	long   n = strtol(seconds, NULL, 10);
	size_t i = 0;

	while (n % units[i].seconds != 0)
		i++;
	return arena_printf(ctx->arena, "%ld %s", n / units[i].seconds,
	    strcmp(ctx->lang, "zh") == 0 ? units[i].zh : units[i].en);
}

/* Bytes of the UTF-8 character at s. */
static size_t
char_length(const char *s)
{
	size_t n = s[0] != '\0';

	while (n > 0 && ((unsigned char)s[n] & 0xc0) == 0x80)
		n++;
	return n;
}

/*
 * Where a word's initial is: behind ASCII punctuation.  NULL where that is a
 * sign (arrows to symbols, emoji), for these make no initials.
 */
static const char *
initial_of(const char *word)
{
	const unsigned char *u;

	while (ispunct((unsigned char)*word))
		word++;
	u = (const unsigned char *)word;
	if (*u <= ' ' || (u[0] == 0xe2 && u[1] >= 0x86 && u[1] <= 0xaf) ||
	    (u[0] == 0xf0 && u[1] == 0x9f))
		return NULL;
	return word;
}

/*
 * Those of the first word and the last: Ada Lovelace is AL, 王小明 is 王.  Of
 * nothing but signs it is the first of them.
 */
static const char *
initials_text(const struct function_context *ctx, const char *name)
{
	const char *first = NULL, *last = "", *c = name;
	char	   *text;

	for (c += strspn(c, " "); *c != '\0'; c += strspn(c, " ")) {
		const char *initial = initial_of(c);

		if (initial != NULL && first != NULL)
			last = initial;
		else if (initial != NULL)
			first = initial;
		c += strcspn(c, " ");
	}
	if (first == NULL)
		first = name + strspn(name, " ");
	text = arena_printf(ctx->arena, "%.*s%.*s", (int)char_length(first),
	    first, (int)char_length(last), last);
	for (char *letter = text; *letter != '\0'; letter++)
		if (*letter >= 'a' && *letter <= 'z')
			*letter = (char)(*letter - 'a' + 'A');
	return text;
}

/* id mod 8, which for a decimal number its last three digits decide. */
static const char *
hue_text(const struct function_context *ctx, const char *id)
{
	static const char *const hues[] = {
	    "0", "1", "2", "3", "4", "5", "6", "7"};
	size_t n = strlen(id);

	(void)ctx;
	return hues[strtoul(id + (n > 3 ? n - 3 : 0), NULL, 10) %
		    (sizeof(hues) / sizeof(hues[0]))];
}

static const char *
excerpt_text(const struct function_context *ctx, const char *html)
{
	return html_excerpt(ctx->arena, html, EXCERPT_MAX);
}

static const char *
fresh_id_text(const struct function_context *ctx, const char *unused)
{
	(void)unused;
	return random_token(ctx->arena, FRESH_ID_BYTES);
}

/* The first number in a path: whose page it is. */
static const char *
id_in_text(const struct function_context *ctx, const char *path)
{
	static const char digits[] = "0123456789";
	const char	 *id = path + strcspn(path, digits);

	return arena_strndup(ctx->arena, id, strspn(id, digits));
}

static const char *
url_text(const struct function_context *ctx, const char *text)
{
	return percent_encode(ctx->arena, text);
}

/* -- the glue -------------------------------------------------------------- */

static const struct {
	const char	 *name;
	template_function text;
} FUNCTIONS[] = {{"hm", clock_text}, {"day", day_text}, {"stamp", stamp_text},
    {"when", when_text}, {"initials", initials_text}, {"hue", hue_text},
    {"excerpt", excerpt_text}, {"fresh_id", fresh_id_text},
    {"url_escape", url_text}, {"id_in", id_in_text}, {"until", until_text},
    {"span", span_text}};

enum { NFUNCTIONS = sizeof(FUNCTIONS) / sizeof(FUNCTIONS[0]) };

template_function
function_named(const char *name)
{
	for (size_t i = 0; i < NFUNCTIONS; i++)
		if (strcmp(FUNCTIONS[i].name, name) == 0)
			return FUNCTIONS[i].text;
	return NULL;
}

/* ClearSilver only parses: it never calls one. */
static NEOERR *
not_called(CSPARSE *parse, CS_FUNCTION *function, CSARG *args, CSARG *result)
{
	(void)parse;
	(void)function;
	(void)args;
	(void)result;
	abort();
}

NEOERR *
functions_register(CSPARSE *parse)
{
	NEOERR *err = STATUS_OK;

	for (size_t i = 0; err == STATUS_OK && i < NFUNCTIONS; i++)
		err = cs_register_function(
		    parse, FUNCTIONS[i].name, 1, not_called);
	return err;
}

/* A name of the system's list and nothing else: it becomes a path. */
static bool
is_zone(const char *name)
{
	static const char allowed[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	    "_+-/";
	char path[ZONE_MAX + 32];

	if (name == NULL || name[0] == '/' || strlen(name) > ZONE_MAX ||
	    strspn(name, allowed) != strlen(name))
		return false;
	(void)snprintf(path, sizeof(path), "/usr/share/zoneinfo/%s", name);
	return access(path, R_OK) == 0;
}

void
functions_set_zone(const char *name)
{
	const char *now = getenv("TZ");

	if (name == NULL || name[0] == '\0')
		name = "UTC";
	if (now != NULL && strcmp(now, name) == 0)
		return;
	setenv("TZ", is_zone(name) ? name : "UTC", 1);
	tzset();
}
