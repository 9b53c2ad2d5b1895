/* SPDX-License-Identifier: MIT */
/* keys.c -- Names of nodes' keys. */
#include <stdio.h>

#include "presence/keys.h"

const char *
presence_key(char out_r[PRESENCE_KEY_SIZE], const char *node, const char *what)
{
	snprintf(out_r, PRESENCE_KEY_SIZE, "node:%s%s%s", node,
	    what == NULL ? "" : ":", what == NULL ? "" : what);
	return out_r;
}
