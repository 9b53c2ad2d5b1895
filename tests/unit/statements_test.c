/* SPDX-License-Identifier: MIT */
/* statements_test.c -- All SQL there is fits the schema of the migrations. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "account/names.h"
#include "account/store.h"
#include "base/err.h"
#include "contact/store.h"
#include "conversation/delivery.h"
#include "conversation/store.h"
#include "conversation/store_directory.h"
#include "conversation/store_entry.h"
#include "conversation/store_group.h"
#include "conversation/sync.h"
#include "data/app.h"
#include "data/db.h"
#include "delivery/lease.h"
#include "delivery/store.h"
#include "demo/store.h"
#include "message/store.h"
#include "servers.h"
#include "sync/store.h"

static struct app *app;

static int
start_all(void **state)
{
	struct err e = {0};

	if (servers_with_mysql(state) == -1)
		return -1;
	return app_open(&app, "history", servers->dir, &e);
}

static int
stop_all(void **state)
{
	app_close(&app);
	return servers_end(state);
}

/* The house's lint looks for every table here. */
static const struct db_stmt *(*const tables[])(size_t *) = {
    account_statements,
    contact_label_statements,
    contact_link_statements,
    contact_places_statements,
    contact_request_statements,
    contact_statements,
    conversation_delivery_statements,
    conversation_direct_statements,
    conversation_list_statements,
    conversation_mention_statements,
    conversation_own_statements,
    conversation_statements,
    conversation_sync_statements,
    dead_letter_statements,
    delivery_statements,
    demo_statements,
    directory_statements,
    entry_statements,
    group_statements,
    lease_statements,
    link_statements,
    member_statements,
    mention_statements,
    message_add_statements,
    message_bounds_statements,
    message_statements,
    pin_statements,
    names_statements,
    sync_statements,
};

static void
every_statement_fits_the_schema(void **state)
{
	struct err e = {0};
	size_t	   n;

	(void)state;
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		const struct db_stmt *statements = tables[i](&n);

		assert_int_not_equal(n, 0);
		if (db_prepare_all(app->db, statements, n, &e) == -1)
			fail_msg("%s", e.detail);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_statement_fits_the_schema),
	};

	return cmocka_run_group_tests(tests, start_all, stop_all);
}
