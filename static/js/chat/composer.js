// SPDX-License-Identifier: MIT
/*
 * composer.js -- Writing: what is typed, sent, not yet sent, or refused.
 *
 * Sending shows the message at once and posts it with a client_msg_id of its
 * own, so that a retry, however late, is the same message.  What could not be
 * sent outlives the page.
 *
 * The draft is the server's, for all our devices.  It is saved on top of the
 * version that we know: who was slower is refused, reads what is there, and
 * puts the two together, so no text is lost.  What is not saved yet is kept
 * here, too, for a line or a page that goes.
 */

import {$, api, me, remember, remembered, say, set_ticks, text} from "../ui.js";
import {send} from "../socket.js";
import * as standing from "./standing.js";

const composer = $("#composer"), field = $("#content");
const conv = $("#main").dataset.conv;
const kept = `draft:${me}:${conv}`, kept_unsent = `unsent:${me}:${conv}`;
let desk;	/* what the conversation does for us: see ../chat.js */
let told = 0, telling = 0;	/* when we last said that we type; when we will */

function new_id()
{
	return Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");
}

function failed(li, m)
{
	const again = document.createElement("button");

	set_ticks($(".st", li), "failed");
	$(".retry", li)?.remove();
	again.type = "button";
	again.className = "btn bad retry";
	again.textContent = text("retry");
	again.onclick = () => {
		again.remove();
		set_ticks($(".st", li), "pending");
		post(li, m);
	};
	li.append(again);
	say(text("failed"));
}

/* What is not yet sent outlives the page: its id makes sending it again safe. */
const all_unsent = () => new Map(JSON.parse(remembered(kept_unsent) ?? "[]"));
const unsent = all_unsent();

/* Another tab may have kept some of its own meanwhile: one by one, they stay. */
function keep_unsent(id, m)
{
	const all = all_unsent();

	for (const known of [unsent, all])
		if (m)
			known.set(id, m);
		else
			known.delete(id);
	remember(kept_unsent, all.size > 0 && JSON.stringify([...all]));
}

/* What was refused is written again, not sent again: it goes back to the pen. */
function give_back(li, m, {status})
{
	desk.take_back(li);
	field.value = m.content;
	typed();
	if (status === 403 || status === 404)
		standing.look_anew();	/* who may not write any more reads why */
	else
		$("#refused").hidden = false;
}

/* A server that is away is asked again with the same id; a refusal is final. */
async function post(li, m, attempt = 0)
{
	try {
		await saving;	/* what is saved after it is sent would come back */
		const sent = await api("POST", "/messages", {conv_id: conv, client_msg_id: m.client_msg_id,
		    type: "text", content: m.content});
		keep_unsent(m.client_msg_id, null);
		desk.sent(sent);
		standing.spend();
	} catch (e) {
		const is_slowed = e.status === 429 && standing.is_slowed();
		const is_away = [0, 429, 502, 503, 504].includes(e.status) && !is_slowed;

		if (is_slowed)
			standing.spend(e.retry_after);
		if (!is_away)
			keep_unsent(m.client_msg_id, null);
		if (is_away && attempt < 3)
			setTimeout(post, (e.retry_after || 2 ** attempt) * 1000, li, m, attempt + 1);
		else if (is_away || field.value)
			failed(li, m);
		else
			give_back(li, m, e);
	}
}

function show_unsent()
{
	for (const m of unsent.values())
		failed(desk.show(m, false), m);
}

/* The line is back: what had been given up is tried again without being asked. */
export function resend()
{
	for (const id of unsent.keys())
		$(`.m[data-cid="${CSS.escape(id)}"] .retry`)?.click();
}

function submit(event)
{
	const content = field.value.trim();

	event?.preventDefault();
	field.focus();
	if (!content || standing.is_waiting())
		return;
	const m = {client_msg_id: new_id(), content, sender: {id: me}, status: "pending",
	    created_at: new Date().toISOString()};
	const li = desk.show(m, true);
	$("#refused").hidden = true;
	field.value = "";
	grow();
	spoken();
	clearTimeout(telling);
	telling = 0;
	keep_unsent(m.client_msg_id, m);
	post(li, m);
}

function typed()
{
	grow();
	remember(kept, field.value);
	clearTimeout(due);
	due = setTimeout(save, 1000);
	if (field.value)
		telling ||= setTimeout(tell_typing, Math.max(0, told + 3000 - Date.now()));
}

// -- the draft ---------------------------------------------------------------------

let saved = "", version = 0;	/* what the server has, as far as we know */
let due = 0, saving = null;

const url = `/conversations/${conv}`;

/* Both texts, unless one has the other in it. */
function joined(theirs, ours)
{
	if (!theirs || ours.includes(theirs))
		return ours;
	return !ours || theirs.includes(ours) ? theirs : `${theirs}\n${ours}`;
}

/* What the server has now: put where we have written nothing, else beside it. */
function adopt({draft, draft_version})
{
	const theirs = draft?.content ?? "", is_clean = field.value === saved;

	if (theirs !== saved)
		field.value = is_clean ? theirs : joined(theirs, field.value);
	saved = theirs;
	version = draft_version;
	grow();
	if (field.value === saved)
		remember(kept, "");
	else
		typed();
}

const look = () => api("GET", url).then(adopt).catch(() => {});

async function put(content)
{
	try {
		const c = await api("PUT", `${url}/draft`, {content, version});

		saved = content.trim() ? content : "";
		version = c.draft_version;
		if (field.value === content)
			remember(kept, "");
	} catch (e) {
		if (e.status === 409)
			await look();
	}
}

/* One at a time; what is typed meanwhile is due again. */
export async function save()
{
	clearTimeout(due);
	if (saving || field.value === saved)
		return;
	saving = put(field.value);
	await saving;
	saving = null;
}

/* We have spoken, here or elsewhere: that ends the draft, but not what is typed since. */
export function spoken()
{
	clearTimeout(due);
	if (field.value === saved)
		field.value = "";
	if (saved)
		version++;
	saved = "";
	remember(kept, "");
	if (field.value)
		typed();
	grow();
}

/* Another device has written, or may have. */
export async function drafted(its_version = Infinity)
{
	await saving;
	if (its_version > version)
		await look();
}

function begin_draft()
{
	const unsaved = remembered(kept);

	version = Number(composer.dataset.version);
	saved = $("#e-content") ? "" : field.value;
	if (unsaved && unsaved !== saved) {
		field.value = joined(saved, unsaved);
		typed();
	}
}

/* Every three seconds at most: the hub hears no more. */
function tell_typing()
{
	telling = 0;
	told = Date.now();
	if (field.value)
		send({op: "typing", conv_id: conv});
}

/* Where the browser cannot size a field by its content. */
function grow()
{
	if (CSS.supports("field-sizing", "content"))
		return;
	field.rows = Math.min(12, field.value.split("\n").length);
}

/* The Enter that confirms a composition is not ours: 229 where it is not told. */
function key(event)
{
	if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229)
		return;
	event.preventDefault();
	submit();
}

export function start(conversation)
{
	desk = conversation;
	show_unsent();
	begin_draft();
	field.setSelectionRange(field.value.length, field.value.length);	/* writing goes on where it ended */
	grow();
	composer.noValidate = true;
	composer.addEventListener("submit", submit);
	field.addEventListener("input", typed);
	field.addEventListener("keydown", key);
	document.addEventListener("visibilitychange", save);
	addEventListener("pagehide", save);
	if (matchMedia("(pointer: fine)").matches)
		field.focus({preventScroll: true});
}
