// SPDX-License-Identifier: MIT
// A primary dies, its standby is promoted, and all programs go on with it.

import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Client, expect } from '../lib/client.mjs';
import { freePort, Instance } from '../lib/instance.mjs';
import { Standby, primaryConf } from '../lib/mariadb.mjs';
import { friends, word } from '../lib/people.mjs';
import { insist } from '../lib/stubborn.mjs';
import { until } from '../lib/wait.mjs';

const a = new Instance(`failover-${process.pid}`);
let standby;

before(async () => {
  const [first, second] = [await freePort(), await freePort()];
  standby = new Standby(a, join(a.dir, 'standby'), second);
  a.settings = { 'mysql.hosts':
    `unix:${a.dir}/run/mysql.sock, unix:${standby.socket}` };
  mkdirSync(a.dir, { recursive: true });
  writeFileSync(join(a.dir, 'mysql.cnf'), primaryConf(first));
  await a.up();
  await standby.make();
  await standby.follow(first);
});

after(async () => {
  await a.stop();
  standby?.end();
  assert.deepEqual(a.faults(), []);
});

// Sends until told to stop; gives back what was acknowledged.
function chatter(ann, conv) {
  const acknowledged = [];
  let wanted = true;
  const running = (async () => {
    while (wanted) {
      const content = `m${acknowledged.length}`;
      await insist(ann, conv, content);
      acknowledged.push(content);
    }
  })();
  return { acknowledged, async stop() {
    wanted = false;
    await running;
  } };
}

async function database() {
  const { json } = await new Client(a).send('GET', '/readyz');
  return json.checks.database;
}

const rows = async (server, conv) => Number((await server.sql(
  `SELECT COUNT(*) FROM message WHERE conv_id = ${conv}`))[0][0]);

test('a_standby_is_never_written_to', async () => {
  const [ann, , conv] = await friends(a.url);
  await a.service('-O', 'mariadb'); // once down, it stays down
  a.kill(/mariadbd --defaults/);
  const res = await until('it is missed', async () => {
    const reply = await ann.api.post('/messages', { conv_id: conv,
      content: 'to nobody', client_msg_id: word(24) });
    return reply.status === 503 && reply;
  });
  assert.ok(Number(res.headers['retry-after']) >= 1);
  assert.equal((await ann.api.get('/conversations')).status, 503);
  await until('it is told why', async () =>
    (await database()).state === 'down');
  await a.service('-u', 'mariadb');
  await a.ready();
  await until('it sends again', async () => (await ann.api.post('/messages',
    { conv_id: conv, content: 'to the primary' })).status === 201);
  await until('it is replicated', async () => await rows(standby, conv) === 1);
});

test('what_was_acknowledged_survives_the_primary', async () => {
  const [ann, bob, conv] = await friends(a.url);
  const live = await bob.live();
  const talk = chatter(ann, conv);
  await until('some are sent', () => talk.acknowledged.length >= 30);
  await a.service('-O', 'mariadb');
  a.kill(/mariadbd --defaults/);
  const before_it = talk.acknowledged.length;
  await standby.promote();
  await until('sending goes on', () =>
    talk.acknowledged.length >= before_it + 30);
  await talk.stop();
  const all = [];
  for (let since = 0; ;) {
    const { items } = await ann.history(conv, `&since_seq=${since}&limit=200`);
    if (items.length === 0)
      break;
    all.push(...items);
    since = items.at(-1).seq;
  }
  assert.deepEqual(all.map((m) => m.seq), all.map((_, i) => i + 1));
  assert.deepEqual(all.map((m) => m.content), talk.acknowledged);
  const got = new Set();
  await until('all of it is live', async () => {
    got.add((await live.next('message')).seq);
    return got.size === all.length;
  }, { timeout: 30_000, every: 0 });
  await a.ready();
  assert.equal((await database()).state, 'ok');
  const { text } = await new Client(a).send('GET', '/metrics');
  assert.match(text, /^parley_db_failovers_total\{program="\w+"\} [1-9]/m);
  await live.close();
});

test('nobody_goes_back_to_an_old_primary_that_is_there_again', async () => {
  await a.service('-u', 'mariadb');
  await until('it answers', () => a.sql('SELECT 1'));
  a.kill(/\.fcgi|daemons\/(relay|deliver)/); // who is new looks around anew
  await a.ready();
  const [ann, bob, conv] = await friends(a.url);
  const live = await bob.live();
  for (let i = 0; i < 10; i++)
    await ann.say(conv, `to the new one ${i}`);
  await live.message('to the new one 9');
  assert.equal(await rows(standby, conv), 10);
  assert.equal(await rows(a, conv), 0);
  const doctor = await a.ctl('doctor').then((r) => r, (e) => e);
  assert.match(doctor.stdout, /2 of 2 take writes/);
  await live.close();
});

test('a_server_that_turns_read_only_is_left_at_once', async () => {
  const [ann, , conv] = await friends(a.url);
  await a.service('-d', 'mariadb'); // else it would be taken up
  await until('the old one is down', () =>
    a.pids(/mariadbd --defaults/).length === 0);
  await standby.sql('SET GLOBAL read_only = 1');
  await until('nothing is written or read', async () =>
    (await ann.api.post('/messages', { conv_id: conv, content: 'x',
      client_msg_id: word(24) })).status === 503 &&
    (await ann.api.get('/conversations')).status === 503);
  await standby.sql('SET GLOBAL read_only = 0');
  await a.ready();
  await until('it sends again', async () => (await ann.api.post('/messages',
    { conv_id: conv, content: 'again' })).status === 201);
  await expect(ann.api.get('/conversations'), 200);
});
