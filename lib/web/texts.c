/* SPDX-License-Identifier: MIT */
/* texts.c -- The texts of a language, from ClearSilver's HDF. */
#include "web/texts.h"

#include <limits.h>
#include <stdio.h>

#include <ClearSilver.h>

#include "base/err.h"

static json_t *
node_json(HDF *node)
{
	json_t *object;

	if (hdf_obj_child(node) == NULL)
		return json_string(hdf_obj_value(node));
	object = json_object();
	if (hdf_obj_value(node) != NULL)
		json_object_set_new(
		    object, "", json_string(hdf_obj_value(node)));
	for (HDF *child = hdf_obj_child(node); child != NULL;
	     child = hdf_obj_next(child))
		json_object_set_new(
		    object, hdf_obj_name(child), node_json(child));
	return object;
}

json_t *
texts_read(const char *home, const char *lang, struct err *e)
{
	char	path[PATH_MAX];
	HDF    *file = NULL, *top = NULL;
	json_t *texts = NULL;
	NEOERR *err;

	(void)snprintf(
	    path, sizeof(path), "%s/templates/lang/%s.hdf", home, lang);
	err = hdf_init(&file);
	if (err == STATUS_OK)
		err = hdf_read_file(file, path);
	if (err == STATUS_OK)
		top = hdf_get_obj(file, "T");
	if (top != NULL)
		texts = node_json(top);
	if (err != STATUS_OK) {
		nerr_ignore(&err);
		(void)err_set(
		    e, ERR_INTERNAL, "template", "%s: cannot be read", path);
	} else if (texts == NULL)
		(void)err_set(
		    e, ERR_INTERNAL, "template", "%s: has no T", path);
	hdf_destroy(&file);
	return texts;
}
