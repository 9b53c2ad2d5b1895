// SPDX-License-Identifier: MIT
// What goes on without one of its parts, and how it says so.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client, expect } from '../lib/client.mjs';
import { useOwn } from '../lib/instance.mjs';
import { friends, pair, word } from '../lib/people.mjs';
import { until } from '../lib/wait.mjs';

const UNWATCHED_MS = 1000;
const server = useOwn('degraded', { settings: {
  'health.unwatched_ms': UNWATCHED_MS } });
const PAUSED = /id="banner" role="status">Live updates pause/;

async function readiness() {
  const res = await new Client(server).send('GET', '/readyz');
  return { http: res.status, status: res.json.status, ...res.json.checks };
}

// Until /readyz says of the parts what is expected; names them with causes.
function seen(expected) {
  return until(`/readyz says ${JSON.stringify(expected)}`, async () => {
    const ready = await readiness();
    for (const [name, state] of Object.entries(expected))
      assert.equal(ready[name].state ?? ready[name], state,
        `${name}: ${JSON.stringify(ready)}`);
    return ready;
  }, { every: 100 });
}

async function metric(name, program) {
  const { text } = await new Client(server).send('GET', '/metrics');
  const line = text.split('\n').find((l) =>
    l.startsWith(`parley_${name}{program="${program}"}`));
  return line === undefined ? undefined : Number(line.split(' ').at(-1));
}

async function down(name, asked) {
  await server.service('-d', name);
  await until(`${name} is down`, () => server.pids(asked).length === 0);
  return () => server.service('-u', name);
}

// Everything a person does all day, from the first to the last minute.
async function aDay() {
  const [ann, bob, conv] = await pair(server.url);
  for (let i = 0; i < 10; i++)
    await ann.say(conv, `message ${i}`);
  await expect(bob.api.put(`/conversations/${conv}/read`, { seq: 10 }), 204);
  assert.equal((await bob.history(conv)).items.length, 10);
  const again = await bob.logIn();
  await expect(again.api.delete('/sessions/current'), 204);
  await expect(again.api.get('/users/me'), 401);
}

const REDIS = {
  dead: () => down('redis', /redis-server/),
  hung: () => server.freeze(/redis-server/),
};

for (const [how, strike] of Object.entries(REDIS))
  test(`with_redis_${how}_all_but_live_push_works_and_that_catches_up`,
    async () => {
      const [ann, bob, conv] = await friends(server.url);
      const browser = await ann.browse();
      const live = await bob.live();
      await ann.say(conv, 'before');
      await live.message('before');
      const heal = await strike();
      try {
        await aDay();
        const ready = await seen({ status: 'degraded', redis: 'down',
          bus: 'down', push: 'degraded', database: 'ok' });
        assert.equal(ready.http, 200);
        assert.ok(Date.parse(ready.redis.since) <= Date.now());
        assert.match(ready.redis.cause, /Redis/);
        assert.equal(await metric('state_redis', 'health'), 2);
        assert.ok(await metric('redis_breaker', 'history') >= 1);
        assert.match((await browser.send('GET', '/')).text, PAUSED);
        await until('a pong says so', async () =>
          (await live.ping()).live === false);
        await ann.say(conv, 'meanwhile');
      } finally {
        await heal();
      }
      await live.message('meanwhile');
      await seen({ status: 'ok', redis: 'ok', bus: 'ok', push: 'ok' });
      await until('the banner is gone', async () =>
        !PAUSED.test((await browser.send('GET', '/')).text));
      await until('a pong says so', async () =>
        (await live.ping()).live === undefined);
      await live.close();
    });

test('since_names_no_time_from_before_an_outage_that_nobody_noticed',
  async () => {
    await readiness();
    const heal = await down('redis', /redis-server/);
    const outage = Date.now();
    await heal();
    await until('nobody has looked for long', () =>
      Date.now() - outage > UNWATCHED_MS);
    await friends(server.url);
    const { redis, database } = await readiness();
    for (const part of [redis, database])
      assert.ok(Date.parse(part.since) > outage, part.since);
    await until('who looks again soon hears the same', async () =>
      (await readiness()).database.since ===
      (await readiness()).database.since);
  });

test('a_hung_redis_costs_one_request_at_a_time_a_timeout', async () => {
  const [ann, , conv] = await friends(server.url);
  const thaw = await server.freeze(/redis-server/);
  try {
    const took = [];
    for (let i = 0; i < 60; i++) {
      const since = Date.now();
      await ann.say(conv, `m${i}`);
      took.push(Date.now() - since);
    }
    // Each of them waited when every process had to find out for itself.
    const slow = took.filter((ms) => ms >= 450).length;
    assert.ok(slow <= 15, `${slow} of 60 waited: ${took}`);
  } finally {
    thaw();
  }
  await server.ready();
});

// What Redis remembers is believed: it hears of the end before the sockets do.
test('what_ended_while_redis_hung_is_over_when_it_is_back', async () => {
  const [ann] = await friends(server.url);
  const phone = await ann.logIn();
  const socket = await phone.live();
  const thaw = await server.freeze(/redis-server/);
  try {
    await expect(ann.api.delete(`/sessions/${phone.session}`), 204);
  } finally {
    thaw();
  }
  await socket.next('session', (d) => d.status === 'ended');
  const { stdout } = await server.redis('GET', `session:${phone.session}`);
  assert.equal(stdout.trim(), 'dead');
  await expect(phone.api.get('/users/me'), 401);
  await server.ready();
});

const BUS = {
  full: ['CONFIG', 'SET', 'maxmemory', '1'],
  a_replica: ['REPLICAOF', '127.0.0.1', '1'],
};
const AGAIN = {
  full: ['CONFIG', 'SET', 'maxmemory', '64mb'],
  a_replica: ['REPLICAOF', 'NO', 'ONE'],
};
for (const how of Object.keys(BUS))
  test(`with_redis_${how}_the_outbox_keeps_what_the_bus_does_not_take`,
    async () => {
      const [ann, bob, conv] = await friends(server.url);
      const live = await bob.live();
      await server.redis(...BUS[how]);
      try {
        for (const i of [1, 2, 3])
          await ann.say(conv, `kept ${i}`);
        await until('it is told why', async () => {
          const ready = await seen({ status: 'degraded', bus: 'down',
            redis: 'degraded', relay: 'degraded' });
          return /OOM|READONLY/.test(ready.bus.cause) &&
            /^bus: .*(OOM|READONLY)/.test(ready.relay.cause);
        });
      } finally {
        await server.redis(...AGAIN[how]);
      }
      for (const seq of [1, 2, 3])
        assert.equal((await live.next('message')).seq, seq);
      await seen({ status: 'ok' });
      await live.close();
    });

const DATABASE = {
  dead: () => down('mariadb', /mariadbd/),
  hung: () => server.freeze(/mariadbd/),
};
const ANSWER_MS = 15_000;

async function in_time(what, promise) {
  const since = Date.now();
  const res = await promise;
  assert.equal(res.status, 503, `${what}: ${res.text}`);
  assert.ok(Number(res.headers['retry-after']) >= 1, what);
  assert.ok(Date.now() - since < ANSWER_MS, `${what}: ${Date.now() - since} ms`);
  return res;
}

for (const [how, strike] of Object.entries(DATABASE))
  test(`with_the_database_${how}_all_say_so_in_time_and_recover`, async () => {
    const [ann, bob, conv] = await friends(server.url);
    await expect(ann.api.patch('/users/me', { locale: 'zh', theme: 'dark' }),
      200);
    const browser = await ann.browse();
    await browser.send('GET', '/');
    const live = await bob.live();
    const heal = await strike();
    try {
      const problem = await in_time('a send', ann.api.post('/messages',
        { conv_id: conv, content: 'x', client_msg_id: word(24) }));
      assert.equal(problem.json.code, 'unavailable');
      const page = await in_time('a page', browser.send('GET', '/'));
      assert.match(page.text, /<html lang="zh-CN" data-theme="dark">/);
      assert.match(page.text, /rel="stylesheet"/);
      const [css] = /\/static\/[^"]+app\.css/.exec(page.text);
      assert.equal((await browser.send('GET', css)).status, 200);
      await in_time('a log-in', new Client(server).post('/sessions',
        { login: ann.username, password: ann.password }));
      await in_time('a form', browser.send('POST', '/login', { form: {
        login: ann.username, password: ann.password } }));
      await expect(new Client(server).send('GET', '/healthz'), 200);
      const ready = await seen({ status: 'down', database: 'down' });
      assert.equal(ready.http, 503);
      assert.equal(await metric('state_database', 'health'), 2);
      await live.ping();
    } finally {
      await heal();
    }
    await server.ready();
    await seen({ status: 'ok', database: 'ok', relay: 'ok', deliver: 'ok' });
    await ann.say(conv, 'after');
    await live.message('after');
    assert.equal((await browser.send('GET', '/')).status, 200);
    await live.close();
  });

test('who_wears_no_choice_gets_a_page_in_the_language_of_the_browser',
  async () => {
    const [ann] = await friends(server.url);
    const browser = await ann.browse();
    const heal = await down('mariadb', /mariadbd/);
    try {
      const page = await in_time('a page', browser.send('GET', '/contacts',
        { headers: { 'accept-language': 'zh-CN,zh;q=0.9' } }));
      assert.match(page.text, /<html lang="zh-CN" data-theme="auto">/);
    } finally {
      await heal();
    }
    await server.ready();
  });
