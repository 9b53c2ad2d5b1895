/* SPDX-License-Identifier: MIT */
/*
 * secret.h -- The files of INSTANCE/secrets: one password or key each.
 *
 * Programs read theirs once, at the start or with a connection.  A file that
 * is not there is no error: whether one is needed its reader knows.
 */
#ifndef PARLEY_BASE_SECRET_H
#define PARLEY_BASE_SECRET_H

#include <stddef.h>
#include <sys/types.h>

struct err;

enum { SECRET_TEXT = 256 };

/* The first size bytes: how many; 0, there is none; or -1. */
ssize_t secret_read(
    const char *instance, const char *name, void *p, size_t size, struct err *);

/* The first line; "" where there is none.  Whoever asks wipes it: 0, or -1. */
int secret_text(const char *instance, const char *name,
    char text_r[SECRET_TEXT], struct err *);

/*
 * Makes one of n bytes, whole and on the disk: 0, or -1.  Of several who do
 * so at once the first prevails, and the others read it.
 */
int secret_make(const char *instance, const char *name, const void *p, size_t n,
    struct err *);

#endif
