/* SPDX-License-Identifier: MIT */
/*
 * notice.c -- System messages as a sentence.
 *
 * A table of what happened; a letter after % stands for a part of the content:
 * a the actor, u the users, t the title, p the join policy, s the seconds,
 * l the limit of members, m what one may do.  Names are people's own words and
 * are escaped.
 */
#include "message/notice.h"

#include <stdbool.h>
#include <string.h>

#include "base/arena.h"
#include "base/str.h"

static const struct {
	const char *deed, *sentence;
} sentences[] = {
    {"created", "%a opened the group “%t”."},
    {"added", "%a added %u."},
    {"joined", "%a joined."},
    {"joined_by_link", "%a joined by a link."},
    {"accepted", "%a let %u in."},
    {"left", "%a left."},
    {"removed", "%a removed %u."},
    {"banned", "%a removed and banned %u."},
    {"barred", "%a banned %u."},
    {"barred_somebody", "%a banned somebody."},
    {"unbanned", "%a lifted the ban of %u."},
    {"unbanned_somebody", "%a lifted a ban."},
    {"promoted", "%a made %u an admin."},
    {"demoted", "%u is no longer an admin."},
    {"permitted", "%a changed what %u may do: %m."},
    {"unpermitted", "%a took all permissions from %u."},
    {"muted", "%a muted %u."},
    {"unmuted", "%u may speak again."},
    {"muted_all", "%a muted everybody."},
    {"unmuted_all", "Everybody may speak again."},
    {"slow_mode", "%a set slow mode to %s seconds."},
    {"slow_off", "%a switched slow mode off."},
    {"renamed", "%a renamed the group to “%t”."},
    {"described", "%a changed the description."},
    {"join_policy", "%a changed who may join: %p."},
    {"member_limit", "%a set the member limit to %l."},
    {"history", "%a changed what newcomers see of the history."},
    {"pinned", "%a pinned a message."},
    {"unpinned", "%a unpinned a message."},
    {"transferred", "%a handed the group over to %u."},
};

static void
add_text(struct strbuf *out, const json_t *text)
{
	const char *s = json_string_value(text);

	if (s != NULL)
		strbuf_add_html(out, s, strlen(s));
}

/* Who has deleted the account has no name any more. */
static void
add_person(struct strbuf *out, const json_t *person)
{
	const json_t *name = json_object_get(person, "display_name");

	strbuf_adds(out, "<strong>");
	if (json_string_length(name) > 0)
		add_text(out, name);
	else
		strbuf_adds(out, "Deleted account");
	strbuf_adds(out, "</strong>");
}

/* Of many, the first ones are named, and the rest are a number. */
static void
add_people(struct strbuf *out, const json_t *content)
{
	const json_t *users = json_object_get(content, "users"), *user;
	json_int_t all = json_integer_value(json_object_get(content, "count"));
	json_int_t named = (json_int_t)json_array_size(users);
	size_t	   i;

	json_array_foreach (users, i, user) {
		if (i > 0)
			strbuf_adds(out, ", ");
		add_person(out, user);
	}
	if (all > named)
		strbuf_addf(out, " and %lld more", (long long)(all - named));
}

static void
add_number(struct strbuf *out, const json_t *number)
{
	strbuf_addf(out, "%lld", (long long)json_integer_value(number));
}

static void
add_words(struct strbuf *out, const json_t *words)
{
	const json_t *word;
	size_t	      i;

	json_array_foreach (words, i, word) {
		if (i > 0)
			strbuf_adds(out, ", ");
		add_text(out, word);
	}
}

static void
add_part(struct strbuf *out, char part, const json_t *content)
{
	switch (part) {
	case 'a':
		add_person(out, json_object_get(content, "actor"));
		break;
	case 'u':
		add_people(out, content);
		break;
	case 't':
		add_text(out, json_object_get(content, "title"));
		break;
	case 'p':
		add_text(out, json_object_get(content, "join_policy"));
		break;
	case 's':
		add_number(out, json_object_get(content, "seconds"));
		break;
	case 'l':
		add_number(out, json_object_get(content, "max_members"));
		break;
	case 'm':
		add_words(out, json_object_get(content, "permissions"));
		break;
	}
}

/* Of one action, the word for how it was meant. */
static const char *
deed(const json_t *content)
{
	const char *action =
	    json_string_value(json_object_get(content, "action"));
	bool is_of_somebody =
	    json_array_size(json_object_get(content, "users")) == 0;

	if (action == NULL)
		return "";
	if (strcmp(action, "slow_mode") == 0 &&
	    json_integer_value(json_object_get(content, "seconds")) == 0)
		return "slow_off";
	if (strcmp(action, "permitted") == 0 &&
	    json_array_size(json_object_get(content, "permissions")) == 0)
		return "unpermitted";
	if (strcmp(action, "barred") == 0 && is_of_somebody)
		return "barred_somebody";
	if (strcmp(action, "unbanned") == 0 && is_of_somebody)
		return "unbanned_somebody";
	return action;
}

const char *
notice_html(struct arena *a, const json_t *content)
{
	const char   *what = deed(content), *s = NULL;
	struct strbuf out;

	for (size_t i = 0; i < sizeof(sentences) / sizeof(sentences[0]); i++)
		if (strcmp(sentences[i].deed, what) == 0)
			s = sentences[i].sentence;
	if (s == NULL)
		return NULL;
	strbuf_init(&out, a);
	strbuf_adds(&out, "<p>");
	for (; *s != '\0'; s++)
		if (*s == '%')
			add_part(&out, *++s, content);
		else
			strbuf_addc(&out, *s);
	strbuf_adds(&out, "</p>");
	return out.data;
}
