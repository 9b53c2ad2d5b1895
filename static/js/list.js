// SPDX-License-Identifier: MIT
/*
 * list.js -- The conversation list, kept true by events.
 *
 * A row carries what it knows (last seq, last read seq, how often we are called,
 * whether it is marked unread); a message with a lower seq is an echo.  The
 * unread count is the difference, as everywhere.  What a filter would not show
 * leaves, unless it is the chat that is open.
 */

import {$, $$, api, excerpt, in_turn, me, new_time, presence_text, set_avatar, set_count, set_ticks, stencil, text, when_past} from "./ui.js";
import {on} from "./socket.js";

const rows = $("#rows");
const title = document.title;

const filter = rows?.dataset.filter || "all";
const is_found = rows?.dataset.query !== undefined;
/* Where the rows are not all that has news, they cannot say how much there is. */
const is_part = is_found || !["all", "unread"].includes(filter) || $("#rows ~ .more:not(#people)") !== null;

const row_of = (conv_id) => $(`.row[data-conv="${CSS.escape(conv_id)}"]`, rows);
const unread = (row) => Math.max(0, row.dataset.seq - row.dataset.read);
const is_marked = (row) => row.dataset.marked === "1";
export const calls_me = (m) => m.sender.id !== me && Boolean(m.mentions?.some((id) => id === me || id === "all"));

export function show_total(n)
{
	set_count($("#n-unread"), n);
	document.title = n > 0 ? `(${n}) ${title}` : title;
}

/* Of a muted one only what calls us; one that is marked is one. */
export const weight = ({muted, unread: n, calls, marked}) => muted ? calls : n || Number(marked);

function total()
{
	if (is_part)
		return;		/* count.js knows */
	show_total($$(".row", rows).reduce((n, row) => n + weight({muted: row.classList.contains("mute"),
	    unread: unread(row), calls: Number(row.dataset.calls), marked: is_marked(row)}), 0));
}

const KINDS = {all: () => true, hidden: () => true, unread: (row) => unread(row) > 0 || is_marked(row),
	groups: (row) => row.dataset.type !== "direct", direct: (row) => row.dataset.type === "direct"};
const fits = (row) => is_found || row.classList.contains("on") || KINDS[filter](row);

/* The world alone is nobody's chat. */
function is_empty()
{
	const [first, second] = rows.children;

	return !first || (!second && first.dataset.type === "world" && filter === "all" && !is_found);
}

/* What follows from which rows there are, and what is in them. */
function settle()
{
	$("#no-rows").hidden = !is_empty();
	total();
}

function remove(row)
{
	clearTimeout(row?.mute);
	row?.remove();
	settle();
}

/* A sign behind the first thing in a line, as the server puts it there. */
function show_sign(line, name, is)
{
	const there = $(`:scope > .i use[href$="#${name}"]`, line)?.parentElement;

	if (!is)
		there?.remove();
	else if (!there) {
		const sign = $(".i", stencil("ticks"));

		$("use", sign).setAttribute("href", `${text("icons")}#${name}`);
		line.firstElementChild.after(sign);
	}
}

function show_unread(row)
{
	const badge = $(".badge", row), n = unread(row);

	set_count(badge, n);
	if (n === 0) {
		badge.hidden = !is_marked(row);
		$(".n", badge).textContent = "";
	}
	$(".call", row).hidden = Number(row.dataset.calls) === 0;
	show_sign($(".l2", row), "pin", row.classList.contains("pin") && badge.hidden);
	if (!fits(row))
		row.remove();
	settle();
}

/* A mute that runs out tells nobody. */
function watch_mute(row)
{
	clearTimeout(row.mute);
	row.mute = when_past(row.dataset.silent, refresh, row.dataset.conv);
}

/* Pinned ones on top, else the newest first. */
function place(row)
{
	const older = $$(".row", rows).find((other) => other !== row &&
	    (row.classList.contains("pin") === other.classList.contains("pin") ?
	    other.dataset.at <= row.dataset.at : row.classList.contains("pin")));

	rows.insertBefore(row, older ?? null);
}

/* How far the other has come with our last message; receipts may overtake it. */
function show_status(row, status)
{
	const ticks = $(".at .st", row), seq = Number(row.dataset.seq);

	if (ticks && seq <= Number(row.dataset.peer_read))
		set_ticks(ticks, "read");
	else if (ticks && seq <= Number(row.dataset.peer_delivered) && status !== "read")
		set_ticks(ticks, "delivered");
	else if (ticks)
		set_ticks(ticks, status);
}

function show_last(row, message)
{
	const at = $(".at", row);

	row.dataset.at = message.created_at;
	const {id, display_name} = message.sender;
	const who = row.dataset.type === "direct" || message.type === "system" ? "" :
	    `${id === me ? text("you") : display_name || text("gone")}: `;
	$(".prev", row).textContent = who + excerpt(message);
	at.replaceChildren();
	if (message.sender.id === me && message.type !== "system") {
		at.append(stencil("ticks"));
		show_status(row, message.status || "sent");
	}
	at.append(new_time("when", message.created_at));
}

/* What is begun stands before what was said last, but where it is being written. */
function show_draft(row, draft)
{
	const label = document.createElement("b");

	if (!draft || row.classList.contains("on"))
		return;
	label.className = "draft";
	label.textContent = text("draft");
	$(".prev", row).replaceChildren(label, " ", draft.content);
}

const is_open = (c) => c.id === $("#main")?.dataset.conv;

function fill(row, c)
{
	row.classList.toggle("on", is_open(c));
	row.classList.toggle("pin", c.pinned);
	row.classList.toggle("mute", c.muted);
	Object.assign(row.dataset, {calls: c.mentions, marked: Number(c.marked_unread), silent: c.silent_until ?? ""});
	Object.assign(row.dataset, {conv: c.id, seq: c.last_seq, read: c.last_seq - c.unread,
	    at: c.last_message?.created_at ?? c.created_at, peer: c.peer?.id ?? "", type: c.type,
	    peer_read: c.peer_read_seq ?? 0, peer_delivered: c.peer_delivered_seq ?? 0});
	const name = c.type === "world" && c.title === "World" ? text("world") : c.title || text("gone");
	$("a", row).href = `/c/${c.id}${filter === "all" ? "" : `?filter=${filter}`}`;
	$(".name", row).textContent = name;
	show_sign($(".l1", row), "muted", c.muted);
	set_avatar($(".av", row), c.peer?.id ?? c.id, name);
	$(".dot", row).dataset.dot = c.peer?.id ?? "";
	$(".dot", row).dataset.p = c.peer?.presence.status ?? "";
	if (c.peer)
		presence({user_id: c.peer.id, status: c.peer.presence.status});
	if (c.last_message)
		show_last(row, c.last_message);
	show_draft(row, c.draft);
	watch_mute(row);
}

function put(c)
{
	const row = row_of(c.id) ?? stencil("row");

	if (is_found && !row.isConnected)
		return;		/* what is found stays what was asked for */
	fill(row, c);
	if (c.hidden !== (filter === "hidden") && !is_found && !is_open(c))
		row.remove();
	else
		place(row);
	show_unread(row);
}

/*
 * A conversation that we do not know, or know too little of, is asked for; and
 * again if something happened to it while the answer was on its way.
 */
const refresh = in_turn((conv_id) => api("GET", `/conversations/${conv_id}`).then(put).catch((e) => {
	if (e.status === 404 || e.status === 403)
		remove(row_of(conv_id));
}));

/* What has been said since is not in it. */
function put_listed(c)
{
	if (Number(row_of(c.id)?.dataset.seq) > c.last_seq)
		refresh(c.id);
	else
		put(c);
}

/* We were away, and only messages are told again: what the page shows is read again. */
async function catch_up()
{
	if (is_found) {
		$$(".row", rows).forEach((row) => refresh(row.dataset.conv));
		return;
	}
	const old = $$(".row:not(.on)", rows);	/* what comes meanwhile is newer than the answer */
	const {items, next} = await api("GET", `/conversations?filter=${filter}`).catch(() => ({items: [], next: true}));
	const known = new Set(items.map((c) => c.id));

	items.forEach(put_listed);
	if (!next)
		old.filter((row) => !known.has(row.dataset.conv)).forEach(remove);
}

/* Somebody has another name. */
function profile({action, user})
{
	if (action === "profile")
		for (const row of $$(`.row[data-peer="${CSS.escape(user.id)}"]`, rows))
			refresh(row.dataset.conv);
}

/* How often we are called beyond it, the server knows. */
export function seen(conv_id, seq)
{
	const row = row_of(conv_id);

	if (!row || (seq <= Number(row.dataset.read) && !is_marked(row)))
		return;
	row.dataset.read = Math.max(seq, row.dataset.read);
	row.dataset.marked = 0;
	if (unread(row) === 0)
		row.dataset.calls = 0;
	else if (Number(row.dataset.calls) > 0)
		refresh(conv_id);
	show_unread(row);
}

export function arrived(message)
{
	const row = row_of(message.conv_id);

	if (!row) {
		refresh(message.conv_id);
		return;
	}
	if (message.recalled_at && message.seq === Number(row.dataset.seq))
		show_last(row, message);
	if (message.recalled_at && Number(row.dataset.calls) > 0)
		refresh(message.conv_id);	/* it may have been the one that called */
	if (message.seq <= Number(row.dataset.seq))
		return;
	if (filter === "hidden") {
		remove(row);	/* it came back by this */
		return;
	}
	refresh.outdated(message.conv_id);
	const draft = $(".draft", row);

	row.dataset.seq = message.seq;
	if (message.sender.id === me)
		Object.assign(row.dataset, {read: message.seq, calls: 0, marked: 0});
	else if (calls_me(message))
		row.dataset.calls = Number(row.dataset.calls) + 1;
	typing(row, false);
	if (draft && message.sender.id !== me)
		row.dataset.at = message.created_at;
	else
		show_last(row, message);
	place(row);
	show_unread(row);
}

function typing(row, is)
{
	const last = $(".prev", row);

	clearTimeout(row.typing);
	if (is && !last.classList.contains("typing"))
		row.kept = [...last.childNodes];
	else if (!is && last.classList.contains("typing") && last.textContent === text("typing"))
		last.replaceChildren(...row.kept);
	last.classList.toggle("typing", is);
	if (is) {
		last.textContent = text("typing");
		row.typing = setTimeout(() => typing(row, false), 6000);
	}
}

/* Another's receipt moves the ticks; our own, from another device, the count. */
function receipt({conv_id, user_id, read_seq, delivered_seq})
{
	const row = row_of(conv_id);

	if (!row)
		return;
	if (user_id === me) {
		if (read_seq)
			seen(conv_id, read_seq);
		return;
	}
	row.dataset.peer_read = Math.max(row.dataset.peer_read ?? 0, read_seq ?? 0);
	row.dataset.peer_delivered = Math.max(row.dataset.peer_delivered ?? 0, delivered_seq ?? 0);
	show_status(row, $(".at .st", row)?.dataset.st);
}

export function presence({user_id, status})
{
	for (const dot of $$(`[data-dot="${CSS.escape(user_id)}"]`))
		dot.dataset.p = status;
	for (const line of $$(`[data-pres="${CSS.escape(user_id)}"]`)) {
		if (line.dataset.p === status)
			continue;
		line.dataset.p = status;
		line.textContent = presence_text(status);
	}
}

/* Typing narrows down what is here; Enter asks for what is not, and for people. */
function narrow()
{
	const wanted = $("#search").value.trim(), people = $("#people");

	for (const row of $$(".row", rows))
		row.hidden = !$(".name", row).textContent.toLocaleLowerCase().includes(wanted.toLocaleLowerCase());
	people.hidden = wanted === "";
	$("a", people).href = `/contacts?query=${encodeURIComponent(wanted)}`;
}

export async function start()
{
	$$(".row[data-silent]", rows).forEach(watch_mute);
	on("message", arrived);
	on("receipt", receipt);
	on("conversation", (data) => refresh(data.id ?? data.conv_id));
	on("gap", ({conv_id}) => refresh(conv_id));
	on("contact", profile);
	on("open", ({again}) => { if (again) catch_up(); });
	on("typing", ({conv_id}) => { const row = row_of(conv_id); if (row) typing(row, true); });
	$("#search").addEventListener("input", narrow);
	if (is_part)
		await (await import("./count.js")).start();
	else
		total();
}
