/* SPDX-License-Identifier: MIT */
/*
 * ctl.h -- parleyctl: one command is one file and one row of the table.
 *
 * A command prints what it found on standard output and returns 0, or -1 with
 * the reason in *e, which main.c prints as one line.  Its usage line is in its
 * row, so the help is always true.
 */
#ifndef PARLEY_CTL_H
#define PARLEY_CTL_H

#include <stdbool.h>

struct app;
struct arena;
struct config;
struct err;

/* What a command is handed; made when first asked for. */
struct ctl {
	const char    *instance;
	struct arena  *arena;
	struct config *config; /* by ctl_config() */
	struct app    *app;    /* by ctl_app() */
};

struct command {
	const char *name; /* one word, or two: "admin link" */
	const char *args;
	const char *help;
	int (*run)(struct ctl *, int argc, char **argv, struct err *);
};

/* The settings; NULL with *e. */
const struct config *ctl_config(struct ctl *, struct err *);

/* The instance's engines, as the MariaDB user ctl; NULL with *e. */
struct app *ctl_app(struct ctl *, struct err *);

/* Where sql/ and deploy/ are: $PARLEY_HOME, or the folder above parleyctl. */
const char *ctl_home(struct arena *);

/* "these arguments will not do": -1. */
int ctl_bad_args(struct err *);

int ctl_admin_create(struct ctl *, int argc, char **argv, struct err *);
int ctl_admin_link(struct ctl *, int argc, char **argv, struct err *);
int ctl_assets(struct ctl *, int argc, char **argv, struct err *);
int ctl_bootstrap(struct ctl *, int argc, char **argv, struct err *);
int ctl_config_show(struct ctl *, int argc, char **argv, struct err *);
int ctl_demo(struct ctl *, int argc, char **argv, struct err *);
int ctl_dlq_drop(struct ctl *, int argc, char **argv, struct err *);
int ctl_dlq_list(struct ctl *, int argc, char **argv, struct err *);
int ctl_dlq_replay(struct ctl *, int argc, char **argv, struct err *);
int ctl_dlq_show(struct ctl *, int argc, char **argv, struct err *);
int ctl_doctor(struct ctl *, int argc, char **argv, struct err *);
int ctl_health(struct ctl *, int argc, char **argv, struct err *);
int ctl_keys_create(struct ctl *, int argc, char **argv, struct err *);
int ctl_keys_rotate(struct ctl *, int argc, char **argv, struct err *);
int ctl_migrate(struct ctl *, int argc, char **argv, struct err *);
int ctl_node_check(struct ctl *, int argc, char **argv, struct err *);
int ctl_port(struct ctl *, int argc, char **argv, struct err *);
int ctl_status(struct ctl *, int argc, char **argv, struct err *);
int ctl_tls_self_signed(struct ctl *, int argc, char **argv, struct err *);
int ctl_user_delete(struct ctl *, int argc, char **argv, struct err *);
int ctl_user_show(struct ctl *, int argc, char **argv, struct err *);

/* -- parts of commands, in files of their own ------------------------------ */

/* What doctor warns of beside the machine's limits. */
void doctor_site(struct ctl *, const struct config *);

/* Of node check: conflict, where keys or passwords are not the other nodes'. */
int node_secrets_check(struct ctl *, struct app *, struct err *);

#endif
