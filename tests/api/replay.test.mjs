// SPDX-License-Identifier: MIT
// The WebSocket after an absence: what a device missed comes first, in order.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { useShared } from '../lib/instance.mjs';
import { befriend, newcomer, pair } from '../lib/people.mjs';
import { until } from '../lib/wait.mjs';

const server = useShared();

const closeAll = (...lives) => Promise.all(lives.map((l) => l.close()));

test('what_a_device_missed_comes_first_in_order', async () => {
  const [ann, bob, conv] = await pair(server.url);
  const away = await bob.live();
  await ann.say(conv, 'm1');
  const { seq } = await away.message('m1');
  away.ack(conv, seq);
  await away.ping();
  await away.close();
  for (let i = 2; i <= 6; i++)
    await ann.say(conv, `m${i}`);
  const back = await bob.live();
  for (let i = 2; i <= 6; i++)
    assert.equal((await back.next('message')).content, `m${i}`);
  await ann.say(conv, 'm7');
  assert.equal((await back.next('message')).content, 'm7');
  await back.close();
});

test('an_ack_counts_for_its_device_only', async () => {
  const [ann, bob, conv] = await pair(server.url);
  const tablet = await bob.logIn();
  const b = await bob.live();
  await ann.say(conv, 'm1');
  b.ack(conv, (await b.message('m1')).seq);
  await b.close();
  const again = await bob.live();
  const t = await tablet.live();
  await t.message('m1');
  await ann.say(conv, 'm2');
  await again.message('m2');
  assert.deepEqual(again.seen('message'), []);
  await closeAll(again, t);
});

test('without_an_ack_everything_since_log_in_comes_again', async () => {
  const [ann, bob, conv] = await pair(server.url);
  await ann.say(conv, 'before the log-in');
  const tablet = await bob.logIn();
  await ann.say(conv, 'm2');
  for (let i = 0; i < 2; i++) {
    const t = await tablet.live();
    assert.equal((await t.next('message')).content, 'm2');
    await t.close();
  }
});

test('a_conversation_made_after_log_in_is_replayed_from_its_start',
  async () => {
    const ann = await newcomer(server.url, 'ann');
    const bob = await newcomer(server.url, 'bob');
    const conv = await befriend(ann, bob, 'the greeting');
    await ann.say(conv, 'second');
    const b = await bob.live();
    await b.message('the greeting');
    await b.message('second');
    await b.close();
  });

test('an_ack_takes_effect_when_the_socket_closes_right_after', async () => {
  const [ann, bob, conv] = await pair(server.url);
  for (let i = 0; i < 5; i++) {
    const b = await bob.live();
    await ann.say(conv, `r${i}`);
    const { seq } = await b.message(`r${i}`);
    assert.deepEqual(b.seen('message'), [], 'nothing old came');
    b.ack(conv, seq);
    await b.close();
  }
});

test('bad_acks_do_no_harm', async () => {
  const [ann, bob, conv] = await pair(server.url);
  const [eve, , other] = await pair(server.url, ['eve', 'mal']);
  const b = await bob.live();
  await ann.say(conv, 'm1');
  await b.message('m1');
  b.ack(other, 5); // not a member there
  b.ack(conv, 1000); // not written yet
  b.ack('999999999', 1);
  await b.ping();
  await b.close();
  await until('what there is counts as delivered, and no more', async () =>
    (await bob.conversation(conv)).last_delivered_seq === 1);
  await ann.say(conv, 'm2');
  const again = await bob.live();
  await again.message('m2');
  assert.equal((await eve.conversation(other)).last_delivered_seq, 0);
  await again.close();
});

test('where_more_than_500_are_missing_a_gap_stands_for_the_old_ones',
  async () => {
    const [ann, bob, conv] = await pair(server.url);
    const tablet = await bob.logIn();
    for (let i = 0; i < 32; i++)
      await Promise.all(Array.from({ length: 16 }, () =>
        ann.say(conv, 'much')));
    const t = await tablet.live();
    const gap = await t.next('gap');
    assert.deepEqual(gap, { conv_id: conv, from_seq: 1, to_seq: 412 });
    for (let seq = 413; seq <= 512; seq++)
      assert.equal((await t.next('message')).seq, seq);
    const { items } = await tablet.history(conv,
      `&since_seq=${gap.from_seq - 1}&before_seq=${gap.to_seq + 1}&limit=200`);
    assert.equal(items.length, 200);
    await t.close();
  });

test('exactly_what_is_missing_comes_below_the_gap', async () => {
  const [ann, bob, conv] = await pair(server.url);
  const tablet = await bob.logIn();
  for (let i = 0; i < 10; i++)
    await Promise.all(Array.from({ length: 12 }, () => ann.say(conv, 'some')));
  const t = await tablet.live();
  for (let seq = 1; seq <= 120; seq++)
    assert.equal((await t.next('message')).seq, seq);
  assert.deepEqual(t.seen('gap'), []);
  await t.close();
});
