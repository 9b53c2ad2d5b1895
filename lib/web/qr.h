/* SPDX-License-Identifier: MIT */
/*
 * qr.h -- A text as a QR code, for a page to draw.
 *
 * Not a picture but its outline, so that the template draws it (the macro qr
 * of partials/macros.cst) and neither a file nor a script is needed.
 */
#ifndef PARLEY_WEB_QR_H
#define PARLEY_WEB_QR_H

#include <jansson.h>

struct arena;

/*
 * {"size": modules a side, "path": the dark ones as the data of an SVG path,
 * one module a unit}.  NULL if the text is empty or too long for a code.
 */
json_t *qr_json(struct arena *, const char *text);

#endif
