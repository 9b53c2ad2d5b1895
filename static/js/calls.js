// SPDX-License-Identifier: MIT
/*
 * calls.js -- "@": the way to the messages that mention us.
 *
 * Loaded by chat.js where more than two talk.  How many are unread the page
 * says, and then the events; which ones, the server.
 */

import {$, api, set_count} from "./ui.js";

const conv = $("#main").dataset.conv, button = $("#calls");
let left = 0, passed = 0, read_upto;

function show(n)
{
	left = n;
	set_count($("#calls-n"), n);
	button.hidden = n === 0;
}

export const called = () => show(left + 1);
export const read = () => show(0);

/* The next one that we have not looked at yet, here or on another page. */
async function go(event)
{
	event.preventDefault();
	passed = Math.max(passed, read_upto());
	const {items: [m]} = await api("GET", `/messages?conv_id=${conv}&mentioned=true&since_seq=${passed}&limit=1`)
	    .catch(() => ({items: []}));
	const li = m && document.getElementById(`m${m.seq}`);

	if (m && !li) {
		location.assign(button.href);
		return;
	}
	show(m ? Math.max(0, left - 1) : 0);
	if (!m)
		return;
	passed = m.seq;
	li.classList.remove("found");
	li.scrollIntoView({block: "center"});
	li.classList.add("found");
}

/* read_seq: how far we have read, now. */
export function start(read_seq)
{
	read_upto = read_seq;
	show(Number($("#main").dataset.calls));
	button.addEventListener("click", go);
}
