/* SPDX-License-Identifier: MIT */
/*
 * crowd.c -- Do sends come at once?
 *
 * One word that all workers share: a positive time, until which the writer
 * gathers; or a negative one, until which a lone send is in its worker's hand.
 * Who meets another's hand makes it a crowd for a while.  Times pass, so a
 * worker that dies leaves nothing behind; a mistake costs a little time only.
 */
#include "base/clock.h"
#include "base/config.h"
#include "base/metrics.h"
#include "data/app.h"
#include "message/writer.h"

enum { HAND_US = 20000, LATER_US = 60000000 };

/* A time of before the machine was started is none of ours. */
static bool
is_ahead(int64_t until_us, int64_t now_us)
{
	return until_us > now_us && until_us - now_us < LATER_US;
}

bool
crowd_is_alone(const struct app *app, int64_t *hand_r)
{
	int64_t now = clock_mono_us();
	int64_t seen = metric_get(METRIC_WRITER_CROWD);
	int64_t crowd = config_int(app->config, "writer.crowd_ms") * 1000;

	*hand_r = 0;
	if (crowd == 0 || is_ahead(seen, now))
		return false;
	if (!is_ahead(-seen, now) &&
	    metric_swap(METRIC_WRITER_CROWD, seen, -(now + HAND_US))) {
		*hand_r = -(now + HAND_US);
		return true;
	}
	metric_set(METRIC_WRITER_CROWD, now + crowd);
	return false;
}

void
crowd_leave(int64_t hand)
{
	if (hand != 0)
		(void)metric_swap(METRIC_WRITER_CROWD, hand, 0);
}
