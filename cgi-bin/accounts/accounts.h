/* SPDX-License-Identifier: MIT */
/* accounts.h -- The handlers behind the routes of main.c. */
#ifndef PARLEY_ACCOUNTS_H
#define PARLEY_ACCOUNTS_H

#include "web/web.h"

struct account_registration;
struct session_grant;
struct session_origin;

/* users.c */
int  users_post(struct req *, struct view *, struct err *);
int  users_get(struct req *, struct view *, struct err *);
int  user_get(struct req *, struct view *, struct err *);
int  me_get(struct req *, struct view *, struct err *);
int  me_patch(struct req *, struct view *, struct err *);
int  me_delete(struct req *, struct view *, struct err *);
int  me_password_put(struct req *, struct view *, struct err *);
void registration_judge(struct req *, struct err *);
void profile_judge(struct req *, struct err *);

/* What a form or a call says of somebody new. */
struct account_registration registration_of(const struct req *);

/* sessions.c */
int sessions_post(struct req *, struct view *, struct err *);
int sessions_refresh(struct req *, struct view *, struct err *);
int sessions_get(struct req *, struct view *, struct err *);
int session_delete(struct req *, struct view *, struct err *);
int session_current_delete(struct req *, struct view *, struct err *);

/* The page of own sessions: {items, next}, or NULL. */
json_t *
sessions_json(struct req *, uint64_t before, unsigned limit, struct err *);

/* Where this request comes from, for the session it makes. */
struct session_origin origin_of(struct req *);

/* enter.c */
int login_page(struct req *, struct view *, struct err *);
int login_post(struct req *, struct view *, struct err *);
int register_page(struct req *, struct view *, struct err *);
int register_post(struct req *, struct view *, struct err *);
int setup_page(struct req *, struct view *, struct err *);
int setup_post(struct req *, struct view *, struct err *);

/* settings.c */
int settings_root(struct req *, struct view *, struct err *);
int settings_page(struct req *, struct view *, struct err *);
int settings_again(struct req *, struct view *, struct err *);
int settings_sessions(struct req *, struct view *, struct err *);
int settings_blocks(struct req *, struct view *, struct err *);

#endif
