/* SPDX-License-Identifier: MIT */
/*
 * mention.h -- Whom a message mentions: "@name", "@all".
 *
 * Who is meant is found out once, when it is sent, and kept with the message as
 * a text: "12:bob 34:eve 0:all", ids before the names as they are compared.  So
 * whoever renders it needs to look nothing up.  Pure, but for memory.
 */
#ifndef PARLEY_MESSAGE_MENTION_H
#define PARLEY_MESSAGE_MENTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

struct arena;

/* More in one message are words like any other. */
enum { MENTIONS_MAX = 20, MENTION_NAME_MAX = 32 };

/* The id that stands for everybody, and its name. */
enum { MENTION_ALL = 0 };
#define MENTION_ALL_NAME "all"

/*
 * The length of the name behind the '@' at s[at], of n bytes: 0 where none is
 * meant, as within an address.  It ends where no character of a username
 * follows; shorter than that by the full stops that may end a sentence is
 * mention_trim().
 */
size_t mention_length(const char *s, size_t n, size_t at);
size_t mention_trim(const char *name, size_t len);

/* Is the name, of len bytes, among them?  Case does not count. */
bool mention_find(
    const char *mentions, const char *name, size_t len, uint64_t *id_r);

/*
 * The same for whoever asks often: taken apart once; the names are within the
 * text.
 */
struct mention_list {
	struct {
		uint64_t    id;
		const char *name;
		size_t	    len;
	} one[MENTIONS_MAX];
	size_t n;
};
void mention_list_read(const char *mentions, struct mention_list *);

/*
 * Whom "@name", the name of len bytes, calls: with the full stops at its end,
 * or else without them, which is trimmed.  The length of the name that was
 * meant, 0 for nobody.
 */
size_t mention_called(const struct mention_list *, const char *name, size_t len,
    size_t trimmed, uint64_t *id_r);

/* The ids, at most MENTIONS_MAX: how many. */
size_t mention_ids(const char *mentions, uint64_t ids_r[MENTIONS_MAX]);

/* The text with one more; "" to begin with. */
const char *mention_add(
    struct arena *, const char *mentions, uint64_t id, const char *name);

/* As the contract shows them: ids, and "all". */
json_t *mentions_json(const char *mentions);

#endif
