// SPDX-License-Identifier: MIT
// Every kind of process is killed in turn, supervisors and loggers too: as many
// are there again, and the instance is ready, without a hand.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { test } from 'node:test';
import { useOwn } from '../lib/instance.mjs';
import { pair } from '../lib/people.mjs';
import { until } from '../lib/wait.mjs';

const server = useOwn('each');

// What a process runs: "history.fcgi" (a worker), "history-pool" (who keeps
// it), "s6-supervise redis"; all loggers are one kind, and so are those who
// keep them.  null: it has gone, or is on its way.
function kindOf(pid) {
  try {
    const comm = readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
    const argv = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
      .slice(0, -1);
    if (argv.length === 0 || comm.endsWith('-pool'))
      return argv.length === 0 ? null : comm;
    const name = basename(argv[0].split(' ')[0]);
    return name === 's6-supervise' ?
      `${name} ${argv.at(-1).replace(/^.*\/log$/, 'log')}` : name;
  } catch {
    return null;
  }
}

// kind -> its processes, youngest first: a service before what keeps it.
function processes() {
  const kinds = new Map();
  for (const pid of server.pids(/./).sort((a, b) => b - a)) {
    const kind = kindOf(pid);
    if (kind)
      kinds.set(kind, [...kinds.get(kind) ?? [], pid]);
  }
  return kinds;
}

// Of the supervision all of a kind at once, of what it keeps the youngest.
async function kill(kind) {
  const before = processes().get(kind);
  const victims = kind.startsWith('s6-') ? before : before.slice(0, 1);
  for (const pid of victims)
    process.kill(pid, 'SIGKILL');
  await until(`${kind} is back`, () => {
    const now = processes().get(kind) ?? [];
    return now.length >= before.length &&
      !now.some((pid) => victims.includes(pid));
  });
  await server.ready();
}

// s6-svscan comes last, for with it everything is made anew.
test('a_process_of_any_kind_comes_back', async () => {
  await server.ready();
  const kinds = [...processes().keys()];
  for (const part of ['mariadbd', 'redis-server', 'lighttpd', 'websocketd',
    'push', 'relay', 'deliver', 'writer', 'history.fcgi', 'history-pool',
    's6-svscan', 's6-setlock', 's6-supervise redis', 's6-supervise log',
    's6-log'])
    assert.ok(kinds.some((kind) => kind.startsWith(part)),
      `${part} is not among ${kinds}`);
  for (const kind of kinds.filter((k) => k !== 's6-svscan'))
    await kill(kind);
  await kill('s6-svscan');
  const [ann, bob, conv] = await pair(server.url);
  const live = await bob.live();
  await ann.say(conv, 'after all that');
  await live.message('after all that');
  await live.close();
});
