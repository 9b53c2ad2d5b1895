// SPDX-License-Identifier: MIT
// Pinned messages: who pins, who sees it, and what ends it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expect } from '../lib/client.mjs';
import { useShared } from '../lib/instance.mjs';
import { befriend, groupOf, newcomers, pair } from '../lib/people.mjs';

const server = useShared();

const people = (...names) => newcomers(server.url, ...names);
const at = (conv, message = '') =>
  `/conversations/${conv}/pins${message && `/${message}`}`;
const pins = async (who, conv) =>
  (await expect(who.api.get(at(conv)), 200)).items;
const contents = async (who, conv) =>
  (await pins(who, conv)).map((p) => p.message.content);

test('a_pin_is_told_to_all_and_listed', async () => {
  const [ann, bob] = await people('ann', 'bob');
  const group = await groupOf(ann, [bob]);
  const [first, second] = [await bob.say(group, 'one'),
    await ann.say(group, 'two')];
  const { cursor } = await expect(bob.api.get('/sync'), 200);
  const socket = await bob.live();
  for (const m of [first, second, first]) // once more changes nothing
    await expect(ann.api.put(at(group, m.id)), 204);
  const told = await socket.next('conversation', (d) => d.action === 'pinned');
  assert.deepEqual([told.conv_id, told.message_id, told.seq, told.by],
    [group, first.id, first.seq, ann.id]);
  assert.deepEqual(await contents(bob, group), ['two', 'one']);
  const [pin] = await pins(bob, group);
  assert.deepEqual(pin.by, { id: ann.id, display_name: 'ann' });
  assert.equal(pin.message.sender.id, ann.id);
  const told2 = await expect(bob.api.get(`/sync?cursor=${cursor}`), 200);
  assert.ok(told2.conversations.some((c) => c.id === group));
  await expect(ann.api.delete(at(group, first.id)), 204);
  await socket.next('conversation', (d) => d.action === 'unpinned');
  await expect(ann.api.delete(at(group, first.id)), 404, 'not_found');
  assert.deepEqual(await contents(bob, group), ['two']);
  const told3 = (await bob.history(group)).items.slice(-3)
    .map((m) => [m.content.action, m.content.seq]);
  assert.deepEqual(told3, [['pinned', first.seq], ['pinned', second.seq],
    ['unpinned', first.seq]]);
  await socket.close();
});

test('the_list_pages_without_loss_or_repeat', async () => {
  const [ann, bob, conv] = await pair(server.url);
  for (let i = 0; i < 5; i++)
    await expect(bob.api.put(at(conv, (await ann.say(conv, `m${i}`)).id)), 204);
  const found = [];
  for (let next = ''; next !== null;) {
    const page = await expect(ann.api.get(`${at(conv)}?limit=2${next}`), 200);
    assert.ok(page.items.length <= 2);
    found.push(...page.items.map((p) => p.message.content));
    next = page.next && `&cursor=${page.next}`;
  }
  assert.deepEqual(found, ['m4', 'm3', 'm2', 'm1', 'm0']);
});

test('newcomers_see_the_pins_of_what_they_see', async () => {
  const [ann, bob] = await people('ann', 'bob');
  const group = await groupOf(ann, []);
  await befriend(ann, bob);
  const old = await ann.say(group, 'old');
  await expect(ann.api.put(at(group, old.id)), 204);
  await expect(ann.api.post(`/conversations/${group}/members`,
    { user_id: bob.id }), 201);
  assert.deepEqual(await contents(bob, group), []);
  await expect(ann.api.patch(`/conversations/${group}/members/${bob.id}`,
    { role: 'admin' }), 200);
  await expect(bob.api.put(at(group, old.id)), 404, 'not_found');
  await expect(bob.api.delete(at(group, old.id)), 404, 'not_found');
  await expect(ann.api.patch(`/conversations/${group}`, { from_start: true }),
    200);
  assert.deepEqual(await contents(bob, group), ['old']);
});

test('only_what_somebody_said_there_is_pinned', async () => {
  const [ann, bob, conv] = await pair(server.url);
  const group = await groupOf(ann, [bob], {}, true);
  const [system] = (await ann.history(group)).items;
  await expect(ann.api.put(at(group, system.id)), 409, 'conflict');
  const elsewhere = await ann.say(conv, 'elsewhere');
  await expect(ann.api.put(at(group, elsewhere.id)), 404, 'not_found');
  const m = await bob.say(group, 'oops');
  await expect(ann.api.put(at(group, m.id)), 204);
  await expect(ann.api.delete(`/messages/${m.id}`), 204);
  assert.deepEqual(await pins(ann, group), []);
  await expect(ann.api.put(at(group, m.id)), 409, 'conflict');
});

test('a_hundred_are_pinned_at_most', async () => {
  const [ann, , conv] = await pair(server.url);
  const ids = [];
  for (let i = 0; i < 101; i++)
    ids.push((await ann.say(conv, `m${i}`)).id);
  const got = await Promise.all(ids.map((id) => ann.api.put(at(conv, id))));
  assert.deepEqual(got.map((r) => r.status).sort(),
    [...Array(100).fill(204), 409]);
  assert.equal(got.find((r) => r.status === 409).json.code, 'full');
});
