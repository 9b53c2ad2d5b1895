/* SPDX-License-Identifier: MIT */
/*
 * bad_line.h -- A line to MariaDB that gives an answer as it is told to.
 *
 * What libmariadb makes of an answer that is mixed up, short or too long can
 * only be seen where it reads one.  A process of its own stands between two
 * sockets, passes everything on, and knows where a packet ends.
 */
#ifndef PARLEY_TESTS_BAD_LINE_H
#define PARLEY_TESTS_BAD_LINE_H

#include <stddef.h>

/* Listens at one path for a server at the other; ends with the test. */
void bad_line_start(const char *path, const char *server);

/*
 * Waits for the next n packets of an answer and then gives those that are
 * named, 'a' for the first, and ends the line if a '.' follows them.
 */
void bad_line_next(size_t n, const char *order);

#endif
