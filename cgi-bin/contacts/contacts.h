/* SPDX-License-Identifier: MIT */
/* contacts.h -- The handlers of the program, by file. */
#ifndef PARLEY_CGI_CONTACTS_H
#define PARLEY_CGI_CONTACTS_H

#include "contact/contact.h"
#include "web/web.h"

enum { PAGE_SIZE = 50, PAGE_MAX = 200 };

/* contacts.c */
int contacts_get(struct req *, struct view *, struct err *);
int contact_patch(struct req *, struct view *, struct err *);
int contact_remove(struct req *, struct view *, struct err *);

/* requests.c */
int  requests_get(struct req *, struct view *, struct err *);
int  requests_post(struct req *, struct view *, struct err *);
void asking_judge(struct req *, struct err *);
int  request_accept_post(struct req *, struct view *, struct err *);
int  request_reject_post(struct req *, struct view *, struct err *);
int  request_remove(struct req *, struct view *, struct err *);

/* blocks.c */
int blocks_get(struct req *, struct view *, struct err *);
int block_put(struct req *, struct view *, struct err *);
int block_remove(struct req *, struct view *, struct err *);

/* pages.c */
int contacts_page(struct req *, struct view *, struct err *);
int user_page(struct req *, struct view *, struct err *);
int asked_user_page(struct req *, struct view *, struct err *);

/* What page of a list is asked for: the fields limit and cursor. */
struct contact_page page_asked(const struct req *);

#endif
