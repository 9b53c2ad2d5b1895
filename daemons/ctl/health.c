/* SPDX-License-Identifier: MIT */
/* health.c -- parleyctl health: is the instance ready, or when will it be? */
#include "ctl.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/config.h"
#include "base/err.h"
#include "base/str.h"
#include "http.h"

enum { ASK_SECONDS = 3, PAUSE_NS = 100 * 1000000, OK = 200 };

/* Everything is there: an instance that is degraded serves, but is not well. */
static bool
is_well(int status, const char *body)
{
	return status == OK && strstr(body, "\"status\":\"ok\"") != NULL;
}

int
ctl_health(struct ctl *ctl, int argc, char **argv, struct err *e)
{
	const struct timespec pause = {.tv_nsec = PAUSE_NS};
	const struct config  *c;
	const char	     *body = "";
	uint64_t	      wait_s = 0;
	int64_t		      until;
	int		      status;

	if (argc != 0 && (argc != 2 || strcmp(argv[0], "--wait") != 0 ||
			     !parse_u64(argv[1], &wait_s)))
		return ctl_bad_args(e);
	if ((c = ctl_config(ctl, e)) == NULL)
		return -1;
	until = clock_mono_us() + (int64_t)wait_s * 1000000;
	while (!is_well(status = http_get(
			    ctl->arena, c, "/readyz", ASK_SECONDS, &body, e),
		   body) &&
	       clock_mono_us() < until) {
		err_clear(e);
		(void)nanosleep(&pause, NULL);
	}
	if (is_well(status, body)) {
		if (wait_s == 0)
			printf("%s\n", body);
		return 0;
	}
	return status == -1 ? -1
			    : err_set(e, ERR_UNAVAILABLE, "unavailable",
				  "/readyz says %d: %.180s", status, body);
}
