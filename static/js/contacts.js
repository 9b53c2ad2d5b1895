// SPDX-License-Identifier: MIT
/*
 * contacts.js -- The contacts page, kept true by events.
 *
 * An event says that something changed between two people, or among the own
 * labels; the short lists are then read again, so that no order of events can
 * leave them wrong.  A list that goes on over several pages is left as it is.
 */

import {$, $$, api, set_avatar, set_count, set_time, stencil} from "./ui.js";
import {on} from "./socket.js";

const EXPIRED_SHOWN = 5;	/* as the server shows of them */

let labels = [];

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

function mark(name)
{
	const element = document.createElement("span");

	element.className = "mark";
	element.dir = "auto";
	element.textContent = name;
	return element;
}

function contact(c)
{
	const row = stencil(c.pinned ? "pinned" : "contact");

	person(row, c.user, c.remark || c.user.display_name, c.remark ? c.user.display_name : `@${c.user.username}`);
	row.dataset.user = c.user.id;
	$('[name="user_id"]', row).value = c.user.id;
	$(".marks", row).prepend(...labels.filter((l) => c.labels.includes(l.id)).map((l) => mark(l.name)));
	return row;
}

const request = (kind) => (r) => {
	const row = stencil(kind);
	const user = kind === "in" ? r.from : r.to;

	person(row, user, user.display_name, r.note || `@${user.username}`);
	for (const form of $$("form", row))
		form.action = form.getAttribute("action").replace("/contact-requests/", `/contact-requests/${r.id}`);
	if ($("time", row))
		set_time($("time", row), r.expires_at);
	if ($("a.btn", row))
		$("a.btn", row).href = `/u/${user.id}#ask`;
	return row;
};

function chip(label)
{
	const link = stencil("chip");

	link.href = `/contacts?label=${label.id}`;
	link.dataset.label = label.id;
	link.textContent = label.name;
	if ($("#s-all").dataset.part === `label=${label.id}`)
		link.setAttribute("aria-current", "true");
	return link;
}

function label_row(label)
{
	const row = stencil("label");

	row.dataset.label = label.id;
	$('[name="name"]', row).value = label.name;
	for (const form of $$("form", row))
		form.action = `/contact-labels/${label.id}`;
	return row;
}

/* What is being typed into a name stays. */
async function read_labels()
{
	labels = (await api("GET", "/contact-labels")).items;
	for (const old of $$("#chips [data-label]"))
		old.remove();
	$("#chips a").after(...labels.map(chip));
	if (!$("#l-labels").contains(document.activeElement))
		$("#l-labels").replaceChildren(...labels.map(label_row));
}

async function read(name, path, make)
{
	const {items} = await api("GET", path);

	$(`#l-${name}`).replaceChildren(...items.map(make));
	return items.length;
}

async function read_requests(name, path)
{
	const n = await read(name, path, request(name));

	$(`#s-${name}`).hidden = n === 0;
	if (name === "in")
		set_count($("#n-requests"), n);
}

async function read_contacts()
{
	const {part, long} = $("#s-all").dataset;

	if (long !== undefined)
		return;
	const n = await read("all", `/contacts?limit=200&${part}`, contact);
	$("#l-all").hidden = n === 0;
	$("#no-contacts").hidden = n > 0;
}

async function read_all()
{
	await Promise.all([
		read_requests("in", "/contact-requests?direction=in"),
		read_requests("out", "/contact-requests?direction=out"),
		read_requests("expired", `/contact-requests?direction=out&status=expired&limit=${EXPIRED_SHOWN}`),
		read_labels().then(read_contacts),
	]).catch(() => {});	/* the next event, or a reload, will do */
}

export function start()
{
	on("contact", read_all);
	on("open", ({again}) => { if (again) read_all(); });
}
