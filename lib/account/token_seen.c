/* SPDX-License-Identifier: MIT */
/* token_seen.c -- Tokens whose signature was found good, in shared memory. */
#include "account/token_seen.h"

#include <stdint.h>
#include <string.h>

#include "base/shared_cache.h"

enum {
	PLACES = 4096,
	DIGEST_WORDS = SHA256_SIZE / 8,
	WORDS = DIGEST_WORDS + 6
};

struct shared_cache *
token_seen_new(void)
{
	return shared_cache_new(PLACES, DIGEST_WORDS, WORDS);
}

bool
token_seen_find(const struct shared_cache *seen,
    const unsigned char digest[SHA256_SIZE], struct token *t)
{
	uint64_t	key[DIGEST_WORDS], word[WORDS];
	const uint64_t *claim = word + DIGEST_WORDS;

	memcpy(key, digest, SHA256_SIZE);
	if (!shared_cache_find(seen, key, word))
		return false;
	t->user_id = claim[0];
	t->session_id = claim[1];
	t->role = (int)claim[2];
	t->use = (enum token_use)claim[3];
	t->issued_s = (int64_t)claim[4];
	t->expires_s = (int64_t)claim[5];
	return true;
}

void
token_seen_add(struct shared_cache *seen,
    const unsigned char digest[SHA256_SIZE], const struct token *t)
{
	uint64_t word[WORDS], *claim = word + DIGEST_WORDS;

	memcpy(word, digest, SHA256_SIZE);
	claim[0] = t->user_id;
	claim[1] = t->session_id;
	claim[2] = (uint64_t)t->role;
	claim[3] = (uint64_t)t->use;
	claim[4] = (uint64_t)t->issued_s;
	claim[5] = (uint64_t)t->expires_s;
	shared_cache_put(seen, word);
}
