// SPDX-License-Identifier: MIT
// Who waits outside a group: requests and invitations, their lists and bounds.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expect, faults } from '../lib/client.mjs';
import { useOwn } from '../lib/instance.mjs';
import { befriend, groupOf, newcomers } from '../lib/people.mjs';

// With its limits on, and these low; nothing else here comes near one.
const server = useOwn('askings', { settings: {
  'rate_limit.enabled': 'on', 'rate_limit.write_per_minute': 100000,
  'rate_limit.login_per_minute': 100000,
  'group.invitations_per_day': 4, 'group.invitations_pending': 2 } });

const people = (...names) => newcomers(server.url, ...names);

const invitations = async (who) =>
  (await expect(who.api.get('/invitations'), 200)).items;
const invite = (who, group, ...whom) => who.api.post(
  `/conversations/${group}/members`, { user_ids: whom.map((p) => p.id) });

// All items of a list, two a page.
async function paged(api, path) {
  const found = [];
  for (let next = ''; next !== null;) {
    const page = await expect(api.get(`${path}?limit=2${next}`), 200);
    assert.ok(page.items.length <= 2);
    found.push(...page.items);
    next = page.next && `&cursor=${page.next}`;
  }
  return found;
}

test('who_asks_sees_it_with_the_note_until_it_is_over', async () => {
  const [ann, bob] = await people('ann', 'bob');
  const group = await groupOf(ann, [], { join_policy: 'approval' });
  const at = `/conversations/${group}/join-requests`;
  const [socket, staff] = await Promise.all([bob.live(), ann.live()]);
  const card = async () => (await expect(bob.api.get(`/groups/${group}`), 200));
  assert.equal((await card()).is_requested, false);
  await expect(bob.api.post(`/conversations/${group}/join`,
    { note: 'let me in' }), 202);
  await socket.next('conversation', (d) => d.action === 'requested');
  assert.equal((await card()).is_requested, true);
  const [own] = (await expect(bob.api.get('/join-requests'), 200)).items;
  assert.deepEqual([own.id, own.group.title, own.note],
    [group, 'A group', 'let me in']);
  await expect(bob.api.delete(`${at}/${bob.id}`), 204);
  assert.equal((await staff.next('member', (d) =>
    d.action === 'request_ended')).user_id, bob.id);
  await socket.next('conversation', (d) => d.action === 'request_withdrawn');
  assert.equal((await card()).is_requested, false);
  assert.deepEqual((await expect(bob.api.get('/join-requests'), 200)).items,
    []);
  // Of a group that hides meanwhile who asked sees nothing more.
  await expect(bob.api.post(at), 201);
  await expect(ann.api.patch(`/conversations/${group}`,
    { join_policy: 'invite', title: 'Secret' }), 200);
  assert.deepEqual((await expect(bob.api.get('/join-requests'), 200)).items,
    []);
  await expect(bob.api.get(`/groups/${group}`), 404, 'not_found');
  await expect(bob.api.delete(`${at}/${bob.id}`), 204);
  await Promise.all([socket.close(), staff.close()]);
});

test('every_list_of_a_group_pages_without_loss_or_repeat', async () => {
  const [ann, ...others] = await people('ann', 'b', 'c', 'd', 'e', 'f');
  const group = await groupOf(ann, [], { join_policy: 'approval' });
  const at = `/conversations/${group}`;
  const ids = others.map((p) => p.id).sort();
  for (const p of others)
    await expect(p.api.post(`${at}/join-requests`, { note: p.username }), 201);
  assert.deepEqual((await paged(ann.api, `${at}/join-requests`))
    .map((r) => r.user.id).sort(), ids);
  for (const p of others)
    await expect(ann.api.delete(`${at}/members/${p.id}?ban=true`), 204);
  assert.deepEqual((await paged(ann.api, `${at}/bans`))
    .map((b) => b.user.id).sort(), ids);
  assert.deepEqual(await paged(ann.api, `${at}/join-requests`), []);
  const links = [];
  for (let i = 0; i < 5; i++)
    links.push((await expect(ann.api.post(`${at}/links`), 201)).id);
  assert.deepEqual((await paged(ann.api, `${at}/links`)).map((l) => l.id),
    links.reverse());
  const fresh = await people('g', 'h', 'i');
  assert.equal((await expect(invite(ann, group, ...fresh), 201))
    .invited.length, 3);
  assert.deepEqual((await paged(ann.api, `${at}/invitations`))
    .map((i) => i.user.id).sort(), fresh.map((p) => p.id).sort());
  for (const list of ['join-requests', 'bans', 'links', 'invitations'])
    assert.deepEqual(await faults(ann.api.get(`${at}/${list}?cursor=1.2.3`)),
      ['cursor']);
});

test('one_invites_so_many_strangers_a_day', async () => {
  const [ann, friend, ...strangers] =
    await people('ann', 'friend', 'b', 'c', 'd', 'e', 'f');
  await befriend(ann, friend);
  const group = await groupOf(ann, []);
  const reply = await expect(invite(ann, group, friend, ...strangers), 201);
  assert.deepEqual(reply.added, [friend.id]); // contacts are not counted
  assert.equal(reply.invited.length, 4);
  assert.deepEqual(reply.refused.map((r) => r.code), ['rate_limited']);
  const last = strangers.find((p) => p.id === reply.refused[0].user_id);
  const res = await ann.api.post(`/conversations/${group}/members`,
    { user_id: last.id });
  await expect(res, 429, 'rate_limited');
  assert.ok(Number(res.headers['retry-after']) > 0);
  // What is taken back was sent; a group more is no way around either.
  await expect(ann.api.delete(`/conversations/${group}/invitations/${
    reply.invited[0]}`), 204);
  const second = await expect(ann.api.post('/conversations', { type: 'group',
    title: 'Second', members: [last.id] }), 201);
  assert.deepEqual(second.additions.refused,
    [{ user_id: last.id, code: 'rate_limited' }]);
  assert.deepEqual(await invitations(last), []);
  // A new day begins with nothing sent.
  await server.sql(`UPDATE invitation_ration SET day = day - 1
    WHERE user_id = ${ann.id}`);
  assert.deepEqual((await expect(invite(ann, group, last), 201)).invited,
    [last.id]);
});

test('so_many_invitations_wait_for_one', async () => {
  const [ann, bob, cyd, victim] = await people('ann', 'bob', 'cyd', 'victim');
  const groups = await Promise.all([ann, bob, cyd].map((p) => groupOf(p, [])));
  await expect(invite(ann, groups[0], victim), 201);
  await expect(invite(bob, groups[1], victim), 201);
  await expect(cyd.api.post(`/conversations/${groups[2]}/members`,
    { user_id: victim.id }), 409, 'full');
  const opened = await expect(cyd.api.post('/conversations', { type: 'group',
    title: 'Third', members: [victim.id, ann.id] }), 201);
  assert.deepEqual(opened.additions, { added: [], invited: [ann.id],
    refused: [{ user_id: victim.id, code: 'full' }] });
  await expect(victim.api.post(`/invitations/${groups[0]}/decline`), 204);
  await expect(invite(cyd, groups[2], victim), 201);
  // A contact is asked by no invitation, so nothing is in the way.
  await befriend(victim, cyd);
  assert.deepEqual((await expect(invite(cyd, opened.id, victim), 201)).added,
    [victim.id]);
});

test('many_who_invite_one_at_once_do_not_overshoot_the_bound', async () => {
  const [victim, ...all] = await people('victim', ...'abcdefgh');
  const groups = await Promise.all(all.map((p) => groupOf(p, [])));
  for (let round = 0; round < 3; round++) {
    const replies = await Promise.all(all.map((p, i) => p.api.post(
      `/conversations/${groups[i]}/members`, { user_id: victim.id })));
    assert.deepEqual(replies.map((r) => r.status).sort(),
      [201, 201, ...Array(6).fill(409)]);
    const waiting = await invitations(victim);
    assert.equal(waiting.length, 2);
    for (const { id } of waiting)
      await expect(victim.api.post(`/invitations/${id}/decline`), 204);
  }
  // Those who invite each other wait for nobody for ever.
  const replies = await Promise.all(all.flatMap((p, i) => [1, 2].map((step) =>
    invite(p, groups[i], all[(i + step) % all.length], victim))));
  for (const r of replies)
    await expect(r, 201);
  assert.equal((await invitations(victim)).length, 2);
});

test('who_asks_at_many_doors_at_once_does_not_overshoot_the_bound',
  async () => {
    const [ann, bob] = await people('ann', 'bob');
    const groups = await Promise.all(Array.from({ length: 8 }, () =>
      groupOf(ann, [], { join_policy: 'approval' })));
    await server.sql(`INSERT INTO join_request (conv_id, user_id, created_at)
      SELECT 2000000 + seq, ${bob.id}, 0 FROM seq_1_to_97`);
    const replies = await Promise.all(groups.map((group) =>
      bob.api.post(`/conversations/${group}/join-requests`)));
    assert.deepEqual(replies.map((r) => r.status).sort(),
      [201, 201, 201, ...Array(5).fill(409)]);
  });

test('who_is_invited_already_is_not_disturbed_again', async () => {
  const [ann, bob] = await people('ann', 'bob');
  const group = await groupOf(ann, []);
  const socket = await bob.live();
  for (let i = 0; i < 6; i++)
    assert.deepEqual((await expect(invite(ann, group, bob), 201)).invited,
      [bob.id]);
  await expect(bob.api.post(`/invitations/${group}/decline`), 204);
  await socket.next('conversation', (d) => d.action === 'invitation_declined');
  assert.equal(socket.seen('conversation')
    .filter((d) => d.action === 'invited').length, 1);
  await socket.close();
});

test('who_blocks_or_hides_is_not_disturbed', async () => {
  const [ann, bob, cyd] = await people('ann', 'bob', 'cyd');
  const group = await groupOf(ann, []);
  await expect(bob.api.patch('/users/me', { hidden: true }), 200);
  await expect(cyd.api.put(`/blocks/${ann.id}`), 204);
  const reply = await expect(invite(ann, group, bob, cyd), 201);
  assert.deepEqual(Object.fromEntries(
    reply.refused.map((r) => [r.user_id, r.code])),
  { [bob.id]: 'not_found', [cyd.id]: 'blocked' });
  assert.deepEqual([await invitations(bob), await invitations(cyd)], [[], []]);
});

test('a_block_ends_the_invitation_between_the_two', async () => {
  const [ann, bob] = await people('ann', 'bob');
  const group = await groupOf(ann, []);
  const socket = await bob.live();
  await expect(invite(ann, group, bob), 201);
  await expect(bob.api.put(`/blocks/${ann.id}`), 204);
  assert.equal((await socket.next('conversation', (d) =>
    d.action === 'invitation_withdrawn')).conv_id, group);
  assert.deepEqual(await invitations(bob), []);
  await expect(bob.api.post(`/invitations/${group}/accept`), 404, 'not_found');
  await socket.close();
});

test('of_a_dissolved_group_nothing_waits', async () => {
  const [ann, bob, cyd] = await people('ann', 'bob', 'cyd');
  const group = await groupOf(ann, [], { join_policy: 'approval' });
  const sockets = await Promise.all([bob.live(), cyd.live()]);
  await expect(invite(ann, group, bob), 201);
  await expect(cyd.api.post(`/conversations/${group}/join-requests`), 201);
  await expect(ann.api.delete(`/conversations/${group}`), 204);
  await sockets[0].next('conversation', (d) =>
    d.action === 'invitation_withdrawn');
  await sockets[1].next('conversation', (d) => d.action === 'request_declined');
  assert.deepEqual(await server.sql(`SELECT user_id FROM invitation WHERE
    conv_id = ${group} UNION ALL SELECT user_id FROM join_request WHERE
    conv_id = ${group}`), []);
  await Promise.all(sockets.map((s) => s.close()));
});

test('of_a_deleted_account_nothing_waits', async () => {
  const [ann, bob] = await people('ann', 'bob');
  const closed = await groupOf(ann, []);
  const asked = await groupOf(ann, [], { join_policy: 'approval' });
  await expect(invite(ann, closed, bob), 201);
  await expect(bob.api.post(`/conversations/${asked}/join-requests`), 201);
  await expect(bob.api.delete('/users/me', { password: bob.password }), 204);
  assert.deepEqual(await server.sql(`SELECT conv_id FROM invitation WHERE
    user_id = ${bob.id} UNION ALL SELECT conv_id FROM join_request WHERE
    user_id = ${bob.id}`), []);
});

test('one_may_have_a_hundred_requests_waiting', async () => {
  const [ann, bob] = await people('ann', 'bob');
  const group = await groupOf(ann, [], { join_policy: 'approval' });
  const at = `/conversations/${group}/join-requests`;
  await server.sql(`INSERT INTO join_request (conv_id, user_id, created_at)
    SELECT 1000000 + seq, ${bob.id}, 0 FROM seq_1_to_100`);
  await expect(bob.api.post(at), 409, 'full');
  await server.sql(`DELETE FROM join_request WHERE conv_id = 1000001 AND
    user_id = ${bob.id}`);
  await expect(bob.api.post(at), 201);
  await expect(bob.api.post(at, { note: 'again' }), 201); // the same one
});
