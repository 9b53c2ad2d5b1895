// SPDX-License-Identifier: MIT
//
// verdict.mjs -- At the end: is everything there that was promised?

import { execFile } from 'node:child_process';
import { readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { until } from '../lib/wait.mjs';

const run = promisify(execFile);
const OWN_PIPES = 3; // its log's, and what it was started with

// All that was said in a conversation since the floor, page by page.
async function history(person, conv, floor) {
  const all = [];
  for (;;) {
    const { items } = await person.history(conv,
      `&since_seq=${all.at(-1)?.seq ?? floor}&limit=200`);
    all.push(...items);
    if (items.length === 0)
      return all;
  }
}

async function historyFaults(town, person, conv) {
  const { acked, floor } = town.ledger.conversations.get(conv);
  const all = await history(person, conv, floor);
  const out = [];
  const ids = new Map();
  all.forEach((m, i) => {
    if (m.seq !== floor + i + 1)
      out.push(`seq ${m.seq} stands at place ${floor + i + 1}`);
    if (ids.has(m.client_msg_id))
      out.push(`${m.client_msg_id} is there as ` +
        `${ids.get(m.client_msg_id)} and ${m.seq}`);
    ids.set(m.client_msg_id, m.seq);
  });
  for (const [id, seq] of acked)
    if (ids.get(id) !== seq)
      out.push(`${id} was acknowledged as ${seq}, is ${ids.get(id)}`);
  for (const device of town.devices)
    if (device.person.convs.includes(conv))
      out.push(...deviceFaults(device, conv, all));
  return out.slice(0, 20).map((fault) => `conversation ${conv}: ${fault}`);
}

function deviceFaults(device, conv, all) {
  const out = [];
  const missing = all.filter((m) => m.seq > device.from(conv) &&
    !device.text.has(`${conv}/${m.seq}`));
  if (missing.length > 0)
    out.push(`${device.name} lacks ${missing.length} of ${all.length}: ` +
      missing.slice(0, 10).map((m) => m.seq));
  for (const m of all) {
    const got = device.text.get(`${conv}/${m.seq}`);
    if (got !== undefined && got !== m.client_msg_id)
      out.push(`${device.name} has something else as ${m.seq}`);
  }
  return out;
}

async function rows(node, table) {
  const { stdout } = await run('mariadb', ['--no-defaults', '-N', '-S',
    join(node.dir, 'run/mysql.sock'), 'parley', '-e',
    `SELECT COUNT(*) FROM ${table}`]);
  return Number(stdout);
}

const sockets = (node) => node.pids(/daemons\/push/).reduce((n, pid) =>
  n + readdirSync(`/proc/${pid}/fd`).filter((fd) =>
    /^pipe:/.test(linkOf(`/proc/${pid}/fd/${fd}`))).length, 0);

function linkOf(path) {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

// Everything found to be wrong; [] is what is wanted.
export async function verdict(town) {
  const [a] = town.nodes;
  const found = [...town.ledger.broken];
  const held = new Map(town.devices.flatMap((d) =>
    d.person.convs.map((conv) => [conv, d.person])));
  for (const [conv, person] of held)
    found.push(...await historyFaults(town, person, conv));
  await until('the outbox is empty', async () =>
    await rows(a, 'outbox') === 0, { timeout: 20_000, every: 250 })
    .catch((error) => found.push(error.message));
  // A device that went without a word is given up after two heartbeats.
  for (const node of town.nodes)
    await until(`the hub of ${node.name} holds no socket`, () =>
      sockets(node) <= OWN_PIPES, { timeout: 70_000, every: 250 })
      .catch((error) => found.push(`${error.message}: ${sockets(node)}`));
  const { stdout } = await a.ctl('dlq', 'list');
  if (/\d/.test(stdout))
    found.push(`dead letters:\n${stdout}`);
  return found;
}
