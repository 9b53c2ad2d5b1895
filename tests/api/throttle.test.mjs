// SPDX-License-Identifier: MIT
// Limits, on: for who guesses passwords, and for who asks too often.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client, expect } from '../lib/client.mjs';
import { useOwn } from '../lib/instance.mjs';
import { newcomer, pair, PASSWORD, word } from '../lib/people.mjs';
import { openSocket } from '../lib/socket.mjs';
import { until } from '../lib/wait.mjs';

const server = useOwn('throttle', { settings: {
  'rate_limit.enabled': 'on', 'login.failures_account': '5',
  'login.failures_address': '40', 'rate_limit.login_per_minute': '1000',
  'rate_limit.register_per_hour': '12',
  'rate_limit.message_per_minute': '20',
  'rate_limit.read_per_minute': '60',
  'rate_limit.write_per_minute': '1000',
  'operator.addresses': '192.0.2.1',
  'websocket.pending_per_address': '1' } });
const nobody = new Client(server);
let reader; // known before registering is limited

const logIn = (login, password, path = '/sessions') =>
  nobody.post(path, { login, password });

function assertWait(res) {
  assert.equal(res.status, 429, res.text);
  assert.equal(res.json.code, 'rate_limited');
  assert.ok(Number(res.headers['retry-after']) >= 1);
}

test('guessing_at_an_account_is_slowed_even_with_the_right_password',
  async () => {
    const ann = await newcomer(server.url, 'ann');
    for (let i = 0; i < 5; i++)
      await expect(logIn(ann.username, `wrong-${i}`), 401, 'unauthorized');
    assertWait(await logIn(ann.username, 'wrong again'));
    assertWait(await logIn(ann.username, PASSWORD));
    assertWait(await logIn(ann.username.toUpperCase(), PASSWORD));
    await expect(ann.api.get('/users/me'), 200);
  });

test('an_account_that_does_not_exist_is_slowed_the_same', async () => {
  const login = `nobody_${word()}`;
  for (let i = 0; i < 5; i++)
    await expect(logIn(login, 'wrong'), 401, 'unauthorized');
  assertWait(await logIn(login, 'wrong'));
});

test('the_log_in_page_is_no_way_around_it', async () => {
  const bob = await newcomer(server.url, 'bob');
  const post = (password) => nobody.send('POST', '/login',
    { form: { login: bob.username, password } });
  for (let i = 0; i < 5; i++)
    assert.equal((await post('wrong')).status, 401);
  const res = await post(PASSWORD);
  assert.equal(res.status, 429);
  assert.ok(res.headers['retry-after']);
  assert.match(res.type, /^text\/html/);
});

test('other_accounts_are_not_slowed_by_it', async () => {
  const eve = await newcomer(server.url, 'eve');
  await eve.logIn();
});

test('messages_have_a_limit_of_their_own', async () => {
  const [ann, , conv] = await pair(server.url);
  const replies = [];
  // Twice as many and one: the minute may turn over in between.
  while (replies.length < 41 && replies.at(-1)?.status !== 429)
    replies.push(await ann.api.post('/messages', { conv_id: conv,
      content: 'x' }));
  assert.ok(replies.length > 18);
  assertWait(replies.at(-1));
});

test('reading_has_a_limit_and_another_person_is_not_touched_by_it',
  async () => {
    const ann = await newcomer(server.url, 'ann');
    const bob = await newcomer(server.url, 'bob');
    reader = bob;
    const statuses = [];
    for (let i = 0; i < 121 && !statuses.includes(429); i++)
      statuses.push((await ann.api.get('/users/me')).status);
    assert.equal(statuses.at(-1), 429);
    await expect(bob.api.get('/users/me'), 200);
  });

// As variables X_Forwarded_For and X-Forwarded-For are the same.
test('no_header_has_a_socket_come_from_another_address', async () => {
  const thaw = await server.freeze(/daemons\/deliver/);
  let lives;
  try {
    lives = await Promise.all(Array.from({ length: 8 }, (_, i) =>
      openSocket(server.url, { token: reader.token, hello: false, headers: {
        [i % 2 ? 'X_Forwarded_For' : 'X-Forwarded_For']: `192.0.2.${i}` } })));
    await until('all but one are turned away', () =>
      lives.filter((l) => l.seen('error').length).length >= 7);
  } finally {
    thaw();
  }
  await Promise.any(lives.map((live) => live.next('hello')));
  await Promise.all(lives.map((live) => live.close()));
});

test('registering_from_one_address_has_a_limit', async () => {
  const statuses = [];
  for (let i = 0; i < 25 && !statuses.includes(429); i++)
    statuses.push((await nobody.post('/users', { username: `u_${word()}`,
      password: PASSWORD })).status);
  assert.equal(statuses.at(-1), 429);
});

test('guessing_from_one_address_is_slowed_whatever_the_account', async () => {
  const statuses = [];
  for (let i = 0; i < 81 && !statuses.includes(429); i++)
    statuses.push((await logIn(`nobody_${word()}`, 'wrong')).status);
  assert.equal(statuses.at(-1), 429);
});

test('limits_hold_without_redis_too', async () => {
  server.kill(/redis-server/);
  const statuses = [];
  for (let i = 0; i < 400 && !statuses.includes(429); i++)
    statuses.push((await reader.api.get('/users/me')).status);
  assert.ok(statuses.includes(429), 'the local fallback counts');
  assert.ok(statuses.every((s) => [200, 429].includes(s)));
  await server.ready();
});

test('metrics_are_for_the_operators_addresses_only', async () => {
  await expect(nobody.send('GET', '/metrics'), 404, 'not_found');
  await expect(nobody.send('GET', '/metrics', {
    headers: { 'x-forwarded-for': '192.0.2.1' } }), 404, 'not_found');
  await expect(nobody.send('GET', '/healthz'), 200);
});
