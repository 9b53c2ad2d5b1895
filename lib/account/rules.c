/* SPDX-License-Identifier: MIT */
/*
 * rules.c -- What a profile's fields may be.
 *
 * Passwords have a file of their own, strength.c.
 */
#include <string.h>
#include <strings.h>

#include "account/rules.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

static bool
is_one_of(const char *word, const char *const *words)
{
	for (; *words != NULL; words++)
		if (strcmp(word, *words) == 0)
			return true;
	return false;
}

const char *
username_fold(struct arena *a, const char *name)
{
	char *folded = arena_strdup(a, name);

	for (char *p = folded; *p != '\0'; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p += 'a' - 'A';
	return folded;
}

int
username_check(const char *name, struct err *e)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.";
	size_t		  n = name == NULL ? 0 : strlen(name);

	if (n == 0)
		return err_field(
		    e, "username", "required", "Choose a username.");
	if (strspn(name, allowed) != n)
		return err_field(e, "username", "characters",
		    "Only letters a-z, digits, _ and . can be used.");
	if (n < USERNAME_MIN)
		return err_field(e, "username", "too_short",
		    "At least %d characters are needed.", USERNAME_MIN);
	if (n > USERNAME_MAX)
		return err_field(e, "username", "too_long",
		    "At most %d characters are possible.", USERNAME_MAX);
	/* "@all" calls everybody. */
	if (strcasecmp(name, "all") == 0)
		return err_field(
		    e, "username", "taken", "This username is taken.");
	return 0;
}

/* What every text of a profile must be: valid, and as long as it may be. */
static int
text_check(const char *field, const char *text, size_t max, const char *allowed,
    struct err *e)
{
	size_t n = strlen(text);

	if (!utf8_valid(text, n) || utf8_has_control(text, n, allowed))
		return err_field(e, field, "characters",
		    "It holds characters that cannot be shown.");
	if (utf8_length(text, n) > max)
		return err_field(e, field, "too_long",
		    "At most %zu characters are possible.", max);
	return 0;
}

int
display_name_check(const char *name, struct err *e)
{
	if (name == NULL)
		return 0;
	if (utf8_is_blank(name, strlen(name)))
		return err_field(
		    e, "display_name", "required", "A name to show is needed.");
	return text_check("display_name", name, DISPLAY_NAME_MAX, "", e);
}

int
bio_check(const char *bio, struct err *e)
{
	return bio == NULL ? 0 : text_check("bio", bio, BIO_MAX, "\n\t", e);
}

/*
 * Something@domain.tld, no more: whether mail arrives is found out by sending
 * one, not by a grammar.  An empty one means "none".
 */
int
email_check(const char *email, struct err *e)
{
	const char *at;
	size_t	    n;

	if (email == NULL || *email == '\0')
		return 0;
	n = strlen(email);
	if (n > EMAIL_MAX)
		return err_field(e, "email", "too_long",
		    "At most %d characters are possible.", EMAIL_MAX);
	at = strrchr(email, '@');
	if (!utf8_valid(email, n) || utf8_has_control(email, n, "") ||
	    strpbrk(email, " <>\"'(),:;\\") != NULL || at == NULL ||
	    at == email || strchr(email, '@') != at || at[1] == '.' ||
	    strchr(at + 1, '.') == NULL || email[n - 1] == '.')
		return err_field(e, "email", "email",
		    "This does not look like an e-mail address.");
	return 0;
}

static int
choice_check(const char *field, const char *value, const char *const *words,
    struct err *e)
{
	if (value == NULL || is_one_of(value, words))
		return 0;
	return err_field(e, field, "choice", "This is not one to choose.");
}

int
locale_check(const char *locale, struct err *e)
{
	static const char *const words[] = {"", "en", "zh", NULL};

	return choice_check("locale", locale, words, e);
}

int
theme_check(const char *theme, struct err *e)
{
	static const char *const words[] = {"auto", "light", "dark", NULL};

	return choice_check("theme", theme, words, e);
}

int
presence_check(const char *presence, struct err *e)
{
	static const char *const words[] = {
	    "online", "away", "busy", "invisible", NULL};

	return choice_check("presence", presence, words, e);
}

/* Whether any of the marks is in the text; the first that is names it. */
struct mark {
	const char *in_header, *name;
};

static const char *
mark_find(const char *text, const struct mark *marks)
{
	for (; marks->name != NULL; marks++)
		if (strstr(text, marks->in_header) != NULL)
			return marks->name;
	return NULL;
}

const char *
device_of(struct arena *a, const char *user_agent)
{
	/* Browsers name their ancestors, too: the youngest comes first here. */
	static const struct mark programs[] = {{"Edg", "Edge"},
	    {"OPR/", "Opera"}, {"Firefox/", "Firefox"}, {"FxiOS/", "Firefox"},
	    {"CriOS/", "Chrome"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"},
	    {"curl/", "curl"}, {NULL, NULL}};
	static const struct mark systems[] = {{"Android", "Android"},
	    {"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Windows", "Windows"},
	    {"Mac OS X", "macOS"}, {"CrOS", "ChromeOS"}, {"Linux", "Linux"},
	    {NULL, NULL}};
	const char		*program, *system;

	if (user_agent == NULL)
		return "";
	program = mark_find(user_agent, programs);
	system = mark_find(user_agent, systems);
	if (program != NULL && system != NULL)
		return arena_printf(a, "%s on %s", program, system);
	if (program != NULL || system != NULL)
		return program != NULL ? program : system;
	return "";
}
