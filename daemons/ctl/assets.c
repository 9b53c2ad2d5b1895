/* SPDX-License-Identifier: MIT */
/*
 * assets.c -- parleyctl assets: where do pages look for the static files?
 *
 * For lighttpd: what is asked for below this may be kept for a year.  The same
 * files below another fingerprint are another version's, and may not be.
 */
#include <stdio.h>

#include "ctl.h"
#include "web/asset.h"

int
ctl_assets(struct ctl *ctl, int argc, char **argv, struct err *e)
{
	json_t	   *names = json_object();
	const char *base;
	int	    rc = -1;

	(void)ctl;
	if (argc != 1) {
		rc = ctl_bad_args(e);
	} else if (assets_name(names, argv[0], e) == 0) {
		base = json_string_value(json_object_get(names, ""));
		printf("%s\n", base == NULL ? "/static" : base);
		rc = 0;
	}
	json_decref(names);
	return rc;
}
