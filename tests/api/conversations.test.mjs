// SPDX-License-Identifier: MIT
// Conversations: opening direct ones, the list, the own view of it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expect, faults } from '../lib/client.mjs';
import { useShared } from '../lib/instance.mjs';
import { befriend, newcomer, pair } from '../lib/people.mjs';

const server = useShared();

const list = async (who, query = '') =>
  (await expect(who.api.get(`/conversations${query}`), 200));

test('a_direct_conversation_is_opened_once_for_both', async () => {
  const [ann, bob, conv] = await pair(server.url);
  for (const [who, other] of [[ann, bob], [bob, ann]]) {
    const opened = await expect(who.api.post('/conversations',
      { type: 'direct', user_id: other.id }), 200);
    assert.equal(opened.id, conv);
    assert.equal(opened.type, 'direct');
    assert.equal(opened.peer.id, other.id);
    assert.equal(opened.title, other.tokens.user.display_name);
  }
});

test('with_a_stranger_there_is_no_direct_conversation', async () => {
  const ann = await newcomer(server.url, 'ann');
  const bob = await newcomer(server.url, 'bob');
  await expect(ann.api.post('/conversations', { type: 'direct',
    user_id: bob.id }), 403, 'not_a_contact');
  await expect(ann.api.post('/conversations', { type: 'direct',
    user_id: '999999999' }), 404, 'not_found');
});

test('a_conversation_wants_a_type_and_somebody_else', async () => {
  const ann = await newcomer(server.url, 'ann');
  assert.deepEqual(await faults(ann.api.post('/conversations', {})),
    ['type', 'user_id']);
  assert.deepEqual(await faults(ann.api.post('/conversations',
    { type: 'direct' })), ['user_id']);
  assert.deepEqual(await faults(ann.api.post('/conversations',
    { type: 'direct', user_id: ann.id })), ['user_id']);
  assert.deepEqual(await faults(ann.api.post('/conversations',
    { type: 'gathering', user_id: ann.id })), ['type']);
});

test('the_list_has_the_newest_activity_first_and_pinned_on_top', async () => {
  const ann = await newcomer(server.url, 'ann');
  const friends = await Promise.all(
    ['b', 'c', 'd'].map((n) => newcomer(server.url, n)));
  const convs = [];
  for (const friend of friends)
    convs.push(await befriend(ann, friend));
  const [b, c, d] = convs;
  for (const [i, conv] of [d, c, b].entries())
    await friends[convs.indexOf(conv)].say(conv, `hello ${i}`);
  const order = async () => (await list(ann)).items
    .filter((x) => x.type === 'direct').map((x) => x.id);
  assert.deepEqual(await order(), [b, c, d]);
  await friends[1].say(c, 'again');
  assert.deepEqual(await order(), [c, b, d]);
  await expect(ann.api.patch(`/conversations/${d}`, { pinned: true }), 200);
  assert.deepEqual(await order(), [d, c, b]);
});

test('the_list_pages_without_loss_or_repeat', async () => {
  const ann = await newcomer(server.url, 'ann');
  const convs = [];
  for (const name of ['b', 'c', 'd', 'e', 'f'])
    convs.push(await befriend(ann, await newcomer(server.url, name), name));
  const found = [];
  for (let next = ''; next !== null;) {
    const page = await list(ann, `?limit=2${next}`);
    assert.ok(page.items.length <= 2);
    found.push(...page.items.filter((c) => c.type === 'direct')
      .map((c) => c.id));
    next = page.next && `&cursor=${encodeURIComponent(page.next)}`;
  }
  assert.deepEqual([...found].sort(), convs.sort());
});

test('the_list_shows_the_last_message_and_what_is_unread', async () => {
  const [ann, bob, conv] = await pair(server.url);
  await ann.say(conv, 'one');
  await ann.say(conv, 'two');
  const seen = (await list(bob)).items.find((c) => c.id === conv);
  assert.equal(seen.last_message.content, 'two');
  assert.equal(seen.last_seq, 2);
  assert.equal(seen.unread, 2);
  assert.equal(seen.last_read_seq, 0);
  const own = (await list(ann)).items.find((c) => c.id === conv);
  assert.equal(own.unread, 0, 'sending counts as reading');
  assert.equal(own.last_read_seq, 2);
  assert.equal(own.peer_read_seq, 0);
});

test('pin_mute_and_hide_are_the_callers_own', async () => {
  const [ann, bob, conv] = await pair(server.url);
  const table = [['pinned', true], ['muted', true], ['hidden', true],
    ['pinned', false], ['muted', false], ['hidden', false]];
  for (const [field, value] of table) {
    const seen = await expect(ann.api.patch(`/conversations/${conv}`,
      { [field]: value }), 200);
    assert.equal(seen[field], value, field);
    assert.equal((await ann.conversation(conv))[field], value, field);
    assert.equal((await bob.conversation(conv))[field], false, field);
  }
  assert.deepEqual(await faults(ann.api.patch(`/conversations/${conv}`,
    { pinned: 'x', muted: 3, hidden: {} })), ['hidden', 'muted', 'pinned']);
});

test('a_conversation_of_others_does_not_exist_for_me', async () => {
  const [, , conv] = await pair(server.url);
  const eve = await newcomer(server.url, 'eve');
  const attempts = [
    eve.api.get(`/conversations/${conv}`),
    eve.api.patch(`/conversations/${conv}`, { pinned: true }),
    eve.api.put(`/conversations/${conv}/read`, { seq: 1 }),
    eve.api.get(`/messages?conv_id=${conv}`),
    eve.api.post('/messages', { conv_id: conv, content: 'x' }),
  ];
  for (const attempt of attempts)
    await expect(attempt, 404, 'not_found');
});

test('a_direct_conversation_can_be_neither_dissolved_nor_retitled',
  async () => {
    const [ann, , conv] = await pair(server.url);
    const res = await ann.api.delete(`/conversations/${conv}`);
    assert.ok([403, 405].includes(res.status), res.text);
    assert.equal((await ann.conversation(conv)).id, conv);
  });
