/* SPDX-License-Identifier: MIT */
/* crypto.h -- Random numbers, digests and their texts, all of it OpenSSL's. */
#ifndef PARLEY_BASE_CRYPTO_H
#define PARLEY_BASE_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

enum { SHA256_SIZE = 32 };

/* From the system's generator (getrandom); aborts if there is none. */
void	 random_bytes(void *, size_t n);
uint64_t random_u64(void);

/* n random bytes as base64url, for tokens and names; in the arena. */
const char *random_token(struct arena *, size_t n);

void sha256(const void *, size_t n, unsigned char out_r[SHA256_SIZE]);
void hmac_sha256(const void *key, size_t nkey, const void *, size_t n,
    unsigned char out_r[SHA256_SIZE]);

/* RFC 4648 section 5, without padding. */
const char *base64url(struct arena *, const void *, size_t n);
/* What that text stands for; NULL if it is none. */
const void *base64url_decode(struct arena *, const char *, size_t *n_r);

const char *hex(struct arena *, const void *, size_t n);

/* Compares in a time that does not tell where they differ. */
bool secret_equal(const void *, const void *, size_t n);

#endif
