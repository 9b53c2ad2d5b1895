// SPDX-License-Identifier: MIT
/*
 * messages.js -- The messages on the page: how each is drawn, and how they stand.
 *
 * Each has its place by its seq, one that is not numbered yet stands last, and a
 * group is what one sender said within five minutes, as the server groups them.
 * The scroller is reversed (app.css), so that the end and the distance to it are
 * kept by themselves when older messages go in above.
 */

import {$, $$, day_of, html, me, notice, set_avatar, set_ticks, set_time, stencil, text} from "../ui.js";
import {calls_me} from "../list.js";

export const chat = $("#main"), scroll = $("#scroll");
export const conv = chat.dataset.conv;
export const is_newest = !chat.dataset.newer;	/* the page goes on to the end */
const list_of = $("#ms");

/* Kept: to ask the scroller at each message is to lay out all that is in it. */
let is_at_end = true;
export const at_end = () => is_at_end;
export const look_where = () => { is_at_end = scroll.scrollTop > -80; };
export const near_top = () => scroll.scrollHeight + scroll.scrollTop - scroll.clientHeight < 600;
export const item = (seq) => document.getElementById(`m${seq}`);
export const messages = () => $$(".m", list_of);
export const first_seq = () => Number(messages()[0]?.dataset.seq ?? 0);
const stamped = (li) => $("time", li).dateTime;

// -- groups and days -------------------------------------------------------------

const together = (a, b) => a?.matches?.(".m:not(.told)") && b?.matches?.(".m:not(.told)") &&
    a.dataset.by === b.dataset.by &&
    Math.abs(Date.parse(stamped(b)) - Date.parse(stamped(a))) < 300000;

/* Sets the edges of the group that li stands in. */
function arrange(li)
{
	for (const m of [li.previousElementSibling, li, li.nextElementSibling]) {
		if (!m?.matches(".m"))
			continue;
		m.classList.toggle("first", !together(m.previousElementSibling, m));
		m.classList.toggle("last", !together(m, m.nextElementSibling));
	}
}

/* The server split days in the zone it knew: draw the lines again in ours. */
export function draw_days()
{
	let day = "";

	for (const line of $$(".day", list_of))
		line.remove();
	for (const m of messages()) {
		if (day_of(stamped(m)) === day)
			continue;
		day = day_of(stamped(m));
		const line = stencil("day");
		set_time($("time", line), stamped(m));
		const above = m.previousElementSibling;
		list_of.insertBefore(line, above?.matches(".fresh") ? above : m);
	}
	messages().forEach(arrange);
}

function day_above(li)
{
	const above = messages().at(messages().indexOf(li) - 1);

	if (above && above !== li && day_of(stamped(above)) === day_of(stamped(li)))
		arrange(li);
	else
		draw_days();
}

// -- how far the other has come --------------------------------------------------

const order = ["failed", "pending", "sent", "delivered", "read"];
const theirs = {read: Number(chat.dataset.peerRead), delivered: Number(chat.dataset.peerDelivered)};

const later = (a, b) => order.indexOf(a) > order.indexOf(b) ? a : b;

/* A receipt may have overtaken the message that it is about. */
function status_of({seq, status = "sent"})
{
	if (seq <= theirs.read)
		return "read";
	return seq <= theirs.delivered ? later(status, "delivered") : status;
}

export function receipt({conv_id, user_id, read_seq, delivered_seq})
{
	if (conv_id !== conv || user_id === me)
		return;
	theirs.read = Math.max(theirs.read, read_seq ?? 0);
	theirs.delivered = Math.max(theirs.delivered, delivered_seq ?? 0);
	for (const li of $$(".own[data-seq]", list_of)) {
		const ticks = $(".st", li);

		if (ticks.dataset.st !== "read")
			set_ticks(ticks, status_of({seq: Number(li.dataset.seq), status: ticks.dataset.st}));
	}
}

// -- one message -----------------------------------------------------------------

function fill_text(element, m)
{
	const gone = document.createElement("em");

	gone.textContent = text("recalled");
	if (m.html)
		html(element, m.html);
	else
		element.replaceChildren(m.recalled_at ? gone : m.content);
	element.classList.toggle("plain", !m.html);
}

function fill_said(li, m)
{
	const own = m.sender.id === me, name = m.sender.display_name || text("gone");

	li.dataset.by = m.sender.id;
	li.classList.toggle("own", own);
	li.classList.toggle("calls", calls_me(m));
	$(".who", li).className = `vh who n${BigInt(m.sender.id) % 8n}`;
	$(".who b", li).textContent = own ? text("you") : name;
	if ($(".av", li))
		set_avatar($(".av", li), m.sender.id, name);
	fill_text($(".text", li), m);
	if (own) {
		if (!$(".st", li))
			$(".meta", li).append(stencil("ticks"));
		set_ticks($(".st", li), status_of(m));
	}
}

function fill(li, m)
{
	if (m.seq) {
		li.id = `m${m.seq}`;
		li.dataset.seq = m.seq;
	}
	set_time($("time", li), m.created_at);
	$(".act", li)?.setAttribute("href", `/c/${conv}/m/${m.seq}`);
	if (m.type === "system")
		$(".text", li).replaceChildren(...notice(m.content));
	else
		fill_said(li, m);
}

export function new_item(m)
{
	const li = stencil(m.type === "system" ? "told" : "message");

	li.removeAttribute("id");
	delete li.dataset.seq;
	fill(li, m);
	return li;
}

// -- in their places -------------------------------------------------------------

/* Before the first with a higher seq; the caller draws what stands around it. */
export function insert(li)
{
	const seq = Number(li.dataset.seq) || Infinity;
	let after = list_of.lastElementChild;

	while (after && (!after.matches(".m") || (Number(after.dataset.seq) || Infinity) > seq))
		after = after.previousElementSibling;
	if (after?.nextElementSibling?.matches(".fresh") && li.matches(":not(.own)"))
		after = after.nextElementSibling;
	list_of.insertBefore(li, after ? after.nextElementSibling : list_of.firstElementChild);
	$("#hello").hidden = true;
}

export function put(li)
{
	insert(li);
	day_above(li);
}

export function remove(li)
{
	li.remove();
	messages().forEach(arrange);
}

const mine = (m) => m.client_msg_id && $(`.m[data-cid="${CSS.escape(m.client_msg_id)}"]`, list_of);

/* Where it stands already, maybe as one that is on its way. */
export const item_of = (m) => item(m.seq) ?? (m.sender.id === me ? mine(m) : null);

/* What was tried more than once may come behind what was said after it. */
export function update(li, m)
{
	fill(li, m);
	$(".retry", li)?.remove();
	const all = messages();
	if (Number(all[all.indexOf(li) + 1]?.dataset.seq) < li.dataset.seq) {
		insert(li);
		draw_days();
	}
}

/* What goes in below must not move what is being read above. */
export function keep_place(change)
{
	const before = is_at_end ? 0 : scroll.scrollHeight;

	change();
	if (before)
		scroll.scrollTop -= scroll.scrollHeight - before;
}
