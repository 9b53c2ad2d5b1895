/* SPDX-License-Identifier: MIT */
/* breaker.c -- Spares a dead engine the question, and the asker the wait. */
#include "data/breaker.h"

#include "base/metrics.h"

/* What lies further ahead was written before the machine was started. */
static bool
is_ahead(const struct breaker *b, int64_t until_us, int64_t now_us)
{
	int64_t most_us =
	    b->probe_us > BREAKER_MAX_US ? b->probe_us : BREAKER_MAX_US;

	if (b->retry_ms * 1000 > most_us)
		most_us = b->retry_ms * 1000;
	return now_us < until_us && until_us - now_us <= most_us;
}

bool
breaker_enter(const struct breaker *b, int64_t now_us)
{
	int64_t until_us = metric_get(b->metric);

	if (until_us == 0)
		return true;
	if (is_ahead(b, until_us, now_us))
		return false;
	return metric_swap(b->metric, until_us, now_us + b->probe_us);
}

void
breaker_trip(const struct breaker *b, int64_t start_us, int64_t now_us)
{
	int64_t least_us = b->retry_ms * 1000;
	int64_t rest_us = (now_us - start_us) * BREAKER_REST;

	if (rest_us > BREAKER_MAX_US)
		rest_us = BREAKER_MAX_US;
	metric_set(
	    b->metric, now_us + (rest_us > least_us ? rest_us : least_us));
}

void
breaker_stumble(const struct breaker *b, int64_t start_us, int64_t now_us)
{
	if (now_us - start_us > b->retry_ms * 1000 / 2 ||
	    metric_get(b->metric) != 0)
		breaker_trip(b, start_us, now_us);
}

void
breaker_close(const struct breaker *b)
{
	if (metric_get(b->metric) != 0)
		metric_set(b->metric, 0);
}
