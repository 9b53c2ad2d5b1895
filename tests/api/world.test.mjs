// SPDX-License-Identifier: MIT
// The world channel: everybody is in it, and administrators keep order there.

import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { expect } from '../lib/client.mjs';
import { decode } from '../lib/forms.mjs';
import { useOwn } from '../lib/instance.mjs';
import { newcomer, word } from '../lib/people.mjs';

const server = useOwn('world');
let warden, world;

before(async () => {
  await server.up();
  warden = await newcomer(server.url, 'warden');
  await server.sql(`UPDATE user SET role = 1 WHERE id = ${warden.id}`);
  world = (await expect(warden.api.get('/world'), 200)).id;
});

const inList = async (who) =>
  (await expect(who.api.get('/conversations'), 200)).items
    .find((c) => c.type === 'world');
const say = (who, content) =>
  who.api.post('/messages', { conv_id: world, content });
const rows = async () => Number((await server.sql(
  `SELECT COUNT(*) FROM member WHERE conv_id = ${world}`))[0][0]);

test('it_is_in_everybodys_list_without_a_row_for_each', async () => {
  await warden.say(world, 'welcome');
  const had = await rows();
  const ann = await newcomer(server.url, 'ann');
  const here = await inList(ann);
  assert.equal(here.id, world);
  assert.equal(here.role, 'member');
  assert.equal(here.unread, 0); // what was said before she came
  assert.deepEqual((await ann.history(world)).items.map((m) => m.content),
    ['welcome']);
  assert.equal(await rows(), had);
  await warden.say(world, 'news');
  assert.equal((await inList(ann)).unread, 1);
  assert.equal(await rows(), had);
});

test('what_is_said_reaches_whoever_is_online', async () => {
  const [ann, bob] = await Promise.all(
    ['ann', 'bob'].map((n) => newcomer(server.url, n)));
  const sockets = await Promise.all([ann, bob, warden].map((p) => p.live()));
  const sent = await ann.say(world, 'hello, world');
  assert.equal((await inList(ann)).unread, 0); // sending counts as reading
  assert.equal((await inList(bob)).unread, 1);
  for (const socket of sockets)
    assert.equal((await socket.message('hello, world')).seq, sent.seq);
  await Promise.all(sockets.map((s) => s.close()));
});

test('a_device_that_was_away_is_told_what_it_missed', async () => {
  const ann = await newcomer(server.url, 'ann');
  await (await ann.live()).close();
  const sent = await warden.say(world, 'while you were out');
  const socket = await ann.live();
  await socket.message('while you were out');
  socket.ack(world, sent.seq);
  await socket.close();
  const again = await ann.live();
  await again.ping();
  assert.ok(!again.seen('message').some((m) => m.seq <= sent.seq));
  await again.close();
});

test('positions_and_the_own_view_get_a_row_when_needed', async () => {
  const ann = await newcomer(server.url, 'ann');
  const { seq } = await warden.say(world, 'read me');
  assert.equal((await inList(ann)).unread, 1);
  await expect(ann.api.put(`/conversations/${world}/read`, { seq }), 204);
  assert.equal((await inList(ann)).unread, 0);
  assert.equal((await inList(ann)).last_read_seq, seq);
  const bob = await newcomer(server.url, 'bob');
  const pinned = await expect(bob.api.patch(`/conversations/${world}`,
    { pinned: true }), 200);
  assert.equal(pinned.pinned, true);
  assert.equal(pinned.unread, 0);
  await warden.say(world, 'one more');
  assert.equal((await inList(bob)).unread, 1);
});

test('nobody_leaves_it_and_members_arrange_nothing', async () => {
  const ann = await newcomer(server.url, 'ann');
  const at = `/conversations/${world}`;
  await expect(ann.api.delete(`${at}/members/${ann.id}`), 403, 'forbidden');
  await expect(ann.api.delete(at), 403, 'forbidden');
  await expect(warden.api.delete(at), 403, 'forbidden');
  await expect(ann.api.patch(at, { muted_all: true }), 403, 'forbidden');
  await expect(ann.api.patch(at, { enabled: false }), 403, 'forbidden');
  await expect(ann.api.get(`${at}/members`), 403, 'forbidden');
  await expect(ann.api.post(`${at}/members`, { user_id: warden.id }), 403,
    'forbidden');
  await expect(ann.api.post(`${at}/join`), 200); // is in it
});

test('administrators_mute_people_and_all_and_slow_it', async () => {
  const ann = await newcomer(server.url, 'ann');
  const bob = await newcomer(server.url, 'bob');
  const at = `/conversations/${world}`;
  await expect(warden.api.patch(`${at}/members/${ann.id}`,
    { muted_until: '2100-01-01T00:00:00Z' }), 200);
  await expect(say(ann, 'hm'), 403, 'muted');
  await expect(say(bob, 'hm'), 201);
  await expect(ann.api.patch(`${at}/members/${bob.id}`,
    { muted_until: '2100-01-01T00:00:00Z' }), 403, 'forbidden');
  await expect(warden.api.patch(`${at}/members/${ann.id}`,
    { muted_until: null }), 200);
  await expect(say(ann, 'hm'), 201);
  await expect(warden.api.patch(at, { muted_all: true }), 200);
  await expect(say(ann, 'hm'), 403, 'muted');
  await expect(say(warden, 'order!'), 201);
  await expect(warden.api.patch(at, { muted_all: false, slow_mode_s: 600 }),
    200);
  await expect(say(bob, 'hm'), 429, 'rate_limited');
  await expect(warden.api.patch(at, { slow_mode_s: 0 }), 200);
  await expect(say(bob, 'hm'), 201);
});

test('people_who_are_found_go_on_beyond_the_first_page', async () => {
  const name = `throng${word()}`;
  await server.sql(`INSERT INTO user (username, display_name, password_hash,
    created_at) SELECT CONCAT('${name}_', seq), 'Throng', '', 0
    FROM seq_1_to_60`);
  await server.ctl('migrate');
  const browser = await warden.browse();
  const first = await browser.send('GET', `/c/${world}/info?find=${name}`);
  const [, next] = first.text.match(/href="([^"]*&amp;cursor=[^"]*)"/);
  const second = await browser.send('GET', decode(next));
  assert.match(second.text, /From the start/);
  const shown = [first, second].flatMap(({ text }) =>
    [...text.matchAll(/data-member="(\d+)"/g)].map((m) => m[1]));
  assert.equal(new Set(shown).size, 60);
  assert.equal(shown.length, 60);
});

test('switched_off_it_is_there_for_administrators_only', async () => {
  const ann = await newcomer(server.url, 'ann');
  const at = `/conversations/${world}`;
  await expect(warden.api.patch(at, { enabled: false }), 200);
  assert.equal(await inList(ann), undefined);
  await expect(ann.api.get(at), 404, 'not_found');
  await expect(ann.api.get('/world'), 404, 'not_found');
  await expect(say(ann, 'hm'), 404, 'not_found');
  assert.equal((await expect(warden.api.get('/world'), 200)).enabled, false);
  await expect(warden.api.patch(at, { enabled: true }), 200);
  assert.equal((await inList(ann)).id, world);
  await expect(say(ann, 'hm'), 201);
});
