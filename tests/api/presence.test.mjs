// SPDX-License-Identifier: MIT
// Who sees whom, on one node and on two: contacts only, and nobody barred.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { expect } from '../lib/client.mjs';
import { useOwn } from '../lib/instance.mjs';
import { befriend, newcomer, pair, sees } from '../lib/people.mjs';
import { until } from '../lib/wait.mjs';

const server = useOwn('presence', { settings: {
  'presence.offline_ms': 1000, 'log.level': 'warn' } });
const second = useOwn('presence-b', { join: server });

const closeAll = (...lives) => Promise.all(lives.map((l) => l.close()));
const of = (person, status) => (p) => p.user_id === person.id &&
  (!status || p.status === status);
const seesOf = async (who, whom) =>
  (await expect(who.api.get(`/users/${whom.id}`), 200)).presence;

// What a list of the caller's shows of somebody.
async function inLists(who, whom) {
  const contact = (await expect(who.api.get('/contacts'), 200)).items
    .find((c) => c.user.id === whom.id);
  const talk = (await expect(who.api.get('/conversations'), 200)).items
    .find((c) => c.peer?.id === whom.id);
  const found = (await expect(
    who.api.get(`/users?query=${whom.username}`), 200)).items
    .find((u) => u.id === whom.id);
  return [contact?.user, talk?.peer, found].filter(Boolean)
    .map((u) => u.presence);
}

// As after an hour of silence: the session's own time is not what others see.
const silentForAnHour = async (person) => server.sql(`UPDATE user
  SET last_active_at = last_active_at - 3600000 WHERE id = ${person.id}`);
const lastSeen = async (who, whom) =>
  Date.parse((await seesOf(who, whom)).last_active_at);

// On the other node.
const onSecond = (person) => Object.assign(
  Object.create(Object.getPrototypeOf(person)), person, { base: second.url });

// -- blocks --------------------------------------------------------------------

test('a_block_hides_presence_on_both_sides_everywhere', async () => {
  const [ann, bob] = await pair(server.url);
  const [a, b] = await Promise.all([ann.live(), bob.live()]);
  await sees(a, bob);
  await sees(b, ann);
  assert.equal((await seesOf(ann, bob)).status, 'online');
  await expect(ann.api.put(`/blocks/${bob.id}`), 204);
  await sees(a, bob, 'offline');
  await sees(b, ann, 'offline');
  a.frames.length = b.frames.length = 0;
  const nothing = { status: 'offline', last_active_at: null };
  assert.deepEqual(await seesOf(ann, bob), nothing);
  await expect(bob.api.get(`/users/${ann.id}`), 404);
  for (const [who, whom] of [[ann, bob], [bob, ann]]) {
    const seen = await inLists(who, whom);
    assert.ok(seen.length >= 2);
    for (const presence of seen)
      assert.deepEqual(presence, nothing);
  }
  const blocked = (await expect(ann.api.get('/blocks'), 200)).items
    .find((x) => x.user.id === bob.id);
  assert.deepEqual(blocked.user.presence, nothing);
  const page = await (await ann.browse()).send('GET', `/u/${bob.id}`);
  assert.doesNotMatch(page.text, /data-p="online"/);
  // Nothing that either does is pushed to the other.
  for (const who of [ann, bob]) {
    await expect(who.api.patch('/users/me', { presence: 'busy' }), 200);
    await (await (await who.logIn()).live()).close();
  }
  const eve = await newcomer(server.url, 'eve');
  await befriend(ann, eve);
  await befriend(bob, eve);
  const e = await eve.live();
  for (const [live, whom] of [[a, bob], [b, ann]]) {
    await sees(live, eve);
    assert.deepEqual(live.seen('presence').filter(of(whom))
      .filter((p) => p.status !== 'offline'), [], whom.username);
  }
  const again = await ann.live();
  await sees(again, eve);
  assert.deepEqual(again.seen('presence').filter(of(bob)), []);
  await closeAll(a, b, e, again);
});

test('the_end_of_a_block_shows_both_again', async () => {
  const [ann, bob] = await pair(server.url);
  const [a, b] = await Promise.all([ann.live(), bob.live()]);
  await expect(ann.api.put(`/blocks/${bob.id}`), 204);
  await a.next('presence', (p) => p.status === 'offline');
  await b.next('presence', (p) => p.status === 'offline');
  await expect(ann.api.delete(`/blocks/${bob.id}`), 204);
  assert.equal((await a.next('presence', (p) => p.status === 'online'))
    .user_id, bob.id);
  assert.equal((await b.next('presence', (p) => p.status === 'online'))
    .user_id, ann.id);
  const { status, last_active_at: at } = await seesOf(bob, ann);
  assert.equal(status, 'online');
  assert.ok(at);
  await closeAll(a, b);
});

test('a_new_contact_sees_at_once_who_is_there', async () => {
  const [ann, bob] = await Promise.all(
    ['ann', 'bob'].map((n) => newcomer(server.url, n)));
  const [a, b] = await Promise.all([ann.live(), bob.live()]);
  await befriend(ann, bob);
  await sees(a, bob);
  await sees(b, ann);
  await closeAll(a, b);
});

// -- when somebody was seen last -----------------------------------------------

test('whoever_leaves_was_there_until_then', async () => {
  const [ann, bob] = await pair(server.url);
  const [a, b] = await Promise.all([ann.live(), bob.live()]);
  await sees(a, bob);
  await silentForAnHour(bob);
  const before = Date.now();
  await b.close();
  await sees(a, bob, 'offline');
  const told = Date.now();
  const seen = await lastSeen(ann, bob);
  assert.ok(seen >= before, `${before - seen} ms too early`);
  assert.ok(seen <= told - 1000, 'when he left, not when that was told');
  await a.close();
});

test('a_crowd_that_leaves_at_once_was_there_until_then', async () => {
  const people = await Promise.all(Array.from({ length: 4 }, (_, i) =>
    newcomer(server.url, `c${i}`)));
  const lives = await Promise.all(people.map((p) => p.live()));
  await Promise.all(people.map(silentForAnHour));
  const before = Date.now();
  await closeAll(...lives);
  const ids = people.map((p) => p.id).join(',');
  await until('all of them are noted', async () => (await server.sql(
    `SELECT COUNT(*) FROM user WHERE id IN (${ids})
     AND last_active_at >= ${before}`))[0][0] === '4');
});

// -- the invisible -------------------------------------------------------------

test('the_invisible_look_away_everywhere_and_their_time_stands_still',
  async () => {
    const [ann, bob, conv] = await pair(server.url);
    const a = await ann.live();
    const b = await bob.live();
    await sees(a, bob);
    await expect(bob.api.patch('/users/me', { presence: 'invisible' }), 200);
    await sees(a, bob, 'offline');
    const before = await seesOf(ann, bob);
    assert.equal(before.status, 'offline');
    await bob.say(conv, 'nobody sees me');
    await (await bob.logIn()).api.get('/conversations');
    await closeAll(b, await bob.live());
    await (await newcomer(server.url)).api.get('/contacts');
    for (const presence of [await seesOf(ann, bob), ...await inLists(ann, bob)])
      assert.deepEqual(presence, before);
    assert.deepEqual(a.seen('presence').filter(of(bob)), []);
    const again = await ann.live();
    await again.ping();
    assert.deepEqual(again.seen('presence').filter(of(bob)), []);
    await closeAll(a, again);
  });

// -- flapping ------------------------------------------------------------------

test('who_changes_their_mind_all_the_time_is_told_of_rarely', async () => {
  const [ann, bob] = await pair(server.url);
  const [a, b] = await Promise.all([ann.live(), bob.live()]);
  await sees(a, bob);
  for (let i = 0; i < 30; i++)
    await expect(bob.api.patch('/users/me',
      { presence: i % 2 ? 'away' : 'busy' }), 200);
  await expect(bob.api.patch('/users/me', { presence: 'online' }), 200);
  await a.next('presence', (p) => p.status === 'online');
  assert.ok(a.seen('presence').length < 10,
    `${a.seen('presence').length} changes were told`);
  await until('nothing is left to be told', async () =>
    (await server.sql('SELECT COUNT(*) FROM outbox'))[0][0] === '0');
  await closeAll(a, b);
});

// -- two nodes -----------------------------------------------------------------

test('one_device_on_each_node_is_one_person', async () => {
  const [ann, bob] = await pair(server.url);
  const a = await ann.live();
  const here = await bob.live();
  await sees(a, bob);
  const there = await onSecond(bob).live();
  assert.notEqual(here.hello.node, there.hello.node);
  assert.equal((await seesOf(onSecond(ann), bob)).status, 'online');
  await here.close();
  await expect(bob.api.patch('/users/me', { presence: 'away' }), 200);
  await a.next('presence', of(bob, 'away'));
  assert.deepEqual(a.seen('presence').filter(of(bob, 'offline')), [],
    'still there, and never offline in between');
  await there.close();
  await sees(a, bob, 'offline');
  await a.close();
});

test('users_of_a_hub_that_hangs_look_away_and_are_back_with_it', async () => {
  const [ann, bob] = await pair(server.url);
  const a = await ann.live();
  const b = await onSecond(bob).live();
  await sees(a, bob);
  const thaw = await second.freeze(/daemons\/push/);
  await sees(a, bob, 'offline');
  assert.equal((await seesOf(ann, bob)).status, 'offline');
  thaw();
  await sees(a, bob, 'online');
  assert.equal((await seesOf(ann, bob)).status, 'online');
  await closeAll(a, b);
});

test('users_of_a_dead_node_look_away_within_15_seconds', async () => {
  const began = Date.now();
  const [ann, bob] = await pair(server.url);
  const a = await ann.live();
  const b = await onSecond(bob).live();
  await sees(a, bob);
  await silentForAnHour(bob);
  await until('all of the node is dead', () =>
    second.pids(/./).length === 0 || !second.kill(/./));
  await sees(a, bob, 'offline', 15_000);
  assert.ok(await lastSeen(ann, bob) >= began - 10_000, 'its last heartbeat');
  b.drop();
  const again = await bob.live();
  await sees(a, bob);
  await closeAll(a, again);
});

// -- what is logged -------------------------------------------------------------

test('no_daemon_logs_what_is_below_the_level', () => {
  for (const name of ['push', 'deliver', 'relay', 'writer', 'history'])
    assert.doesNotMatch(
      readFileSync(join(server.dir, 'log', name, 'current'), 'utf8'),
      /"level":"(info|debug)"/, name);
});
