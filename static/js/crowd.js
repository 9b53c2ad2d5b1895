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
let left = 0;
let passed = Number($("#main").dataset.read);	/* read when the page came: those beyond are shown once */

function show(n)
{
	left = n;
	set_count($("#calls-n"), n);
	button.hidden = n === 0;
}

export const called = () => show(left + 1);

/* The next one that was not looked at since, here or on another page. */
async function go(event)
{
	event.preventDefault();
	const {items: [m]} = await api("GET", `/messages?conv_id=${conv}&mentioned=true&since_seq=${passed}&limit=1`)
	    .catch(() => ({items: []}));
	const li = m && document.getElementById(`m${m.seq}`);

	if (m && !li) {
		location.assign(`/c/${conv}?before=${m.seq + 25}#m${m.seq}`);
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

/* What was taken out calls nobody: how many are left, the server knows. */
async function recalled({conv_id, recalled_at})
{
	if (conv_id !== conv || !recalled_at || left === 0)
		return;
	await api("GET", `/messages?conv_id=${conv}&mentioned=true&since_seq=${passed}&limit=200`)
	    .then(({items}) => show(Math.min(left, items.length)), () => {});
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

export function start()
{
	show(Number($("#main").dataset.calls));
	button.addEventListener("click", go);
	on("message", recalled);
	on("member", renamed);
}
