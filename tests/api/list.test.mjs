// SPDX-License-Identifier: MIT
// The list of conversations: its filters, and the search in it.  An instance of
// its own, for what is said in the world channel is unread for all.

import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { expect, faults } from '../lib/client.mjs';
import { useOwn } from '../lib/instance.mjs';
import { befriend, groupOf, newcomer, word } from '../lib/people.mjs';

const server = useOwn('list');

const s = {};
before(async () => {
  await server.up();
  s.ann = await newcomer(server.url, 'ann');
  s.bob = await newcomer(server.url, 'bob',
    { display_name: 'Bobby Brown' });
  s.ming = await newcomer(server.url, 'ming',
    { display_name: '王小明' });
  s.eve = await newcomer(server.url, 'eve');
  for (const name of ['bob', 'ming', 'eve'])
    s[`with_${name}`] = await befriend(s.ann, s[name]);
  s.group = await groupOf(s.ann, [s.bob], { title: 'Chess 下棋 club' }, true);
  s.world = (await expect(s.ann.api.get('/world'), 200)).id;
  await s.bob.say(s.with_bob, 'hello');
  await s.ming.say(s.with_ming, '你好');
});

const names = () => Object.fromEntries(['with_bob', 'with_ming', 'with_eve',
  'group', 'world'].map((name) => [s[name], name]));
const list = async (query) =>
  (await expect(s.ann.api.get(`/conversations?${query}`), 200)).items
    .map((c) => names()[c.id]);
const sorted = async (query) => (await list(query)).sort();
const arrange = (conv, view) =>
  expect(s.ann.api.patch(`/conversations/${conv}`, view), 200);
const read = async (conv) => expect(s.ann.api.put(
  `/conversations/${conv}/read`,
  { seq: (await s.ann.conversation(conv)).last_seq }), 204);

test('filters_choose_by_kind', async () => {
  assert.deepEqual(await sorted('filter=direct'),
    ['with_bob', 'with_eve', 'with_ming']);
  assert.deepEqual(await sorted('filter=groups'), ['group', 'world']);
  assert.deepEqual(await sorted('filter=all'), await sorted(''));
  assert.deepEqual(await faults(s.ann.api.get('/conversations?filter=odd')),
    ['filter']);
});

test('unread_are_those_with_something_new_or_marked', async () => {
  await read(s.group);
  await read(s.world);
  assert.deepEqual(await sorted('filter=unread'), ['with_bob', 'with_ming']);
  await read(s.with_ming);
  assert.deepEqual(await sorted('filter=unread'), ['with_bob']);
  await arrange(s.with_eve, { marked_unread: true });
  await arrange(s.world, { marked_unread: true });
  assert.deepEqual(await sorted('filter=unread'),
    ['with_bob', 'with_eve', 'world']);
  await read(s.with_eve);
  await read(s.world);
  await s.bob.say(s.group, 'your move');
  assert.deepEqual(await sorted('filter=unread'), ['group', 'with_bob']);
  await arrange(s.group, { pinned: true });
  assert.deepEqual(await list('filter=unread'), ['group', 'with_bob']);
  await arrange(s.group, { pinned: false });
});

test('what_was_said_before_joining_is_not_unread', async () => {
  const late = await newcomer(server.url);
  const group = await groupOf(s.ann, [], { join_policy: 'open' });
  await s.ann.say(group, 'long ago');
  await expect(late.api.post(`/conversations/${group}/join`), 200);
  const unread = async () =>
    (await expect(late.api.get('/conversations?filter=unread'), 200)).items
      .map((c) => c.id).includes(group);
  const { unread: n } = await late.conversation(group);
  assert.equal(await unread(), n > 0);
  await s.ann.say(group, 'welcome');
  assert.equal(await unread(), true);
  await expect(s.ann.api.delete(`/conversations/${group}`), 204);
});

test('hidden_ones_have_a_list_of_their_own', async () => {
  await arrange(s.with_eve, { hidden: true });
  await arrange(s.world, { hidden: true });
  assert.deepEqual(await sorted('filter=hidden'), ['with_eve', 'world']);
  assert.equal((await list('filter=direct')).includes('with_eve'), false);
  assert.equal((await list('')).includes('world'), false);
  assert.equal((await list('hidden=true')).length, 5);
  await arrange(s.world, { hidden: false });
  await s.eve.say(s.with_eve, 'back again');
  assert.deepEqual(await list('filter=hidden'), []);
  assert.equal((await list('filter=direct')).includes('with_eve'), true);
});

test('a_search_finds_titles_names_and_remarks', async () => {
  const search = (text, more = '') =>
    sorted(`query=${encodeURIComponent(text)}${more}`);
  assert.deepEqual(await search('brown'), ['with_bob']);
  assert.deepEqual(await search('BOB'), ['with_bob']);
  assert.deepEqual(await search('小明'), ['with_ming']);
  assert.deepEqual(await search('棋'), ['group']);
  assert.deepEqual(await search('ess'), ['group']);
  assert.deepEqual(await search(s.eve.username), ['with_eve']);
  assert.deepEqual(await search(word(16)), []);
  assert.deepEqual(await search('%'), []);
  assert.deepEqual(await search('b_bby'), []);
  await expect(s.ann.api.patch(`/contacts/${s.eve.id}`,
    { remark: 'My neighbour' }), 200);
  assert.deepEqual(await search('neighb'), ['with_eve']);
  assert.deepEqual(await search('neighb', '&filter=groups'), []);
  await arrange(s.with_eve, { hidden: true });
  assert.deepEqual(await search('neighb'), ['with_eve'], 'hidden or not');
  await arrange(s.with_eve, { hidden: false });
  assert.deepEqual(await search('', '&filter=groups'), ['group', 'world']);
  assert.deepEqual(await faults(s.ann.api.get(
    `/conversations?query=${'x'.repeat(65)}`)), ['query']);
});

test('a_search_shows_nobody_elses', async () => {
  const { items } = await expect(s.bob.api.get(
    `/conversations?query=${s.eve.username}`), 200);
  assert.deepEqual(items, []);
});

test('filtered_and_found_pages_lose_and_repeat_nothing', async () => {
  for (const query of ['filter=direct', 'query=a&filter=all',
    'filter=groups&hidden=true', 'query=b']) {
    const whole = await list(`${query}&limit=200`);
    const found = [];
    for (let next = ''; next !== null;) {
      const page = await expect(s.ann.api.get(
        `/conversations?${query}&limit=1${next}`), 200);
      assert.ok(page.items.length <= 1);
      found.push(...page.items.map((c) => names()[c.id]));
      next = page.next && `&cursor=${encodeURIComponent(page.next)}`;
    }
    assert.deepEqual(found, whole, query);
  }
});
