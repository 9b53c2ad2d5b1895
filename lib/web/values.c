/* SPDX-License-Identifier: MIT */
/*
 * values.c -- What handlers ask of the fields that fields.c has checked.
 *
 * A route has a dozen fields at most, so a name is looked up by walking them.
 */
#include "web/fields.h"

#include <string.h>

#include "web/request.h"
#include "web/text.h"

json_t *
fields_typed(const struct req *req)
{
	const struct web_field *f = req->route->fields;
	json_t		       *typed = json_object();

	for (; f != NULL && f->name != NULL; f++) {
		const struct param *p =
		    params_find(f->flags & FIELD_QUERY ? &req->priv->query
						       : &req->priv->form,
			f->name);

		if (p != NULL && f->type != FIELD_SECRET)
			json_object_set_new(typed, f->name,
			    json_stringn(p->value, strlen(p->value)));
	}
	return typed;
}

/* A field that the route does not declare is as one that was not sent. */
static const struct field_value *
value_of(const struct req *req, const char *name)
{
	static const struct field_value absent;
	const struct web_field	       *f = req->route->fields;

	if (req->priv->values == NULL)
		return &absent;
	for (size_t i = 0; f != NULL && f[i].name != NULL; i++)
		if (strcmp(f[i].name, name) == 0)
			return &req->priv->values[i];
	return &absent;
}

bool
req_has(const struct req *req, const char *name)
{
	return value_of(req, name)->has;
}

bool
req_is_null(const struct req *req, const char *name)
{
	return value_of(req, name)->is_null;
}

const char *
req_str(const struct req *req, const char *name)
{
	return value_of(req, name)->text;
}

int64_t
req_int(const struct req *req, const char *name, int64_t fallback)
{
	const struct field_value *v = value_of(req, name);

	return v->has && !v->is_null ? v->number : fallback;
}

unsigned
req_limit(const struct req *req)
{
	return (unsigned)req_int(req, "limit", LIST_SIZE);
}

uint64_t
req_u64(const struct req *req, const char *name)
{
	const struct field_value *v = value_of(req, name);

	return v->id != 0 ? v->id : (uint64_t)(v->number > 0 ? v->number : 0);
}

bool
req_bool(const struct req *req, const char *name)
{
	return value_of(req, name)->is_true;
}

size_t
req_ids(const struct req *req, const char *name, const uint64_t **ids_r)
{
	*ids_r = value_of(req, name)->ids;
	return value_of(req, name)->nids;
}

const char *
req_local_path(const struct req *req, const char *name, const char *fallback)
{
	const char *path = req_str(req, name);

	return path != NULL && is_local_path(path) ? path : fallback;
}
