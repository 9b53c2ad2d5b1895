/* SPDX-License-Identifier: MIT */
/*
 * template.c -- Templates: read by ClearSilver, made into programs, run.
 *
 * There is a program for each template and language, made when it is first
 * asked for and kept for the life of the process.  A page program asks for
 * those that its routes name before it forks, so its workers share them.
 */
#include "web/template.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "web/asset.h"
#include "web/function.h"
#include "web/template_file.h"
#include "web/template_tree.h"
#include "web/texts.h"

enum { TEMPLATES_MAX = 48, NAME_SIZE = 48, HOME_MAX = 4000 };

static const char *const LANGUAGES[] = {"en", "zh"};

enum { NLANGUAGES = sizeof(LANGUAGES) / sizeof(LANGUAGES[0]) };

struct templates {
	struct arena	*arena;
	HDF		*setup; /* where ClearSilver finds files */
	struct constants constants[NLANGUAGES];
	struct {
		char	       name[NAME_SIZE];
		struct program programs[NLANGUAGES];
	} made[TEMPLATES_MAX];
	size_t nmade;
};

static int
set_neoerr(struct err *e, const char *what, NEOERR *neoerr)
{
	STRING text;

	string_init(&text);
	nerr_error_string(neoerr, &text);
	err_set(e, ERR_INTERNAL, "template", "%s: %s", what,
	    text.buf == NULL ? "?" : text.buf);
	string_clear(&text);
	nerr_ignore(&neoerr);
	return -1;
}

static int
open_constants(
    struct templates *t, const char *home, const char *files, struct err *e)
{
	json_t *assets = json_object();

	if (assets_name(assets, files, e) == -1) {
		json_decref(assets);
		return -1;
	}
	for (size_t i = 0; i < NLANGUAGES; i++) {
		t->constants[i].assets = json_incref(assets);
		t->constants[i].texts = texts_read(home, LANGUAGES[i], e);
	}
	json_decref(assets);
	return e->kind == ERR_NONE ? 0 : -1;
}

int
templates_open(
    struct templates **t_r, const char *home, const char *files, struct err *e)
{
	struct templates *t;
	NEOERR		 *err;

	if (strlen(home) > HOME_MAX)
		return err_set(e, ERR_INTERNAL, "template",
		    "the path of the templates is too long");
	if ((t = calloc(1, sizeof(*t))) == NULL)
		abort();
	*t_r = t;
	t->arena = arena_new(0);
	if ((err = hdf_init(&t->setup)) != STATUS_OK ||
	    (err = hdf_set_valuef(
		 t->setup, "hdf.loadpaths.0=%s/templates", home)) != STATUS_OK)
		return set_neoerr(e, "templates", err);
	return open_constants(t, home, files, e);
}

void
templates_close(struct templates **t_r)
{
	struct templates *t = *t_r;

	if (t == NULL)
		return;
	for (size_t i = 0; i < NLANGUAGES; i++) {
		json_decref(t->constants[i].assets);
		json_decref(t->constants[i].texts);
	}
	hdf_destroy(&t->setup);
	arena_free(&t->arena);
	free(t);
	*t_r = NULL;
}

static NEOERR *
parse_file(struct templates *t, const char *name, CSPARSE **parse_r)
{
	char	file[NAME_SIZE + 8];
	NEOERR *err;

	(void)snprintf(file, sizeof(file), "%s.cst", name);
	if ((err = cs_init(parse_r, t->setup)) != STATUS_OK)
		return err;
	template_file_register(*parse_r);
	if ((err = functions_register(*parse_r)) != STATUS_OK)
		return err;
	return cs_parse_file(*parse_r, file);
}

/* The file as ClearSilver understands it, made into one for each language. */
static int
make(struct templates *t, const char *name,
    struct program programs_r[NLANGUAGES], struct err *e)
{
	CSPARSE *parse = NULL;
	NEOERR	*err = parse_file(t, name, &parse);
	int	 rc = err == STATUS_OK ? 0 : set_neoerr(e, name, err);

	for (size_t i = 0; i < NLANGUAGES && rc == 0; i++)
		rc = template_compile(
		    t->arena, name, parse, &t->constants[i], &programs_r[i], e);
	cs_destroy(&parse);
	return rc;
}

static int
find(struct templates *t, const char *name, const struct program **programs_r,
    struct err *e)
{
	size_t i = 0;

	while (i < t->nmade && strcmp(t->made[i].name, name) != 0)
		i++;
	if (i == TEMPLATES_MAX || strlen(name) >= NAME_SIZE)
		return err_set(e, ERR_INTERNAL, "template",
		    "%s: one template too many", name);
	if (i == t->nmade) {
		if (make(t, name, t->made[i].programs, e) == -1)
			return -1;
		strcpy(t->made[i].name, name);
		t->nmade++;
	}
	*programs_r = t->made[i].programs;
	return 0;
}

int
template_load(struct templates *t, const char *name, struct err *e)
{
	const struct program *programs = NULL;

	return find(t, name, &programs, e);
}

static size_t
language_index(const char *lang)
{
	for (size_t i = 0; i < NLANGUAGES; i++)
		if (strcmp(LANGUAGES[i], lang) == 0)
			return i;
	return 0;
}

int
template_render(struct templates *t, const char *name,
    const struct render *render, struct err *e)
{
	const struct function_context ctx = {render->lang, render->arena};
	const struct program	     *programs = NULL;

	if (t == NULL)
		return err_set(e, ERR_INTERNAL, "template",
		    "this program has no templates");
	if (find(t, name, &programs, e) == -1)
		return -1;
	functions_set_zone(render->zone);
	template_run(&programs[language_index(render->lang)], render->page,
	    render->data, &ctx, render->out);
	return 0;
}
