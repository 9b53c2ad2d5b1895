/* SPDX-License-Identifier: MIT */
/*
 * deliver.h -- From the bus to the hubs, and what the hubs ask for.
 *
 * One step takes a batch of entries: events are addressed, looked up where
 * their users are, and published, one message a node.  What the hubs sent up is
 * answered.  Outbox rows and entries that were handled are removed a little
 * later, many at once.  A step that fails changes nothing that the next one
 * would not do again.
 */
#ifndef PARLEY_DELIVERY_DELIVER_H
#define PARLEY_DELIVERY_DELIVER_H

struct app;
struct bus;
struct deliver;
struct err;
struct lease;

struct deliver *deliver_new(struct app *, struct bus *);
void		deliver_free(struct deliver **);

/*
 * Works from now on only on the shards that these leases give: of what is
 * sent up, and of events, where the bus does not assign them itself (then
 * events are claimed by the third).  They stay the caller's.
 */
void deliver_lease(struct deliver *, struct lease *own, struct lease *claimed);

/*
 * Waits for entries, at most wait_ms and no longer than until something of
 * its own is due, and handles them.  0, or -1 with the batch to come again.
 */
int deliver_step(struct deliver *, int wait_ms, struct err *);

/*
 * Before the end: removes what was handled.  On -1, or without it, the next
 * deliver handles that once more.
 */
int deliver_finish(struct deliver *, struct err *);

#endif
