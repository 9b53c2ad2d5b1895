// SPDX-License-Identifier: MIT
// The release programs, in their sandbox, through the whole path: what the
// sanitized ones cannot show, for the sanitizers need calls of their own.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Client, expect } from '../lib/client.mjs';
import { follow, submit } from '../lib/forms.mjs';
import { useOwn } from '../lib/instance.mjs';
import { newcomer, pair, PASSWORD, word } from '../lib/people.mjs';
import { until } from '../lib/wait.mjs';

const server = useOwn('release', { release: true });

const OURS = /\.fcgi|daemons\/(push|writer|relay|deliver)/;
const POOLS = ['accounts', 'contacts', 'groups', 'history', 'health'];
const status = (pid) => Object.fromEntries(
  readFileSync(`/proc/${pid}/status`, 'utf8').split('\n')
    .map((line) => line.split(':\t')));

test('every_program_of_ours_is_in_its_sandbox', async () => {
  const pids = server.pids(OURS);
  const names = new Set(pids.map((pid) => status(pid).Name.trim()));
  for (const name of ['push', 'writer', 'relay', 'deliver',
    ...POOLS, ...POOLS.map((pool) => `${pool}-pool`)])
    assert.ok(names.has(name), name);
  for (const pid of pids) {
    const { Name, Seccomp, NoNewPrivs } = status(pid);
    assert.equal(Seccomp.trim(), '2', Name);
    assert.equal(NoNewPrivs.trim(), '1', Name);
  }
});

test('the_whole_stack_idles_within_its_memory', async () => {
  const pss = (pid) => {
    try {
      return Number(/^Pss: +(\d+)/m.exec(
        readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0);
    } catch {
      return 0;
    }
  };
  const sum = (pids) => pids.reduce((kb, pid) => kb + pss(pid), 0) / 1024;
  const all = sum(server.pids(/./));
  const engines = sum(server.pids(/mariadbd|redis-server/));
  assert.ok(all < 120, `${all.toFixed(1)} MB in all`);
  assert.ok(all - engines < 45, `${(all - engines).toFixed(1)} MB besides ` +
    'MariaDB and Redis');
});

test('two_people_talk_through_reconnects_and_lose_nothing', async () => {
  const [ann, bob, conv] = await pair(server.url);
  const seen = [];
  let sent = 0;
  for (let round = 0; round < 8; round++) {
    const away = Array.from({ length: 5 }, () =>
      ann.say(conv, `m${sent++}`));
    const live = await bob.live({ how: round % 2 ? 'query' : 'protocol' });
    await Promise.all(away);
    await ann.say(conv, `m${sent++}`);
    while (seen.length < sent) {
      const { seq } = await live.next('message');
      seen.push(seq);
      live.ack(conv, seq);
    }
    if (round % 3 === 0)
      await live.close();
    else
      await live.ping().then(() => live.drop());
  }
  assert.deepEqual(seen, Array.from({ length: sent }, (_, i) => i + 1));
});

test('every_call_and_page_works_in_the_sandbox', async () => {
  const browser = new Client(server.url, { cookies: true });
  await follow(browser, submit(browser, '/register', '/register',
    { username: `eve_${word()}`, password: PASSWORD }));
  const [ann, bob, conv] = await pair(server.url);
  await ann.say(conv, '**bold** [link](https://example.org) 你好');
  for (const path of ['/', '/contacts', '/settings/profile',
    '/settings/sessions', '/settings/password', '/settings/appearance',
    '/settings/blocks', `/u/${bob.id}`, '/nowhere', '/healthz', '/readyz',
    '/metrics'])
    assert.ok([200, 404].includes((await browser.send('GET', path)).status),
      path);
  const eve = await newcomer(server.url, 'eve');
  await expect(eve.api.put(`/blocks/${bob.id}`), 204);
  await expect(eve.api.put('/users/me/password', { old_password: PASSWORD,
    new_password: 'other-Walnut-19-drum' }), 204);
  await expect(eve.api.delete('/users/me'), 204);
});

test('killed_engines_and_programs_are_reconnected_in_the_sandbox',
  async () => {
    const [ann, bob, conv] = await pair(server.url);
    const live = await bob.live();
    for (const pattern of [/redis-server/, /mariadbd/, /daemons\/relay/,
      /daemons\/deliver/, /cgi-bin\/\w+\.fcgi/]) {
      server.kill(pattern);
      const content = word();
      const draft = { conv_id: conv, client_msg_id: word(24), content };
      await until('it is sent', async () => {
        const res = await ann.api.post('/messages', draft);
        return [200, 201].includes(res.status);
      }, { every: 50 });
      await live.message(content);
      await server.ready();
    }
    await live.close();
  });

test('no_program_was_stopped_by_its_sandbox', () => {
  const log = join(server.dir, 'log');
  for (const name of readdirSync(log, { withFileTypes: true })
    .filter((d) => d.isDirectory()))
    for (const file of readdirSync(join(log, name.name)))
      assert.doesNotMatch(readFileSync(join(log, name.name, file), 'utf8'),
        /Bad system call|signal 31|SIGSYS/, name.name);
});
