/* SPDX-License-Identifier: MIT */
/*
 * keys.c -- The key files of the access tokens.
 *
 * A key's name is the time it was made and a random tail, so the newest sorts
 * last: adding a file rotates the keys, removing one ends what it signed.
 */
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "account/keys.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/err.h"

static int
fail(struct err *e, const char *what, const char *path)
{
	return err_set(e, ERR_INTERNAL, "internal", "%s %s: %s", what, path,
	    strerror(errno));
}

static int
mkdir_private(const char *path, struct err *e)
{
	if (mkdir(path, 0700) == -1 && errno != EEXIST)
		return fail(e, "cannot make", path);
	return 0;
}

/* Written aside and renamed, so that nobody ever reads half a key. */
static int
key_write(const char *dir, const char *kid, const char *suffix, EVP_PKEY *key,
    struct err *e)
{
	bool  is_private = strcmp(suffix, "pem") == 0, is_written;
	char  path[PATH_MAX], aside[PATH_MAX];
	FILE *file;
	int   fd;

	if (snprintf(path, sizeof path, "%s/%s.%s", dir, kid, suffix) >=
		(int)sizeof path ||
	    snprintf(aside, sizeof aside, "%s/.%s.%s", dir, kid, suffix) >=
		(int)sizeof aside)
		return err_set(
		    e, ERR_INTERNAL, "internal", "%s: too long", dir);
	fd = open(aside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
	    is_private ? 0600 : 0644);
	if (fd == -1 || (file = fdopen(fd, "w")) == NULL)
		return fail(e, "cannot write", aside);
	is_written = is_private ? PEM_write_PKCS8PrivateKey(
				      file, key, NULL, NULL, 0, NULL, NULL) == 1
				: PEM_write_PUBKEY(file, key) == 1;
	is_written = fflush(file) == 0 && fsync(fd) == 0 && is_written;
	if (fclose(file) != 0 || !is_written || rename(aside, path) == -1)
		return fail(e, "cannot write", path);
	return 0;
}

int
keys_create(const char *instance, struct err *e)
{
	struct key_file files[KEYS_MAX];
	size_t		n;
	bool		has_private;

	if (keys_read(instance, files, &n, NULL) == 0) {
		has_private = n > 0 && files[n - 1].private_pem != NULL;
		keys_wipe(files, n);
		if (has_private)
			return 0;
	}
	return keys_add(instance, e);
}

int
keys_add(const char *instance, struct err *e)
{
	unsigned char tail[4];
	char	      secrets[PATH_MAX], dir[PATH_MAX], kid[KID_SIZE];
	EVP_PKEY     *key;
	int	      rc = -1;

	if (snprintf(secrets, sizeof secrets, "%s/secrets", instance) >=
		(int)sizeof secrets ||
	    snprintf(dir, sizeof dir, "%s/secrets/jwt", instance) >=
		(int)sizeof dir)
		return err_set(
		    e, ERR_INTERNAL, "internal", "%s: too long", instance);
	if (mkdir_private(secrets, e) == -1 || mkdir_private(dir, e) == -1)
		return -1;
	random_bytes(tail, sizeof tail);
	snprintf(kid, sizeof kid, "%013lld-%02x%02x%02x%02x",
	    (long long)clock_ms(), tail[0], tail[1], tail[2], tail[3]);
	key = EVP_EC_gen("P-256");
	if (key == NULL)
		return err_set(
		    e, ERR_INTERNAL, "internal", "OpenSSL makes no key");
	/* The public one first: who can sign must find others able to check. */
	if (key_write(dir, kid, "pub", key, e) == 0 &&
	    key_write(dir, kid, "pem", key, e) == 0)
		rc = 0;
	EVP_PKEY_free(key);
	return rc;
}

/* A whole small file, on the heap; NULL: there is none that may be read. */
static char *
file_read(const char *dir, const char *kid, const char *suffix)
{
	enum { PEM_MAX = 4096 };
	char	path[PATH_MAX], *text;
	ssize_t n;
	int	fd;

	if (snprintf(path, sizeof path, "%s/%s.%s", dir, kid, suffix) >=
	    (int)sizeof path)
		return NULL;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return NULL;
	text = calloc(1, PEM_MAX);
	n = text == NULL ? -1 : read(fd, text, PEM_MAX - 1);
	close(fd);
	if (n <= 0) {
		free(text);
		return NULL;
	}
	return text;
}

static int
key_order(const void *a, const void *b)
{
	return strcmp(((const struct key_file *)a)->kid,
	    ((const struct key_file *)b)->kid);
}

/* NAME of "NAME.pub", if it is one that a kid may have. */
static bool
kid_of(const char *name, char kid_r[static KID_SIZE])
{
	size_t n = strspn(name, "0123456789abcdefghijklmnopqrstuvwxyz-");

	if (n == 0 || n >= KID_SIZE || strcmp(name + n, ".pub") != 0)
		return false;
	memcpy(kid_r, name, n);
	kid_r[n] = '\0';
	return true;
}

/* Keeps the newest KEYS_MAX, in order. */
static void
key_keep(struct key_file *files, size_t *n, struct key_file key)
{
	if (*n == KEYS_MAX) {
		if (strcmp(key.kid, files[0].kid) < 0) {
			keys_wipe(&key, 1);
			return;
		}
		keys_wipe(files, 1);
		files[0] = key;
	} else
		files[(*n)++] = key;
	qsort(files, *n, sizeof *files, key_order);
}

int
keys_read(
    const char *instance, struct key_file *files_r, size_t *n_r, struct err *e)
{
	char	       dir[PATH_MAX];
	struct dirent *entry;
	DIR	      *d;

	*n_r = 0;
	if (snprintf(dir, sizeof dir, "%s/secrets/jwt", instance) >=
	    (int)sizeof dir)
		return -1;
	d = opendir(dir);
	if (d == NULL)
		return e == NULL ? -1 : fail(e, "cannot read", dir);
	while ((entry = readdir(d)) != NULL) {
		struct key_file key = {0};

		if (!kid_of(entry->d_name, key.kid))
			continue;
		key.public_pem = file_read(dir, key.kid, "pub");
		if (key.public_pem == NULL)
			continue;
		key.private_pem = file_read(dir, key.kid, "pem");
		key_keep(files_r, n_r, key);
	}
	closedir(d);
	return 0;
}

void
keys_wipe(struct key_file *files, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (files[i].private_pem != NULL)
			explicit_bzero(
			    files[i].private_pem, strlen(files[i].private_pem));
		free(files[i].private_pem);
		free(files[i].public_pem);
		files[i] = (struct key_file){0};
	}
}
