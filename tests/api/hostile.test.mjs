// SPDX-License-Identifier: MIT
// Clients that mean harm, against the release programs in their limits:
// they get no further than their own socket, and leave nothing behind.

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { useOwn } from '../lib/instance.mjs';
import { metric } from '../lib/metrics.mjs';
import { newcomer, pair, word } from '../lib/people.mjs';
import { BINARY, RawSocket, frame, frameHead } from '../lib/rawsocket.mjs';
import { openSocket } from '../lib/socket.mjs';
import { until } from '../lib/wait.mjs';
import { pssKb } from '../load/proc.mjs';

const HEARTBEAT_S = 10;
const server = useOwn('hostile', { release: true, settings: {
  'websocket.heartbeat_s': HEARTBEAT_S } });

const PUSH = /daemons\/push/, WEBSOCKETD = /websocketd --/;
const LIGHTTPD = /lighttpd -/;

const descriptors = (pattern) => server.pids(pattern).reduce((n, pid) =>
  n + readdirSync(`/proc/${pid}/fd`).length, 0);
const sockets = () => metric(server.url, 'hub_sockets');

// The ports of the websocketd processes: a hostile neighbour goes to one.
function websocketds() {
  const run = join(server.dir, 'run');
  return readdirSync(run).filter((f) => /^websocketd-\d+\.port$/.test(f))
    .map((f) => `http://127.0.0.1:${readFileSync(join(run, f), 'utf8').trim()}`);
}

// Somebody else's live chat goes on: what an attack must not touch.
async function chatGoesOn([ann, conv, live], what = word()) {
  await ann.say(conv, what);
  await live.message(what);
}

async function bystander() {
  const [ann, bob, conv] = await pair(server.url);
  return [ann, conv, await bob.live()];
}

test('a_slow_reader_is_closed_and_catches_up_when_it_is_back', async () => {
  const other = await bystander();
  const [ann, bob, conv] = await pair(server.url);
  const slow = await bob.live();
  const before = await metric(server.url, 'hub_slow_consumers_total');
  slow.ws.pause();
  let sent = 0;
  while (await metric(server.url, 'hub_slow_consumers_total') === before) {
    assert.ok(sent < 3000, 'the hub buffers without end');
    await Promise.all(Array.from({ length: 16 }, () => ann.say(conv,
      `${++sent} ${'…'.repeat(7000)}`)));
    slow.op({ op: 'ping' }); // it reads nothing, but is not silent
    await chatGoesOn(other);
  }
  slow.ws.resume();
  await slow.gone();
  const got = slow.seen('message').map((m) => m.seq);
  assert.deepEqual(got, got.map((_, i) => i + 1), 'what came was in order');
  assert.equal(slow.frames.at(-1).data.code, 'slow_consumer');
  const last = got.at(-1);
  // What it said it has counts; the rest comes, or a gap for most of it.
  const again = await bob.live();
  again.ack(conv, last);
  await again.close();
  const back = await bob.live();
  const gap = sent - last > 500 ? await back.next('gap') : { to_seq: last };
  for (let seq = gap.to_seq + 1; seq <= sent; seq++)
    assert.equal((await back.next('message')).seq, seq);
  await back.close();
  await other[2].close();
});

test('half_open_sockets_are_ended_after_two_heartbeats', async () => {
  const other = await bystander();
  const ann = await newcomer(server.url, 'ann');
  const [open, fds] = [await sockets(), descriptors(PUSH)];
  const dead = await Promise.all(Array.from({ length: 60 }, () =>
    RawSocket.open(server.url, ann.token)));
  await until('they are all in', async () => await sockets() >= open + 60);
  dead.forEach((raw) => raw.freeze());
  await until('they are gone', async () => {
    await other[2].ping(); // who says something stays
    return await sockets() <= open;
  }, { timeout: 4 * HEARTBEAT_S * 1000, every: 500 });
  await chatGoesOn(other);
  await until('and their descriptors, too', () => descriptors(PUSH) <= fds);
  dead.forEach((raw) => raw.drop());
  await other[2].close();
});

// Eight sockets, each with the pieces in turn, so many times.
async function floodHoldsNobodyUp(pieces, times) {
  const other = await bystander();
  const ann = await newcomer(server.url, 'ann');
  const raws = await Promise.all(Array.from({ length: 8 }, () =>
    RawSocket.open(server.url, ann.token)));
  const floods = raws.map(async (raw, i) => {
    for (let n = 0; n < times && !raw.over; n++)
      await raw.write(pieces[(i + n) % pieces.length]);
  });
  for (let i = 0; i < 10; i++)
    await chatGoesOn(other);
  await Promise.all(floods);
  raws.forEach((raw) => raw.drop());
  await chatGoesOn(other);
  await other[2].close();
}

test('frames_of_64_KiB_without_pause_hold_nobody_up', () => floodHoldsNobodyUp([
  frame(`{"op":"ping","x":"${'x'.repeat(65_000)}"}`),
  frame('x'.repeat(65_536)), frame('x'.repeat(65_537)),
  frame('\0'.repeat(65_536), { opcode: BINARY }),
  frame('\n'.repeat(65_536))], 200));

test('a_flood_of_small_frames_holds_nobody_up', () => floodHoldsNobodyUp(
  ['{"op":"ping"}', 'nonsense', '', '{"op":"ack"}',
    '{"op":"typing","conv_id":"1"}'].map((line) =>
    Buffer.concat(Array(500).fill(frame(line)))), 60));

test('a_storm_of_connections_is_weathered', async () => {
  const other = await bystander();
  const people = await Promise.all(Array.from({ length: 4 }, () =>
    newcomer(server.url, 'storm')));
  const open = await sockets();
  for (let wave = 0; wave < 5; wave++) {
    const raws = Promise.allSettled(Array.from({ length: 160 }, (_, i) =>
      RawSocket.open(server.url, i % 2 ? people[i % 4].token : 'forged')));
    await chatGoesOn(other);
    for (const { value } of await raws)
      value?.drop();
  }
  await until('the hub holds none of them', async () =>
    await sockets() <= open);
  await (await people[0].live()).close();
  await chatGoesOn(other);
  await other[2].close();
});

// The most memory that any of them ever took, in MB.
const peak = (pattern) => Math.max(...server.pids(pattern).map((pid) =>
  /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]
  / 1024));

// lighttpd reads on for a moment behind what it has refused, and forgets it: so
// what counts is not how much went out, but how much was kept.
test('a_frame_of_1_GB_ends_its_own_socket_alone', async () => {
  const other = await bystander();
  const ann = await newcomer(server.url, 'ann');
  const old = server.pids(WEBSOCKETD);
  for (const token of [ann.token, 'forged']) {
    const raw = await RawSocket.open(server.url, token);
    await raw.write(frameHead(1 << 30));
    await raw.pour(1 << 30);
    assert.ok(raw.over);
    assert.ok(peak(WEBSOCKETD) < 128, `${peak(WEBSOCKETD)} MB of websocketd`);
    assert.ok(peak(LIGHTTPD) < 32, `${peak(LIGHTTPD)} MB of lighttpd`);
    await chatGoesOn(other);
  }
  assert.deepEqual(server.pids(WEBSOCKETD), old, 'and no websocketd died');
  await other[2].close();
});

// Past lighttpd, from the machine itself: the worst that a websocketd can be
// given.  Its memory limit ends it, the others never notice.
test('a_websocketd_filled_to_the_brim_is_back_and_nothing_is_missed',
  async () => {
    const [ann, bob, conv] = await pair(server.url);
    const [first, second] = websocketds();
    const [there, elsewhere] = [await openSocket(first, { token: bob.token }),
      await openSocket(second, { token: bob.token })];
    await ann.say(conv, 'before');
    for (const live of [there, elsewhere])
      await live.message('before');
    const raw = await RawSocket.open(first, ann.token);
    await raw.write(frameHead(1 << 30));
    await raw.pour(1 << 30);
    await there.gone();
    const since = Date.now();
    await ann.say(conv, 'meanwhile');
    await elsewhere.message('meanwhile');
    const back = await until('it takes sockets again', () =>
      openSocket(first, { token: bob.token }), { timeout: 5_000 });
    assert.ok(Date.now() - since < 5_000, `${Date.now() - since} ms`);
    await back.message('before');
    await back.message('meanwhile');
    await Promise.all([back, elsewhere].map((live) => live.close()));
  });

test('after_all_that_memory_is_what_it_was', async () => {
  await until('no socket is left', async () => await sockets() === 0);
  const push = pssKb(server.pids(PUSH)) / 1024;
  assert.ok(push < 24, `push holds ${push.toFixed(1)} MB`);
  for (const pid of server.pids(WEBSOCKETD)) {
    const mb = pssKb([pid]) / 1024;
    assert.ok(mb < 96, `a websocketd holds ${mb.toFixed(1)} MB`);
  }
});
