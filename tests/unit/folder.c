/* SPDX-License-Identifier: MIT */
/* folder.c -- A folder below /tmp, for a test that writes files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "folder.h"

#define TEMPLATE "/tmp/parley-test-XXXXXX"

char folder[sizeof(TEMPLATE)];

int
folder_set_up(void **state)
{
	(void)state;
	memcpy(folder, TEMPLATE, sizeof(TEMPLATE));
	return mkdtemp(folder) == NULL ? -1 : 0;
}

int
folder_tear_down(void **state)
{
	char command[sizeof("rm -r ") + sizeof(TEMPLATE)];

	(void)state;
	(void)snprintf(command, sizeof(command), "rm -r %s", folder);
	return system(command);
}

const char *
folder_path(const char *name)
{
	static char path[256];
	int	    n = snprintf(path, sizeof(path), "%s/%s", folder, name);

	assert_in_range(n, 1, sizeof(path) - 1);
	return path;
}

void
folder_make(const char *name)
{
	assert_int_equal(mkdir(folder_path(name), 0700), 0);
}

void
folder_write(const char *name, const char *text)
{
	FILE *file = fopen(folder_path(name), "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}
