/* SPDX-License-Identifier: MIT */
/*
 * json.c -- A message as the contract shows it: pages, API and push share it.
 */
#include <string.h>

#include "base/arena.h"
#include "base/json_write.h"
#include "base/str.h"
#include "message/mention.h"
#include "message/message.h"
#include "message/notice.h"
#include "web/web.h"

/*
 * A page has a thousand of these.  Keys and words are ours, and what others
 * wrote was checked when it came in and is kept as UTF-8: nothing is checked
 * again.
 */
static void
put(json_t *object, const char *key, json_t *value)
{
	json_object_set_new_nocheck(object, key, value);
}

static json_t *
id_or_null(uint64_t id)
{
	return id == 0 ? json_null() : json_id(id);
}

/* Text is a string; what other types hold was JSON when it was stored. */
static void
put_content(struct arena *a, json_t *o, const struct message *m)
{
	if (m->recalled_ms != 0) {
		put(o, "content", json_string(""));
		put(o, "html", json_null());
	} else if (strcmp(m->type, "text") == 0) {
		put(o, "content", json_string_nocheck(m->content));
		put(o, "html",
		    json_string_nocheck(
			message_html(a, m->content, m->mentions)));
	} else {
		json_t *content = json_loads(m->content, JSON_DECODE_ANY, NULL);
		const char *html = notice_html(a, content);

		put(o, "content", content);
		put(o, "html", html != NULL ? json_string(html) : json_null());
	}
}

json_t *
message_json(struct arena *a, const struct message *m)
{
	json_t *o = json_object(), *sender = json_object();

	put(sender, "id", json_id(m->sender_id));
	put(sender, "type", json_string_nocheck(m->sender_type));
	put(sender, "display_name",
	    json_string_nocheck(m->sender_name != NULL ? m->sender_name : ""));
	put(o, "id", json_id(m->id));
	put(o, "conv_id", json_id(m->conv_id));
	put(o, "seq", json_integer((json_int_t)m->seq));
	put(o, "client_msg_id", json_string_nocheck(m->client_msg_id));
	put(o, "sender", sender);
	put(o, "type", json_string_nocheck(m->type));
	put_content(a, o, m);
	put(o, "mentions", mentions_json(m->mentions));
	put(o, "reply_to", id_or_null(m->reply_to));
	put(o, "created_at", json_time(m->created_ms));
	put(o, "edited_at", json_time(m->edited_ms));
	put(o, "recalled_at", json_time(m->recalled_ms));
	put(o, "status", json_string_nocheck(m->status));
	return o;
}

const char *
message_frame(struct arena *a, const struct message *m, size_t *len_r)
{
	static const char head[] = "{\"event\":\"message\",\"data\":";
	struct strbuf	  frame;
	json_t		 *data = message_json(a, m);
	const char	 *text = json_write(a, data, NULL);

	strbuf_init(&frame, a);
	strbuf_add(&frame, head, sizeof(head) - 1);
	strbuf_adds(&frame, text != NULL ? text : "null");
	strbuf_addc(&frame, '}');
	json_decref(data);
	*len_r = frame.len;
	return frame.data;
}
