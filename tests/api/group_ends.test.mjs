// SPDX-License-Identifier: MIT
// Groups: handed over, left by the last, dissolved; and accounts that go.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expect } from '../lib/client.mjs';
import { useShared } from '../lib/instance.mjs';
import { groupOf, newcomers } from '../lib/people.mjs';

const server = useShared();

const people = (...names) => newcomers(server.url, ...names);

test('the_owner_hands_over_before_leaving', async () => {
  const [ann, bob, cyd] = await people('ann', 'bob', 'cyd');
  const group = await groupOf(ann, [bob]);
  const at = `/conversations/${group}`;
  await expect(ann.api.delete(`${at}/members/${ann.id}`), 409, 'conflict');
  await expect(bob.api.post(`${at}/transfer`, { user_id: bob.id }), 403,
    'forbidden');
  await expect(ann.api.post(`${at}/transfer`, { user_id: cyd.id }), 404,
    'not_found');
  const now = await expect(ann.api.post(`${at}/transfer`,
    { user_id: bob.id }), 200);
  assert.equal(now.role, 'admin');
  assert.deepEqual(await ann.roles(group),
    { [ann.id]: 'admin', [bob.id]: 'owner' });
  await expect(ann.api.delete(`${at}/members/${ann.id}`), 204);
  await expect(ann.api.get(at), 403, 'not_a_member');
  await expect(bob.api.delete(`${at}/members/${bob.id}`), 204); // the last
  await expect(bob.api.get(at), 404, 'not_found');
});

test('a_dissolved_group_is_nobodys', async () => {
  const [ann, bob] = await people('ann', 'bob');
  const group = await groupOf(ann, [bob], { join_policy: 'open' });
  const at = `/conversations/${group}`;
  const socket = await bob.live();
  await expect(bob.api.delete(at), 403, 'forbidden');
  await expect(ann.api.delete(at), 204);
  const told = await socket.next('conversation',
    (d) => d.conv_id === group && d.action === 'removed');
  assert.equal(told.reason, 'dissolved');
  for (const who of [ann, bob]) {
    await expect(who.api.get(at), 404, 'not_found');
    await expect(who.api.post('/messages', { conv_id: group, content: 'x' }),
      404, 'not_found');
    await expect(who.api.post(`${at}/join`), 404, 'not_found');
    assert.ok(!(await expect(who.api.get('/conversations'), 200)).items
      .some((c) => c.id === group));
  }
  await expect(ann.api.delete(at), 404, 'not_found');
  socket.close();
});

test('who_deletes_the_account_leaves_and_hands_over', async () => {
  const [ann, bob, cyd] = await people('ann', 'bob', 'cyd');
  const group = await groupOf(ann, [bob, cyd]);
  const alone = await groupOf(ann, [], { join_policy: 'open' });
  await expect(ann.api.patch(`/conversations/${group}/members/${cyd.id}`,
    { role: 'admin' }), 200);
  await expect(ann.api.call('DELETE', '/users/me',
    { password: ann.password }), 204);
  assert.deepEqual(await bob.roles(group),
    { [cyd.id]: 'owner', [bob.id]: 'member' });
  assert.deepEqual((await bob.heard(group)).slice(-2),
    ['transferred', 'left']);
  await expect(bob.api.post(`/conversations/${alone}/join`), 404, 'not_found');
});

test('who_deletes_the_account_leaves_no_name_in_the_history', async () => {
  const [ann, bob, cyd] = await people('ann', 'bob', 'Cyd_Charisse');
  const group = await groupOf(ann, [bob, cyd]);
  const at = `/conversations/${group}`;
  await expect(cyd.api.delete(`${at}/members/${cyd.id}`), 204);
  const live = await bob.live();
  const before = await expect(bob.api.get('/sync'), 200);
  const named = await bob.history(group);
  assert.ok(JSON.stringify(named).includes('Cyd_Charisse'));
  await expect(cyd.api.delete('/users/me', { password: cyd.password }), 204);

  const { items } = await bob.history(group);
  const added = items.find((m) => m.content.action === 'added');
  assert.deepEqual(added.content.users.find((u) => u.id === cyd.id),
    { id: cyd.id, display_name: '' });
  assert.deepEqual(added.content.users.find((u) => u.id === bob.id),
    { id: bob.id, display_name: 'bob' });
  assert.match(added.html, /<strong>Deleted account<\/strong>/);
  const left = items.at(-1);
  const nameless = { id: cyd.id, display_name: '' };
  assert.deepEqual(left.content,
    { action: 'left', actor: nameless, users: [nameless] });
  assert.equal(left.html, '<p><strong>Deleted account</strong> left.</p>');

  // In lists, on pages, to a device that was away.
  const { last_message } = await bob.conversation(group);
  assert.deepEqual(last_message.content, left.content);
  const browser = await bob.browse();
  for (const path of ['/', `/c/${group}`]) {
    const { text } = await browser.send('GET', path);
    assert.ok(text.includes('Deleted account'), path);
    assert.ok(!text.includes('Cyd_Charisse'), path);
  }
  await ann.say(group, 'who was that?');
  const away = await expect(bob.api.get(`/sync?cursor=${before.cursor}`), 200);
  assert.ok(!JSON.stringify(away).includes('Cyd_Charisse'));
  await live.message('who was that?');
  await live.close();
});
