// SPDX-License-Identifier: MIT
// Many sockets from one address: a storm without tokens, and a whole office.

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { useOwn } from '../lib/instance.mjs';
import { metric } from '../lib/metrics.mjs';
import { newcomer, pair } from '../lib/people.mjs';
import { openSocket } from '../lib/socket.mjs';
import { until } from '../lib/wait.mjs';

// A proxy of ours tells where each comes from.
const server = useOwn('crowd', { settings: {
  'rate_limit.enabled': 'on', 'trusted.proxies': '127.0.0.1' } });

const from = (address) => ({ headers: { 'x-forwarded-for': address } });

const sockets = () => metric(server.url, 'hub_sockets');

// The parent of each process, of ended ones too.
const parents = () =>
  readdirSync('/proc').filter((d) => /^\d+$/.test(d)).map((pid) => {
    try {
      return Number(readFileSync(`/proc/${pid}/stat`, 'latin1')
        .replace(/^.*\) . /s, '').split(' ')[0]);
    } catch {
      return 0; // it is gone
    }
  });

test('an_open_socket_has_no_process_not_even_an_ended_one', async () => {
  const ann = await newcomer(server.url, 'ann');
  const lives = [await ann.live(), await ann.live(), await ann.live()];
  const doors = server.pids(/^websocketd /);
  assert.ok(doors.length > 0);
  await until('attach has left nothing', () =>
    !parents().some((pid) => doors.includes(pid)));
  await Promise.all(lives.map((live) => live.close()));
  await until('all are gone', async () => await sockets() === 0);
});

test('a_storm_without_tokens_is_turned_away_and_keeps_nobody_out',
  async () => {
    const ann = await newcomer(server.url, 'ann');
    const storm = [];
    for (let wave = 0; wave < 4; wave++) {
      const more = Promise.all(Array.from({ length: 50 }, () => openSocket(
        server.url, { token: 'x', hello: false, ...from('198.51.100.9') })));
      for (const address of ['198.51.100.9', '203.0.113.5']) {
        const live = await openSocket(server.url,
          { token: ann.token, ...from(address) });
        await live.ping();
        await live.close();
      }
      storm.push(...await more);
    }
    for (const live of storm) { // they would have stayed
      await live.gone();
      assert.deepEqual(live.frames.map((f) => f.data.code), ['unauthorized']);
    }
    await until('no socket is left', async () => await sockets() === 0);
  });

test('a_thousand_sockets_of_one_address_all_get_in', async () => {
  const lives = [];
  for (let i = 0; i < 5; i++) {
    const person = await newcomer(server.url, `p${i}`);
    lives.push(...await Promise.all(Array.from({ length: 200 }, () =>
      openSocket(server.url, { token: person.token,
        ...from('198.51.100.10') }))));
  }
  assert.equal(lives.filter((live) => live.hello).length, 1000);
  assert.equal(await sockets(), 1000);
  for (const live of lives)
    live.drop();
  await until('all are gone', async () => await sockets() === 0);
});

test('a_crowd_that_comes_back_at_once_gets_all_it_missed', async () => {
  const MISSED = 60, EACH = 40;
  const [ann, bob, conv] = await pair(server.url);
  const away = await Promise.all(Array.from({ length: 3 }, () => bob.logIn()));
  for (let i = 1; i <= MISSED; i++)
    await ann.say(conv, `missed ${i}`);
  const lives = await Promise.all(away.flatMap(({ token }) =>
    Array.from({ length: EACH }, () => openSocket(server.url,
      { token, ...from('198.51.100.11') }))));
  await ann.say(conv, 'live');
  for (const live of lives) {
    await live.message('live');
    assert.deepEqual(live.seen('message').map((m) => m.content),
      Array.from({ length: MISSED }, (_, i) => `missed ${i + 1}`));
    assert.deepEqual(live.seen('error'), []);
    live.drop();
  }
  await until('all are gone', async () => await sockets() === 0);
});
