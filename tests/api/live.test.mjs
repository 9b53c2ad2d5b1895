// SPDX-License-Identifier: MIT
// The WebSocket: who gets in, what comes when, and what is caught up with.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expect } from '../lib/client.mjs';
import { useShared } from '../lib/instance.mjs';
import { befriend, newcomer, pair, word } from '../lib/people.mjs';
import { openSocket } from '../lib/socket.mjs';
import { until } from '../lib/wait.mjs';

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
  await refused({ how: 'cookie', cookie: 'parley_session=forged',
    origin: new URL(server.url).origin });
  await refused({ how: 'protocol', token: 'forged' });
  await refused({ query: 'access_token=&x=y' });
});

test('an_ended_session_opens_nothing', async () => {
  const ann = await newcomer(server.url, 'ann');
  await expect(ann.api.delete('/sessions/current'), 204);
  await refused({ token: ann.token });
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
  assert.equal((await a.next('presence', (p) => p.user_id === bob.id)).status,
    'online');
  assert.equal((await b.next('presence', (p) => p.user_id === ann.id)).status,
    'online', 'who is there already follows hello');
  const seen = await expect(ann.api.get(`/users/${bob.id}`), 200);
  assert.equal(seen.presence.status, 'online');
  await b.close();
  assert.equal((await a.next('presence', (p) => p.status === 'offline',
    12_000)).user_id, bob.id);
  assert.equal((await expect(ann.api.get(`/users/${bob.id}`), 200))
    .presence.status, 'offline');
  await a.close();
});

test('a_short_absence_is_not_shown', async () => {
  const [ann, bob] = await pair(server.url);
  const a = await ann.live();
  const b = await bob.live();
  await a.next('presence', (p) => p.status === 'online');
  await b.close();
  const again = await bob.live();
  // A third contact who leaves now is offline after the same five seconds.
  const eve = await newcomer(server.url, 'eve');
  await befriend(ann, eve);
  await (await eve.live()).close();
  await a.next('presence', (p) => p.user_id === eve.id &&
    p.status === 'offline', 12_000);
  assert.deepEqual(a.seen('presence').filter((p) => p.user_id === bob.id &&
    p.status === 'offline'), []);
  await closeAll(a, again);
});

test('a_chosen_presence_colours_what_contacts_see', async () => {
  const [ann, bob] = await pair(server.url);
  const a = await ann.live();
  const b = await bob.live();
  await a.next('presence', (p) => p.status === 'online');
  for (const [chosen, shown] of [['away', 'away'], ['busy', 'busy'],
    ['invisible', 'offline'], ['online', 'online']]) {
    await expect(bob.api.patch('/users/me', { presence: chosen }), 200);
    assert.equal((await a.next('presence')).status, shown, chosen);
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

// -- what was missed -----------------------------------------------------------

test('what_a_device_missed_comes_first_in_order', async () => {
  const [ann, bob, conv] = await pair(server.url);
  const away = await bob.live();
  await ann.say(conv, 'm1');
  const { seq } = await away.message('m1');
  away.ack(conv, seq);
  await away.ping();
  await away.close();
  for (let i = 2; i <= 6; i++)
    await ann.say(conv, `m${i}`);
  const back = await bob.live();
  for (let i = 2; i <= 6; i++)
    assert.equal((await back.next('message')).content, `m${i}`);
  await ann.say(conv, 'm7');
  assert.equal((await back.next('message')).content, 'm7');
  await back.close();
});

test('an_ack_counts_for_its_device_only', async () => {
  const [ann, bob, conv] = await pair(server.url);
  const tablet = await bob.logIn();
  const b = await bob.live();
  await ann.say(conv, 'm1');
  b.ack(conv, (await b.message('m1')).seq);
  await b.close();
  const again = await bob.live();
  const t = await tablet.live();
  await t.message('m1');
  await ann.say(conv, 'm2');
  await again.message('m2');
  assert.deepEqual(again.seen('message'), []);
  await closeAll(again, t);
});

test('without_an_ack_everything_since_log_in_comes_again', async () => {
  const [ann, bob, conv] = await pair(server.url);
  await ann.say(conv, 'before the log-in');
  const tablet = await bob.logIn();
  await ann.say(conv, 'm2');
  for (let i = 0; i < 2; i++) {
    const t = await tablet.live();
    assert.equal((await t.next('message')).content, 'm2');
    await t.close();
  }
});

test('a_conversation_made_after_log_in_is_replayed_from_its_start',
  async () => {
    const ann = await newcomer(server.url, 'ann');
    const bob = await newcomer(server.url, 'bob');
    const conv = await befriend(ann, bob, 'the greeting');
    await ann.say(conv, 'second');
    const b = await bob.live();
    await b.message('the greeting');
    await b.message('second');
    await b.close();
  });

test('an_ack_takes_effect_when_the_socket_closes_right_after', async () => {
  const [ann, bob, conv] = await pair(server.url);
  for (let i = 0; i < 5; i++) {
    const b = await bob.live();
    await ann.say(conv, `r${i}`);
    const { seq } = await b.message(`r${i}`);
    assert.deepEqual(b.seen('message'), [], 'nothing old came');
    b.ack(conv, seq);
    await b.close();
  }
});

test('bad_acks_do_no_harm', async () => {
  const [ann, bob, conv] = await pair(server.url);
  const [eve, , other] = await pair(server.url, ['eve', 'mal']);
  const b = await bob.live();
  await ann.say(conv, 'm1');
  await b.message('m1');
  b.ack(other, 5); // not a member there
  b.ack(conv, 1000); // not written yet
  b.ack('999999999', 1);
  await b.ping();
  await b.close();
  await until('what there is counts as delivered, and no more', async () =>
    (await bob.conversation(conv)).last_delivered_seq === 1);
  await ann.say(conv, 'm2');
  const again = await bob.live();
  await again.message('m2');
  assert.equal((await eve.conversation(other)).last_delivered_seq, 0);
  await again.close();
});

test('where_more_than_500_are_missing_a_gap_stands_for_the_old_ones',
  async () => {
    const [ann, bob, conv] = await pair(server.url);
    const tablet = await bob.logIn();
    for (let i = 0; i < 32; i++)
      await Promise.all(Array.from({ length: 16 }, () =>
        ann.say(conv, 'much')));
    const t = await tablet.live();
    const gap = await t.next('gap', undefined, 15_000);
    assert.deepEqual(gap, { conv_id: conv, from_seq: 1, to_seq: 412 });
    for (let seq = 413; seq <= 512; seq++)
      assert.equal((await t.next('message')).seq, seq);
    const { items } = await tablet.history(conv,
      `&since_seq=${gap.from_seq - 1}&before_seq=${gap.to_seq + 1}&limit=200`);
    assert.equal(items.length, 200);
    await t.close();
  });

test('exactly_what_is_missing_comes_below_the_gap', async () => {
  const [ann, bob, conv] = await pair(server.url);
  const tablet = await bob.logIn();
  for (let i = 0; i < 10; i++)
    await Promise.all(Array.from({ length: 12 }, () => ann.say(conv, 'some')));
  const t = await tablet.live();
  for (let seq = 1; seq <= 120; seq++)
    assert.equal((await t.next('message')).seq, seq);
  assert.deepEqual(t.seen('gap'), []);
  await t.close();
});

test('hello_comes_before_any_answer', async () => {
  const ann = await newcomer(server.url, 'ann');
  const live = await ann.live({ hello: false, first: '{"op":"ping"}' });
  await live.next('pong');
  assert.equal(live.order[0], 'hello');
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

// -- what does not belong ------------------------------------------------------

const NONSENSE = [
  ['no JSON', 'hello'], ['half of it', '{"op":"ping"'], ['a list', '[]'],
  ['a number', '5'], ['null', 'null'], ['no op', '{}'],
  ['an unknown op', '{"op":"shout"}'], ['op as a number', '{"op":5}'],
  ['an event', '{"event":"message","data":{}}'],
  ['ack without a place', '{"op":"ack"}'],
  ['ack with a bad id', '{"op":"ack","conv_id":"x","seq":1}'],
  ['ack below zero', '{"op":"ack","conv_id":"1","seq":-1}'],
  ['ack beyond 64 bits',
    '{"op":"ack","conv_id":"1","seq":99999999999999999999}'],
  ['ack with text', '{"op":"ack","conv_id":"1","seq":"1"}'],
  ['typing nowhere', '{"op":"typing"}'],
  ['NUL inside', '{"op":"pi\u0000ng"}'],
  ['deep', `${'['.repeat(2000)}${']'.repeat(2000)}`],
  ['an empty line', ''],
];

for (const [what, line] of NONSENSE)
  test(`${what.replaceAll(' ', '_')}_gets_one_error_and_the_socket_stays`,
    async () => {
      const ann = await newcomer(server.url, 'ann');
      const live = await ann.live();
      live.raw(line);
      if (what !== 'an empty line')
        assert.ok((await live.next('error')).code);
      await live.ping();
      assert.ok(live.seen('error').length <= 1);
      live.frames.length = 0;
      await live.ping();
      assert.deepEqual(live.seen('error'), []);
      await live.close();
    });

test('invalid_utf8_harms_nobody', async () => {
  const ann = await newcomer(server.url, 'ann');
  const live = await ann.live();
  live.raw(Buffer.from([0x7b, 0xff, 0xfe, 0x7d]), { binary: false });
  const end = await Promise.race([live.next('error').then(() => 'error'),
    live.ended.then(() => 'closed')]);
  assert.ok(['error', 'closed'].includes(end));
  live.drop();
  await (await ann.live()).close();
});

test('a_binary_frame_gets_its_error_with_the_next_text_frame', async () => {
  const ann = await newcomer(server.url, 'ann');
  const live = await ann.live();
  live.raw(Buffer.from('binary \u0000 bytes'), { binary: true });
  live.op({ op: 'ping' });
  await live.next('error');
  // What the bytes were glued to may be lost with them; the next is not.
  live.frames.length = 0;
  await live.ping();
  assert.deepEqual(live.seen('error'), []);
  await live.close();
});

test('a_line_over_64_KiB_is_skipped_and_answered', async () => {
  const ann = await newcomer(server.url, 'ann');
  const live = await ann.live();
  for (const size of [65_537, 200_000, 1_000_000]) {
    live.raw(`{"op":"ping","x":"${'x'.repeat(size)}"}`);
    assert.equal((await live.next('error')).code, 'too_large');
    await live.ping();
    assert.deepEqual(live.frames.filter((f) => f.event === 'pong'), []);
  }
  await live.close();
});

test('a_line_of_just_under_64_KiB_is_read', async () => {
  const ann = await newcomer(server.url, 'ann');
  const live = await ann.live();
  live.raw(`{"op":"ping","x":"${'x'.repeat(65_000)}"}`);
  await live.next('pong');
  await live.close();
});

test('a_raw_newline_in_a_frame_splits_it_into_lines', async () => {
  const ann = await newcomer(server.url, 'ann');
  const live = await ann.live();
  live.raw('{"op":"ping"}\n{"op":"ping"}');
  await live.next('pong');
  await live.next('pong');
  await live.close();
});

test('a_flood_of_nonsense_is_answered_or_ended_but_harms_nobody', async () => {
  const [ann, bob, conv] = await pair(server.url);
  const [flood, b] = await Promise.all([ann.live(), bob.live()]);
  for (let i = 0; i < 3000; i++)
    flood.raw('nonsense');
  await ann.say(conv, 'still here');
  await b.message('still here');
  flood.drop();
  await b.close();
});

test('a_frame_without_end_ends_only_its_own_socket', async () => {
  const [ann, bob, conv] = await pair(server.url);
  const [flood, a, b] = await Promise.all([ann.live(), ann.live(), bob.live()]);
  for (let i = 0; i < 20 && !flood.over; i++)
    flood.raw('x'.repeat(1024 * 1024), { fin: false });
  await flood.gone();
  await ann.say(conv, 'still here');
  await Promise.all([a, b].map((l) => l.message('still here')));
  await closeAll(a, b);
});

test('who_acknowledges_without_end_holds_nobody_up', async () => {
  const [ann, bob, conv] = await pair(server.url);
  const flood = await ann.live();
  for (let i = 1; i <= 10_000 && !flood.over; i++)
    flood.ack(String(100_000 + i), 1);
  assert.equal((await flood.next('error')).code, 'rate_limited');
  await flood.gone();
  const b = await bob.live();
  await ann.say(conv, 'still here');
  await b.message('still here');
  await b.close();
});

test('a_client_that_vanishes_leaves_nothing_behind', async () => {
  const [ann, bob, conv] = await pair(server.url);
  const lives = await Promise.all(Array.from({ length: 20 }, () =>
    bob.live()));
  for (const live of lives)
    live.drop();
  const b = await bob.live();
  await ann.say(conv, word());
  await b.next('message');
  await b.close();
});

test('plain_http_on_the_socket_address_is_refused', async () => {
  const ann = await newcomer(server.url, 'ann');
  const res = await ann.api.send('GET', '/ws');
  assert.equal(res.status, 426, res.text);
  assert.equal(res.headers.upgrade, 'websocket');
  assert.equal(res.json.code, 'malformed');
  assert.match(res.type, /^application\/problem\+json/);
  const post = await ann.api.send('POST', '/ws', { json: {} });
  assert.equal(post.status, 405, post.text);
  assert.equal(post.headers.allow, 'GET');
});
