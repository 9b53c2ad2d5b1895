/* SPDX-License-Identifier: MIT */
/* clock.c -- The time, by the clocks we use, and its text. */
#include "base/clock.h"

#include <string.h>
#include <time.h>

#include "base/arena.h"

int64_t
clock_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t
clock_mono_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int64_t
clock_boot_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_BOOTTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* n digits of a number, and what comes after them. */
static char *
put(char *at, int n, int number, char after)
{
	for (int i = n - 1; i >= 0; i--, number /= 10)
		at[i] = (char)('0' + number % 10);
	at[n] = after;
	return at + n + 1;
}

void
time_format(int64_t ms, char out_r[TIME_SIZE])
{
	int64_t	  milli = (ms % 1000 + 1000) % 1000;
	time_t	  seconds = (time_t)((ms - milli) / 1000);
	struct tm tm;

	gmtime_r(&seconds, &tm);
	out_r = put(out_r, 4, tm.tm_year + 1900, '-');
	out_r = put(out_r, 2, tm.tm_mon + 1, '-');
	out_r = put(out_r, 2, tm.tm_mday, 'T');
	out_r = put(out_r, 2, tm.tm_hour, ':');
	out_r = put(out_r, 2, tm.tm_min, ':');
	out_r = put(out_r, 2, tm.tm_sec, '.');
	out_r = put(out_r, 3, (int)milli, 'Z');
	*out_r = '\0';
}

const char *
time_text(struct arena *a, int64_t ms)
{
	char *text = arena_alloc(a, TIME_SIZE);

	time_format(ms, text);
	return text;
}

/* Exactly n digits at *s, which moves past them. */
static bool
digits(const char **s, int n, int *out_r)
{
	int value = 0;

	for (; n > 0; n--, (*s)++) {
		if (**s < '0' || **s > '9')
			return false;
		value = value * 10 + (**s - '0');
	}
	*out_r = value;
	return true;
}

static bool
literal(const char **s, const char *any)
{
	if (**s == '\0' || strchr(any, **s) == NULL)
		return false;
	(*s)++;
	return true;
}

/* "Z" or "+02:00": minutes east of Greenwich. */
static bool
zone(const char **s, int *minutes_r)
{
	int hours, minutes, sign;

	*minutes_r = 0;
	if (literal(s, "Zz"))
		return true;
	sign = **s == '-' ? -1 : 1;
	if (!literal(s, "+-") || !digits(s, 2, &hours) || !literal(s, ":") ||
	    !digits(s, 2, &minutes) || hours > 23 || minutes > 59)
		return false;
	*minutes_r = sign * (hours * 60 + minutes);
	return true;
}

/* Any number of digits after a point; the first three count. */
static bool
fraction(const char **s, int *milli_r)
{
	int weight = 100;

	*milli_r = 0;
	if (!literal(s, "."))
		return true;
	if (**s < '0' || **s > '9')
		return false;
	for (; **s >= '0' && **s <= '9'; (*s)++, weight /= 10)
		*milli_r += (**s - '0') * weight;
	return true;
}

bool
time_parse(const char *s, int64_t *ms_r)
{
	struct tm tm = {0}, again;
	time_t	  seconds;
	int	  milli, east;

	if (s == NULL || !digits(&s, 4, &tm.tm_year) || !literal(&s, "-") ||
	    !digits(&s, 2, &tm.tm_mon) || !literal(&s, "-") ||
	    !digits(&s, 2, &tm.tm_mday) || !literal(&s, "Tt ") ||
	    !digits(&s, 2, &tm.tm_hour) || !literal(&s, ":") ||
	    !digits(&s, 2, &tm.tm_min) || !literal(&s, ":") ||
	    !digits(&s, 2, &tm.tm_sec) || !fraction(&s, &milli) ||
	    !zone(&s, &east) || *s != '\0')
		return false;
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	again = tm;
	seconds = timegm(&again);
	/* timegm() makes 1 March of 29 February 2023: such dates aren't any. */
	if (again.tm_mon != tm.tm_mon || again.tm_mday != tm.tm_mday ||
	    again.tm_hour != tm.tm_hour || again.tm_min != tm.tm_min ||
	    again.tm_sec != tm.tm_sec)
		return false;
	*ms_r = ((int64_t)seconds - (int64_t)east * 60) * 1000 + milli;
	return true;
}
