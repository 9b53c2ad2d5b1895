// SPDX-License-Identifier: MIT
// Finding people: by which parts of their names, in which order, and whom not.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expect } from '../lib/client.mjs';
import { useShared } from '../lib/instance.mjs';
import { befriend, newcomer, newcomers, Person, word }
  from '../lib/people.mjs';

const server = useShared();

const found = async (who, query, more = '') => (await expect(who.api.get(
  `/users?query=${encodeURIComponent(query)}${more}`), 200)).items
  .map((u) => u.id);
const named = (display_name, name = 'p') =>
  newcomer(server.url, name, { display_name });
const crowd = (...names) => Promise.all(names.map((n) => named(n)));

// Letters that no other test uses, for the instance is shared.
const tag = () => word(10).replace(/\d/g, (d) => 'ghijklmnop'[d]);

// Somebody whose username is just this.
async function called(username, more = {}) {
  const person = new Person(server.url, username);
  await expect(person.api.post('/users', { username, ...more,
    password: person.password }), 201);
  return person.logIn();
}

async function pages(who, path) {
  const all = [];
  for (let next = ''; next !== null;) {
    const page = await expect(who.api.get(`${path}${next}`), 200);
    all.push(page.items.map((i) => (i.user ?? i).id));
    next = page.next && `&cursor=${encodeURIComponent(page.next)}`;
  }
  return all;
}

test('a_name_is_found_by_its_beginning_its_words_and_what_is_in_them',
  async () => {
    const t = tag();
    const ada = await named(`Ada ${t}son-Lovelace`);
    const me = await newcomer(server.url, 'me');
    for (const query of [`ada ${t}`, `${t}son`, `${t}son-love`, t.slice(2),
      `  ADA   ${t.toUpperCase()}`])
      assert.ok((await found(me, query)).includes(ada.id), query);
    assert.deepEqual(await found(me, `${t} ada`), []);
    assert.deepEqual(await found(me, `${t}x`), []);
  });

test('in_chinese_any_run_of_characters_is_found', async () => {
  const me = await newcomer(server.url, 'me');
  const [one, two] = [...word(12)].map((c) =>
    String.fromCodePoint(0x4e00 + parseInt(c, 16) * 1000 +
      Math.floor(Math.random() * 999)));
  const wang = await named(`王${one}${two}明`);
  for (const query of [`王${one}`, `${one}${two}`, `${one}${two}明`,
    `${two}明`, `王${one}${two}明`])
    assert.ok((await found(me, query)).includes(wang.id), query);
  assert.ok(!(await found(me, `${two}${one}`)).includes(wang.id));
});

test('case_accents_and_width_do_not_count', async () => {
  const t = tag();
  const me = await newcomer(server.url, 'me');
  const [jose, wide] = await crowd(`José ${t} Straße`,
    [...`${t}wide`].map((c) =>
      String.fromCodePoint(c.codePointAt(0) + 0xfee0)).join(''));
  for (const query of [`JOSE ${t}`, `jose\u0301 ${t}`, `${t} STRASSE`])
    assert.deepEqual(await found(me, query), [jose.id], query);
  assert.deepEqual(await found(me, `${t}wide`), [wide.id]);
});

test('the_best_fit_comes_first', async () => {
  const t = tag().slice(0, 8);
  const me = await newcomer(server.url, 'me');
  const inside = await named(`Mc${t}`);
  const word_ = await named(`Bob ${t}`);
  const begins = await named(`${t} Bob`);
  const username = await called(`${t}_x`, { display_name: 'Somebody' });
  const exact = await called(t, { display_name: 'Nobody' });
  assert.deepEqual(await found(me, t),
    [exact, username, begins, word_, inside].map((p) => p.id));
  assert.deepEqual(await found(me, `@${t}`), await found(me, t));
  assert.equal((await found(me, begins.id))[0], begins.id);
});

test('of_those_who_fit_alike_contacts_come_first', async () => {
  const t = tag();
  const me = await newcomer(server.url, 'me');
  const some = await crowd(`${t} a`, `${t} b`, `${t} c`, `x ${t} 1`,
    `y ${t} 2`);
  await befriend(me, some[2]);
  await befriend(me, some[4]);
  assert.deepEqual(await found(me, t),
    [2, 0, 1, 4, 3].map((i) => some[i].id));
  assert.deepEqual(await found(some[0], t), some.map((p) => p.id));
});

test('a_contact_is_found_by_the_own_remark_and_by_nobody_elses', async () => {
  const t = tag();
  const [me, bob, eve] = await newcomers(server.url, 'me', 'bob', 'eve');
  await befriend(me, bob);
  await befriend(eve, bob);
  await expect(me.api.patch(`/contacts/${bob.id}`,
    { remark: `老友 ${t}` }), 200);
  for (const query of [t, `友 ${t}`])
    assert.deepEqual(await found(me, query), [bob.id]);
  assert.deepEqual(await found(eve, t), []);
  assert.deepEqual(await found(bob, t), []);
  await expect(me.api.patch(`/contacts/${bob.id}`, { remark: '' }), 200);
  assert.deepEqual(await found(me, t), []);
});

test('pages_show_everybody_once_in_the_same_order', async () => {
  const t = tag();
  const me = await newcomer(server.url, 'me');
  const some = await crowd(...['a', 'b', 'c', 'd', 'e'].map((c) => `${t} ${c}`),
    `${t} ${t}`, `z ${t}`, `${t} a`);
  await befriend(me, some[3]);
  await befriend(me, some[6]);
  const whole = await found(me, t);
  assert.deepEqual([...whole].sort(), some.map((p) => p.id).sort());
  for (const limit of [1, 2, 3]) {
    const parts = await pages(me, `/users?query=${t}&limit=${limit}`);
    assert.deepEqual(parts.flat(), whole);
    assert.ok(parts.slice(0, -1).every((p) => p.length === limit));
  }
});

test('who_hides_or_blocks_is_not_found_and_leaves_no_gap', async () => {
  const t = tag();
  const me = await newcomer(server.url, 'me');
  const some = await crowd(...'abcdef'.split('').map((c) => `${t} ${c}`));
  await befriend(me, some[5]);
  await expect(some[0].api.patch('/users/me', { hidden: true }), 200);
  await expect(some[2].api.put(`/blocks/${me.id}`), 204);
  await expect(some[5].api.put(`/blocks/${me.id}`), 204);
  const left = [1, 3, 4].map((i) => some[i].id);
  assert.deepEqual(await found(me, t), left);
  assert.deepEqual(await pages(me, `/users?query=${t}&limit=1`),
    left.map((id) => [id]));
  for (const person of [some[0], some[2], some[5]])
    for (const query of [person.id, person.username])
      assert.ok(!(await found(me, query)).includes(person.id), query);
  // Who hides is found by contacts all the same.
  await befriend(some[1], some[3]);
  await expect(some[3].api.patch('/users/me', { hidden: true }), 200);
  assert.ok((await found(some[1], t)).includes(some[3].id));
  assert.ok(!(await found(me, t)).includes(some[3].id));
});

test('a_new_name_is_found_at_once_and_the_old_one_no_more', async () => {
  const [before, after] = [tag(), tag()];
  const me = await newcomer(server.url, 'me');
  const ann = await named(`Ann ${before}`);
  await expect(ann.api.patch('/users/me', { display_name: `安 ${after}` }), 200);
  assert.deepEqual(await found(me, before), []);
  assert.deepEqual(await found(me, after), [ann.id]);
  await expect(ann.api.delete('/users/me'), 204);
  assert.deepEqual(await found(me, after), []);
  assert.deepEqual(await found(me, ann.username), []);
});

test('a_cursor_of_another_kind_is_refused', async () => {
  const me = await newcomer(server.url, 'me');
  for (const cursor of ['x', '1', '1.2', '1.0.5.!', '1.0.5.%20', '..', '1.0.5'])
    await expect(me.api.get(`/users?query=a&cursor=${cursor}`), 422, 'invalid');
  for (const cursor of ['9.0.1.', '0.0.0.', '4.0.1._w', '2.1.7.AAAA'])
    await expect(me.api.get(`/users?query=a&cursor=${cursor}`), 200);
});

test('what_is_no_word_finds_nobody', async () => {
  const me = await newcomer(server.url, 'me');
  for (const query of ['\u200b', '\u0301', '@', '\u3000x'.repeat(20)])
    assert.deepEqual(await found(me, query), [], query);
});

test('the_list_of_contacts_is_searched_in_the_same_way', async () => {
  const t = tag();
  const me = await newcomer(server.url, 'me');
  const some = await crowd(`${t} a`, `b ${t}`, `${t} c`, `${t} d`);
  for (const friend of some.slice(0, 3))
    await befriend(me, friend);
  await expect(me.api.patch(`/contacts/${some[2].id}`, { hidden: true }), 200);
  const { id } = await expect(me.api.post('/contact-labels',
    { name: 'L' }), 201);
  await expect(me.api.patch(`/contacts/${some[1].id}`, { labels: [id] }), 200);
  const search = async (more) => (await expect(
    me.api.get(`/contacts?query=${t}${more}`), 200)).items;
  assert.deepEqual((await search('')).map((c) => c.user.id),
    [0, 2, 1].map((i) => some[i].id));
  assert.deepEqual((await search(`&label=${id}`)).map((c) =>
    [c.user.id, c.labels]), [[some[1].id, [id]]]);
  assert.deepEqual((await pages(me, `/contacts?query=${t}&limit=1`)).flat(),
    [0, 2, 1].map((i) => some[i].id));
});
