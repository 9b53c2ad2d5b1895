/* SPDX-License-Identifier: MIT */
/*
 * rules.c -- Who may ask whom, and who decides about a request.
 */
#include "contact/rules.h"

#include <string.h>

#include "base/err.h"
#include "base/str.h"

bool
contact_is_barred(const struct contact_bond *bond)
{
	return bond->blocked_by_me || bond->blocked_by_them;
}

bool
contact_sees_presence(const struct contact_bond *bond)
{
	return bond->is_contact && !contact_is_barred(bond);
}

bool
contact_may_find(const struct contact_bond *bond, bool is_hidden)
{
	if (bond->blocked_by_them)
		return false;
	return !is_hidden || bond->is_contact || bond->request_id != 0;
}

enum contact_asking
contact_may_ask(
    const struct contact_bond *bond, bool exists, bool is_hidden, struct err *e)
{
	if (exists && contact_is_barred(bond))
		return err_set(e, ERR_FORBIDDEN, "blocked",
		    "One of you has blocked the other.");
	if (!exists || !contact_may_find(bond, is_hidden))
		return err_set(
		    e, ERR_NOT_FOUND, "not_found", "There is no such user.");
	if (bond->is_contact)
		return err_set(
		    e, ERR_CONFLICT, "conflict", "You are contacts already.");
	if (bond->request_id != 0 && bond->request_is_mine)
		return err_set(
		    e, ERR_CONFLICT, "conflict", "You have asked already.");
	return bond->request_id != 0 ? ASKING_ACCEPTS : ASKING_OPENS;
}

static void
check_words(const char *field, const char *text, size_t max,
    const char *controls, struct err *e)
{
	size_t n = text != NULL ? strlen(text) : 0;

	if (!utf8_valid(text != NULL ? text : "", n))
		err_field(e, field, "encoding", "This is not UTF-8.");
	else if (n > 0 && utf8_length(text, n) > max)
		err_field(e, field, "too_long", "At most %zu characters.", max);
	else if (n > 0 && utf8_has_control(text, n, controls))
		err_field(e, field, "characters",
		    "Control characters are not allowed.");
}

int
contact_check_words(const char *note, const char *greeting, struct err *e)
{
	unsigned before = e->nfields;

	check_words("note", note, CONTACT_NOTE_MAX, "\n\t", e);
	check_words("greeting", greeting, CONTACT_NOTE_MAX, "\n\t", e);
	return e->nfields > before ? -1 : 0;
}

int
contact_check_remark(const char *remark, struct err *e)
{
	unsigned before = e->nfields;

	check_words("remark", remark, CONTACT_REMARK_MAX, "", e);
	return e->nfields > before ? -1 : 0;
}

int
contact_check_label(const char *name, struct err *e)
{
	unsigned before = e->nfields;

	if (name == NULL || utf8_is_blank(name, strlen(name)))
		return err_field(e, "name", "required", "A name is needed.");
	check_words("name", name, CONTACT_LABEL_MAX, "", e);
	return e->nfields > before ? -1 : 0;
}

bool
contact_is_overdue(const struct contact_request *r, int64_t open_since_ms)
{
	return r->status == CONTACT_PENDING && r->created_ms <= open_since_ms;
}

int
contact_may_decide(const struct contact_request *r, uint64_t me,
    enum contact_status to, int64_t open_since_ms, struct err *e)
{
	uint64_t who = to == CONTACT_CANCELLED ? r->from_id : r->to_id;

	if (who != me)
		return err_set(
		    e, ERR_NOT_FOUND, "not_found", "There is no such request.");
	if (r->status == CONTACT_EXPIRED ||
	    contact_is_overdue(r, open_since_ms))
		return err_set(e, ERR_CONFLICT, "conflict",
		    "This request has expired; it may be sent anew.");
	if (r->status != CONTACT_PENDING)
		return err_set(e, ERR_CONFLICT, "conflict",
		    "This request is no longer open.");
	return 0;
}
