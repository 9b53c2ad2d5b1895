// SPDX-License-Identifier: MIT
/*
 * socket.js -- The live line: one WebSocket, kept up for as long as the page.
 *
 * A push is a hint, history is the truth: an event may come twice, never
 * wrong, so listeners dedupe by (conv_id, seq).  What was missed is replayed
 * by the server when we are back, as far as we have not acknowledged it.
 */

import {api, banner, banner_off, text} from "./ui.js";

const listeners = new Map();
let socket = null, heart = 0, alarm = 0, retry = 0, failures = 0, was_open = false;

export function on(event, listener)
{
	listeners.set(event, [...(listeners.get(event) ?? []), listener]);
}

function emit(event, data)
{
	for (const listener of listeners.get(event) ?? [])
		listener(data);
}

export function send(op)
{
	if (socket?.readyState !== WebSocket.OPEN)
		return;
	socket.send(JSON.stringify(op));
}

// -- acknowledgements: one for many, half a second later -------------------------

const acks = new Map();
let flush = 0, leaving = 0;

export function ack(conv_id, seq)
{
	if (seq > (acks.get(conv_id) ?? 0))
		acks.set(conv_id, seq);
	flush ||= setTimeout(flush_acks, 500);
}

function flush_acks()
{
	clearTimeout(flush);
	flush = 0;
	if (leaving || socket?.readyState !== WebSocket.OPEN)
		return;		/* kept: they go out after the next hello */
	for (const [conv_id, seq] of acks)
		send({op: "ack", conv_id, seq});
	acks.clear();
}

/*
 * The page that is asked for may be made before what we hear from now on: this
 * must be told there again, so it is not ours to acknowledge.  Unless we stay.
 */
function leave()
{
	flush_acks();
	clearTimeout(leaving);
	leaving = setTimeout(stay, 20000);
}

function stay()
{
	clearTimeout(leaving);
	leaving = 0;
	flush_acks();
}

// -- the line --------------------------------------------------------------------

/* A pong tells when live push pauses, and by saying nothing that it works. */
function pause(is_paused)
{
	if (is_paused)
		banner(text("paused"));
	else
		banner_off("paused");
}

/* Silence for two heartbeats is a dead line that nobody has told us about; so is one without a hello. */
function watch()
{
	clearTimeout(alarm);
	alarm = setTimeout(() => socket?.close(), heart * 2000);
}

function beat(seconds)
{
	heart = seconds;
	clearInterval(beat.timer);
	beat.timer = setInterval(() => send({op: "ping"}), seconds * 500);
	watch();
}

/*
 * Only messages are told again: what changed after the page was made and before
 * this line was heard of is not.  On a good line that is no time; else it is
 * looked at again, as when the line is back.
 */
function is_late()
{
	const [page] = performance.getEntriesByType("navigation");

	return performance.now() - (page?.responseStart ?? 0) > 2000;
}

function receive({data: frame})
{
	const {event, data} = JSON.parse(frame);

	if (event === "hello") {
		failures = 0;
		banner("");
		beat(Math.max(data.heartbeat_s, 1));
		flush_acks();
		emit("open", {again: was_open || is_late(), is_back: was_open});
		was_open = true;
	} else
		watch();
	if (event === "pong")
		pause(data.live === false);
	if (event === "session" && data.ended !== false)
		location.assign("/login");
	if (event === "error" && data.code === "unauthorized")
		api("GET", "/users/me").catch(() => {});	/* which knows what a 401 means */
	emit(event, data);
}

/* 0.5 s, 1, 2, … 30, each between half of it and all, so that a crowd spreads. */
function back_off()
{
	return Math.min(30000, 500 * 2 ** failures++) * (.5 + Math.random() / 2);
}

function closed()
{
	clearInterval(beat.timer);
	clearTimeout(alarm);
	socket = null;
	if (failures > 0 || !navigator.onLine)
		banner(text(navigator.onLine ? "connecting" : "lost"));
	clearTimeout(retry);
	retry = setTimeout(connect, back_off());
}

export function connect()
{
	clearTimeout(retry);
	if (socket)
		return;
	socket = new WebSocket(`${location.protocol.replace("http", "ws")}//${location.host}/ws`);
	socket.onmessage = receive;
	socket.onclose = closed;
	heart = 15;	/* until it says its own */
	watch();
}

function hang_up()
{
	if (socket)
		socket.onclose = null;
	socket?.close();
	socket = null;
	clearInterval(beat.timer);
	clearTimeout(alarm);
	clearTimeout(retry);
}

function online()
{
	if (socket?.readyState === WebSocket.OPEN)
		banner("");	/* it may have lived through it; else the alarm says so */
	else
		connect();
}

addEventListener("online", online);
addEventListener("offline", () => banner(text("lost")));
addEventListener("pagehide", hang_up);
addEventListener("beforeunload", leave);
addEventListener("pageshow", (e) => { if (e.persisted) { stay(); connect(); } });
