/* SPDX-License-Identifier: MIT */
/*
 * json.c -- A user as the contract shows it: the one function that makes it.
 *
 * Whoever is invisible looks offline, last active before they became so.  The
 * user's own view also has what only they chose; asking is being there, so it
 * needs nobody else's word for the status.
 */
#include <stdlib.h>

#include "account/account.h"
#include "base/json_write.h"
#include "presence/presence.h"
#include "web/web.h"

static json_t *
presence_json(const struct user *user, const char *status, bool own)
{
	json_t *presence = json_object();

	if (status == NULL)
		status = presence_shown(user->presence, own);
	json_object_set_new(presence, "status", json_text(status));
	json_object_set_new(
	    presence, "last_active_at", json_time(user->last_active_ms));
	if (own)
		json_object_set_new(
		    presence, "chosen", json_text(user->presence));
	return presence;
}

json_t *
user_json(const struct user *user, const char *status, bool own)
{
	json_t *json = json_object();

	json_object_set_new(json, "id", json_id(user->id));
	json_object_set_new(json, "username", json_text(user->username));
	json_object_set_new(
	    json, "display_name", json_text(user->display_name));
	json_object_set_new(json, "bio", json_text(user->bio));
	json_object_set_new(json, "avatar", json_null());
	json_object_set_new(json, "presence", presence_json(user, status, own));
	if (!own)
		return json;
	json_object_set_new(json, "email", json_text(user->email));
	json_object_set_new(json, "locale", json_text(user->locale));
	json_object_set_new(json, "theme", json_text(user->theme));
	json_object_set_new(json, "hidden", json_boolean(user->hidden));
	json_object_set_new(json, "role",
	    json_text(user->role == ROLE_ADMIN ? "admin" : "user"));
	json_object_set_new(json, "created_at", json_time(user->created_ms));
	return json;
}

const char *
user_profile_frame(struct arena *a, const struct user *user, size_t *len_r)
{
	json_t	   *shown = user_json(user, "", false);
	json_t	   *frame;
	const char *text;

	json_object_del(shown, "presence");
	frame = json_pack("{s:s, s:{s:s, s:o}}", "event", "contact", "data",
	    "action", "profile", "user", shown);
	text = json_write(a, frame, len_r);
	json_decref(frame);
	if (text == NULL)
		abort();
	return text;
}
