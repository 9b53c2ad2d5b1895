/* SPDX-License-Identifier: MIT */
/* qr.c -- A text as a QR code: libqrencode's modules as runs of an SVG path. */
#include "web/qr.h"

#include <stdbool.h>
#include <string.h>

#include <qrencode.h>

#include "base/arena.h"
#include "base/str.h"

/* QR codes have at most 177 modules a side; a link needs about 33. */
static bool
is_dark(const QRcode *code, int x, int y)
{
	return x < code->width && (code->data[y * code->width + x] & 1) != 0;
}

/* Each run of dark modules of a row is a rectangle. */
static void
add_row(struct strbuf *path, const QRcode *code, int y)
{
	for (int x = 0, start; x < code->width; x++) {
		if (!is_dark(code, x, y))
			continue;
		start = x;
		while (is_dark(code, x, y))
			x++;
		strbuf_addf(
		    path, "M%d %dh%dv1H%dz", start, y, x - start, start);
	}
}

json_t *
qr_json(struct arena *a, const char *text)
{
	QRcode	     *code;
	struct strbuf path;
	json_t	     *json;

	if (text[0] == '\0' ||
	    (code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M)) == NULL)
		return NULL;
	strbuf_init(&path, a);
	for (int y = 0; y < code->width; y++)
		add_row(&path, code, y);
	json = json_pack("{s:i, s:s}", "size", code->width, "path", path.data);
	QRcode_free(code);
	return json;
}
