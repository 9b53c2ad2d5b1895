/* SPDX-License-Identifier: MIT */
/* people.h -- The names in what was said, as they are now. */
#ifndef PARLEY_MESSAGE_PEOPLE_H
#define PARLEY_MESSAGE_PEOPLE_H

#include <stddef.h>

struct app;
struct arena;
struct err;
struct message;

/*
 * Who said each of n messages.  A deleted account has no name ("") as a sender
 * or in what a system message tells, and is mentioned no more.  One query.
 */
int message_name_people(
    struct app *, struct arena *, struct message *, size_t n, struct err *);

#endif
