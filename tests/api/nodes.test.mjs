// SPDX-License-Identifier: MIT
// Several nodes: one conversation, wherever one is connected, whatever dies.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync,
  writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { Client, expect } from '../lib/client.mjs';
import { freePort, HOME, Instance, useOwn } from '../lib/instance.mjs';
import { befriend, friends, newcomer } from '../lib/people.mjs';
import { insist, Stubborn } from '../lib/stubborn.mjs';
import { until } from '../lib/wait.mjs';

const a = useOwn('node-a');
const b = useOwn('node-b', { join: a });

async function refused(node) {
  const error = await node.start().then(() => null, (e) => e);
  assert.ok(error, 'it must not start');
  assert.deepEqual(node.pids(/./), [], 'nothing half-started');
  const lines = error.stderr.trim().split('\n')
    .filter((l) => !/running as root/.test(l));
  assert.equal(lines.length, 1, error.stderr);
  return lines[0];
}

// A third node with settings of its own.
function third(name, conf) {
  const node = new Instance(`node-${name}-${process.pid}`, { join: a });
  mkdirSync(node.dir, { recursive: true });
  writeFileSync(join(node.dir, 'node.conf'), conf);
  return node;
}

test('people_on_different_nodes_chat_live', async () => {
  const [ann, bob, conv] = await friends(a.url);
  const there = Object.assign(Object.create(bob), { base: b.url,
    api: new Client(b, { token: bob.token }) });
  const [at_a, at_b] = [await ann.live(), await there.live()];
  assert.notEqual(at_a.hello.node, at_b.hello.node);
  await ann.say(conv, 'from a');
  const message = await at_b.message('from a');
  at_b.ack(conv, message.seq);
  await at_a.next('receipt', (r) => r.delivered_seq === message.seq);
  await there.say(conv, 'from b');
  await at_a.message('from b');
  at_b.op({ op: 'typing', conv_id: conv });
  await at_a.next('typing', (t) => t.user_id === bob.id);
  assert.deepEqual((await ann.history(conv)).items.map((m) => m.seq), [1, 2]);
  await at_a.close();
  await at_b.close();
});

test('without_the_daemons_of_one_node_push_goes_on_at_the_other', async () => {
  const [ann, bob, conv] = await friends(a.url);
  const device = new Stubborn(bob, a, b);
  await device.reaches(a);
  await insist(ann, conv, 'm1', { node: a });
  await device.has(1);
  for (const name of ['relay', 'deliver', 'push'])
    await a.service('-d', name);
  for (let i = 2; i <= 10; i++)
    await insist(ann, conv, `m${i}`, { node: i % 2 ? a : b });
  await device.has(10);
  await device.reaches(b);
  for (const name of ['relay', 'deliver', 'push'])
    await a.service('-u', name);
  await a.ready();
  device.stop();
});

test('a_node_that_dies_at_once_costs_its_clients_nothing', async () => {
  const [ann, bob, conv] = await friends(a.url);
  const device = new Stubborn(bob, b, a);
  await device.reaches(b);
  await insist(ann, conv, 'm1', { node: a });
  await device.has(1);
  b.kill(/./);
  for (let i = 2; i <= 10; i++)
    await insist(ann, conv, `m${i}`, { node: a });
  await device.reaches(a);
  await device.has(10);
  device.stop();
  await b.start();
  const back = new Stubborn(bob, b);
  await back.reaches(b);
  await insist(ann, conv, 'm11', { node: a });
  await until('push goes on there', () => back.seen.has(11));
  back.stop();
});

// By which node's deliver what a user's sockets say is handled.
async function ownerOf(id) {
  const U64 = (n) => BigInt.asUintN(64, n);
  let key = BigInt(id);
  key = U64((key ^ key >> 30n) * 0xbf58476d1ce4e5b9n);
  key = U64((key ^ key >> 27n) * 0x94d049bb133111ebn);
  const [[node]] = await a.sql('SELECT node FROM lease WHERE role = 2 AND ' +
    `shard = ${(key ^ key >> 31n) % 8n}`);
  return node;
}

// Typing is told once: to who is not known to be there it is lost.
test('a_node_is_known_to_all_from_its_first_moment', async () => {
  const id = readFileSync(join(b.dir, 'node.id'), 'utf8').trim();
  await b.service('-d', 'push');
  await until('its hub is gone', () => b.pids(/daemons\/push/).length === 0);
  await a.redis('DEL', ...['alive', 'online', 'gone'].map((k) =>
    `node:${id}:${k}`));
  await a.redis('SREM', 'nodes', id);
  const old = new Set([a, b].flatMap((node) => node.kill(/daemons\/deliver/)));
  await until('nobody remembers it', () => [a, b].every((node) =>
    node.pids(/daemons\/deliver/).some((pid) => !old.has(pid))));
  await a.ready();
  // One hears of bob, and of shard 0; the other of ann alone.
  const first = await ownerOf(0);
  const one = (fits) => until('one fits', async () => {
    const person = await newcomer(a.url);
    return fits(await ownerOf(person.id)) && person;
  });
  const bob = await one((owner) => owner === first);
  const ann = await one((owner) => owner !== first);
  const conv = await befriend(ann, bob);
  const typist = await ann.live();
  await b.service('-u', 'push');
  const there = Object.assign(Object.create(bob), { base: b.url,
    api: new Client(b, { token: bob.token }) });
  const live = await until('it takes sockets', () => there.live());
  typist.op({ op: 'typing', conv_id: conv });
  await live.next('typing', (t) => t.user_id === ann.id);
  await Promise.all([live.close(), typist.close()]);
});

test('a_key_rotated_on_one_node_is_good_on_the_other', async () => {
  const ann = await newcomer(a.url, 'ann');
  await a.ctl('keys', 'rotate');
  a.kill(/accounts\.fcgi/); // programs sign with it from their next start
  const kid = (token) =>
    JSON.parse(Buffer.from(token.split('.')[0], 'base64url')).kid;
  const fresh = await until('a new key signs', async () => {
    const self = await ann.logIn();
    return kid(self.token) === kid(ann.token) ? null : self;
  });
  for (const { token } of [ann, fresh])
    await expect(new Client(b, { token }).get('/users/me'), 200);
  fresh.base = b.url;
  await (await fresh.live()).close();
});

// What is said while the second node's hub has no ear in Redis is lost for it.
test('of_two_tabs_one_misses_nothing_for_what_the_other_acknowledges',
  async () => {
    const [ann, bob, conv] = await friends(a.url);
    const there = Object.assign(Object.create(bob), { base: b.url });
    // A quiet conversation: its tabs are told nothing of it as they open.
    await a.sql(`UPDATE conversation SET last_at = 1 WHERE id = ${conv}`);
    const [at_a, at_b] = [await bob.live(), await there.live()];
    assert.equal(at_a.hello.session_id, at_b.hello.session_id);
    const thaw = await b.freeze(/daemons\/push/);
    await a.redis('CLIENT', 'KILL', 'TYPE', 'pubsub');
    const { seq } = await ann.say(conv, 'to both');
    await at_a.message('to both');
    at_a.ack(conv, seq);
    await until('the session has acknowledged it', async () =>
      (await a.sql(`SELECT 1 FROM device_position
        WHERE session_id = ${at_a.hello.session_id}
        AND conv_id = ${conv} AND acked_seq = ${seq}`)).length === 1);
    thaw();
    await at_b.message('to both');
    await Promise.all([at_a.close(), at_b.close()]);
  });

test('each_node_shows_its_own_processes', async () => {
  const [first, second] = [await a.command('status'), await b.command('status')];
  assert.match(first.stdout, /mariadb/);
  assert.doesNotMatch(second.stdout, /^(mariadb|redis) /m);
  for (const name of ['lighttpd', 'relay', 'deliver', 'push', 'history'])
    assert.match(second.stdout, new RegExp(`^${name}`, 'm'));
});

test('without_the_first_the_second_says_so_and_recovers', async () => {
  const [ann, bob, conv] = await friends(a.url);
  const device = new Stubborn(bob, b);
  await device.reaches(b);
  await a.stop();
  const down = await until('it says so', async () => {
    const res = await new Client(b).send('GET', '/readyz');
    return res.status === 503 && res.json;
  });
  assert.equal(down.checks.database.state, 'down');
  const status = await b.command('status').then(() => null, (e) => e);
  assert.match(status.stdout, /"database":\{"state":"down"/);
  await a.start();
  await b.ready();
  await insist(ann, conv, 'again', { node: b });
  await device.has(1);
  device.stop();
});

test('a_second_node_may_be_started_first', async () => {
  await b.stop();
  await a.stop();
  delete b.starting;
  const { stdout, stderr } = await b.command('run');
  assert.match(stdout, /running at/);
  assert.match(stderr, /waits for the others/);
  await a.start();
  await b.ready();
  const [ann, bob, conv] = await friends(b.url);
  const live = await bob.live();
  await ann.say(conv, 'both are there');
  await live.message('both are there');
  await live.close();
});

test('a_name_that_is_taken_is_refused', async () => {
  const id = readFileSync(join(a.dir, 'node.id'), 'utf8').trim();
  const said = await refused(third('same', `node.id = ${id}\n`));
  assert.ok(said.includes(id) && said.includes(a.dir), said);
});

// A node on another machine, with a copy of the first one's secrets.
test('secrets_that_are_not_the_others_are_refused', async () => {
  const node = new Instance(`node-far-${process.pid}`, { env: {
    PARLEY_MYSQL_HOSTS: `unix:${join(a.dir, 'run/mysql.sock')}`,
    PARLEY_REDIS_SOCKET: join(a.dir, 'run/redis.sock') } });
  const secrets = join(node.dir, 'secrets');
  const copy = () => cpSync(join(a.dir, 'secrets'), secrets,
    { recursive: true, force: true });
  mkdirSync(node.dir, { recursive: true });
  for (const [file, text, told] of [
    ['db-history', 'another\n', /secrets\/db-history will not do: .*denied/],
    ['csrf', 'short', /secrets\/csrf will not do: .*too short/],
    ['csrf', 'x'.repeat(32), /not those of the running node/]]) {
    copy();
    writeFileSync(join(secrets, file), text);
    assert.match(await refused(node), told);
    assert.deepEqual(node.pids(/./), [], 'nothing of it runs');
  }
});

// With the right secrets beside them: its workers would refuse tokens.
test('signing_keys_that_are_not_the_others_are_refused', async () => {
  const node = new Instance(`node-keys-${process.pid}`, { env: {
    PARLEY_MYSQL_HOSTS: `unix:${join(a.dir, 'run/mysql.sock')}`,
    PARLEY_REDIS_SOCKET: join(a.dir, 'run/redis.sock') } });
  const jwt = join(node.dir, 'secrets/jwt');
  const copy = () => {
    rmSync(jwt, { recursive: true, force: true });
    cpSync(join(a.dir, 'secrets'), join(node.dir, 'secrets'),
      { recursive: true, force: true });
  };
  const told = /secrets\/jwt lacks the key that the running node .* signs/;
  copy();
  rmSync(jwt, { recursive: true });
  await node.ctl('keys', 'create');
  assert.match(await refused(node), told);
  await a.ctl('keys', 'rotate');
  const [newest] = readdirSync(join(a.dir, 'secrets/jwt')).sort().reverse();
  await until('the next key is announced', async () =>
    (await a.redis('EVAL', `return redis.call('GET', 'node:' ..
      redis.call('SMEMBERS', 'nodes')[1] .. ':about')`, '0'))
      .stdout.includes(newest.replace(/\..*/, '')));
  copy();
  for (const suffix of ['pem', 'pub'])
    rmSync(join(jwt, newest.replace(/\w+$/, suffix)));
  assert.match(await refused(node), told);
  copy();
  await node.start();
  await node.stop();
  assert.deepEqual(node.faults(), []);
});

test('other_shards_than_the_others_are_refused', async () => {
  const said = await refused(third('shards', 'bus.shards = 16\n'));
  assert.match(said, /bus\.shards is 16 here and 8 at the running node/);
});

test('what_is_edited_while_a_node_runs_waits_for_its_next_start', async () => {
  const conf = join(a.dir, 'parley.conf');
  const text = readFileSync(conf, 'utf8');
  writeFileSync(conf, `${text}bus.shards = 32\n`);
  try {
    const old = new Set(a.kill(/daemons\/(relay|deliver)/));
    await until('they are back', () => a.pids(/daemons\/(relay|deliver)/)
      .filter((pid) => !old.has(pid)).length === 2);
    await a.ready();
    const [ann, bob, conv] = await friends(a.url);
    const live = await bob.live();
    await ann.say(conv, 'as before');
    await live.message('as before');
    await live.close();
  } finally {
    writeFileSync(conf, text);
  }
});

// Root can be somebody else; anybody else may not read what is root's.
test('another_account_cannot_join_and_is_told_why', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'parley-else-'));
  const isRoot = process.getuid() === 0;
  const command = [join(HOME, 'deploy/parley'), 'run'];
  try {
    mkdirSync(join(dir, 'first/secrets'), { recursive: true, mode: 0o700 });
    if (isRoot)
      await promisify(execFile)('chown', ['nobody', dir]);
    const error = await promisify(execFile)(isRoot ? 'setpriv' : 'env',
      isRoot ? ['--reuid', 'nobody', '--regid', 'nogroup', '--clear-groups',
        ...command] : command,
      { env: { ...b.env, INSTANCE: join(dir, 'i'), PORT: await freePort(),
        JOIN: isRoot ? join(dir, 'first') : '/etc' } })
      .then(() => null, (e) => e);
    assert.match(error.stderr, /belongs to root, and \S+ may not read/);
  } finally {
    rmSync(dir, { recursive: true });
  }
});
