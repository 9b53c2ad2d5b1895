// SPDX-License-Identifier: MIT
// A group of many, few of whom are online: it is as any other to those who are.

import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { expect } from '../lib/client.mjs';
import { useOwn } from '../lib/instance.mjs';
import { befriend, groupOf, newcomer } from '../lib/people.mjs';

const server = useOwn('large');
const CROWD = 600;

let ann, bob, cyd, group, path;
before(async () => {
  await server.up();
  [ann, bob, cyd] = await Promise.all(['ann', 'bob', 'cyd']
    .map((name) => newcomer(server.url, name)));
  await befriend(ann, cyd);
  group = await groupOf(ann, [bob], { max_members: 10_000 });
  path = `/conversations/${group}`;
  // That they exist, and are Ann's contacts, is all that is not done by a call.
  await server.sql(`INSERT INTO user (username, display_name, password_hash,
    created_at) SELECT CONCAT('crowd_', seq), 'Crowd', '', 0
    FROM seq_1_to_${CROWD}; INSERT INTO contact (user_id, contact_id,
    created_at) SELECT ${ann.id}, id, 0 FROM user WHERE display_name = 'Crowd'`);
  const crowd = (await server.sql(
    'SELECT id FROM user WHERE display_name = "Crowd"')).map(([id]) => id);
  const { added } = await expect(ann.api.post(`${path}/members`,
    { user_ids: crowd }), 201);
  assert.equal(added.length, CROWD);
});

test('what_is_said_reaches_all_who_are_online_and_nobody_else', async () => {
  const [anns, bobs, cyds] =
    await Promise.all([ann, bob, cyd].map((p) => p.live()));
  const sent = await Promise.all(Array.from({ length: 20 }, (_, i) =>
    ann.say(group, `message ${i}`)));
  for (const socket of [anns, bobs]) {
    for (const { content } of sent)
      await socket.message(content);
  }
  await expect(ann.api.post(`${path}/members`, { user_id: cyd.id }), 201);
  await cyds.next('member', (d) => d.conv_id === group);
  await ann.say(group, 'welcome');
  await Promise.all([anns, bobs, cyds].map((s) => s.message('welcome')));
  await expect(ann.api.delete(`${path}/members/${bob.id}`), 204);
  await ann.say(group, 'without bob');
  await cyds.message('without bob');
  await bobs.next('conversation', (d) => d.action === 'removed');
  assert.ok(!bobs.seen('message').some((m) => m.content === 'without bob'));
  assert.ok(!cyds.seen('message').some((m) => /^message/.test(m.content)));
  await Promise.all([anns, bobs, cyds].map((s) => s.close()));
});

test('its_members_are_paged_each_once', async () => {
  const found = [];
  for (let next = ''; next !== null;) {
    const page = await expect(ann.api.get(
      `${path}/members?limit=200${next}`), 200);
    found.push(...page.items.map((m) => m.user.id));
    next = page.next && `&cursor=${page.next}`;
  }
  assert.equal(found.length, (await ann.conversation(group)).members);
  assert.equal(new Set(found).size, found.length);
});
