/* SPDX-License-Identifier: MIT */
/* store_users.c -- Users and one-time links as rows. */
#include <string.h>
#include <strings.h>

#include "account/rules.h"
#include "account/store.h"
#include "account/store_stmt.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "data/app.h"

static void
user_read(const struct db_rows *rows, size_t r, struct user *user)
{
	*user = (struct user){
	    .id = db_u(rows, r, 0),
	    .username = db_s(rows, r, 1),
	    .display_name = db_s(rows, r, 2),
	    .bio = db_s(rows, r, 3),
	    .email = db_s(rows, r, 4),
	    .locale = db_s(rows, r, 5),
	    .theme = db_s(rows, r, 6),
	    .presence = db_s(rows, r, 7),
	    .role = (int)db_u(rows, r, 8),
	    .hidden = db_u(rows, r, 9) != 0,
	    .last_active_ms = db_i(rows, r, 10),
	    .created_ms = db_i(rows, r, 11),
	    .world_seq = db_u(rows, r, 12),
	};
}

static int
user_secret_read(int found, const struct db_rows *rows, struct user_secret *s)
{
	if (found != 1)
		return found;
	user_read(rows, 0, &s->user);
	s->status = (enum user_status)db_u(rows, 0, USER_NCOLS);
	s->password_hash = db_s(rows, 0, USER_NCOLS + 1);
	return 1;
}

int
account_store_user(struct db *db, struct arena *a, uint64_t id,
    struct user_secret *s, struct err *e)
{
	struct db_rows rows;

	return user_secret_read(
	    db_find(db, STMT(USER_BY_ID), a, &rows, e, id), &rows, s);
}

int
account_store_user_named(struct db *db, struct arena *a, const char *username,
    struct user_secret *s, struct err *e)
{
	struct db_rows rows;

	return user_secret_read(
	    db_find(db, STMT(USER_BY_NAME), a, &rows, e, username), &rows, s);
}

int
account_store_users(struct db *db, struct arena *a, const uint64_t *ids,
    size_t n, struct user *users_r, struct err *e)
{
	struct db_value *list = arena_alloc(a, n * sizeof *list);
	struct db_rows	 rows;

	for (size_t i = 0; i < n; i++) {
		list[i] = db_val_u(ids[i]);
		users_r[i] = (struct user){0};
	}
	if (n == 0)
		return 0;
	if (db_query_list(db, STMT(USERS_BY_ID), a, &rows, n, list, e) == -1)
		return -1;
	for (size_t r = 0; r < rows.n; r++)
		for (size_t i = 0; i < n; i++)
			if (ids[i] == db_u(&rows, r, 0))
				user_read(&rows, r, &users_r[i]);
	return 0;
}

int
account_find_named(struct app *app, struct arena *a, const char *const *names,
    size_t n, struct user *users_r, struct err *e)
{
	struct db_value *list = arena_alloc(a, n * sizeof *list);
	struct db_rows	 rows;

	for (size_t i = 0; i < n; i++) {
		list[i] = db_val_s(names[i]);
		users_r[i] = (struct user){0};
	}
	if (db_query_list(app->db, STMT(USERS_BY_NAME), a, &rows, n, list, e) ==
	    -1)
		return -1;
	for (size_t r = 0; r < rows.n; r++)
		for (size_t i = 0; i < n; i++)
			if (strcasecmp(names[i], db_s(&rows, r, 1)) == 0)
				user_read(&rows, r, &users_r[i]);
	return 0;
}

void
account_names_part(
    struct arena *a, const uint64_t *ids, size_t n, struct db_part *part)
{
	struct db_value *list = arena_alloc(a, n * sizeof *list);

	for (size_t i = 0; i < n; i++)
		list[i] = db_val_u(ids[i]);
	*part = (struct db_part){STMT(NAMES_BY_ID), list, n};
}

void
account_names_read(const struct db_rows *rows, const uint64_t *ids, size_t n,
    const char **names_r)
{
	for (size_t i = 0; i < n; i++) {
		names_r[i] = NULL;
		for (size_t r = 0; r < rows->n; r++)
			if (ids[i] == db_u(rows, r, 0))
				names_r[i] = db_s(rows, r, 1);
	}
}

/* Whoever stands in the list more than once is one row. */
void
account_names_held_part(struct arena *a, const uint64_t *ids,
    const char *const *names, size_t n, struct db_part *part)
{
	struct db_value *v = arena_alloc(a, (2 * n + 1) * sizeof(*v));
	uint64_t	 users = 0;

	for (size_t i = 0; i < n; i++) {
		size_t first = 0;

		while (ids[first] != ids[i])
			first++;
		users += first == i;
		v[2 * i] = db_val_u(ids[i]);
		v[2 * i + 1] = db_val_s(names[i]);
	}
	v[2 * n] = db_val_u(users);
	*part = (struct db_part){STMT(NAMES_HELD), v, n};
}

int
account_hold_many(struct db *db, struct arena *a, const uint64_t *ids, size_t n,
    struct err *e)
{
	struct db_value *list = arena_alloc(a, n * sizeof *list);
	struct db_rows	 rows;

	for (size_t i = 0; i < n; i++)
		list[i] = db_val_u(ids[i]);
	if (db_query_list(db, STMT(USERS_HOLD), a, &rows, n, list, e) == -1)
		return -1;
	return rows.n == n;
}

int
account_store_user_add(struct db *db, const struct account_registration *reg,
    const char *password_hash, int64_t now_ms, uint64_t world_seq,
    uint64_t *id_r, struct err *e)
{
	if (db_exec(db, STMT(USER_ADD), e, reg->username, reg->display_name,
		reg->email, reg->locale, (uint64_t)reg->role, password_hash,
		now_ms, now_ms, world_seq) == -1)
		return -1;
	*id_r = db_insert_id(db);
	return 0;
}

int
account_store_profile_set(
    struct db *db, uint64_t id, const struct account_profile *p, struct err *e)
{
	/* A row that already was so counts as not affected. */
	return db_exec(db, STMT(USER_PROFILE), e, p->display_name, p->bio,
		   p->locale, p->theme, p->presence, (uint64_t)p->has_email,
		   p->email, (uint64_t)p->has_hidden, (uint64_t)p->hidden,
		   id) == -1
		   ? -1
		   : 0;
}

int
account_store_user_delete(struct db *db, uint64_t id, struct err *e)
{
	return one(db_exec(db, STMT(USER_DELETE), e, id));
}

int
account_store_password_set(struct db *db, uint64_t id, const char *old_hash,
    const char *new_hash, struct err *e)
{
	return one(db_exec(db, STMT(USER_PASSWORD), e, new_hash, id, old_hash));
}

int
account_store_password_lock(struct db *db, struct arena *a, uint64_t id,
    const char *hash, struct err *e)
{
	struct db_rows rows;

	return db_find(db, STMT(PASSWORD_LOCK), a, &rows, e, id, hash);
}

int
account_store_exact(struct db *db, struct arena *a,
    const struct account_needle *needle, struct user users_r[2], size_t *n_r,
    struct err *e)
{
	struct db_rows rows;

	if (db_query(db, STMT(USERS_EXACT), a, &rows, e, needle->id,
		needle->username) == -1)
		return -1;
	*n_r = rows.n;
	for (size_t r = 0; r < rows.n; r++)
		user_read(&rows, r, &users_r[r]);
	return 0;
}

int
account_match(struct app *app, struct arena *a, const char *text,
    const uint64_t *ids, size_t n, bool *matches_r, struct err *e)
{
	const char	*pattern = db_like(a, text, true);
	struct db_value *params = arena_alloc(a, (2 + n) * sizeof *params);
	struct db_rows	 rows = {0};

	memset(matches_r, 0, n * sizeof *matches_r);
	for (size_t i = 0; i < n; i++)
		params[i] = db_val_u(ids[i]);
	params[n] = params[n + 1] = db_val_s(pattern);
	if (n > 0 && db_query_list(app->db, STMT(USERS_MATCH), a, &rows, n,
			 params, e) == -1)
		return -1;
	for (size_t r = 0; r < rows.n; r++)
		for (size_t i = 0; i < n; i++)
			if (ids[i] == db_u(&rows, r, 0))
				matches_r[i] = true;
	return 0;
}

int
account_store_has_admin(
    struct db *db, struct arena *a, bool *has_r, struct err *e)
{
	struct db_rows rows;
	int	       found = db_find(db, STMT(USER_ADMIN), a, &rows, e);

	*has_r = found == 1;
	return found == -1 ? -1 : 0;
}

int
account_store_link_add(struct db *db, const unsigned char *hash,
    const char *purpose, int64_t expires_ms, struct err *e)
{
	return db_exec(db, STMT(LINK_ADD), e, hash, (size_t)SHA256_SIZE,
		   purpose, expires_ms) == -1
		   ? -1
		   : 0;
}

int
account_store_link(struct db *db, struct arena *a, const unsigned char *hash,
    const char *purpose, int64_t now_ms, struct err *e)
{
	struct db_rows rows;

	return db_find(db, STMT(LINK_FIND), a, &rows, e, hash,
	    (size_t)SHA256_SIZE, purpose, now_ms);
}

int
account_store_link_use(struct db *db, const unsigned char *hash,
    const char *purpose, int64_t now_ms, struct err *e)
{
	return one(db_exec(db, STMT(LINK_USE), e, now_ms, hash,
	    (size_t)SHA256_SIZE, purpose, now_ms));
}

int
account_store_links_end(
    struct db *db, const char *purpose, int64_t now_ms, struct err *e)
{
	return db_exec(db, STMT(LINKS_END), e, now_ms, purpose) == -1 ? -1 : 0;
}

int
account_store_users_seen(struct db *db, struct arena *a,
    const struct account_seen *seen, size_t n, struct err *e)
{
	struct db_value *rows = arena_alloc(a, 2 * n * sizeof *rows);

	for (size_t i = 0; i < n; i++) {
		rows[2 * i] = db_val_i(seen[i].until_ms);
		rows[2 * i + 1] = db_val_u(seen[i].user_id);
	}
	return n > 0 && db_exec_many(db, STMT(USER_SEEN), n, rows, e) == -1 ? -1
									    : 0;
}
