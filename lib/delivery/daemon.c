/* SPDX-License-Identifier: MIT */
/* daemon.c -- The options that all daemons take. */
#include "delivery/daemon.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/config.h"
#include "base/err.h"

static int
check(const char *program, const char *instance)
{
	struct config *config = NULL;
	struct err     e = {0};

	if (config_load(&config, instance, &e) == -1) {
		fprintf(stderr, "%s: %s\n", program, e.detail);
		return 1;
	}
	config_free(&config);
	return 0;
}

bool
daemon_options(int argc, char **argv, const char *program,
    const char **instance_r, int *status_r)
{
	bool is_check = false;
	int  option;

	while ((option = getopt(argc, argv, "n")) != -1)
		if (option == 'n')
			is_check = true;
		else
			goto usage;
	if (argc - optind > 1)
		goto usage;
	*instance_r = optind < argc ? argv[optind] : getenv("PARLEY_INSTANCE");
	if (*instance_r == NULL) {
		fprintf(stderr, "%s: which instance?\n", program);
		*status_r = 2;
		return false;
	}
	if (is_check)
		*status_r = check(program, *instance_r);
	return !is_check;
usage:
	fprintf(stderr, "usage: %s [-n] [INSTANCE]\n", program);
	*status_r = 2;
	return false;
}
