/* SPDX-License-Identifier: MIT */
/* web_private.h -- What a page program holds for its whole life. */
#ifndef PARLEY_WEB_PRIVATE_H
#define PARLEY_WEB_PRIVATE_H

#include "web/web.h"

struct templates;

struct web {
	const struct web_program *program;
	const struct config	 *config;
	struct app		 *app;
	struct templates	 *templates;
	struct sandbox		 *sandbox;   /* of a worker */
	const char		 *operators; /* operator.addresses */
	const char		 *language;  /* site.language */
	const char		 *site_name; /* site.name */
	const char		 *site_url;  /* site.url; "": as asked */
};

#endif
