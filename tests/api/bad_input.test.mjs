// SPDX-License-Identifier: MIT
// Bad input: each kind of it gets its clear answer, and nothing else happens.

import assert from 'node:assert/strict';
import net from 'node:net';
import { before, test } from 'node:test';
import { Client, expect, faults } from '../lib/client.mjs';
import { useShared } from '../lib/instance.mjs';
import { newcomer, pair, PASSWORD, word } from '../lib/people.mjs';
import { within } from '../lib/wait.mjs';

const server = useShared();
const nobody = new Client(server);
let ann, bob, conv;
before(async () => {
  await server.up();
  [ann, bob, conv] = await pair(server.url);
});

const raw = (method, path, body, type = 'application/json') =>
  ann.api.send(method, `/api/v1${path}`,
    { body, headers: { 'content-type': type } });

const MALFORMED = {
  'nothing at all': '', 'half an object': '{"content":', 'a word': 'hello',
  'a trailing comma': '{"a":1,}', 'single quotes': '{\'a\':1}',
  'two values': '{} {}', 'a comment': '{} // x', 'a list': '[]',
  'a string': '"x"', 'a number': '1', 'null': 'null', 'NaN': '{"a":NaN}',
  'a form': 'a=1&b=2', 'xml': '<a/>', 'a byte order mark': '\ufeff{}',
  'deep lists': `{"a":${'['.repeat(5000)}${']'.repeat(5000)}}`,
  'deep objects': '{"a":'.repeat(5000) + '1' + '}'.repeat(5000),
  'a raw newline in a string': '{"a":"x\ny"}',
  'a broken escape': '{"a":"\\x"}', 'a half escape': '{"a":"\\u12"}',
};

test('what_is_no_json_object_is_malformed', async () => {
  for (const [what, body] of Object.entries(MALFORMED)) {
    const res = await raw('POST', '/messages', body);
    const empty = what === 'nothing at all';
    assert.equal(res.status, empty ? 422 : 400, `${what}: ${res.text}`);
    if (!empty)
      assert.equal(res.json.code, 'malformed', what);
  }
});

test('invalid_utf8_is_malformed_or_named', async () => {
  for (const bytes of [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80],
    [0xf5, 0x80, 0x80, 0x80], [0xe2, 0x28, 0xa1], [0xc3]]) {
    const body = Buffer.concat([Buffer.from(`{"conv_id":"${conv}",` +
      '"content":"a'), Buffer.from(bytes), Buffer.from('b"}')]);
    const res = await raw('POST', '/messages', body);
    assert.ok([400, 422].includes(res.status), bytes.join());
  }
  assert.equal((await ann.conversation(conv)).last_seq, 0);
});

test('invalid_utf8_in_forms_and_queries_harms_nothing', async () => {
  const browser = await ann.browse();
  for (const path of ['/contacts?query=%ff%fe', '/contacts?query=%c0%80',
    '/contacts?query=%00', '/contacts?%ff=%ff', '/login?next=%ff',
    '/c/1?before_seq=%ff', '/contacts?query=%', '/contacts?query=%zz'])
    assert.ok((await browser.send('GET', path)).status < 500, path);
  const { text } = await browser.send('GET', '/settings/profile');
  const csrf = /name="csrf_token" value="([^"]+)"/.exec(text)[1];
  const res = await browser.send('POST', '/users/me', {
    body: `_method=PATCH&csrf_token=${csrf}&display_name=%ff%fe`,
    headers: { 'content-type': 'application/x-www-form-urlencoded' } });
  assert.equal(res.status, 422);
});

test('another_media_type_is_refused', async () => {
  for (const type of ['text/plain', 'application/xml', 'multipart/form-data',
    'application/x-www-form-urlencoded'])
    assert.equal((await raw('POST', '/messages', '{}', type)).status, 400,
      type);
});

// Values that fit no field: each is named, all of them at once.
const WRONG = [5, -1, 1.5, true, [], {}, ['x'], { a: 1 }, 1e400, '\u0000',
  'a\u0000b', '\u0007'];

const CALLS = [
  ['POST', '/users', ['username', 'password', 'display_name']],
  ['PATCH', '/users/me', ['display_name', 'bio']],
  ['POST', '/sessions', ['login', 'password']],
  ['POST', '/contact-requests', ['note', 'greeting']],
  ['POST', '/messages', ['content', 'client_msg_id']],
  ['POST', '/sessions/refresh', ['refresh_token']],
];

for (const [method, path, fields] of CALLS)
  test(`wrong_types_are_named_in_${method}_${path}`, async () => {
    for (const value of WRONG) {
      const text = JSON.stringify(Object.fromEntries(
        fields.map((f) => [f, value])));
      const res = await raw(method, path, text.replaceAll('null', '1e400'));
      if (value === 1e400 && res.status === 400)
        continue; // beyond what a number can be: no JSON of ours
      assert.ok([422, 401].includes(res.status),
        `${JSON.stringify(value)}: ${res.text}`);
      if (typeof value !== 'string')
        for (const field of fields)
          assert.ok(res.json.errors.some((e) => e.field === field),
            `${field} = ${JSON.stringify(value)}: ${res.text}`);
    }
  });

const LONG = 'x'.repeat(50_000);

test('over_long_fields_are_named', async () => {
  const table = [
    ['POST', '/users', { username: LONG, password: LONG, display_name: LONG,
      email: LONG }, ['display_name', 'email', 'password', 'username']],
    ['PATCH', '/users/me', { display_name: LONG, bio: LONG },
      ['bio', 'display_name']],
    ['POST', '/sessions', { login: LONG, password: 'x', device: LONG },
      ['device', 'login']],
    ['POST', '/messages', { conv_id: conv, content: LONG,
      client_msg_id: LONG }, ['client_msg_id', 'content']],
    ['POST', '/contact-requests', { user_id: bob.id, note: LONG,
      greeting: LONG }, ['greeting', 'note']],
  ];
  for (const [method, path, json, wanted] of table)
    assert.deepEqual(await faults(ann.api.call(method, path, json)), wanted,
      path);
});

test('over_long_queries_and_paths_are_refused', async () => {
  for (const path of [`/users?query=${'x'.repeat(65)}`,
    `/users?query=${'x'.repeat(4000)}`, `/conversations?cursor=${'9'.repeat(
      3000)}`, `/users/${'9'.repeat(2000)}`, `/${'x/'.repeat(1000)}`])
    assert.ok([404, 414, 422, 431, 400].includes(
      (await ann.api.get(path)).status), path.slice(0, 40));
});

const IDS = ['0', '-1', '1.5', '0x1', '1e3', ' 1', '1 ', '+1', '01',
  '99999999999999999999', '18446744073709551616', 'abc', '', '１', 'null',
  '1\u0000', '\'; DROP TABLE user; --'];

test('what_is_no_id_is_named', async () => {
  for (const id of IDS) {
    assert.deepEqual(await faults(ann.api.post('/contact-requests',
      { user_id: id })), ['user_id'], JSON.stringify(id));
    assert.ok((await faults(ann.api.post('/messages',
      { conv_id: id, content: 'x' }))).length === 1, JSON.stringify(id));
  }
});

test('an_unknown_or_foreign_id_is_not_found_everywhere', async () => {
  const [eve] = await pair(server.url, ['eve', 'mal']);
  const { id: request } = await expect(ann.api.post('/contact-requests',
    { user_id: (await newcomer(server.url, 'far')).id }), 201);
  const table = [
    ['GET', `/conversations/${conv}`], ['GET', `/messages?conv_id=${conv}`],
    ['PATCH', `/conversations/${conv}`, { muted: true }],
    ['PUT', `/conversations/${conv}/read`, { seq: 1 }],
    ['POST', '/messages', { conv_id: conv, content: 'x' }],
    ['POST', `/contact-requests/${request}/accept`, {}],
    ['POST', `/contact-requests/${request}/reject`, {}],
    ['DELETE', `/contact-requests/${request}`],
    ['DELETE', `/sessions/${ann.session}`],
    ['PATCH', `/contacts/${ann.id}`, { remark: 'x' }],
    ['DELETE', `/contacts/${ann.id}`],
  ];
  for (const [method, path, json] of table) {
    await expect(eve.api.call(method, path, json), 404, 'not_found');
    const nowhere = path.replace(/\d{1,}/, '9223372036854775807');
    const body = json?.conv_id ? { ...json, conv_id: '9223372036854775807' } :
      json;
    await expect(eve.api.call(method, nowhere, body), 404, 'not_found');
  }
});

test('numbers_out_of_range_are_named', async () => {
  for (const seq of ['-1', '99999999999999999999', '1e30', '1.5', '-0.5',
    '9223372036854775808', '"1"', 'true', 'null', '[]']) {
    const res = await raw('PUT', `/conversations/${conv}/read`,
      `{"seq":${seq}}`);
    if (seq === '"1"' && res.status === 204)
      continue; // a number in quotes may be taken for one
    assert.equal(res.status, 422, `${seq}: ${res.text}`);
    assert.equal(res.json.errors[0].field, 'seq');
  }
});

test('a_field_twice_is_taken_once', async () => {
  const res = await raw('PATCH', '/users/me', '{"bio":"a","bio":"b"}');
  assert.ok([200, 400].includes(res.status));
});

test('ten_thousand_fields_are_borne', async () => {
  const json = Object.fromEntries(Array.from({ length: 10_000 },
    (_, i) => [`f${i}`, i]));
  assert.equal((await ann.api.patch('/users/me', json)).status, 200);
  const browser = await ann.browse();
  const form = Array.from({ length: 10_000 }, (_, i) => `f${i}=1`).join('&');
  const res = await browser.send('POST', '/users/me', { body: form, headers: {
    'content-type': 'application/x-www-form-urlencoded' } });
  assert.ok([400, 403, 422].includes(res.status));
});

// -- below HTTP ----------------------------------------------------------------

// Writes bytes, and resolves to all that comes until the server closes.
function speak(bytes, { timeout = 40_000, then } = {}) {
  const { hostname, port } = new URL(server.url);
  const socket = net.connect(Number(port), hostname);
  let text = '';
  socket.on('data', (data) => { text += data.toString('latin1'); });
  socket.on('error', () => {});
  socket.write(bytes);
  then?.(socket);
  return within(timeout, 'the server gave up on it', new Promise((done) =>
    socket.on('close', () => done(text))));
}

test('a_header_flood_is_cut_off_with_an_answer', async () => {
  const flood = 'GET /login HTTP/1.1\r\nHost: x\r\n' +
    Array.from({ length: 3000 }, (_, i) => `X-Flood-${i}: ${'x'.repeat(50)}`)
      .join('\r\n');
  const answer = await speak(flood);
  assert.match(answer, /^HTTP\/1\.[01] (431|400|413)/);
  const endless = await speak(`GET /login HTTP/1.1\r\nX: ${
    'x'.repeat(300_000)}`);
  assert.match(endless, /^HTTP\/1\.[01] (431|400|413|414)|^$/);
});

test('what_lighttpd_refuses_by_itself_is_a_problem_for_a_program', async () => {
  const table = [
    ['POST /api/v1/sessions HTTP/1.1\r\nHost: x\r\n\r\n', 411],
    ['GET /api/v1/users HTTP/1.1\r\n\r\n', 400],
    ['GET /api/v1/%zz%00 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', 400],
    [`GET /api/v1/users HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`,
      431],
    ['FROB /api/v1/users HTTP/1.1\r\nHost: x\r\n\r\n', 501],
  ];
  for (const [bytes, status] of table) {
    const answer = await speak(bytes);
    assert.match(answer, new RegExp(`^HTTP/1\\.[01] ${status} `), bytes);
    assert.match(answer, /^content-type: application\/problem\+json/im);
    assert.match(answer, new RegExp(`"status":${status},.*"code":"[a-z_]+"`));
    assert.match(answer, /^x-request-id: /im);
  }
  const page = await speak('POST /login HTTP/1.1\r\nHost: x\r\n\r\n');
  assert.match(page, /^content-type: text\/html/im);
});

test('many_headers_within_bounds_are_borne', async () => {
  const headers = Object.fromEntries(Array.from({ length: 60 },
    (_, i) => [`x-some-${i}`, 'value']));
  assert.equal((await nobody.send('GET', '/healthz', { headers })).status,
    200);
});

test('half_a_request_that_never_ends_holds_nobody_up', async () => {
  const since = Date.now();
  const halves = [
    'GET /login HTT', 'POST /api/v1/users HTTP/1.1\r\nHost: x\r\n',
    'POST /api/v1/users HTTP/1.1\r\nHost: x\r\nContent-Type: ' +
      'application/json\r\nContent-Length: 1000\r\n\r\n{"username":',
  ].flatMap((half) => Array.from({ length: 10 }, () => speak(half)));
  for (let i = 0; i < 20; i++)
    assert.equal((await nobody.send('GET', '/login')).status, 200);
  assert.ok(Date.now() - since < 5_000, 'others are served meanwhile');
  await Promise.all(halves);
  assert.ok(Date.now() - since < 35_000);
});

test('what_is_no_http_gets_an_end', async () => {
  for (const bytes of ['\r\n\r\n\r\n', 'hello\r\n\r\n', '\u0000\u0001\u0002',
    'GET / HTTP/9.9\r\n\r\n', 'GET /\r\n\r\n', '\x16\x03\x01\x02\x00\x01',
    'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n',
    'GET / HTTP/1.1\r\n\r\n', 'GET  /login  HTTP/1.1\r\nHost: x\r\n\r\n'])
    await speak(bytes, { then: (s) => s.end() });
  assert.equal((await nobody.send('GET', '/healthz')).status, 200);
});

test('smuggled_requests_are_not_heard', async () => {
  const answer = await speak('POST /api/v1/users HTTP/1.1\r\nHost: x\r\n' +
    'Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n' +
    '0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n\r\n',
  { then: (s) => s.end() });
  assert.doesNotMatch(answer, /"status":"ok"[^]*"status":"ok"/);
  const two = await speak('POST /api/v1/users HTTP/1.1\r\nHost: x\r\n' +
    'Content-Length: 4\r\nContent-Length: 40\r\n\r\n{}{}',
  { then: (s) => s.end() });
  assert.match(two, /^HTTP\/1\.[01] 400/);
});

test('a_length_that_lies_is_refused', async () => {
  for (const length of ['-1', 'x', '99999999999999999999', '1e3', '+5'])
    assert.match(await speak('POST /api/v1/users HTTP/1.1\r\nHost: x\r\n' +
      `Content-Type: application/json\r\nContent-Length: ${length}\r\n\r\n{}`,
    { then: (s) => s.end() }), /^HTTP\/1\.[01] 4\d\d/, length);
});

test('header_values_with_odd_bytes_harm_nobody', async () => {
  for (const value of ['\xff\xfe', '%s%n%x', '${jndi:ldap://x}', '"', '\'',
    'a'.repeat(4000)])
    for (const name of ['User-Agent', 'Cookie', 'Accept-Language',
      'X-Forwarded-For', 'Origin', 'X-CSRF-Token', 'If-None-Match', 'Range'])
      assert.ok((await nobody.send('GET', '/login',
        { headers: { [name]: value } })).status < 500, `${name}: ${value}`);
});

test('a_forged_forwarded_address_is_not_believed', async () => {
  const session = await expect(nobody.send('POST', '/api/v1/sessions', {
    json: { login: ann.username, password: PASSWORD },
    headers: { 'x-forwarded-for': '203.0.113.9', forwarded: 'for=1.2.3.4' },
  }), 201);
  const { items } = await expect(ann.api.get('/sessions'), 200);
  assert.equal(items.find((s) => s.id === session.session_id).address,
    '127.0.0.1');
});

test('after_all_of_it_people_still_talk', async () => {
  const live = await bob.live();
  const text = `still here ${word()}`;
  await ann.say(conv, text);
  await live.message(text);
  await live.close();
});
