/* SPDX-License-Identifier: MIT */
/*
 * writer.h -- Concurrent sends gathered into one transaction.
 *
 * A worker hands its draft to the writer over INSTANCE/run/writer.sock and is
 * answered after the commit.  The writer takes what has come while its last
 * transaction ran, so a lone sender waits for nobody, and many share one
 * commit.  Who is not answered in time commits by himself: the draft's
 * client_msg_id sees to it that it is one message, whoever was first.
 */
#ifndef PARLEY_MESSAGE_WRITER_H
#define PARLEY_MESSAGE_WRITER_H

#include "message/message.h"

struct writer;

/*
 * WRITER_CONNECTIONS workers may be connected, each with one draft at a time:
 * that is the queue's cap.  One more is hung up on, and commits by himself.
 */
enum { WRITER_CONNECTIONS = 256, WRITER_BATCH = 32 };

/* -- the worker's side ----------------------------------------------------- */

/*
 * Is this send the only one at the moment?  Then it is better committed right
 * here, and *hand_r is what crowd_leave() wants afterwards.
 */
bool crowd_is_alone(const struct app *, int64_t *hand_r);
void crowd_leave(int64_t hand);

/*
 * Asks the writer for a draft that has been judged by itself, with conv_id and
 * client_msg_id.  1: its fate is in it; 0: the writer is gone, slow, full or at
 * fault, and what became of the draft is unknown; -1: MariaDB is not there.
 */
int message_writer_ask(
    struct app *, struct arena *, struct message_draft *, struct err *);

/* -- the writer's side ----------------------------------------------------- */

/* Listens; *fd_r is the caller's. */
int writer_listen(const char *instance, int *fd_r, struct err *);

struct writer *writer_new(struct app *, int listen_fd);
void	       writer_free(struct writer **);

/*
 * Waits at most wait_ms for drafts and sends those that are there: how many,
 * or -1 when they could not be written, which their workers were told.
 */
int writer_step(struct writer *, int wait_ms, struct err *);

#endif
