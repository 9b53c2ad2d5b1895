// SPDX-License-Identifier: MIT
// Who was removed from a group gets nothing from that moment on, whichever node
// they are on and whoever does the work: no message, no receipt, no typing, no
// change of what the group is.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client, expect } from '../lib/client.mjs';
import { useOwn } from '../lib/instance.mjs';
import { befriend, groupOf, newcomers, word } from '../lib/people.mjs';

// Two nodes: each delivers some of the conversations, and tells of some people.
const a = useOwn('removed-a');
const b = useOwn('removed-b', { join: a });

const at = (person, node) => Object.assign(Object.create(person),
  { base: node.url, api: new Client(node, { token: person.token }) });
const people = (...names) => newcomers(a.url, ...names);

// Ann's group; bob, who is going to be removed, and dan, who stays, hear of it
// on the same node, where one frame is for both.
async function scene() {
  const [ann, bob, cyd, dan] = await people('ann', 'bob', 'cyd', 'dan');
  const group = await groupOf(ann, [bob, cyd, dan]);
  const sockets = await Promise.all([at(bob, b).live(), at(dan, b).live(),
    cyd.live()]);
  return { ann, bob, cyd, dan, group, bobs: sockets[0], dans: sockets[1],
    cyds: sockets[2], path: `/conversations/${group}`,
    end: () => Promise.all(sockets.map((s) => s.close())) };
}

const remove = (s) =>
  expect(s.ann.api.delete(`${s.path}/members/${s.bob.id}`), 204);
const says = (who, group) => who.api.post('/messages',
  { conv_id: group, content: word(), client_msg_id: word(20) });

test('of_messages_that_race_the_removal_only_those_before_it_come', async () => {
  for (let round = 0; round < 2; round++) {
    const s = await scene();
    let open = true;
    const talking = [s.ann, at(s.cyd, b), at(s.ann, b), s.cyd].map(
      async (who) => {
        while (open)
          await expect(says(who, s.group), 201);
      });
    await s.bobs.next('message');
    await remove(s);
    const { items } = await s.ann.history(s.group, '&limit=200');
    await Promise.all(Array.from({ length: 5 }, () => says(s.ann, s.group)));
    open = false;
    await Promise.all(talking);
    const out = items.find((m) => m.content.action === 'removed').seq;
    const last = await s.ann.say(s.group, 'last');
    await s.dans.next('message', (m) => m.seq === last.seq);
    await s.bobs.next('conversation', (d) => d.action === 'removed');
    assert.deepEqual(s.bobs.seen('message')
      .filter((m) => m.conv_id === s.group && m.seq >= out), []);
    await s.end();
  }
});

test('receipts_and_typing_of_those_who_stay_are_not_theirs', async () => {
  for (let round = 0; round < 4; round++) {
    const s = await scene();
    const first = await s.ann.say(s.group, 'one');
    // Whoever tells of cyd knows the members by now, bob among them.
    s.cyds.ack(s.group, first.seq);
    const ofCyd = (d) => d.user_id === s.cyd.id && d.conv_id === s.group;
    await s.bobs.next('receipt', ofCyd);
    await s.dans.next('receipt', ofCyd);
    s.cyds.op({ op: 'typing', conv_id: s.group });
    await s.bobs.next('typing', ofCyd);
    await s.dans.next('typing', ofCyd);
    await remove(s);
    const second = await s.ann.say(s.group, 'two');
    await s.cyds.message('two');
    s.cyds.ack(s.group, second.seq);
    await s.dans.next('receipt', (d) => ofCyd(d) &&
      d.delivered_seq === second.seq);
    const another = await s.cyd.live(); // a socket types now and then only
    another.op({ op: 'typing', conv_id: s.group });
    await s.dans.next('typing', ofCyd);
    await another.close();
    await expect(s.cyd.api.put(`${s.path}/read`, { seq: second.seq }), 204);
    await s.dans.next('receipt', (d) => ofCyd(d) && d.read_seq === second.seq);
    // Nor does what bob does reach them.
    s.bobs.op({ op: 'typing', conv_id: s.group });
    s.bobs.ack(s.group, second.seq);
    await s.bobs.ping();
    await s.bobs.next('conversation', (d) => d.action === 'removed');
    const late = [...s.bobs.seen('receipt'), ...s.bobs.seen('typing')]
      .filter((d) => d.conv_id === s.group && d.user_id !== s.bob.id);
    assert.deepEqual(late, []);
    assert.deepEqual(s.dans.seen('typing'), []);
    await s.end();
  }
});

test('what_becomes_of_a_closed_group_is_not_told_to_who_was_in_it', async () => {
  const s = await scene();
  const { cursor } = await expect(s.bob.api.get('/sync'), 200);
  await remove(s);
  await expect(s.ann.api.patch(s.path, { title: 'Ours alone',
    description: 'without bob' }), 200);
  await expect(s.cyd.api.patch(`${s.path}/members/${s.cyd.id}`,
    { nickname: 'C' }), 200);
  await expect(s.bob.api.get(s.path), 403, 'not_a_member');
  await expect(s.bob.api.get(`/groups/${s.group}`), 404, 'not_found');
  await expect(s.bob.api.get(`${s.path}/members`), 403, 'not_a_member');
  await expect(s.bob.api.post(`${s.path}/join`), 403, 'forbidden');
  await expect(s.bob.api.post(`${s.path}/join-requests`), 403, 'forbidden');
  const told = await expect(s.bob.api.get(`/sync?cursor=${cursor}`), 200);
  assert.deepEqual(told.removed.filter((r) => r.id === s.group),
    [{ type: 'conversation', id: s.group }]);
  assert.deepEqual(told.members, []);
  assert.ok(!JSON.stringify(told).includes('Ours alone'));
  const lists = await Promise.all(['/conversations?hidden=true', '/invitations',
    '/join-requests', '/groups?query=Ours'].map((p) => s.bob.api.get(p)));
  assert.ok(!lists.some((r) => r.text.includes('Ours alone')));
  await s.dans.next('member', (d) => d.action === 'changed');
  await s.bobs.next('conversation', (d) => d.action === 'removed');
  assert.ok(!JSON.stringify(s.bobs.frames).includes('Ours alone'));
  // A device that comes back is not given what it missed, either.
  const device = await at(s.bob, b).live();
  await device.ping();
  assert.ok(!device.seen('message').some((m) => m.conv_id === s.group));
  await device.close();
  // Asked in again, they may look.
  await expect(s.bob.api.delete(`/contacts/${s.ann.id}`), 204);
  await expect(s.ann.api.post(`${s.path}/members`, { user_id: s.bob.id }), 201);
  assert.equal((await expect(s.bob.api.get(`/groups/${s.group}`), 200)).title,
    'Ours alone');
  await s.end();
});

test('typing_in_a_group_does_not_cross_a_block', async () => {
  const [ann, bob, cyd] = await people('ann', 'bob', 'cyd');
  const group = await groupOf(ann, [bob, cyd]);
  await befriend(bob, cyd);
  await expect(bob.api.put(`/blocks/${cyd.id}`), 204);
  const [anns, bobs, cyds] =
    await Promise.all([ann, bob, cyd].map((p) => p.live()));
  cyds.op({ op: 'typing', conv_id: group });
  await anns.next('typing', (d) => d.user_id === cyd.id);
  bobs.op({ op: 'typing', conv_id: group });
  await anns.next('typing', (d) => d.user_id === bob.id);
  anns.op({ op: 'typing', conv_id: group });
  await Promise.all([bobs, cyds].map((s) => s.next('typing')));
  assert.deepEqual([bobs.seen('typing'), cyds.seen('typing')], [[], []]);
  await Promise.all([anns, bobs, cyds].map((s) => s.close()));
});
