/* SPDX-License-Identifier: MIT */
/*
 * store_directory.c -- The directory of open groups in MariaDB.
 *
 * A title is kept from each of its words on, so that what a word begins with
 * is found by the index.  Where no blanks part words, as in Chinese, each
 * character begins one.  A group that matches twice is shown by its first
 * match only.
 */
#include "conversation/store_directory.h"

#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "data/db.h"

enum { FORGET, ADD, NEWEST, FOUND_AT, SEARCH, CARDS };

enum { WORD_CHARS = 40, WORDS_MAX = 2 * GROUP_TITLE_MAX };

/* No joins: a page is read in the order of the index, and ends with it. */
#define CARD                                                           \
	"SELECT c.id, c.title, c.description, c.join_policy, "         \
	"c.from_start, c.muted_all, c.slow_mode_s, c.nmembers, "       \
	"c.max_members, c.created_at, EXISTS (SELECT 1 FROM member m " \
	"WHERE m.conv_id = c.id AND m.user_id = ?), "                  \
	"EXISTS (SELECT 1 FROM join_request r WHERE r.conv_id = c.id " \
	"AND r.user_id = ?) FROM "
#define CARD_OUT "ussuuuuuuiuu"

static const struct db_stmt statements[] = {
    [FORGET] = {"DELETE FROM directory_word WHERE conv_id = ?", "u", NULL},
    [ADD] = {"INSERT IGNORE INTO directory_word (word, conv_id) VALUES (?, ?)",
	"su", NULL},
    [NEWEST] = {CARD "conversation c FORCE INDEX (directory) "
		     "WHERE c.join_policy = 1 AND c.status = 0 AND c.id < ? "
		     "ORDER BY c.id DESC LIMIT ?",
	"uuuu", CARD_OUT},
    [FOUND_AT] = {"SELECT word FROM directory_word "
		  "WHERE conv_id = ? AND word LIKE ? ORDER BY word LIMIT 1",
	"us", "s"},
    [SEARCH] = {CARD
	"directory_word w JOIN conversation c ON c.id = w.conv_id "
	"WHERE w.word LIKE ? AND w.word >= ? "
	"AND (w.word > ? OR w.conv_id > ?) AND NOT EXISTS "
	"(SELECT 1 FROM directory_word x "
	"FORCE INDEX (of_conversation) WHERE x.conv_id = w.conv_id "
	"AND x.word LIKE ? AND x.word < w.word) "
	"ORDER BY w.word, w.conv_id LIMIT ?",
	"uusssusu", CARD_OUT},
    [CARDS] = {CARD "conversation c WHERE c.id IN ({?|,})", "uu{u}", CARD_OUT},
};

/* -- words ----------------------------------------------------------------- */

static size_t
char_length(const char *s)
{
	size_t n = 1;

	while (((unsigned char)s[n] & 0xc0) == 0x80)
		n++;
	return n;
}

static bool
is_letter(const char *s)
{
	return ((unsigned char)*s & 0x80) != 0 || (*s >= '0' && *s <= '9') ||
	       (*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z');
}

/* From U+2E80 on, scripts that part no words: each character begins one. */
static bool
is_ideograph(const char *s)
{
	return (unsigned char)*s >= 0xe3 ||
	       ((unsigned char)*s == 0xe2 && (unsigned char)s[1] >= 0xba);
}

/* At most so many characters of s. */
static const char *
head(struct arena *a, const char *s, size_t chars)
{
	size_t n = 0;

	while (s[n] != '\0' && chars-- > 0)
		n += char_length(s + n);
	return arena_strndup(a, s, n);
}

static size_t
words_of(struct arena *a, const char *title, uint64_t conv_id,
    struct db_value rows[static 2 * WORDS_MAX])
{
	bool   was_letter = false;
	size_t n = 0;

	for (const char *s = title; *s != '\0' && n < WORDS_MAX;
	     s += char_length(s)) {
		bool begins = is_letter(s) && (!was_letter || is_ideograph(s));

		was_letter = is_letter(s) && !is_ideograph(s);
		if (!begins)
			continue;
		rows[2 * n] = db_val_s(head(a, s, WORD_CHARS));
		rows[2 * n + 1] = db_val_u(conv_id);
		n++;
	}
	return n;
}

int
directory_store_put(
    struct db *db, struct arena *a, const struct group_state *g, struct err *e)
{
	struct db_value *rows = arena_alloc(a, 2 * WORDS_MAX * sizeof(*rows));
	size_t		 n;

	if (db_exec(db, &statements[FORGET], e, g->id) == -1)
		return -1;
	if (g->shared.join_policy != JOIN_OPEN ||
	    g->status != CONVERSATION_ALIVE)
		return 0;
	n = words_of(a, g->title, g->id, rows);
	if (n == 0)
		return 0;
	return db_exec_many(db, &statements[ADD], n, rows, e) == -1 ? -1 : 0;
}

/* -- looking --------------------------------------------------------------- */

static void
cards_read(struct arena *a, const struct db_rows *rows,
    struct group_card **list_r, size_t *n_r)
{
	*list_r = arena_alloc(a, rows->n * sizeof(**list_r));
	*n_r = rows->n;
	for (size_t r = 0; r < rows->n; r++)
		(*list_r)[r] = (struct group_card){
		    .id = db_u(rows, r, 0),
		    .title = db_s(rows, r, 1),
		    .shared = {.description = db_s(rows, r, 2),
			.join_policy = (enum join_policy)db_u(rows, r, 3),
			.from_start = db_u(rows, r, 4) != 0,
			.muted_all = db_u(rows, r, 5) != 0,
			.slow_mode_s = (unsigned)db_u(rows, r, 6),
			.nmembers = (unsigned)db_u(rows, r, 7),
			.max_members = (unsigned)db_u(rows, r, 8)},
		    .created_ms = db_i(rows, r, 9),
		    .is_member = db_u(rows, r, 10) != 0,
		    .is_requested = db_u(rows, r, 11) != 0,
		};
}

int
directory_store_newest(struct db *db, struct arena *a, uint64_t me,
    uint64_t before, unsigned limit, struct group_card **list_r, size_t *n_r,
    struct err *e)
{
	struct db_rows rows;

	if (db_query(db, &statements[NEWEST], a, &rows, e, me, me,
		before != 0 ? before : UINT64_MAX, (uint64_t)limit) == -1)
		return -1;
	cards_read(a, &rows, list_r, n_r);
	return 0;
}

int
directory_store_search(struct db *db, struct arena *a, uint64_t me,
    const char *prefix, uint64_t after, unsigned limit,
    struct group_card **list_r, size_t *n_r, bool *is_lost_r, struct err *e)
{
	const char    *pattern = db_like(a, prefix, false), *word = "";
	struct db_rows rows;
	int	       found = 1;

	if (after != 0)
		found = db_find(
		    db, &statements[FOUND_AT], a, &rows, e, after, pattern);
	if (found == -1)
		return -1;
	*is_lost_r = found == 0;
	*n_r = 0;
	if (found == 0)
		return 0;
	if (after != 0)
		word = db_s(&rows, 0, 0);
	if (db_query(db, &statements[SEARCH], a, &rows, e, me, me, pattern,
		word, word, after, pattern, (uint64_t)limit) == -1)
		return -1;
	cards_read(a, &rows, list_r, n_r);
	return 0;
}

int
directory_store_cards(struct db *db, struct arena *a, uint64_t me,
    const uint64_t *ids, size_t n, struct group_card **list_r, size_t *n_r,
    struct err *e)
{
	struct db_value *params = arena_alloc(a, (n + 2) * sizeof(*params));
	struct db_rows	 rows = {0};

	params[0] = params[1] = db_val_u(me);
	for (size_t i = 0; i < n; i++)
		params[i + 2] = db_val_u(ids[i]);
	if (n > 0 &&
	    db_query_list(db, &statements[CARDS], a, &rows, n, params, e) == -1)
		return -1;
	cards_read(a, &rows, list_r, n_r);
	return 0;
}

const struct db_stmt *
directory_statements(size_t *n_r)
{
	*n_r = sizeof(statements) / sizeof(statements[0]);
	return statements;
}
