// SPDX-License-Identifier: MIT
// Mentions: who is called by @name and @all, and counted apart until it is
// read.

import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { expect } from '../lib/client.mjs';
import { useOwn } from '../lib/instance.mjs';
import { groupOf, newcomer, pair, word } from '../lib/people.mjs';

const server = useOwn('mentions', { settings: { 'rate_limit.enabled': 'off' } });

const scene = {};
before(async () => {
  await server.up();
  for (const name of ['ann', 'bob', 'cyd', 'eve'])
    scene[name] = await newcomer(server.url, name);
  const { ann, bob, cyd } = scene;
  scene.group = await groupOf(ann, [bob, cyd]);
});

const at = (person) => `@${person.username}`;
const count = async (who, conv) => (await who.conversation(conv)).mentions;
const read = (who, conv, seq) =>
  expect(who.api.put(`/conversations/${conv}/read`, { seq }), 204);
const readAll = async (who, conv) =>
  read(who, conv, (await who.conversation(conv)).last_seq);

test('a_member_is_called_by_name', async () => {
  const { ann, bob, cyd, eve, group } = scene;
  await readAll(bob, group);
  const m = await ann.say(group,
    `${at(bob)} and ${at(eve)}, look: \`${at(cyd)}\``);
  assert.deepEqual(m.mentions, [bob.id]);
  assert.match(m.html, new RegExp(`<a class="at" href="/u/${bob.id}">${
    at(bob)}</a> and ${at(eve)}`));
  assert.match(m.html, new RegExp(`<code>${at(cyd)}</code>`));
  assert.equal(await count(bob, group), 1);
  assert.equal(await count(cyd, group), 0);
  assert.equal(await count(ann, group), 0);
  // As it is for whoever reads it later.
  const [seen] = (await cyd.history(group)).items.slice(-1);
  assert.deepEqual([seen.mentions, seen.html], [m.mentions, m.html]);
});

test('mentions_are_counted_until_they_are_read', async () => {
  const { ann, bob, cyd, group } = scene;
  await readAll(bob, group);
  const seqs = [];
  for (const text of [`${at(bob)} one`, 'two', `three ${at(bob)}`,
    `@all four, ${at(bob)}`, `five ${at(cyd)}`])
    seqs.push((await ann.say(group, text)).seq);
  const listed = async () => (await expect(bob.api.get('/conversations'), 200))
    .items.find((c) => c.id === group);
  assert.deepEqual([(await listed()).mentions, (await listed()).unread],
    [3, 5]);
  await read(bob, group, seqs[1]);
  assert.equal(await count(bob, group), 2);
  await read(bob, group, seqs[2]);
  assert.equal(await count(bob, group), 1);
  const mine = await expect(bob.api.get(
    `/messages?conv_id=${group}&mentioned=true&since_seq=${seqs[1]}`), 200);
  assert.deepEqual(mine.items.map((m) => m.seq), [seqs[2], seqs[3]]);
  const last = await expect(bob.api.get(
    `/messages?conv_id=${group}&mentioned=true&limit=1`), 200);
  assert.deepEqual(last.items.map((m) => m.seq), [seqs[3]]);
  assert.ok(last.next);
  const before_it = await expect(bob.api.get(`/messages?conv_id=${
    group}&mentioned=true&limit=1&cursor=${last.next}`), 200);
  assert.deepEqual(before_it.items.map((m) => m.seq), [seqs[2]]);
  await bob.say(group, 'all right');
  assert.equal(await count(bob, group), 0);
});

// Of three, two of whom have read all there is.
async function freshGroup() {
  const [ann, bob, cyd] = await Promise.all(['ann', 'bob', 'cyd']
    .map((n) => newcomer(server.url, n)));
  const group = await groupOf(ann, [bob, cyd]);
  await readAll(bob, group);
  await readAll(cyd, group);
  return { ann, bob, cyd, group };
}

const recall = (who, { id }) => expect(who.api.delete(`/messages/${id}`), 204);
const listedFor = async (who, conv) => (await expect(who.api.get(
  `/messages?conv_id=${conv}&mentioned=true`), 200)).items.map((m) => m.seq);

test('what_is_taken_out_calls_nobody_any_more', async () => {
  const { ann, bob, cyd, group } = await freshGroup();
  const said = [];
  for (const text of [`${at(bob)} one`, `@all two, ${at(bob)}`,
    `${at(bob)} ${at(cyd)} three`, `four ${at(cyd)}`, '@all five'])
    said.push(await ann.say(group, text));
  const seqs = said.map((m) => m.seq);
  const counts = async () => [await count(bob, group), await count(cyd, group)];
  assert.deepEqual(await counts(), [4, 4]);
  const { cursor } = await expect(bob.api.get('/sync'), 200);
  await recall(ann, said[1]);
  assert.deepEqual(await counts(), [3, 3]);
  assert.deepEqual(await listedFor(bob, group), [seqs[0], seqs[2], seqs[4]]);
  const { conversations } = await expect(
    bob.api.get(`/sync?cursor=${cursor}`), 200);
  assert.equal(conversations.find((c) => c.id === group).mentions, 3);
  // Nor once more, nor one that was read.
  await recall(ann, said[1]);
  await read(bob, group, seqs[0]);
  assert.deepEqual(await counts(), [2, 3]);
  await recall(ann, said[0]);
  assert.deepEqual(await counts(), [2, 3]);
  await recall(ann, said[2]);
  assert.deepEqual(await counts(), [1, 2]);
  // What comes goes on counting.
  await ann.say(group, `${at(bob)} six`);
  assert.deepEqual(await counts(), [2, 2]);
  await recall(ann, said[4]);
  assert.deepEqual(await counts(), [1, 1]);
  await ann.say(group, `${at(cyd)} seven`);
  assert.deepEqual(await counts(), [1, 2]);
  await read(cyd, group, seqs[3]);
  assert.deepEqual(await counts(), [1, 1]);
});

// As an earlier version left them: taken out, and still calling.
test('a_migration_uncalls_whom_earlier_removals_left_called', async () => {
  const { ann, bob, cyd, group } = await freshGroup();
  const said = [];
  for (const text of [`${at(bob)} one`, '@all two', `${at(bob)} three`,
    `${at(cyd)} four`, '@all five', `${at(bob)} six`])
    said.push((await ann.say(group, text)).seq);
  await server.sql(`UPDATE message SET content = '', mentions = '',
    recalled_at = 1 WHERE conv_id = ${group}
    AND seq IN (${said[0]}, ${said[1]}, ${said[3]})`);
  const seen = async () => [await count(bob, group), await count(cyd, group),
    await listedFor(bob, group), await listedFor(cyd, group)];
  assert.deepEqual(await seen(), [5, 3, [0, 1, 2, 4, 5].map((i) => said[i]),
    [1, 3, 4].map((i) => said[i])]);
  for (let again = 0; again < 2; again++) {
    await server.sql(`DELETE FROM schema_migration
      WHERE name = '0017_uncalled.sql'`);
    await server.ctl('migrate');
    assert.deepEqual(await seen(), [3, 1,
      [said[2], said[4], said[5]], [said[4]]]);
  }
  await read(bob, group, said[2]);
  assert.equal(await count(bob, group), 2);
  await ann.say(group, `${at(bob)} and ${at(cyd)} seven`);
  assert.deepEqual((await seen()).slice(0, 2), [3, 2]);
});

test('many_are_taken_out_while_others_call', async () => {
  const [ann, bob] = await Promise.all(['ann', 'bob']
    .map((n) => newcomer(server.url, n)));
  const group = await groupOf(ann, [bob]);
  await readAll(bob, group);
  const call = (i) => ann.say(group, i % 3 ? `${at(bob)} ${i}` : `@all ${i}`);
  const first = await Promise.all(Array.from({ length: 12 }, (_, i) => call(i)));
  await Promise.all(first.flatMap((m, i) => [recall(ann, m), call(i)]));
  assert.equal(await count(bob, group), first.length);
  assert.equal((await listedFor(bob, group)).length, first.length);
});

test('all_are_called_by_who_may', async () => {
  const { ann, bob, cyd, group } = scene;
  await readAll(cyd, group);
  const plain = await bob.say(group, '@all dinner!');
  assert.deepEqual(plain.mentions, []);
  assert.doesNotMatch(plain.html, /class="at"/);
  const called = await ann.say(group, '@ALL dinner!');
  assert.deepEqual(called.mentions, ['all']);
  assert.match(called.html, /<strong class="at">@ALL<\/strong>/);
  assert.equal(await count(cyd, group), 1);
  await expect(ann.api.patch(`/conversations/${group}/members/${bob.id}`,
    { role: 'admin', permissions: [] }), 200);
  assert.deepEqual((await bob.say(group, '@all again')).mentions, ['all']);
  assert.equal(await count(cyd, group), 2);
});

test('who_comes_later_was_not_called', async () => {
  const { ann, bob } = scene;
  const group = await groupOf(ann, [bob], { from_start: true }, true);
  const dan = await newcomer(server.url, 'dan');
  assert.deepEqual((await ann.say(group, `@all and ${at(dan)}`)).mentions,
    ['all']);
  await expect(ann.api.patch(`/conversations/${group}`,
    { join_policy: 'open' }), 200);
  await expect(dan.api.post(`/conversations/${group}/join`), 200);
  assert.equal(await count(dan, group), 0);
  await ann.say(group, `welcome ${at(dan)}`);
  assert.equal(await count(dan, group), 1);
});

test('two_people_need_no_call', async () => {
  const [ann, bob, conv] = await pair(server.url);
  const m = await ann.say(conv, `${at(bob)} @all`);
  assert.deepEqual(m.mentions, []);
  assert.equal(await count(bob, conv), 0);
});

test('in_the_world_everybody_can_be_called_whom_one_may_find', async () => {
  const [bob, cyd, dan, eva] = await Promise.all(['bob', 'cyd', 'dan', 'eva']
    .map((n) => newcomer(server.url, n)));
  await expect(dan.api.patch('/users/me', { hidden: true }), 200);
  await expect(eva.api.put(`/blocks/${bob.id}`), 204);
  const { id } = await expect(bob.api.get('/world'), 200);
  const m = await bob.say(id, `${at(eva)} ${at(cyd)} ${at(dan)} @all`);
  assert.deepEqual(m.mentions, [cyd.id]);
  assert.equal(await count(eva, id), 0);
  assert.equal(await count(cyd, id), 1);
  assert.equal(await count(dan, id), 0);
  await readAll(cyd, id);
  assert.equal(await count(cyd, id), 0);
});

test('a_call_comes_live_and_by_replay_and_sync', async () => {
  const { ann, bob, group } = scene;
  const phone = await bob.logIn();
  const live = await phone.live();
  const { cursor } = await expect(phone.api.get('/sync'), 200);
  const text = `${at(bob)} ${word()}`;
  const sent = await ann.say(group, text);
  assert.deepEqual((await live.message(text)).mentions, [bob.id]);
  live.drop();
  await live.gone();
  const again = await phone.live();
  const replayed = await again.message(text);
  assert.deepEqual([replayed.mentions, replayed.html],
    [sent.mentions, sent.html]);
  again.drop();
  const page = await expect(phone.api.get(`/sync?cursor=${cursor}`), 200);
  assert.deepEqual(page.messages.find((m) => m.seq === sent.seq).mentions,
    [bob.id]);
  assert.ok(page.conversations.find((c) => c.id === group).mentions > 0);
});

test('the_same_again_is_the_same_message', async () => {
  const { ann, bob, group } = scene;
  const more = { client_msg_id: word(24) };
  const first = await ann.say(group, `${at(bob)} once`, more);
  const again = await expect(ann.api.post('/messages',
    { conv_id: group, content: `${at(bob)} once`, ...more }), 200);
  assert.deepEqual([again.mentions, again.html], [first.mentions, first.html]);
});

test('many_at_once_are_all_counted', async () => {
  const { ann, bob, cyd, group } = scene;
  await readAll(bob, group);
  const n = 24;
  await Promise.all(Array.from({ length: n }, (_, i) =>
    (i % 2 ? ann : cyd).say(group, `${at(bob)} ${i}`)));
  assert.equal(await count(bob, group), n);
  await readAll(bob, group);
  assert.equal(await count(bob, group), 0);
});

test('twenty_are_called_and_no_more', async () => {
  const { ann, bob, group } = scene;
  const noise = Array.from({ length: 60 }, () => `@${word()}`).join(' ');
  assert.deepEqual((await ann.say(group, `${noise} ${at(bob)}`)).mentions, []);
  assert.deepEqual((await ann.say(group, `${at(bob)} ${noise}`)).mentions,
    [bob.id]);
});

test('all_is_nobodys_name', async () => {
  const res = await scene.ann.api.post('/users', { username: 'All',
    password: 'ember-Quartz-41-violin' });
  assert.equal(res.status, 422);
  assert.deepEqual(res.json.errors.map((e) => [e.field, e.code]),
    [['username', 'taken']]);
});

test('who_deleted_the_account_is_a_name_without_a_link', async () => {
  const { ann } = scene;
  const dan = await newcomer(server.url, 'dan');
  const group = await groupOf(ann, [dan]);
  const m = await ann.say(group, `${at(dan)} and @all`);
  assert.deepEqual(m.mentions, [dan.id, 'all']);
  await expect(dan.api.delete('/users/me'), 204);
  const seen = (await ann.history(group)).items.find((x) => x.id === m.id);
  assert.equal(seen.content, m.content);
  assert.deepEqual(seen.mentions, ['all']);
  assert.equal(seen.html,
    `<p>${at(dan)} and <strong class="at">@all</strong></p>`);
});
