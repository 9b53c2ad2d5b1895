/* SPDX-License-Identifier: MIT */
/*
 * template_file.c -- How a template is read from its file.
 *
 * Line breaks and indentation are for who reads the template, not for the
 * browser: they cost bytes on every page, and a blank between two elements
 * shows.  So they are dropped once, when the file is parsed, and templates
 * are laid out one element a line.  A blank that matters stands in the line.
 * What is printed by a variable is not touched: that comes later.
 */
#include "web/template_file.h"

#include <limits.h>
#include <stdbool.h>
#include <string.h>

/*
 * Drops each line break, with the tabs that follow it, that stands outside of
 * a <?cs ... ?>: in place.
 */
static void
join_lines(char *text)
{
	bool  is_code = false;
	char *to = text;

	for (const char *from = text; *from != '\0';) {
		if (strncmp(from, is_code ? "?>" : "<?", 2) == 0)
			is_code = !is_code;
		if (*from == '\n' && !is_code)
			from += 1 + strspn(from + 1, "\t");
		else
			*to++ = *from++;
	}
	*to = '\0';
}

static NEOERR *
load(void *ctx, HDF *hdf, const char *name, char **text_r)
{
	char	path[PATH_MAX];
	NEOERR *err;

	(void)ctx;
	if ((err = hdf_search_path(hdf, name, path)) != STATUS_OK ||
	    (err = ne_load_file(path, text_r)) != STATUS_OK)
		return err;
	join_lines(*text_r);
	return STATUS_OK;
}

void
template_file_register(CSPARSE *parse)
{
	cs_register_fileload(parse, NULL, load);
}
