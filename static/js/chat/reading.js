// SPDX-License-Identifier: MIT
/*
 * reading.js -- What we have read: all that there is, while we look at its end.
 *
 * What arrives while we look elsewhere is counted on the button that leads there.
 */

import {$, api, in_turn, set_count} from "../ui.js";
import {seen} from "../list.js";
import {at_end, chat, conv, is_newest, look_where, scroll} from "./messages.js";

const jump = $("#jump");
export let last_seq = Number(chat.dataset.seq);	/* the highest that we have heard of */
let read_seq = Number(chat.dataset.read), wanted = 0;
let is_marked = chat.dataset.marked === "1";	/* unread, until it is read now */
let below = 0;

const has_read = (seq) => read_seq >= seq && !is_marked;

export function heard_of(seq)
{
	last_seq = Math.max(last_seq, seq);
}

/* Whatever has told the server: it knows that we have come so far. */
export function read_to(seq)
{
	read_seq = Math.max(read_seq, seq);
}

/* What has been read meanwhile goes with the next. */
const report = in_turn(async () => {
	const seq = wanted;

	if (has_read(seq))
		return;
	await api("PUT", `/conversations/${conv}/read`, {seq}).then(() => {
		read_to(seq);
		is_marked = false;
	}, () => {});
});

export function mark_read()
{
	if (!is_newest || document.visibilityState !== "visible" || !at_end() || has_read(last_seq))
		return;
	wanted = last_seq;
	seen(conv, wanted);
	set_below(0);
	report();
}

function show_jump()
{
	jump.hidden = is_newest && at_end();
}

function set_below(n)
{
	below = n;
	set_count($("#jump-n"), n);
	show_jump();
}

export function one_more_below()
{
	set_below(below + 1);
}

export function to_end(event)
{
	if (!is_newest)
		return;
	event?.preventDefault();
	scroll.scrollTo({top: 0});
	look_where();
	if (event)
		scroll.focus({preventScroll: true});	/* the button goes */
	mark_read();
}

function look()
{
	look_where();
	show_jump();
	mark_read();
}

export function start()
{
	scroll.addEventListener("scroll", look, {passive: true});
	document.addEventListener("visibilitychange", mark_read);
	jump.addEventListener("click", to_end);
	look();
}
