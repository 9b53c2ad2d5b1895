// SPDX-License-Identifier: MIT
// People: registering, profiles, finding each other, leaving.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client, expect, faults } from '../lib/client.mjs';
import { useShared } from '../lib/instance.mjs';
import { befriend, newcomer, PASSWORD, word } from '../lib/people.mjs';

const server = useShared();
const nobody = new Client(server);

const register = (fields) => nobody.post('/users',
  { username: `u_${word(12)}`, password: PASSWORD, ...fields });

test('a_newcomer_registers_and_is_shown_as_given', async () => {
  const username = `ann_${word(10)}`;
  const user = await expect(register({ username, display_name: '安娜 Ann',
    email: 'ann@example.org' }), 201);
  assert.equal(user.username, username);
  assert.equal(user.display_name, '安娜 Ann');
  assert.equal(user.email, 'ann@example.org');
  assert.equal(user.bio, '');
  assert.equal(user.avatar, null);
  assert.ok(!('password' in user));
});

test('without_a_display_name_the_username_is_shown', async () => {
  const user = await expect(register({}), 201);
  assert.equal(user.display_name, user.username);
});

test('a_username_is_taken_whatever_its_case', async () => {
  const username = `bob_${word(10)}`;
  await expect(register({ username }), 201);
  for (const again of [username, username.toUpperCase()]) {
    const problem = await expect(register({ username: again }), 409,
      'conflict');
    assert.equal(problem.errors?.[0].field, 'username');
  }
});

test('two_newcomers_at_once_do_not_get_the_same_name', async () => {
  const username = `two_${word(10)}`;
  const replies = await Promise.all(
    Array.from({ length: 4 }, () => register({ username })));
  assert.deepEqual(replies.map((r) => r.status).sort(), [201, 409, 409, 409]);
});

test('only_the_alphabet_of_usernames_is_allowed', async () => {
  for (const username of ['ab', 'a'.repeat(33), 'no spaces', 'ünïcode', 'a-b',
    'a@b.c', '', ' ', '李雷李雷', 'a\u0000bc', 'semi;colon'])
    assert.deepEqual(await faults(register({ username })), ['username'],
      JSON.stringify(username));
});

test('a_weak_password_is_refused_with_a_reason', async () => {
  for (const password of ['password', '12345678', 'qwertyuiop', 'aaaaaaaaaa',
    'short', '']) {
    const problem = await expect(register({ password }), 422, 'invalid');
    assert.equal(problem.errors[0].field, 'password');
    assert.ok(problem.errors[0].detail.length > 10, problem.errors[0].detail);
  }
});

test('a_password_like_the_username_is_weak', async () => {
  const username = `violinist_${word(6)}`;
  assert.deepEqual(await faults(register({ username, password: username })),
    ['password']);
});

test('all_fields_at_fault_are_told_at_once', async () => {
  assert.deepEqual(await faults(register({ username: '!', password: 'x',
    display_name: 'd'.repeat(65), email: 'no address' })),
  ['display_name', 'email', 'password', 'username']);
});

test('a_wrong_type_hides_no_other_fault', async () => {
  assert.deepEqual(await faults(register({ username: 7, password: 'x',
    email: null })), ['password', 'username']);
  const ann = await newcomer(server.url, 'ann');
  assert.deepEqual(await faults(ann.api.patch('/users/me', { hidden: 'maybe',
    bio: 'x'.repeat(5000), presence: 'asleep', locale: 'tlh' })),
  ['bio', 'hidden', 'locale', 'presence']);
});

test('a_missing_field_is_named', async () => {
  assert.deepEqual(await faults(nobody.post('/users', {})),
    ['password', 'username']);
});

test('unknown_fields_are_ignored', async () => {
  const user = await expect(register({ role: 'admin', id: '1', nonsense: [] }),
    201);
  assert.equal(user.role, 'user');
  assert.notEqual(user.id, '1');
});

test('without_credentials_nothing_but_the_public_is_served', async () => {
  for (const path of ['/users/me', '/users?query=a', '/users/1', '/sessions',
    '/contacts', '/contact-requests', '/blocks', '/conversations',
    '/conversations/1', '/messages?conv_id=1']) {
    const res = await nobody.get(path);
    assert.equal(res.status, 401, path);
    assert.match(res.headers['www-authenticate'] ?? '', /Bearer/, path);
  }
});

test('the_own_profile_changes_field_by_field', async () => {
  const ann = await newcomer(server.url, 'ann');
  const table = [
    ['display_name', 'Ännchen 小安'], ['bio', 'Two\nlines'],
    ['email', 'new@example.org'], ['email', null], ['locale', 'zh'],
    ['theme', 'dark'],
  ];
  for (const [field, value] of table) {
    const me = await expect(ann.api.patch('/users/me', { [field]: value }),
      200);
    assert.equal(me[field], value, field);
    assert.equal(
      (await expect(ann.api.get('/users/me'), 200))[field], value, field);
  }
  const me = await expect(ann.api.get('/users/me'), 200);
  assert.equal(me.display_name, 'Ännchen 小安');
});

test('a_bad_profile_is_refused_whole', async () => {
  const ann = await newcomer(server.url, 'ann');
  assert.deepEqual(await faults(ann.api.patch('/users/me', {
    display_name: '', bio: 'b'.repeat(501), locale: 'xx', presence: 'dead',
    email: '@', theme: 'pink' })),
  ['bio', 'display_name', 'email', 'locale', 'presence', 'theme']);
  const me = await expect(ann.api.get('/users/me'), 200);
  assert.equal(me.display_name, 'ann');
});

test('lengths_count_characters_and_not_bytes', async () => {
  const ann = await newcomer(server.url, 'ann');
  const name = '𠮷'.repeat(64);
  const me = await expect(ann.api.patch('/users/me', { display_name: name }),
    200);
  assert.equal(me.display_name, name);
  assert.deepEqual(await faults(ann.api.patch('/users/me',
    { display_name: `${name}𠮷` })), ['display_name']);
});

test('others_see_no_private_fields', async () => {
  const ann = await newcomer(server.url, 'ann', { email: 'a@example.org' });
  const bob = await newcomer(server.url, 'bob');
  const seen = await expect(bob.api.get(`/users/${ann.id}`), 200);
  assert.deepEqual(Object.keys(seen).sort(), ['avatar', 'bio', 'display_name',
    'id', 'presence', 'username']);
});

test('an_unknown_user_is_not_found', async () => {
  const ann = await newcomer(server.url, 'ann');
  for (const id of ['999999999999', '18446744073709551615'])
    await expect(ann.api.get(`/users/${id}`), 404, 'not_found');
});

test('people_are_found_by_id_username_and_part_of_the_display_name',
  async () => {
    const tag = word(10);
    const ann = await newcomer(server.url, 'ann',
      { display_name: `Anna 王${tag} Maria` });
    const bob = await newcomer(server.url, 'bob');
    for (const query of [ann.id, ann.username, ann.username.toUpperCase(),
      `王${tag}`, tag, 'Anna 王' + tag]) {
      const { items } = await expect(bob.api.get(
        `/users?query=${encodeURIComponent(query)}`), 200);
      assert.ok(items.some((u) => u.id === ann.id), query);
    }
    const none = await expect(bob.api.get(`/users?query=${word(16)}`), 200);
    assert.deepEqual(none, { items: [], next: null });
  });

test('wildcards_in_a_search_are_letters', async () => {
  const bob = await newcomer(server.url, 'bob');
  for (const query of ['%', '%%%', '\\', '\'', '"; DROP TABLE user; --']) {
    const { items } = await expect(bob.api.get(
      `/users?query=${encodeURIComponent(query)}`), 200);
    assert.deepEqual(items.filter((u) => !`${u.username}${u.display_name}`
      .includes(query)), [], query);
  }
});

test('a_search_pages_through_everybody_once', async () => {
  const tag = word(10);
  const all = [];
  for (let i = 0; i < 5; i++)
    all.push(await newcomer(server.url, 'crowd',
      { display_name: `${tag} ${i}` }));
  const found = [];
  for (let next = ''; next !== null;) {
    const page = await expect(all[0].api.get(
      `/users?query=${tag}&limit=2${next}`), 200);
    assert.ok(page.items.length <= 2);
    found.push(...page.items.map((u) => u.id));
    next = page.next && `&cursor=${encodeURIComponent(page.next)}`;
  }
  const others = all.slice(1).map((p) => p.id);
  assert.deepEqual(found.filter((id) => id !== all[0].id).sort(),
    others.sort());
  assert.equal(new Set(found).size, found.length);
});

test('a_search_tells_nothing_of_those_who_hide', async () => {
  const tag = word(10);
  const some = [];
  for (let i = 0; i < 4; i++)
    some.push(await newcomer(server.url, 'crowd',
      { display_name: `${tag} ${i}` }));
  for (const hiding of [some[0], some[2]])
    await expect(hiding.api.patch('/users/me', { hidden: true }), 200);
  const bob = await newcomer(server.url, 'bob');
  const first = await expect(bob.api.get(`/users?query=${tag}&limit=1`), 200);
  assert.deepEqual(first.items.map((u) => u.id), [some[1].id]);
  const [, , shown, part] = first.next.split('.');
  assert.equal(shown, some[1].id);
  assert.equal(Buffer.from(part, 'base64url').toString(), `${tag} 1`);
  const last = await expect(bob.api.get(
    `/users?query=${tag}&limit=1&cursor=${first.next}`), 200);
  assert.deepEqual(last.items.map((u) => u.id), [some[3].id]);
  assert.equal(last.next, null);
});

test('who_blocked_me_is_not_found_by_me', async () => {
  const ann = await newcomer(server.url, 'ann');
  const bob = await newcomer(server.url, 'bob');
  await expect(ann.api.put(`/blocks/${bob.id}`), 204);
  await expect(bob.api.get(`/users/${ann.id}`), 404, 'not_found');
  const { items } = await expect(
    bob.api.get(`/users?query=${ann.username}`), 200);
  assert.deepEqual(items, []);
});

test('a_deleted_account_is_gone', async () => {
  const ann = await newcomer(server.url, 'ann');
  const bob = await newcomer(server.url, 'bob');
  const conv = await befriend(ann, bob);
  const live = await ann.live();
  await expect(ann.api.post('/messages', { conv_id: conv, content: 'bye' }),
    201);
  await expect(ann.api.delete('/users/me', { password: PASSWORD }), 204);
  await live.gone();
  await expect(ann.api.get('/users/me'), 401, 'unauthorized');
  await expect(nobody.post('/sessions', { login: ann.username,
    password: PASSWORD }), 401, 'unauthorized');
  await expect(bob.api.get(`/users/${ann.id}`), 404, 'not_found');
  const { items } = await expect(
    bob.api.get(`/users?query=${ann.username}`), 200);
  assert.deepEqual(items, []);
  const chats = await expect(bob.api.get('/conversations'), 200);
  assert.equal(chats.items[0].last_message.content, 'bye');
  assert.equal(chats.items[0].peer, undefined);
  await expect(bob.api.get(`/messages?conv_id=${conv}`), 200);
});

test('an_account_is_deleted_by_a_bearer_without_more_ado', async () => {
  const ann = await newcomer(server.url, 'ann');
  await expect(ann.api.delete('/users/me'), 204);
  await expect(ann.api.get('/users/me'), 401, 'unauthorized');
});
