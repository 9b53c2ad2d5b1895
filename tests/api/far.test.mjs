// SPDX-License-Identifier: MIT
// A node on another machine: MariaDB by TLS, Redis by TCP with its password,
// the first one's secrets as a copy; as docs/deployment.md tells to do it.

import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { Client } from '../lib/client.mjs';
import { freePort, Instance } from '../lib/instance.mjs';
import { newcomer, pair } from '../lib/people.mjs';

const run = promisify(execFile);

const near = new Instance(`near-${process.pid}`, { settings: {
  'mysql.user_host': '127.0.0.%' } });
const far = new Instance(`far-${process.pid}`);

const openssl = (...args) => execFileSync('openssl', args,
  { cwd: near.dir, stdio: ['ignore', 'ignore', 'pipe'] });

// An authority, and what it says of localhost.
function certify(name) {
  openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt',
    'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj',
    `/CN=${name} authority`, '-keyout', `${name}-ca.key`, '-out',
    `${name}-ca.pem`);
  openssl('req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256',
    '-nodes', '-subj', '/CN=localhost', '-keyout', `${name}.key`, '-out',
    `${name}.csr`);
  openssl('x509', '-req', '-days', '2', '-in', `${name}.csr`, '-CA',
    `${name}-ca.pem`, '-CAkey', `${name}-ca.key`, '-CAcreateserial', '-out',
    `${name}.pem`);
  return join(near.dir, name);
}

async function open(redisPort, mysqlPort) {
  mkdirSync(join(near.dir, 'secrets'), { recursive: true, mode: 0o700 });
  const db = certify('db');
  certify('stranger');
  writeFileSync(join(near.dir, 'mysql.cnf'), '[mariadbd]\n' +
    `skip-networking = 0\nbind-address = 127.0.0.1\nport = ${mysqlPort}\n` +
    `ssl-cert = ${db}.pem\nssl-key = ${db}.key\n`);
  writeFileSync(join(near.dir, 'redis.conf'),
    `bind 127.0.0.1\nport ${redisPort}\n`);
  writeFileSync(join(near.dir, 'secrets/redis'), 'a password of Redis\n',
    { mode: 0o600 });
  await near.start();
}

before(async () => {
  const [redisPort, mysqlPort] = [await freePort(), await freePort()];
  await open(redisPort, mysqlPort);
  mkdirSync(far.dir, { recursive: true });
  cpSync(join(near.dir, 'secrets'), join(far.dir, 'secrets'),
    { recursive: true });
  Object.assign(far.settings, { 'mysql.hosts': `localhost:${mysqlPort}`,
    'mysql.ca': join(near.dir, 'db-ca.pem'),
    'redis.host': `127.0.0.1:${redisPort}` });
  await far.start();
  await far.ready();
});

after(async () => {
  await far.stop();
  await near.stop();
  assert.deepEqual([...far.faults(), ...near.faults()], []);
});

test('people_on_either_machine_chat_live', async () => {
  const [ann, bob, conv] = await pair(near.url);
  const there = Object.assign(Object.create(Object.getPrototypeOf(bob)), bob,
    { base: far.url, api: new Client(far, { token: bob.token }) });
  const [a, b] = [await ann.live(), await there.live()];
  assert.notEqual(a.hello.node, b.hello.node);
  await ann.say(conv, 'from near');
  await b.message('from near');
  await there.say(conv, 'from far');
  await a.message('from far');
  await Promise.all([a.close(), b.close()]);
  await newcomer(far.url, 'far');
});

test('its_sessions_with_the_database_are_encrypted', async () => {
  const [[, accepts]] = await near.sql(
    "SHOW GLOBAL STATUS LIKE 'Ssl_finished_accepts'");
  assert.ok(Number(accepts) > 0, accepts);
  assert.deepEqual(far.pids(/mariadbd|redis-server/), [], 'none of its own');
});

test('a_database_that_cannot_prove_itself_is_not_spoken_to', async () => {
  const env = { ...far.env, PARLEY_INSTANCE: far.dir,
    PARLEY_MYSQL_CA: join(near.dir, 'stranger-ca.pem') };
  await assert.rejects(run(join(far.build, 'parleyctl'), ['dlq', 'list'],
    { env }), /certificate|TLS|SSL/i);
});
