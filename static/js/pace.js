// SPDX-License-Identifier: MIT
/*
 * pace.js -- Slow mode: how long one waits between two messages, and still has to.
 *
 * The server keeps the time; this is its echo, so that nobody types against a
 * wall.  What the page says (data-pace, data-wait) is read again when it changed.
 */

import {$, span, text} from "./ui.js";

const say = $("#say");
let free_at = 0, tick = 0;

const pace = () => Number(say.dataset.pace ?? 0);
const wait_s = () => Math.max(0, Math.ceil((free_at - Date.now()) / 1000));
const clock = (s) => s < 60 ? span(s) : `${Math.floor(s / 60)}:${String(s % 60).padStart(2, "0")}`;

export const is_on = () => pace() > 0;
export const is_waiting = () => wait_s() > 0;

function show()
{
	const left = wait_s(), line = $("#slow span");

	clearTimeout(tick);
	$("#composer .send").disabled = left > 0;
	if (line)
		line.textContent = left > 0 ? text("slow", clock(left)) : text("pace", span(pace()));
	if (left > 0)
		tick = setTimeout(show, 1000);
}

/* A message is on its way, or was refused: so long until the next. */
export function spend(seconds = pace())
{
	if (!is_on())
		return;
	free_at = Date.now() + seconds * 1000;
	show();
}

/* The page is new, or what it says of us is. */
export function start()
{
	free_at = Date.now() + Number(say.dataset.wait ?? 0) * 1000;
	show();
}
