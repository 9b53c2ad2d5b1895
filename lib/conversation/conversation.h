/* SPDX-License-Identifier: MIT */
/* conversation.h -- Where people talk: conversations, members, own views. */
#ifndef PARLEY_CONVERSATION_CONVERSATION_H
#define PARLEY_CONVERSATION_CONVERSATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

struct app;
struct arena;
struct db;
struct err;

enum conversation_type {
	CONVERSATION_DIRECT = 1,
	CONVERSATION_GROUP = 2,
	CONVERSATION_SYSTEM = 3,
	CONVERSATION_WORLD = 4
};

/*
 * The direct conversation of two people, made if there is none: with both
 * member rows, unique by (lower id, higher id).  Within the caller's
 * transaction; rights are the caller's business.  created_r may be NULL.
 */
int conversation_direct_open(struct db *, struct arena *, uint64_t a, uint64_t b,
    int64_t now_ms, uint64_t *conv_id_r, bool *created_r, struct err *);

/* The users in a conversation and its version: for deliver. */
int conversation_member_ids(struct app *, struct arena *, uint64_t conv_id,
    uint64_t *version_r, const uint64_t **ids_r, size_t *n_r, struct err *);

#endif
