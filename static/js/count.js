// SPDX-License-Identifier: MIT
/*
 * count.js -- How much is unread, where no list on the page says it: there is
 * none, or it shows a part.
 *
 * The numbers of each conversation, as list.js has them in its rows; of the 200
 * with the newest activity, and of those in which something happens.
 */

import {api, in_turn, me} from "./ui.js";
import {on} from "./socket.js";
import {calls_me, show_total, weight} from "./list.js";

export async function start()
{
	const known = new Map();
	const show = () => show_total([...known.values()].reduce((n, c) =>
	    n + weight({...c, unread: Math.max(0, c.seq - c.read)}), 0));
	const learn = (c) => known.set(c.id, {seq: c.last_seq, read: c.last_seq - c.unread, muted: c.muted,
	    calls: c.mentions, marked: c.marked_unread});
	/* What has been said since is not in it. */
	const learn_listed = (c) => known.get(c.id)?.seq > c.last_seq ? look_at(c.id) : learn(c);
	const look = () => api("GET", "/conversations?limit=200").then(({items}) => items.forEach(learn_listed)).catch(() => {});
	/* Muted, marked, hidden, left, taken out: the server has it. */
	const look_at = in_turn(async (conv_id) => {
		const c = await api("GET", `/conversations/${conv_id}`).catch((e) => e);

		if (c.id ? c.hidden : c.status === 404 || c.status === 403)
			known.delete(conv_id);
		else if (c.id)
			learn(c);
		show();
	});

	on("message", (m) => {
		const c = known.get(m.conv_id) ?? {seq: 0, read: m.seq - 1, muted: false, calls: 0, marked: false};

		if (m.recalled_at && c.calls > 0)
			look_at(m.conv_id);
		if (m.seq <= c.seq)
			return;
		look_at.outdated(m.conv_id);
		if (m.sender.id === me)
			Object.assign(c, {read: m.seq, calls: 0, marked: false});
		else if (calls_me(m))
			c.calls++;
		c.seq = m.seq;
		known.set(m.conv_id, c);
		show();
	});
	on("receipt", ({conv_id, user_id, read_seq}) => {
		const c = known.get(conv_id);

		if (!c || user_id !== me || !read_seq)
			return;
		c.read = Math.max(c.read, read_seq);
		if (c.read >= c.seq)
			Object.assign(c, {calls: 0, marked: false});
		show();
	});
	on("conversation", ({id, conv_id = id}) => look_at(conv_id));
	on("open", ({again}) => { if (again) look().then(show); });
	await look();
	show();
}
