/* SPDX-License-Identifier: MIT */
/* demo_api.c -- The people of the demonstration use the API, as any client. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/json_write.h"
#include "demo.h"
#include "http.h"

enum {
	ASK_SECONDS = 20,
	WAIT_MAX_S = 90,
	OK_MIN = 200,
	OK_MAX = 299,
	NOT_LOGGED_IN = 401,
	NOT_FOUND = 404,
	CONFLICT = 409,
	TOO_MANY = 429,
	UNAVAILABLE = 503
};

/* Where it is told to come back later, it does. */
static int
ask(struct demo *d, const struct http_question *q, struct http_answer *answer,
    struct err *e)
{
	int waited = 0;

	for (;;) {
		struct timespec pause = {.tv_sec = 1};

		if (http_ask(d->arena, d->config, q, ASK_SECONDS, answer, e) ==
		    -1)
			return -1;
		if (answer->status != TOO_MANY && answer->status != UNAVAILABLE)
			return 0;
		if (answer->retry_after_s > 0)
			pause.tv_sec = answer->retry_after_s;
		waited += (int)pause.tv_sec;
		if (waited > WAIT_MAX_S)
			return 0;
		(void)nanosleep(&pause, NULL);
	}
}

/* What the server said of it, in a line. */
static int
refused(const struct demo_person *who, const struct http_question *q,
    const struct http_answer *answer, struct err *e)
{
	json_t	   *problem = json_loads(answer->body, 0, NULL);
	const char *detail =
	    json_string_value(json_object_get(problem, "detail"));

	err_set(e,
	    answer->status == NOT_LOGGED_IN ? ERR_UNAUTHORIZED : ERR_CONFLICT,
	    "demo", "%s %s by %s: %d %s", q->method, q->path,
	    who != NULL ? who->name : "nobody", answer->status,
	    detail != NULL ? detail : "");
	json_decref(problem);
	return -1;
}

int
demo_call(struct demo *d, const struct demo_person *who, const char *method,
    const char *path, json_t *body, json_t **reply_r, struct err *e)
{
	struct http_question q = {.method = method,
	    .path = arena_printf(d->arena, "/api/v1%s", path),
	    .token = who != NULL ? who->token : NULL};
	struct http_answer   answer = {.body = ""};
	int		     rc;

	if (body != NULL) {
		q.body = json_write(d->arena, body, NULL);
		json_decref(body);
	}
	if ((rc = ask(d, &q, &answer, e)) == -1)
		return -1;
	if (answer.status == CONFLICT ||
	    (answer.status == NOT_FOUND && d->is_again))
		return 1;
	if (answer.status < OK_MIN || answer.status > OK_MAX)
		return refused(who, &q, &answer, e);
	if (reply_r != NULL &&
	    (*reply_r = json_loads(answer.body, 0, NULL)) == NULL)
		return err_set(e, ERR_INTERNAL, "internal",
		    "%s %s: the answer is no JSON", method, q.path);
	return rc;
}

int
demo_do(struct demo *d, const struct demo_person *who, const char *method,
    const char *path, json_t *body, struct err *e)
{
	return demo_call(d, who, method, path, body, NULL, e) == -1 ? -1 : 0;
}

static const char *
text_of(struct demo *d, const json_t *object, const char *key)
{
	return arena_strdup(
	    d->arena, json_string_value(json_object_get(object, key)));
}

int
demo_make(struct demo *d, const struct demo_person *who, const char *path,
    json_t *body, const char **id_r, struct err *e)
{
	json_t *reply;
	int	rc = demo_call(d, who, "POST", path, body, &reply, e);

	if (rc != 0)
		return rc;
	*id_r = text_of(d, reply, "id");
	json_decref(reply);
	return 0;
}

/* "from.id": a member of a member. */
static const char *
text_at(const json_t *item, const char *member)
{
	const char *dot = strchr(member, '.');
	char	    outer[32];

	if (dot == NULL)
		return json_string_value(json_object_get(item, member));
	(void)snprintf(
	    outer, sizeof(outer), "%.*s", (int)(dot - member), member);
	return text_at(json_object_get(item, outer), dot + 1);
}

int
demo_look(struct demo *d, const struct demo_person *who, const char *path,
    const char *member, const char *text, const char **id_r, struct err *e)
{
	json_t *reply, *item;
	size_t	i;

	*id_r = NULL;
	if (demo_call(d, who, "GET", path, NULL, &reply, e) != 0)
		return -1;
	json_array_foreach (json_object_get(reply, "items"), i, item) {
		const char *value = text_at(item, member);

		if (*id_r == NULL && value != NULL && strcmp(value, text) == 0)
			*id_r = text_of(d, item, "id");
	}
	json_decref(reply);
	return 0;
}
