// SPDX-License-Identifier: MIT
// A whole instance whose bus is Kafka: people chat live, and nothing is lost.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { ASAN_BUILD, Instance } from '../lib/instance.mjs';
import { pair } from '../lib/people.mjs';

const SHARDS = 4;

// librdkafka's mock cluster, or the real one that the environment names.  The
// mock answers an empty fetch late and knows no static members.
const real = process.env.PARLEY_TEST_KAFKA;
const quick = real ? '' :
  'fetch.wait.max.ms=20\nsession.timeout.ms=4500\nheartbeat.interval.ms=500\n';
let mock, server;

async function brokers() {
  if (real)
    return real;
  mock = spawn(join(ASAN_BUILD, 'tests/kafka_mock'),
    ['im.messages', String(SHARDS)], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [line] = await once(createInterface({ input: mock.stdout }), 'line');
  return line;
}

before(async () => {
  server = new Instance(`kafka-${process.pid}`, { release: true, settings: {
    'bus.driver': 'kafka', 'bus.shards': SHARDS, 'kafka.brokers': await brokers(),
    'kafka.properties': 'kafka.properties',
    ...(real ? { 'kafka.topic': `instance-${process.pid}` } : {}) } });
  mkdirSync(server.dir, { recursive: true });
  writeFileSync(join(server.dir, 'kafka.properties'), quick);
  await server.up();
});

after(async () => {
  await server.stop();
  mock?.kill('SIGKILL');
  assert.deepEqual(server.faults(), []);
});

// Everything that was said came to the socket, once and in order.
async function assertAllCame(live, conv, from, to) {
  for (let i = from; i < to; i++) {
    const { content, seq } = await live.next('message');
    assert.equal(content, `m${i}`);
    live.ack(conv, seq);
  }
}

test('people_chat_live_over_kafka', async () => {
  const [ann, bob, conv] = await pair(server.url);
  const live = await bob.live();
  for (let i = 0; i < 10; i++)
    await ann.say(conv, `m${i}`);
  await assertAllCame(live, conv, 0, 10);
  await live.close();
});

for (const [name, pattern] of [['relay', /daemons\/relay/],
  ['deliver', /daemons\/deliver/]])
  test(`nothing_is_lost_when_${name}_is_killed`, async () => {
    const [ann, bob, conv] = await pair(server.url);
    const live = await bob.live();
    await ann.say(conv, 'm0');
    await assertAllCame(live, conv, 0, 1);
    server.kill(pattern);
    for (let i = 1; i < 10; i++)
      await ann.say(conv, `m${i}`);
    await assertAllCame(live, conv, 1, 10);
    await live.ping();
    assert.deepEqual(live.seen('message'), []);
    await live.close();
  });

test('nothing_is_lost_when_redis_is_emptied', async () => {
  const [ann, bob, conv] = await pair(server.url);
  const live = await bob.live();
  await ann.say(conv, 'm0');
  await assertAllCame(live, conv, 0, 1);
  await server.redis('FLUSHALL');
  for (let i = 1; i < 5; i++)
    await ann.say(conv, `m${i}`);
  await assertAllCame(live, conv, 1, 5);
  await live.close();
});
