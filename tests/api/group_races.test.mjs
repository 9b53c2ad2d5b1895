// SPDX-License-Identifier: MIT
//
// Two at once: whichever comes first, no update is lost and no promise broken.
// Each race is run a number of times, for who wins is up to chance.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expect } from '../lib/client.mjs';
import { useOwn } from '../lib/instance.mjs';
import { befriend, groupOf, newcomer, newcomers, word }
  from '../lib/people.mjs';

const server = useOwn('races',
  { settings: { 'rate_limit.enabled': 'off' } });

const ROUNDS = 5;
const codes = (answers) => answers.map((r) => r.status).sort();

// What must hold of a group, whatever happened: as the database has it.
async function sound(group) {
  const [[owners, members, counted, limit, last, seqs]] = await server.sql(`
    SELECT (SELECT COUNT(*) FROM member WHERE conv_id = c.id AND role = 3),
      (SELECT COUNT(*) FROM member WHERE conv_id = c.id), c.nmembers,
      c.max_members, c.last_seq,
      (SELECT COUNT(*) FROM message WHERE conv_id = c.id)
    FROM conversation c WHERE c.id = ${group}`);
  assert.equal(owners, '1', 'exactly one owner');
  assert.equal(members, counted, 'as many as are counted');
  assert.ok(Number(members) <= Number(limit), 'no more than may be');
  assert.equal(last, seqs, 'no number without its message');
  const both = await server.sql(`SELECT m.user_id FROM member m JOIN
    conversation_ban b USING (conv_id, user_id) WHERE m.conv_id = ${group}`);
  assert.deepEqual(both, [], 'nobody is in it who is banned');
}

// In each round a new group of ann's, with the first so many of the others in
// it: `round` lets them act at once, and then the group must be sound.
function race(name, { others, members = 0, settings = {}, before }, round) {
  test(name, async () => {
    const [ann, ...rest] = await newcomers(server.url, 'ann', ...others);
    const inside = rest.slice(0, members);
    await Promise.all(inside.map((p) => befriend(ann, p)));
    await before?.(ann, ...rest);
    for (let i = 0; i < ROUNDS; i++) {
      const group = await groupOf(ann, inside, settings, true);
      await round({ group, at: `/conversations/${group}`, i }, ann, ...rest);
      await sound(group);
    }
  });
}

const promote = (ann, at, who) => expect(
  ann.api.patch(`${at}/members/${who.id}`, { role: 'admin' }), 200);
const invite = (ann, at, who) => expect(
  ann.api.post(`${at}/members`, { user_id: who.id }), 201);
const isIn = async (at, who) => (await who.api.get(at)).status === 200;

// So many messages at once: the answers, which are still to come.
const speak = (who, group, n) => Array.from({ length: n }, () => who.api.post(
  '/messages', { conv_id: group, content: 'quick', client_msg_id: word(20) }));

race('the_last_seat_is_taken_once', { others: ['b', 'c', 'd', 'e'],
  settings: { join_policy: 'open', max_members: 2 } },
async ({ at }, ann, ...others) => {
  const got = await Promise.all(others.map((p) => p.api.post(`${at}/join`)));
  assert.deepEqual(codes(got), [200, 409, 409, 409]);
  assert.ok(got.every((r) => r.status === 200 || r.json.code === 'full'));
});

race('a_link_for_one_lets_one_in', { others: ['b', 'c', 'd'] },
  async ({ at }, ann, ...others) => {
    const link = await expect(ann.api.post(`${at}/links`, { max_uses: 1 }),
      201);
    const got = await Promise.all(others.map((p) =>
      p.api.post(`/join/${link.token}`)));
    assert.deepEqual(codes(got), [200, 404, 404]);
  });

race('the_owner_leaves_while_handing_over', { others: ['bob'], members: 1 },
  async ({ at }, ann, bob) => {
    const [handed, left] = await Promise.all([
      ann.api.post(`${at}/transfer`, { user_id: bob.id }),
      ann.api.delete(`${at}/members/${ann.id}`)]);
    assert.ok([200, 403].includes(handed.status), handed.text);
    assert.ok([204, 409].includes(left.status), left.text);
  });

race('the_owner_hands_over_to_two_at_once',
  { others: ['bob', 'cyd'], members: 2 }, async ({ at }, ann, bob, cyd) => {
    const got = await Promise.all([bob, cyd].map((p) => ann.api.post(
      `${at}/transfer`, { user_id: p.id })));
    assert.deepEqual(codes(got), [200, 403]);
  });

race('the_heir_leaves_while_being_made_the_owner',
  { others: ['bob'], members: 1 }, async ({ at }, ann, bob) => {
    const got = await Promise.all([
      ann.api.post(`${at}/transfer`, { user_id: bob.id }),
      bob.api.delete(`${at}/members/${bob.id}`)]);
    assert.ok(got.some((r) => r.status < 300) &&
      got.some((r) => r.status >= 400), JSON.stringify(codes(got)));
  });

race('two_admins_remove_each_other',
  { others: ['bob', 'cyd', 'dan'], members: 3 },
  async ({ at }, ann, bob, cyd, dan) => {
    for (const admin of [bob, cyd])
      await promote(ann, at, admin);
    const got = await Promise.all([
      bob.api.delete(`${at}/members/${dan.id}`),
      cyd.api.delete(`${at}/members/${dan.id}?ban=true`),
      ann.api.patch(`${at}/members/${bob.id}`, { role: 'member' }),
      ann.api.patch(`${at}/members/${cyd.id}`, { permissions: ['remove'] })]);
    assert.ok(got.every((r) => r.status < 500), JSON.stringify(codes(got)));
    const now = (await expect(ann.api.get(`${at}/members`), 200)).items;
    assert.ok(!now.some((m) => m.user.id === dan.id));
    assert.deepEqual(now.find((m) => m.user.id === cyd.id).permissions,
      ['remove']);
  });

race('two_admins_change_two_settings_and_both_stay',
  { others: ['bob'], members: 1 }, async ({ group, at }, ann, bob) => {
    await promote(ann, at, bob);
    await Promise.all([
      expect(ann.api.patch(at, { title: 'by ann' }), 200),
      expect(bob.api.patch(at, { description: 'by bob' }), 200)]);
    const c = await ann.conversation(group);
    assert.deepEqual([c.title, c.description], ['by ann', 'by bob']);
  });

race('a_request_is_accepted_while_it_is_withdrawn',
  { others: ['bob'], settings: { join_policy: 'approval' } },
  async ({ at }, ann, bob) => {
    await expect(bob.api.post(`${at}/join-requests`), 201);
    const [accepted, withdrawn] = await Promise.all([
      ann.api.post(`${at}/join-requests/${bob.id}/accept`),
      bob.api.delete(`${at}/join-requests/${bob.id}`)]);
    assert.deepEqual(codes([accepted, withdrawn]), [204, 404]);
    assert.equal(await isIn(at, bob), accepted.status === 204);
  });

race('an_invitation_is_accepted_while_it_is_withdrawn', { others: ['bob'] },
  async ({ group, at }, ann, bob) => {
    await invite(ann, at, bob);
    const [accepted, withdrawn] = await Promise.all([
      bob.api.post(`/invitations/${group}/accept`),
      ann.api.delete(`${at}/invitations/${bob.id}`)]);
    assert.equal([accepted, withdrawn].filter((r) => r.status < 300).length, 1);
    assert.equal(await isIn(at, bob), accepted.status === 200);
  });

race('somebody_joins_while_being_banned',
  { others: ['bob'], settings: { join_policy: 'open' } },
  async ({ at }, ann, bob) => {
    const [banned] = await Promise.all([
      ann.api.delete(`${at}/members/${bob.id}?ban=true`),
      bob.api.post(`${at}/join`)]);
    assert.equal(banned.status, 204);
    await expect(bob.api.get(at), 403, 'banned');
  });

race('who_is_removed_while_sending_says_nothing_after_it',
  { others: ['bob'], members: 1 }, async ({ group, at }, ann, bob) => {
    const sending = speak(bob, group, 6);
    const removing = ann.api.delete(`${at}/members/${bob.id}`);
    const got = await Promise.all(sending);
    await expect(removing, 204);
    const { items } = await ann.history(group);
    const end = items.findIndex((m) => m.content.action === 'removed');
    assert.equal(end, items.length - 1, 'nothing comes after the removal');
    assert.equal(items.filter((m) => m.content === 'quick').length,
      got.filter((r) => r.status === 201).length);
    assert.ok(got.every((r) => [201, 403].includes(r.status)));
  });

race('the_same_people_are_added_twice_at_once', {
  others: ['bob', 'c', 'd', 'e'], members: 1,
  before: (ann, bob, ...rest) => Promise.all([ann, bob].flatMap((x) =>
    rest.map((p) => befriend(x, p)))),
}, async ({ at }, ann, bob, ...rest) => {
  await promote(ann, at, bob);
  const got = await Promise.all([ann, bob].map((x) => expect(x.api.post(
    `${at}/members`, { user_ids: rest.map((p) => p.id) }), 201)));
  assert.equal(got.flatMap((r) => r.added).length, rest.length);
});

test('an_account_is_deleted_while_it_comes_into_groups', async () => {
  const ann = await newcomer(server.url, 'ann');
  const groups = [];
  for (let i = 0; i < 24; i++)
    groups.push(await groupOf(ann, [], { join_policy: 'open' }));
  for (let i = 0; i < 4; i++) {
    const bob = await newcomer(server.url, 'bob');
    let open = true, next = 0;
    const joining = Array.from({ length: 3 }, async () => {
      while (open && next < groups.length)
        await bob.api.post(`/conversations/${groups[next++]}/join`);
    });
    const gone = await bob.api.delete('/users/me');
    open = false;
    await Promise.all(joining);
    assert.equal(gone.status, 204);
  }
  for (const group of groups) {
    const card = await expect(ann.api.get(`/groups/${group}`), 200);
    assert.equal(card.members, 1, 'only who is there is counted');
  }
});

race('a_group_is_dissolved_while_people_speak_and_come', {
  others: ['bob', 'cyd', 'dan'], members: 1, settings: { join_policy: 'open' },
}, async ({ group, at }, ann, bob, cyd, dan) => {
  await invite(ann, at, dan);
  const socket = await bob.live();
  const said = speak(bob, group, 6);
  const [gone, joined, accepted] = await Promise.all([ann.api.delete(at),
    cyd.api.post(`${at}/join`), dan.api.post(`/invitations/${group}/accept`)]);
  assert.equal(gone.status, 204);
  const got = await Promise.all(said);
  assert.ok(got.every((r) => [201, 404].includes(r.status)));
  assert.ok([200, 404].includes(joined.status), joined.text);
  assert.ok([200, 404].includes(accepted.status), accepted.text);
  for (const who of [ann, bob, cyd, dan])
    await expect(who.api.get(at), 404, 'not_found');
  await socket.next('conversation', (d) => d.reason === 'dissolved');
  const heard = socket.seen('message').filter((m) => m.content === 'quick');
  assert.equal(heard.length, got.filter((r) => r.status === 201).length);
  await socket.close();
  assert.deepEqual(await server.sql(`SELECT user_id FROM invitation
    WHERE conv_id = ${group}`), []);
});

race('two_admins_change_the_same_thing_and_the_history_has_both',
  { others: ['bob'], members: 1 }, async ({ group, at }, ann, bob) => {
    await promote(ann, at, bob);
    await Promise.all([ann, bob].map((who) => expect(who.api.patch(at,
      { title: `by ${who.username}` }), 200)));
    const { items } = await ann.history(group);
    const titles = items.filter((m) => m.content.action === 'renamed')
      .map((m) => m.content.title);
    assert.equal(titles.length, 2, 'no change is swallowed');
    assert.equal((await ann.conversation(group)).title, titles.at(-1));
  });

race('an_admin_is_removed_or_demoted_while_removing_somebody',
  { others: ['bob', 'cyd'], members: 2 },
  async ({ group, at, i }, ann, bob, cyd) => {
    await promote(ann, at, bob);
    const [removing, ending] = await Promise.all([
      bob.api.delete(`${at}/members/${cyd.id}`),
      i % 2 ? ann.api.delete(`${at}/members/${bob.id}`) :
        ann.api.patch(`${at}/members/${bob.id}`, { role: 'member' })]);
    assert.ok(ending.status < 300, ending.text);
    assert.ok([204, 403].includes(removing.status), removing.text);
    assert.equal(await isIn(at, cyd), removing.status === 403);
    const { items } = await ann.history(group);
    const order = items.map((m) => m.content.users?.[0]?.id).slice(-2);
    if (removing.status === 204)
      assert.deepEqual(order, [cyd.id, bob.id], 'first the one, then the other');
  });

race('somebody_is_made_an_admin_by_two_calls_and_is_one',
  { others: ['bob'], members: 1 }, async ({ group, at }, ann, bob) => {
    await Promise.all([['mute'], ['edit']].map((permissions) => expect(
      ann.api.patch(`${at}/members/${bob.id}`, { role: 'admin', permissions }),
      200)));
    const { items } = await ann.history(group);
    assert.equal(items.filter((m) => m.content.action === 'promoted').length,
      1, 'it happened once');
  });

race('an_invitation_is_accepted_while_its_holder_is_banned',
  { others: ['bob'] }, async ({ group, at }, ann, bob) => {
    await invite(ann, at, bob);
    const [accepted] = await Promise.all([
      bob.api.post(`/invitations/${group}/accept`),
      expect(ann.api.delete(`${at}/members/${bob.id}?ban=true`), 204)]);
    assert.ok([200, 403, 404].includes(accepted.status), accepted.text);
    await expect(bob.api.get(at), 403, 'banned');
  });

race('the_last_seat_is_taken_once_by_all_ways_in_at_once', {
  others: ['friend', 'guest', 'reader', 'asker'],
  settings: { join_policy: 'approval', max_members: 2 },
  before: (ann, friend) => befriend(ann, friend),
}, async ({ group, at }, ann, friend, guest, reader, asker) => {
  await invite(ann, at, guest);
  const link = await expect(ann.api.post(`${at}/links`), 201);
  await expect(asker.api.post(`${at}/join-requests`), 201);
  const got = await Promise.all([
    ann.api.post(`${at}/members`, { user_id: friend.id }),
    guest.api.post(`/invitations/${group}/accept`),
    reader.api.post(`/join/${link.token}`),
    ann.api.post(`${at}/join-requests/${asker.id}/accept`)]);
  assert.equal(got.filter((r) => r.status < 300).length, 1,
    JSON.stringify(codes(got)));
  assert.ok(got.every((r) => r.status < 300 || r.json.code === 'full'));
});

race('in_slow_mode_of_two_messages_at_once_one_is_sent',
  { others: ['bob'], members: 1 }, async ({ group, at }, ann, bob) => {
    await expect(ann.api.patch(at, { slow_mode_s: 600 }), 200);
    assert.deepEqual(codes(await Promise.all(speak(bob, group, 4))),
      [201, 429, 429, 429]);
  });
