/* SPDX-License-Identifier: MIT */
/* contacts.h -- The handlers of the program, by file. */
#ifndef PARLEY_CGI_CONTACTS_H
#define PARLEY_CGI_CONTACTS_H

#include "contact/contact.h"
#include "web/web.h"

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

/* labels.c */
int labels_get(struct req *, struct view *, struct err *);
int labels_post(struct req *, struct view *, struct err *);
int label_patch(struct req *, struct view *, struct err *);
int label_remove(struct req *, struct view *, struct err *);
int set_labels(struct req *, struct view *, struct err *);

/* link.c */
int link_get(struct req *, struct view *, struct err *);
int link_post(struct req *, struct view *, struct err *);
int link_remove(struct req *, struct view *, struct err *);
int link_page(struct req *, struct view *, struct err *);
int add_get(struct req *, struct view *, struct err *);
int add_post(struct req *, struct view *, struct err *);
int add_page(struct req *, struct view *, struct err *);

/* blocks.c */
int blocks_get(struct req *, struct view *, struct err *);
int block_put(struct req *, struct view *, struct err *);
int block_remove(struct req *, struct view *, struct err *);

/* page_list.c */
int contacts_page(struct req *, struct view *, struct err *);

/* page_person.c: a person, with what stands between them and the caller. */
json_t *bond_json(
    const struct req *, const struct user *them, const struct contact_bond *);
int user_page(struct req *, struct view *, struct err *);
int asked_user_page(struct req *, struct view *, struct err *);

/* The page asked for: limit, cursor, and of contacts the filter and label. */
struct contact_page page_asked(const struct req *);

/* One request, as the contract shows it. */
int request_object(struct req *, const struct contact_request *,
    json_t **object_r, struct err *);

#endif
