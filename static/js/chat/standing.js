// SPDX-License-Identifier: MIT
/*
 * standing.js -- What stands around the messages: the head with who it is and who
 * types, and the foot, where we may write or not, and how often.
 *
 * Whether and how often are the server's to say, in its words: the foot of the
 * page is asked for anew when they changed.  Slow mode is kept by the server, too;
 * the clock here is its echo, so that nobody types against a wall.
 */

import {$, api, banner, banner_off, in_turn, me, set_avatar, span, text, when_past} from "../ui.js";
import {on} from "../socket.js";

const chat = $("#main"), foot = $("#say");
const conv = chat.dataset.conv, peer = chat.dataset.peer;

// -- slow mode -------------------------------------------------------------------

let free_at = 0, tick = 0;

const pace = () => Number(foot.dataset.pace ?? 0);
const wait_s = () => Math.max(0, Math.ceil((free_at - Date.now()) / 1000));
const clock = (s) => s < 60 ? span(s) : `${Math.floor(s / 60)}:${String(s % 60).padStart(2, "0")}`;

export const is_slowed = () => pace() > 0;
export const is_waiting = () => wait_s() > 0;

function show_wait()
{
	const left = wait_s(), line = $("#slow span");

	clearTimeout(tick);
	$("#composer .send").disabled = left > 0;
	if (line)
		line.textContent = left > 0 ? text("slow", clock(left)) : text("pace", span(pace()));
	if (left > 0)
		tick = setTimeout(show_wait, 1000);
}

/* A message is on its way, or was refused: so long until the next. */
export function spend(seconds = pace())
{
	if (!is_slowed())
		return;
	free_at = Date.now() + seconds * 1000;
	show_wait();
}

// -- whether we may write ----------------------------------------------------------

let end_of_mute = 0;

/* The foot as the page has it now.  A mute ends by itself, with nobody telling. */
function read_foot()
{
	free_at = Date.now() + Number(foot.dataset.wait ?? 0) * 1000;
	show_wait();
	clearTimeout(end_of_mute);
	end_of_mute = when_past($(".cannot time", foot)?.dateTime, look_anew);
}

/* False: the line is bad, and whoever asks next finds it to be done still. */
async function renew_foot()
{
	const renew = await import("../renew.js").catch(() => null);
	const answer = await renew?.ask(`/c/${conv}`).catch(() => null);

	if (answer?.status !== 200)
		return false;
	renew.take_over(foot, $("#say", answer.page));
	read_foot();
	return true;
}

/* We are out of it: nothing more comes, and nothing is said. */
function fall_silent(reason)
{
	const line = $(".cannot", foot) ?? document.createElement("p");

	line.className = "cannot";
	line.textContent = text(reason === "dissolved" ? "dissolved" : "out");
	$("#composer").hidden = true;
	$("#slow")?.remove();
	foot.append(line);
	banner(line.textContent);
	chat.dataset.standing = "";	/* whoever comes back finds it anew */
}

function show_name(name, id)
{
	$("#who .name").textContent = name;
	set_avatar($("#who .av"), id, name);
}

/* The head follows what is so now, and the foot if our right to write did. */
const look = in_turn(async () => {
	const c = await api("GET", `/conversations/${conv}`).catch((e) => {
		if (e.status === 403 || e.status === 404)
			fall_silent();
	});

	if (!c)
		return;
	if ($("#count"))
		$("#count").textContent = `${c.members} ${text(c.members === 1 ? "member" : "members")}`;
	if (c.type !== "world" || c.title !== "World")
		show_name(c.title || text("gone"), c.peer?.id ?? conv);
	banner_off("out");
	const standing = `${c.role} ${Number(c.muted_all ?? 0)} ${c.muted_until ?? ""} ${c.slow_mode_s ?? 0}`;
	if (standing !== chat.dataset.standing && await renew_foot())
		chat.dataset.standing = standing;
});

export function look_anew()
{
	chat.dataset.standing = "";
	look();
}

function changed({conv_id, id, action, reason})
{
	if ((conv_id ?? id) !== conv)
		return;
	if (action === "removed" && reason)
		fall_silent(reason);
	else
		look();
}

/* The other has another name, or we are contacts now, or no more. */
function bond_changed({action, user_id, contact, block, user = contact?.user ?? block?.user})
{
	if ((user_id ?? user?.id) !== peer)
		return;
	if (action === "profile")
		look();
	else
		look_anew();
}

// -- who types -----------------------------------------------------------------------

let still = 0;

export function show_typing(is)
{
	clearTimeout(still);
	$("#typing").hidden = !is;
	if (is)
		still = setTimeout(show_typing, 6000, false);
}

/* In a crowd it is said who, as far as the page knows them. */
function types({conv_id, user_id})
{
	if (conv_id !== conv || user_id === me)
		return;
	const name = $(`.m[data-by="${CSS.escape(user_id)}"] .who b`, $("#ms"))?.textContent;
	if (!peer)
		$("#typing").textContent = name ? text("types", name) : text("typing");
	show_typing(true);
}

export function start()
{
	read_foot();
	on("typing", types);
	if (peer) {
		on("contact", bond_changed);
		on("open", ({again}) => { if (again && $(".cannot", foot)) look_anew(); });
		return;
	}
	on("conversation", changed);
	on("member", changed);
	on("open", ({again}) => { if (again) look(); });
}
