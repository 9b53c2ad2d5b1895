/* SPDX-License-Identifier: MIT */
/*
 * token.c -- Access tokens by libjwt, with what it does not check.
 *
 * libjwt 1.10 takes the algorithm from the token itself: "none" passes without
 * a key, and HS256 would pass with our public key as its secret.  So the
 * header is read first, and only ES256 with a kid of ours gets to the
 * signature.  What passed is remembered by digest (token_seen.h); expiry is
 * asked each time.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <jwt.h>

#include "account/keys.h"
#include "account/token_seen.h"
#include "account/token.h"
#include "base/arena.h"
#include "base/arena_heap.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/err.h"
#include "base/shared_cache.h"
#include "base/str.h"

#define ISSUER "parley"

enum {
	TOKEN_TEXT_MAX = 2048,
	SKEW_S = 60,	    /* how far a clock of another node may be ahead */
	ABOUT_BYTES = 8,    /* of a digest that tells keys apart */
	RELOAD_US = 1000000 /* an unknown kid is looked for this often */
};

struct token_keys {
	char		    *instance;
	struct key_file	     files[KEYS_MAX]; /* the newest last */
	size_t		     n;
	int64_t		     loaded_us;
	struct shared_cache *seen; /* by all who were forked with these keys */
};

int
token_keys_create(const char *instance, struct err *e)
{
	return keys_create(instance, e);
}

int
token_keys_rotate(const char *instance, struct err *e)
{
	return keys_add(instance, e);
}

int
token_keys_load(struct token_keys **keys_r, const char *instance, struct err *e)
{
	struct token_keys *keys = calloc(1, sizeof *keys);

	if (keys == NULL || (keys->instance = strdup(instance)) == NULL)
		abort();
	keys->seen = token_seen_new();
	if (keys_read(instance, keys->files, &keys->n, e) == -1) {
		token_keys_free(&keys);
		return -1;
	}
	if (keys->n == 0) {
		token_keys_free(&keys);
		return err_set(e, ERR_INTERNAL, "internal",
		    "no key in %s/secrets/jwt", instance);
	}
	/* A key may be added the moment after: the first look is free. */
	keys->loaded_us = clock_mono_us() - RELOAD_US;
	*keys_r = keys;
	return 0;
}

void
token_keys_free(struct token_keys **keys)
{
	if (*keys == NULL)
		return;
	keys_wipe((*keys)->files, (*keys)->n);
	shared_cache_free(&(*keys)->seen);
	free((*keys)->instance);
	free(*keys);
	*keys = NULL;
}

const char *
token_keys_about(const struct token_keys *keys, struct arena *a)
{
	struct strbuf text;

	strbuf_init(&text, a);
	for (size_t i = 0; i < keys->n; i++) {
		const char   *pem = keys->files[i].public_pem;
		unsigned char digest[SHA256_SIZE];

		sha256(pem, strlen(pem), digest);
		strbuf_addf(&text, "%s%s.%s", i > 0 ? " " : "",
		    keys->files[i].kid, hex(a, digest, ABOUT_BYTES));
	}
	return text.data;
}

static const char *
use_name(enum token_use use)
{
	return use == TOKEN_COOKIE ? "cookie" : "access";
}

static bool
use_parse(const char *name, enum token_use *use_r)
{
	if (name == NULL)
		return false;
	*use_r = strcmp(name, "cookie") == 0 ? TOKEN_COOKIE : TOKEN_ACCESS;
	return strcmp(name, use_name(*use_r)) == 0;
}

/* Zero, or libjwt's first error number. */
static int
jwt_fill(jwt_t *jwt, const struct key_file *key, struct arena *a,
    const struct token *t)
{
	int rc;

	if ((rc = jwt_add_header(jwt, "kid", key->kid)) != 0 ||
	    (rc = jwt_add_grant(jwt, "iss", ISSUER)) != 0 ||
	    (rc = jwt_add_grant(jwt, "sub", id_text(a, t->user_id))) != 0 ||
	    (rc = jwt_add_grant(jwt, "sid", id_text(a, t->session_id))) != 0 ||
	    (rc = jwt_add_grant(jwt, "use", use_name(t->use))) != 0 ||
	    (rc = jwt_add_grant_int(jwt, "role", t->role)) != 0 ||
	    (rc = jwt_add_grant_int(jwt, "iat", (long)t->issued_s)) != 0 ||
	    (rc = jwt_add_grant_int(jwt, "exp", (long)t->expires_s)) != 0)
		return rc;
	return jwt_set_alg(jwt, JWT_ALG_ES256,
	    (const unsigned char *)key->private_pem,
	    (int)strlen(key->private_pem));
}

/* The newest that can sign; one that is just being added may not yet. */
static const struct key_file *
key_newest(const struct token_keys *keys)
{
	for (size_t i = keys->n; i > 0; i--)
		if (keys->files[i - 1].private_pem != NULL)
			return &keys->files[i - 1];
	return NULL;
}

static const char *
sign(const struct token_keys *keys, struct arena *a, const struct token *t,
    struct err *e)
{
	const struct key_file *key = key_newest(keys);
	const char	      *text = NULL;
	char		      *encoded;
	jwt_t		      *jwt = NULL;
	int		       rc;

	if (key == NULL) {
		err_set(e, ERR_INTERNAL, "internal", "no key to sign with");
		return NULL;
	}
	if ((rc = jwt_new(&jwt)) != 0 || (rc = jwt_fill(jwt, key, a, t)) != 0) {
		err_set(e, ERR_INTERNAL, "internal", "jwt: %s", strerror(rc));
		goto out;
	}
	encoded = jwt_encode_str(jwt);
	if (encoded == NULL) {
		err_set(
		    e, ERR_INTERNAL, "internal", "jwt: %s", strerror(errno));
		goto out;
	}
	text = arena_strdup(a, encoded);
	free(encoded);
out:
	jwt_free(jwt);
	return text;
}

/* What libjwt has from jansson it gives to free() itself: so of the heap. */
const char *
token_sign(struct token_keys *keys, struct arena *a, const struct token *t,
    struct err *e)
{
	struct arena *before = arena_heap_use(NULL);
	const char   *text = sign(keys, a, t, e);

	(void)arena_heap_use(before);
	return text;
}

/* Another program may have added a key since; looked for now and then. */
static void
keys_renew(struct token_keys *keys)
{
	struct key_file files[KEYS_MAX];
	size_t		n;
	int64_t		now = clock_mono_us();

	if (now - keys->loaded_us < RELOAD_US)
		return;
	keys->loaded_us = now;
	if (keys_read(keys->instance, files, &n, NULL) == -1)
		return;
	if (n == 0)
		return;
	keys_wipe(keys->files, keys->n);
	memcpy(keys->files, files, n * sizeof *files);
	keys->n = n;
}

static const struct key_file *
key_named(const struct token_keys *keys, const char *kid)
{
	for (size_t i = 0; i < keys->n; i++)
		if (strcmp(keys->files[i].kid, kid) == 0)
			return &keys->files[i];
	return NULL;
}

/*
 * The key that the header asks for, if it is ours and for ES256.  Decoding
 * without a key checks nothing and is done for the header only.
 */
static const struct key_file *
key_of(struct token_keys *keys, const char *text)
{
	const struct key_file *key = NULL;
	const char	      *alg, *kid;
	jwt_t		      *jwt = NULL;

	if (jwt_decode(&jwt, text, NULL, 0) != 0)
		return NULL;
	alg = jwt_get_header(jwt, "alg");
	kid = jwt_get_header(jwt, "kid");
	if (alg != NULL && kid != NULL && strcmp(alg, "ES256") == 0) {
		key = key_named(keys, kid);
		if (key == NULL) {
			keys_renew(keys);
			key = key_named(keys, kid);
		}
	}
	jwt_free(jwt);
	return key;
}

static bool
claims_read(jwt_t *jwt, struct token *t)
{
	const char *iss = jwt_get_grant(jwt, "iss");
	const char *sub = jwt_get_grant(jwt, "sub");
	const char *sid = jwt_get_grant(jwt, "sid");

	t->role = (int)jwt_get_grant_int(jwt, "role");
	t->issued_s = jwt_get_grant_int(jwt, "iat");
	t->expires_s = jwt_get_grant_int(jwt, "exp");
	return iss != NULL && strcmp(iss, ISSUER) == 0 && sub != NULL &&
	       id_parse(sub, &t->user_id) && sid != NULL &&
	       id_parse(sid, &t->session_id) &&
	       use_parse(jwt_get_grant(jwt, "use"), &t->use);
}

static bool
signature_check(struct token_keys *keys, const char *text, struct token *t)
{
	const struct key_file *key = key_of(keys, text);
	jwt_t		      *jwt = NULL;
	bool		       is_good;

	if (key == NULL)
		return false;
	if (jwt_decode(&jwt, text, (const unsigned char *)key->public_pem,
		(int)strlen(key->public_pem)) != 0)
		return false;
	is_good = jwt_get_alg(jwt) == JWT_ALG_ES256 && claims_read(jwt, t);
	jwt_free(jwt);
	return is_good;
}

int
token_verify(struct token_keys *keys, const char *text, int64_t now_ms,
    struct token *token_r, struct err *e)
{
	unsigned char digest[SHA256_SIZE];
	size_t	      n = strnlen(text, TOKEN_TEXT_MAX + 1);
	int64_t	      now_s = now_ms / 1000;

	if (n == 0 || n > TOKEN_TEXT_MAX)
		return err_set(e, ERR_UNAUTHORIZED, "unauthorized",
		    "The access token is not valid.");
	sha256(text, n, digest);
	if (!token_seen_find(keys->seen, digest, token_r)) {
		struct token fresh = {0};

		if (!signature_check(keys, text, &fresh))
			return err_set(e, ERR_UNAUTHORIZED, "unauthorized",
			    "The access token is not valid.");
		token_seen_add(keys->seen, digest, &fresh);
		*token_r = fresh;
	}
	if (token_r->expires_s <= now_s || token_r->issued_s > now_s + SKEW_S)
		return err_set(e, ERR_UNAUTHORIZED, "unauthorized",
		    "The access token has expired.");
	return 0;
}
