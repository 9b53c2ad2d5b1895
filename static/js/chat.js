// SPDX-License-Identifier: MIT
/*
 * chat.js -- One open conversation: what happens to it, handed to its parts.
 *
 * chat/messages.js draws them, chat/history.js sees that none is missing,
 * chat/reading.js says what we have read, chat/composer.js is for writing and
 * chat/standing.js for what stands around.  No other page needs those: they come
 * in this one file (Makefile).
 */

import {$, api, excerpt, me, say, text} from "./ui.js";
import {ack, on} from "./socket.js";
import * as list from "./list.js";
import * as composer from "./chat/composer.js";
import {catch_up, is_ahead, let_go, load_older, take} from "./chat/history.js";
import {at_end, chat, conv, draw_days, first_seq, is_newest, item, new_item, put, receipt, remove, scroll} from "./chat/messages.js";
import * as reading from "./chat/reading.js";
import * as standing from "./chat/standing.js";

const peer = chat.dataset.peer;

/* Of what is beyond the page only what stands there already may change. */
const is_beyond = ({seq}) => !item(seq) && (!is_newest || seq <= first_seq());

function arrived(m)
{
	const was_at_end = at_end();

	if (m.conv_id !== conv)
		return;
	if (is_beyond(m)) {
		reading.heard_of(m.seq);
		return;
	}
	const is_new = take(m);
	if (is_ahead(m))
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
		reading.mark_read();
	else
		reading.one_more_below();
}

/* What the composer asks of the conversation. */
const desk = {
	/* A message stands at the end of its own time, even behind one still unsent. */
	show(m, is_new) {
		const li = new_item(m);

		li.dataset.cid = m.client_msg_id;
		li.classList.toggle("arrives", is_new);
		if (is_new)
			$("#fresh")?.remove();
		put(li);
		if (is_new && is_newest)
			reading.to_end();
		else if (is_new)
			li.scrollIntoView();
		return li;
	},
	take_back: remove,
	/* From a page of long ago it leads to where it stands. */
	sent(m) {
		if (!is_newest) {
			location.assign(`/c/${conv}#m${m.seq}`);
			return;
		}
		take(m);
		list.arrived(m);
		reading.read_to(m.seq);
		ack(conv, m.seq);
	},
};

/* The line is back; receipts, drafts and who is there are not told again. */
async function look_again()
{
	const c = await api("GET", `/conversations/${conv}`).catch(() => null);

	if (!c)
		return;
	composer.drafted(c.draft_version).then(composer.save);	/* what found no line is due still */
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
		load_older();
		look_again();
	});
	scroll.addEventListener("scroll", load_older, {passive: true});
	if ($("#calls"))
		import("./crowd.js").then((crowd) => crowd.start());
	ack(conv, reading.last_seq);
	if (location.hash === "#fresh" || !location.hash)
		$("#fresh")?.scrollIntoView({block: "center"});
	reading.start();
	if (scroll.scrollHeight <= scroll.clientHeight)
		load_older();	/* else when somebody scrolls there */
}
