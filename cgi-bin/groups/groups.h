/* SPDX-License-Identifier: MIT */
/* groups.h -- The handlers of the program, by file. */
#ifndef PARLEY_CGI_GROUPS_H
#define PARLEY_CGI_GROUPS_H

#include "conversation/group.h"
#include "web/web.h"

/* members.c */
int  members_get(struct req *, struct view *, struct err *);
int  members_post(struct req *, struct view *, struct err *);
void member_judge(struct req *, struct err *);
int  member_patch(struct req *, struct view *, struct err *);
int  member_remove(struct req *, struct view *, struct err *);
int  bans_get(struct req *, struct view *, struct err *);
int  ban_remove(struct req *, struct view *, struct err *);
int  transfer_post(struct req *, struct view *, struct err *);

int group_page(struct req *, struct view *, struct err *);

/* entry.c */
int join_post(struct req *, struct view *, struct err *);
int requests_get(struct req *, struct view *, struct err *);
int own_requests_get(struct req *, struct view *, struct err *);
int requests_post(struct req *, struct view *, struct err *);
int request_accept_post(struct req *, struct view *, struct err *);
int request_reject_post(struct req *, struct view *, struct err *);
int request_remove(struct req *, struct view *, struct err *);
int invitations_get(struct req *, struct view *, struct err *);
int invitation_withdraw(struct req *, struct view *, struct err *);
int own_invitations_get(struct req *, struct view *, struct err *);
int invitation_accept_post(struct req *, struct view *, struct err *);
int invitation_decline_post(struct req *, struct view *, struct err *);

/* links.c */
int  links_get(struct req *, struct view *, struct err *);
void link_judge(struct req *, struct err *);
int  links_post(struct req *, struct view *, struct err *);
int  link_remove(struct req *, struct view *, struct err *);
int  link_get(struct req *, struct view *, struct err *);
int  link_join_post(struct req *, struct view *, struct err *);
int  directory_get(struct req *, struct view *, struct err *);
int  group_get(struct req *, struct view *, struct err *);
int  world_get(struct req *, struct view *, struct err *);

/* pages.c */
int groups_page(struct req *, struct view *, struct err *);
int new_group_page(struct req *, struct view *, struct err *);
int link_page(struct req *, struct view *, struct err *);
int card_page(struct req *, struct view *, struct err *);

/* What page of a list is asked for: the fields limit and cursor. */
struct group_page page_asked(const struct req *);

/* The conversation as the caller sees it now becomes the answer. */
int
set_conversation(struct req *, struct view *, uint64_t conv_id, struct err *);

#endif
