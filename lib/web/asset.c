/* SPDX-License-Identifier: MIT */
/* asset.c -- The names of static files, with a fingerprint. */
#include "web/asset.h"

#include <sys/stat.h>

#include <ctype.h>
#include <errno.h>
#include <fts.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/crypto.h"
#include "base/err.h"
#include "base/str.h"

enum { FILES_MAX = 1000, FILE_SIZE_MAX = 8 * 1024 * 1024, HASH_DIGITS = 10 };

struct assets {
	struct arena *arena;
	struct strbuf digests; /* name and digest of each file */
	const char   *names[FILES_MAX];
	size_t	      n;
};

static int
by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

static int
add_file(struct assets *a, const char *path, const char *name, size_t size,
    struct err *e)
{
	unsigned char digest[SHA256_SIZE];
	char	     *data;
	FILE	     *file;
	size_t	      n;

	if (a->n == FILES_MAX || size > FILE_SIZE_MAX)
		return err_set(e, ERR_INTERNAL, "asset",
		    "%s: more, or larger, static files than expected", path);
	if ((file = fopen(path, "re")) == NULL)
		return err_set(
		    e, ERR_INTERNAL, "asset", "%s: %s", path, strerror(errno));
	if ((data = malloc(size + 1)) == NULL)
		abort();
	n = fread(data, 1, size, file);
	(void)fclose(file);
	sha256(data, n, digest);
	free(data);
	a->names[a->n] = arena_strdup(a->arena, name);
	strbuf_add(&a->digests, a->names[a->n], strlen(a->names[a->n]) + 1);
	strbuf_add(&a->digests, digest, sizeof(digest));
	a->n++;
	return 0;
}

static int
add_all(struct assets *a, char *root, struct err *e)
{
	char *const roots[] = {root, NULL};
	FTS	   *fts = fts_open(roots, FTS_LOGICAL | FTS_NOCHDIR, by_name);
	FTSENT	   *entry;
	int	    rc = 0;

	if (fts == NULL)
		return err_set(
		    e, ERR_INTERNAL, "asset", "%s: %s", root, strerror(errno));
	while (rc == 0 && (entry = fts_read(fts)) != NULL)
		if (entry->fts_info == FTS_F)
			rc = add_file(a, entry->fts_accpath,
			    entry->fts_path + strlen(root) + 1,
			    (size_t)entry->fts_statp->st_size, e);
	(void)fts_close(fts);
	return rc;
}

static void
set_names(json_t *names, struct assets *a)
{
	unsigned char digest[SHA256_SIZE];
	const char   *base;

	sha256(a->digests.data, a->digests.len, digest);
	base = arena_printf(a->arena, "/static/%.*s", HASH_DIGITS,
	    hex(a->arena, digest, sizeof(digest)));
	json_object_set_new(names, "", json_string(base));
	for (size_t i = 0; i < a->n; i++) {
		char *key = arena_strdup(a->arena, a->names[i]);

		for (char *c = key; *c != '\0'; c++)
			if (!isalnum((unsigned char)*c))
				*c = '_';
		json_object_set_new(names, key,
		    json_string(
			arena_printf(a->arena, "%s/%s", base, a->names[i])));
	}
}

int
assets_name(json_t *names, const char *folder, struct err *e)
{
	struct assets *a;
	struct arena  *arena = arena_new(0);
	char	      *root = arena_strdup(arena, folder);
	struct stat    st;
	int	       rc = 0;

	if (stat(root, &st) == 0) {
		a = arena_alloc(arena, sizeof(*a));
		a->arena = arena;
		strbuf_init(&a->digests, arena);
		rc = add_all(a, root, e);
		if (rc == 0)
			set_names(names, a);
	}
	arena_free(&arena);
	return rc;
}
