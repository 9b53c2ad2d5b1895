/* SPDX-License-Identifier: MIT */
/*
 * migrate.h -- Brings a database to the schema that the programs expect.
 *
 * sql/NNNN_name.sql are applied once each, in order, and never taken back;
 * the table schema_migration remembers them with their digests.  A file that
 * was changed after it was applied is an error.  sql/grants.sql makes the
 * programs' users anew whenever it changes.  Any number of nodes may do this
 * at once: a lock in MariaDB lets one work and the others find it done.
 */
#ifndef PARLEY_DATA_MIGRATE_H
#define PARLEY_DATA_MIGRATE_H

struct arena;
struct config;
struct db;
struct err;

/* How many were applied, or -1.  dir holds the files. */
int migrate_run(struct db *, struct arena *, const struct config *,
    const char *dir, struct err *);

/*
 * The statements that a new server is given before it opens its socket: the
 * database, and the user ctl, which may do everything.  NULL with *e.
 */
const char *
migrate_bootstrap(struct arena *, const struct config *, struct err *);

#endif
