/* SPDX-License-Identifier: MIT */
/*
 * outbox.c -- Use cases: promise an event, wake the relay.
 *
 * The nudge is a datagram without content.  Whether it arrives does not
 * matter: a relay that is busy looks again anyway, and one that is away sweeps
 * when it is back.
 */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/arena.h"
#include "base/config.h"
#include "data/app.h"
#include "delivery/outbox.h"
#include "delivery/store.h"

int
outbox_add(struct db *db, const struct outbox_event *events, size_t n,
    int64_t now_ms, struct err *e)
{
	struct arena *a;
	int	      rc;

	if (n == 0)
		return 0;
	a = arena_new(0);
	rc = store_outbox_add(db, a, events, n, now_ms, e);
	arena_free(&a);
	return rc;
}

void
outbox_nudge(struct app *app)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	int		   n;

	n = snprintf(to.sun_path, sizeof(to.sun_path), "%s/run/relay.sock",
	    config_instance(app->config));
	if (n < 0 || (size_t)n >= sizeof(to.sun_path))
		return;
	if (app->nudge_fd == -1)
		app->nudge_fd = socket(
		    AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (app->nudge_fd != -1)
		(void)sendto(app->nudge_fd, "", 1, MSG_DONTWAIT,
		    (struct sockaddr *)&to, sizeof(to));
}
