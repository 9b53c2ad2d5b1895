/* SPDX-License-Identifier: MIT */
/* node.c -- parleyctl node check: does this node fit the others? */
#include "ctl.h"

#include <stdio.h>

#include "base/err.h"
#include "data/app.h"
#include "delivery/node.h"
#include "delivery/node_id.h"

int
ctl_node_check(struct ctl *ctl, int argc, char **argv, struct err *e)
{
	struct app *app;
	char	    node[NODE_ID_SIZE];

	(void)argv;
	if (argc != 0)
		return ctl_bad_args(e);
	if ((app = ctl_app(ctl, e)) == NULL ||
	    node_secrets_check(ctl, app, e) == -1 ||
	    node_id(app->config, node, e) == -1)
		return -1;
	if (node_announce(app, ctl->arena, node, true, e) == 0 ||
	    e->kind != ERR_UNAVAILABLE)
		return e->kind == ERR_CONFLICT ? -1 : 0;
	/* Its deliver will compare as soon as Redis is there. */
	printf("%s\n", e->detail);
	return 0;
}
