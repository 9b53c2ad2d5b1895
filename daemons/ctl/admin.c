/* SPDX-License-Identifier: MIT */
/*
 * admin.c -- parleyctl admin: the first administrator, and others.
 *
 * The link is made only where there is no administrator yet: it is a key to
 * the house.
 */
#include "ctl.h"

#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "account/account.h"
#include "base/arena.h"
#include "base/err.h"
#include "web/web.h"

int
ctl_admin_link(struct ctl *ctl, int argc, char **argv, struct err *e)
{
	const char *token = NULL;
	struct app *app;
	bool	    has = false;

	(void)argv;
	if (argc != 0)
		return ctl_bad_args(e);
	if ((app = ctl_app(ctl, e)) == NULL ||
	    account_has_admin(app, ctl->arena, &has, e) == -1)
		return -1;
	if (has)
		return err_set(e, ERR_CONFLICT, "conflict",
		    "there is an administrator already");
	if (account_admin_link(app, ctl->arena, &token, e) == -1)
		return -1;
	printf("%s\n", token);
	return 0;
}

/* A line of standard input; a terminal does not show it. */
static int
read_password(char *line, size_t size, struct err *e)
{
	struct termios shown, hidden;
	bool	       is_terminal = tcgetattr(STDIN_FILENO, &shown) == 0;
	bool	       is_read;

	if (is_terminal) {
		fputs("Password: ", stderr);
		hidden = shown;
		hidden.c_lflag &= ~(tcflag_t)ECHO;
		(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
	}
	is_read = fgets(line, (int)size, stdin) != NULL;
	if (is_terminal) {
		(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
		fputc('\n', stderr);
	}
	if (!is_read)
		return err_set(
		    e, ERR_INVALID, "invalid", "no password on standard input");
	line[strcspn(line, "\n")] = '\0';
	return 0;
}

int
ctl_admin_create(struct ctl *ctl, int argc, char **argv, struct err *e)
{
	struct account_registration new = {
	    .role = ROLE_ADMIN, .locale = "", .is_invited = true};
	struct user user = {0};
	struct app *app;
	char	    password[1024];
	int	    rc = -1;

	if (argc != 1)
		return ctl_bad_args(e);
	new.username = new.display_name = argv[0];
	new.password = password;
	if ((app = ctl_app(ctl, e)) != NULL &&
	    read_password(password, sizeof(password), e) == 0)
		rc = account_register(app, ctl->arena, &new, &user, e);
	explicit_bzero(password, sizeof(password));
	if (rc == 0)
		printf("%s is an administrator now.\n", user.username);
	return rc;
}
