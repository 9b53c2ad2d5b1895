/* SPDX-License-Identifier: MIT */
/*
 * fields.h -- What a request says, against what its route declares.
 *
 * All faults are gathered before any is answered.  A field that is at fault
 * reads as absent, so a form page can be shown again with the rest.
 */
#ifndef PARLEY_WEB_FIELDS_H
#define PARLEY_WEB_FIELDS_H

#include <jansson.h>

struct err;
struct req;

/* Fills req->priv->values by query and body.  -1 "invalid" with all faults. */
int fields_read(struct req *, struct err *);

/* What was typed into a form: name -> text, secrets left out. */
json_t *fields_typed(const struct req *);

#endif
