/* SPDX-License-Identifier: MIT */
/*
 * hub_address.c -- Where a request comes from, as a number to count by.
 *
 * lighttpd decides who the client is (see trusted.proxies) and hands him on in
 * X-Forwarded-For, which the client cannot set; were there more in it, the last
 * is lighttpd's.  REMOTE_ADDR is lighttpd itself.  An IPv6 client has a whole
 * /64 to choose from, so that is what counts.
 */
#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#include "delivery/hub_private.h"

const char *
hub_header(const char *headers, size_t len, const char *name)
{
	size_t n = strlen(name);

	for (const char *at = headers, *end = headers + len; at < end;
	     at += strlen(at) + 1)
		if (strncmp(at, name, n) == 0 && at[n] == '=')
			return at + n + 1;
	return "";
}

static uint64_t
number(const unsigned char *bytes, size_t n)
{
	uint64_t all = 0;

	for (size_t i = 0; i < n; i++)
		all = all << 8 | bytes[i];
	return all;
}

uint64_t
hub_address(const char *headers, size_t len)
{
	const char   *text = hub_header(headers, len, "HTTP_X_FORWARDED_FOR");
	const char   *last = strrchr(text, ',');
	unsigned char bytes[16];

	if (*text == '\0')
		text = hub_header(headers, len, "REMOTE_ADDR");
	else if (last != NULL)
		text = last + 1;
	text += strspn(text, " ");
	if (strncasecmp(text, "::ffff:", 7) == 0 && strchr(text, '.') != NULL)
		text += 7;
	if (inet_pton(AF_INET, text, bytes) == 1)
		return number(bytes, 4);
	return inet_pton(AF_INET6, text, bytes) == 1 ? number(bytes, 8) : 0;
}
