// SPDX-License-Identifier: MIT
/*
 * app.js -- Where the script starts: wires the modules to the page it is on.
 *
 * Without it every page works; it adds what a page cannot do by itself.
 */

import {$, $$, api, in_turn, localize, me, remembered, say, set_count, text} from "./ui.js";
import {ack, connect, on} from "./socket.js";
import * as list from "./list.js";

/* One key for one place: `/` searches, Esc goes back. */
function keys(event)
{
	const typing = event.target.matches("input, textarea, select");

	if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing)
		return;
	if (event.key === "/" && !typing && $("#search")) {
		event.preventDefault();
		$("#search").focus();
	} else if (event.key === "Escape")
		escape(event.target);
}

function escape(target)
{
	if ($("#details:not([hidden])"))
		$("#details-x").click();
	else if (target.matches('[type="search"]') && target.value) {
		target.value = "";
		target.dispatchEvent(new Event("input"));
	} else if (target.matches("input, select, textarea:not(#content)"))
		target.blur();	/* what is typed there would be lost with the page */
	else
		$("[data-back], .chat .back")?.click();
}

/* How many ask to be our contact: the page says it, until somebody else does. */
const count_requests = in_turn(async () => {
	const badge = $("#n-requests");
	const reply = badge && await api("GET", "/contact-requests?direction=in&limit=99").catch(() => null);

	if (reply)
		set_count(badge, reply.items.length);
});

/* The theme changes as it is chosen, and is saved with the form. */
function live_theme(form)
{
	const {dataset} = document.documentElement;
	const save = in_turn(() => api("PATCH", "/users/me", {theme: dataset.theme}).catch(() => {}));

	form.addEventListener("change", ({target}) => {
		if (target.name !== "theme")
			return;
		dataset.theme = target.value;
		save();
	});
}

/* What was today is yesterday, on a page that is open overnight.  A clock that slept is an hour late at most. */
function keep_days()
{
	const midnight = new Date().setHours(24, 0, 1, 0);

	setTimeout(() => { localize(); keep_days(); }, Math.min(midnight - Date.now(), 36e5));
}

/* The one that is on, of a row too long for the screen: the page itself stays. */
function show_current(row)
{
	const on = $("[aria-current]", row);

	if (on)
		row.scrollLeft = on.offsetLeft - row.offsetLeft - (row.clientWidth - on.offsetWidth) / 2;
}

/* The link beside the button, into the clipboard. */
async function copy({target})
{
	const button = target.closest("[data-copy]"), link = button?.parentElement.querySelector("[data-link]");

	if (!link)
		return;
	link.select();
	/* The clipboard is there for https alone; what is marked may be copied from anywhere. */
	if (!await navigator.clipboard?.writeText(link.value).then(() => true, () => false) && !document.execCommand("copy"))
		return;
	$("use", button).setAttribute("href", $("use", button).getAttribute("href").replace("#copy", "#sent"));
	say(text("copied"));
}

// -- a conversation's details: a third pane where there is room, else a page -------

const has_room = () => matchMedia("(min-width: 75rem)").matches;

async function show_details(is_shown)
{
	(await import("./details.js")).show(is_shown);
}

function toggle_details(event)
{
	if (!has_room())
		return;
	event.preventDefault();
	show_details($("#details").hidden);
}

function start_details()
{
	$("#who").addEventListener("click", toggle_details);
	$("#details-x").addEventListener("click", () => show_details(false));
	if (remembered("details") && has_room())
		show_details(true);
}

// -- the start ---------------------------------------------------------------------

async function start()
{
	localize();
	if (!me)
		return;
	keep_days();
	document.addEventListener("keydown", keys);
	on("message", (m) => ack(m.conv_id, m.seq));
	on("presence", list.presence);
	on("contact", ({action, request}) => {
		if (action !== "profile")
			count_requests();
		if (action === "request" && request?.to?.id === me)
			say(text("request"));
	});
	on("open", ({again}) => { if (again) count_requests(); });
	if ($("#appearance"))
		live_theme($("#appearance"));
	if ($("#details"))
		start_details();
	document.addEventListener("click", copy);
	$$(".tabs, .chips").forEach(show_current);
	const begin = ({start: its_start}) => its_start();
	const parts = [
		$("#rows") ? list.start() : $("#n-unread") && import("./count.js").then(begin),
		$("#ms") && $("#main.chat") && import("./chat.js").then(begin),
		$("main[data-renew]") && import("./renew.js").then(begin),
	];
	await Promise.allSettled(parts);	/* one that does not come keeps the others from nothing */
	connect();	/* what comes from now on is not in what they counted */
	await Promise.all(parts);
}

start();
