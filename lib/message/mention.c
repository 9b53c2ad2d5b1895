/* SPDX-License-Identifier: MIT */
/* mention.c -- Whom a message mentions: "@name", "@all". */
#include "message/mention.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "web/web.h"

static bool
is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '_' || c == '.';
}

/* In an address (a@b.c, /@bob) somebody is named, but not called. */
static bool
begins_apart(const char *s, size_t at)
{
	return at == 0 ||
	       (!is_name_char(s[at - 1]) && strchr("@/+-", s[at - 1]) == NULL);
}

size_t
mention_length(const char *s, size_t n, size_t at)
{
	size_t end = at + 1;

	if (!begins_apart(s, at))
		return 0;
	while (end < n && is_name_char(s[end]))
		end++;
	if (end < n && s[end] == '@')
		return 0;
	return end - at - 1 <= MENTION_NAME_MAX ? end - at - 1 : 0;
}

size_t
mention_trim(const char *name, size_t len)
{
	while (len > 0 && name[len - 1] == '.')
		len--;
	return len;
}

/* The next one, and past it; false at the end. */
static bool
next(const char **at, uint64_t *id_r, const char **name_r, size_t *len_r)
{
	char *end;

	if (*at == NULL || **at == '\0')
		return false;
	*id_r = strtoull(*at, &end, 10);
	if (*end != ':')
		return false;
	*name_r = end + 1;
	*len_r = strcspn(*name_r, " ");
	*at = *name_r + *len_r;
	*at += **at == ' ';
	return true;
}

bool
mention_find(const char *mentions, const char *name, size_t len, uint64_t *id_r)
{
	const char *one;
	size_t	    n;

	while (next(&mentions, id_r, &one, &n))
		if (n == len && strncasecmp(one, name, n) == 0)
			return true;
	return false;
}

void
mention_list_read(const char *mentions, struct mention_list *list)
{
	list->n = 0;
	while (list->n < MENTIONS_MAX &&
	       next(&mentions, &list->one[list->n].id, &list->one[list->n].name,
		   &list->one[list->n].len))
		list->n++;
}

size_t
mention_called(const struct mention_list *list, const char *name, size_t len,
    size_t trimmed, uint64_t *id_r)
{
	size_t called = 0;

	for (size_t i = 0; i < list->n && called < len; i++) {
		size_t n = list->one[i].len;

		if ((n == len || n == trimmed) && n > called &&
		    strncasecmp(list->one[i].name, name, n) == 0) {
			called = n;
			*id_r = list->one[i].id;
		}
	}
	return called;
}

size_t
mention_ids(const char *mentions, uint64_t ids_r[MENTIONS_MAX])
{
	const char *name;
	size_t	    n = 0, len;

	while (n < MENTIONS_MAX && next(&mentions, &ids_r[n], &name, &len))
		n++;
	return n;
}

const char *
mention_add(
    struct arena *a, const char *mentions, uint64_t id, const char *name)
{
	return arena_printf(a, "%s%s%llu:%s", mentions,
	    mentions[0] != '\0' ? " " : "", (unsigned long long)id, name);
}

json_t *
mentions_json(const char *mentions)
{
	uint64_t ids[MENTIONS_MAX];
	size_t	 n = mention_ids(mentions, ids);
	json_t	*list = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, ids[i] == MENTION_ALL
						? json_string(MENTION_ALL_NAME)
						: json_id(ids[i]));
	return list;
}
