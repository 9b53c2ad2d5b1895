// SPDX-License-Identifier: MIT
// Sessions: one a device, revocable at once, everywhere.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client, expect, faults } from '../lib/client.mjs';
import { useShared } from '../lib/instance.mjs';
import { newcomer, PASSWORD, word } from '../lib/people.mjs';

const server = useShared();
const nobody = new Client(server);

const refresh = (token) => nobody.post('/sessions/refresh',
  { refresh_token: token });
const as = (tokens) => new Client(server.url, { token: tokens.access_token });

test('logging_in_gives_tokens_and_the_user', async () => {
  const ann = await newcomer(server.url, 'ann');
  assert.equal(ann.tokens.token_type, 'Bearer');
  assert.ok(ann.tokens.expires_in >= 60 && ann.tokens.expires_in <= 600);
  assert.equal(ann.tokens.user.username, ann.username);
  assert.equal(ann.tokens.access_token.split('.').length, 3);
});

test('the_username_logs_in_whatever_its_case', async () => {
  const ann = await newcomer(server.url, 'ann');
  await expect(nobody.post('/sessions', { login: ann.username.toUpperCase(),
    password: PASSWORD }), 201);
});

test('a_refused_log_in_does_not_tell_whether_the_account_exists', async () => {
  const ann = await newcomer(server.url, 'ann');
  const wrong = await expect(nobody.post('/sessions', { login: ann.username,
    password: 'wrong-password' }), 401, 'unauthorized');
  const unknown = await expect(nobody.post('/sessions',
    { login: `nobody_${word()}`, password: 'wrong-password' }), 401,
  'unauthorized');
  delete wrong.request_id;
  delete unknown.request_id;
  assert.deepEqual(wrong, unknown);
});

test('log_in_wants_both_fields', async () => {
  assert.deepEqual(await faults(nobody.post('/sessions', {})),
    ['login', 'password']);
});

test('the_own_sessions_are_listed_with_their_devices', async () => {
  const ann = await newcomer(server.url, 'ann');
  const phone = await ann.logIn({ device: '手机 📱' });
  const { items } = await expect(phone.api.get('/sessions'), 200);
  assert.equal(items.length, 2);
  const here = items.find((s) => s.current);
  assert.equal(here.id, phone.session);
  assert.equal(here.device, '手机 📱');
  assert.equal(here.address, '127.0.0.1');
  assert.equal(items.filter((s) => s.current).length, 1);
});

test('ending_a_session_takes_effect_at_once', async () => {
  const ann = await newcomer(server.url, 'ann');
  const phone = await ann.logIn();
  const live = await phone.live();
  await expect(phone.api.get('/users/me'), 200);
  await expect(ann.api.delete(`/sessions/${phone.session}`), 204);
  await expect(phone.api.get('/users/me'), 401, 'unauthorized');
  assert.equal((await live.next('session')).status, 'ended');
  await live.gone();
  await expect(refresh(phone.tokens.refresh_token), 401, 'unauthorized');
  await expect(ann.api.get('/users/me'), 200);
});

test('logging_out_ends_the_current_session_only', async () => {
  const ann = await newcomer(server.url, 'ann');
  const phone = await ann.logIn();
  await expect(phone.api.delete('/sessions/current'), 204);
  await expect(phone.api.get('/users/me'), 401, 'unauthorized');
  await expect(ann.api.get('/users/me'), 200);
});

test('a_session_of_somebody_else_cannot_be_ended_or_seen', async () => {
  const ann = await newcomer(server.url, 'ann');
  const bob = await newcomer(server.url, 'bob');
  await expect(bob.api.delete(`/sessions/${ann.session}`), 404, 'not_found');
  await expect(bob.api.delete('/sessions/999999999'), 404, 'not_found');
  await expect(ann.api.get('/users/me'), 200);
});

test('a_refresh_gives_the_same_session_new_tokens', async () => {
  const ann = await newcomer(server.url, 'ann');
  const fresh = await expect(refresh(ann.tokens.refresh_token), 200);
  assert.equal(fresh.session_id, ann.session);
  assert.notEqual(fresh.refresh_token, ann.tokens.refresh_token);
  await expect(as(fresh).get('/users/me'), 200);
});

test('a_spent_refresh_token_used_again_ends_the_session', async () => {
  const ann = await newcomer(server.url, 'ann');
  const live = await ann.live();
  const fresh = await expect(refresh(ann.tokens.refresh_token), 200);
  await expect(refresh(ann.tokens.refresh_token), 401, 'unauthorized');
  await expect(as(fresh).get('/users/me'), 401, 'unauthorized');
  await expect(refresh(fresh.refresh_token), 401, 'unauthorized');
  await live.gone();
});

test('two_refreshes_at_once_do_not_both_succeed', async () => {
  const ann = await newcomer(server.url, 'ann');
  const replies = await Promise.all([1, 2, 3].map(() =>
    refresh(ann.tokens.refresh_token)));
  assert.deepEqual(replies.map((r) => r.status).sort(), [200, 401, 401]);
});

test('an_unknown_refresh_token_is_unauthorized', async () => {
  for (const token of ['x', 'A'.repeat(43), '../../etc/passwd'])
    await expect(refresh(token), 401, 'unauthorized');
  assert.deepEqual(await faults(nobody.post('/sessions/refresh', {})),
    ['refresh_token']);
});

test('an_access_token_is_no_refresh_token', async () => {
  const ann = await newcomer(server.url, 'ann');
  const res = await refresh(ann.token);
  assert.ok([401, 422].includes(res.status));
});

test('changing_the_password_ends_the_other_sessions', async () => {
  const ann = await newcomer(server.url, 'ann');
  const phone = await ann.logIn();
  const live = await phone.live();
  const fresh = 'another-Fiddle-77-brook';
  await expect(ann.api.put('/users/me/password', { old_password: PASSWORD,
    new_password: fresh }), 204);
  await expect(ann.api.get('/users/me'), 200);
  await expect(phone.api.get('/users/me'), 401, 'unauthorized');
  await live.gone();
  await expect(nobody.post('/sessions', { login: ann.username,
    password: PASSWORD }), 401, 'unauthorized');
  await expect(nobody.post('/sessions', { login: ann.username,
    password: fresh }), 201);
});

test('a_password_changes_only_for_who_knows_it_and_to_a_strong_one',
  async () => {
    const ann = await newcomer(server.url, 'ann');
    assert.deepEqual(await faults(ann.api.put('/users/me/password',
      { old_password: 'not it', new_password: 'another-Fiddle-77-brook' })),
    ['old_password']);
    assert.deepEqual(await faults(ann.api.put('/users/me/password',
      { old_password: PASSWORD, new_password: 'password1' })),
    ['new_password']);
    assert.deepEqual(await faults(ann.api.put('/users/me/password', {})),
      ['new_password', 'old_password']);
    await ann.logIn();
  });

const b64 = (value) => Buffer.from(JSON.stringify(value))
  .toString('base64url');

test('a_forged_token_opens_nothing', async () => {
  const ann = await newcomer(server.url, 'ann');
  const [head, body, sign] = ann.token.split('.');
  const claims = JSON.parse(Buffer.from(body, 'base64url'));
  const header = JSON.parse(Buffer.from(head, 'base64url'));
  const longer = b64({ ...claims, exp: claims.exp + 86_400 });
  const expired = b64({ ...claims, exp: 1, iat: 0 });
  const forged = {
    'alg none': `${b64({ alg: 'none', typ: 'JWT' })}.${body}.`,
    'alg none, kid kept': `${b64({ ...header, alg: 'none' })}.${body}.`,
    'alg None': `${b64({ ...header, alg: 'None' })}.${body}.${sign}`,
    'alg HS256': `${b64({ ...header, alg: 'HS256' })}.${body}.${sign}`,
    'alg lower case': `${b64({ ...header, alg: 'es256' })}.${body}.${sign}`,
    'unknown kid': `${b64({ ...header, kid: 'x' })}.${body}.${sign}`,
    'kid a path': `${b64({ ...header, kid: '../../x' })}.${body}.${sign}`,
    'kid no text': `${b64({ ...header, kid: { a: 1 } })}.${body}.${sign}`,
    'no kid': `${b64({ alg: 'ES256' })}.${body}.${sign}`,
    'other claims': `${head}.${longer}.${sign}`,
    'expired claims': `${head}.${expired}.${sign}`,
    'no signature': `${head}.${body}.`,
    'a wrong signature': `${head}.${body}.${'A'.repeat(86)}`,
    'half of it': ann.token.slice(0, 60),
    'dots': '...', 'one word': 'token', 'nothing': '',
    'huge': `${head}.${'A'.repeat(6000)}.${sign}`,
    'two of them': `${ann.token}${ann.token}`,
    'bytes': '\u00ff\u00fe.\u00ff.\u00ff',
  };
  for (const [what, token] of Object.entries(forged)) {
    const res = await nobody.send('GET', '/api/v1/users/me',
      { headers: { authorization: `Bearer ${token}` } });
    assert.equal(res.status, 401, what);
    assert.equal(res.json.code, 'unauthorized', what);
  }
  await expect(ann.api.get('/users/me'), 200);
});

test('other_schemes_of_authorization_are_no_credentials', async () => {
  for (const authorization of ['Basic YTpi', 'Bearer', 'bearer', 'Token x'])
    assert.equal((await nobody.send('GET', '/api/v1/users/me',
      { headers: { authorization } })).status, 401, authorization);
});

test('the_word_bearer_may_be_in_any_case', async () => {
  const ann = await newcomer(server.url, 'ann');
  const res = await nobody.send('GET', '/api/v1/users/me',
    { headers: { authorization: `bearer ${ann.token}` } });
  assert.equal(res.status, 200);
});
