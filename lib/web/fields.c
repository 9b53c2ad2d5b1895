/* SPDX-License-Identifier: MIT */
/*
 * fields.c -- What a request says, against what its route declares.
 *
 * A value comes as JSON or as text (form or query) and is brought to its type
 * by one function for each; what is text in the end goes through text_check(),
 * the one place that knows encodings, lengths and characters.
 */
#include "web/fields.h"

#include <inttypes.h>
#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "web/request.h"
#include "web/text.h"

enum { IDS_MAX = 1000, WORDS_MAX = 64 };

/* Up to here a double holds every whole number. */
static const double EXACT_MAX = 9007199254740992.0;

/* What one field is read with. */
struct reading {
	struct req	       *req;
	const struct web_field *field;
	struct field_value     *value;
	struct err	       *e;
};

static int
fault(const struct reading *r, const char *code, const char *what)
{
	return err_field(
	    r->e, r->field->name, code, "%s %s.", r->field->name, what);
}

/* -- values, from text ----------------------------------------------------- */

static int
id_from_text(const struct reading *r, const char *text, size_t n)
{
	if (strlen(text) != n || !id_parse(text, &r->value->id))
		return fault(r, "format", "must be an id");
	return 0;
}

static int
check_bounds(const struct reading *r, int64_t number)
{
	const struct web_field *f = r->field;

	if (f->min == 0 && f->max == 0)
		return 0;
	if (number < f->min)
		return err_field(r->e, f->name, "too_small",
		    "%s must be at least %" PRId64 ".", f->name, f->min);
	if (number > f->max)
		return err_field(r->e, f->name, "too_large",
		    "%s must be at most %" PRId64 ".", f->name, f->max);
	return 0;
}

/* A whole number too long for 64 bits is beyond any bound. */
static int
int_from_text(const struct reading *r, const char *text, size_t n)
{
	size_t sign = text[0] == '-';

	if (strlen(text) != n || n == sign ||
	    strspn(text + sign, "0123456789") != n - sign)
		return fault(r, "type", "must be a whole number");
	if (!parse_i64(text, &r->value->number))
		return sign ? fault(r, "too_small", "is too small")
			    : fault(r, "too_large", "is too large");
	return check_bounds(r, r->value->number);
}

static int
bool_from_text(const struct reading *r, const char *text)
{
	if (word_in(text, "1 on true yes"))
		r->value->is_true = true;
	else if (!word_in(text, "0 off false no"))
		return fault(r, "type", "must be true or false");
	return 0;
}

static int
choice_from_text(const struct reading *r, const char *text, size_t n)
{
	if (strlen(text) != n || !word_in(text, r->field->pattern))
		return err_field(r->e, r->field->name, "choice",
		    "%s must be one of: %s.", r->field->name,
		    r->field->pattern);
	r->value->text = text;
	return 0;
}

static int
from_text(const struct reading *r, const char *text, size_t n)
{
	switch (r->field->type) {
	case FIELD_STRING:
	case FIELD_TEXT:
	case FIELD_SECRET:
		return text_check(
		    r->field, r->req->arena, text, n, &r->value->text, r->e);
	case FIELD_ID:
		return id_from_text(r, text, n);
	case FIELD_INT:
		return int_from_text(r, text, n);
	case FIELD_BOOL:
		return bool_from_text(r, text);
	case FIELD_CHOICE:
		return choice_from_text(r, text, n);
	case FIELD_ID_LIST:
	case FIELD_WORDS:
		break; /* lists: see read_params() and from_json() */
	}
	return fault(r, "type", "has the wrong type");
}

static bool
is_text_type(enum web_type type)
{
	return type == FIELD_STRING || type == FIELD_TEXT ||
	       type == FIELD_SECRET;
}

/*
 * An input left empty: a browser sends it all the same, so for what cannot be
 * empty it is as good as none.
 */
static int
from_empty(const struct reading *r)
{
	const struct web_field *f = r->field;

	if (f->flags & FIELD_NULLABLE) {
		r->value->has = r->value->is_null = true;
		return 0;
	}
	if (is_text_type(f->type) && f->min <= 0) {
		r->value->has = true;
		r->value->text = "";
		return 0;
	}
	if (f->flags & FIELD_REQUIRED)
		return fault(r, "required", "is required");
	return 0;
}

/* -- values, from JSON ----------------------------------------------------- */

static int
int_from_json(const struct reading *r, const json_t *json)
{
	double number;

	if (json_is_integer(json)) {
		r->value->number = json_integer_value(json);
		return check_bounds(r, r->value->number);
	}
	if (!json_is_real(json))
		return fault(r, "type", "must be a whole number");
	number = json_real_value(json);
	if (number >= EXACT_MAX)
		return fault(r, "too_large", "is too large");
	if (number <= -EXACT_MAX)
		return fault(r, "too_small", "is too small");
	if (number != (double)(int64_t)number)
		return fault(r, "type", "must be a whole number");
	r->value->number = (int64_t)number;
	return check_bounds(r, r->value->number);
}

static int
id_from_json(const struct reading *r, const json_t *json)
{
	if (json_is_string(json))
		return id_from_text(
		    r, json_string_value(json), json_string_length(json));
	if (json_is_real(json))
		return fault(r, "format", "must be an id");
	if (!json_is_integer(json))
		return fault(r, "type", "must be an id");
	if (json_integer_value(json) <= 0)
		return fault(r, "format", "must be an id");
	r->value->id = (uint64_t)json_integer_value(json);
	return 0;
}

static int
ids_from_json(const struct reading *r, const json_t *json)
{
	size_t	  max = r->field->max > 0 ? (size_t)r->field->max : IDS_MAX;
	size_t	  n = json_array_size(json);
	uint64_t *ids;

	if (!json_is_array(json))
		return fault(r, "type", "must be a list of ids");
	if (n > max)
		return fault(r, "too_long", "has too many entries");
	if ((int64_t)n < r->field->min)
		return fault(r, "too_short", "has too few entries");
	ids = arena_alloc(r->req->arena, n * sizeof(*ids));
	for (size_t i = 0; i < n; i++) {
		if (id_from_json(r, json_array_get(json, i)) == -1)
			return -1;
		ids[i] = r->value->id;
	}
	r->value->ids = ids;
	r->value->nids = n;
	return 0;
}

static int
word_add(
    const struct reading *r, struct strbuf *words, const char *word, size_t n)
{
	if (strlen(word) != n || !word_in(word, r->field->pattern))
		return err_field(r->e, r->field->name, "choice",
		    "%s may hold: %s.", r->field->name, r->field->pattern);
	if (words->len > 0)
		strbuf_addc(words, ' ');
	strbuf_adds(words, word);
	r->value->text = words->data;
	return 0;
}

static int
words_from_json(const struct reading *r, const json_t *json)
{
	struct strbuf words;
	const json_t *word;
	size_t	      i;

	if (!json_is_array(json) || json_array_size(json) > WORDS_MAX)
		return fault(r, "type", "must be a list of words");
	strbuf_init(&words, r->req->arena);
	r->value->text = "";
	json_array_foreach (json, i, word) {
		if (!json_is_string(word))
			return fault(r, "type", "must be a list of words");
		if (word_add(r, &words, json_string_value(word),
			json_string_length(word)) == -1)
			return -1;
	}
	return 0;
}

static int
from_json(const struct reading *r, const json_t *json)
{
	switch (r->field->type) {
	case FIELD_INT:
		return int_from_json(r, json);
	case FIELD_ID:
		return id_from_json(r, json);
	case FIELD_ID_LIST:
		return ids_from_json(r, json);
	case FIELD_WORDS:
		return words_from_json(r, json);
	case FIELD_BOOL:
		if (!json_is_boolean(json))
			return fault(r, "type", "must be true or false");
		r->value->is_true = json_is_true(json);
		return 0;
	default:
		if (!json_is_string(json))
			return fault(r, "type", "must be a string");
		return from_text(
		    r, json_string_value(json), json_string_length(json));
	}
}

/* -- where a value comes from ---------------------------------------------- */

static int
read_json(const struct reading *r)
{
	const json_t *json =
	    json_object_get(r->req->priv->json, r->field->name);
	bool required = r->field->flags & FIELD_REQUIRED;

	if (json_is_null(json) && (r->field->flags & FIELD_NULLABLE)) {
		r->value->has = r->value->is_null = true;
		return 0;
	}
	if (json == NULL || json_is_null(json))
		return required ? fault(r, "required", "is required") : 0;
	if (from_json(r, json) == -1)
		return -1;
	r->value->has = true;
	return 0;
}

/*
 * A list in a form: the same name as often as needed.  An empty one of the name
 * says that there are none: boxes may be unticked.
 */
static int
ids_from_form(const struct reading *r, const struct params *params)
{
	uint64_t *ids = arena_alloc(r->req->arena, params->n * sizeof(*ids));
	size_t	  n = 0;
	bool	  is_named = false;

	for (size_t i = 0; i < params->n; i++) {
		const struct param *p = &params->v[i];

		if (strcmp(p->name, r->field->name) != 0)
			continue;
		is_named = true;
		if (p->len == 0)
			continue;
		if (id_from_text(r, p->value, p->len) == -1)
			return -1;
		ids[n++] = r->value->id;
	}
	if (n == 0 && (r->field->flags & FIELD_REQUIRED))
		return fault(r, "required", "is required");
	r->value->has = is_named;
	r->value->ids = ids;
	r->value->nids = n;
	return 0;
}

static int
words_from_form(const struct reading *r, const struct params *params)
{
	struct strbuf words;

	strbuf_init(&words, r->req->arena);
	for (size_t i = 0; i < params->n; i++) {
		const struct param *p = &params->v[i];

		if (strcmp(p->name, r->field->name) != 0)
			continue;
		if (!r->value->has)
			r->value->text = "";
		r->value->has = true;
		if (p->len > 0 && word_add(r, &words, p->value, p->len) == -1)
			return -1;
	}
	return 0;
}

static int
read_params(const struct reading *r, const struct params *params)
{
	const struct param *p;

	if (r->field->type == FIELD_WORDS)
		return words_from_form(r, params);
	if (r->field->type == FIELD_ID_LIST)
		return ids_from_form(r, params);
	p = params_find(params, r->field->name);
	if (p == NULL)
		return r->field->flags & FIELD_REQUIRED
			   ? fault(r, "required", "is required")
			   : 0;
	if (p->len == 0)
		return from_empty(r);
	if (from_text(r, p->value, p->len) == -1)
		return -1;
	r->value->has = true;
	return 0;
}

int
fields_read(struct req *req, struct err *e)
{
	const struct web_field *fields = req->route->fields;
	struct req_private     *priv = req->priv;
	size_t			n = 0;

	if (fields == NULL)
		return 0;
	while (fields[n].name != NULL)
		n++;
	priv->values = arena_alloc(req->arena, n * sizeof(*priv->values));
	for (size_t i = 0; i < n; i++) {
		struct reading r = {req, &fields[i], &priv->values[i], e};
		int	       rc;

		if (fields[i].flags & FIELD_QUERY)
			rc = read_params(&r, &priv->query);
		else if (priv->is_form)
			rc = read_params(&r, &priv->form);
		else
			rc = read_json(&r);
		if (rc == -1)
			memset(r.value, 0, sizeof(*r.value));
	}
	return e->nfields == 0 ? 0 : -1;
}
