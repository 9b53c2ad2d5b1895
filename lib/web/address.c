/* SPDX-License-Identifier: MIT */
/* address.c -- Is a client's address one of a list? */
#include "web/address.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

struct address {
	int	      family;
	unsigned char bytes[16];
};

enum { ENTRY_MAX = 64 };

static bool
address_parse(const char *text, struct address *a)
{
	memset(a, 0, sizeof(*a));
	a->family = strchr(text, ':') != NULL ? AF_INET6 : AF_INET;
	return inet_pton(a->family, text, a->bytes) == 1;
}

static bool
prefix_equal(const unsigned char *a, const unsigned char *b, unsigned bits)
{
	unsigned whole = bits / 8, rest = bits % 8;

	if (memcmp(a, b, whole) != 0)
		return false;
	return rest == 0 || ((a[whole] ^ b[whole]) >> (8 - rest)) == 0;
}

/* An entry is an address or a network, "a.b.c.d/n"; it is cut in two. */
static bool
entry_matches(char *entry, const struct address *client)
{
	char	      *slash = strchr(entry, '/');
	uint64_t       most = client->family == AF_INET ? 32 : 128;
	uint64_t       bits = most;
	struct address net;

	if (slash != NULL)
		*slash++ = '\0';
	if (!address_parse(entry, &net) || net.family != client->family ||
	    (slash != NULL && (!parse_u64(slash, &bits) || bits > most)))
		return false;
	return prefix_equal(net.bytes, client->bytes, (unsigned)bits);
}

bool
address_in_list(const char *address, const char *list)
{
	static const char separators[] = " ,\t";
	struct address	  client;
	char		  entry[ENTRY_MAX];

	if (!address_parse(address, &client))
		return false;
	for (list += strspn(list, separators); *list != '\0';
	     list += strspn(list, separators)) {
		size_t n = strcspn(list, separators);

		if (n < sizeof(entry)) {
			memcpy(entry, list, n);
			entry[n] = '\0';
			if (entry_matches(entry, &client))
				return true;
		}
		list += n;
	}
	return false;
}
