// SPDX-License-Identifier: MIT
/*
 * renew.js -- A page of many lists and forms, kept true by asking for it again.
 *
 * What happens to a group touches a dozen places of its page, and who may see
 * them is the server's to say: so an event only says that it is time to look.
 * What comes is moved in element by element: one that is still there stays
 * itself, with what is typed, unfolded and focused in it.  A form of such a
 * page is sent in the same way, and its answer moved in.
 */

import {$, localize, say, stencil} from "./ui.js";
import {on} from "./socket.js";

const name_of = (node) => node?.id || node?.dataset?.key || "";
const is_twin = (was, now) => was?.nodeName === now.nodeName && name_of(was) === name_of(now);

/* Whether something is unfolded is the reader's. */
const is_theirs = (element, attribute) => attribute === "open" && element.matches("details");

function morph_attributes(was, now)
{
	for (const {name} of [...was.attributes])
		if (!now.hasAttribute(name) && !is_theirs(was, name))
			was.removeAttribute(name);
	for (const {name, value} of now.attributes)
		if (was.getAttribute(name) !== value)
			was.setAttribute(name, value);
}

/* What has a name is found wherever it went; the rest goes by its place. */
function morph_children(was, now)
{
	const named = new Map([...was.children].filter(name_of).map((child) => [name_of(child), child]));
	let at = was.firstChild;

	for (const next of [...now.childNodes]) {
		const twin = name_of(next) ? named.get(name_of(next)) : at;

		if (!is_twin(twin, next)) {
			was.insertBefore(document.adoptNode(next), at);
			continue;
		}
		if (twin === at)
			at = at.nextSibling;
		else
			was.insertBefore(twin, at);
		morph(twin, next);
	}
	while (at) {
		const gone = at;

		at = at.nextSibling;
		gone.remove();
	}
}

function morph(was, now)
{
	if (was.isEqualNode(now))
		return;
	if (was.nodeType !== Node.ELEMENT_NODE) {
		was.nodeValue = now.nodeValue;
		return;
	}
	morph_attributes(was, now);
	if (!was.matches("textarea"))	/* what stands there is being written */
		morph_children(was, now);
}

/* A page of ours as a document: {status, url, page}.  Nothing in it runs. */
export function ask(url, form)
{
	return new Promise((done, fail) => {
		const request = new XMLHttpRequest();

		request.open(form ? "POST" : "GET", url);
		request.responseType = "document";
		request.timeout = 15000;
		request.onload = () => done({status: request.status, url: request.responseURL, page: request.response});
		request.onerror = request.ontimeout = fail;
		request.send(form);
	});
}

/* Each of these places of the page becomes what it is in another. */
export function take_over(page, selectors)
{
	for (const selector of selectors) {
		const was = $(selector), now = $(selector, page);

		if (!was || !now)
			continue;
		morph(was, now);
		localize(was);
	}
}

// -- the page that asks for itself ---------------------------------------------

const main = $("main[data-renew]");
let is_asking = false, is_stale = false;

/* One at a time; what happened meanwhile is seen by the next. */
async function renew()
{
	is_stale = true;
	if (is_asking)
		return;
	is_asking = true;
	while (is_stale) {
		is_stale = false;
		const {status, page} = await ask(location.href).catch(() => ({}));
		if (status === 200)
			take_over(page, ["#main"]);
		else if (status === 403 || status === 404)
			close_page();
	}
	is_asking = false;
}

/* It is not ours to see any more. */
function close_page()
{
	const pane = $(".pane", main);

	if (!$("#t-out") || $(".out", pane))
		return;
	pane.replaceChildren(stencil("out"));
	say($(".out h2", pane).textContent);
}

let soon;
function renew_soon()
{
	clearTimeout(soon);
	soon = setTimeout(renew, 100);
}

/* The answer is this page again, or the way to another. */
async function submit(event)
{
	const form = event.target, button = event.submitter;
	const body = new URLSearchParams(new FormData(form, button));

	if (event.defaultPrevented || form.method !== "post")
		return;
	event.preventDefault();
	form.inert = true;
	const {status, url, page} = await ask(form.action, body).catch(() => ({}));
	form.inert = false;
	if (!page) {
		form.submit();
		return;
	}
	if (status === 200 && new URL(url).pathname !== location.pathname) {
		location.assign(url);
		return;
	}
	if (status === 200)
		form.reset();
	if (status === 200 && location.search)
		await renew();	/* the answer is the start of the lists */
	else
		take_over(page, ["#main"]);
	$(".notice", main)?.scrollIntoView({block: "nearest"});
	$("[aria-invalid]", main)?.focus();
}

/* A page of one group is about that; one of all, about coming and going. */
function concerns({conv_id, id, action})
{
	const conv = main.dataset.conv;

	return conv ? (conv_id ?? id) === conv : action !== "changed" && action !== "updated";
}

export function start()
{
	for (const event of main.dataset.renew.split(" "))
		on(event, (data) => { if (concerns(data)) renew_soon(); });
	on("open", ({again}) => { if (again) renew_soon(); });
	main.addEventListener("submit", submit);
}
