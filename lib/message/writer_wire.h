/* SPDX-License-Identifier: MIT */
/*
 * writer_wire.h -- What a worker asks the writer, and what it is answered.
 *
 * One datagram of a SOCK_SEQPACKET connection each way, a question at a time.
 * It begins with a magic number that changes with the form, then numbers,
 * little-endian, and texts, each after its length.  Both ends run as the same
 * account on the same machine, yet may be of different builds while one is
 * replaced: what is not understood to its last byte is not acted upon.
 * Pure but for memory.
 */
#ifndef PARLEY_MESSAGE_WRITER_WIRE_H
#define PARLEY_MESSAGE_WRITER_WIRE_H

#include "base/str.h"
#include "message/message.h"

enum { WRITER_WIRE_MAX = 48 * 1024 };

/* A draft that says where it goes by conv_id, and has a client_msg_id. */
void writer_put_draft(struct strbuf *, const struct message_draft *);
int  writer_get_draft(
     struct arena *, const char *, size_t n, struct message_draft *);

/*
 * What became of it; failed: nothing is known to be written, and why.  NULL:
 * the draft's own fate.  Of a message that is new the answer holds what the
 * draft did not.
 */
void writer_put_fate(
    struct strbuf *, const struct message_draft *, const struct err *failed);

/*
 * Fills the draft that was asked about: 1, or 0 with *failed set; -1: it is
 * no answer.
 */
int writer_get_fate(struct arena *, const char *, size_t n,
    struct message_draft *, struct err *failed);

#endif
