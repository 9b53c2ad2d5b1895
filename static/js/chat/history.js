// SPDX-License-Identifier: MIT
/*
 * history.js -- How much of the conversation the page holds, and that it is whole.
 *
 * What arrives is put in place by seq: an event, a reply and a page of history
 * may all bring the same one.  Where an event was missed, history is the truth.
 */

import {$, api, in_turn} from "../ui.js";
import {chat, conv, draw_days, first_seq, insert, item, item_of, keep_place, messages, near_top, new_item, put, update} from "./messages.js";
import {heard_of, last_seq, mark_read} from "./reading.js";

const older = $("#older");
const MOST = 1000, KEPT = 500;	/* messages on the page; what is left when they are more */
const PAGE = 200, PAGES = MOST / PAGE;
let whole = Number(chat.dataset.seq);	/* up to here nothing is missing on the page of the newest */
let is_loading = false;

/* Any message of this conversation, from wherever it comes; true if it is new. */
export function take(m)
{
	const there = item_of(m);

	heard_of(m.seq);
	if (m.seq === whole + 1)
		whole = m.seq;
	if (there) {
		update(there, m);
		return false;
	}
	keep_place(() => {
		const li = new_item(m);

		li.classList.add("arrives");
		put(li);
	});
	return true;
}

export const is_ahead = ({seq}) => seq > whole;

/* Pages in what is missing.  Too much of it is another page. */
export const catch_up = in_turn(async () => {
	for (let i = 0; i < PAGES && last_seq - whole <= MOST; i++) {
		const page = await api("GET", `/messages?conv_id=${conv}&since_seq=${whole}&limit=${PAGE}`).catch(() => ({items: []}));
		for (const m of page.items) {
			take(m);
			whole = Math.max(whole, m.seq);
		}
		if (page.items.length < PAGE) {
			mark_read();
			return;
		}
	}
	location.reload();
});

/* A page that is open for days keeps no more than anybody scrolls through. */
export function let_go()
{
	const all = messages();

	if (all.length <= MOST || is_loading)	/* what is loading stands before what is here */
		return;
	for (const li of all.slice(0, -KEPT))
		li.remove();
	draw_days();
	older.hidden = false;
	$("a", older).href = `/c/${conv}?before=${first_seq()}`;
}

/* Where the page begins too near to be scrolled back in. */
export async function load_older()
{
	if (is_loading || older.hidden || !near_top())
		return;
	const first = first_seq();
	if (first <= 1)
		return;
	is_loading = true;
	try {
		const page = await api("GET", `/messages?conv_id=${conv}&before_seq=${first}&limit=50`);
		for (const m of page.items)
			if (!item(m.seq))
				insert(new_item(m));
		draw_days();
		older.hidden = page.items.length < 50;
		is_loading = false;
		load_older();
	} catch (e) {
		is_loading = false;	/* the next scroll tries again */
		older.hidden = e.status === 404;
	}
}
