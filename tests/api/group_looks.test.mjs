// SPDX-License-Identifier: MIT
// How a group and its members look: names and pictures, and who hears of them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expect, faults } from '../lib/client.mjs';
import { useShared } from '../lib/instance.mjs';
import { groupOf, newcomers } from '../lib/people.mjs';

const server = useShared();

const people = (...names) => newcomers(server.url, ...names);

test('a_new_display_name_reaches_all_groups_of_its_owner', async () => {
  const [ann, bob, cyd] = await people('ann', 'bob', 'cyd');
  const [first, second] = [await groupOf(ann, [bob, cyd]),
    await groupOf(ann, [bob], {}, true)];
  const { cursor } = await expect(ann.api.get('/sync'), 200);
  const [anns, cyds] = await Promise.all([ann.live(), cyd.live()]);
  const name = 'Bob "小波" <b>';
  await expect(bob.api.patch('/users/me', { display_name: name }), 200);
  for (const group of [first, second]) {
    const told = await anns.next('member', (d) => d.conv_id === group);
    assert.deepEqual(told, { action: 'changed', conv_id: group,
      user_id: bob.id, display_name: name });
  }
  assert.equal((await cyds.next('member')).conv_id, first);
  const told = await expect(ann.api.get(`/sync?cursor=${cursor}`), 200);
  assert.deepEqual(told.members.filter((m) => m.user.id === bob.id)
    .map((m) => [m.conv_id, m.user.display_name]).sort(),
  [[first, name], [second, name]].sort());
  // Of a change that nobody sees in a group, nobody there hears.
  await expect(bob.api.patch('/users/me', { locale: 'zh',
    display_name: name }), 200);
  await ann.say(first, 'afterwards');
  await cyds.message('afterwards');
  assert.deepEqual(cyds.seen('member'), []);
  await Promise.all([anns.close(), cyds.close()]);
});

test('two_groups_rename_and_are_entered_while_a_member_is_renamed', async () => {
  const [ann, bob, cyd] = await people('ann', 'bob', 'cyd');
  const group = await groupOf(ann, [bob], { join_policy: 'open' });
  const at = `/conversations/${group}`;
  for (let i = 0; i < 4; i++) {
    await Promise.all([
      expect(bob.api.patch('/users/me', { display_name: `bob ${i}` }), 200),
      expect(ann.api.patch(at, { title: `title ${i}` }), 200),
      expect(cyd.api.post(`${at}/join`), 200),
      bob.say(group, `message ${i}`)]);
    const { items } = await expect(ann.api.get(`${at}/members`), 200);
    assert.ok(items.some((m) => m.user.display_name === `bob ${i}`));
    await expect(cyd.api.delete(`${at}/members/${cyd.id}`), 204);
  }
});

test('a_picture_is_refused_until_there_are_files', async () => {
  const [ann, bob] = await people('ann', 'bob');
  const group = await groupOf(ann, [bob]);
  const at = `/conversations/${group}`;
  for (const avatar of [null, ''])
    assert.equal((await expect(ann.api.patch(at, { avatar }), 200)).avatar,
      null);
  assert.deepEqual(await faults(ann.api.patch(at, { avatar: 'a.png' })),
    ['avatar']);
  assert.deepEqual(await faults(ann.api.patch(at, { avatar: 7 })), ['avatar']);
  await expect(bob.api.patch(at, { avatar: null }), 403, 'forbidden');
});
