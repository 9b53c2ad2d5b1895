// SPDX-License-Identifier: MIT
// measures.mjs -- Each figure: how it is taken and what it is compared with.
import { cpuSeconds, instancePids, kernelKb, pssKb, total } from './proc.mjs';

export const MESSAGE = JSON.stringify({
  conv_id: '%c', client_msg_id: '%u', type: 'text',
  content: 'Shall we meet at the harbour at seven? Bring the photographs, please.',
});
const JSON_HEADER = 'Content-Type: application/json';

const sorted = (list) => [...list].sort((a, b) => a - b);
export const median = (list) => sorted(list)[Math.floor(list.length / 2)];
const n0 = (x) => Math.round(x).toLocaleString('en');
const us = (x) => (x >= 1000 ? `${(x / 1000).toFixed(2)} ms` : `${Math.round(x)} µs`);
const spread = (list, fmt) =>
  `${fmt(median(list))} (${fmt(Math.min(...list))}–${fmt(Math.max(...list))})`;

async function times(n, run) {
  const out = [];
  for (let i = 0; i < n; i++) out.push(await run());
  return out;
}

// L = 1/(1/H + 1/C): the web path with an empty program, then a bare commit.
async function limit(bench, clients, seconds) {
  const H = (await bench.hello(600, ['request', '-m', 'POST', '-H', JSON_HEADER,
    '-b', MESSAGE, '-c', clients, '-d', seconds])).rate;
  const C = (await bench.commits(clients, seconds)).rate;
  return { H, C, L: 1 / (1 / H + 1 / C) };
}

// Durable sends over HTTP, as a part of L.
export async function sends(bench, { repeats, seconds }) {
  const rows = [];
  for (const clients of [1, 16, 64]) {
    const load = ['request', '-m', 'POST', '-u', '/api/v1/messages', '-H', JSON_HEADER,
      '-b', MESSAGE, '-c', clients, '-d', seconds];
    const runs = await times(repeats, async () => {
      const { H, C, L } = await limit(bench, clients, seconds);
      const before = total(cpuSeconds(instancePids(bench.dir)));
      const sent = await bench.load(load);
      const cpu = total(cpuSeconds(instancePids(bench.dir))) - before;
      return { sent, cpu: cpu / sent.count * 1e6, H, C, L, ratio: sent.rate / L };
    });
    const pick = (f) => runs.map(f);
    rows.push([`durable sends/s, ${clients} client${clients > 1 ? 's' : ''}`,
      `${spread(pick((r) => r.sent.rate), n0)}/s, p99 ${us(median(pick((r) => r.sent.p99_us)))}, ` +
      `errors ${pick((r) => r.sent.errors).reduce((a, b) => a + b)}`,
      `L ${n0(median(pick((r) => r.L)))}/s (H ${n0(median(pick((r) => r.H)))}, C ${n0(median(pick((r) => r.C)))}); ` +
      `generator ${Math.round(median(pick((r) => r.sent.cpu_share)) * 100)} % of a core`,
      `**${median(pick((r) => r.ratio)).toFixed(2)}** of L (aim 0.4)`]);
    rows.push([`… server CPU a send, ${clients} client${clients > 1 ? 's' : ''}`,
      spread(pick((r) => r.cpu), (x) => `${Math.round(x)} µs`), 'all processes of the instance', '']);
  }
  return rows;
}

// Send → live at the other device.
export async function latency(bench, { repeats, seconds }) {
  const rows = [];
  for (const [rate, pairs, length] of [[1, 1, seconds * 2], [200, 16, seconds]]) {
    const runs = await times(repeats, () =>
      bench.load(['latency', '-r', rate, '-c', pairs, '-d', length]));
    rows.push([`send → live at the other device, ${rate} message${rate > 1 ? 's' : ''}/s`,
      `p50 ${spread(runs.map((r) => r.p50_us), us)}, p99 ${spread(runs.map((r) => r.p99_us), us)}`,
      `${runs.map((r) => r.count).join(' + ')} messages; generator ${Math.round(median(runs.map((r) => r.cpu_share)) * 100)} % of a core`,
      'aim p50 < 3 ms, p99 < 15 ms']);
  }
  return rows;
}

// End to end: the sender's HTTP request to the frame on the receiver's socket,
// each pair's next message when the last one came; then at 70 % of that rate.
export async function sustained(bench, { seconds, sustainedSeconds }) {
  const rows = [];
  for (const pairs of [1, 16, 64]) {
    const { L } = await limit(bench, pairs, seconds);
    const before = total(cpuSeconds(instancePids(bench.dir)));
    const full = await bench.load(['latency', '-r', 0, '-c', pairs, '-d', sustainedSeconds]);
    const cpu = (total(cpuSeconds(instancePids(bench.dir))) - before) / full.count * 1e6;
    const eased = await bench.load(['latency', '-r', Math.max(1, Math.floor(full.rate * 0.7)), '-c', pairs,
      '-d', Math.ceil(sustainedSeconds / 3)]);
    rows.push([`end to end, ${pairs} pair${pairs > 1 ? 's' : ''}, ${sustainedSeconds} s`,
      `${n0(full.rate)}/s, p50 ${us(full.p50_us)}, p99 ${us(full.p99_us)}; at 70 % of it p99 ${us(eased.p99_us)}; ` +
      `errors ${full.errors + eased.errors}`,
      `L ${n0(L)}/s; server CPU ${Math.round(cpu)} µs a message; generator ${Math.round(full.cpu_share * 100)} % of a core`,
      `**${(full.rate / L).toFixed(2)}** of L (aim 0.3, < 300 µs, p99 < 50 ms)`]);
  }
  return rows;
}

// The chat page of 50 messages.
export async function page(bench, { repeats, seconds }) {
  const path = await bench.chatPage(50);
  const bytes = (await bench.fetchPage(path)).length;
  const runs = await times(repeats, async () => {
    const ref = await bench.hello(bytes, ['request', '-c', 16, '-d', seconds]);
    const full = await bench.load(['request', '-u', path, '-c', 16, '-d', seconds], 1);
    const one = await bench.load(['request', '-u', path, '-c', 1, '-d', seconds], 1);
    return { ref, full, one };
  });
  const ratio = median(runs.map((r) => r.full.rate / r.ref.rate));
  return [[`chat page of 50 messages (${Math.round(bytes / 1024)} KB)`,
    `${spread(runs.map((r) => r.full.rate), n0)}/s at 16 clients; p50 ${spread(runs.map((r) => r.one.p50_us), us)} at one`,
    `a program printing as many bytes: ${n0(median(runs.map((r) => r.ref.rate)))}/s`,
    `**${ratio.toFixed(2)}** (aim 0.25); p50 aim < 3 ms`]];
}

// The hub against a bare loop over as many pipes; then one conversation with
// many devices, through everything, against the hub and websocketd alone.
export async function fanout(bench, { repeats, seconds }) {
  const hubs = await times(repeats, () => bench.fanout(seconds));
  const rows = [['fan-out of the hub, 1,000 sockets', `${spread(hubs.map((r) => r.rate), n0)} deliveries/s`,
    `a bare loop over as many pipes: ${n0(median(hubs.map((r) => r.bare)))}/s`,
    `**${median(hubs.map((r) => r.rate / r.bare)).toFixed(2)}** (aim 0.8)`]];
  for (const devices of [100, 1000]) {
    const load = (flight, ...to) =>
      bench.load(['fanout', '-c', devices, '-r', flight, '-d', seconds, ...to], 1);
    const runs = await times(repeats, async () => ({
      full: await load(64), direct: await load(64, '-w', bench.socketPorts()), one: await load(0),
    }));
    const pick = (f) => runs.map(f);
    rows.push([`one conversation, ${n0(devices)} devices`,
      `${spread(pick((r) => r.full.rate * devices), n0)} deliveries/s; ` +
      `one at a time, send → last device p50 ${spread(pick((r) => r.one.p50_us), us)}; ` +
      `errors ${pick((r) => r.full.errors + r.direct.errors + r.one.errors).reduce((x, y) => x + y)}`,
      `past lighttpd, from the websocketds: ${n0(median(pick((r) => r.direct.rate * devices)))}/s; ` +
      `generator ${Math.round(median(pick((r) => r.full.cpu_share)) * 100)} % of a core`,
      `**${median(pick((r) => r.full.rate / r.direct.rate)).toFixed(2)}** (aim 0.7)`]);
  }
  return rows;
}

// Memory of an idle socket, and how fast they come.
export async function sockets(bench) {
  const rows = [], held = [];
  const before = pssKb(instancePids(bench.dir)) + kernelKb();
  for (const count of [2000, 5000]) {
    const more = count - 2000 * held.length, some = await bench.holdSockets(more);
    held.push(some);
    const during = pssKb(instancePids(bench.dir)) + kernelKb();
    rows.push([`memory of an idle socket, ${n0(count)} open`,
      `${((during - before) / count).toFixed(1)} KB, all processes and kernel`,
      'PSS + unreclaimable slab, stacks, page tables, TCP pages', 'aim ≤ 70 KB'],
    [`sockets set up, ${n0(more)} beside ${n0(count - more)}`, `${n0(some.result.rate)}/s, p99 to hello ${us(some.result.p99_us)}`,
      `generator ${Math.round(some.result.cpu_share * 100)} % of a core`, '']);
  }
  for (const some of held) await some.end();
  return rows;
}

// A crowd comes back at once, each with messages that it missed.
export async function catchUp(bench) {
  const crowd = 2000, missed = 100;
  await bench.missMessages(missed);
  const held = await bench.holdSockets(crowd, missed);
  await held.end();
  const { seconds, p50_us: p50, errors, cpu_share: share } = held.result;
  return [[`${n0(crowd)} sockets reconnect at once, ${missed} missed messages each`,
    `all have caught up after ${seconds.toFixed(2)} s (p50 ${us(p50)}), errors ${errors}`,
    `${n0(crowd * missed / seconds)} messages/s; generator ${Math.round(share * 100)} % of a core`, '']];
}

// Somebody else's chat, at one websocketd, while a client at the other means
// harm; a frame of a gigabyte would end that one, so it comes by lighttpd.
export async function hostile(bench, { repeats, seconds }) {
  const [near, far] = bench.socketPorts().split(',');
  const others = () => bench.load(['latency', '-r', 50, '-c', 8, '-d', seconds, '-w', far]);
  const rows = [];
  for (const kind of bench.harms()) {
    const runs = await times(repeats, async () => {
      const quiet = await others();
      const end = await bench.harm(kind, kind.includes('gigabyte') ? bench.port : near);
      try {
        return { quiet, under: await others() };
      } finally {
        await end();
      }
    });
    const pick = (f) => runs.map(f);
    rows.push([`others' send → live beside ${kind}`,
      `p50 ${spread(pick((r) => r.under.p50_us), us)}, p99 ${us(median(pick((r) => r.under.p99_us)))}, ` +
      `errors ${pick((r) => r.under.errors).reduce((x, y) => x + y)}`,
      `quiet: p50 ${us(median(pick((r) => r.quiet.p50_us)))}, p99 ${us(median(pick((r) => r.quiet.p99_us)))}`,
      `p50 **${median(pick((r) => r.under.p50_us / r.quiet.p50_us)).toFixed(2)}** (aim 2)`]);
  }
  return rows;
}

// The same work beside few and beside many stored messages.
export async function growth(bench, { seconds, stored }) {
  const look = async () => {
    const { conv } = bench.pairs[0];
    const send = await bench.load(['request', '-m', 'POST', '-u', '/api/v1/messages', '-H', JSON_HEADER,
      '-b', MESSAGE, '-c', 1, '-d', seconds]);
    const history = await bench.load(['request', '-u', `/api/v1/messages?conv_id=${conv}&limit=50`, '-c', 1, '-d', seconds], 1);
    return { send: send.p50_us, history: history.p50_us };
  };
  bench.fill(10_000);
  const few = await look();
  bench.fill(stored);
  const many = await look();
  return [[`growth from 10,000 to ${n0(stored)} stored messages`,
    `p50 of a send ${us(few.send)} → ${us(many.send)}, of a page of history ${us(few.history)} → ${us(many.history)}`,
    `buffer pool ${bench.bufferPoolMb} MB`,
    `**${(many.send / few.send).toFixed(2)}**, **${(many.history / few.history).toFixed(2)}** (aim 1.3)`]];
}
