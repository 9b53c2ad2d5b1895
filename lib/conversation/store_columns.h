/* SPDX-License-Identifier: MIT */
/*
 * store_columns.h -- What struct conversation is made of, for the stores that
 * read it.
 *
 * In the world channel everybody is, with or without a member row: what a
 * missing one would say comes with the question.  The positions of the other
 * person come with a direct conversation by one more look-up of the member's
 * primary key.
 */
#ifndef PARLEY_CONVERSATION_STORE_COLUMNS_H
#define PARLEY_CONVERSATION_STORE_COLUMNS_H

#include "conversation/store.h"

struct db_rows;

/* No sum and difference: for who is no member it would leave the unsigned. */
#define OTHER "IF(c.user_low = m.user_id, c.user_high, c.user_low)"

/* What struct conversation is made of, in the order of conversation_read(). */
#define COLUMNS                                                                \
	"c.id, c.type, c.title, "                                              \
	"CASE WHEN c.type = 1 THEN " OTHER " ELSE 0 END, c.bond, "             \
	"c.last_seq, c.last_at, c.created_at, c.members_version, "             \
	"c.status, c.description, c.join_policy, c.from_start, "               \
	"c.muted_all, c.slow_mode_s, c.nmembers, c.max_members, "              \
	"COALESCE(m.role, 1), m.permissions, COALESCE(m.nickname, ''), "       \
	"m.muted_until, m.last_sent_at, GREATEST(COALESCE(m.cleared_seq, 0), " \
	"IF(c.type = 2 AND NOT c.from_start, m.joined_seq, 0)), "              \
	"COALESCE(m.read_seq, v.world_seq), "                                  \
	"COALESCE(m.delivered_seq, v.world_seq), m.pinned, m.muted, "          \
	"COALESCE(m.hidden_seq >= c.last_seq, 0), m.silent_until, m.marked, "  \
	"m.draft, m.draft_at, COALESCE(m.draft_version, 0), "                  \
	"COALESCE(p.read_seq, 0), COALESCE(p.delivered_seq, 0)"
#define COLUMN_TYPES \
	"uusuuuiiu"  \
	"usuuuuuu"   \
	"uusiiu"     \
	"uuuuu"      \
	"iusiu"      \
	"uu"

/* Who asks: their id, and where the world channel was when they came. */
#define VIEWER                                     \
	"(SELECT CAST(? AS UNSIGNED) AS user_id, " \
	"CAST(? AS UNSIGNED) AS world_seq) v "
#define MINE                                      \
	"LEFT JOIN member m ON m.conv_id = c.id " \
	"AND m.user_id = v.user_id "
#define PEER                                      \
	"LEFT JOIN member p ON p.conv_id = c.id " \
	"AND p.user_id = " OTHER " "

/* Rows of these columns as the viewer's conversations, in their order. */
void conversations_read(const struct db_rows *, struct arena *,
    const struct conversation_viewer *, struct conversation **, size_t *n_r);

#endif
