// SPDX-License-Identifier: MIT
/*
 * contacts.js -- The contacts page, kept true by events.
 *
 * An event says that something changed between two people; the three short
 * lists are then read again, so that no order of events can leave them wrong.
 */

import {$, api, set_avatar, set_count, stencil} from "./ui.js";
import {on} from "./socket.js";

function person(element, user, name, line)
{
	const link = $("a.who", element);

	link.href = `/u/${user.id}`;
	set_avatar($(".av", link), user.id, name);
	$(".dot", link).dataset.dot = user.id;
	$(".dot", link).dataset.p = user.presence?.status ?? "";
	$(".name", link).textContent = name;
	$(".prev", link).textContent = line;
}

function contact(c)
{
	const row = stencil("contact");

	person(row, c.user, c.remark || c.user.display_name, c.remark ? c.user.display_name : `@${c.user.username}`);
	row.dataset.user = c.user.id;
	$('[name="user_id"]', row).value = c.user.id;
	return row;
}

const request = (direction) => (r) => {
	const row = stencil(direction);
	const user = direction === "in" ? r.from : r.to;

	person(row, user, user.display_name, r.note || `@${user.username}`);
	for (const form of row.querySelectorAll("form"))
		form.action = form.getAttribute("action").replace("/contact-requests/", `/contact-requests/${r.id}`);
	return row;
};

async function read(name, path, make)
{
	const {items} = await api("GET", path);

	$(`#l-${name}`).replaceChildren(...items.map(make));
	$(`#s-${name}`).hidden = items.length === 0;
	if (name === "in")
		set_count($("#n-requests"), items.length);
	return items.length;
}

async function read_all()
{
	await Promise.all([
		read("in", "/contact-requests?direction=in", request("in")),
		read("out", "/contact-requests?direction=out", request("out")),
		read("all", "/contacts?limit=200", contact).then((n) => { $("#no-contacts").hidden = n > 0; }),
	]).catch(() => {});	/* the next event, or a reload, will do */
}

export function start()
{
	on("contact", read_all);
	on("open", ({again}) => { if (again) read_all(); });
}
