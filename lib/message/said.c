/* SPDX-License-Identifier: MIT */
/*
 * said.c -- What a message said, when its words are gone.
 *
 * A send is repeated however late, and other words under the same
 * client_msg_id are refused; that must not change when the message is taken
 * out, nor be a reason to keep what it said.
 */
#include "message/said.h"

#include <string.h>

#include "base/arena.h"
#include "base/crypto.h"
#include "policy/seal.h"

enum { SAID_BYTES = 16 };

const char *
message_said(struct app *app, struct arena *a, uint64_t id, const char *content)
{
	const char *text =
	    arena_printf(a, "%llu %s", (unsigned long long)id, content);
	unsigned char seal[SHA256_SIZE];

	policy_seal(app, "said", text, strlen(text), seal);
	return base64url(a, seal, SAID_BYTES);
}
