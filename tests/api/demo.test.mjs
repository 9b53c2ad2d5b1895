// SPDX-License-Identifier: MIT
// make demo: what it promises, and that it harms nobody who is here already.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { Client, expect } from '../lib/client.mjs';
import { logIns } from '../lib/demo.mjs';
import { useOwn } from '../lib/instance.mjs';
import { newcomer, Person } from '../lib/people.mjs';
import { until } from '../lib/wait.mjs';

const DAY_MS = 24 * 3600 * 1000;
// With its limits as they are: they must not stand in the way.
const server = useOwn('demo', { settings: { 'rate_limit.enabled': 'on' } });
const inUse = useOwn('demo-in-use');

let lena, xiaomei, output;

async function enter(instance, stdout) {
  const people = logIns(stdout).map(([login, password]) =>
    Object.assign(new Person(instance.url, login), { password }));
  return Promise.all(people.map((person) => person.logIn()));
}

const list = async (person, path) =>
  (await expect(person.api.get(path), 200)).items;

async function chats(person) {
  return list(person, '/conversations?limit=200');
}

async function chat(person, title) {
  const found = (await chats(person)).find((c) => c.title === title);
  assert.ok(found, `${person.username} has a chat "${title}"`);
  return found;
}

const whole = async (person, id) =>
  (await person.history(id, '&since_seq=0&limit=200')).items;

async function refusal(instance) {
  const error = await instance.command('demo').then(() => null, (e) => e);
  assert.ok(error, 'it must refuse');
  const lines = error.stderr.trim().split('\n');
  assert.equal(lines.length, 1, error.stderr);
  return lines[0];
}

before(async () => {
  await server.up();
  const stranger = await newcomer(server.url, 'stranger');
  assert.match(await refusal(server), /stranger_.*FORCE=1/);
  assert.deepEqual(await list(stranger, '/users?query=lena'), []);
  await expect(stranger.api.delete('/users/me',
    { password: stranger.password }), 204);
  ({ stdout: output } = await server.command('demo'));
  [lena, xiaomei] = await enter(server, output);
});

test('two_log_ins_are_printed_with_the_address', () => {
  assert.deepEqual(logIns(output).map(([login, , language]) =>
    [login, language]), [['lena', 'English'], ['xiaomei', '中文']]);
  assert.ok(output.includes(`${server.url}/login`), output);
});

test('each_has_a_language_a_face_and_company', async () => {
  for (const [person, locale] of [[lena, 'en'], [xiaomei, 'zh']]) {
    const me = await expect(person.api.get('/users/me'), 200);
    assert.equal(me.locale, locale);
    assert.ok(me.bio.length > 10);
    const contacts = await list(person, '/contacts');
    assert.ok(contacts.length >= 5);
    assert.ok(contacts.some((c) => c.pinned));
    assert.ok(contacts.some((c) => c.remark !== ''));
    assert.ok(contacts.some((c) => c.labels.length > 1));
  }
  const found = await list(lena, '/users?query=王');
  assert.deepEqual(found.map((u) => u.username), ['haoran']);
});

test('every_kind_of_conversation_is_there_with_unread_ones', async () => {
  for (const person of [lena, xiaomei]) {
    const all = await chats(person);
    for (const type of ['direct', 'group', 'world'])
      assert.ok(all.some((c) => c.type === type), type);
    assert.ok(all.filter((c) => c.unread > 0).length >= 4);
    assert.ok(all.some((c) => c.unread === 0));
    assert.ok(all.some((c) => c.pinned));
  }
  const hers = await chats(lena);
  assert.ok(hers.some((c) => c.muted && c.silent_until !== null));
  assert.ok(hers.some((c) => c.marked_unread));
  assert.ok(hers.some((c) => c.draft !== null));
  for (const person of [lena, xiaomei])
    assert.ok((await chats(person)).some((c) => c.mentions > 0));
  const policies = new Set();
  for (const [person, title] of [[lena, 'Open Air Sensors'],
    [xiaomei, '周末骑行 🚲'], [lena, 'Sensor planning']])
    policies.add((await person.conversation((await chat(person, title)).id))
      .join_policy);
  assert.deepEqual([...policies].sort(), ['approval', 'invite', 'open']);
});

test('some_hundred_messages_go_back_for_weeks_and_never_back_in_time',
  async () => {
    const seen = new Map();
    for (const person of [lena, xiaomei])
      for (const c of await chats(person))
        seen.set(c.id, [await whole(person, c.id), c]);
    let said = 0, oldest = Date.now();
    for (const [messages, c] of seen.values()) {
      let time = 0;
      for (const [i, m] of messages.entries()) {
        assert.equal(m.seq, i + 1);
        assert.ok(Date.parse(m.created_at) >= time, `${c.title} ${m.seq}`);
        time = Date.parse(m.created_at);
        said += m.sender.type === 'user' ? 1 : 0;
      }
      assert.ok(time <= Date.now());
      assert.equal(c.last_message.created_at, messages.at(-1).created_at);
      oldest = Math.min(oldest, Date.parse(messages[0].created_at));
    }
    assert.ok(said > 300, `${said} messages`);
    assert.ok(Date.now() - oldest > 40 * DAY_MS);
    const times = (await chats(lena)).filter((c) => !c.pinned)
      .map((c) => Date.parse(c.last_message.created_at));
    assert.deepEqual(times, [...times].sort((a, b) => b - a));
  });

test('it_has_markdown_links_code_emoji_both_languages_and_mentions',
  async () => {
    const texts = [];
    for (const c of await chats(lena))
      texts.push(...await whole(lena, c.id));
    for (const html of [/<strong>/, /<em>/, /<a [^>]*href="https:/, /<pre>/,
      /<code>/, /<li>/, /<blockquote>/])
      assert.ok(texts.some((m) => html.test(m.html ?? '')), String(html));
    for (const content of [/\p{Extended_Pictographic}/u, /\p{Script=Han}/u,
      /@lena\b/])
      assert.ok(texts.some((m) => content.test(m.content)), String(content));
  });

test('people_came_in_when_the_history_says_so', async () => {
  const { id } = await chat(lena, 'Open Air Sensors');
  const history = await whole(lena, id);
  const members = await list(lena, `/conversations/${id}/members`);
  const came = (name) => members.find((m) => m.user.username === name);
  const joined = history.find((m) => m.type === 'system' &&
    JSON.stringify(m.content).includes(came('liuyang').user.id));
  assert.equal(came('liuyang').joined_at, joined.created_at);
  assert.equal(came('lena').role, 'owner');
  assert.equal(came('priya_r').role, 'admin');
  assert.ok(Date.parse(came('samw').muted_until) > Date.now());
});

test('a_message_is_pinned_and_one_was_taken_out', async () => {
  const { id } = await chat(xiaomei, 'Open Air Sensors');
  const [pin] = await list(xiaomei, `/conversations/${id}/pins`);
  assert.match(pin.message.content, /magic smoke/);
  assert.ok((await whole(xiaomei, id)).some((m) => m.recalled_at !== null));
});

test('requests_wait_in_both_directions_and_at_the_doors_of_groups',
  async () => {
    for (const person of [lena, xiaomei])
      for (const direction of ['in', 'out']) {
        const waiting = await list(person,
          `/contact-requests?direction=${direction}`);
        assert.ok(waiting.length > 0, `${person.username} ${direction}`);
        assert.ok(waiting.every((r) => r.note !== '' &&
          Date.parse(r.created_at) < Date.now() - 3600 * 1000));
      }
    const { id } = await chat(xiaomei, '周末骑行 🚲');
    const [asks] = await list(xiaomei, `/conversations/${id}/join-requests`);
    assert.equal(asks.user.username, 'zhangmin');
    const [invitation] = await list(lena, '/invitations');
    assert.equal(invitation.by.username, 'graceoneill');
    const open = await list(lena, '/groups?query=darkroom');
    assert.equal(open.length, 1);
    assert.equal(open[0].is_member, false);
  });

test('life_goes_on_after_it', async () => {
  const { id } = await chat(lena, '林小梅');
  const { cursor } = await expect(xiaomei.api.get('/sync'), 200);
  const live = await xiaomei.live();
  const said = await lena.say(id, 'And this is now.');
  await live.message('And this is now.');
  const past = await whole(lena, id);
  assert.ok(past.at(-2).created_at <= said.created_at);
  const { messages } = await expect(
    xiaomei.api.get(`/sync?cursor=${cursor}`), 200);
  assert.deepEqual(messages.map((m) => m.content), ['And this is now.']);
  await live.close();
});

test('a_second_run_says_so_and_adds_nothing', async () => {
  const count = 'SELECT (SELECT COUNT(*) FROM user), ' +
    '(SELECT COUNT(*) FROM message), (SELECT SUM(last_at) FROM conversation), ' +
    '(SELECT COUNT(*) FROM contact_request)';
  const rows = await server.sql(count);
  const { stdout } = await server.command('demo');
  assert.match(stdout, /already/);
  assert.deepEqual(logIns(stdout), logIns(output));
  assert.deepEqual(await server.sql(count), rows);
});

// What a device knows may not change behind its back.
test('where_others_are_it_can_be_forced_cut_off_and_repeated', async () => {
  await inUse.up();
  const stranger = await newcomer(inUse.url, 'stranger');
  const { cursor } = await expect(stranger.api.get('/sync'), 200);
  const tool = spawn(join(inUse.build, 'parleyctl'), ['demo', '--force'],
    { env: { ...inUse.env, PARLEY_INSTANCE: inUse.dir } });
  await until('it has begun to talk', async () =>
    (await inUse.sql('SELECT COUNT(*) FROM message'))[0][0] > 60,
  { timeout: 60_000 });
  tool.kill('SIGKILL');
  await once(tool, 'close');

  inUse.extra = { FORCE: '1' };
  const { stdout } = await inUse.command('demo');
  const counts = /^\d+ people, \d+ conversations, \d+ messages/m;
  assert.equal(counts.exec(stdout)[0], counts.exec(output)[0]);
  const [them] = await enter(inUse, stdout);
  const total = 'SELECT COUNT(*), COUNT(DISTINCT conv_id) FROM message ' +
    'WHERE content <> \'And this is now.\'';
  assert.deepEqual(await inUse.sql(total), await server.sql(total));
  rmSync(join(inUse.dir, 'secrets/demo-whole')); // cut off at the very end
  await inUse.command('demo');
  assert.deepEqual(await inUse.sql(total), await server.sql(total));
  const { id } = await chat(them, 'Open Air Sensors');
  const began = Date.parse((await whole(them, id))[0].created_at);
  assert.ok(Date.now() - began > 30 * DAY_MS);

  const heard = [];
  let next = cursor, more = true;
  while (more) {
    const page = await expect(stranger.api.get(`/sync?cursor=${next}`), 200);
    heard.push(...page.messages);
    ({ cursor: next, more } = page);
  }
  const world = await chat(stranger, 'World');
  assert.equal(new Set(heard.map((m) => m.seq)).size, world.last_seq);
  await expect(new Client(inUse).send('GET', '/healthz'), 200);
});
