// SPDX-License-Identifier: MIT
// What somebody said is taken out by who keeps order: everywhere, and for good.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expect } from '../lib/client.mjs';
import { useShared } from '../lib/instance.mjs';
import { befriend, groupOf, newcomer, word } from '../lib/people.mjs';

const server = useShared();

const people = (...names) =>
  Promise.all(names.map((name) => newcomer(server.url, name)));
const recall = (who, id) => who.api.delete(`/messages/${id}`);

test('what_was_said_is_gone_from_all_that_shows_it', async () => {
  const [ann, bob, cyd] = await people('ann', 'bob', 'cyd');
  const group = await groupOf(ann, [bob, cyd]);
  await ann.say(group, 'first');
  const m = await bob.say(group, 'something *bad*');
  await ann.say(group, 'last');
  const { cursor } = await expect(cyd.api.get('/sync'), 200);
  const away = await cyd.logIn(); // a device that acknowledges nothing
  const sockets = await Promise.all([ann, bob, cyd].map((p) => p.live()));
  await expect(recall(ann, m.id), 204);
  for (const socket of sockets) {
    const told = await socket.next('message', (d) => d.recalled_at !== null);
    assert.deepEqual([told.id, told.seq, told.content, told.html, told.sender.id],
      [m.id, m.seq, '', null, bob.id]);
  }
  const there = (await cyd.history(group)).items.find((x) => x.seq === m.seq);
  assert.ok(there.recalled_at);
  assert.equal(there.content, '');
  const { messages } = await expect(cyd.api.get(`/sync?cursor=${cursor}`), 200);
  assert.deepEqual(messages.map((x) => [x.seq, x.content]), [[m.seq, '']]);
  const late = await away.live();
  await late.ping();
  assert.ok(!JSON.stringify(late.frames).includes('bad'));
  // seq has no gaps, and what follows goes on.
  assert.equal((await bob.say(group, 'sorry')).seq, m.seq + 2);
  await sockets[2].message('sorry');
  await expect(recall(ann, m.id), 204); // once more changes nothing
  await Promise.all([...sockets, late].map((s) => s.close()));
});

test('the_last_message_in_the_list_is_the_recalled_one', async () => {
  const [ann, bob] = await people('ann', 'bob');
  const group = await groupOf(ann, [bob]);
  const m = await bob.say(group, 'oops');
  await expect(recall(ann, m.id), 204);
  for (const who of [ann, bob]) {
    const { last_message: last } = await who.conversation(group);
    assert.equal(last.seq, m.seq);
    assert.ok(last.recalled_at);
    assert.equal(last.content, '');
  }
});

test('a_repeat_of_what_was_recalled_sends_nothing_anew', async () => {
  const [ann, bob] = await people('ann', 'bob');
  const group = await groupOf(ann, [bob]);
  const draft = { conv_id: group, content: 'twice', client_msg_id: word(20) };
  const m = await expect(bob.api.post('/messages', draft), 201);
  await expect(recall(ann, m.id), 204);
  const again = await expect(bob.api.post('/messages', draft), 200);
  assert.equal(again.id, m.id);
  assert.ok(again.recalled_at);
  assert.equal((await ann.conversation(group)).last_seq, m.seq);
});

test('other_words_do_not_pass_for_what_was_recalled', async () => {
  const [ann, bob] = await people('ann', 'bob');
  const group = await groupOf(ann, [bob]);
  const draft = { conv_id: group, content: 'once', client_msg_id: word(20) };
  const m = await expect(bob.api.post('/messages', draft), 201);
  await expect(recall(ann, m.id), 204);
  for (const more of [{ content: 'another' }, { content: 'Once' },
    { content: 'once ' }, { reply_to: m.id }])
    await expect(bob.api.post('/messages', { ...draft, ...more }), 422,
      'client_msg_id_reused');
  // Nor at once, many of each.
  const all = await Promise.all(Array.from({ length: 12 }, (_, i) =>
    bob.api.post('/messages', { ...draft, content: i % 2 ? 'once' : 'more' })));
  assert.deepEqual(all.map((r) => r.status),
    all.map((_, i) => i % 2 ? 200 : 422));
  assert.equal((await ann.conversation(group)).last_seq, m.seq);
});

test('whose_rank_is_as_high_is_not_corrected', async () => {
  const [ann, bob, cyd, dan] = await people('ann', 'bob', 'cyd', 'dan');
  const group = await groupOf(ann, [bob, cyd, dan]);
  for (const p of [bob, cyd])
    await expect(ann.api.patch(`/conversations/${group}/members/${p.id}`,
      { role: 'admin' }), 200);
  const [anns, bobs, cyds, dans] = await Promise.all([ann, bob, cyd, dan]
    .map((p) => p.say(group, `from ${p.username}`)));
  await expect(recall(bob, anns.id), 403, 'forbidden');
  await expect(recall(bob, cyds.id), 403, 'forbidden');
  await expect(recall(dan, dans.id), 403, 'forbidden'); // no permission
  await expect(recall(bob, bobs.id), 204);
  await expect(dan.api.delete(`/conversations/${group}/members/${dan.id}`),
    204);
  await expect(recall(bob, dans.id), 204); // who left ranks no more
  await expect(recall(ann, cyds.id), 204);
  const system = (await ann.history(group)).items
    .find((m) => m.type === 'system');
  await expect(recall(ann, system.id), 403, 'forbidden');
});

test('what_one_does_not_see_is_not_there', async () => {
  const [ann, bob, cyd] = await people('ann', 'bob', 'cyd');
  const group = await groupOf(ann, [bob]);
  const old = await ann.say(group, 'before cyd came');
  await befriend(ann, cyd);
  await expect(ann.api.post(`/conversations/${group}/members`,
    { user_id: cyd.id }), 201);
  await expect(ann.api.patch(`/conversations/${group}/members/${cyd.id}`,
    { role: 'admin' }), 200);
  await expect(recall(cyd, old.id), 404, 'not_found');
  await expect(recall(ann, (BigInt(old.id) + 1000n).toString()), 404,
    'not_found');
  await expect(recall(ann, '1'), 404, 'not_found');
  const direct = await befriend(bob, cyd);
  const said = await bob.say(direct, 'between us');
  await expect(recall(bob, said.id), 403, 'forbidden');
  await expect(recall(ann, said.id), 404, 'not_found');
});
