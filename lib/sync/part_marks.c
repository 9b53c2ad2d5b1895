/* SPDX-License-Identifier: MIT */
/*
 * part_marks.c -- What marks tell: the things are looked at as they are now.
 *
 * One query for the marks and one for each kind of thing, however many.
 */
#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "contact/contact.h"
#include "conversation/sync.h"
#include "data/app.h"
#include "sync/page.h"

/* The refs of one kind among those to be told. */
struct refs {
	uint64_t id[SYNC_MARKS_PAGE];
	size_t	 n;
};

static void
tell_removed(struct sync_page *p, const char *type, const struct refs *refs,
    const uint64_t *there, size_t nthere)
{
	for (size_t i = 0; i < refs->n; i++) {
		size_t k = 0;

		while (k < nthere && there[k] != refs->id[i])
			k++;
		if (k == nthere)
			(void)sync_page_remove(p, type, refs->id[i]);
	}
}

static void
extend(json_t *list, json_t *items)
{
	json_array_extend(list, items);
	json_decref(items);
}

static int
tell_contacts(struct sync_page *p, const struct refs *refs, struct err *e)
{
	uint64_t       *there = arena_alloc(p->arena, sizeof(refs->id));
	struct contact *list;
	size_t		n;
	json_t	       *items;

	if (refs->n == 0)
		return 0;
	if (contact_find_many(p->app, p->arena, p->user_id, refs->id, refs->n,
		&list, &n, e) == -1 ||
	    contact_json_many(p->app, p->arena, list, n, &items, e) == -1)
		return -1;
	extend(p->contacts, items);
	for (size_t i = 0; i < n; i++)
		there[i] = list[i].user_id;
	tell_removed(p, "contact", refs, there, n);
	return 0;
}

static int
tell_requests(struct sync_page *p, const struct refs *refs, struct err *e)
{
	uint64_t	       *there = arena_alloc(p->arena, sizeof(refs->id));
	struct contact_request *list;
	size_t			n;
	json_t		       *items;

	if (refs->n == 0)
		return 0;
	if (contact_request_find_many(p->app, p->arena, p->user_id, refs->id,
		refs->n, &list, &n, e) == -1 ||
	    contact_request_json_many(p->app, p->arena, list, n, &items, e) ==
		-1)
		return -1;
	extend(p->requests, items);
	for (size_t i = 0; i < n; i++)
		there[i] = list[i].id;
	tell_removed(p, "contact_request", refs, there, n);
	return 0;
}

static int
tell_blocks(struct sync_page *p, const struct refs *refs, struct err *e)
{
	uint64_t	       *there = arena_alloc(p->arena, sizeof(refs->id));
	struct contact_blocked *list;
	size_t			n;
	json_t		       *items;

	if (refs->n == 0)
		return 0;
	if (contact_block_find_many(p->app, p->arena, p->user_id, refs->id,
		refs->n, &list, &n, e) == -1 ||
	    contact_blocked_json_many(p->app, p->arena, list, n, &items, e) ==
		-1)
		return -1;
	extend(p->blocks, items);
	for (size_t i = 0; i < n; i++)
		there[i] = list[i].user_id;
	tell_removed(p, "block", refs, there, n);
	return 0;
}

static int
tell_labels(struct sync_page *p, const struct refs *refs, struct err *e)
{
	uint64_t	     *there = arena_alloc(p->arena, sizeof(refs->id));
	struct contact_label *list;
	size_t		      n;

	if (refs->n == 0)
		return 0;
	if (contact_label_find_many(p->app, p->arena, p->user_id, refs->id,
		refs->n, &list, &n, e) == -1)
		return -1;
	for (size_t i = 0; i < n; i++) {
		json_array_append_new(
		    p->labels, contact_label_json(p->arena, &list[i]));
		there[i] = list[i].id;
	}
	tell_removed(p, "contact_label", refs, there, n);
	return 0;
}

int
sync_part_marks(struct sync_page *p, struct err *e)
{
	struct refs	       refs[SYNC_LABEL + 1] = {0};
	uint64_t	      *at = p->cursor->at;
	const struct sync_seen after = {0, at[1], at[2], (int64_t)at[0]};
	struct sync_seen      *mark;
	size_t		       n;

	if (sync_store_marks(p->app->db, p->arena, p->user_id, p->since_ms,
		&after, SYNC_MARKS_PAGE, &mark, &n, e) == -1)
		return -1;
	for (size_t i = 0; i < n; i++) {
		struct refs *of =
		    mark[i].kind <= SYNC_LABEL ? &refs[mark[i].kind] : NULL;

		if (sync_page_take(p, &mark[i]) && of != NULL)
			of->id[of->n++] = mark[i].ref;
		at[0] = (uint64_t)mark[i].changed_ms;
		at[1] = mark[i].kind;
		at[2] = mark[i].ref;
	}
	if (tell_contacts(p, &refs[SYNC_CONTACT], e) == -1 ||
	    tell_requests(p, &refs[SYNC_REQUEST], e) == -1 ||
	    tell_blocks(p, &refs[SYNC_BLOCK], e) == -1 ||
	    tell_labels(p, &refs[SYNC_LABEL], e) == -1)
		return -1;
	for (size_t i = 0; i < refs[SYNC_CONVERSATION].n; i++)
		sync_page_show(p, refs[SYNC_CONVERSATION].id[i]);
	return n < SYNC_MARKS_PAGE;
}
