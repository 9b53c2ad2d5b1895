// SPDX-License-Identifier: MIT
// The ways into a group: by its policy, a request, an invitation, a link; and
// what bars them: a ban, a full group.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expect, faults } from '../lib/client.mjs';
import { useShared } from '../lib/instance.mjs';
import { befriend, groupOf, newcomers } from '../lib/people.mjs';

const server = useShared();

const people = (...names) => newcomers(server.url, ...names);

test('a_ban_bars_every_way_in', async () => {
  const [ann, bob] = await people('ann', 'bob');
  const group = await groupOf(ann, [bob], { join_policy: 'open' });
  const at = `/conversations/${group}`;
  const link = await expect(ann.api.post(`${at}/links`), 201);
  await expect(ann.api.delete(`${at}/members/${bob.id}?ban=true`), 204);
  await expect(bob.api.post(`${at}/join`), 403, 'banned');
  await expect(bob.api.post(`${at}/join-requests`), 403, 'banned');
  await expect(bob.api.post(`/join/${link.token}`), 403, 'banned');
  await expect(bob.api.get(`/join/${link.token}`), 403, 'banned');
  await expect(bob.api.get(at), 403, 'banned');
  await expect(ann.api.post(`${at}/members`, { user_id: bob.id }), 403,
    'banned');
  const bans = (await expect(ann.api.get(`${at}/bans`), 200)).items;
  assert.deepEqual(bans.map((b) => b.user.id), [bob.id]);
  await expect(ann.api.delete(`${at}/bans/${bob.id}`), 204);
  await expect(ann.api.delete(`${at}/bans/${bob.id}`), 404, 'not_found');
  await expect(bob.api.post(`${at}/join`), 200);
});

test('somebody_can_be_banned_before_they_come', async () => {
  const [ann, bob] = await people('ann', 'bob');
  const group = await groupOf(ann, [], { join_policy: 'open' });
  await expect(ann.api.delete(
    `/conversations/${group}/members/${bob.id}?ban=true`), 204);
  await expect(bob.api.post(`/conversations/${group}/join`), 403, 'banned');
});

test('policy_open_lets_in_approval_asks_invite_hides', async () => {
  const [ann, bob] = await people('ann', 'bob');
  const open = await groupOf(ann, [], { join_policy: 'open' });
  const joined = await expect(bob.api.post(`/conversations/${open}/join`), 200);
  assert.equal(joined.role, 'member');
  assert.equal(joined.unread, 0);
  await expect(bob.api.post(`/conversations/${open}/join`), 200); // is in it
  const hidden = await groupOf(ann, [], { join_policy: 'invite' });
  await expect(bob.api.post(`/conversations/${hidden}/join`), 404, 'not_found');
  await expect(bob.api.get(`/conversations/${hidden}`), 404, 'not_found');
  await expect(bob.api.get(`/groups/${hidden}`), 404, 'not_found');
  const asked = await groupOf(ann, [], { join_policy: 'approval' });
  const reply = await expect(bob.api.post(`/conversations/${asked}/join`), 202);
  assert.equal(reply.status, 'requested');
  await expect(bob.api.get(`/conversations/${asked}`), 403, 'not_a_member');
});

test('a_request_is_decided_by_who_may_invite_or_withdrawn', async () => {
  const [ann, bob, cyd, dan] = await people('ann', 'bob', 'cyd', 'dan');
  const group = await groupOf(ann, [cyd], { join_policy: 'approval' });
  const at = `/conversations/${group}/join-requests`;
  const socket = await ann.live();
  const request = await expect(bob.api.post(at, { note: 'please' }), 201);
  assert.equal(request.id, bob.id);
  const told = await socket.next('member', (d) => d.action === 'requested');
  assert.equal(told.user_id, bob.id);
  await expect(bob.api.post(at, { note: 'pretty please' }), 201);
  const list = (await expect(ann.api.get(at), 200)).items;
  assert.deepEqual(list.map((r) => [r.user.id, r.note]),
    [[bob.id, 'pretty please']]);
  await expect(cyd.api.get(at), 403, 'forbidden');
  await expect(cyd.api.post(`${at}/${bob.id}/accept`), 403, 'forbidden');
  await expect(ann.api.post(`${at}/${bob.id}/accept`), 204);
  assert.equal((await bob.conversation(group)).role, 'member');
  await expect(ann.api.post(`${at}/${bob.id}/accept`), 404, 'not_found');
  await expect(bob.api.post(at), 409, 'conflict');
  await expect(dan.api.post(at), 201);
  await expect(ann.api.post(`${at}/${dan.id}/reject`), 204);
  await expect(dan.api.post(at), 201);
  await expect(dan.api.delete(`${at}/${dan.id}`), 204);
  await expect(ann.api.post(`${at}/${dan.id}/accept`), 404, 'not_found');
  socket.close();
});

test('who_left_parley_asks_for_nothing_any_more', async () => {
  const [ann, bob] = await people('ann', 'bob');
  const group = await groupOf(ann, [], { join_policy: 'approval' });
  const at = `/conversations/${group}/join-requests`;
  await expect(bob.api.post(at), 201);
  await expect(bob.api.delete('/users/me', { password: bob.password }), 204);
  await expect(ann.api.post(`${at}/${bob.id}/accept`), 404, 'not_found');
  const { members } = await expect(ann.api.get(`/groups/${group}`), 200);
  assert.equal(members, 1);
});

test('an_invitation_is_accepted_declined_or_withdrawn', async () => {
  const [ann, bob, cyd] = await people('ann', 'bob', 'cyd');
  const group = await groupOf(ann, []);
  const at = `/conversations/${group}`;
  const socket = await bob.live();
  const invite = (who) => expect(ann.api.post(`${at}/members`,
    { user_id: who.id }), 201);
  assert.deepEqual((await invite(bob)).invited, [bob.id]);
  const told = await socket.next('conversation', (d) =>
    d.action === 'invited');
  assert.equal(told.conv_id, group);
  await expect(bob.api.post(`/invitations/${group}/decline`), 204);
  await expect(bob.api.post(`/invitations/${group}/accept`), 404, 'not_found');
  await invite(cyd);
  assert.deepEqual((await expect(ann.api.get(`${at}/invitations`), 200)).items
    .map((i) => i.user.id), [cyd.id]);
  await expect(ann.api.delete(`${at}/invitations/${cyd.id}`), 204);
  await expect(cyd.api.post(`/invitations/${group}/accept`), 404, 'not_found');
  await invite(cyd);
  await expect(cyd.api.post(`${at}/join`), 200); // joining accepts, too
  socket.close();
});

test('a_link_works_until_it_is_used_up_over_or_revoked', async () => {
  const [ann, bob, cyd, dan] = await people('ann', 'bob', 'cyd', 'dan');
  const group = await groupOf(ann, []);
  const at = `/conversations/${group}/links`;
  const once = await expect(ann.api.post(at, { max_uses: 1 }), 201);
  const card = await expect(bob.api.get(`/join/${once.token}`), 200);
  assert.equal(card.id, group);
  assert.equal(card.is_member, false);
  await expect(bob.api.post(`/join/${once.token}`), 200);
  await expect(cyd.api.post(`/join/${once.token}`), 404, 'not_found');
  // Whoever did not hear that it worked asks once more, and is in.
  await expect(bob.api.post(`/join/${once.token}`), 200);
  assert.equal((await expect(bob.api.get(`/join/${once.token}`), 200))
    .is_member, true);
  const link = await expect(ann.api.post(at, {
    expires_at: new Date(Date.now() + 3600_000).toISOString() }), 201);
  await expect(cyd.api.post(`/join/${link.token}`), 200);
  const listed = (await expect(ann.api.get(at), 200)).items;
  assert.deepEqual(listed.map((l) => [l.id, l.token, l.uses]),
    [[link.id, link.token, 1]]);
  await expect(bob.api.get(at), 403, 'forbidden');
  await expect(ann.api.delete(`${at}/${link.id}`), 204);
  await expect(dan.api.post(`/join/${link.token}`), 404, 'not_found');
  await expect(dan.api.get(`/join/${link.token}`), 404, 'not_found');
  await expect(cyd.api.post(`/join/${link.token}`), 200);
  await expect(dan.api.post(`/join/${link.id}-${'x'.repeat(20)}`), 404,
    'not_found');
  assert.deepEqual(await faults(ann.api.post(at,
    { expires_at: '2001-01-01T00:00:00Z' })), ['expires_at']);
  assert.deepEqual(await faults(ann.api.post(at, { expires_at: 'soon',
    max_uses: 0 })).then((f) => f.includes('max_uses')), true);
});

test('a_group_has_a_bounded_number_of_links', async () => {
  const [ann] = await people('ann');
  const group = await groupOf(ann, []);
  const make = () => ann.api.post(`/conversations/${group}/links`);
  const made = await Promise.all(Array.from({ length: 100 }, make));
  assert.ok(made.every((r) => r.status === 201));
  await expect(make(), 409, 'full');
  await expect(ann.api.delete(
    `/conversations/${group}/links/${made[0].json.id}`), 204);
  await expect(make(), 201);
});

test('a_full_group_lets_nobody_in', async () => {
  const [ann, bob, cyd] = await people('ann', 'bob', 'cyd');
  await Promise.all([bob, cyd].map((p) => befriend(ann, p)));
  const group = await groupOf(ann, [], { join_policy: 'open', max_members: 2 });
  const at = `/conversations/${group}`;
  await expect(ann.api.post(`${at}/members`,
    { user_ids: [bob.id, cyd.id] }), 409, 'full');
  assert.equal((await ann.members(group)).length, 1);
  await expect(bob.api.post(`${at}/join`), 200);
  await expect(cyd.api.post(`${at}/join`), 409, 'full');
  await expect(ann.api.patch(at, { max_members: 1 }), 409, 'conflict');
  await expect(ann.api.patch(at, { max_members: 3 }), 200);
  await expect(cyd.api.post(`${at}/join`), 200);
  assert.deepEqual(await faults(ann.api.patch(at, { max_members: 10001 })),
    ['max_members']);
});

test('of_many_to_be_added_each_learns_what_became_of_them', async () => {
  const [ann, bob, cyd, dan] = await people('ann', 'bob', 'cyd', 'dan');
  const group = await groupOf(ann, [bob]);
  await befriend(ann, cyd);
  await expect(dan.api.put(`/blocks/${ann.id}`), 204);
  const reply = await expect(ann.api.post(`/conversations/${group}/members`,
    { user_ids: [bob.id, cyd.id, cyd.id, dan.id, '999999999999'] }), 201);
  assert.deepEqual(reply.added, [cyd.id]);
  assert.deepEqual(Object.fromEntries(
    reply.refused.map((r) => [r.user_id, r.code])),
  { [bob.id]: 'conflict', [dan.id]: 'blocked', 999999999999: 'not_found' });
  await expect(ann.api.post(`/conversations/${group}/members`,
    { user_id: '999999999999' }), 404, 'not_found');
  await expect(ann.api.post(`/conversations/${group}/members`,
    { user_id: dan.id }), 403, 'blocked');
  assert.deepEqual(await faults(ann.api.post(
    `/conversations/${group}/members`)), ['user_id']);
});

test('a_ban_shows_nobody_who_may_not_be_found', async () => {
  const [ann, hiding, barring, open, member] =
    await people('ann', 'hiding', 'barring', 'open', 'member');
  const group = await groupOf(ann, [member]);
  const at = `/conversations/${group}`;
  const ban = (who) => ann.api.delete(`${at}/members/${who.id}?ban=true`);

  await expect(hiding.api.patch('/users/me', { hidden: true }), 200);
  await expect(member.api.patch('/users/me', { hidden: true }), 200);
  await expect(barring.api.put(`/blocks/${ann.id}`), 204);
  for (const who of [hiding, barring, { id: '999999999' }])
    await expect(ban(who), 404, 'not_found');
  assert.deepEqual((await expect(ann.api.get(`${at}/bans`), 200)).items, []);
  for (const who of [open, member, member])
    await expect(ban(who), 204);
  assert.deepEqual((await expect(ann.api.get(`${at}/bans`), 200)).items
    .map((b) => b.user.id).sort(), [open.id, member.id].sort());
});

test('all_that_is_wrong_with_a_member_or_a_link_is_told_at_once', async () => {
  const [ann, bob] = await people('ann', 'bob');
  const at = `/conversations/${await groupOf(ann, [bob])}`;
  assert.deepEqual(await faults(ann.api.patch(`${at}/members/${bob.id}`,
    { muted_until: 'soon', nickname: 5, role: 'king' })),
  ['muted_until', 'nickname', 'role']);
  assert.deepEqual(await faults(ann.api.post(`${at}/links`,
    { expires_at: 'soon', max_uses: 0 })), ['expires_at', 'max_uses']);
});
