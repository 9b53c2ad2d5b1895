/* SPDX-License-Identifier: MIT */
/* address.h -- Is a client's address one of a list? */
#ifndef PARLEY_WEB_ADDRESS_H
#define PARLEY_WEB_ADDRESS_H

#include <stdbool.h>

/*
 * list: IPv4 and IPv6 addresses and networks ("10.0.0.0/8"), with blanks or
 * commas between them.  What can't be read in it matches nothing.
 */
bool address_in_list(const char *address, const char *list);

#endif
