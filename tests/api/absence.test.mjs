// SPDX-License-Identifier: MIT
// Who is away for a moment, and what Redis forgets by itself alone.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expect } from '../lib/client.mjs';
import { useOwn } from '../lib/instance.mjs';
import { newcomer, pair, sees } from '../lib/people.mjs';
import { until } from '../lib/wait.mjs';

// Long enough that all of a test happens within it.
const server = useOwn('absence', { settings: {
  'presence.offline_ms': 10_000, 'lease.life_ms': 2000 } });
const second = useOwn('absence-b', { join: server });

const of = (person, status) => (p) => p.user_id === person.id &&
  (!status || p.status === status);
const onSecond = (person) => Object.assign(
  Object.create(Object.getPrototypeOf(person)), person, { base: second.url });
const gone = async () => (await Promise.all((await server.redis('KEYS',
  'node:*:gone')).stdout.split('\n').filter(Boolean).map(async (key) =>
  (await server.redis('SMEMBERS', key)).stdout.trim()))).join(' ');
const isGone = async (person) =>
  (await gone()).split(/\s+/).includes(person.id);

test('who_is_away_for_a_moment_looks_online_on_either_node', async () => {
  const [ann, bob] = await pair(server.url);
  const there = await onSecond(bob).live();
  const seesBob = async (at) => {
    const live = await at.live();
    await live.ping();
    await live.close();
    return live.seen('presence').some(of(bob, 'online'));
  };
  await until('either node has heard of the other', async () =>
    await seesBob(ann) && seesBob(onSecond(ann)));
  await there.close();
  await until('bob has left', () => isGone(bob));
  for (const at of [ann, onSecond(ann)]) {
    const live = await at.live();
    await live.next('presence', of(bob, 'online'));
    await live.close();
  }
  assert.equal((await expect(ann.api.get(`/users/${bob.id}`), 200))
    .presence.status, 'online');
  const live = await ann.live();
  await live.next('presence', of(bob, 'offline'));
  assert.equal(await isGone(bob), false);
  assert.equal((await expect(ann.api.get(`/users/${bob.id}`), 200))
    .presence.status, 'offline');
  await live.close();
});

test('a_device_that_comes_and_goes_is_shown_as_there', async () => {
  const [ann, bob] = await pair(server.url);
  const a = await ann.live();
  let b = await bob.live();
  await sees(a, bob);
  for (let i = 0; i < 10; i++) {
    await b.close();
    b = await bob.live();
  }
  assert.deepEqual(a.seen('presence').filter(of(bob, 'offline')), []);
  await b.close();
  await sees(a, bob, 'offline');
  await a.close();
});

test('who_takes_over_tells_once_of_who_has_left', async () => {
  const [ann, bob] = await pair(server.url);
  const cid = await newcomer(server.url);
  const [live, away] = [await ann.live(), await bob.live()];
  await live.next('presence', of(bob, 'online'));
  await away.close();
  await until('bob has left', () => isGone(bob));
  const old = new Set(server.kill(/daemons\/deliver/));
  second.kill(/daemons\/deliver/);
  await until('another is there', () => server.pids(/daemons\/deliver/)
    .some((pid) => !old.has(pid)));
  await live.next('presence', of(bob, 'offline'));
  await until('none is gone any more', async () =>
    !await isGone(bob));
  await live.ping();
  assert.equal(live.seen('presence').filter(of(bob, 'offline')).length, 0,
    'told once');
  await (await cid.live()).close();
  await live.close();
});

test('what_a_hub_has_put_down_is_missed_when_it_is_taken_away', async () => {
  const [ann, bob, conv] = await pair(server.url);
  const live = await bob.live();
  await ann.say(conv, 'before');
  await live.message('before');
  for (const what of ['online', '*'])  {
    const keys = (await server.redis('KEYS', `node:*:${what}`)).stdout
      .split('\n').filter(Boolean);
    await server.redis('DEL', ...keys);
    await ann.say(conv, `without ${what}`);
    await live.message(`without ${what}`);
  }
  await live.close();
});
