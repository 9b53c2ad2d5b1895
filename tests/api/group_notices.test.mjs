// SPDX-License-Identifier: MIT
// What happens in a group is told in its history: each change once, by whom.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expect } from '../lib/client.mjs';
import { useShared } from '../lib/instance.mjs';
import { befriend, groupOf, newcomers } from '../lib/people.mjs';

const server = useShared();

const people = (...names) => newcomers(server.url, ...names);
const lines = async (who, group) => (await who.history(group)).items;
const last = async (who, group) => (await lines(who, group)).at(-1);
const actions = async (who, group) =>
  (await lines(who, group)).map((m) => m.content.action);

test('the_history_tells_what_happened_in_it', async () => {
  const [ann, bob, cyd] = await people('ann', 'bob', 'cyd');
  const group = await groupOf(ann, [bob], { join_policy: 'open' });
  const at = `/conversations/${group}`;
  await expect(ann.api.patch(at, { title: 'New' }), 200);
  await expect(ann.api.patch(at, { title: 'New' }), 200); // the same: nothing
  await expect(cyd.api.post(`${at}/join`), 200);
  await expect(ann.api.patch(`${at}/members/${bob.id}`, { role: 'admin' }),
    200);
  await expect(bob.api.delete(`${at}/members/${cyd.id}?ban=true`), 204);
  await expect(ann.api.delete(`${at}/bans/${cyd.id}`), 204);
  await expect(bob.api.delete(`${at}/members/${bob.id}`), 204);
  const items = await lines(ann, group);
  assert.deepEqual(items.map((m) => m.content.action), ['created', 'added',
    'renamed', 'joined', 'promoted', 'banned', 'unbanned', 'left']);
  assert.deepEqual(items.map((m) => m.seq), items.map((m, i) => i + 1));
  const banned = items[5];
  assert.equal(banned.sender.type, 'system');
  assert.equal(banned.content.actor.id, bob.id);
  assert.deepEqual(banned.content.users.map((u) => u.id), [cyd.id]);
});

test('each_change_of_a_setting_is_a_line_and_the_same_again_is_none', async () => {
  const [ann, bob] = await people('ann', 'bob');
  const group = await groupOf(ann, [bob]);
  const at = `/conversations/${group}`;
  for (const [change, action, told, sentence] of [
    [{ title: 'T' }, 'renamed', { title: 'T' }, 'renamed the group to “T”.'],
    [{ description: 'D' }, 'described', { description: 'D' },
      'changed the description.'],
    [{ join_policy: 'open' }, 'join_policy', { join_policy: 'open' },
      'changed who may join: open.'],
    [{ from_start: true }, 'history', { from_start: true },
      'changed what newcomers see of the history.'],
    [{ muted_all: true }, 'muted_all', {}, 'muted everybody.'],
    [{ slow_mode_s: 30 }, 'slow_mode', { seconds: 30 },
      'set slow mode to 30 seconds.'],
    [{ slow_mode_s: 0 }, 'slow_mode', { seconds: 0 },
      'switched slow mode off.'],
    [{ max_members: 7 }, 'member_limit', { max_members: 7 },
      'set the member limit to 7.']]) {
    const { seq } = await last(bob, group);
    for (let twice = 0; twice < 2; twice++)
      await expect(ann.api.patch(at, change), 200);
    const line = await last(bob, group);
    assert.equal(line.seq, seq + 1, action);
    assert.deepEqual(line.content, { action,
      actor: { id: ann.id, display_name: 'ann' }, ...told });
    assert.equal(line.html, `<p><strong>ann</strong> ${sentence}</p>`);
  }
});

test('what_an_admin_may_do_is_told_when_it_changes', async () => {
  const [ann, bob] = await people('ann', 'bob');
  const group = await groupOf(ann, [bob]);
  const set = (change) => expect(ann.api.patch(
    `/conversations/${group}/members/${bob.id}`, change), 200);
  await set({ role: 'admin', permissions: ['pin'] });
  assert.equal((await last(bob, group)).content.action, 'promoted');
  await set({ role: 'admin', permissions: ['pin', 'delete_messages'] });
  const line = await last(bob, group);
  assert.deepEqual(line.content, { action: 'permitted',
    actor: { id: ann.id, display_name: 'ann' },
    users: [{ id: bob.id, display_name: 'bob' }],
    permissions: ['pin', 'delete_messages'] });
  assert.equal(line.html, '<p><strong>ann</strong> changed what ' +
    '<strong>bob</strong> may do: pin, delete_messages.</p>');
  await set({ permissions: ['delete_messages', 'pin'] });
  assert.equal((await last(bob, group)).seq, line.seq);
  await set({ permissions: [] });
  assert.match((await last(bob, group)).html, /took all permissions from/);
  await set({ role: 'member' });
  assert.deepEqual((await actions(bob, group)).slice(-3),
    ['permitted', 'permitted', 'demoted']);
});

test('a_ban_of_who_is_not_in_it_is_told_once_and_so_is_its_end', async () => {
  const [ann, bob, cyd] = await people('ann', 'bob', 'cyd');
  const group = await groupOf(ann, [bob]);
  const member = `/conversations/${group}/members/${cyd.id}?ban=true`;
  for (let twice = 0; twice < 2; twice++)
    await expect(ann.api.delete(member), 204);
  const barred = await last(bob, group);
  assert.deepEqual([barred.content.action, barred.content.users],
    ['barred', [{ id: cyd.id, display_name: 'cyd' }]]);
  assert.equal(barred.html,
    '<p><strong>ann</strong> banned <strong>cyd</strong>.</p>');
  await expect(ann.api.delete(`/conversations/${group}/bans/${cyd.id}`), 204);
  assert.deepEqual((await actions(bob, group)).slice(-3),
    ['added', 'barred', 'unbanned']);
});

test('who_hides_is_named_by_a_ban_only_where_they_were_known', async () => {
  const [ann, bob, cyd, dan] = await people('ann', 'bob', 'cyd', 'dan');
  const group = await groupOf(ann, [bob, dan], { join_policy: 'approval' });
  const at = `/conversations/${group}`;
  for (const who of [cyd, dan])
    await expect(who.api.patch('/users/me', { hidden: true }), 200);
  await expect(cyd.api.post(`${at}/join`), 202);
  await expect(dan.api.delete(`${at}/members/${dan.id}`), 204);
  for (const [who, users, sentences] of [
    [cyd, [], ['banned somebody', 'lifted a ban']],
    [dan, [{ id: dan.id, display_name: 'dan' }],
      ['banned <strong>dan</strong>',
        'lifted the ban of <strong>dan</strong>']]]) {
    await expect(ann.api.delete(`${at}/members/${who.id}?ban=true`), 204);
    await expect(ann.api.delete(`${at}/bans/${who.id}`), 204);
    const told = (await lines(bob, group)).slice(-2);
    assert.deepEqual(told.map((m) => [m.content.users, m.html]),
      sentences.map((s) => [users, `<p><strong>ann</strong> ${s}.</p>`]));
  }
});

// A group, and who is in it, are one transaction, but two messages: the first
// was said before anybody came.
test('a_newcomer_is_told_live_what_the_history_shows_and_no_more', async () => {
  const [ann, bob] = await people('ann', 'bob');
  await befriend(ann, bob);
  const both = [ann, bob];
  const sockets = await Promise.all(both.map((p) => p.live()));
  const group = await groupOf(ann, [bob], {}, true);
  for (const [i, socket] of sockets.entries()) {
    const added = await socket.next('message',
      (m) => m.conv_id === group && m.content.action === 'added');
    const before = socket.seen('message').filter((m) => m.conv_id === group);
    assert.deepEqual([...before, added].map((m) => m.seq),
      (await lines(both[i], group)).map((m) => m.seq));
    socket.close();
  }
  assert.deepEqual(await actions(bob, group), ['added']);
});
