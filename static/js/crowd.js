// SPDX-License-Identifier: MIT
/*
 * crowd.js -- Where more than two talk: who calls us, and what people are called.
 *
 * Loaded by chat.js for a crowd alone.  How many messages mention us ("@") the
 * page says, and then the events; which ones, the server.
 */

import {$, $$, api, set_avatar, set_count} from "./ui.js";
import {on} from "./socket.js";

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

/* Somebody goes by another name: as the server says it of what they said last. */
async function renamed({action, conv_id, user_id})
{
	const said = $$(`.m[data-by="${CSS.escape(user_id ?? "")}"][data-seq]:not(.own)`);

	if (conv_id !== conv || action !== "changed" || said.length === 0)
		return;
	const {items: [m]} = await api("GET", `/messages?conv_id=${conv}&since_seq=${said.at(-1).dataset.seq - 1}&limit=1`)
	    .catch(() => ({items: []}));
	for (const li of m ? said : []) {
		$(".who b", li).textContent = m.sender.display_name;
		set_avatar($(".av", li), user_id, m.sender.display_name);
	}
}

/* read_seq: how far we have read, now. */
export function start(read_seq)
{
	read_upto = read_seq;
	show(Number($("#main").dataset.calls));
	button.addEventListener("click", go);
	on("member", renamed);
}
