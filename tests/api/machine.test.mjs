// SPDX-License-Identifier: MIT
// On machines that lack something: one clear line, and nothing half-started.
// What RUN_AS does is another thing for root than for anybody else.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync,
  statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { Client, expect } from '../lib/client.mjs';
import { freePort, HOME, Instance, RELEASE_BUILD } from '../lib/instance.mjs';
import { pair } from '../lib/people.mjs';

const run = promisify(execFile);
const isRoot = process.getuid() === 0;
const asNobody = isRoot ?
  ['--reuid', 'nobody', '--regid', 'nogroup', '--clear-groups'] : [];

function folder(t) {
  const dir = mkdtempSync(join(tmpdir(), 'parley-machine-'));
  chmodSync(dir, 0o755);
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

const lines = (error) => error.stderr.trim().split('\n')
  .filter((l) => !/running as root/.test(l));

async function dropsToTheAccount(t) {
  const dir = folder(t);
  const account = `parley${process.pid}`;
  await run('useradd', ['--system', '--no-create-home', account]);
  t.after(() => run('userdel', [account]));
  // Installed, for nobody else may look into the folder of a root's clone.
  await run('make', ['-s', '-C', HOME, 'install', `BUILD=${RELEASE_BUILD}`,
    `DESTDIR=${dir}`, 'PREFIX=/usr', 'SAN='], { env: { ...process.env,
    MAKEFLAGS: '' } });
  const place = join(dir, 'usr/lib/parley');
  const node = new Instance(`machine-${process.pid}`, { release: true });
  node.dir = join(dir, 'instance');
  node.port = await freePort();
  const env = { ...node.env, RUN_AS: account, PARLEY_HOME: place,
    PARLEY_BUILD: join(place, 'build') };
  const parley = (command) => run(join(place, 'deploy/parley'), [command],
    { env, timeout: 120_000 });
  const { stdout } = await parley('run');
  try {
    node.url = /at (http:\S+?)\/?\s/.exec(stdout)[1];
    const { stdout: uid } = await run('id', ['-u', account]);
    for (const pid of node.pids(/./))
      assert.equal(statSync(`/proc/${pid}`).uid, Number(uid));
    const [ann, , conv] = await pair(node.url);
    await ann.say(conv, 'as somebody else');
    await expect(new Client(node).send('GET', '/readyz'), 200);
  } finally {
    await parley('stop');
  }
  assert.deepEqual(node.pids(/./), []);
}

if (isRoot)
  test('root_drops_to_the_account_of_RUN_AS', dropsToTheAccount);

const refusal = (command, args, env) => run(command, args, { env: {
  ...process.env, ...env } }).then(() => assert.fail('it must not start'),
  (error) => lines(error).join('\n'));

test('an_account_that_is_none_is_one_clear_line', async (t) => {
  assert.match(await refusal(join(HOME, 'deploy/parley'), ['run'], {
    INSTANCE: join(folder(t), 'i'), RUN_AS: 'no-such-account',
    PORT: String(await freePort()) }),
  /^parley: RUN_AS=no-such-account: there is no such account$/);
});

// By a copy, for nobody may look into a clone of root's.
test('who_is_not_root_becomes_nobody_else', async (t) => {
  const dir = folder(t);
  await run('cp', ['-R', join(HOME, 'deploy'), dir]);
  await run('chmod', ['-R', 'go=u-w', join(dir, 'deploy')]);
  const command = [join(dir, 'deploy/parley'), 'run'];
  const said = await refusal('setpriv', [...asNobody, ...command],
    { INSTANCE: join(dir, 'i'), RUN_AS: 'root' });
  assert.equal(said, 'parley: RUN_AS=root: only root can become another ' +
    'account');
  assert.ok(!existsSync(join(dir, 'i')));
});

// The disk is the machine's; that it is nearly full is what df says of it.
test('a_full_disk_is_one_clear_line', async (t) => {
  const dir = folder(t);
  const { stdout: df } = await run('sh', ['-c', 'command -v df']);
  writeFileSync(join(dir, 'df'), `#!/bin/sh
${df.trim()} "$@" | awk 'NR == 2 { $4 = 319 } { print }'
`, { mode: 0o755 });
  const node = new Instance(`full-${process.pid}`,
    { env: { PATH: `${dir}:${process.env.PATH}` } });
  const error = await node.start().then(() => null, (e) => e);
  assert.deepEqual(lines(error), [`parley: the disk of ${node.dir} has 319 MB ` +
    'free; 320 MB are needed']);
  assert.deepEqual(node.pids(/./), []);
});

// An ordinary user, and a machine with what the script calls, but no sudo.
test('a_missing_package_without_sudo_is_one_clear_line', async (t) => {
  const dir = folder(t);
  mkdirSync(join(dir, 'bin'));
  for (const name of ['sh', 'cat', 'sort', 'id', 'dpkg-query', 'setpriv'])
    for (const place of ['/usr/bin', '/bin'])
      if (existsSync(join(place, name)) && !existsSync(join(dir, 'bin', name)))
        symlinkSync(join(place, name), join(dir, 'bin', name));
  const script = join(dir, 'install-packages.sh');
  copyFileSync(join(HOME, 'deploy/install-packages.sh'), script);
  chmodSync(script, 0o755);
  writeFileSync(join(dir, 'list'), 'no-such-package-as-this\n', { mode: 0o644 });
  const error = await run('setpriv', [...asNobody, script, join(dir, 'list')],
    { env: { PATH: join(dir, 'bin') } }).then(() => null, (e) => e);
  assert.notEqual(error.code, 0);
  assert.match(error.stderr, new RegExp('packages are missing, and there is ' +
    'no sudo; as root: apt-get install .*no-such-package-as-this'));
});
