/* SPDX-License-Identifier: MIT */
/* user.c -- parleyctl user: look at an account, or delete it. */
#include "ctl.h"

#include <inttypes.h>
#include <stdio.h>

#include "account/account.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/str.h"
#include "web/web.h"

static int
user_get(
    struct ctl *ctl, int argc, char **argv, struct user *user, struct err *e)
{
	struct app *app;
	uint64_t    id;
	int	    found;

	if (argc != 1 || !id_parse(argv[0], &id))
		return ctl_bad_args(e);
	if ((app = ctl_app(ctl, e)) == NULL)
		return -1;
	found = account_find(app, ctl->arena, id, user, e);
	if (found == 0)
		return err_set(e, ERR_NOT_FOUND, "not_found",
		    "there is no user %" PRIu64, id);
	return found == -1 ? -1 : 0;
}

int
ctl_user_show(struct ctl *ctl, int argc, char **argv, struct err *e)
{
	struct user u = {0};

	if (user_get(ctl, argc, argv, &u, e) == -1)
		return -1;
	printf("id            %" PRIu64 "\n", u.id);
	printf("username      %s\n", u.username);
	printf("display name  %s\n", u.display_name);
	printf("e-mail        %s\n", u.email != NULL ? u.email : "");
	printf("role          %s\n", u.role == ROLE_ADMIN ? "admin" : "user");
	printf("created       %s\n", time_text(ctl->arena, u.created_ms));
	printf("last active   %s\n",
	    u.last_active_ms != 0 ? time_text(ctl->arena, u.last_active_ms)
				  : "never");
	return 0;
}

int
ctl_user_delete(struct ctl *ctl, int argc, char **argv, struct err *e)
{
	struct user u = {0};

	if (user_get(ctl, argc, argv, &u, e) == -1 ||
	    account_delete(ctl->app, ctl->arena, u.id, NULL, e) == -1)
		return -1;
	printf("%s is deleted.\n", u.username);
	return 0;
}
