// SPDX-License-Identifier: MIT
// Blocks: whoever blocks, neither reaches the other.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expect } from '../lib/client.mjs';
import { useShared } from '../lib/instance.mjs';
import { befriend, groupOf, newcomer, newcomers, pair } from '../lib/people.mjs';

const server = useShared();

const people = (...names) => newcomers(server.url, ...names);
const blocks = async (who) =>
  (await expect(who.api.get('/blocks'), 200)).items;

test('a_block_is_listed_by_who_made_it_only', async () => {
  const [ann, bob] = await people('ann', 'bob');
  await expect(ann.api.put(`/blocks/${bob.id}`), 204);
  await expect(ann.api.put(`/blocks/${bob.id}`), 204);
  assert.deepEqual((await blocks(ann)).map((b) => b.user.id), [bob.id]);
  assert.deepEqual(await blocks(bob), []);
  await expect(ann.api.delete(`/blocks/${bob.id}`), 204);
  await expect(ann.api.delete(`/blocks/${bob.id}`), 204);
  assert.deepEqual(await blocks(ann), []);
});

// What a block bars, whichever of the two made it and whichever tries.
const BARRED = {
  request: (who, other) =>
    who.api.post('/contact-requests', { user_id: other.id }),
  open: (who, other) =>
    who.api.post('/conversations', { type: 'direct', user_id: other.id }),
  send_to: (who, other) =>
    who.api.post('/messages', { to: other.id, content: 'x' }),
};

for (const [what, attempt] of Object.entries(BARRED))
  test(`between_strangers_a_block_bars_${what}_in_both_directions`,
    async () => {
      const [ann, bob] = await people('ann', 'bob');
      await expect(ann.api.put(`/blocks/${bob.id}`), 204);
      await expect(attempt(ann, bob), 403, 'blocked');
      await expect(attempt(bob, ann), 403, 'blocked');
      await expect(ann.api.delete(`/blocks/${bob.id}`), 204);
      const res = await attempt(bob, ann);
      assert.notEqual(res.json?.code, 'blocked');
    });

test('between_contacts_a_block_bars_sending_in_both_directions', async () => {
  const [ann, bob, conv] = await pair(server.url);
  await ann.say(conv, 'before');
  await expect(bob.api.put(`/blocks/${ann.id}`), 204);
  for (const who of [ann, bob])
    await expect(who.api.post('/messages', { conv_id: conv, content: 'x' }),
      403, 'blocked');
  assert.equal((await ann.history(conv)).items.length, 1);
});

test('a_repeat_of_a_sent_message_is_answered_even_after_a_block', async () => {
  const [ann, bob, conv] = await pair(server.url);
  const draft = { conv_id: conv, client_msg_id: 'before-block',
    content: 'sent in time' };
  const sent = await expect(ann.api.post('/messages', draft), 201);
  await expect(bob.api.put(`/blocks/${ann.id}`), 204);
  assert.equal((await expect(ann.api.post('/messages', draft), 200)).id,
    sent.id);
});

test('a_block_ends_a_pending_request', async () => {
  const [ann, bob] = await people('ann', 'bob');
  const { id } = await expect(
    ann.api.post('/contact-requests', { user_id: bob.id }), 201);
  await expect(bob.api.put(`/blocks/${ann.id}`), 204);
  const { items } = await expect(
    bob.api.get('/contact-requests?direction=in'), 200);
  assert.deepEqual(items.filter((r) => r.id === id), []);
});

test('who_hides_is_not_found_by_a_block_either', async () => {
  const ann = await newcomer(server.url, 'ann');
  const bob = await newcomer(server.url, 'bob');
  await expect(ann.api.patch('/users/me', { hidden: true }), 200);
  await expect(bob.api.put(`/blocks/${ann.id}`), 404, 'not_found');
  const { items } = await expect(bob.api.get('/blocks'), 200);
  assert.deepEqual(items, []);
});

// What the caller is told of somebody they may not know of.
const bare = (id) => ({ id, username: '', display_name: '', bio: '',
  avatar: null, presence: { status: 'offline', last_active_at: null } });
const shown = async (who) => (await blocks(who)).map((b) => b.user);

test('who_blocked_one_first_stays_unknown_when_blocked_in_turn', async () => {
  const [ann, bob] = await people('ann', 'bob');
  const live = await bob.live();
  await expect(ann.api.put(`/blocks/${bob.id}`), 204);
  const before = await expect(bob.api.get('/sync'), 200);
  await expect(bob.api.put(`/blocks/${ann.id}`), 204);
  assert.deepEqual(await shown(bob), [bare(ann.id)]);
  assert.equal((await shown(ann))[0].display_name, 'bob');

  // Nor by the event, by what a device missed, by a page, or by a new name.
  const event = await live.next('contact', (c) => c.action === 'blocked');
  assert.deepEqual(event.block.user, bare(ann.id));
  const page = await expect(bob.api.get(`/sync?cursor=${before.cursor}`), 200);
  assert.deepEqual(page.blocks.map((b) => b.user), [bare(ann.id)]);
  const { text } = await (await bob.browse()).send('GET', '/settings/blocks');
  assert.ok(!text.includes(ann.username) && text.includes(ann.id));
  await expect(ann.api.patch('/users/me', { display_name: 'Anna' }), 200);
  const eve = await newcomer(server.url, 'eve');
  await expect(eve.api.post('/contact-requests', { user_id: bob.id }), 201);
  await live.next('contact', (c) => c.action === 'request');
  assert.ok(!JSON.stringify(live.seen('contact')).includes('Anna'));
  await live.close();

  await expect(bob.api.delete(`/blocks/${ann.id}`), 204);
  await expect(ann.api.delete(`/blocks/${bob.id}`), 204);
  await expect(bob.api.put(`/blocks/${ann.id}`), 204);
  assert.equal((await shown(bob))[0].display_name, 'Anna');
});

test('whom_one_blocked_with_open_eyes_stays_known', async () => {
  const [ann, bob] = await people('ann', 'bob');
  await expect(bob.api.put(`/blocks/${ann.id}`), 204);
  await expect(ann.api.put(`/blocks/${bob.id}`), 204);
  assert.equal((await shown(bob))[0].display_name, 'ann');
  assert.deepEqual(await shown(ann), [bare(bob.id)]);
  await expect(bob.api.delete('/users/me', { password: bob.password }), 204);
  assert.deepEqual(await shown(ann), []);
});

const COMMON = {
  a_contact: (a, b) => befriend(a, b),
  a_chat: async (a, b) => {
    await befriend(a, b);
    await expect(a.api.delete(`/contacts/${b.id}`), 204);
  },
  a_group: async (a, b) => {
    const owner = await newcomer(server.url, 'owner');
    await groupOf(owner, [a, b]);
  },
};

for (const [what, share] of Object.entries(COMMON))
  test(`who_blocked_one_first_is_known_by_${what}`, async () => {
    const [ann, bob] = await people('ann', 'bob');
    await share(ann, bob);
    await expect(ann.api.put(`/blocks/${bob.id}`), 204);
    await expect(bob.api.put(`/blocks/${ann.id}`), 204);
    assert.equal((await shown(bob))[0].username, ann.username);
  });

test('who_hides_can_be_barred_by_who_meets_them_in_a_group', async () => {
  const [ann, bob, eve] = await people('ann', 'bob', 'eve');
  await groupOf(eve, [ann, bob]);
  await expect(ann.api.patch('/users/me', { hidden: true }), 200);
  await expect(bob.api.put(`/blocks/${ann.id}`), 204);
  assert.equal((await shown(bob))[0].username, ann.username);
});

test('who_hides_can_be_barred_by_who_knows_them', async () => {
  const [ann, bob] = await pair(server.url);
  await expect(ann.api.patch('/users/me', { hidden: true }), 200);
  await expect(ann.api.delete(`/contacts/${bob.id}`), 204);
  await expect(bob.api.put(`/blocks/${ann.id}`), 204);
});

test('nobody_blocks_themselves_or_nobody', async () => {
  const [ann] = await people('ann');
  await expect(ann.api.put(`/blocks/${ann.id}`), 422, 'invalid');
  await expect(ann.api.put('/blocks/999999999'), 404, 'not_found');
});

test('who_is_blocked_neither_types_nor_is_seen_online', async () => {
  const [ann, bob, conv] = await pair(server.url);
  await expect(ann.api.put(`/blocks/${bob.id}`), 204);
  const a = await ann.live();
  const b = await bob.live();
  b.op({ op: 'typing', conv_id: conv });
  await b.ping();
  await a.ping();
  // Something that surely comes after it: another friend's message.
  const eve = await newcomer(server.url, 'eve');
  await expect(eve.api.post('/contact-requests', { user_id: ann.id,
    greeting: 'after' }), 201);
  await a.next('contact');
  assert.deepEqual(a.seen('typing'), []);
  assert.deepEqual(a.seen('presence').filter((p) => p.user_id === bob.id &&
    p.status === 'online'), []);
  await Promise.all([a.close(), b.close()]);
});
