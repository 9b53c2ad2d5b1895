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

import {$, banner, banner_off, in_turn, localize, say, stencil, text} from "./ui.js";
import {on} from "./socket.js";

const name_of = (node) => node?.id || node?.dataset?.key || "";
const is_twin = (was, now) => was?.nodeName === now.nodeName && name_of(was) === name_of(now);

/* Whether something is unfolded is the reader's; so is the sign that a link was copied. */
const is_theirs = (element, attribute) => attribute === "open" && element.matches("details");
const is_copied = (element) => element.matches("[data-copy] use");

function morph_attributes(was, now)
{
	for (const {name} of [...was.attributes])
		if (!now.hasAttribute(name) && !is_theirs(was, name))
			was.removeAttribute(name);
	for (const {name, value} of now.attributes)
		if (was.getAttribute(name) !== value && !is_copied(was))
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

/* A place of this page becomes what it is in another. */
export function take_over(place, now)
{
	if (!place || !now)
		return;
	morph(place, now);
	localize(place);
}

// -- a place that is kept true ----------------------------------------------------

/*
 * The place shows what the page at url has at source; events tell when to look,
 * if they concern it.  Answers what looks at once.
 */
export function keep(place, {url, source, events, concerns})
{
	let soon = 0;
	const asked = new URL(url, location);
	const put = (page) => take_over(place, $(source, page));
	/* The way to another page: where a form leads, or the log-in. */
	const leads_away = (answer) => answer.status === 200 && new URL(answer.url).pathname !== asked.pathname;

	const look = in_turn(async () => {
		const answer = await ask(url).catch(() => ({}));

		if (leads_away(answer))
			location.assign(answer.url);
		else if (answer.status === 200)
			put(answer.page);
		else if (answer.status === 403 || answer.status === 404)
			close(place);
	});

	function look_soon()
	{
		clearTimeout(soon);
		if (!place.closest("[hidden]"))
			soon = setTimeout(look, 100);
	}

	/* Without an answer, or one of our own fault, what was typed stays, to be sent again. */
	async function send(form, submitter)
	{
		const body = new URLSearchParams(new FormData(form, submitter)), held = document.activeElement;

		form.inert = true;
		const answer = await ask(form.action, body).catch(() => null);
		form.inert = false;
		if (answer?.page && answer.status < 500) {
			banner_off("retry");
			await take_answer(form, answer);
		} else
			banner(text("retry"));
		(held.isConnected ? held : $("#main")).focus({preventScroll: true});
		$("[aria-invalid]", place)?.focus();
	}

	/* It is this page again, or another. */
	async function take_answer(form, answer)
	{
		if (leads_away(answer)) {
			location.assign(answer.url);
			return;
		}
		if (answer.status === 200)
			form.reset();
		if (answer.status === 200 && asked.search)
			await look();	/* the answer is the start of the lists */
		else
			put(answer.page);
		$(".notice", place)?.scrollIntoView({block: "nearest"});
	}

	function submit(event)
	{
		if (event.defaultPrevented || event.target.method !== "post")
			return;
		event.preventDefault();
		send(event.target, event.submitter);
	}

	for (const event of events)
		on(event, (data) => { if (concerns(data)) look_soon(); });
	on("open", ({again}) => { if (again) look_soon(); });
	place.addEventListener("submit", submit);
	return look;
}

/* It is not ours to see any more. */
function close(place)
{
	const pane = $(".pane", place);

	if (!pane || !$("#t-out") || $(".out", pane))
		return;
	pane.replaceChildren(stencil("out"));
	say($(".out h2", pane).textContent);
}

/* Of messages, only what is taken back changes a page that shows some. */
const is_said = ({sender, recalled_at}) => sender && !recalled_at;

/* The whole page, where it asks for that: its main part. */
export function start()
{
	const main = $("main[data-renew]"), {conv, renew} = main.dataset;
	/* A page of one group is about that; one of all, about coming and going; of people, about all. */
	const is_about = ({conv_id, id, action}) => conv ? (conv_id ?? id) === conv :
	    renew === "contact" || (action !== "changed" && action !== "updated");

	keep(main, {url: location.href, source: "#main", events: renew.split(" "),
	    concerns: (data) => !is_said(data) && is_about(data)});
}
