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
const people = (...names) => newcomers(server.url, ...names);
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

const rounds = async (round) => {
  for (let i = 0; i < ROUNDS; i++)
    await round(i);
};

test('the_last_seat_is_taken_once', async () => {
  const [ann, ...others] = await people('ann', 'b', 'c', 'd', 'e');
  await rounds(async () => {
    const group = await groupOf(ann, [], { join_policy: 'open',
      max_members: 2 });
    const got = await Promise.all(others.map((p) =>
      p.api.post(`/conversations/${group}/join`)));
    assert.deepEqual(codes(got), [200, 409, 409, 409]);
    assert.ok(got.every((r) => r.status === 200 || r.json.code === 'full'));
    await sound(group);
  });
});

test('a_link_for_one_lets_one_in', async () => {
  const [ann, ...others] = await people('ann', 'b', 'c', 'd');
  await rounds(async () => {
    const group = await groupOf(ann, []);
    const link = await expect(ann.api.post(`/conversations/${group}/links`,
      { max_uses: 1 }), 201);
    const got = await Promise.all(others.map((p) =>
      p.api.post(`/join/${link.token}`)));
    assert.deepEqual(codes(got), [200, 404, 404]);
    await sound(group);
  });
});

test('the_owner_leaves_while_handing_over', async () => {
  const [ann, bob] = await people('ann', 'bob');
  await befriend(ann, bob);
  await rounds(async () => {
    const group = await groupOf(ann, [bob], {}, true);
    const at = `/conversations/${group}`;
    const [handed, left] = await Promise.all([
      ann.api.post(`${at}/transfer`, { user_id: bob.id }),
      ann.api.delete(`${at}/members/${ann.id}`)]);
    assert.ok([200, 403].includes(handed.status), handed.text);
    assert.ok([204, 409].includes(left.status), left.text);
    await sound(group);
  });
});

test('the_owner_hands_over_to_two_at_once', async () => {
  const [ann, bob, cyd] = await people('ann', 'bob', 'cyd');
  await Promise.all([bob, cyd].map((p) => befriend(ann, p)));
  await rounds(async () => {
    const group = await groupOf(ann, [bob, cyd], {}, true);
    const got = await Promise.all([bob, cyd].map((p) => ann.api.post(
      `/conversations/${group}/transfer`, { user_id: p.id })));
    assert.deepEqual(codes(got), [200, 403]);
    await sound(group);
  });
});

test('the_heir_leaves_while_being_made_the_owner', async () => {
  const [ann, bob] = await people('ann', 'bob');
  await befriend(ann, bob);
  await rounds(async () => {
    const group = await groupOf(ann, [bob], {}, true);
    const at = `/conversations/${group}`;
    const got = await Promise.all([
      ann.api.post(`${at}/transfer`, { user_id: bob.id }),
      bob.api.delete(`${at}/members/${bob.id}`)]);
    assert.ok(got.some((r) => r.status < 300) &&
      got.some((r) => r.status >= 400), JSON.stringify(codes(got)));
    await sound(group);
  });
});

test('two_admins_remove_each_other', async () => {
  const [ann, bob, cyd, dan] = await people('ann', 'bob', 'cyd', 'dan');
  await Promise.all([bob, cyd, dan].map((p) => befriend(ann, p)));
  await rounds(async () => {
    const group = await groupOf(ann, [bob, cyd, dan], {}, true);
    const at = `/conversations/${group}/members`;
    for (const admin of [bob, cyd])
      await expect(ann.api.patch(`${at}/${admin.id}`, { role: 'admin' }), 200);
    const got = await Promise.all([bob.api.delete(`${at}/${dan.id}`),
      cyd.api.delete(`${at}/${dan.id}?ban=true`),
      ann.api.patch(`${at}/${bob.id}`, { role: 'member' }),
      ann.api.patch(`${at}/${cyd.id}`, { permissions: ['remove'] })]);
    assert.ok(got.every((r) => r.status < 500), JSON.stringify(codes(got)));
    await sound(group);
    const now = (await expect(ann.api.get(at), 200)).items;
    assert.ok(!now.some((m) => m.user.id === dan.id));
    assert.deepEqual(now.find((m) => m.user.id === cyd.id).permissions,
      ['remove']);
  });
});

test('two_admins_change_two_settings_and_both_stay', async () => {
  const [ann, bob] = await people('ann', 'bob');
  const group = await groupOf(ann, [bob]);
  const at = `/conversations/${group}`;
  await expect(ann.api.patch(`${at}/members/${bob.id}`, { role: 'admin' }),
    200);
  await rounds(async (i) => {
    await Promise.all([
      expect(ann.api.patch(at, { title: `title ${i}` }), 200),
      expect(bob.api.patch(at, { description: `about ${i}` }), 200)]);
    const c = await ann.conversation(group);
    assert.deepEqual([c.title, c.description], [`title ${i}`, `about ${i}`]);
  });
  await sound(group);
});

test('a_request_is_accepted_while_it_is_withdrawn', async () => {
  const [ann, bob] = await people('ann', 'bob');
  await rounds(async () => {
    const group = await groupOf(ann, [], { join_policy: 'approval' });
    const at = `/conversations/${group}/join-requests`;
    await expect(bob.api.post(at), 201);
    const [accepted, withdrawn] = await Promise.all([
      ann.api.post(`${at}/${bob.id}/accept`),
      bob.api.delete(`${at}/${bob.id}`)]);
    assert.deepEqual(codes([accepted, withdrawn]), [204, 404]);
    const isIn = (await bob.api.get(`/conversations/${group}`)).status === 200;
    assert.equal(isIn, accepted.status === 204);
    await sound(group);
  });
});

test('an_invitation_is_accepted_while_it_is_withdrawn', async () => {
  const [ann, bob] = await people('ann', 'bob');
  await rounds(async () => {
    const group = await groupOf(ann, []);
    await expect(ann.api.post(`/conversations/${group}/members`,
      { user_id: bob.id }), 201);
    const [accepted, withdrawn] = await Promise.all([
      bob.api.post(`/invitations/${group}/accept`),
      ann.api.delete(`/conversations/${group}/invitations/${bob.id}`)]);
    assert.equal([accepted, withdrawn].filter((r) => r.status < 300).length, 1);
    const isIn = (await bob.api.get(`/conversations/${group}`)).status === 200;
    assert.equal(isIn, accepted.status === 200);
    await sound(group);
  });
});

test('somebody_joins_while_being_banned', async () => {
  const [ann, bob] = await people('ann', 'bob');
  await rounds(async () => {
    const group = await groupOf(ann, [], { join_policy: 'open' });
    const [banned] = await Promise.all([
      ann.api.delete(`/conversations/${group}/members/${bob.id}?ban=true`),
      bob.api.post(`/conversations/${group}/join`)]);
    assert.equal(banned.status, 204);
    await expect(bob.api.get(`/conversations/${group}`), 403, 'banned');
    await sound(group);
  });
});

test('who_is_removed_while_sending_says_nothing_after_it', async () => {
  const [ann, bob] = await people('ann', 'bob');
  await befriend(ann, bob);
  await rounds(async () => {
    const group = await groupOf(ann, [bob], {}, true);
    const sending = Array.from({ length: 6 }, () => bob.api.post('/messages',
      { conv_id: group, content: 'quick', client_msg_id: word(20) }));
    const removing = ann.api.delete(
      `/conversations/${group}/members/${bob.id}`);
    const got = await Promise.all(sending);
    await expect(removing, 204);
    const { items } = await ann.history(group);
    const end = items.findIndex((m) => m.content.action === 'removed');
    assert.equal(end, items.length - 1, 'nothing comes after the removal');
    assert.equal(items.filter((m) => m.content === 'quick').length,
      got.filter((r) => r.status === 201).length);
    assert.ok(got.every((r) => [201, 403].includes(r.status)));
    await sound(group);
  });
});

test('the_same_people_are_added_twice_at_once', async () => {
  const [ann, bob, ...others] = await people('ann', 'bob', 'c', 'd', 'e');
  await Promise.all([ann, bob].flatMap((x) =>
    others.map((p) => befriend(x, p))));
  await befriend(ann, bob);
  await rounds(async () => {
    const group = await groupOf(ann, [bob], {}, true);
    const at = `/conversations/${group}/members`;
    await expect(ann.api.patch(`${at}/${bob.id}`, { role: 'admin' }), 200);
    const got = await Promise.all([ann, bob].map((x) => expect(x.api.post(at,
      { user_ids: others.map((p) => p.id) }), 201)));
    assert.equal(got.flatMap((r) => r.added).length, others.length);
    await sound(group);
  });
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

test('a_group_is_dissolved_while_people_speak_and_come', async () => {
  const [ann, bob, cyd, dan] = await people('ann', 'bob', 'cyd', 'dan');
  await befriend(ann, bob);
  await rounds(async () => {
    const group = await groupOf(ann, [bob], { join_policy: 'open' }, true);
    const at = `/conversations/${group}`;
    await expect(ann.api.post(`${at}/members`, { user_id: dan.id }), 201);
    const socket = await bob.live();
    const said = Array.from({ length: 6 }, () => bob.api.post('/messages',
      { conv_id: group, content: 'quick', client_msg_id: word(20) }));
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
    await sound(group);
    assert.deepEqual(await server.sql(`SELECT user_id FROM invitation
      WHERE conv_id = ${group}`), []);
  });
});

test('two_admins_change_the_same_thing_and_the_history_has_both', async () => {
  const [ann, bob] = await people('ann', 'bob');
  const group = await groupOf(ann, [bob]);
  const at = `/conversations/${group}`;
  await expect(ann.api.patch(`${at}/members/${bob.id}`, { role: 'admin' }),
    200);
  await rounds(async (i) => {
    await Promise.all([ann, bob].map((who) => expect(who.api.patch(at,
      { title: `${i} by ${who.username}` }), 200)));
    const { items } = await ann.history(group, '&limit=200');
    const titles = items.filter((m) => m.content.action === 'renamed')
      .map((m) => m.content.title);
    assert.equal(titles.length, 2 * (i + 1), 'no change is swallowed');
    assert.equal((await ann.conversation(group)).title, titles.at(-1));
  });
  await sound(group);
});

test('an_admin_is_removed_or_demoted_while_removing_somebody', async () => {
  const [ann, bob, cyd] = await people('ann', 'bob', 'cyd');
  await Promise.all([bob, cyd].map((p) => befriend(ann, p)));
  await rounds(async (i) => {
    const group = await groupOf(ann, [bob, cyd], {}, true);
    const at = `/conversations/${group}/members`;
    await expect(ann.api.patch(`${at}/${bob.id}`, { role: 'admin' }), 200);
    const [removing, ending] = await Promise.all([
      bob.api.delete(`${at}/${cyd.id}`),
      i % 2 ? ann.api.delete(`${at}/${bob.id}`) :
        ann.api.patch(`${at}/${bob.id}`, { role: 'member' })]);
    assert.ok(ending.status < 300, ending.text);
    assert.ok([204, 403].includes(removing.status), removing.text);
    const isIn = (await expect(ann.api.get(at), 200)).items
      .some((m) => m.user.id === cyd.id);
    assert.equal(isIn, removing.status === 403);
    const { items } = await ann.history(group);
    const order = items.map((m) => m.content.users?.[0]?.id).slice(-2);
    if (removing.status === 204)
      assert.deepEqual(order, [cyd.id, bob.id], 'first the one, then the other');
    await sound(group);
  });
});

test('somebody_is_made_an_admin_by_two_calls_and_is_one', async () => {
  const [ann, bob] = await people('ann', 'bob');
  await befriend(ann, bob);
  await rounds(async () => {
    const group = await groupOf(ann, [bob], {}, true);
    const at = `/conversations/${group}/members/${bob.id}`;
    await Promise.all([['mute'], ['edit']].map((permissions) => expect(
      ann.api.patch(at, { role: 'admin', permissions }), 200)));
    const { items } = await ann.history(group);
    assert.equal(items.filter((m) => m.content.action === 'promoted').length,
      1, 'it happened once');
    await sound(group);
  });
});

test('an_invitation_is_accepted_while_its_holder_is_banned', async () => {
  const [ann, bob] = await people('ann', 'bob');
  await rounds(async () => {
    const group = await groupOf(ann, []);
    await expect(ann.api.post(`/conversations/${group}/members`,
      { user_id: bob.id }), 201);
    const [accepted] = await Promise.all([
      bob.api.post(`/invitations/${group}/accept`),
      expect(ann.api.delete(
        `/conversations/${group}/members/${bob.id}?ban=true`), 204)]);
    assert.ok([200, 403, 404].includes(accepted.status), accepted.text);
    await expect(bob.api.get(`/conversations/${group}`), 403, 'banned');
    await sound(group);
  });
});

test('the_last_seat_is_taken_once_by_all_ways_in_at_once', async () => {
  const [ann, friend, guest, reader, asker] =
    await people('ann', 'friend', 'guest', 'reader', 'asker');
  await befriend(ann, friend);
  await rounds(async () => {
    const group = await groupOf(ann, [], { join_policy: 'approval',
      max_members: 2 });
    const at = `/conversations/${group}`;
    await expect(ann.api.post(`${at}/members`, { user_id: guest.id }), 201);
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
    await sound(group);
  });
});

test('in_slow_mode_of_two_messages_at_once_one_is_sent', async () => {
  const [ann, bob] = await people('ann', 'bob');
  await befriend(ann, bob);
  await rounds(async () => {
    const group = await groupOf(ann, [bob], {}, true);
    await expect(ann.api.patch(`/conversations/${group}`,
      { slow_mode_s: 600 }), 200);
    const got = await Promise.all(Array.from({ length: 4 }, () =>
      bob.api.post('/messages', { conv_id: group, content: 'quick',
        client_msg_id: word(20) })));
    assert.deepEqual(codes(got), [201, 429, 429, 429]);
    await sound(group);
  });
});
