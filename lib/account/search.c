/* SPDX-License-Identifier: MIT */
/* search.c -- Use cases: people by what their names begin with. */
#include "account/known.h"
#include "account/names.h"
#include "account/store.h"
#include "base/arena.h"
#include "data/app.h"

/* A statement names so many people at most. */
enum { AMONG_MAX = 1000 };

int
account_find_exact(struct app *app, struct arena *a,
    const struct account_needle *needle, struct user users_r[2], size_t *n_r,
    struct err *e)
{
	*n_r = 0;
	if (needle->id == 0 && needle->username[0] == '\0')
		return 0;
	return account_store_exact(app->db, a, needle, users_r, n_r, e);
}

int
account_find_at(struct app *app, struct arena *a,
    const struct account_needle *needle, const struct account_range *range,
    struct account_hit **list_r, size_t *n_r, struct err *e)
{
	*n_r = 0;
	if (needle->text[0] == '\0')
		return 0;
	return names_at(app->db, a, needle, range, list_r, n_r, e);
}

int
account_find_among(struct app *app, struct arena *a,
    const struct account_needle *needle, const uint64_t *ids, size_t n,
    uint64_t *ids_r, size_t *n_r, struct err *e)
{
	*n_r = 0;
	for (size_t at = 0, part; at < n && needle->text[0] != '\0';
	     at += part) {
		size_t found;

		part = n - at < AMONG_MAX ? n - at : AMONG_MAX;
		if (names_among(app->db, a, needle, ids + at, part,
			ids_r + *n_r, &found, e) == -1)
			return -1;
		*n_r += found;
	}
	return 0;
}

int
account_names_write(struct app *app, uint64_t *n_r, struct err *e)
{
	struct arena *batch;
	int	      more = 1;

	*n_r = 0;
	while (more == 1) {
		batch = arena_new(0);
		more = names_write_some(app->db, batch, n_r, e);
		arena_free(&batch);
	}
	return more;
}
