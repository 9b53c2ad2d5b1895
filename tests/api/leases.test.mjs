// SPDX-License-Identifier: MIT
// Two nodes share the shards: who is stopped is followed by the other, and
// does no harm when he wakes.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Instance, useOwn } from '../lib/instance.mjs';
import { metric } from '../lib/metrics.mjs';
import { pair } from '../lib/people.mjs';
import { until } from '../lib/wait.mjs';

const LIFE_MS = 1500, PAIRS = 6;

const server = useOwn('leases', { settings: { 'lease.life_ms': LIFE_MS } });
const second = new Instance(`leases-b-${process.pid}`, { join: server });

// How many shards relay and deliver of a node own.
const owned = (node) => Promise.all(['relay', 'deliver'].map((program) =>
  metric(node, 'lease_shards', program)));

const isShared = async () => [...await owned(server), ...await owned(second)]
  .every((n) => n === 4);
const firstHasAll = async () => (await owned(server)).every((n) => n === 8);

// Conversations between the nodes, with an open socket on either side.
async function talks() {
  return Promise.all(Array.from({ length: PAIRS }, async () => {
    const [ann, bob, conv] = await pair(server.url);
    bob.base = second.url;
    const lives = [await ann.live(), await bob.live()];
    return { ann, conv, lives, seen: lives.map(() => []), said: 0 };
  }));
}

async function sayMore(all, n) {
  for (let i = 0; i < n; i++)
    await Promise.all(all.map((t) => t.ann.say(t.conv, `m${t.said++}`)));
}

// Everything came to both sides, each message once and in order.
async function assertAllCame(all) {
  for (const t of all)
    for (const [side, live] of t.lives.entries())
      while (t.seen[side].length < t.said) {
        const message = await live.next('message', undefined, 10_000);
        t.seen[side].push(message.content);
        assert.equal(message.content, `m${t.seen[side].length - 1}`);
        live.ack(message.conv_id, message.seq);
      }
}

async function assertNothingMore(all) {
  for (const t of all)
    for (const live of t.lives) {
      await live.ping();
      assert.deepEqual(live.frames.filter((f) => f.event === 'message'), []);
      await live.close();
    }
}

test('two_nodes_share_the_shards_fairly', async () => {
  await second.start();
  await until('each has half', isShared);
});

for (const [name, pattern] of [['relay', /daemons\/relay/],
  ['deliver', /daemons\/deliver/]])
  test(`a_stopped_${name}_is_followed_and_does_no_harm_when_it_wakes`,
    async () => {
      const all = await talks();
      await sayMore(all, 3);
      await assertAllCame(all);
      const thaw = await second.freeze(pattern);
      try {
        await sayMore(all, 5);
        await assertAllCame(all);
      } finally {
        thaw();
      }
      await sayMore(all, 5);
      await assertAllCame(all);
      await until('each has half again', isShared);
      await sayMore(all, 5);
      await assertAllCame(all);
      await assertNothingMore(all);
    });

test('a_node_killed_whole_is_followed', async () => {
  const all = await talks();
  await sayMore(all, 2);
  await assertAllCame(all);
  second.kill(/s6-svscan|s6-supervise/);
  second.kill(/./);
  for (const t of all)
    t.lives.splice(1, 1)[0].drop();
  await sayMore(all, 5);
  await assertAllCame(all);
  await until('the first has all', firstHasAll);
  await assertNothingMore(all);
});

test('the_other_node_comes_back_and_takes_its_share', async () => {
  await second.start();
  await until('each has half', isShared);
  const all = await talks();
  second.kill(/daemons\/(relay|deliver)/);
  await sayMore(all, 5);
  await assertAllCame(all);
  await assertNothingMore(all);
  await until('each has half', isShared);
  await second.stop();
  await until('the first has all at once', firstHasAll);
  assert.deepEqual(second.faults(), []);
});
