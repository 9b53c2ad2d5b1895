/* SPDX-License-Identifier: MIT */
/* crypto.c -- Random numbers, digests and their texts, all of it OpenSSL's. */
#include "base/crypto.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/arena.h"

void
random_bytes(void *p, size_t n)
{
	unsigned char *at = p;
	ssize_t	       got;

	while (n > 0) {
		if ((got = getrandom(at, n, 0)) == -1) {
			if (errno == EINTR)
				continue;
			abort();
		}
		at += got;
		n -= (size_t)got;
	}
}

uint64_t
random_u64(void)
{
	uint64_t n;

	random_bytes(&n, sizeof(n));
	return n;
}

const char *
random_token(struct arena *a, size_t n)
{
	unsigned char *bytes = arena_alloc(a, n);
	const char    *text;

	random_bytes(bytes, n);
	text = base64url(a, bytes, n);
	explicit_bzero(bytes, n);
	return text;
}

/* Looked up once: by name it takes OpenSSL longer than a short digest. */
static const EVP_MD *
sha256_method(void)
{
	static EVP_MD *method;

	if (method == NULL &&
	    (method = EVP_MD_fetch(NULL, "SHA256", NULL)) == NULL)
		abort();
	return method;
}

void
sha256(const void *p, size_t n, unsigned char out_r[SHA256_SIZE])
{
	if (EVP_Digest(p, n, out_r, NULL, sha256_method(), NULL) != 1)
		abort();
}

void
hmac_sha256(const void *key, size_t nkey, const void *p, size_t n,
    unsigned char out_r[SHA256_SIZE])
{
	unsigned int len;

	if (HMAC(EVP_sha256(), key, (int)nkey, p, n, out_r, &len) == NULL)
		abort();
}

const char *
base64url(struct arena *a, const void *p, size_t n)
{
	char *text = arena_alloc(a, (n + 2) / 3 * 4 + 1);
	char *at;

	EVP_EncodeBlock((unsigned char *)text, p, (int)n);
	for (at = text; *at != '\0' && *at != '='; at++)
		*at = (char)(*at == '+' ? '-' : *at == '/' ? '_' : *at);
	*at = '\0';
	return text;
}

static int
base64url_digit(char c)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789-_";
	const char	 *at = c == '\0' ? NULL : strchr(digits, c);

	return at == NULL ? -1 : (int)(at - digits);
}

const void *
base64url_decode(struct arena *a, const char *text, size_t *n_r)
{
	size_t	       len = strlen(text);
	unsigned char *out = arena_alloc(a, len);
	uint32_t       bits = 0;
	unsigned       nbits = 0;

	*n_r = 0;
	for (size_t i = 0; i < len; i++) {
		int digit = base64url_digit(text[i]);

		if (digit == -1)
			return NULL;
		bits = bits << 6 | (uint32_t)digit;
		nbits += 6;
		if (nbits >= 8) {
			nbits -= 8;
			out[(*n_r)++] = (unsigned char)(bits >> nbits);
		}
	}
	/* No digit too many, and no bit that says nothing. */
	return nbits >= 6 || (bits & ((1u << nbits) - 1)) != 0 ? NULL : out;
}

const char *
hex(struct arena *a, const void *p, size_t n)
{
	static const char    digit[] = "0123456789abcdef";
	const unsigned char *bytes = p;
	char		    *text = arena_alloc(a, n * 2 + 1);

	for (size_t i = 0; i < n; i++) {
		text[i * 2] = digit[bytes[i] >> 4];
		text[i * 2 + 1] = digit[bytes[i] & 0xf];
	}
	return text;
}

bool
secret_equal(const void *a, const void *b, size_t n)
{
	return CRYPTO_memcmp(a, b, n) == 0;
}
