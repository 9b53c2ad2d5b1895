// SPDX-License-Identifier: MIT
// direct.policy = anyone: everybody may write to everybody whom they may find.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expect } from '../lib/client.mjs';
import { useOwn } from '../lib/instance.mjs';
import { befriend, newcomers } from '../lib/people.mjs';

const server = useOwn('open_house', { settings: { 'direct.policy': 'anyone' } });

const people = (...names) => newcomers(server.url, ...names);
const open = (who, other) => who.api.post('/conversations',
  { type: 'direct', user_id: other.id });
const write = (who, other, content) => who.api.post('/messages',
  { to: other.id, content });
const WRITE = 'name="type" value="direct"'; // the form that opens a chat

test('a_stranger_opens_a_conversation_and_both_write_there', async () => {
  const [ann, bob] = await people('ann', 'bob');
  const live = await bob.live();
  const { id } = await expect(open(ann, bob), 201);
  assert.equal((await expect(open(bob, ann), 200)).id, id);
  await ann.say(id, 'hello');
  await live.message('hello');
  await bob.say(id, 'hello yourself');
  // They are no contacts by that, and see no presence.
  assert.deepEqual((await expect(ann.api.get('/contacts'), 200)).items, []);
  assert.equal((await ann.conversation(id)).peer.presence.status, 'offline');
  await live.close();
});

test('a_first_message_opens_the_conversation_once', async () => {
  const [ann, bob] = await people('ann', 'bob');
  const both = await Promise.all([write(ann, bob, 'a'), write(bob, ann, 'b')]);
  const [a, b] = await Promise.all(both.map((r) => expect(r, 201)));
  assert.equal(a.conv_id, b.conv_id);
  assert.deepEqual((await ann.history(a.conv_id)).items.map((m) => m.seq),
    [1, 2]);
});

test('a_block_bars_both_until_it_ends', async () => {
  const [ann, bob] = await people('ann', 'bob');
  const { conv_id: conv } = await expect(write(ann, bob, 'before'), 201);
  await expect(bob.api.put(`/blocks/${ann.id}`), 204);
  for (const [who, other] of [[ann, bob], [bob, ann]]) {
    await expect(open(who, other), 403, 'blocked');
    await expect(write(who, other, 'x'), 403, 'blocked');
    await expect(who.api.post('/messages', { conv_id: conv, content: 'x' }),
      403, 'blocked');
  }
  await expect(bob.api.delete(`/blocks/${ann.id}`), 204);
  await expect(write(ann, bob, 'after'), 201);
  const [eve, dan] = await people('eve', 'dan'); // with nothing said before
  await expect(dan.api.put(`/blocks/${eve.id}`), 204);
  await expect(open(eve, dan), 403, 'blocked');
  await expect(write(dan, eve, 'x'), 403, 'blocked');
});

test('whom_one_deleted_from_the_contacts_one_still_writes_to', async () => {
  const [ann, bob] = await people('ann', 'bob');
  const conv = await befriend(ann, bob, 'hi');
  await expect(ann.api.delete(`/contacts/${bob.id}?history=delete`), 204);
  await bob.say(conv, 'still there?');
  await expect(write(ann, bob, 'yes'), 201);
  assert.deepEqual((await ann.history(conv)).items.map((m) => m.content),
    ['still there?', 'yes']);
});

test('who_hides_is_written_to_by_those_who_know_them_only', async () => {
  const [ann, bob, eve] = await people('ann', 'bob', 'eve');
  await expect(write(bob, ann, 'before'), 201);
  await expect(ann.api.patch('/users/me', { hidden: true }), 200);
  await expect(open(eve, ann), 404, 'not_found');
  await expect(write(eve, ann, 'x'), 404, 'not_found');
  // The conversation that there is goes on; and she herself may begin one.
  await expect(write(bob, ann, 'again'), 201);
  const { conv_id: conv } = await expect(write(ann, eve, 'psst'), 201);
  await eve.say(conv, 'who is there?');
  // The link lets ask, and then write.
  const { token } = await expect(ann.api.post('/contact-link'), 201);
  const [cyd] = await people('cyd');
  await expect(cyd.api.post(`/add/${token}`), 201);
  await expect(write(cyd, ann, 'I have your link'), 201);
});

test('nobody_writes_to_oneself_nobody_or_a_deleted_account', async () => {
  const [ann, bob] = await people('ann', 'bob');
  const { conv_id: conv } = await expect(write(ann, bob, 'bye'), 201);
  await expect(open(ann, ann), 422, 'invalid');
  await expect(open(ann, { id: '999999999' }), 404, 'not_found');
  await expect(bob.api.delete('/users/me'), 204);
  await expect(open(ann, bob), 404, 'not_found');
  await expect(ann.api.post('/messages', { conv_id: conv, content: 'x' }),
    403, 'forbidden');
  assert.equal((await ann.history(conv)).items.length, 1);
});

test('the_page_of_a_stranger_offers_to_write_and_to_ask', async () => {
  const [ann, bob] = await people('ann', 'bob');
  const browser = await ann.browse();
  const page = async () => (await browser.send('GET', `/u/${bob.id}`)).text;
  let text = await page();
  assert.ok(text.includes(WRITE) && text.includes('id="ask"'));
  await befriend(ann, bob);
  text = await page();
  assert.ok(text.includes(WRITE) && !text.includes('id="ask"'));
  await expect(ann.api.put(`/blocks/${bob.id}`), 204);
  text = await page();
  assert.ok(!text.includes(WRITE) && !text.includes('id="ask"'));
});
