/* SPDX-License-Identifier: MIT */
/*
 * template.c -- ClearSilver: JSON in, HTML out.
 *
 * One parse tree for each template serves all languages, for the texts are
 * data like the rest: the tree T of the request's language.  ClearSilver's
 * parser and its output share nothing between templates but the HDF tree that
 * each render fills and empties.
 */
#include "web/template.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <ClearSilver.h>

#include "base/err.h"
#include "base/str.h"
#include "web/asset.h"
#include "web/function.h"
#include "web/hdf.h"
#include "web/template_file.h"

enum { TEMPLATES_MAX = 48, NAME_SIZE = 48, HOME_MAX = 4000 };

static const char *const LANGUAGES[] = {"en", "zh"};

enum { NLANGUAGES = sizeof(LANGUAGES) / sizeof(LANGUAGES[0]) };

struct templates {
	char *home;
	HDF  *setup; /* where to find files, how to escape */
	HDF  *top;   /* what is being rendered */
	HDF  *texts[NLANGUAGES];
	HDF  *assets;
	struct {
		char	 name[NAME_SIZE];
		CSPARSE *parse;
	} parsed[TEMPLATES_MAX];
	size_t nparsed;
};

/* What cs_render() hands to the output callback and to functions. */
struct output {
	struct function_context ctx; /* first: functions look for it there */
	struct strbuf	       *out;
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

static NEOERR *
open_setup(struct templates *t)
{
	NEOERR *err = hdf_init(&t->setup);

	if (err == STATUS_OK)
		err = hdf_set_value(t->setup, "Config.VarEscapeMode", "html");
	if (err == STATUS_OK)
		err = hdf_set_valuef(
		    t->setup, "hdf.loadpaths.0=%s/templates", t->home);
	if (err == STATUS_OK)
		err = hdf_init(&t->top);
	if (err == STATUS_OK)
		err = hdf_init(&t->assets);
	return err;
}

/* The file holds one tree, T. */
static int
open_texts(struct templates *t, size_t i, struct err *e)
{
	char	path[HOME_MAX + 64];
	NEOERR *err;

	(void)snprintf(path, sizeof(path), "%s/templates/lang/%s.hdf", t->home,
	    LANGUAGES[i]);
	if ((err = hdf_init(&t->texts[i])) != STATUS_OK ||
	    (err = hdf_read_file(t->texts[i], path)) != STATUS_OK)
		return set_neoerr(e, path, err);
	if (hdf_get_obj(t->texts[i], "T") == NULL)
		return err_set(
		    e, ERR_INTERNAL, "template", "%s: has no T", path);
	return 0;
}

int
templates_open(struct templates **t_r, const char *home, struct err *e)
{
	struct templates *t;
	NEOERR		 *err;

	if (strlen(home) > HOME_MAX)
		return err_set(e, ERR_INTERNAL, "template",
		    "the path of the templates is too long");
	if ((t = calloc(1, sizeof(*t))) == NULL ||
	    (t->home = strdup(home)) == NULL)
		abort();
	*t_r = t;
	if ((err = open_setup(t)) != STATUS_OK)
		return set_neoerr(e, "templates", err);
	for (size_t i = 0; i < NLANGUAGES; i++)
		if (open_texts(t, i, e) == -1)
			return -1;
	return assets_name(t->assets, home, e);
}

void
templates_close(struct templates **t_r)
{
	struct templates *t = *t_r;

	if (t == NULL)
		return;
	for (size_t i = 0; i < t->nparsed; i++)
		cs_destroy(&t->parsed[i].parse);
	for (size_t i = 0; i < NLANGUAGES; i++)
		hdf_destroy(&t->texts[i]);
	hdf_destroy(&t->assets);
	hdf_destroy(&t->top);
	hdf_destroy(&t->setup);
	free(t->home);
	free(t);
	*t_r = NULL;
}

bool
template_exists(const struct templates *t, const char *name)
{
	char path[HOME_MAX + 64];

	(void)snprintf(
	    path, sizeof(path), "%s/templates/%.40s.cst", t->home, name);
	return access(path, R_OK) == 0;
}

static NEOERR *
parse_file(struct templates *t, const char *name, CSPARSE **parse_r)
{
	char	 file[NAME_SIZE + 8];
	CSPARSE *parse = NULL;
	NEOERR	*err;

	(void)snprintf(file, sizeof(file), "%s.cst", name);
	if ((err = cs_init(&parse, t->setup)) != STATUS_OK)
		return err;
	template_file_register(parse);
	if ((err = functions_register(parse)) != STATUS_OK ||
	    (err = cs_parse_file(parse, file)) != STATUS_OK) {
		cs_destroy(&parse);
		return err;
	}
	parse->hdf = t->top;
	*parse_r = parse;
	return STATUS_OK;
}

static int
find_parsed(
    struct templates *t, const char *name, CSPARSE **parse_r, struct err *e)
{
	NEOERR *err;

	for (size_t i = 0; i < t->nparsed; i++)
		if (strcmp(t->parsed[i].name, name) == 0) {
			*parse_r = t->parsed[i].parse;
			return 0;
		}
	if (t->nparsed == TEMPLATES_MAX || strlen(name) >= NAME_SIZE)
		return err_set(e, ERR_INTERNAL, "template",
		    "%s: one template too many", name);
	if ((err = parse_file(t, name, parse_r)) != STATUS_OK)
		return set_neoerr(e, name, err);
	strcpy(t->parsed[t->nparsed].name, name);
	t->parsed[t->nparsed++].parse = *parse_r;
	return 0;
}

static const HDF *
texts_of(const struct templates *t, const char *lang)
{
	for (size_t i = 0; i < NLANGUAGES; i++)
		if (strcmp(LANGUAGES[i], lang) == 0)
			return hdf_get_obj(t->texts[i], "T");
	return hdf_get_obj(t->texts[0], "T");
}

static NEOERR *
add_output(void *ctx, char *text)
{
	strbuf_adds(((struct output *)ctx)->out, text);
	return STATUS_OK;
}

int
template_render(struct templates *t, const char *name,
    const struct render *render, struct err *e)
{
	struct output output = {{render->lang, render->arena}, render->out};
	CSPARSE	     *parse = NULL;
	NEOERR	     *err;

	if (t == NULL)
		return err_set(e, ERR_INTERNAL, "template",
		    "this program has no templates");
	if (find_parsed(t, name, &parse, e) == -1 || parse == NULL)
		return -1;
	functions_set_zone(render->zone);
	hdf_add_shared(t->top, render->arena, "T", texts_of(t, render->lang));
	hdf_add_shared(t->top, render->arena, "asset", t->assets);
	hdf_add_json(t->top, render->arena, render->page);
	hdf_add_json(t->top, render->arena, render->data);
	parse->locals = NULL;
	err = cs_render(parse, &output, add_output);
	hdf_clear(t->top);
	return err == STATUS_OK ? 0 : set_neoerr(e, name, err);
}
