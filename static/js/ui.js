// SPDX-License-Identifier: MIT
/*
 * ui.js -- What every module needs: texts, times, avatars, stencils, the API.
 *
 * hue(), initials(), excerpt() and the forms of a time are the server's functions once
 * more (templates/README.md).  HTML comes into the document in one place only,
 * html(): the sanitised body of a message.
 */

export const $ = (selector, root = document) => root.querySelector(selector);
export const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

const texts = $("#texts")?.dataset ?? {};
const lang = document.documentElement.lang;
const meta = (name) => $(`meta[name="${name}"]`)?.content ?? "";
export const me = meta("me");

/* The text of a key of T.js, T.presence ("is…") or T.status ("st…"). */
export const text = (key, value) => (texts[key] ?? "").replace("{}", () => value ?? "");
export const presence_text = (status) => texts[`is${status[0].toUpperCase()}${status.slice(1)}`] ?? "";

// -- times -------------------------------------------------------------------

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const format = (options) => new Intl.DateTimeFormat(lang === "en" ? "en-GB" : lang, options);
const clock = format({hour: "2-digit", minute: "2-digit", hourCycle: "h23"});
const date = format({day: "numeric", month: "long", year: "numeric"});
const month = format({day: "numeric", month: "long"});
/* Three letters of an English month: what "short" is differs from browser to browser. */
const short = (t) => month.format(t).replace(/([A-Z]..)[a-z]+/, "$1");

export const day_of = (at) => new Date(at).toLocaleDateString("sv");
const today = () => day_of(Date.now());
const yesterday = () => day_of(Date.now() - 864e5);

const forms = {
	hm: (t) => clock.format(t),
	when: (t) => day_of(t) === today() ? clock.format(t) : short(t),
	stamp: (t) => `${date.format(t)} ${clock.format(t)}`,
	until: (t) => t.getUTCFullYear() === 9999 ? (lang === "en" ? "for good" : "（永久）") :
	    lang === "en" ? `until ${forms.stamp(t)}` : `至${forms.stamp(t)}`,
	day: (t) => day_of(t) === today() ? texts.today :
	    day_of(t) === yesterday() ? texts.yesterday : date.format(t),
};

export function set_time(element, at)
{
	const t = new Date(at);

	if (isNaN(t))
		return;
	element.dateTime = at;
	element.textContent = forms[element.dataset.f](t);
	element.title = forms.stamp(t);
}

export function new_time(form, at)
{
	const element = document.createElement("time");

	element.dataset.f = form;
	set_time(element, at);
	return element;
}

/* When it is past, and once a day until then; while the server's clock is behind ours, not at once again. */
export function when_past(at, deed, ...args)
{
	const left = Date.parse(at) - Date.now();

	return isNaN(left) ? 0 : setTimeout(deed, left > 0 ? Math.min(left + 500, 864e5) : 15000, ...args);
}

/* The server renders in the zone of this cookie; until it knew, we do. */
export function localize(root = document)
{
	const secure = location.protocol === "https:" ? "; Secure" : "";

	document.cookie = `tz=${zone}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
	for (const element of $$("time[data-f]", root))
		set_time(element, element.dateTime);
}

// -- faces, ticks, stencils ----------------------------------------------------

const SIGN = /^[\u2180-\u2bff\u{1f000}-\u{1ffff}]/u;

export function initials(name)
{
	const words = name.trim().split(/ +/);
	const found = words.map((word) => word.replace(/^[!-/:-@[-`{-~]+/, ""))
		.filter((word) => word !== "" && !SIGN.test(word)).map((word) => [...word][0]);
	const text = found.length > 1 ? found[0] + found.at(-1) : found[0] ?? [...words[0]][0] ?? "";

	return text.replace(/[a-z]/g, (c) => c.toUpperCase());
}

export function set_avatar(element, id, name)
{
	element.className = `av h${BigInt(id || 0) % 8n}`;
	element.textContent = initials(name);
}

export function set_ticks(element, status)
{
	element.dataset.st = status;
	$("use", element).setAttribute("href", `${texts.icons}#${status}`);
	$(".vh", element).textContent = texts[`st${status[0].toUpperCase()}${status.slice(1)}`];
}

/* A fresh copy of what the server rendered into <template id="t-NAME">. */
export const stencil = (name) => $(`#t-${name}`).content.firstElementChild.cloneNode(true);

const policy = globalThis.trustedTypes?.createPolicy("parley", {createHTML: (body) => body}) ??
    {createHTML: (body) => body};

/* The body of a message, as message_html() of the server made it. */
export function html(element, body)
{
	element.innerHTML = policy.createHTML(body);
}

// -- what happened, as a sentence: the server's partials/notice.cst ---------------

const key = (prefix, word) => texts[`${prefix}${word[0].toUpperCase()}${word.slice(1)}`] ?? "";

/* A name keeps its own direction of writing. */
function name_element({id, display_name}, you)
{
	const element = document.createElement("bdi");

	element.textContent = id === me ? you : display_name || texts.gone;
	return element;
}

/* Chinese puts no blank between words. */
const gap = lang === "en" ? " " : "";
const units = lang === "en" ? ["h", "min", "s"] : ["小时", "分钟", "秒"];

export function span(s)
{
	const i = [3600, 60, 1].findIndex((unit) => s % unit === 0);

	return `${s / [3600, 60, 1][i]} ${units[i]}`;
}

/* Of one action, the word for how it was meant. */
function deed({action, seconds, description, from_start, permissions = [], users = []})
{
	if (action === "slow_mode" && !seconds)
		return "slow_off";
	if (action === "described" && !description)
		return "undescribed";
	if (action === "permitted" && permissions.length === 0)
		return "unpermitted";
	if ((action === "barred" || action === "unbanned") && users.length === 0)
		return `${action}_somebody`;
	return action === "history" && from_start ? "history_open" : action;
}

/* The parts of the sentence: texts, and elements for names. */
export function notice(content)
{
	const {actor = {}, users = [], count = 0, title, seconds, until, join_policy, max_members, permissions = []} = content;
	const word = deed(content), tail = key("did", `${word}_end`);
	const parts = [name_element(actor, texts.you), gap, key("did", word)];

	if (users.length && users[0].id !== actor.id)
		users.forEach((user, i) => parts.push(i > 0 ? texts.comma : "", gap, name_element(user, texts.you_too)));
	if (count > users.length)
		parts.push(` +${count - users.length}`);
	if (max_members)
		parts.push(`${gap}${max_members}`);
	if (tail)
		parts.push(gap, tail);
	if (title)
		parts.push(`${gap}“${title}”`);
	if (seconds)
		parts.push(`${gap}${span(seconds)}`);
	if (content.action === "muted" && until)
		parts.push(gap, forms.until(new Date(until)));
	if (join_policy)
		parts.push(`${texts.colon}${gap}${key("join", join_policy)}`);
	permissions.forEach((p, i) => parts.push(`${i > 0 ? texts.comma : texts.colon}${gap}${key("permit", p)}`));
	return parts;
}

const notice_text = (content) => notice(content).map((part) => part.textContent ?? part).join("");

/* What a message says, in one line: the server's excerpt(). */
export function excerpt(m)
{
	if (m.type === "system")
		return notice_text(m.content);
	const body = document.createElement("template");

	if (!m.html)
		return m.recalled_at ? text("recalled") : m.content ?? "";
	html(body, m.html);
	for (const edge of $$("p, br, li, pre, blockquote, hr", body.content))
		edge.before(" ");
	return body.content.textContent.trim().replace(/\s+/g, " ").slice(0, 200);
}

/*
 * Done once at a time, of each key apart: asked for meanwhile, once more, so the
 * last answer is the newest.  Where what is known is newer than what is under way
 * may bring, that is done once more, too: outdated().
 */
export function in_turn(deed)
{
	const again = new Map();	/* of those under way: whether once more */

	async function run(key)
	{
		if (again.has(key)) {
			again.set(key, true);
			return;
		}
		try {
			do {
				again.set(key, false);
				await deed(key);
			} while (again.get(key));
		} finally {
			again.delete(key);
		}
	}
	run.outdated = (key) => { if (again.has(key)) again.set(key, true); };
	return run;
}

/* What an earlier page left; a store that is full or barred keeps nobody from writing. */
export function remembered(key)
{
	try {
		return localStorage.getItem(key);
	} catch (e) {
		return null;
	}
}

export function remember(key, value)
{
	try {
		if (value)
			localStorage.setItem(key, value);
		else
			localStorage.removeItem(key);
	} catch (e) {
		/* then it is of this page alone */
	}
}

let spoken;
export function say(line)
{
	clearTimeout(spoken);
	$("#live").textContent = line;
	spoken = setTimeout(() => { $("#live").textContent = ""; }, 5000);
}

export function set_count(element, n)
{
	const most = element.closest(".rail") ? 99 : 999;

	element.hidden = n <= 0;
	($(".n", element) ?? element).textContent = n > most ? `${most}+` : n;
}

// -- the banner: what does not work just now ---------------------------------

export function banner(line)
{
	const element = $("#banner");

	if (!element)
		return;
	element.textContent = line;
	element.hidden = !line;
}

/* Takes it away if it says this. */
export function banner_off(key)
{
	if ($("#banner")?.textContent === text(key))
		banner("");
}

// -- the API -------------------------------------------------------------------

/* Logged out elsewhere: the page, asked again, leads to the log-in.  Not twice. */
function log_in_again()
{
	if (Date.now() - sessionStorage.getItem("left") < 60000)
		return;
	sessionStorage.setItem("left", Date.now());
	location.reload();
}

/* Browsers refuse more than 64 KiB of it on the way; a character is at most 3 bytes. */
const MOST_KEPT_ALIVE = 20000;

/*
 * Answers the reply's JSON (null for 204).  Throws what the server said, with
 * status, code and retry_after; status 0: it was not reached, or its answer did
 * not come whole, and what was asked may be done.
 */
export async function api(method, path, body)
{
	const sent = body && JSON.stringify(body);
	let reply, answer = null;

	try {
		reply = await fetch(`/api/v1${path}`, {
			method,
			headers: {"Accept": "application/json", "X-CSRF-Token": meta("csrf-token"),
			    ...(sent && {"Content-Type": "application/json"})},
			body: sent,
			keepalive: sent?.length < MOST_KEPT_ALIVE,	/* outlives the page */
			signal: AbortSignal.timeout(15000),
		});
		if (reply.ok && reply.status !== 204)
			answer = await reply.json();
	} catch (e) {
		throw Object.assign(new Error("unreachable"), {status: 0, code: "offline"});
	}
	if (reply.status === 503)
		banner(text("down"));
	else
		banner_off("down");
	if (reply.ok)
		return answer;
	if (reply.status === 401)
		log_in_again();
	const problem = await reply.json().catch(() => ({}));
	throw Object.assign(new Error(problem.detail ?? reply.statusText), {status: reply.status,
	    code: problem.code, retry_after: Number(reply.headers.get("Retry-After")) || 0});
}
