/* SPDX-License-Identifier: MIT */
/*
 * store_mysql.c -- The SQL of accounts and sessions, all of it.
 *
 * store_users.c and store_sessions.c run these rows and read what comes back.
 */
#include "account/store.h"
#include "account/store_stmt.h"

#define USER_COLUMNS                                                        \
	"id, username, display_name, bio, email, locale, theme, presence, " \
	"role, hidden, last_active_at, created_at, world_seq"
#define USER_OUT "usssssssuuiiu"

static const struct db_stmt statements[STATEMENTS] = {
    [USER_BY_ID] = {"SELECT " USER_COLUMNS ", status, password_hash "
		    "FROM user WHERE id = ? AND status <> 2",
	"u", USER_OUT "us"},
    [USER_BY_NAME] = {"SELECT " USER_COLUMNS ", status, password_hash "
		      "FROM user WHERE username = ?",
	"s", USER_OUT "us"},
    [USERS_BY_ID] = {"SELECT " USER_COLUMNS " FROM user "
		     "WHERE status <> 2 AND id IN ({?|,})",
	"{u}", USER_OUT},
    [USERS_BY_NAME] = {"SELECT " USER_COLUMNS " FROM user "
		       "WHERE status = 0 AND username IN ({?|,})",
	"{s}", USER_OUT},
    [USERS_MATCH] = {"SELECT u.id FROM "
		     "({SELECT CAST(? AS UNSIGNED) AS id| UNION ALL }) d "
		     "STRAIGHT_JOIN user u ON u.id = d.id "
		     "WHERE u.status <> 2 "
		     "AND (u.display_name LIKE ? "
		     "OR CONVERT(u.username USING utf8mb4) LIKE ?)",
	"{u}ss", "u"},
    [NAMES_BY_ID] = {"SELECT id, display_name FROM user "
		     "WHERE status <> 2 AND id IN ({?|,})",
	"{u}", "us"},
    [NAMES_HELD] = {"IF (SELECT COUNT(*) FROM user FORCE INDEX (PRIMARY) "
		    "WHERE status <> 2 AND "
		    "({id = ? AND display_name = BINARY ?| OR })) <> ? "
		    "THEN " DB_STALE " END IF",
	"{us}u", NULL},
    [USERS_HOLD] = {"SELECT id FROM user WHERE id IN ({?|,}) "
		    "AND status <> 2 LOCK IN SHARE MODE",
	"{u}", "u"},
    [USER_ADD] = {"INSERT INTO user (username, display_name, email, "
		  "locale, role, password_hash, last_active_at, "
		  "created_at, world_seq) "
		  "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
	"ssssusiiu", NULL},
    [USER_PROFILE] = {"UPDATE user SET "
		      "display_name = COALESCE(?, display_name), "
		      "bio = COALESCE(?, bio), "
		      "locale = COALESCE(?, locale), "
		      "theme = COALESCE(?, theme), "
		      "presence = COALESCE(?, presence), "
		      "email = IF(?, ?, email), "
		      "hidden = IF(?, ?, hidden) "
		      "WHERE id = ? AND status = 0",
	"sssssusuuu", NULL},
    [USER_DELETE] = {"UPDATE user SET status = 2, bio = '', email = NULL, "
		     "password_hash = '' WHERE id = ? AND status = 0",
	"u", NULL},
    [USER_SEEN] = {"UPDATE user "
		   "SET last_active_at = GREATEST(last_active_at, ?) "
		   "WHERE id = ? AND presence <> 'invisible'",
	"iu", NULL},
    [USER_PASSWORD] = {"UPDATE user SET password_hash = ? "
		       "WHERE id = ? AND password_hash = ? AND status = 0",
	"sus", NULL},
    [PASSWORD_LOCK] = {"SELECT 1 FROM user WHERE id = ? AND password_hash = ? "
		       "AND status = 0 LOCK IN SHARE MODE",
	"us", "u"},
    [USERS_EXACT] = {"SELECT " USER_COLUMNS " FROM user "
		     "WHERE status = 0 AND (id = ? OR username = ?)",
	"us", USER_OUT},
    [USER_ADMIN] = {"SELECT id FROM user WHERE role = 1 AND status = 0 "
		    "LIMIT 1",
	"", "u"},
    [SESSION_ADD] = {"INSERT INTO session (user_id, device, address, "
		     "created_at, last_active_at, expires_at) "
		     "VALUES (?, ?, ?, ?, ?, ?)",
	"ussiii", NULL},
    [SESSION_ALIVE] = {"SELECT s.last_active_at FROM session s "
		       "JOIN user u ON u.id = s.user_id "
		       "WHERE s.id = ? AND s.user_id = ? "
		       "AND s.ended_at IS NULL AND s.expires_at > ? "
		       "AND u.status = 0",
	"uui", "i"},
    [SESSION_TOUCH] = {"UPDATE session s JOIN user u ON u.id = s.user_id "
		       "SET s.last_active_at = ?, s.expires_at = ?, "
		       "u.last_active_at = IF(u.presence = 'invisible', "
		       "u.last_active_at, GREATEST(u.last_active_at, ?)) "
		       "WHERE s.id = ? AND s.ended_at IS NULL",
	"iiiu", NULL},
    [SESSIONS_OPEN] = {"SELECT id, user_id, device, address, created_at, "
		       "last_active_at, expires_at FROM session "
		       "WHERE user_id = ? AND ended_at IS NULL "
		       "AND expires_at > ? AND id < ? "
		       "ORDER BY id DESC LIMIT ?",
	"uiuu", "uussiii"},
    [SESSIONS_COUNT] = {"SELECT COUNT(*) OVER (), id FROM session "
			"WHERE user_id = ? AND ended_at IS NULL "
			"ORDER BY last_active_at, id LIMIT 1",
	"u", "uu"},
    [SESSION_END] = {"UPDATE session SET ended_at = ? "
		     "WHERE id = ? AND user_id = ? AND ended_at IS NULL",
	"iuu", NULL},
    [SESSIONS_LOCK] = {"SELECT id FROM session WHERE user_id = ? "
		       "AND ended_at IS NULL AND id <> ? FOR UPDATE",
	"uu", "u"},
    [SESSIONS_END] = {"UPDATE session SET ended_at = ? WHERE user_id = ? "
		      "AND ended_at IS NULL AND id <> ?",
	"iuu", NULL},
    [SESSIONS_OLD] = {"SELECT id FROM session WHERE user_id = ? "
		      "AND (ended_at < ? OR expires_at < ?) LIMIT ?",
	"uiiu", "u"},
    [SESSION_REMOVE] = {"DELETE FROM session WHERE id = ?", "u", NULL},
    [REFRESH_REMOVE] = {"DELETE FROM refresh_token WHERE session_id = ?", "u",
	NULL},
    [REFRESH_ADD] = {"INSERT INTO refresh_token (hash, session_id, "
		     "created_at) VALUES (?, ?, ?)",
	"bui", NULL},
    [REFRESH_LOCK] = {"SELECT s.id, s.user_id, r.spent_at IS NOT NULL, "
		      "s.ended_at IS NULL AND s.expires_at > ? "
		      "AND u.status = 0 FROM refresh_token r "
		      "JOIN session s ON s.id = r.session_id "
		      "JOIN user u ON u.id = s.user_id "
		      "WHERE r.hash = ? FOR UPDATE",
	"ib", "uuuu"},
    [REFRESH_SPEND] = {"UPDATE refresh_token SET spent_at = ? "
		       "WHERE hash = ?",
	"ib", NULL},
    [LINK_ADD] = {"INSERT INTO one_time_link (hash, purpose, expires_at) "
		  "VALUES (?, ?, ?)",
	"bsi", NULL},
    [LINK_FIND] = {"SELECT 1 FROM one_time_link WHERE hash = ? "
		   "AND purpose = ? AND used_at IS NULL "
		   "AND expires_at > ?",
	"bsi", "u"},
    [LINK_USE] = {"UPDATE one_time_link SET used_at = ? WHERE hash = ? "
		  "AND purpose = ? AND used_at IS NULL "
		  "AND expires_at > ?",
	"ibsi", NULL},
    [LINKS_END] = {"UPDATE one_time_link SET used_at = ? "
		   "WHERE purpose = ? AND used_at IS NULL",
	"is", NULL},
};

const struct db_stmt *
account_statements(size_t *n_r)
{
	if (n_r != NULL)
		*n_r = STATEMENTS;
	return statements;
}
