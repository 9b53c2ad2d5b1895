// SPDX-License-Identifier: MIT
// A node whose line to Redis is broken, while MariaDB answers it.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Proxy } from '../chaos/proxy.mjs';
import { Instance, useOwn } from '../lib/instance.mjs';
import { pair } from '../lib/people.mjs';
import { until } from '../lib/wait.mjs';

const TALKS = 8; // so that either node has some of them

const a = useOwn('cut-a', { settings: { 'lease.life_ms': 2000 } });
let b, line;

before(async () => {
  await a.up();
  line = new Proxy(join(a.dir, 'run/far-redis.sock'),
    join(a.dir, 'run/redis.sock'));
  await line.start();
  b = new Instance(`cut-b-${process.pid}`, { join: a,
    env: { PARLEY_REDIS_SOCKET: line.path } });
  await b.start();
});

after(async () => {
  await b.stop();
  await line.stop();
  assert.deepEqual(b.faults(), []);
});

const holders = async () => new Set((await a.sql(
  'SELECT DISTINCT node FROM lease')).flat());

for (const how of ['cut', 'silence'])
  test(`whom_a_node_served_the_other_serves_when_it_is_${how}`, async () => {
    await until('each has some shards', async () =>
      (await holders()).size === 2);
    const talks = await Promise.all(Array.from({ length: TALKS },
      () => pair(a.url)));
    const lives = await Promise.all(talks.map(([, bob]) => bob.live()));
    line[how]();
    for (let i = 0; i < 3; i++)
      await Promise.all(talks.map(async ([ann, , conv], t) => {
        await ann.say(conv, `m${i}`);
        await lives[t].message(`m${i}`);
      }));
    assert.equal((await holders()).size, 1);
    line.heal();
    await until('each has some again', async () =>
      (await holders()).size === 2);
    await Promise.all(lives.map((live) => live.close()));
  });
