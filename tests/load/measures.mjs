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

// Durable sends over HTTP, as a part of L = 1/(1/H + 1/C).
export async function sends(bench, { repeats, seconds }) {
  const rows = [];
  for (const clients of [1, 16, 64]) {
    const load = ['request', '-m', 'POST', '-u', '/api/v1/messages', '-H', JSON_HEADER,
      '-b', MESSAGE, '-c', clients, '-d', seconds];
    const runs = await times(repeats, async () => {
      const H = (await bench.hello(600, ['request', '-m', 'POST', '-H', JSON_HEADER,
        '-b', MESSAGE, '-c', clients, '-d', seconds])).rate;
      const C = (await bench.commits(clients, seconds)).rate;
      const before = total(cpuSeconds(instancePids(bench.dir)));
      const sent = await bench.load(load);
      const cpu = total(cpuSeconds(instancePids(bench.dir))) - before;
      const L = 1 / (1 / H + 1 / C);
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
  for (const pairs of [1, 16, 64]) {
    const runs = await times(repeats, async () => {
      const before = total(cpuSeconds(instancePids(bench.dir)));
      const r = await bench.load(['latency', '-r', 0, '-c', pairs, '-d', seconds]);
      r.cpu = (total(cpuSeconds(instancePids(bench.dir))) - before) / r.count * 1e6;
      return r;
    });
    rows.push([`end to end, ${pairs} pair${pairs > 1 ? 's' : ''}, each waits for its own`,
      `${spread(runs.map((r) => r.rate), n0)}/s, p50 ${us(median(runs.map((r) => r.p50_us)))}, p99 ${us(median(runs.map((r) => r.p99_us)))}`,
      `server CPU ${Math.round(median(runs.map((r) => r.cpu)))} µs a message`, '']);
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

// The hub against a bare loop over as many pipes.
export async function fanout(bench, { repeats, seconds }) {
  const runs = await times(repeats, () => bench.fanout(seconds));
  return [['fan-out of the hub, 1,000 sockets',
    `${spread(runs.map((r) => r.rate), n0)} deliveries/s`,
    `a bare loop over as many pipes: ${n0(median(runs.map((r) => r.bare)))}/s`,
    `**${median(runs.map((r) => r.rate / r.bare)).toFixed(2)}** (aim 0.8)`]];
}

// Memory of an idle socket, and how fast they come.
export async function sockets(bench, options) {
  const count = 2000;
  const before = pssKb(instancePids(bench.dir)) + kernelKb();
  const held = await bench.holdSockets(count);
  const during = pssKb(instancePids(bench.dir)) + kernelKb();
  await held.end();
  return [[`memory of an idle socket, ${n0(count)} open`,
    `${((during - before) / count).toFixed(1)} KB, all processes and kernel`,
    'PSS + unreclaimable slab, stacks, page tables, TCP pages', 'aim ≤ 70 KB'],
  ['sockets set up', `${n0(held.result.rate)}/s, p99 to hello ${us(held.result.p99_us)}`,
    `generator ${Math.round(held.result.cpu_share * 100)} % of a core`, '']];
}
