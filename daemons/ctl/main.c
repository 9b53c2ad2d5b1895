/* SPDX-License-Identifier: MIT */
/*
 * main.c -- parleyctl, the operator's tool.
 *
 * Finds the command in the table below and runs it.  It leaves everything
 * else to the commands, and to the same use cases that the programs call.
 */
#include "ctl.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/config.h"
#include "base/err.h"
#include "base/process.h"
#include "data/app.h"

static const struct command commands[] = {
    {"admin create", "NAME",
	"makes an administrator; the password is read from standard input",
	ctl_admin_create},
    {"admin link", "",
	"prints the one-time token of /setup/TOKEN, where there is no "
	"administrator yet",
	ctl_admin_link},
    {"assets", "FOLDER", "prints where pages look for the static files in it",
	ctl_assets},
    {"bootstrap", "", "prints the first statements of a new database",
	ctl_bootstrap},
    {"config", "[--check | --shell | --markdown]",
	"the settings and where each comes from; or only checks them; or as "
	"shell variables; or the reference",
	ctl_config_show},
    {"demo", "[--force]",
	"fills the running instance with a small community to look around in; "
	"not where other people are, unless --force",
	ctl_demo},
    {"dlq drop", "ID... | --all [--json]",
	"forgets events that could not be delivered", ctl_dlq_drop},
    {"dlq list", "[--json]",
	"events that could not be delivered, oldest first, and why",
	ctl_dlq_list},
    {"dlq replay", "ID... | --all [--json]",
	"has them delivered once more, in their order", ctl_dlq_replay},
    {"dlq show", "ID [--json]", "one of them, whole", ctl_dlq_show},
    {"doctor", "",
	"checks the machine's limits against the settings, and whether events "
	"could not be delivered",
	ctl_doctor},
    {"health", "[--wait SECONDS]", "asks /readyz, and waits until it says yes",
	ctl_health},
    {"keys create", "", "makes the first key that signs tokens",
	ctl_keys_create},
    {"keys rotate", "",
	"adds a new key to sign with; tokens by the old ones stay good",
	ctl_keys_rotate},
    {"migrate", "", "brings the database and its users up to date",
	ctl_migrate},
    {"node check", "",
	"does this node fit those that run: its name, secrets, settings?",
	ctl_node_check},
    {"port", "ADDRESS PORT | --free",
	"is the port free to listen on?  or finds one", ctl_port},
    {"status", "", "every process with its health, age and memory", ctl_status},
    {"tls self-signed", "[NAME...]", "makes a certificate to try HTTPS with",
	ctl_tls_self_signed},
    {"user delete", "ID", "deletes an account and ends its sessions",
	ctl_user_delete},
    {"user show", "ID", "one account", ctl_user_show},
};

enum { NCOMMANDS = sizeof(commands) / sizeof(commands[0]) };

static int
usage(FILE *out)
{
	fprintf(out, "usage: parleyctl [-i INSTANCE] COMMAND\n");
	for (size_t i = 0; i < NCOMMANDS; i++)
		fprintf(out, "  %s %s\n      %s\n", commands[i].name,
		    commands[i].args, commands[i].help);
	fprintf(out, "INSTANCE is $PARLEY_INSTANCE, or var.\n");
	return out == stdout ? 0 : 2;
}

/* How many words of argv the name takes; 0: it is another command. */
static int
matches(const char *name, int argc, char **argv)
{
	const char *second = strchr(name, ' ');
	size_t	    first = second ? (size_t)(second - name) : strlen(name);

	if (argc < 1 || strlen(argv[0]) != first ||
	    strncmp(argv[0], name, first) != 0)
		return 0;
	if (second == NULL)
		return 1;
	return argc >= 2 && strcmp(argv[1], second + 1) == 0 ? 2 : 0;
}

const struct config *
ctl_config(struct ctl *ctl, struct err *e)
{
	if (ctl->config == NULL &&
	    config_load(&ctl->config, ctl->instance, e) == -1)
		return NULL;
	return ctl->config;
}

struct app *
ctl_app(struct ctl *ctl, struct err *e)
{
	if (ctl->app == NULL &&
	    app_open(&ctl->app, "ctl", ctl->instance, e) == -1)
		return NULL;
	return ctl->app;
}

/*
 * A running instance has the settings its start's environment gave it, kept in
 * run/environment; our own environment goes before them.
 */
static void
recall_environment(const char *instance)
{
	char  path[PATH_MAX], line[4096], *value;
	FILE *file = NULL;

	if (snprintf(path, sizeof(path), "%s/run/environment", instance) <
	    (int)sizeof(path))
		file = fopen(path, "re");
	while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if ((value = strchr(line, '=')) == NULL)
			continue;
		*value++ = '\0';
		(void)setenv(line, value, 0);
	}
	if (file != NULL)
		(void)fclose(file);
}

const char *
ctl_home(struct arena *arena)
{
	const char *given = getenv("PARLEY_HOME");
	char	    path[PATH_MAX], *slash;
	ssize_t	    n;

	if (given != NULL)
		return given;
	n = readlink("/proc/self/exe", path, sizeof(path) - 1);
	path[n > 0 ? n : 0] = '\0';
	while ((slash = strrchr(path, '/')) != NULL) {
		*slash = '\0';
		if (access(arena_printf(arena, "%s/sql/grants.sql", path),
			R_OK) == 0)
			return arena_strdup(arena, path);
	}
	return ".";
}

int
ctl_bad_args(struct err *e)
{
	return err_set(e, ERR_INVALID, "usage",
	    "these arguments will not do; see parleyctl help");
}

/* The reason, and each field at fault, a line. */
static void
complain(const struct err *e)
{
	fprintf(stderr, "parleyctl: %s\n", e->detail);
	for (unsigned i = 0; i < e->nfields; i++)
		fprintf(stderr, "parleyctl: %s: %s\n", e->fields[i].field,
		    e->fields[i].detail);
}

static int
run(struct ctl *ctl, const struct command *command, int argc, char **argv)
{
	struct err e = {0};
	int	   rc;

	rc = command->run(ctl, argc, argv, &e);
	if (rc == -1)
		complain(&e);
	app_close(&ctl->app);
	config_free(&ctl->config);
	arena_free(&ctl->arena);
	if (rc == 0)
		return 0;
	return e.code != NULL && strcmp(e.code, "usage") == 0 ? 2 : 1;
}

int
main(int argc, char **argv)
{
	struct ctl ctl = {.instance = getenv("PARLEY_INSTANCE")};
	int	   c, words;

	process_start("parleyctl");
	if (ctl.instance == NULL)
		ctl.instance = "var";
	while ((c = getopt(argc, argv, "+i:h")) != -1) {
		if (c != 'i')
			return usage(c == 'h' ? stdout : stderr);
		ctl.instance = optarg;
	}
	argc -= optind;
	argv += optind;
	if (argc == 1 && strcmp(argv[0], "help") == 0)
		return usage(stdout);
	for (size_t i = 0; i < NCOMMANDS; i++) {
		words = matches(commands[i].name, argc, argv);
		if (words == 0)
			continue;
		ctl.arena = arena_new(0);
		recall_environment(ctl.instance);
		return run(&ctl, &commands[i], argc - words, argv + words);
	}
	return usage(stderr);
}
