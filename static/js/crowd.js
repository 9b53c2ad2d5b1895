// SPDX-License-Identifier: MIT
/*
 * crowd.js -- Where more than two talk: who calls us, and what people are called.
 *
 * Loaded by chat.js for a crowd alone.  How many messages mention us ("@") the
 * page says, and then the events; which ones, the server.  One that has been on
 * the screen is offered no more.
 */

import {$, $$, api, set_avatar, set_count} from "./ui.js";
import {on} from "./socket.js";
import {calls_me} from "./list.js";

const chat = $("#main"), button = $("#calls");
const conv = chat.dataset.conv, read = Number(chat.dataset.read);	/* when the page came */
const seen = new Set();
let left = 0, due = 0;
let passed = read, newest = Number(chat.dataset.seq);

function paint()
{
	due = 0;
	if (left === 0 && document.activeElement === button)
		$("#scroll").focus({preventScroll: true});
	set_count($("#calls-n"), left);
	button.hidden = left === 0;
}

/* Not at once: what comes where we look is seen within a frame. */
function show(n)
{
	left = Math.max(0, n);
	due ||= setTimeout(paint, 100);
}

const eye = new IntersectionObserver((entries) => {
	for (const {target, isIntersecting} of entries) {
		const seq = Number(target.dataset.seq);

		if (!isIntersecting || seen.has(seq))
			continue;
		eye.unobserve(target);
		seen.add(seq);
		show(left - 1);
	}
}, {root: $("#scroll"), rootMargin: "-16px"});

function watch()
{
	for (const li of $$("#ms .calls[data-seq]"))
		if (li.dataset.seq > read && !seen.has(Number(li.dataset.seq)))
			eye.observe(li);
}

/* Those that are left, the first of them at least; null where nobody can say. */
const look = () => api("GET", `/messages?conv_id=${conv}&mentioned=true&since_seq=${passed}&limit=200`)
    .then(({items}) => items.filter(({seq}) => !seen.has(seq)), () => null);

async function recount()
{
	const items = await look();

	if (items)
		show(items.length);
}

/* To the next one. */
async function go(event)
{
	event.preventDefault();
	const items = await look();
	const [m] = items ?? [], li = m && document.getElementById(`m${m.seq}`);

	if (m && !li) {
		location.assign(`/c/${conv}?before=${m.seq + 25}#m${m.seq}`);
		return;
	}
	if (items)
		show(items.length);
	if (!m)
		return;
	passed = m.seq - 1;
	li.classList.remove("found");
	li.scrollIntoView({block: "center"});
	li.classList.add("found");
}

/* What was taken out calls nobody: how many are left, the server knows. */
function arrived(m)
{
	if (m.conv_id !== conv)
		return;
	if (m.recalled_at && left > 0)
		recount();
	if (m.seq <= newest)
		return;
	newest = m.seq;
	if (calls_me(m))
		show(left + 1);
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
	left = Number(chat.dataset.calls);
	watch();
	new MutationObserver(watch).observe($("#ms"), {childList: true});
	button.addEventListener("click", go);
	on("message", arrived);
	on("member", renamed);
	on("gap", ({conv_id}) => { if (conv_id === conv) recount(); });
	on("open", ({again}) => { if (again) recount(); });
}
