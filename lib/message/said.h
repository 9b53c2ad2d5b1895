/* SPDX-License-Identifier: MIT */
/* said.h -- What a message said, when its words are gone. */
#ifndef PARLEY_MESSAGE_SAID_H
#define PARLEY_MESSAGE_SAID_H

#include <stdint.h>

struct app;
struct arena;

/*
 * A digest of what the message with this id says, in the arena: alike for the
 * same words only.  By a secret of the instance (policy/seal.h, which must be
 * loaded), so that nobody finds the words by trying.
 */
const char *
message_said(struct app *, struct arena *, uint64_t id, const char *content);

#endif
