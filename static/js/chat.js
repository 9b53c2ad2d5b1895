// SPDX-License-Identifier: MIT
/*
 * chat.js -- One open conversation.
 *
 * What arrives is put in place by seq: an event, a reply and a page of history
 * may all bring the same one.  What is written here is composer.js's, until it
 * is on its way.  The scroller is reversed (app.css), so that the end and the
 * distance to it are kept by themselves when older messages go in above.
 */

import {$, $$, api, day_of, excerpt, html, in_turn, me, notice, say, set_avatar, set_count, set_ticks, set_time, stencil, text} from "./ui.js";
import {ack, on} from "./socket.js";
import * as composer from "./composer.js";
import * as list from "./list.js";
import * as standing from "./standing.js";

const chat = $("#main"), list_of = $("#ms"), scroll = $("#scroll");
const jump = $("#jump"), older = $("#older");
const conv = chat.dataset.conv, peer = chat.dataset.peer;
const is_newest = !chat.dataset.newer;
const order = ["failed", "pending", "sent", "delivered", "read"];
const theirs = {read: Number(chat.dataset.peerRead), delivered: Number(chat.dataset.peerDelivered)};
let last_seq = Number(chat.dataset.seq), read_seq = Number(chat.dataset.read);
let whole = last_seq;	/* up to here nothing is missing on the page of the newest */
let below = 0, loading = false;
let is_marked = chat.dataset.marked === "1";	/* unread, until it is read now */

const at_end = () => scroll.scrollTop > -80;
const item = (seq) => document.getElementById(`m${seq}`);
const messages = () => $$(".m", list_of);
const stamped = (li) => $("time", li).dateTime;

// -- how messages stand together -------------------------------------------------

/* As the server groups them: one sender, within five minutes. */
const together = (a, b) => a?.matches?.(".m:not(.told)") && b?.matches?.(".m:not(.told)") &&
    a.dataset.by === b.dataset.by &&
    Math.abs(Date.parse(stamped(b)) - Date.parse(stamped(a))) < 300000;

/* Sets the edges of the group that li stands in, and the day above it. */
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
function draw_days()
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

// -- putting messages in -----------------------------------------------------------

const later = (a, b) => order.indexOf(a) > order.indexOf(b) ? a : b;

/* A receipt may have overtaken the message that it is about. */
function status_of({seq, status = "sent"})
{
	if (seq <= theirs.read)
		return "read";
	return seq <= theirs.delivered ? later(status, "delivered") : status;
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

function fill_said(li, m)
{
	const own = m.sender.id === me, name = m.sender.display_name || text("gone");

	li.dataset.by = m.sender.id;
	li.classList.toggle("own", own);
	li.classList.toggle("calls", list.calls_me(m));
	$(".who", li).className = `vh who n${BigInt(m.sender.id) % 8n}`;
	$(".who b", li).textContent = own ? text("you") : name;
	if ($(".av", li))
		set_avatar($(".av", li), m.sender.id, name);
	if (m.html)
		html($(".text", li), m.html);
	else
		$(".text", li).textContent = m.recalled_at ? text("recalled") : m.content;
	$(".text", li).classList.toggle("plain", !m.html);
	if (own) {
		if (!$(".st", li))
			$(".meta", li).append(stencil("ticks"));
		set_ticks($(".st", li), status_of(m));
	}
}

function new_item(m)
{
	const li = stencil(m.type === "system" ? "told" : "message");

	li.removeAttribute("id");
	delete li.dataset.seq;
	fill(li, m);
	return li;
}

/* Before the first with a higher seq; what is not numbered yet stays last. */
function insert(li)
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

/* What goes in below must not move what is being read above. */
function keep_place(change)
{
	const stay = !at_end(), before = scroll.scrollHeight;

	change();
	if (stay)
		scroll.scrollTop -= scroll.scrollHeight - before;
}

function day_above(li)
{
	const above = messages().at(messages().indexOf(li) - 1);

	if (above && above !== li && day_of(stamped(above)) === day_of(stamped(li)))
		arrange(li);
	else
		draw_days();
}

const mine = (m) => m.client_msg_id && $(`.m[data-cid="${CSS.escape(m.client_msg_id)}"]`, list_of);

/* What was tried more than once may come behind what was said after it. */
function put_right(li)
{
	if (Number(li.nextElementSibling?.dataset.seq) < li.dataset.seq) {
		insert(li);
		messages().forEach(arrange);
	}
}

/* Any message of this conversation, from wherever it comes; true if it is new. */
function take(m)
{
	const there = item(m.seq) ?? (m.sender.id === me ? mine(m) : null);

	last_seq = Math.max(last_seq, m.seq);
	if (m.seq === whole + 1)
		whole = m.seq;
	if (there) {
		fill(there, m);
		$(".retry", there)?.remove();
		put_right(there);
		return false;
	}
	keep_place(() => {
		const li = new_item(m);

		li.classList.add("arrives");
		insert(li);
		day_above(li);
	});
	return true;
}

function arrived(m)
{
	const was_at_end = at_end();

	if (m.conv_id !== conv)
		return;
	/* Of what is beyond the page only what stands there already may change. */
	if (!item(m.seq) && (!is_newest || m.seq <= first_seq())) {
		last_seq = Math.max(last_seq, m.seq);
		return;
	}
	const is_new = take(m);
	if (m.seq > whole)
		catch_up();
	if (!is_new)
		return;
	if (m.sender.id === me) {
		composer.spoken();
		return;
	}
	standing.show_typing(false);
	say(m.type === "system" ? excerpt(m) : `${text("new", m.sender.display_name)}: ${excerpt(m)}`);
	if (was_at_end)
		let_go();
	if (was_at_end && document.visibilityState === "visible")
		mark_read();
	else
		set_below(below + 1);
}

/* History is the truth: pages in what is missing.  Too much of it is another page. */
const catch_up = in_turn(async () => {
	for (let i = 0; i < 5 && last_seq - whole <= 1000; i++) {
		const page = await api("GET", `/messages?conv_id=${conv}&since_seq=${whole}&limit=200`).catch(() => ({items: []}));
		for (const m of page.items) {
			take(m);
			whole = Math.max(whole, m.seq);
		}
		if (page.items.length < 200) {
			mark_read();
			return;
		}
	}
	location.reload();
});

// -- older ones ----------------------------------------------------------------------

const first_seq = () => Number(messages()[0]?.dataset.seq ?? 0);

/* A page that is open for days keeps no more than anybody scrolls through. */
function let_go()
{
	const all = messages();

	if (all.length <= 1000 || loading)	/* what is loading stands before what is here */
		return;
	for (const li of all.slice(0, -500))
		li.remove();
	draw_days();
	older.hidden = false;
	$("a", older).href = `/c/${conv}?before=${first_seq()}`;
}

async function load_older()
{
	const first = first_seq();

	if (loading || older.hidden || first <= 1)
		return;
	loading = true;
	try {
		const page = await api("GET", `/messages?conv_id=${conv}&before_seq=${first}&limit=50`);
		for (const m of page.items)
			if (!item(m.seq))
				insert(new_item(m));
		draw_days();
		older.hidden = page.items.length < 50;
		loading = false;
		if (near_top())
			load_older();
	} catch (e) {
		loading = false;	/* the next scroll tries again */
		older.hidden = e.status === 404;
	}
}

const near_top = () => scroll.scrollHeight + scroll.scrollTop - scroll.clientHeight < 600;

// -- reading -----------------------------------------------------------------------------

let wanted = 0;

function mark_read()
{
	if (!is_newest || document.visibilityState !== "visible" || !at_end() || (read_seq >= last_seq && !is_marked))
		return;
	wanted = last_seq;
	list.seen(conv, wanted);
	set_below(0);
	report_read();
}

/* What has been read meanwhile goes with the next. */
const report_read = in_turn(async () => {
	const seq = wanted;

	if (read_seq >= seq && !is_marked)
		return;
	await api("PUT", `/conversations/${conv}/read`, {seq}).then(() => {
		read_seq = Math.max(read_seq, seq);
		is_marked = false;
	}, () => {});
});

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

function to_end(event)
{
	if (!is_newest)
		return;
	event?.preventDefault();
	scroll.scrollTo({top: 0});
	if (event)
		scroll.focus({preventScroll: true});	/* the button goes */
	mark_read();
}

function scrolled()
{
	show_jump();
	if (at_end())
		mark_read();
	if (near_top())
		load_older();
}

function receipt({conv_id, user_id, read_seq: read, delivered_seq: delivered})
{
	if (conv_id !== conv || user_id === me)
		return;
	theirs.read = Math.max(theirs.read, read ?? 0);
	theirs.delivered = Math.max(theirs.delivered, delivered ?? 0);
	for (const li of $$(".own[data-seq]", list_of)) {
		const ticks = $(".st", li);

		if (ticks.dataset.st !== "read")
			set_ticks(ticks, status_of({seq: Number(li.dataset.seq), status: ticks.dataset.st}));
	}
}

// -- what the composer asks of the conversation ------------------------------------------

const desk = {
	is_newest,
	/* A message stands at the end of its own time, even behind one still unsent. */
	show(m, is_new) {
		const li = new_item(m);

		li.dataset.cid = m.client_msg_id;
		li.classList.toggle("arrives", is_new);
		if (is_new)
			$("#fresh")?.remove();
		insert(li);
		day_above(li);
		if (is_new)
			to_end();
		return li;
	},
	take_back(li) {
		li.remove();
		messages().forEach(arrange);
	},
	sent(m) {
		take(m);
		list.arrived(m);
		read_seq = Math.max(read_seq, m.seq);
		ack(conv, m.seq);
	},
};

// -- its life ------------------------------------------------------------------------------

/* The line is back; receipts, drafts and who is there are not told again. */
async function look_again()
{
	const c = await api("GET", `/conversations/${conv}`).catch(() => null);

	if (!c)
		return;
	composer.drafted(c.draft_version);
	if (!c.peer)
		return;		/* many, or an account that is gone */
	receipt({conv_id: conv, user_id: peer, read_seq: c.peer_read_seq, delivered_seq: c.peer_delivered_seq});
	list.presence({user_id: peer, status: c.peer.presence.status});
}

export function start()
{
	draw_days();
	standing.start();
	composer.start(desk);
	on("message", arrived);
	on("receipt", receipt);
	on("conversation", ({conv_id, draft_version}) => { if (conv_id === conv) composer.drafted(draft_version); });
	on("gap", ({conv_id}) => { if (conv_id === conv && is_newest) catch_up(); });
	on("open", ({again, is_back}) => {
		if (!again)
			return;
		if (is_newest)
			catch_up().then(() => { if (is_back) composer.resend(); });
		if (near_top())
			load_older();
		look_again();
	});
	scroll.addEventListener("scroll", scrolled, {passive: true});
	document.addEventListener("visibilitychange", mark_read);
	jump.addEventListener("click", to_end);
	if ($("#calls"))
		import("./crowd.js").then((crowd) => crowd.start());
	ack(conv, last_seq);
	if (location.hash === "#fresh" || !location.hash)
		$("#fresh")?.scrollIntoView({block: "center"});
	if (at_end())
		mark_read();
	show_jump();
	if (scroll.scrollHeight <= scroll.clientHeight)
		load_older();	/* else when somebody scrolls there */
}
