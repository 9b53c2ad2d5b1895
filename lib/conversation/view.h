/* SPDX-License-Identifier: MIT */
/* view.h -- What the views of the context share. */
#ifndef PARLEY_CONVERSATION_VIEW_H
#define PARLEY_CONVERSATION_VIEW_H

#include "conversation/conversation.h"

/* "member" | "admin" | "owner"; "" for none. */
const char *member_role_name(enum member_role);

#endif
