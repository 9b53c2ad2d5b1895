// SPDX-License-Identifier: MIT
// The WebSocket and what does not belong there: each gets its one answer, and
// nobody else is harmed.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { useShared } from '../lib/instance.mjs';
import { newcomer, pair, word } from '../lib/people.mjs';

const server = useShared();

const closeAll = (...lives) => Promise.all(lives.map((l) => l.close()));

const NONSENSE = [
  ['no JSON', 'hello'], ['half of it', '{"op":"ping"'], ['a list', '[]'],
  ['a number', '5'], ['null', 'null'], ['no op', '{}'],
  ['an unknown op', '{"op":"shout"}'], ['op as a number', '{"op":5}'],
  ['an event', '{"event":"message","data":{}}'],
  ['ack without a place', '{"op":"ack"}'],
  ['ack with a bad id', '{"op":"ack","conv_id":"x","seq":1}'],
  ['ack below zero', '{"op":"ack","conv_id":"1","seq":-1}'],
  ['ack beyond 64 bits',
    '{"op":"ack","conv_id":"1","seq":99999999999999999999}'],
  ['ack with text', '{"op":"ack","conv_id":"1","seq":"1"}'],
  ['typing nowhere', '{"op":"typing"}'],
  ['NUL inside', '{"op":"pi\u0000ng"}'],
  ['deep', `${'['.repeat(2000)}${']'.repeat(2000)}`],
  ['an empty line', ''],
];

for (const [what, line] of NONSENSE)
  test(`${what.replaceAll(' ', '_')}_gets_one_error_and_the_socket_stays`,
    async () => {
      const ann = await newcomer(server.url, 'ann');
      const live = await ann.live();
      live.raw(line);
      if (what !== 'an empty line')
        assert.ok((await live.next('error')).code);
      await live.ping();
      assert.ok(live.seen('error').length <= 1);
      live.frames.length = 0;
      await live.ping();
      assert.deepEqual(live.seen('error'), []);
      await live.close();
    });

test('invalid_utf8_harms_nobody', async () => {
  const ann = await newcomer(server.url, 'ann');
  const live = await ann.live();
  live.raw(Buffer.from([0x7b, 0xff, 0xfe, 0x7d]), { binary: false });
  const end = await Promise.race([live.next('error').then(() => 'error'),
    live.ended.then(() => 'closed')]);
  assert.ok(['error', 'closed'].includes(end));
  live.drop();
  await (await ann.live()).close();
});

test('a_binary_frame_gets_its_error_with_the_next_text_frame', async () => {
  const ann = await newcomer(server.url, 'ann');
  const live = await ann.live();
  live.raw(Buffer.from('binary \u0000 bytes'), { binary: true });
  live.op({ op: 'ping' });
  await live.next('error');
  // What the bytes were glued to may be lost with them; the next is not.
  live.frames.length = 0;
  await live.ping();
  assert.deepEqual(live.seen('error'), []);
  await live.close();
});

test('a_line_over_64_KiB_is_skipped_and_answered', async () => {
  const ann = await newcomer(server.url, 'ann');
  const live = await ann.live();
  for (const size of [65_537, 200_000, 1_000_000]) {
    live.raw(`{"op":"ping","x":"${'x'.repeat(size)}"}`);
    assert.equal((await live.next('error')).code, 'too_large');
    await live.ping();
    assert.deepEqual(live.frames.filter((f) => f.event === 'pong'), []);
  }
  await live.close();
});

test('a_line_of_just_under_64_KiB_is_read', async () => {
  const ann = await newcomer(server.url, 'ann');
  const live = await ann.live();
  live.raw(`{"op":"ping","x":"${'x'.repeat(65_000)}"}`);
  await live.next('pong');
  await live.close();
});

test('a_raw_newline_in_a_frame_splits_it_into_lines', async () => {
  const ann = await newcomer(server.url, 'ann');
  const live = await ann.live();
  live.raw('{"op":"ping"}\n{"op":"ping"}');
  await live.next('pong');
  await live.next('pong');
  await live.close();
});

test('a_flood_of_nonsense_is_answered_or_ended_but_harms_nobody', async () => {
  const [ann, bob, conv] = await pair(server.url);
  const [flood, b] = await Promise.all([ann.live(), bob.live()]);
  for (let i = 0; i < 3000; i++)
    flood.raw('nonsense');
  await ann.say(conv, 'still here');
  await b.message('still here');
  flood.drop();
  await b.close();
});

test('a_frame_without_end_ends_only_its_own_socket', async () => {
  const [ann, bob, conv] = await pair(server.url);
  const [flood, a, b] = await Promise.all([ann.live(), ann.live(), bob.live()]);
  for (let i = 0; i < 20 && !flood.over; i++)
    flood.raw('x'.repeat(1024 * 1024), { fin: false });
  await flood.gone();
  await ann.say(conv, 'still here');
  await Promise.all([a, b].map((l) => l.message('still here')));
  await closeAll(a, b);
});

test('who_acknowledges_without_end_holds_nobody_up', async () => {
  const [ann, bob, conv] = await pair(server.url);
  const flood = await ann.live();
  for (let i = 1; i <= 10_000 && !flood.over; i++)
    flood.ack(String(100_000 + i), 1);
  assert.equal((await flood.next('error')).code, 'rate_limited');
  await flood.gone();
  const b = await bob.live();
  await ann.say(conv, 'still here');
  await b.message('still here');
  await b.close();
});

test('a_client_that_vanishes_leaves_nothing_behind', async () => {
  const [ann, bob, conv] = await pair(server.url);
  const lives = await Promise.all(Array.from({ length: 20 }, () =>
    bob.live()));
  for (const live of lives)
    live.drop();
  const b = await bob.live();
  await ann.say(conv, word());
  await b.next('message');
  await b.close();
});
