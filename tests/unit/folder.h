/* SPDX-License-Identifier: MIT */
/*
 * folder.h -- A folder below /tmp, for a test that writes files.
 *
 * A program has one at a time: for all of its tests, or anew for each.
 */
#ifndef PARLEY_TESTS_FOLDER_H
#define PARLEY_TESTS_FOLDER_H

extern char folder[]; /* its path, while there is one */

/* For cmocka, of a group or of a test; the state stays as it is. */
int folder_set_up(void **state);
int folder_tear_down(void **state);

/* In it: a folder, and a file with this text. */
void folder_make(const char *name);
void folder_write(const char *name, const char *text);

/* The path of what is in it; good until the next call. */
const char *folder_path(const char *name);

#endif
