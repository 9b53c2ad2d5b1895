/* SPDX-License-Identifier: MIT */
/*
 * seal.h -- A secret of the instance, to know again what we handed out.
 *
 * All programs of an instance, and the nodes that joined it, share it.
 */
#ifndef PARLEY_POLICY_SEAL_H
#define PARLEY_POLICY_SEAL_H

#include <stddef.h>

#include "base/crypto.h"

struct app;
struct err;

/* Reads INSTANCE/secrets/csrf, which the first program to start makes. */
int policy_secret_load(struct app *, struct err *);

/* HMAC-SHA256 over purpose and n bytes; one purpose's seal fits no other. */
void policy_seal(struct app *, const char *purpose, const void *, size_t n,
    unsigned char seal_r[SHA256_SIZE]);

#endif
