/* SPDX-License-Identifier: MIT */
/*
 * conversation_rights_test.c -- The whole truth table of rights.c, in words.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/err.h"
#include "conversation/rights.h"

enum { NOW = 1000000 };

#define GROUP .type = CONVERSATION_GROUP
#define DIRECT .type = CONVERSATION_DIRECT, .role = MEMBER_MEMBER
#define WORLD .type = CONVERSATION_WORLD

/* Everybody there is, by what is known of them. */
static const struct {
	enum conversation_party	     party;
	struct conversation_standing is;
} people[] = {
    {PARTY_STRANGER, {GROUP, .join_policy = JOIN_INVITE}},
    {PARTY_STRANGER,
	{GROUP, .status = CONVERSATION_DISSOLVED, .role = MEMBER_OWNER}},
    {PARTY_STRANGER, {.type = CONVERSATION_DIRECT}},
    {PARTY_STRANGER, {WORLD, .status = CONVERSATION_OFF}},
    {PARTY_VISITOR, {GROUP, .join_policy = JOIN_OPEN}},
    {PARTY_VISITOR, {GROUP, .join_policy = JOIN_APPROVAL}},
    {PARTY_VISITOR, {GROUP, .join_policy = JOIN_INVITE, .is_invited = true}},
    {PARTY_FORMER, {GROUP, .join_policy = JOIN_INVITE, .was_member = true}},
    {PARTY_VISITOR, {GROUP, .join_policy = JOIN_OPEN, .was_member = true}},
    {PARTY_VISITOR, {GROUP, .join_policy = JOIN_INVITE, .was_member = true,
			.is_invited = true}},
    {PARTY_BANNED, {GROUP, .join_policy = JOIN_OPEN, .was_member = true,
		       .is_banned = true, .is_invited = true}},
    {PARTY_MEMBER, {GROUP, .role = MEMBER_MEMBER}},
    {PARTY_MEMBER, {GROUP, .role = MEMBER_MEMBER, .is_site_admin = true}},
    {PARTY_MEMBER, {GROUP, .role = MEMBER_MEMBER, .muted_until_ms = NOW}},
    {PARTY_MUTED, {GROUP, .role = MEMBER_MEMBER, .muted_until_ms = NOW + 1}},
    {PARTY_MUTED, {GROUP, .role = MEMBER_MEMBER, .muted_all = true}},
    {PARTY_ADMIN, {GROUP, .role = MEMBER_ADMIN, .muted_all = true}},
    {PARTY_OWNER, {GROUP, .role = MEMBER_OWNER, .muted_all = true}},
    {PARTY_CONTACT, {DIRECT, .bond.is_contact = true}},
    {PARTY_CONTACT, {DIRECT, .is_open_house = true}},
    {PARTY_GONE, {DIRECT, .bond = {.is_contact = true, .is_gone = true}}},
    {PARTY_NO_CONTACT, {DIRECT}},
    {PARTY_BLOCKED, {DIRECT, .bond = {.is_contact = true, .is_blocked = true}}},
    {PARTY_PUBLIC, {WORLD}},
    {PARTY_PUBLIC, {WORLD, .role = MEMBER_MEMBER}},
    {PARTY_PUBLIC_MUTED, {WORLD, .muted_all = true}},
    {PARTY_PUBLIC_MUTED,
	{WORLD, .role = MEMBER_MEMBER, .muted_until_ms = NOW + 1}},
    {PARTY_WARDEN, {WORLD, .is_site_admin = true, .muted_all = true}},
    {PARTY_WARDEN, {WORLD, .is_site_admin = true, .status = CONVERSATION_OFF}},
};

enum { PEOPLE = sizeof(people) / sizeof(people[0]) };

static void
everybody_is_one_of_the_parties(void **state)
{
	bool is_met[PARTIES] = {false};

	(void)state;
	for (int i = 0; i < PEOPLE; i++) {
		assert_int_equal(
		    conversation_party(&people[i].is, NOW), people[i].party);
		is_met[people[i].party] = true;
	}
	for (int p = 0; p < PARTIES; p++)
		assert_true(is_met[p]);
}

static bool
is_outside(enum conversation_party p)
{
	return p <= PARTY_BANNED;
}

static bool
is_in_group(enum conversation_party p)
{
	return p >= PARTY_MEMBER && p <= PARTY_OWNER;
}

static bool
is_direct(enum conversation_party p)
{
	return p >= PARTY_CONTACT && p <= PARTY_BLOCKED;
}

static const char *
outside(enum conversation_party p)
{
	static const char *const why[] = {
	    "not_found", "not_a_member", "not_a_member", "banned"};

	return why[p];
}

/* What of the owner's may an admin do by a permission, and by which? */
static unsigned
permission_for(enum conversation_action a)
{
	switch (a) {
	case ACTION_EDIT:
		return PERMIT_EDIT;
	case ACTION_HUSH:
	case ACTION_MUTE:
		return PERMIT_MUTE;
	case ACTION_INVITE:
		return PERMIT_INVITE;
	case ACTION_REMOVE:
		return PERMIT_REMOVE;
	case ACTION_PIN:
		return PERMIT_PIN;
	case ACTION_DELETE_MESSAGES:
		return PERMIT_DELETE_MESSAGES;
	default:
		return 0;
	}
}

static const char *
expected_send(enum conversation_party p)
{
	switch (p) {
	case PARTY_MUTED:
	case PARTY_PUBLIC_MUTED:
		return "muted";
	case PARTY_GONE:
		return "forbidden";
	case PARTY_NO_CONTACT:
		return "not_a_contact";
	case PARTY_BLOCKED:
		return "blocked";
	default:
		return NULL;
	}
}

/* What an owner may, and an admin with the permission. */
static const char *
expected_of_keeper(
    enum conversation_party p, enum conversation_action a, unsigned permissions)
{
	unsigned needs = permission_for(a);

	/* A pin is told to the other, too. */
	if (a == ACTION_PIN && is_direct(p))
		return expected_send(p);
	if (p == PARTY_WARDEN)
		return a == ACTION_INVITE || a == ACTION_REMOVE ? "forbidden"
								: NULL;
	if (p == PARTY_OWNER || (p == PARTY_ADMIN && permissions & needs))
		return NULL;
	return "forbidden";
}

/* The rules, said once more: NULL is yes.  permissions: of an admin. */
static const char *
expected(
    enum conversation_party p, enum conversation_action a, unsigned permissions)
{
	/* Who was in it, and may not come back, learns nothing new of it. */
	if (a == ACTION_LOOK && (is_outside(p) || !is_in_group(p)))
		return p == PARTY_VISITOR  ? NULL
		       : p == PARTY_BANNED ? "banned"
					   : "not_found";
	if (a == ACTION_JOIN || a == ACTION_ASK_TO_JOIN) {
		if (p == PARTY_VISITOR)
			return NULL;
		if (p == PARTY_FORMER)
			return "forbidden";
	}
	if (is_outside(p))
		return outside(p);
	switch (a) {
	case ACTION_SEE:
	case ACTION_LOOK:
	case ACTION_READ:
	case ACTION_ARRANGE:
		return NULL;
	case ACTION_SEND:
		return expected_send(p);
	case ACTION_SEE_MEMBERS:
		return p == PARTY_PUBLIC || p == PARTY_PUBLIC_MUTED
			   ? "forbidden"
			   : NULL;
	case ACTION_SET_NICKNAME:
		return is_in_group(p) ? NULL : "forbidden";
	case ACTION_LEAVE:
		if (p == PARTY_OWNER)
			return "conflict";
		return is_in_group(p) ? NULL : "forbidden";
	case ACTION_APPOINT:
	case ACTION_TRANSFER:
	case ACTION_DISSOLVE:
		return p == PARTY_OWNER ? NULL : "forbidden";
	case ACTION_MENTION_ALL:
		return p == PARTY_OWNER || p == PARTY_ADMIN || p == PARTY_WARDEN
			   ? NULL
			   : "forbidden";
	case ACTION_JOIN:
		return is_direct(p) ? "forbidden" : NULL;
	case ACTION_ASK_TO_JOIN:
		return is_direct(p) ? "forbidden" : "conflict";
	case ACTION_SWITCH:
		return p == PARTY_WARDEN ? NULL : "forbidden";
	default:
		break;
	}
	return expected_of_keeper(p, a, permissions);
}

static void
the_table_is_as_the_rules_say(void **state)
{
	(void)state;
	for (int i = 0; i < PEOPLE; i++)
		for (int a = 0; a < ACTIONS; a++)
			for (unsigned bits = 0; bits <= PERMIT_ALL; bits++) {
				struct conversation_standing s = people[i].is;
				struct err		     e = {0};
				const char		    *code;
				int			     rc;

				s.permissions = bits;
				code = expected(people[i].party,
				    (enum conversation_action)a, bits);
				rc = conversation_may(
				    &s, (enum conversation_action)a, NOW, &e);
				if (code == NULL)
					assert_int_equal(rc, 0);
				else
					assert_string_equal(e.code, code);
			}
}

static void
a_muted_admin_keeps_the_other_rights(void **state)
{
	const struct conversation_standing s = {GROUP, .role = MEMBER_ADMIN,
	    .permissions = PERMIT_REMOVE, .muted_until_ms = NOW + 1};
	struct err			   e = {0};

	(void)state;
	assert_int_equal(conversation_may(&s, ACTION_REMOVE, NOW, &e), 0);
	assert_int_equal(conversation_may(&s, ACTION_SEND, NOW, &e), -1);
	assert_string_equal(e.code, "muted");
	assert_int_equal(conversation_may(&s, ACTION_EDIT, NOW, &e), -1);
	assert_string_equal(e.code, "forbidden");
}

static void
only_who_ranks_lower_is_governed(void **state)
{
	(void)state;
	for (int me = MEMBER_MEMBER; me <= MEMBER_OWNER; me++)
		for (int them = MEMBER_NONE; them <= MEMBER_OWNER; them++) {
			const struct conversation_standing s = {
			    GROUP, .role = (enum member_role)me};
			struct err e = {0};

			assert_int_equal(conversation_may_govern(
					     &s, (enum member_role)them, &e),
			    me > them ? 0 : -1);
		}
}

static void
slow_mode_slows_members_not_those_who_keep_order(void **state)
{
	struct conversation_standing s = {GROUP, .role = MEMBER_MEMBER,
	    .slow_mode_s = 10, .last_sent_ms = NOW - 9500};
	struct err		     e = {0};
	unsigned		     wait_s;

	(void)state;
	assert_int_equal(conversation_pace_of(&s, NOW, &wait_s), 10);
	assert_int_equal(wait_s, 1);
	assert_int_equal(conversation_may(&s, ACTION_SEND, NOW, &e), -1);
	assert_string_equal(e.code, "rate_limited");
	assert_int_equal(e.retry_after_s, 1);
	assert_int_equal(conversation_may(&s, ACTION_READ, NOW, &e), 0);
	assert_int_equal(conversation_may(&s, ACTION_SEND, NOW + 500, &e), 0);
	assert_int_equal(conversation_pace_of(&s, NOW + 500, &wait_s), 10);
	assert_int_equal(wait_s, 0);
	s.role = MEMBER_ADMIN;
	assert_int_equal(conversation_pace_of(&s, NOW, &wait_s), 0);
	assert_int_equal(wait_s, 0);
	assert_int_equal(conversation_may(&s, ACTION_SEND, NOW, &e), 0);
	s.type = CONVERSATION_WORLD;
	s.role = MEMBER_NONE;
	assert_int_equal(conversation_may(&s, ACTION_SEND, NOW, &e), -1);
	s.is_site_admin = true;
	assert_int_equal(conversation_may(&s, ACTION_SEND, NOW, &e), 0);
}

static void
the_way_in_follows_policy_invitation_and_link(void **state)
{
	static const struct {
		enum join_policy policy;
		bool		 invited, former, banned, link;
		const char	*code; /* NULL: in; "": by asking */
	} table[] = {
	    {JOIN_OPEN, 0, 0, 0, 0, NULL},
	    {JOIN_OPEN, 0, 1, 0, 0, NULL},
	    {JOIN_OPEN, 1, 0, 1, 1, "banned"},
	    {JOIN_APPROVAL, 0, 0, 0, 0, ""},
	    {JOIN_APPROVAL, 1, 0, 0, 0, NULL},
	    {JOIN_APPROVAL, 0, 0, 0, 1, NULL},
	    {JOIN_INVITE, 0, 0, 0, 0, "not_found"},
	    {JOIN_INVITE, 0, 1, 0, 0, "forbidden"},
	    {JOIN_INVITE, 1, 0, 0, 0, NULL},
	    {JOIN_INVITE, 0, 0, 0, 1, NULL},
	    {JOIN_INVITE, 0, 0, 1, 1, "banned"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const struct conversation_standing s = {GROUP,
		    .join_policy = table[i].policy,
		    .is_invited = table[i].invited,
		    .was_member = table[i].former,
		    .is_banned = table[i].banned};
		struct err			   e = {0};
		bool				   asks;
		int rc = conversation_way_in(&s, table[i].link, NOW, &asks, &e);

		if (table[i].code == NULL || *table[i].code == '\0') {
			assert_int_equal(rc, 0);
			assert_int_equal(asks, table[i].code != NULL);
		} else
			assert_string_equal(e.code, table[i].code);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(everybody_is_one_of_the_parties),
	    cmocka_unit_test(the_table_is_as_the_rules_say),
	    cmocka_unit_test(a_muted_admin_keeps_the_other_rights),
	    cmocka_unit_test(only_who_ranks_lower_is_governed),
	    cmocka_unit_test(slow_mode_slows_members_not_those_who_keep_order),
	    cmocka_unit_test(the_way_in_follows_policy_invitation_and_link),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
