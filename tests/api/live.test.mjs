// SPDX-License-Identifier: MIT
// The WebSocket: who gets in, and what comes when.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expect } from '../lib/client.mjs';
import { useShared } from '../lib/instance.mjs';
import { befriend, newcomer, pair, sees } from '../lib/people.mjs';
import { openSocket } from '../lib/socket.mjs';

const server = useShared();

const closeAll = (...lives) => Promise.all(lives.map((l) => l.close()));
const cookieOf = (browser) =>
  [...browser.jar].map(([k, v]) => `${k}=${v}`).join('; ');

async function refused(options) {
  const live = await openSocket(server.url, { hello: false, ...options });
  assert.equal((await live.next('error')).code, 'unauthorized');
  await live.gone();
  assert.deepEqual(live.frames, []);
}

// -- the way in ----------------------------------------------------------------

test('a_token_in_the_query_opens', async () => {
  const ann = await newcomer(server.url, 'ann');
  const live = await ann.live({ how: 'query' });
  assert.equal(live.hello.session_id, ann.session);
  assert.ok(live.hello.heartbeat_s >= 10 && live.hello.heartbeat_s <= 25);
  assert.ok(live.hello.node.length > 0);
  await live.close();
});

test('a_token_as_subprotocol_opens_and_ours_is_chosen', async () => {
  const ann = await newcomer(server.url, 'ann');
  const live = await ann.live({ how: 'protocol' });
  assert.equal(live.ws.protocol, 'parley.v1');
  assert.equal(live.hello.session_id, ann.session);
  await live.close();
});

test('the_log_in_cookie_opens_from_our_own_origin', async () => {
  const ann = await newcomer(server.url, 'ann');
  const browser = await ann.browse();
  const live = await openSocket(server.url, { how: 'cookie',
    cookie: cookieOf(browser), origin: new URL(server.url).origin });
  assert.notEqual(live.hello.session_id, ann.session);
  await live.close();
});

test('the_cookie_from_another_origin_or_none_is_refused', async () => {
  const ann = await newcomer(server.url, 'ann');
  const cookie = cookieOf(await ann.browse());
  const { port } = new URL(server.url);
  for (const origin of ['https://evil.example', 'http://127.0.0.1.evil.example',
    `http://evil.example:${port}`, 'null',
    undefined,
    `${new URL(server.url).origin}@evil.example`])
    await refused({ how: 'cookie', cookie, origin });
});

test('bad_or_missing_credentials_get_one_error_and_are_closed', async () => {
  const ann = await newcomer(server.url, 'ann');
  const [head, body] = ann.token.split('.');
  const none = Buffer.from('{"alg":"none"}').toString('base64url');
  await refused({ how: 'none' });
  for (const token of ['x', `${head}.${body}.`, `${none}.${body}.`,
    `${ann.token}x`, ''])
    await refused({ token });
  await refused({ how: 'cookie', cookie: 'parley=forged',
    origin: new URL(server.url).origin });
  await refused({ how: 'protocol', token: 'forged' });
  await refused({ query: 'access_token=&x=y' });
});

test('an_ended_session_opens_nothing', async () => {
  const ann = await newcomer(server.url, 'ann');
  await expect(ann.api.delete('/sessions/current'), 204);
  await refused({ token: ann.token });
});

test('hello_comes_before_any_answer', async () => {
  const ann = await newcomer(server.url, 'ann');
  const live = await ann.live({ hello: false, first: '{"op":"ping"}' });
  await live.next('pong');
  assert.equal(live.order[0], 'hello');
  await live.close();
});

test('plain_http_on_the_socket_address_is_refused', async () => {
  const ann = await newcomer(server.url, 'ann');
  const res = await ann.api.send('GET', '/ws');
  assert.equal(res.status, 426, res.text);
  assert.equal(res.headers.upgrade, 'websocket');
  assert.equal(res.json.code, 'malformed');
  assert.match(res.type, /^application\/problem\+json/);
  // An upgrade that is none: no key, a key that is none, another version.
  const key = 'AAAAAAAAAAAAAAAAAAAAAA==';
  for (const [version, name, status] of [['13', undefined, 400],
    ['13', 'short', 400], ['8', key, 426]]) {
    const odd = await ann.api.send('GET', '/ws', { headers: {
      connection: 'upgrade', upgrade: 'websocket',
      'sec-websocket-version': version,
      ...(name ? { 'sec-websocket-key': name } : {}) } });
    assert.equal(odd.status, status, odd.text);
    assert.match(odd.type, /^application\/problem\+json/);
  }
  const post = await ann.api.send('POST', '/ws', { json: {} });
  assert.equal(post.status, 405, post.text);
  assert.equal(post.headers.allow, 'GET');
});

// -- what comes ----------------------------------------------------------------

test('a_message_reaches_every_device_the_senders_too', async () => {
  const [ann, bob, conv] = await pair(server.url);
  const tablet = await ann.logIn();
  const lives = await Promise.all([ann, tablet, bob].map((p) => p.live()));
  const sent = await ann.say(conv, 'to all of us');
  for (const live of lives) {
    const { status, ...got } = await live.message('to all of us');
    const { status: mine, ...same } = sent;
    assert.deepEqual(got, same);
    assert.ok(status && mine);
  }
  await closeAll(...lives);
});

test('two_sockets_of_one_session_both_hear', async () => {
  const [ann, bob, conv] = await pair(server.url);
  const lives = await Promise.all([bob.live(), bob.live()]);
  await ann.say(conv, 'twice');
  for (const live of lives)
    await live.message('twice');
  await closeAll(...lives);
});

test('messages_come_in_the_order_of_seq', async () => {
  const [ann, bob, conv] = await pair(server.url);
  const live = await bob.live();
  await Promise.all(Array.from({ length: 40 }, (_, i) =>
    (i % 2 ? ann : bob).say(conv, `m${i}`)));
  const seqs = [];
  for (let i = 0; i < 40; i++)
    seqs.push((await live.next('message')).seq);
  assert.deepEqual(seqs, Array.from({ length: 40 }, (_, i) => i + 1));
  await live.close();
});

test('others_hear_nothing_of_a_conversation', async () => {
  const [ann, bob, conv] = await pair(server.url);
  const [eve, mal, other] = await pair(server.url, ['eve', 'mal']);
  const live = await eve.live();
  await ann.say(conv, 'secret');
  await mal.say(other, 'after it');
  await live.message('after it');
  assert.deepEqual(live.seen('message'), []);
  assert.ok(bob);
  await live.close();
});

test('typing_is_shown_to_the_other_side_only', async () => {
  const [ann, bob, conv] = await pair(server.url);
  const [a, b] = await Promise.all([ann.live(), bob.live()]);
  a.op({ op: 'typing', conv_id: conv });
  assert.deepEqual(await b.next('typing'),
    { conv_id: conv, user_id: ann.id });
  assert.deepEqual(a.seen('typing'), []);
  await closeAll(a, b);
});

test('typing_in_a_conversation_of_others_reaches_nobody', async () => {
  const [ann, bob, conv] = await pair(server.url);
  const eve = await newcomer(server.url, 'eve');
  const [e, b] = await Promise.all([eve.live(), bob.live()]);
  e.op({ op: 'typing', conv_id: conv });
  await e.ping();
  await ann.say(conv, 'after it');
  await b.message('after it');
  assert.deepEqual(b.seen('typing'), []);
  await closeAll(e, b);
});

test('presence_is_told_to_contacts_at_once_and_on_connecting', async () => {
  const [ann, bob] = await pair(server.url);
  const a = await ann.live();
  const b = await bob.live();
  await sees(a, bob);
  await sees(b, ann); // who is there already follows hello
  const seen = await expect(ann.api.get(`/users/${bob.id}`), 200);
  assert.equal(seen.presence.status, 'online');
  await b.close();
  await sees(a, bob, 'offline');
  assert.equal((await expect(ann.api.get(`/users/${bob.id}`), 200))
    .presence.status, 'offline');
  await a.close();
});

test('a_short_absence_is_not_shown', async () => {
  const [ann, bob] = await pair(server.url);
  const a = await ann.live();
  const b = await bob.live();
  await sees(a, bob);
  await b.close();
  const again = await bob.live();
  // A third contact who leaves now is offline after the same five seconds.
  const eve = await newcomer(server.url, 'eve');
  await befriend(ann, eve);
  await (await eve.live()).close();
  await a.next('presence', (p) => p.user_id === eve.id &&
    p.status === 'offline');
  assert.deepEqual(a.seen('presence').filter((p) => p.user_id === bob.id &&
    p.status === 'offline'), []);
  await closeAll(a, again);
});

test('a_chosen_presence_colours_what_contacts_see', async () => {
  const [ann, bob] = await pair(server.url);
  const a = await ann.live();
  const b = await bob.live();
  await sees(a, bob);
  for (const [chosen, shown] of [['away', 'away'], ['busy', 'busy'],
    ['invisible', 'offline'], ['online', 'online']]) {
    await expect(bob.api.patch('/users/me', { presence: chosen }), 200);
    await sees(a, bob, shown);
    assert.equal((await expect(ann.api.get(`/users/${bob.id}`), 200))
      .presence.status, shown, chosen);
  }
  await closeAll(a, b);
});

test('strangers_are_told_nothing_of_presence', async () => {
  const [ann, bob] = await pair(server.url);
  const eve = await newcomer(server.url, 'eve');
  const e = await eve.live();
  const b = await bob.live();
  const a = await ann.live();
  await a.next('presence');
  await e.ping();
  assert.deepEqual(e.seen('presence'), []);
  await closeAll(a, b, e);
});

test('an_own_change_reaches_the_own_other_devices', async () => {
  const [ann, , conv] = await pair(server.url);
  const tablet = await ann.logIn();
  const live = await tablet.live();
  await expect(ann.api.patch(`/conversations/${conv}`, { pinned: true }),
    200);
  await live.next('conversation');
  await live.close();
});

test('an_id_may_be_a_number', async () => {
  const [ann, bob, conv] = await pair(server.url);
  const [a, b] = await Promise.all([ann.live(), bob.live()]);
  a.op({ op: 'typing', conv_id: Number(conv) });
  await b.next('typing');
  await ann.say(conv, 'm1');
  b.ack(Number(conv), (await b.message('m1')).seq);
  await a.next('receipt', (r) => r.delivered_seq === 1);
  await closeAll(a, b);
});
