/* SPDX-License-Identifier: MIT */
/* keys.h -- The key files below INSTANCE/secrets/jwt, for token.c alone. */
#ifndef PARLEY_ACCOUNT_KEYS_H
#define PARLEY_ACCOUNT_KEYS_H

#include <stdbool.h>
#include <stddef.h>

struct err;

enum { KID_SIZE = 32, KEYS_MAX = 8 };

struct key_file {
	char  kid[KID_SIZE];
	char *public_pem;
	char *private_pem; /* NULL: this program may not read it */
};

/* Makes a key if there is none to sign with. */
int keys_create(const char *instance, struct err *);

/* Makes one more, which signs from now on. */
int keys_add(const char *instance, struct err *);

/* The newest KEYS_MAX into an array of as many, oldest first; e may be NULL. */
int keys_read(
    const char *instance, struct key_file *files_r, size_t *n_r, struct err *e);

/* Frees and forgets n keys. */
void keys_wipe(struct key_file *, size_t n);

#endif
