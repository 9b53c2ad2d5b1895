/* SPDX-License-Identifier: MIT */
/* store_stmt.h -- The names of the statements in store_mysql.c. */
#ifndef PARLEY_ACCOUNT_STORE_STMT_H
#define PARLEY_ACCOUNT_STORE_STMT_H

#include <stdint.h>

#include "data/db.h"

enum statement {
	USER_BY_ID,
	USER_BY_NAME,
	USERS_BY_ID,
	USERS_BY_NAME,
	USERS_MATCH,
	USERS_HOLD,
	NAMES_BY_ID,
	NAMES_HELD,
	USER_ADD,
	USER_PROFILE,
	USER_DELETE,
	USER_SEEN,
	USER_PASSWORD,
	PASSWORD_LOCK,
	USERS_EXACT,
	USER_ADMIN,
	SESSION_ADD,
	SESSION_ALIVE,
	SESSION_TOUCH,
	SESSIONS_OPEN,
	SESSIONS_COUNT,
	SESSION_END,
	SESSIONS_LOCK,
	SESSIONS_END,
	SESSIONS_OLD,
	SESSION_REMOVE,
	REFRESH_REMOVE,
	REFRESH_ADD,
	REFRESH_LOCK,
	REFRESH_SPEND,
	LINK_ADD,
	LINK_FIND,
	LINK_USE,
	LINKS_END,
	STATEMENTS
};

#define STMT(name) (account_statements(NULL) + (name))

/* The columns of a user come first; what a query adds starts here. */
enum { USER_NCOLS = 13 };

/* Rows affected, as the answer of a change of at most one row. */
static inline int
one(int64_t affected)
{
	return affected > 0 ? 1 : (int)affected;
}

#endif
