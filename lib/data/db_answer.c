/* SPDX-License-Identifier: MIT */
/*
 * db_answer.c -- Reads an answer to its end, and sees that it is whole.
 *
 * Nothing in MariaDB's protocol says which question an answer belongs to, and
 * libmariadb takes whatever comes next.  But packets are numbered, from 1 in
 * each answer, and how many there are follows from what they hold.  So what is
 * mixed up, left out or left over from before is found by its number, and its
 * connection given up: another statement's answer might look just like ours.
 * (A question of 16 MB would count, too; max_allowed_packet is below that.)
 *
 * A library that speaks to its servers in other packets must not end us: what
 * never was as we count it is not believed to be mixed up.
 */
#include "data/db_private.h"

#include <errmsg.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"

bool
db_has_come(struct db *db, size_t packets)
{
	uint8_t seen = (uint8_t)db->mysql->net.pkt_nr;

	db->packet = (uint8_t)(db->packet + packets);
	if (db->packet == seen) {
		/* A mere status is one packet everywhere. */
		db->counts_fit |= packets > 1;
		return true;
	}
	if (db->counts_fit)
		return false;
	if (!db->is_odd)
		log_warn("db.packets", LOG_INT("expected", db->packet),
		    LOG_INT("seen", seen));
	db->is_odd = true;
	db->packet = seen;
	return true;
}

int
db_fail_mixed_up(
    struct db *db, const char *sql, int64_t start_us, struct err *e)
{
	return db_fail(db, CR_MALFORMED_PACKET,
	    "an answer that is mixed up, or another's", sql, start_us, e);
}

int
db_fail_stmt(struct db *db, MYSQL_STMT *st, const char *sql, int64_t start_us,
    struct err *e)
{
	/* The message lives in the statement, which may go now. */
	return db_fail(db, mysql_stmt_errno(st),
	    arena_strdup(db->scratch, mysql_stmt_error(st)), sql, start_us, e);
}

/* A status; or how many columns, these if they are new, and an end. */
bool
db_has_begun(struct db *db)
{
	size_t columns = mysql_field_count(db->mysql);

	if (columns == 0)
		return db_has_come(db, 1);
	return db_has_come(db, 2) || db_has_come(db, columns);
}

int
db_store(struct db *db, MYSQL_STMT *st, const char *sql, struct err *e)
{
	int64_t start_us = clock_mono_us();

	if (mysql_stmt_store_result(st) != 0)
		return db_fail_stmt(db, st, sql, start_us, e);
	if (!db_has_come(db, mysql_stmt_num_rows(st) + 1))
		return db_fail_mixed_up(db, sql, start_us, e);
	return 0;
}

int
db_next(struct db *db, MYSQL_STMT *st, const char *sql, struct err *e)
{
	int64_t start_us = clock_mono_us();
	int	rc;

	/* Rows that nobody asked for: an error may be among them. */
	if (db->mysql->status != MYSQL_STATUS_READY &&
	    db_store(db, st, sql, e) == -1)
		return -1;
	mysql_stmt_free_result(st);
	rc = mysql_stmt_next_result(st);
	if (rc > 0)
		return db_fail_stmt(db, st, sql, start_us, e);
	if (rc == 0 && !db_has_begun(db))
		return db_fail_mixed_up(db, sql, start_us, e);
	return rc == 0;
}

int
db_finish(struct db *db, MYSQL_STMT *st, const char *sql, struct err *e)
{
	int rc;

	db->insert_id = mysql_stmt_insert_id(st);
	do
		rc = db_next(db, st, sql, e);
	while (rc == 1);
	return rc;
}
