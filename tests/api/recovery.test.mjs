// SPDX-License-Identifier: MIT
// Whatever is killed comes back by itself, and nothing acknowledged is lost.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Client } from '../lib/client.mjs';
import { useOwn } from '../lib/instance.mjs';
import { friends } from '../lib/people.mjs';
import { insist, Stubborn } from '../lib/stubborn.mjs';
import { until } from '../lib/wait.mjs';

const server = useOwn('recovery');

const VICTIMS = {
  redis: /redis-server/,
  mariadb: /mariadbd/,
  hub: /daemons\/push/,
  writer: /daemons\/writer/,
  relay: /daemons\/relay/,
  deliver: /daemons\/deliver/,
  websocketd: /websocketd --/,
  lighttpd: /lighttpd -D/,
  accounts_workers: /accounts\.fcgi.*\[accounts\]/,
  contacts_workers: /contacts\.fcgi.*\[contacts\]/,
  history_workers: /history\.fcgi.*\[history\]/,
  worker_pools: /\[\w+-pool\]/,
  whole_pools: /cgi-bin\/\w+\.fcgi/,
};

for (const [name, pattern] of Object.entries(VICTIMS))
  test(`${name}_killed_comes_back_and_nothing_is_lost`, async () => {
    const [ann, bob, conv] = await friends(server.url);
    const device = new Stubborn(bob);
    const open = await ann.live();
    await insist(ann, conv, 'before');
    await until('it is live', () => device.seen.has(1));
    const killed = Date.now();
    server.kill(pattern);
    const sent = [];
    for (let i = 0; i < 20; i++)
      sent.push((await insist(ann, conv, `m${i}`)).content);
    await server.ready();
    const took = Date.now() - killed;
    assert.ok(took < 10_000, `${took} ms`);
    await until('everything is live at the other side', () =>
      device.seen.size === 21);
    const { items } = await ann.history(conv);
    assert.deepEqual(items.map((m) => m.seq),
      Array.from({ length: 21 }, (_, i) => i + 1));
    assert.deepEqual(items.slice(1).map((m) => m.content), sent);
    open.drop();
    await device.stop();
  });

test('a_process_is_back_within_two_seconds', async () => {
  for (const [name, pattern] of Object.entries(VICTIMS)) {
    if (name === 'mariadb')
      continue; // it reads its log first; asked for below
    const old = new Set(server.kill(pattern));
    await until(`${name} is back`, () =>
      server.pids(pattern).some((pid) => !old.has(pid)),
    { timeout: 2_500 });
  }
  await server.ready();
});

test('an_open_socket_survives_redis_emptied_and_restarted', async () => {
  const [ann, bob, conv] = await friends(server.url);
  const live = await bob.live();
  await ann.say(conv, 'one');
  await live.message('one');
  await server.redis('FLUSHALL');
  await ann.say(conv, 'two');
  await live.message('two');
  server.kill(/redis-server/);
  await insist(ann, conv, 'three');
  await live.message('three');
  await live.ping();
  await live.close();
  await server.ready();
});

test('without_redis_people_log_in_read_and_send', async () => {
  const [ann, , conv] = await friends(server.url);
  const thaw = await server.freeze(/redis-server/);
  try {
    const since = Date.now();
    await ann.logIn();
    await insist(ann, conv, 'without redis');
    assert.equal((await ann.history(conv)).items.length, 1);
    assert.ok(Date.now() - since < 10_000, `${Date.now() - since} ms`);
  } finally {
    thaw();
  }
  await server.ready();
});

test('without_the_database_every_answer_is_503_and_in_time', async () => {
  const [ann, , conv] = await friends(server.url);
  const thaw = await server.freeze(/mariadbd/);
  try {
    for (const attempt of [() => ann.api.get('/conversations'),
      () => ann.api.post('/messages', { conv_id: conv, content: 'x' })]) {
      const since = Date.now();
      const res = await attempt();
      assert.equal(res.status, 503, res.text);
      assert.ok(Date.now() - since < 12_000, `${Date.now() - since} ms`);
    }
  } finally {
    thaw();
  }
  await server.ready();
  await insist(ann, conv, 'and again');
});

const WORKER = /(history|health)\.fcgi.*\[(history|health)\]/;

// The system call that a process waits in, and its first argument.
const call = (pid) => readFileSync(`/proc/${pid}/syscall`, 'utf8')
  .split(' ', 2).join(' ');

test('a_worker_killed_with_a_request_in_hand_is_answered_503', async () => {
  const [ann, , conv] = await friends(server.url);
  const browser = await ann.browse();
  const thaw = await server.freeze(/mariadbd/);
  try {
    const idle = new Map(server.pids(WORKER).map((pid) => [pid, call(pid)]));
    const answers = [ann.api.post('/messages', { conv_id: conv, content: 'x' }),
      new Client(server).send('GET', '/readyz'),
      browser.send('GET', `/c/${conv}`)];
    await until('all are in hand', () => [...idle].filter(([pid, was]) =>
      call(pid) !== was).length >= answers.length);
    server.kill(WORKER);
    const types = [];
    for (const res of await Promise.all(answers)) {
      assert.equal(res.status, 503, res.text);
      assert.ok(res.headers['retry-after']);
      types.push(res.type);
    }
    assert.deepEqual(types, ['application/problem+json',
      'application/problem+json', 'text/html; charset=utf-8']);
  } finally {
    thaw();
  }
  await server.ready();
});

test('a_program_that_hangs_is_answered_503_as_one_that_is_gone', async () => {
  const thaw = await server.freeze(/health\.fcgi/);
  try {
    const res = await new Client(server).send('GET', '/healthz');
    assert.equal(res.status, 503, res.text);
    assert.equal(res.json.code, 'unavailable');
    assert.ok(res.headers['retry-after']);
  } finally {
    thaw();
  }
  await server.ready();
});

test('all_of_ours_killed_at_once_come_back', async () => {
  const [ann, bob, conv] = await friends(server.url);
  const device = new Stubborn(bob);
  await insist(ann, conv, 'before');
  await until('it is live', () => device.seen.size === 1);
  server.kill(/daemons\/(push|relay|deliver)|\.fcgi|websocketd --/);
  await insist(ann, conv, 'after');
  await until('it is live again', () => device.seen.size === 2);
  await device.stop();
  await server.ready();
});
