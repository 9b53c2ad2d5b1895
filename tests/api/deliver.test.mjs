// SPDX-License-Identifier: MIT
// What deliver does with events that fail, and with those that come too fast.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Client, expect } from '../lib/client.mjs';
import { useOwn } from '../lib/instance.mjs';
import { newcomer, pair } from '../lib/people.mjs';
import { until } from '../lib/wait.mjs';

const RATE = 100, BURST = 50;
const server = useOwn('deliver', { settings: {
  'deliver.max_attempts': 3, 'deliver.conversation_rate': RATE,
  'deliver.conversation_burst': BURST, 'mysql.timeout_s': 1 } });

const UNKNOWN = 9; // an audience of a version to come

const typing = (conv, user) => JSON.stringify(
  { event: 'typing', data: { conv_id: conv, user_id: user.id } });

// An outbox row as no program of this version would write it.
async function promise(conv, { audience = 1, frame, users = '' }) {
  const [[id]] = await server.sql('INSERT INTO outbox (key_id, audience, ' +
    `conv_id, users, frame, created_at) VALUES (${conv}, ${audience}, ` +
    `${conv}, '${users}', '${frame}', UNIX_TIMESTAMP() * 1000); SELECT LAST_INSERT_ID()`);
  return id;
}

async function ctl(...args) {
  const { stdout } = await server.ctl('dlq', ...args);
  return stdout;
}

const dead = async () => JSON.parse(await ctl('list', '--json')).items;
const letter = (id) => until(`${id} is a dead letter`, async () =>
  (await dead()).find((d) => d.id === id));

async function metric(name, program = 'deliver') {
  const { text } = await new Client(server.url).send('GET', '/metrics');
  return Number(new RegExp(
    `^parley_${name}\\{program="${program}"\\} (\\S+)$`, 'm').exec(text)?.[1]);
}

async function fails(code, ...args) {
  try {
    await ctl(...args);
  } catch (error) {
    assert.equal(error.code, code, error.stderr);
    assert.match(error.stderr, /^parleyctl: /);
    return error.stderr;
  }
  assert.fail(`dlq ${args.join(' ')} succeeded`);
}

// -- what fails by itself ------------------------------------------------------

test('without_dead_letters_there_is_nothing_to_say', async () => {
  assert.equal(await ctl('list'), 'no dead letters\n');
  assert.deepEqual(await dead(), []);
  assert.equal(await ctl('replay', '--all'), '0 replayed\n');
  const { json } = await new Client(server.url).send('GET', '/readyz');
  assert.equal(json.warnings, undefined);
});

test('an_event_that_fails_is_given_up_and_what_follows_flows', async () => {
  const [ann, bob, conv] = await pair(server.url);
  const b = await bob.live();
  const frame = typing(conv, ann);
  const id = await promise(conv, { audience: UNKNOWN, frame });
  await ann.say(conv, 'behind it');
  await b.message('behind it');
  const d = await letter(id);
  assert.equal(d.cause, 'unknown_form');
  assert.equal(d.attempts, 3);
  assert.ok(d.first_at <= d.last_at);
  assert.equal(d.event.conv_id, conv);
  assert.equal(d.event.audience_number, UNKNOWN);
  assert.equal(JSON.parse(await ctl('show', id, '--json')).event.frame, frame);
  assert.match(await ctl('show', id), new RegExp(`cause +${d.cause}`));
  assert.match(await ctl('list'), new RegExp(`^${id} .*unknown_form`));
  await b.close();
});

test('dead_letters_are_told_of_and_hurt_nobody', async () => {
  const { json } = await new Client(server.url).send('GET', '/readyz');
  assert.equal(json.status, 'ok');
  assert.equal(json.warnings.dead_letters, (await dead()).length);
  const { stdout } = await server.ctl('doctor').catch((error) => error);
  assert.match(stdout, /^warn +dead letters +1: see parleyctl dlq list$/m);
  assert.equal(await metric('dead_letters'), 1);
  assert.ok(await metric('deliver_retries_total') >= 3);
});

test('a_frame_no_socket_may_be_given_is_not_tried_twice', async () => {
  const [ann, bob, conv] = await pair(server.url);
  const b = await bob.live();
  const large = await promise(conv, { frame: JSON.stringify(
    { event: 'typing', data: { x: 'x'.repeat(70_000) } }) });
  const two = await promise(conv, { frame: `{}\n${typing(conv, ann)}` });
  await ann.say(conv, 'behind them');
  await b.message('behind them');
  assert.deepEqual([await letter(large), await letter(two)]
    .map(({ cause, attempts }) => ({ cause, attempts })),
  [{ cause: 'too_large', attempts: 1 }, { cause: 'malformed', attempts: 1 }]);
  assert.deepEqual(b.seen('typing'), []);
  await b.close();
});

test('a_row_that_is_no_event_holds_nobody_up', async () => {
  const [ann, bob, conv] = await pair(server.url);
  const b = await bob.live();
  const id = await promise(conv, { frame: '{}', users: 'no number' });
  await ann.say(conv, 'behind it');
  await b.message('behind it');
  const { cause, attempts, detail } = await letter(id);
  assert.deepEqual({ cause, attempts }, { cause: 'malformed', attempts: 1 });
  assert.match(detail, /no number/);
  await b.close();
});

test('what_is_no_event_at_all_is_dropped_from_the_bus', async () => {
  const [ann, bob, conv] = await pair(server.url);
  const b = await bob.live();
  const before = (await dead()).length;
  for (let shard = 0; shard < 8; shard++)
    for (const junk of ['junk', '', '1 2\n', '-1 1 1 1\n'])
      await server.redis('XADD', `bus:${shard}`, '*', 'e', junk);
  await ann.say(conv, 'behind it');
  await b.message('behind it');
  assert.equal((await dead()).length, before);
  await b.close();
});

// -- the operator --------------------------------------------------------------

test('replayed_ones_arrive_in_their_order', async () => {
  await ctl('drop', '--all');
  const [ann, bob, conv] = await pair(server.url);
  const b = await bob.live();
  const ids = [];
  for (const user_id of ['11', '12', '13', '14'])
    ids.push(await promise(conv, { audience: UNKNOWN,
      frame: typing(conv, { id: user_id }) }));
  await until('they are dead', async () => (await dead()).length === 4);
  // As if a newer version had come, which knows this audience.
  await server.sql('UPDATE dead_letter SET audience = 1');
  assert.equal(await ctl('drop', ids[1]), '1 dropped\n');
  assert.equal(await ctl('replay', ids[3], ids[0], '--json'),
    '{"replayed":2}\n');
  const next = () => b.next('typing');
  assert.equal((await next()).user_id, '11');
  assert.equal((await next()).user_id, '14');
  assert.equal(await ctl('replay', '--all'), '1 replayed\n');
  assert.equal((await next()).user_id, '13');
  assert.deepEqual(await dead(), []);
  await until('the outbox is empty', async () =>
    (await server.sql('SELECT COUNT(*) FROM outbox'))[0][0] === '0');
  assert.ok(ann);
  await b.close();
});

test('what_is_still_wrong_is_given_up_again', async () => {
  const [, , conv] = await pair(server.url);
  const id = await promise(conv, { audience: UNKNOWN, frame: '{}' });
  await letter(id);
  await ctl('replay', id);
  const [again] = await until('it is back', async () => {
    const list = await dead();
    return list.length === 1 && list;
  });
  assert.notEqual(again.id, id);
  assert.equal(await ctl('drop', again.id), '1 dropped\n');
});

test('wrong_words_are_refused_and_nothing_is_touched', async () => {
  const [, , conv] = await pair(server.url);
  const id = await promise(conv, { audience: UNKNOWN, frame: '{}' });
  await letter(id);
  assert.match(await fails(1, 'show', '999999999'), /no dead letter 999999999/);
  await fails(1, 'drop', id, '999999999');
  await fails(1, 'replay', '999999999', id);
  for (const args of [['show'], ['show', id, id], ['show', 'x'], ['drop'],
    ['replay'], ['drop', '--every'], ['drop', id, 'x'], ['list', 'x'],
    ['list', '--json', 'x'], ['drop', '-1']])
    await fails(2, ...args);
  assert.equal((await dead()).length, 1);
  await ctl('drop', '--all', '--json');
});

// -- engines -------------------------------------------------------------------

test('an_engine_that_is_away_is_no_failed_attempt', async () => {
  const [ann, bob, conv] = await pair(server.url);
  const b = await bob.live();
  const log = join(server.dir, 'log/deliver/current');
  const said = (event) =>
    readFileSync(log, 'utf8').split(`"event":"deliver.${event}"`).length;
  for (const engine of [/mariadbd/, /redis-server/]) {
    const before = said('failed');
    const wake = await server.freeze(/daemons\/deliver/);
    await ann.say(conv, `${engine}`);
    const thaw = await server.freeze(engine);
    wake();
    await until('deliver has noticed', () => said('failed') > before);
    thaw();
    await server.ready();
    await b.message(`${engine}`);
    await until('it goes on', () => said('recovered') === said('failed'));
  }
  assert.deepEqual(await dead(), []);
  await b.close();
});

// -- late ----------------------------------------------------------------------

// A replay is made of the history, which may be ahead of what is told live.
test('what_a_device_has_acknowledged_does_not_come_live_on_its_next_socket',
  async () => {
    const [ann, bob, conv] = await pair(server.url);
    const thaw = await server.freeze(/daemons\/relay/);
    await ann.say(conv, 'old');
    await ann.say(conv, 'early');
    const first = await bob.live();
    const { seq } = await first.message('early');
    first.ack(conv, seq);
    await first.close();
    const second = await bob.live();
    await second.ping();
    thaw();
    await ann.say(conv, 'next');
    await second.message('next');
    assert.deepEqual(second.seen('message').map((m) => m.content), []);
    await second.close();
  });

// -- what is no message ---------------------------------------------------------

test('an_open_socket_learns_what_else_was_lost_with_the_channel', async () => {
  const [ann, bob, conv] = await pair(server.url);
  const eve = await newcomer(server.url, 'eve');
  const tablet = await ann.logIn();
  const a = await ann.live();
  const b = await bob.live();
  await ann.say(conv, 'm1');
  const { seq } = await b.message('m1');
  await a.message('m1');
  await a.next('presence', (p) => p.user_id === bob.id);
  a.frames.length = 0;
  const outbox = () => until('all of it went out', async () =>
    (await server.sql('SELECT COUNT(*) FROM outbox'))[0][0] === '0');
  await outbox();
  // Nobody listens to the channel while all this is told.
  const thaw = await server.freeze(/daemons\/push/);
  await server.redis('CLIENT', 'KILL', 'TYPE', 'pubsub');
  await expect(bob.api.put(`/conversations/${conv}/read`, { seq }), 204);
  await expect(tablet.api.patch(`/conversations/${conv}`, { pinned: true }),
    200);
  await expect(eve.api.post('/contact-requests', { user_id: ann.id }), 201);
  await expect(bob.api.patch('/users/me', { presence: 'busy' }), 200);
  await outbox();
  assert.deepEqual(a.frames, []);
  thaw();
  const within = 10_000;
  const receipt = await a.next('receipt', (r) => r.user_id === bob.id, within);
  assert.deepEqual(receipt, { conv_id: conv, user_id: bob.id, read_seq: seq,
    delivered_seq: receipt.delivered_seq });
  assert.deepEqual(await a.next('conversation', (c) => c.conv_id === conv,
    within), { action: 'changed', conv_id: conv });
  assert.deepEqual(await a.next('contact', undefined, within),
    { action: 'changed' });
  await a.next('presence', (p) => p.user_id === bob.id && p.status === 'busy',
    within);
  await Promise.all([a.close(), b.close()]);
});

// More than are read at once.
test('however_much_changed_meanwhile_all_of_it_is_told', async () => {
  const MANY = 1500, FIRST = 9_000_000;
  const ann = await newcomer(server.url, 'ann');
  const a = await ann.live();
  await server.sql('INSERT INTO sync_mark (scope, scope_id, kind, ref, ' +
    `changed_at) SELECT 1, ${ann.id}, 4, ${FIRST} + seq, ` +
    `${Date.now()} + seq MOD 7 FROM seq_1_to_${MANY}`);
  await server.redis('CLIENT', 'KILL', 'TYPE', 'pubsub');
  const told = () => new Set(a.seen('conversation').map((c) => c.conv_id)
    .filter((id) => id > FIRST));
  await until('all are told', () => told().size === MANY);
  await a.close();
});

// -- a storm -------------------------------------------------------------------

test('a_storm_is_delayed_in_order_while_others_flow', async () => {
  const MANY = 600;
  const [, bob, conv] = await pair(server.url);
  const [eve, mal, calm] = await pair(server.url, ['eve', 'mal']);
  const [b, m] = await Promise.all([bob.live(), mal.live()]);
  // All of it in one transaction, and what is calm behind it before deliver
  // sees any: however slow the senders, it is a storm.
  const thaw = await server.freeze(/daemons\/deliver/);
  await server.sql(`INSERT INTO outbox (key_id, audience, conv_id, users,
      frame, created_at)
    SELECT ${conv}, 1, ${conv}, '', REPLACE('${typing(conv, { id: '#' })}',
      '#', seq), ${Date.now()} FROM seq_1_to_${MANY}`);
  await eve.say(calm, 'calm');
  thaw();
  const first = await b.next('typing');
  await m.message('calm');
  assert.ok(b.seen('typing').length + 1 < MANY,
    'the storm was not over when the others were heard');
  const told = [first];
  while (told.length < MANY)
    told.push(await b.next('typing'));
  assert.deepEqual(told.map((t) => Number(t.user_id)),
    Array.from({ length: MANY }, (_, i) => i + 1));
  assert.ok(await metric('deliver_delayed_total') > 0);
  await Promise.all([b.close(), m.close()]);
});

test('a_storm_outlives_its_deliver', async () => {
  const MANY = 300;
  const [ann, bob, conv] = await pair(server.url);
  const b = await bob.live();
  for (let i = 0; i < MANY; i += 20)
    await Promise.all(Array.from({ length: 20 }, () => ann.say(conv, 'storm')));
  server.kill(/daemons\/deliver/);
  for (let seq = 1; seq <= MANY; seq++)
    assert.equal((await b.next('message')).seq, seq);
  assert.ok(await newcomer(server.url));
  await b.close();
});
