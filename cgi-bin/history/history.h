/* SPDX-License-Identifier: MIT */
/* history.h -- The handlers of the program, by file. */
#ifndef PARLEY_CGI_HISTORY_H
#define PARLEY_CGI_HISTORY_H

#include "conversation/group.h"
#include "message/message.h"
#include "web/web.h"

/* conversations.c */
int  conversations_get(struct req *, struct view *, struct err *);
int  conversations_post(struct req *, struct view *, struct err *);
void opening_judge(struct req *, struct err *);
int  conversation_get_one(struct req *, struct view *, struct err *);
int  conversation_patch(struct req *, struct view *, struct err *);
void settings_judge(struct req *, struct err *);
int  conversation_draft_save(struct req *, struct view *, struct err *);
int  conversation_draft_drop(struct req *, struct view *, struct err *);
int  conversation_remove(struct req *, struct view *, struct err *);
int  conversation_read_put(struct req *, struct view *, struct err *);

/* A page of the caller's conversations: as they are, and as they are shown. */
struct conversations {
	struct conversation *list;
	size_t		     n;
	json_t		    *object; /* {"items", "next"}, in the same order */
};

/* Which of them the request asks for: filter, query, place and size. */
struct conversation_page list_asked(const struct req *);
enum conversation_filter filter_asked(const struct req *);
const char		*filter_name(enum conversation_filter);

int conversations_load(struct req *, const struct conversation_page *,
    struct conversations *, struct err *);

int opening_page(struct req *, struct view *, struct err *);

/* messages.c */
int  messages_get(struct req *, struct view *, struct err *);
int  messages_post(struct req *, struct view *, struct err *);
void message_judge(struct req *, struct err *);
int  message_remove(struct req *, struct view *, struct err *);
int  pins_get(struct req *, struct view *, struct err *);
int  pin_put(struct req *, struct view *, struct err *);
int  pin_remove(struct req *, struct view *, struct err *);

/*
 * A page of history, cut to the limit: *has_more_r tells of more beyond it,
 * on the side it was read towards.
 */
int messages_load(struct req *, const struct message_range *, struct message **,
    size_t *n_r, bool *has_more_r, struct err *);

/* message_pages.c */
int pins_page(struct req *, struct view *, struct err *);
int message_page(struct req *, struct view *, struct err *);
int refused_message_page(struct req *, struct view *, struct err *);

/* "may": what the reader may do about messages there. */
void
set_message_offers(struct req *, struct view *, const struct conversation *);

/* sync.c */
int sync_get(struct req *, struct view *, struct err *);

/* pages.c */
int home_page(struct req *, struct view *, struct err *);
int chat_page(struct req *, struct view *, struct err *);
int mention_page(struct req *, struct view *, struct err *);
int sent_chat_page(struct req *, struct view *, struct err *);
int info_page(struct req *, struct view *, struct err *);
int leave_page(struct req *, struct view *, struct err *);

#endif
