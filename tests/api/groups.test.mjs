// SPDX-License-Identifier: MIT
// Groups: members, roles, and what everybody sees of it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expect, faults } from '../lib/client.mjs';
import { useShared } from '../lib/instance.mjs';
import { befriend, groupOf, newcomers, word } from '../lib/people.mjs';

const server = useShared();

const people = (...names) => newcomers(server.url, ...names);

test('a_group_has_its_contacts_in_it_and_others_are_invited', async () => {
  const [ann, bob, cyd] = await people('ann', 'bob', 'cyd');
  await befriend(ann, bob);
  const group = await expect(ann.api.post('/conversations', { type: 'group',
    title: 'Chess', members: [bob.id, cyd.id] }), 201);
  assert.equal(group.type, 'group');
  assert.equal(group.title, 'Chess');
  assert.equal(group.role, 'owner');
  assert.equal(group.members, 2);
  assert.deepEqual(group.additions,
    { added: [bob.id], invited: [cyd.id], refused: [] });
  assert.deepEqual(await bob.roles(group.id),
    { [ann.id]: 'owner', [bob.id]: 'member' });
  await expect(cyd.api.get(`/conversations/${group.id}`), 403, 'not_a_member');
  const [invitation] = (await expect(cyd.api.get('/invitations'), 200)).items;
  assert.equal(invitation.id, group.id);
  assert.equal(invitation.group.title, 'Chess');
  assert.equal(invitation.by.id, ann.id);
  await expect(cyd.api.post(`/invitations/${group.id}/accept`), 200);
  assert.equal((await ann.roles(group.id))[cyd.id], 'member');
  assert.deepEqual((await expect(cyd.api.get('/invitations'), 200)).items, []);
  await expect(cyd.api.post(`/invitations/${group.id}/accept`), 404,
    'not_found');
});

test('a_group_wants_a_title', async () => {
  const [ann] = await people('ann');
  const open = (more) => ann.api.post('/conversations',
    { type: 'group', ...more });
  assert.deepEqual(await faults(open({})), ['title']);
  assert.deepEqual(await faults(open({ title: '   ' })), ['title']);
  assert.deepEqual(await faults(open({ title: 'x'.repeat(101) })), ['title']);
  assert.deepEqual(await faults(open({ title: 'x', members: 'all' })),
    ['members']);
  await expect(open({ title: '国际象棋'.repeat(25) }), 201);
});

test('what_is_said_reaches_every_member_live', async () => {
  const [ann, bob, cyd] = await people('ann', 'bob', 'cyd');
  const group = await groupOf(ann, [bob, cyd]);
  const sockets = await Promise.all([ann, bob, cyd].map((p) => p.live()));
  const sent = await bob.say(group, 'hello');
  for (const socket of sockets) {
    const m = await socket.message('hello');
    assert.equal(m.seq, sent.seq);
    assert.equal(m.sender.id, bob.id);
    socket.close();
  }
});

test('who_is_added_with_an_open_socket_hears_of_it_and_then_all', async () => {
  const [ann, bob, cyd] = await people('ann', 'bob', 'cyd');
  const group = await groupOf(ann, [bob]);
  await befriend(ann, cyd);
  await ann.say(group, 'before');
  const socket = await cyd.live();
  await expect(ann.api.post(`/conversations/${group}/members`,
    { user_id: cyd.id }), 201);
  const added = await socket.next('member', (d) => d.conv_id === group);
  assert.equal(added.action, 'added');
  assert.deepEqual(added.user_ids, [cyd.id]);
  await ann.say(group, 'after');
  await socket.message('after');
  assert.deepEqual(socket.seen('message').filter((m) => m.content === 'before'),
    []);
  socket.close();
});

test('newcomers_see_what_was_said_before_if_the_group_says_so', async () => {
  const [ann, bob, cyd] = await people('ann', 'bob', 'cyd');
  const group = await groupOf(ann, []);
  await Promise.all([bob, cyd].map((p) => befriend(ann, p)));
  await ann.say(group, 'old');
  const add = (who) => expect(ann.api.post(`/conversations/${group}/members`,
    { user_id: who.id }), 201);
  await add(bob);
  assert.deepEqual(await bob.heard(group), ['added']);
  assert.equal((await bob.conversation(group)).unread, 1);
  await expect(ann.api.patch(`/conversations/${group}`, { from_start: true }),
    200);
  await add(cyd);
  assert.deepEqual(await cyd.heard(group),
    ['created', 'old', 'added', 'history', 'added']);
  assert.deepEqual(await bob.heard(group), await cyd.heard(group));
});

test('who_is_removed_gets_nothing_from_that_moment_on', async () => {
  const [ann, bob, cyd] = await people('ann', 'bob', 'cyd');
  const group = await groupOf(ann, [bob, cyd]);
  const [bobs, cyds] = await Promise.all([bob.live(), cyd.live()]);
  await ann.say(group, 'one');
  await Promise.all([bobs.message('one'), cyds.message('one')]);
  await expect(ann.api.delete(`/conversations/${group}/members/${bob.id}`),
    204);
  await ann.say(group, 'two');
  const told = await bobs.next('conversation', (d) => d.conv_id === group);
  assert.equal(told.action, 'removed');
  assert.equal(told.reason, 'removed');
  await cyds.message('two');
  await expect(bob.api.post('/messages', { conv_id: group, content: 'hm' }),
    403, 'not_a_member');
  await expect(bob.api.get(`/messages?conv_id=${group}`), 403, 'not_a_member');
  const list = (await expect(bob.api.get('/conversations'), 200)).items;
  assert.ok(!list.some((c) => c.id === group));
  const direct = await befriend(bob, cyd);
  await cyd.say(direct, 'still here?'); // by the same way, and later
  await bobs.message('still here?');
  assert.deepEqual(bobs.seen('message')
    .filter((m) => m.conv_id === group && m.content === 'two'), []);
  bobs.close();
  cyds.close();
});

test('the_world_is_no_group_from_outside', async () => {
  const [ann] = await people('ann');
  const world = await expect(ann.api.get('/world'), 200);
  await expect(ann.api.get(`/groups/${world.id}`), 404, 'not_found');
});

test('an_admin_may_what_the_owner_permits', async () => {
  const [ann, bob, cyd, dan] = await people('ann', 'bob', 'cyd', 'dan');
  const group = await groupOf(ann, [bob, cyd]);
  const at = `/conversations/${group}`;
  const admin = await expect(ann.api.patch(`${at}/members/${bob.id}`,
    { role: 'admin', permissions: ['edit', 'mute'] }), 200);
  assert.deepEqual(admin.permissions, ['mute', 'edit']);
  await expect(bob.api.patch(at, { title: 'Renamed' }), 200);
  await expect(bob.api.patch(at, { muted_all: true }), 200);
  await expect(bob.api.patch(at, { muted_all: false }), 200);
  await expect(bob.api.post(`${at}/members`, { user_id: dan.id }), 403,
    'forbidden');
  await expect(bob.api.delete(`${at}/members/${cyd.id}`), 403, 'forbidden');
  await expect(bob.api.patch(`${at}/members/${cyd.id}`, { role: 'admin' }),
    403, 'forbidden');
  await expect(bob.api.patch(`${at}/members/${ann.id}`,
    { muted_until: '2100-01-01T00:00:00Z' }), 403, 'forbidden');
  await expect(ann.api.patch(`${at}/members/${cyd.id}`, { role: 'admin' }),
    200);
  await expect(bob.api.patch(`${at}/members/${cyd.id}`,
    { muted_until: '2100-01-01T00:00:00Z' }), 403, 'forbidden');
  assert.deepEqual((await ann.members(group)).map((m) => m.role),
    ['owner', 'admin', 'admin']);
  await expect(ann.api.patch(`${at}/members/${bob.id}`, { role: 'member' }),
    200);
  await expect(bob.api.patch(at, { title: 'Again' }), 403, 'forbidden');
  assert.deepEqual(await faults(ann.api.patch(`${at}/members/${bob.id}`,
    { role: 'owner', permissions: ['fly'], muted_until: 5 })),
  ['muted_until', 'permissions', 'role']);
});

test('who_is_muted_may_not_speak_until_then', async () => {
  const [ann, bob] = await people('ann', 'bob');
  const group = await groupOf(ann, [bob]);
  const mute = (until) => expect(ann.api.patch(
    `/conversations/${group}/members/${bob.id}`, { muted_until: until }), 200);
  const say = () => bob.api.post('/messages',
    { conv_id: group, content: 'hm', client_msg_id: word(20) });
  assert.equal((await mute('2100-01-01T00:00:00.000Z')).muted_until,
    '2100-01-01T00:00:00.000Z');
  await expect(say(), 403, 'muted');
  assert.equal((await bob.conversation(group)).muted_until,
    '2100-01-01T00:00:00.000Z');
  assert.equal((await mute(null)).muted_until, null);
  await expect(say(), 201);
  await mute('2001-01-01T00:00:00Z');
  await expect(say(), 201);
  await expect(ann.api.patch(`/conversations/${group}`, { muted_all: true }),
    200);
  await expect(say(), 403, 'muted');
  await ann.say(group, 'I still can');
});

test('slow_mode_lets_each_speak_once_in_a_while', async () => {
  const [ann, bob] = await people('ann', 'bob');
  const group = await groupOf(ann, [bob]);
  await expect(ann.api.patch(`/conversations/${group}`, { slow_mode_s: 600 }),
    200);
  await bob.say(group, 'one');
  const res = await bob.api.post('/messages', { conv_id: group,
    content: 'two' });
  await expect(res, 429, 'rate_limited');
  assert.ok(Number(res.headers['retry-after']) > 500);
  await ann.say(group, 'one');
  await ann.say(group, 'two');
});

// What shows nothing is no text: refused where one is needed, else none.
const INVISIBLE = { zero_width: '\u200b', hangul_filler: '\u3164',
  joiner: '\u034f', selector: '\ufe0f', tag: '\u{e0041}',
  several: ' \u200b\u180e \u2063 ' };

for (const [name, blank] of Object.entries(INVISIBLE))
  test(`nothing_is_called_by_what_is_not_seen: ${name}`, async () => {
    const [ann, bob] = await people('ann', 'bob');
    await befriend(ann, bob);
    const group = await groupOf(ann, [bob], {}, true);
    const needed = [
      ann.api.post('/conversations', { type: 'group', title: blank }),
      ann.api.patch(`/conversations/${group}`, { title: blank }),
      ann.api.patch('/users/me', { display_name: blank }),
      ann.api.post('/contact-labels', { name: blank }),
      ann.api.post('/messages', { conv_id: group, content: blank })];
    for (const reply of needed)
      await expect(reply, 422, 'invalid');

    const own = `/conversations/${group}/members/${ann.id}`;
    await expect(ann.api.patch(own, { nickname: 'Annie' }), 200);
    await expect(ann.api.patch(own, { nickname: blank }), 200);
    assert.equal((await ann.say(group, 'who?')).sender.display_name, 'ann');
    assert.equal((await ann.conversation(group)).nickname, '');
    const contact = await expect(ann.api.patch(`/contacts/${bob.id}`,
      { remark: blank }), 200);
    assert.equal(contact.remark, '');
    const described = await expect(ann.api.patch(`/conversations/${group}`,
      { description: blank }), 200);
    assert.equal(described.description, '');
    const me = await expect(ann.api.patch('/users/me', { bio: blank }), 200);
    assert.equal(me.bio, '');
  });

test('the_nickname_is_everybodys_own', async () => {
  const [ann, bob] = await people('ann', 'bob');
  const group = await groupOf(ann, [bob]);
  const at = `/conversations/${group}/members/${bob.id}`;
  const m = await expect(bob.api.patch(at, { nickname: ' Bobby 小波 ' }), 200);
  assert.equal(m.nickname, 'Bobby 小波');
  assert.equal((await bob.conversation(group)).nickname, 'Bobby 小波');
  await expect(ann.api.patch(at, { nickname: 'Bo' }), 403, 'forbidden');
  assert.deepEqual(await faults(bob.api.patch(at,
    { nickname: 'x'.repeat(65) })), ['nickname']);
  assert.equal((await expect(bob.api.patch(at, { nickname: null }), 200))
    .nickname, '');
});

test('a_change_that_changes_nothing_is_told_nobody', async () => {
  const [ann, bob] = await people('ann', 'bob');
  const group = await groupOf(ann, [bob]);
  const own = `/conversations/${group}/members/${bob.id}`;
  const socket = await ann.live();
  for (const nickname of ['same', 'same', 'same', 'other'])
    await expect(bob.api.patch(own, { nickname }), 200);
  const told = (d) => d.action === 'changed' && d.conv_id === group;
  assert.equal((await socket.next('member', told)).nickname, 'same');
  assert.equal((await socket.next('member', told)).nickname, 'other');
  await socket.close();
});

test('the_list_of_members_pages_without_loss_or_repeat', async () => {
  const [ann, ...others] = await people('ann', 'b', 'c', 'd', 'e', 'f');
  const group = await groupOf(ann, others);
  await expect(ann.api.patch(`/conversations/${group}/members/${others[4].id}`,
    { role: 'admin' }), 200);
  const found = [];
  for (let next = ''; next !== null;) {
    const page = await expect(ann.api.get(
      `/conversations/${group}/members?limit=2${next}`), 200);
    assert.ok(page.items.length <= 2);
    found.push(...page.items.map((m) => m.user.id));
    next = page.next && `&cursor=${page.next}`;
  }
  assert.deepEqual(found.slice(0, 2), [ann.id, others[4].id]);
  assert.deepEqual([...found].sort(), [ann, ...others].map((p) => p.id).sort());
  assert.deepEqual(await faults(ann.api.get(
    `/conversations/${group}/members?cursor=1.2.3`)), ['cursor']);
});

test('the_directory_finds_open_groups_by_what_a_word_begins_with', async () => {
  const [ann, bob] = await people('ann', 'bob');
  const tag = word(10);
  const titles = [`${tag}one Berlin Chess`, `Chess ${tag}two`,
    `国际${tag}three象棋`];
  for (const title of titles)
    await groupOf(ann, [], { title, join_policy: 'open' });
  const hidden = await groupOf(ann, [], { title: `${tag}four`,
    join_policy: 'approval' });
  const find = async (query) => (await expect(bob.api.get(
    `/groups?query=${encodeURIComponent(query)}`), 200)).items
    .map((g) => g.title);
  assert.deepEqual((await find(tag)).sort(), [...titles].sort());
  assert.deepEqual(await find(`${tag.toUpperCase()}TWO`), [titles[1]]);
  assert.deepEqual(await find(`${tag}three象`), [titles[2]]);
  assert.deepEqual(await find(`际${tag}`), [titles[2]]);
  assert.deepEqual(await find(`${tag}_ne`), []);
  const found = [];
  for (let next = ''; next !== null;) {
    const page = await expect(bob.api.get(
      `/groups?query=${tag}&limit=1${next}`), 200);
    found.push(...page.items.map((g) => g.title));
    next = page.next && `&cursor=${page.next}`;
  }
  assert.deepEqual(found.sort(), [...titles].sort());
  await expect(ann.api.patch(`/conversations/${hidden}`,
    { join_policy: 'open' }), 200);
  assert.equal((await find(tag)).length, 4);
  await expect(ann.api.delete(`/conversations/${hidden}`), 204);
  assert.equal((await find(tag)).length, 3);
  assert.ok((await find('')).includes(titles[2]));
});

test('sync_tells_of_groups_one_came_into_and_left', async () => {
  const [ann, bob] = await people('ann', 'bob');
  await befriend(ann, bob);
  const { cursor } = await expect(bob.api.get('/sync'), 200);
  const group = await groupOf(ann, [bob], {}, true);
  const came = await expect(bob.api.get(`/sync?cursor=${cursor}`), 200);
  assert.ok(came.conversations.some((c) => c.id === group));
  await expect(ann.api.delete(`/conversations/${group}/members/${bob.id}`),
    204);
  const went = await expect(bob.api.get(`/sync?cursor=${came.cursor}`), 200);
  assert.ok(went.removed.some((r) => r.type === 'conversation' &&
    r.id === group), JSON.stringify(went.removed));
});
