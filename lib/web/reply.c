/* SPDX-License-Identifier: MIT */
/* reply.c -- The bytes that answer a request: head and body, sent once. */
#include "web/reply.h"

#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "web/request.h"

static const struct {
	int	    status;
	const char *text;
} STATUS_TEXTS[] = {{200, "OK"}, {201, "Created"}, {204, "No Content"},
    {303, "See Other"}, {400, "Bad Request"}, {401, "Unauthorized"},
    {403, "Forbidden"}, {404, "Not Found"}, {405, "Method Not Allowed"},
    {409, "Conflict"}, {413, "Content Too Large"},
    {422, "Unprocessable Content"}, {429, "Too Many Requests"},
    {500, "Internal Server Error"}, {503, "Service Unavailable"}};

/* What a client is told to wait when the error does not say. */
enum { RETRY_LIMITED_S = 1, RETRY_UNAVAILABLE_S = 2 };

const char *
status_text(int status)
{
	for (size_t i = 0; i < sizeof(STATUS_TEXTS) / sizeof(STATUS_TEXTS[0]);
	     i++)
		if (STATUS_TEXTS[i].status == status)
			return STATUS_TEXTS[i].text;
	return "Unknown";
}

void
reply_init(struct reply *reply, struct req *req)
{
	*reply = (struct reply){.status = 200};
	strbuf_init(&reply->head, req->arena);
	strbuf_init(&reply->body, req->arena);
	reply->omit_body = req->priv->is_head;
}

void
reply_status(struct reply *reply, int status)
{
	reply->status = status;
	reply->head.len = 0;
	reply->body.len = 0;
	strbuf_addf(
	    &reply->head, "Status: %d %s\r\n", status, status_text(status));
}

void
reply_header(struct reply *reply, const char *name, const char *value)
{
	size_t at;

	strbuf_adds(&reply->head, name);
	strbuf_adds(&reply->head, ": ");
	at = reply->head.len;
	strbuf_adds(&reply->head, value);
	for (; at < reply->head.len; at++)
		if ((unsigned char)reply->head.data[at] < ' ' ||
		    reply->head.data[at] == 0x7f)
			reply->head.data[at] = ' ';
	strbuf_add(&reply->head, "\r\n", 2);
}

void
reply_end(struct reply *reply, const struct req *req)
{
	reply_header(reply, "X-Request-Id", req->id);
	if (reply->status != 204)
		strbuf_addf(
		    &reply->head, "Content-Length: %zu\r\n", reply->body.len);
	strbuf_add(&reply->head, "\r\n", 2);
	if (reply->omit_body)
		reply->body.len = 0;
}

static int
add_json(const char *text, size_t n, void *body)
{
	strbuf_add(body, text, n);
	return 0;
}

void
reply_json(struct reply *reply, const char *media_type, const json_t *value)
{
	reply_header(reply, "Content-Type", media_type);
	(void)json_dump_callback(
	    value, add_json, &reply->body, JSON_COMPACT | JSON_ENCODE_ANY);
}

static bool
is_our_fault(const struct err *e)
{
	return e->kind == ERR_INTERNAL || e->kind == ERR_NONE;
}

int
error_status(const struct err *e)
{
	return is_our_fault(e) ? 500 : err_http_status(e->kind);
}

const char *
error_code(const struct err *e)
{
	if (is_our_fault(e))
		return "internal";
	return e->code == NULL ? "unknown" : e->code;
}

const char *
error_detail(const struct err *e)
{
	if (is_our_fault(e))
		return "Something went wrong on our side. It has been logged.";
	if (e->kind == ERR_UNAVAILABLE)
		return "The service is not available just now.";
	return e->detail;
}

void
reply_error_headers(
    struct reply *reply, const struct req *req, const struct err *e)
{
	int retry_s = e->retry_after_s;

	if (e->kind == ERR_UNAUTHORIZED && req->is_api)
		reply_header(reply, "WWW-Authenticate", "Bearer");
	if (e->kind == ERR_METHOD)
		reply_header(reply, "Allow",
		    methods_text(req->arena, req->priv->match.allowed));
	if (e->kind == ERR_RATE_LIMITED && retry_s <= 0)
		retry_s = RETRY_LIMITED_S;
	if (e->kind == ERR_UNAVAILABLE && retry_s <= 0)
		retry_s = RETRY_UNAVAILABLE_S;
	if (retry_s > 0)
		strbuf_addf(&reply->head, "Retry-After: %d\r\n", retry_s);
}

/* A detail that quotes bytes from outside may be no valid text. */
static json_t *
text_json(const char *text)
{
	json_t *value = json_string(text);

	return value == NULL ? json_string("") : value;
}

static json_t *
field_errors(const struct err *e)
{
	json_t *errors = json_array();

	for (unsigned i = 0; i < e->nfields; i++) {
		const struct err_field *f = &e->fields[i];
		json_t		       *error = json_object();

		json_object_set_new(error, "field", json_string(f->field));
		json_object_set_new(error, "code", json_string(f->code));
		json_object_set_new(error, "detail", text_json(f->detail));
		json_array_append_new(errors, error);
	}
	return errors;
}

void
reply_problem(struct reply *reply, const struct req *req, const struct err *e)
{
	int	status = error_status(e);
	json_t *problem = json_object();

	reply_status(reply, status);
	reply_error_headers(reply, req, e);
	reply_header(reply, "Cache-Control", "no-store");
	json_object_set_new(problem, "type", json_string("about:blank"));
	json_object_set_new(problem, "title", json_string(status_text(status)));
	json_object_set_new(problem, "status", json_integer(status));
	json_object_set_new(problem, "detail", text_json(error_detail(e)));
	json_object_set_new(problem, "code", json_string(error_code(e)));
	json_object_set_new(problem, "request_id", json_string(req->id));
	if (e->nfields > 0 && !is_our_fault(e))
		json_object_set_new(problem, "errors", field_errors(e));
	reply_json(reply, "application/problem+json; charset=utf-8", problem);
	json_decref(problem);
}
