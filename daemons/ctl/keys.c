/* SPDX-License-Identifier: MIT */
/* keys.c -- parleyctl keys: the pairs that sign access tokens. */
#include "ctl.h"

#include <stdio.h>

#include "account/token.h"
#include "base/config.h"
#include "base/err.h"

int
ctl_keys_create(struct ctl *ctl, int argc, char **argv, struct err *e)
{
	const struct config *c;

	(void)argv;
	if (argc != 0)
		return ctl_bad_args(e);
	if ((c = ctl_config(ctl, e)) == NULL)
		return -1;
	return token_keys_create(config_instance(c), e);
}

/* Programs read the keys when they start: those that run are told to. */
int
ctl_keys_rotate(struct ctl *ctl, int argc, char **argv, struct err *e)
{
	const struct config *c;

	(void)argv;
	if (argc != 0)
		return ctl_bad_args(e);
	if ((c = ctl_config(ctl, e)) == NULL ||
	    token_keys_rotate(config_instance(c), e) == -1)
		return -1;
	printf("A new key is in %s/secrets/jwt; it is used after the next "
	       "restart.\n",
	    config_instance(c));
	return 0;
}
