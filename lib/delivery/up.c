/* SPDX-License-Identifier: MIT */
/*
 * up.c -- The way up, written and read by one table of what each line holds.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "delivery/up.h"

/*
 * The words after the first: n node, k socket, r request, s session, u user,
 * f first, o opened, t since, c conversation, q seq, * pairs to the end.
 */
static const struct {
	const char *word, *fields;
} forms[] = {
    [UP_STARTED] = {"started", "n"},
    [UP_CONNECT] = {"connect", "nkrsuof"},
    [UP_REPLAY] = {"replay", "nkrsuotcq*"},
    [UP_OFFLINE] = {"offline", "nu"},
    [UP_ACK] = {"ack", "su*"},
    [UP_TYPING] = {"typing", "suc"},
};

enum { FORMS = sizeof(forms) / sizeof(forms[0]) };

static uint64_t *
number_of(struct up *up, char field)
{
	switch (field) {
	case 'k':
		return &up->socket;
	case 'r':
		return &up->request;
	case 's':
		return &up->session_id;
	case 'u':
		return &up->user_id;
	case 'f':
		return &up->is_first;
	case 'o':
		return &up->opened_ms;
	case 't':
		return &up->since_ms;
	case 'c':
		return &up->at.conv_id;
	default:
		return &up->at.seq;
	}
}

const char *
up_encode(struct arena *a, const struct up *up, size_t *len_r)
{
	struct up     copy = *up;
	struct strbuf text;

	strbuf_init(&text, a);
	strbuf_adds(&text, forms[up->kind].word);
	for (const char *f = forms[up->kind].fields; *f != '\0'; f++) {
		if (*f == 'n')
			strbuf_addf(&text, " %s", up->node);
		else if (*f != '*')
			strbuf_addf(&text, " %llu",
			    (unsigned long long)*number_of(&copy, *f));
		else
			for (size_t i = 0; i < up->npairs; i++)
				strbuf_addf(&text, " %llu %llu",
				    (unsigned long long)up->pairs[i].conv_id,
				    (unsigned long long)up->pairs[i].seq);
	}
	*len_r = text.len;
	return text.data;
}

/* One number and the blank or the end after it. */
static int
take_number(const char **at, uint64_t *out_r)
{
	char *end;

	if (**at < '0' || **at > '9')
		return -1;
	errno = 0;
	*out_r = strtoull(*at, &end, 10);
	if (errno != 0 || (*end != ' ' && *end != '\0'))
		return -1;
	*at = *end == ' ' ? end + 1 : end;
	return 0;
}

static int
take_node(const char **at, char out_r[NODE_ID_SIZE])
{
	size_t n = strcspn(*at, " ");

	if (n == 0 || n >= NODE_ID_SIZE)
		return -1;
	memcpy(out_r, *at, n);
	out_r[n] = '\0';
	*at += n + ((*at)[n] == ' ');
	return 0;
}

static int
take_pairs(struct arena *a, const char **at, struct up *up)
{
	up->pairs = arena_alloc(a, UP_PAIRS_MAX * sizeof(*up->pairs));
	while (**at != '\0') {
		if (up->npairs == UP_PAIRS_MAX ||
		    take_number(at, &up->pairs[up->npairs].conv_id) == -1 ||
		    take_number(at, &up->pairs[up->npairs].seq) == -1)
			return -1;
		up->npairs++;
	}
	return 0;
}

int
up_decode(struct arena *a, const char *text, struct up *up)
{
	size_t n = strcspn(text, " ");
	int    kind;

	memset(up, 0, sizeof(*up));
	for (kind = 0; kind < FORMS; kind++)
		if (strlen(forms[kind].word) == n &&
		    memcmp(forms[kind].word, text, n) == 0)
			break;
	if (kind == FORMS || text[n] != ' ')
		return -1;
	up->kind = (enum up_kind)kind;
	text += n + 1;
	for (const char *f = forms[kind].fields; *f != '\0'; f++) {
		int rc;

		if (*f == 'n')
			rc = take_node(&text, up->node);
		else if (*f == '*')
			rc = take_pairs(a, &text, up);
		else
			rc = take_number(&text, number_of(up, *f));
		if (rc == -1)
			return -1;
	}
	return *text == '\0' ? 0 : -1;
}
