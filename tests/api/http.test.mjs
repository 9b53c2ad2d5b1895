// SPDX-License-Identifier: MIT
// What every reply can be counted on for, whatever was asked.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client, expect } from '../lib/client.mjs';
import { useShared } from '../lib/instance.mjs';
import { newcomer, pair, PASSWORD, word } from '../lib/people.mjs';

const server = useShared();
const nobody = new Client(server);

test('a_valid_request_id_is_kept_and_any_other_replaced', async () => {
  for (const id of ['abc', 'A.b_c-9', 'x'.repeat(64)])
    for (const path of ['/healthz', '/api/v1/users/me', '/login',
      '/api/v1/nowhere', '/static/none.css'])
      assert.equal((await nobody.send('GET', path,
        { headers: { 'x-request-id': id } })).headers['x-request-id'], id,
      path);
  for (const id of ['a b', '<script>', 'x'.repeat(200), 'ü', '']) {
    const kept = (await nobody.send('GET', '/healthz',
      { headers: { 'x-request-id': id } })).headers['x-request-id'];
    assert.notEqual(kept, id);
    assert.match(kept, /^[A-Za-z0-9._-]{8,64}$/);
  }
});

test('request_ids_do_not_repeat', async () => {
  const ids = await Promise.all(Array.from({ length: 50 }, async () =>
    (await nobody.send('GET', '/healthz')).headers['x-request-id']));
  assert.equal(new Set(ids).size, 50);
});

test('an_unknown_path_is_a_problem_or_a_page', async () => {
  for (const path of ['/api/v1/nowhere', '/api/v1', '/api/v1/', '/api/v2/users',
    '/api/v1/users/', '/api/v1/users//', '/api/v1/users/me/x',
    '/api/v1/users/0', '/api/v1/users/-1', '/api/v1/users/01',
    '/api/v1/users/1.5', '/api/v1/users/99999999999999999999',
    '/api/v1/users/%2e%2e', '/api/v1/users/1%2f2',
    '/api/v1/users/ME']) {
    const res = await nobody.send('GET', path);
    assert.ok([404, 400].includes(res.status), `${path}: ${res.status}`);
  }
  const page = await nobody.send('GET', '/nowhere');
  assert.equal(page.status, 404);
  assert.match(page.type, /^text\/html/);
});

test('a_known_path_with_another_method_says_which_it_allows', async () => {
  const table = [['DELETE', '/users', ['GET', 'POST']],
    ['POST', '/users/me', ['GET', 'PATCH', 'DELETE']],
    ['PATCH', '/messages', ['GET', 'POST']],
    ['GET', '/sessions/refresh', ['POST']],
    ['GET', '/sessions/current', ['DELETE']]];
  for (const [method, path, wanted] of table) {
    const res = await nobody.call(method, path);
    assert.equal(res.status, 405, `${method} ${path}`);
    for (const allowed of wanted)
      assert.ok(res.headers.allow.split(/, */).includes(allowed), path);
  }
});

test('methods_nobody_knows_are_refused', async () => {
  for (const method of ['PROPFIND', 'TRACE', 'PURGE']) {
    const res = await nobody.send(method, '/login').catch(() => null);
    if (res)
      assert.ok([400, 405, 501].includes(res.status), `${method} ` +
        res.status);
  }
});

test('head_is_get_without_the_body', async () => {
  const res = await nobody.send('HEAD', '/login');
  assert.equal(res.status, 200);
  assert.equal(res.text, '');
  assert.equal((await nobody.send('HEAD', '/healthz')).status, 200);
});

test('a_body_over_256_KiB_is_too_large_wherever_it_goes', async () => {
  const ann = await newcomer(server.url, 'ann');
  for (const size of [256 * 1024 + 1, 900 * 1024, 3 * 1024 * 1024])
    for (const [method, path] of [['POST', '/users'], ['POST', '/messages'],
      ['PATCH', '/users/me'], ['POST', '/sessions']]) {
      const res = await ann.api.send(method, `/api/v1${path}`, {
        headers: { 'content-type': 'application/json' },
        body: `"${'x'.repeat(size)}"` });
      assert.equal(res.status, 413, `${path} ${size}`);
      assert.equal(res.json.code, 'too_large');
    }
});

test('a_chunked_body_is_as_good_as_one_with_a_length', async () => {
  const { default: http } = await import('node:http');
  const ann = await newcomer(server.url, 'ann');
  const url = new URL('/api/v1/users/me', server.url);
  const status = await new Promise((done, fail) => {
    const req = http.request(url, { method: 'PATCH', headers: {
      authorization: `Bearer ${ann.token}`,
      'content-type': 'application/json', 'transfer-encoding': 'chunked' } },
    (res) => { res.resume(); done(res.statusCode); });
    req.on('error', fail);
    req.write('{"bio":');
    req.end('"in pieces"}');
  });
  assert.equal(status, 200);
  assert.equal((await expect(ann.api.get('/users/me'), 200)).bio,
    'in pieces');
});

test('every_page_and_reply_carries_the_security_headers', async () => {
  const ann = await newcomer(server.url, 'ann');
  const browser = await ann.browse();
  for (const path of ['/login', '/register', '/', '/contacts', '/nowhere',
    '/settings/profile', '/api/v1/users/me', '/static/none.css',
    '/healthz']) {
    const { headers } = await browser.send('GET', path);
    assert.equal(headers['x-content-type-options'], 'nosniff', path);
    assert.ok(headers['referrer-policy'], path);
    const csp = headers['content-security-policy'] ?? '';
    for (const part of ['default-src \'none\'', 'connect-src \'self\'',
      'frame-ancestors \'none\'', 'base-uri', 'form-action \'self\'',
      'require-trusted-types-for \'script\''])
      assert.ok(csp.includes(part), `${path}: ${part}: ${csp}`);
    assert.doesNotMatch(csp, /unsafe|https?:|\*/, path);
  }
});

test('what_is_personal_is_not_stored_by_caches', async () => {
  const ann = await newcomer(server.url, 'ann');
  const browser = await ann.browse();
  for (const path of ['/', '/settings/profile', '/api/v1/users/me'])
    assert.match((await browser.send('GET', path)).headers['cache-control'] ??
      '', /no-store|private|no-cache/, path);
});

test('the_server_does_not_tell_its_versions', async () => {
  const { headers } = await nobody.send('GET', '/login');
  assert.doesNotMatch(headers.server ?? '', /\d/);
  assert.ok(!headers['x-powered-by']);
});

test('files_outside_static_are_not_served', async () => {
  for (const path of ['/static/../Makefile', '/static/%2e%2e/Makefile',
    '/static/..%2fMakefile', '/static/', '/templates/login.cst',
    '/.git/config', '/parley.conf', '/static/%00', '/.fingerprinted/app.css',
    '/static/errors/page.html'])
    assert.ok([400, 403, 404].includes((await nobody.send('GET', path))
      .status), path);
});

test('fingerprinted_files_may_be_kept_for_a_year_and_compress', async () => {
  const page = await nobody.send('GET', '/login');
  const [css] = /\/static\/[^"]+\.css/.exec(page.text);
  const res = await nobody.send('GET', css,
    { headers: { 'accept-encoding': 'gzip' } });
  assert.equal(res.status, 200, css);
  assert.match(res.headers['cache-control'], /max-age=31536000/);
  assert.equal(res.headers['content-encoding'], 'gzip');
});

test('files_are_to_be_read_and_nothing_else', async () => {
  const page = await nobody.send('GET', '/login');
  const [css] = /\/static\/[^"]+\.css/.exec(page.text);
  for (const path of [css, '/static/css/app.css', '/static/none.css']) {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'TRACE',
      'PROPFIND']) {
      const { status, headers } = await nobody.send(method, path);
      assert.equal(status, 405, `${method} ${path}`);
      assert.equal(headers.allow, 'GET, HEAD, OPTIONS');
      assert.equal(headers['cache-control'], 'no-store');
    }
    const { status, headers } = await nobody.send('OPTIONS', path);
    assert.equal(status, 204);
    assert.equal(headers.allow, 'GET, HEAD, OPTIONS');
  }
});

test('no_cache_keeps_a_file_under_the_name_of_another_version', async () => {
  for (const path of ['/static/0123456789/css/app.css', '/static/css/app.css']) {
    const { status, headers } = await nobody.send('GET', path);
    assert.equal(status, 200, path);
    assert.equal(headers['cache-control'], 'no-cache', path);
  }
});

test('no_cache_keeps_that_there_is_no_such_file', async () => {
  for (const path of ['/static/0123456789/none.js', '/static/none.css',
    '/static/', '/nowhere', '/api/v1/nowhere']) {
    const { status, headers } = await nobody.send('GET', path);
    assert.ok(status >= 400, path);
    assert.equal(headers['cache-control'], 'no-store', path);
  }
});

test('health_readiness_and_metrics_answer_the_operator', async () => {
  await expect(nobody.send('GET', '/healthz'), 200);
  const ready = await expect(nobody.send('GET', '/readyz'), 200);
  assert.ok(ready.status);
  for (const name of ['database', 'redis', 'bus', 'relay', 'deliver', 'push'])
    assert.equal(ready.checks[name].state, 'ok', name);
  const [ann, , conv] = await pair(server.url);
  await ann.say(conv, 'one to count');
  const metrics = await nobody.send('GET', '/metrics');
  assert.equal(metrics.status, 200);
  assert.match(metrics.text, /^# TYPE \w+ (counter|gauge|histogram)$/m);
  assert.match(metrics.text, /^parley_messages_sent\w*(\{[^}]*\})? \d+$/m);
});

// -- CSRF ----------------------------------------------------------------------

const CHANGES = [
  ['PATCH', '/api/v1/users/me', { bio: 'x' }],
  ['POST', '/api/v1/messages', { conv_id: '1', content: 'x' }],
  ['PUT', '/api/v1/blocks/1', {}],
  ['DELETE', '/api/v1/sessions/current', undefined],
];

async function csrfOf(browser) {
  const page = await browser.send('GET', '/settings/profile');
  return /name="?csrf_token"? value="([^"]+)"/.exec(page.text)[1];
}

test('a_change_by_cookie_needs_the_token_of_the_page', async () => {
  const ann = await newcomer(server.url, 'ann');
  const browser = await ann.browse();
  const token = await csrfOf(browser);
  const other = await csrfOf(await ann.browse());
  assert.notEqual(token, other, 'each session has its own');
  for (const forged of [undefined, '', 'x', other, `${token}x`,
    token.slice(1)])
    for (const [method, path, json] of CHANGES) {
      const res = await browser.send(method, path, { json, headers:
        forged === undefined ? {} : { 'x-csrf-token': forged } });
      assert.equal(res.status, 403, `${method} ${path} ${forged}`);
      assert.equal(res.json.code, 'csrf');
    }
  assert.equal((await browser.send('PATCH', '/api/v1/users/me',
    { json: { bio: 'by header' }, headers: { 'x-csrf-token': token } }))
    .status, 200);
  assert.equal((await browser.send('PATCH', '/api/v1/users/me',
    { json: { bio: 'by field', csrf_token: token } })).status, 200);
});

test('a_form_without_the_token_changes_nothing', async () => {
  const ann = await newcomer(server.url, 'ann');
  const browser = await ann.browse();
  for (const form of [{ _method: 'PATCH', bio: 'forged' },
    { _method: 'PATCH', bio: 'forged', csrf_token: 'x' }])
    assert.equal((await browser.send('POST', '/users/me', { form })).status,
      403);
  assert.equal((await expect(ann.api.get('/users/me'), 200)).bio, '');
});

test('a_page_of_another_site_cannot_log_anybody_in', async () => {
  const ann = await newcomer(server.url, 'ann');
  const browser = new Client(server.url, { cookies: true });
  const res = await browser.send('POST', '/login', {
    form: { login: ann.username, password: PASSWORD },
    headers: { 'sec-fetch-site': 'cross-site',
      origin: 'https://evil.example' } });
  assert.equal(res.status, 403);
  assert.equal(browser.jar.size, 0);
});

test('a_bearer_needs_no_token_even_beside_a_cookie', async () => {
  const ann = await newcomer(server.url, 'ann');
  const browser = await ann.browse();
  browser.token = ann.token;
  assert.equal((await browser.send('PATCH', '/api/v1/users/me',
    { json: { bio: 'bearer' } })).status, 200);
});

test('a_get_changes_nothing', async () => {
  const ann = await newcomer(server.url, 'ann');
  const browser = await ann.browse();
  await browser.send('GET', `/users/me?_method=PATCH&bio=${word()}`);
  await browser.send('GET', '/sessions/current?_method=DELETE');
  const me = await browser.send('GET', '/api/v1/users/me');
  assert.equal(me.status, 200);
  assert.equal(me.json.bio, '');
});
