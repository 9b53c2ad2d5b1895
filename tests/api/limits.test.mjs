// SPDX-License-Identifier: MIT
// What the hub does not put up with: silence, and readers who do not read.

import assert from 'node:assert/strict';
import net from 'node:net';
import { test } from 'node:test';
import { useOwn } from '../lib/instance.mjs';
import { metric } from '../lib/metrics.mjs';
import { newcomer, pair } from '../lib/people.mjs';
import { frame } from '../lib/rawsocket.mjs';
import { until } from '../lib/wait.mjs';

const server = useOwn('limits', { settings: {
  'websocket.heartbeat_s': '10', 'websocket.max_sockets': '12' } });

// A WebSocket by hand, which can stop reading.
function bareSocket(person) {
  const { hostname, port } = new URL(person.base);
  const socket = net.connect(Number(port), hostname);
  socket.write(`GET /ws?access_token=${person.token} HTTP/1.1\r\n` +
    `Host: ${hostname}:${port}\r\nUpgrade: websocket\r\n` +
    'Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n' +
    'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n');
  let text = '';
  socket.on('data', (data) => { text += data.toString('latin1'); });
  socket.on('error', () => {});
  return { socket, text: () => text,
    closed: new Promise((done) => socket.on('close', done)) };
}

test('a_silent_socket_is_closed_and_a_beating_one_stays', async () => {
  const ann = await newcomer(server.url, 'ann');
  const bob = await newcomer(server.url, 'bob');
  const since = Date.now();
  const silent = await ann.live({ beats: false });
  assert.equal(silent.hello.heartbeat_s, 10);
  const beating = await bob.live();
  // The library's own pings are answered, and are no activity.
  const pulse = setInterval(() => silent.ws.ping(), 3_000);
  await silent.gone(30_000);
  const lasted = Date.now() - since;
  assert.ok(lasted > 18_000 && lasted < 28_000, `${lasted} ms`);
  clearInterval(pulse);
  await beating.ping();
  await beating.close();
});

test('a_reader_too_slow_is_closed_and_others_do_not_wait', async () => {
  const [ann, bob, conv] = await pair(server.url);
  const tablet = await bob.logIn();
  const slow = bareSocket(tablet);
  await until('the slow one is connected', () =>
    slow.text().includes('"hello"'));
  slow.socket.pause();
  // It reads nothing, but is not silent.
  const heart = setInterval(() => slow.socket.write(frame('{"op":"ping"}')),
    4_000);
  const quick = await bob.live();
  let sent = 0;
  let gone = false;
  const content = '慢'.repeat(7_000);
  // Buffers on the way hold some megabytes before the hub feels it.
  for (; sent < 700 && !gone; sent += 4) {
    await Promise.all(Array.from({ length: 4 }, () =>
      ann.say(conv, content)));
    for (let i = 0; i < 4; i++)
      quick.ack(conv, (await quick.next('message')).seq);
    gone = /hub_slow\w*\{?[^\n]*\}? [1-9]/.test(
      (await (await fetch(new URL('/metrics', server.url))).text()));
  }
  assert.ok(gone, `the slow reader was kept after ${sent} long messages`);
  clearInterval(heart);
  slow.socket.resume();
  await slow.closed;
  assert.match(slow.text(), /slow_consumer/);
  // It comes back and has everything, in order.
  const back = await tablet.live();
  const seen = [];
  while ((seen.at(-1) ?? 0) < sent) {
    const { seq } = await back.next('message');
    seen.push(seq);
    back.ack(conv, seq);
  }
  assert.deepEqual(seen, Array.from({ length: seen.length }, (_, i) =>
    seen[0] + i));
  await quick.close();
  await back.close();
});

test('beyond_its_number_of_sockets_a_node_says_so_and_others_stay', async () => {
  const ann = await newcomer(server.url, 'ann');
  await until('nobody is left', async () =>
    await metric(server.url, 'hub_sockets') === 0);
  const lives = await Promise.all(Array.from({ length: 12 }, () =>
    ann.live()));
  const one_more = await ann.live({ hello: false });
  assert.equal((await one_more.next('error')).code, 'unavailable');
  await one_more.gone();
  await Promise.all(lives.map((live) => live.ping()));
  await lives.pop().close();
  const instead = await until('there is room again', async () => {
    const live = await ann.live({ hello: false });
    const first = await Promise.race([live.next('hello'),
      live.ended.then(() => null)]).catch(() => null);
    return first && live;
  });
  await Promise.all([instead, ...lives].map((live) => live.close()));
});
