// SPDX-License-Identifier: MIT
// make run, stop and status: what an operator can count on.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, readdirSync, readlinkSync,
  writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { Client, expect } from '../lib/client.mjs';
import { follow, submit } from '../lib/forms.mjs';
import { ASAN_BUILD, Instance, useOwn } from '../lib/instance.mjs';
import { groupOf, newcomer, pair, PASSWORD, word } from '../lib/people.mjs';
import { until } from '../lib/wait.mjs';

const server = useOwn('commands');

// The addresses of IPv4 that a process listens on.
function listening(pid) {
  const inodes = new Set();
  for (const fd of readdirSync(`/proc/${pid}/fd`))
    try {
      const [, inode] = /^socket:\[(\d+)\]$/.exec(
        readlinkSync(`/proc/${pid}/fd/${fd}`)) ?? [];
      inodes.add(inode);
    } catch { /* closed meanwhile */ }
  return readFileSync(`/proc/${pid}/net/tcp`, 'utf8').split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((f) => f[3] === '0A' && inodes.has(f[9]))
    .map(([, local]) => {
      const [address, port] = local.split(':');
      return `${address.match(/../g).reverse().map((b) => parseInt(b, 16))
        .join('.')}:${parseInt(port, 16)}`;
    });
}

async function refused(instance) {
  const error = await instance.start().then(() => null, (e) => e);
  assert.ok(error, 'it must not start');
  assert.notEqual(error.code, 0);
  const lines = error.stderr.trim().split('\n')
    .filter((l) => !/running as root/.test(l));
  assert.equal(lines.length, 1, `one clear line: ${error.stderr}`);
  assert.deepEqual(instance.pids(/./), [], 'nothing half-started');
  return lines[0];
}

function unstarted(name, conf) {
  const instance = new Instance(`${name}-${process.pid}`);
  mkdirSync(instance.dir, { recursive: true });
  writeFileSync(join(instance.dir, 'parley.conf'), conf);
  return instance;
}

test('run_again_is_harmless', async () => {
  const [ann, bob, conv] = await pair(server.url);
  const live = await bob.live();
  const before = server.pids(/./).sort();
  const { stdout } = await server.command('run');
  assert.ok(stdout.includes(server.url));
  assert.deepEqual(server.pids(/./).sort(), before);
  await ann.say(conv, 'still connected');
  await live.message('still connected');
  await live.close();
});

test('the_printed_link_makes_the_first_administrator_once', async () => {
  const [, path] = /(\/setup\/\S+)/.exec(server.output);
  const browser = new Client(server.url, { cookies: true });
  await follow(browser, submit(browser, path, path,
    { username: `admin_${word()}`, password: PASSWORD }));
  const me = await expect(browser.send('GET', '/api/v1/users/me'), 200);
  assert.equal(me.role, 'admin');
  const again = new Client(server.url, { cookies: true });
  assert.equal((await again.send('GET', path)).status, 404);
  assert.notEqual((await again.send('POST', path, { form: {
    username: `admin_${word()}`, password: PASSWORD } })).status, 303);
  const { stdout } = await server.command('run');
  assert.doesNotMatch(stdout, /\/setup\//);
  const log = join(server.dir, 'log/lighttpd/current');
  await until('the log was written', () =>
    readFileSync(log, 'utf8').includes('"path":"/setup/-"'));
  assert.ok(!readFileSync(log, 'utf8').includes(path.split('/').at(-1)));
});

test('links_that_were_handed_out_are_not_in_the_log', async () => {
  const [ann, bob] = await pair(server.url);
  const group = await groupOf(ann, [], {}, true);
  const paths = [];
  for (const link of [`/conversations/${group}/links`, '/contact-link'])
    paths.push((await ann.api.post(link)).json.path);
  const browser = await bob.browse();
  for (const path of paths)
    for (const side of ['', '/api/v1'])
      assert.equal((await browser.send('GET', side + path)).status, 200);
  const log = join(server.dir, 'log/lighttpd/current');
  const written = () => readFileSync(log, 'utf8');
  await until('the log was written', () => ['/join/-', '/add/-'].every((path) =>
    written().split(`"path":"${path}"`).length > 2));
  for (const path of paths)
    assert.ok(!written().includes(path.split('/').at(-1)), path);
});

test('status_shows_every_process', async () => {
  const { stdout } = await server.command('status');
  for (const name of ['mariadb', 'redis', 'lighttpd', 'websocketd', 'writer',
    'relay', 'deliver', 'push', 'accounts', 'contacts', 'history'])
    assert.ok(stdout.includes(name), `${name} in:\n${stdout}`);
});

test('only_http_and_websocketd_listen_and_only_locally', () => {
  const ports = new Set();
  // Sockets of our processes that listen, by the kernel's own list.
  for (const pid of server.pids(/./))
    for (const port of listening(pid))
      ports.add(port);
  assert.ok(ports.size >= 1);
  for (const address of ports)
    assert.match(address, /^127\.0\.0\.1:/);
});

test('a_taken_port_is_one_clear_line', async () => {
  const other = unstarted('taken', '');
  other.port = server.port;
  assert.match(await refused(other), new RegExp(`port ${server.port}`));
});

// Asked about the port alone, it would be told how the other one is.
test('another_instance_on_the_port_is_not_taken_for_this_one', async () => {
  const other = unstarted('mistaken', `http.port = ${server.port}\n`);
  await server.ctl('health');
  const { stderr } = await other.ctl('health', '--wait', '30')
    .then(() => assert.fail('it was taken for this one'), (e) => e);
  assert.match(stderr, new RegExp(
    `^parleyctl: port ${server.port} is answered by another instance`));
});

test('what_is_not_well_is_told_by_its_name_and_cause', async () => {
  await server.service('-d', 'redis');
  try {
    const said = await until('it is not well without Redis', () =>
      server.ctl('health').then(() => null, (e) => e.stderr));
    assert.match(said, /\/readyz says 200: redis is down: \S/);
  } finally {
    await server.service('-u', 'redis');
    await server.ready();
  }
});

test('a_broken_setting_names_file_line_and_key', async () => {
  const table = [['rate_limit.enable = off\n', 1, 'rate_limit.enable'],
    ['# fine\n\nhttp.port = many\n', 3, 'http.port'],
    ['log.level = loud\n', 1, 'log.level'],
    ['token.access_s = -5\n', 1, 'token.access_s'],
    ['no equals sign\n', 1, '']];
  for (const [conf, line, key] of table) {
    const said = await refused(unstarted(`conf${line}${key}`, conf));
    assert.ok(said.includes('parley.conf'), said);
    assert.match(said, new RegExp(`\\b${line}\\b`), said);
    assert.ok(said.includes(key), said);
  }
});

test('too_long_a_path_is_one_clear_line', async () => {
  const long = unstarted(`long-${'x'.repeat(90)}`, '');
  assert.match(await refused(long), /long|107/);
});

test('health_waits_for_the_first_answer_that_all_is_well', async () => {
  const states = ['degraded', 'ok'];
  const site = createServer((req, res) =>
    res.end(JSON.stringify({ status: states.shift() ?? 'degraded' })));
  site.listen(0, '127.0.0.1');
  await once(site, 'listening');
  const { dir } = unstarted('fake', `http.port = ${site.address().port}\n`);
  try {
    await promisify(execFile)(join(ASAN_BUILD, 'parleyctl'),
      ['-i', dir, 'health', '--wait', '30']);
    assert.deepEqual(states, []);
  } finally {
    site.close();
  }
});

test('two_instances_run_side_by_side_and_know_nothing_of_each_other',
  async () => {
    const other = new Instance(`other-${process.pid}`);
    await other.start();
    try {
      const ann = await newcomer(server.url, 'ann');
      assert.equal((await new Client(other.url, { token: ann.token })
        .get('/users/me')).status, 401);
      await pair(other.url);
    } finally {
      await other.stop();
    }
    assert.deepEqual(other.pids(/./), []);
    assert.deepEqual(other.faults(), []);
    await expect(new Client(server).send('GET', '/healthz'), 200);
  });

test('a_second_node_carries_messages_and_outlives_the_first_ones_daemons',
  async () => {
    const second = new Instance(`second-${process.pid}`, { join: server });
    await second.start();
    try {
      const [ann, bob, conv] = await pair(server.url);
      bob.base = second.url;
      const live = await bob.live();
      await ann.say(conv, 'across');
      await live.message('across');
      assert.notEqual(live.hello.node, (await ann.live()).hello.node);
      for (const name of ['writer', 'relay', 'deliver', 'push'])
        await server.service('-d', name);
      await ann.say(conv, 'without the first');
      await live.message('without the first');
      await live.close();
      for (const name of ['writer', 'relay', 'deliver', 'push'])
        await server.service('-u', name);
      await server.ready();
    } finally {
      await second.stop();
    }
    assert.deepEqual(second.faults(), []);
  });

test('stop_leaves_no_process_and_run_brings_everything_back', async () => {
  const [ann, , conv] = await pair(server.url);
  await ann.say(conv, 'kept');
  await server.stop();
  assert.deepEqual(server.pids(/./), []);
  await server.stop();
  await server.start();
  assert.equal((await ann.history(conv)).items[0].content, 'kept');
});
