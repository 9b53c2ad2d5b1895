/* SPDX-License-Identifier: MIT */
/*
 * config.c -- parleyctl config: the settings, for people, scripts and docs.
 *
 * All forms walk the one table of keys, so none can lack one.
 */
#include "ctl.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/config.h"
#include "base/err.h"

static void
print_value(const struct config *c, const struct config_key *k)
{
	if (k->type == CONFIG_INT)
		printf("%" PRId64, config_int(c, k->name));
	else if (k->type == CONFIG_BOOL)
		printf("%s", config_bool(c, k->name) ? "on" : "off");
	else
		printf("%s", config_str(c, k->name));
}

static void
print_plain(const struct config *c, const struct config_key *k)
{
	printf("%s = ", k->name);
	print_value(c, k);
	printf("  # %s\n", config_origin(c, k->name));
}

/* config_http_port='8080': safe to eval, whatever the value holds. */
static void
print_shell(const struct config *c, const struct config_key *k)
{
	printf("config_");
	for (const char *s = k->name; *s != '\0'; s++)
		putchar(*s == '.' ? '_' : *s);
	printf("='");
	if (k->type != CONFIG_INT && k->type != CONFIG_BOOL) {
		for (const char *s = config_str(c, k->name); *s != '\0'; s++)
			if (*s == '\'')
				printf("'\\''");
			else
				putchar(*s);
	} else
		print_value(c, k);
	printf("'\n");
}

/* -- the reference: docs/configuration.md ---------------------------------- */

static void
print_bounds(const struct config_key *k)
{
	if (k->type == CONFIG_INT)
		printf("%" PRId64 " … %" PRId64, k->min, k->max);
	else if (k->type == CONFIG_BOOL)
		printf("`on`, `off`");
	else if (k->type == CONFIG_ENDPOINTS)
		printf("`unix:/path` or `host:port`%s",
		    k->max == 1 ? "" : ", by commas");
	else if (k->type == CONFIG_STRING)
		printf("text, at most %" PRId64 " bytes", k->max);
	else
		for (const char *s = k->choices; *s != '\0';) {
			int n = (int)strcspn(s, " ");

			printf("%s`%.*s`", s == k->choices ? "" : ", ", n, s);
			s += n;
			s += strspn(s, " ");
		}
}

static void
print_markdown_row(const struct config_key *k)
{
	printf("| `%s` | ", k->name);
	if (*k->fallback != '\0')
		printf("`%s`", k->fallback);
	printf(" | ");
	print_bounds(k);
	printf(" | %s |\n", k->help);
}

static const char markdown_head[] =
    "# Settings\n"
    "\n"
    "<!-- Made by `parleyctl config --markdown` from lib/base/config_keys.c: "
    "change it there. -->\n"
    "\n"
    "A setting is a line `key = value` in `INSTANCE/parley.conf`; `#` starts "
    "a comment.\n"
    "The environment overrides it: `a.b` is `PARLEY_A_B`. An unknown key or "
    "a bad value\n"
    "stops the start, with file, line and key. `parleyctl config` prints what "
    "holds and why.\n"
    "A change takes effect at the next `make stop` and `make run`.\n";

/* A table for each subject, the part of the key before the dot. */
static void
print_markdown(void)
{
	const char *subject = "";
	size_t	    length = 0;

	fputs(markdown_head, stdout);
	for (const struct config_key *k = config_keys; k->name != NULL; k++) {
		if (length == 0 || strncmp(k->name, subject, length + 1) != 0) {
			subject = k->name;
			length = strcspn(subject, ".");
			printf("\n## %.*s\n\n| key | default | values | what "
			       "it is |\n|---|---|---|---|\n",
			    (int)length, subject);
		}
		print_markdown_row(k);
	}
}

int
ctl_config_show(struct ctl *ctl, int argc, char **argv, struct err *e)
{
	const char	    *form = argc == 1 ? argv[0] : "";
	const struct config *c;

	if (strcmp(form, "--markdown") == 0) {
		print_markdown();
		return 0;
	}
	if (argc > 1 || (*form != '\0' && strcmp(form, "--check") != 0 &&
			    strcmp(form, "--shell") != 0))
		return ctl_bad_args(e);
	if ((c = ctl_config(ctl, e)) == NULL)
		return -1;
	for (const struct config_key *k = config_keys; k->name != NULL; k++) {
		if (*form == '\0')
			print_plain(c, k);
		else if (strcmp(form, "--shell") == 0)
			print_shell(c, k);
	}
	return 0;
}
