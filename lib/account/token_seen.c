/* SPDX-License-Identifier: MIT */
/*
 * token_seen.c -- Tokens whose signature was found good, in shared memory.
 *
 * Without a lock, for who holds one may be killed.  A place has a version,
 * which is odd while somebody writes: who reads takes what he read only if the
 * version was even and is still the same, so he never has the digest of one
 * token with the claims of another.  A writer who dies leaves his place odd,
 * and nobody uses it any more.
 */
#include "account/token_seen.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum {
	PLACES = 4096, /* a power of two, ... */
	WAYS = 4,      /* ... a token may stand in so many of them */
	DIGEST_WORDS = SHA256_SIZE / 8,
	WORDS = DIGEST_WORDS + 6
};

struct place {
	_Atomic uint64_t version; /* 0: free */
	_Atomic uint64_t word[WORDS];
};

struct token_seen {
	_Atomic uint64_t turn; /* whose place is taken next */
	struct place	 places[PLACES];
};

struct token_seen *
token_seen_new(void)
{
	struct token_seen *s = mmap(NULL, sizeof(*s), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (s == MAP_FAILED)
		abort();
	return s;
}

void
token_seen_free(struct token_seen **s)
{
	if (*s != NULL)
		munmap(*s, sizeof(**s));
	*s = NULL;
}

/* -- a place --------------------------------------------------------------- */

static void
pack(uint64_t word[WORDS], const unsigned char *digest, const struct token *t)
{
	uint64_t *claim = word + DIGEST_WORDS;

	memcpy(word, digest, SHA256_SIZE);
	claim[0] = t->user_id;
	claim[1] = t->session_id;
	claim[2] = (uint64_t)t->role;
	claim[3] = (uint64_t)t->use;
	claim[4] = (uint64_t)t->issued_s;
	claim[5] = (uint64_t)t->expires_s;
}

static void
unpack(const uint64_t word[WORDS], struct token *t)
{
	const uint64_t *claim = word + DIGEST_WORDS;

	t->user_id = claim[0];
	t->session_id = claim[1];
	t->role = (int)claim[2];
	t->use = (enum token_use)claim[3];
	t->issued_s = (int64_t)claim[4];
	t->expires_s = (int64_t)claim[5];
}

/* A whole one, as it was at one moment; false: there is none to be had. */
static bool
place_read(const struct place *p, uint64_t word_r[WORDS])
{
	uint64_t version = atomic_load(&p->version);

	if (version == 0 || version % 2 == 1)
		return false;
	for (size_t i = 0; i < WORDS; i++)
		word_r[i] = atomic_load(&p->word[i]);
	return atomic_load(&p->version) == version;
}

/* Whoever comes second while another writes goes without. */
static void
place_write(struct place *p, const uint64_t word[WORDS])
{
	uint64_t version = atomic_load(&p->version);

	if (version % 2 == 1 ||
	    !atomic_compare_exchange_strong(&p->version, &version, version + 1))
		return;
	for (size_t i = 0; i < WORDS; i++)
		atomic_store(&p->word[i], word[i]);
	atomic_store(&p->version, version + 2);
}

/* -- tokens ---------------------------------------------------------------- */

/* The first of the places where this one may stand. */
static size_t
set_of(const unsigned char *digest)
{
	return (size_t)(digest[0] << 8 | digest[1]) % (PLACES / WAYS) * WAYS;
}

bool
token_seen_find(const struct token_seen *s,
    const unsigned char digest[SHA256_SIZE], struct token *token_r)
{
	const struct place *way = &s->places[set_of(digest)];
	uint64_t	    word[WORDS];

	for (size_t i = 0; i < WAYS; i++)
		if (place_read(&way[i], word) &&
		    memcmp(word, digest, SHA256_SIZE) == 0) {
			unpack(word, token_r);
			return true;
		}
	return false;
}

/*
 * In a free place, or one of the others' in turn, so that two who meet do not
 * put each other out.
 */
void
token_seen_add(struct token_seen *s, const unsigned char digest[SHA256_SIZE],
    const struct token *t)
{
	struct place *way = &s->places[set_of(digest)];
	size_t	      room = 0;
	uint64_t      word[WORDS];

	while (room < WAYS && atomic_load(&way[room].version) != 0)
		room++;
	if (room == WAYS)
		room = atomic_fetch_add(&s->turn, 1) % WAYS;
	pack(word, digest, t);
	place_write(&way[room], word);
}
