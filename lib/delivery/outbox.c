/* SPDX-License-Identifier: MIT */
/*
 * outbox.c -- Use cases: promise an event, wake the relay.
 *
 * The nudge is a datagram: the events of a transaction, or without content.
 * Whether it arrives does not matter: a relay that is busy looks again anyway,
 * and one that is away sweeps when it is back.
 */
#include <string.h>
#include <sys/socket.h>

#include "base/arena.h"
#include "base/config.h"
#include "base/local_socket.h"
#include "base/str.h"
#include "data/app.h"
#include "data/db.h"
#include "delivery/event.h"
#include "delivery/outbox.h"
#include "delivery/store.h"

/* Lists of one length, and what is left one by one: two are prepared. */
enum { SOME = 8 };

int
outbox_add(struct db *db, const struct outbox_event *events, size_t n,
    int64_t now_ms, struct err *e)
{
	struct arena  *a;
	struct db_part part;
	int	       rc = 0;

	a = arena_new(0);
	for (size_t i = 0, some; i < n && rc == 0; i += some) {
		some = n - i < SOME ? 1 : SOME;
		outbox_part(a, events + i, some, now_ms, &part);
		rc = db_exec_parts(db, &part, 1, false, NULL, e);
	}
	arena_free(&a);
	return rc;
}

static void
wake(struct app *app, const char *text, size_t len)
{
	struct sockaddr_un to;

	if (local_socket_at(&to, config_instance(app->config), "relay") == -1)
		return;
	if (app->nudge_fd == -1)
		app->nudge_fd = socket(
		    AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (app->nudge_fd != -1)
		(void)sendto(app->nudge_fd, text, len, MSG_DONTWAIT,
		    (struct sockaddr *)&to, sizeof(to));
}

void
outbox_nudge(struct app *app)
{
	wake(app, "", 1);
}

void
outbox_tell(struct app *app, struct arena *a, const struct outbox_event *events,
    size_t n, uint64_t first_id, int64_t now_ms)
{
	struct strbuf text;

	strbuf_init(&text, a);
	for (size_t i = 0; i < n && text.len <= OUTBOX_TOLD_MAX; i++) {
		const struct delivery_event row = {.id = first_id + i,
		    .created_ms = now_ms,
		    .event = events[i]};

		event_append(&text, &row);
	}
	if (text.len <= OUTBOX_TOLD_MAX)
		wake(app, text.data, text.len);
	else
		outbox_nudge(app);
}
