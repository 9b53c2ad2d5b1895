// SPDX-License-Identifier: MIT
// The own view: muted for a time, hidden until something is said, marked
// unread, drafts; and what the own other devices hear of it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expect, faults } from '../lib/client.mjs';
import { useShared } from '../lib/instance.mjs';
import { groupOf, newcomer, pair } from '../lib/people.mjs';
import { until } from '../lib/wait.mjs';

const server = useShared();

const path = (conv, rest = '') => `/conversations/${conv}${rest}`;
const arrange = (who, conv, view) =>
  expect(who.api.patch(path(conv), view), 200);
const draft = (who, conv, content, more = {}) =>
  who.api.put(path(conv, '/draft'), { content, ...more });
const saved = (who, conv, content, more) =>
  expect(draft(who, conv, content, more), 200);
const later = (ms) => new Date(Date.now() + ms).toISOString();

const listed = async (who, conv, query = '') =>
  (await expect(who.api.get(`/conversations${query}`), 200)).items
    .find((c) => c.id === conv);

// The next word on the own view of a conversation.
const updated = (live, conv) => live.next('conversation',
  (data) => data.action === 'updated' && data.conv_id === conv);

test('mute_is_for_good_or_until_a_time', async () => {
  const [ann, bob, conv] = await pair(server.url);
  let seen = await arrange(ann, conv, { muted: true });
  assert.deepEqual([seen.muted, seen.silent_until], [true, null]);
  const end = later(3_600_000);
  seen = await arrange(ann, conv, { silent_until: end });
  assert.deepEqual([seen.muted, seen.silent_until], [true, end]);
  seen = await arrange(ann, conv, { pinned: true });
  assert.deepEqual([seen.muted, seen.silent_until], [true, end]);
  seen = await arrange(ann, conv, { muted: true });
  assert.deepEqual([seen.muted, seen.silent_until], [true, null]);
  await arrange(ann, conv, { muted: true, silent_until: end });
  seen = await arrange(ann, conv, { muted: false });
  assert.deepEqual([seen.muted, seen.silent_until], [false, null]);
  assert.equal((await bob.conversation(conv)).muted, false);
});

test('a_mute_runs_out_by_itself', async () => {
  const [ann, , conv] = await pair(server.url);
  await arrange(ann, conv, { silent_until: later(700) });
  await until('the mute runs out', async () =>
    !(await ann.conversation(conv)).muted);
  assert.equal((await listed(ann, conv)).silent_until, null);
});

test('a_mute_ends_in_the_future', async () => {
  const [ann, , conv] = await pair(server.url);
  for (const silent_until of [later(-1000), 'tomorrow', 7, '2026-13-01'])
    assert.deepEqual(await faults(ann.api.patch(path(conv),
      { silent_until, pinned: 'x' })), ['pinned', 'silent_until']);
});

test('a_hidden_conversation_comes_back_with_a_message', async () => {
  const [ann, bob, conv] = await pair(server.url);
  const other = await ann.logIn();
  const live = await other.live();
  await arrange(ann, conv, { hidden: true });
  await updated(live, conv);
  assert.equal(await listed(ann, conv), undefined);
  await bob.say(conv, 'are you there?');
  const back = await listed(ann, conv);
  assert.equal(back.hidden, false);
  assert.equal(back.unread, 1);
  live.drop();
});

test('marked_unread_until_it_is_read', async () => {
  const [ann, bob, conv] = await pair(server.url);
  await bob.say(conv, 'one');
  await expect(ann.api.put(path(conv, '/read'), { seq: 1 }), 204);
  const other = await ann.logIn();
  const live = await other.live();
  let seen = await arrange(ann, conv, { marked_unread: true });
  assert.deepEqual([seen.marked_unread, seen.unread], [true, 0]);
  assert.equal((await updated(live, conv)).marked_unread, true);
  assert.equal((await listed(other, conv)).marked_unread, true);
  assert.equal((await bob.conversation(conv)).marked_unread, false);
  // Read again, up to where it was read before.
  await expect(other.api.put(path(conv, '/read'), { seq: 1 }), 204);
  assert.equal((await updated(live, conv)).marked_unread, false);
  seen = await ann.conversation(conv);
  assert.deepEqual([seen.marked_unread, seen.last_read_seq], [false, 1]);
  // Or taken back; or by speaking.
  await arrange(ann, conv, { marked_unread: true });
  seen = await arrange(ann, conv, { marked_unread: false });
  assert.equal(seen.marked_unread, false);
  await arrange(ann, conv, { marked_unread: true });
  await ann.say(conv, 'I was away');
  assert.equal((await ann.conversation(conv)).marked_unread, false);
  live.drop();
});

test('a_draft_is_on_all_devices_and_nobody_elses', async () => {
  const [ann, bob, conv] = await pair(server.url);
  const phone = await ann.logIn();
  const live = await phone.live();
  const others = await bob.live();
  const one = await saved(ann, conv, 'Dear **Bob**,\n');
  assert.equal(one.draft.content, 'Dear **Bob**,\n');
  assert.equal((await updated(live, conv)).draft_version, one.draft_version);
  assert.equal((await listed(phone, conv)).draft.content, 'Dear **Bob**,\n');
  assert.equal((await bob.conversation(conv)).draft, null);
  const two = await saved(phone, conv, 'Dear Bob, you');
  assert.equal(two.draft_version, one.draft_version + 1);
  assert.ok(two.draft.updated_at >= one.draft.updated_at);
  // The same once more is no change, and nobody hears of it.
  assert.equal((await saved(ann, conv, 'Dear Bob, you')).draft_version,
    two.draft_version);
  await expect(ann.api.delete(path(conv, '/draft')), 204);
  assert.equal((await phone.conversation(conv)).draft, null);
  await bob.api.patch(path(conv), { pinned: true });
  await updated(others, conv);
  assert.equal(others.frames.filter((f) => f.event === 'conversation').length,
    0);
  live.drop();
  others.drop();
});

test('a_draft_that_differs_by_a_letters_shape_is_another', async () => {
  const [ann, , conv] = await pair(server.url);
  let { draft_version: version } = await saved(ann, conv, 'resume');

  for (const text of ['Resume', 'Résumé', 'Résumé ', 'Résumé', '']) {
    const now = await saved(ann, conv, text);

    assert.equal(now.draft?.content ?? '', text);
    assert.equal(now.draft_version, ++version);
  }
});

test('sending_ends_the_draft', async () => {
  const [ann, bob, conv] = await pair(server.url);
  const { draft_version: version } = await saved(ann, conv, 'half a');
  await bob.say(conv, 'hello?');
  assert.equal((await ann.conversation(conv)).draft.content, 'half a');
  await ann.say(conv, 'a whole thought');
  const seen = await ann.conversation(conv);
  assert.equal(seen.draft, null);
  assert.equal(seen.draft_version, version + 1);
  await ann.say(conv, 'another');
  assert.equal((await ann.conversation(conv)).draft_version, version + 1);
});

test('a_notice_of_mine_leaves_my_draft_alone', async () => {
  const [ann, bob] = [await newcomer(server.url), await newcomer(server.url)];
  const group = await groupOf(ann, [bob]);
  await saved(ann, group, 'as I was saying');
  await expect(ann.api.patch(path(group), { title: 'Another title' }), 200);
  assert.equal((await ann.conversation(group)).draft.content,
    'as I was saying');
});

test('a_draft_on_top_of_another_version_is_refused', async () => {
  const [ann, , conv] = await pair(server.url);
  const { draft_version: known } = await saved(ann, conv, 'on the desk');
  const phone = await ann.logIn();
  await saved(phone, conv, 'on the phone', { version: known });
  await expect(draft(ann, conv, 'on the desk, more', { version: known }), 409,
    'conflict');
  await expect(ann.api.delete(path(conv, `/draft?version=${known}`)), 409,
    'conflict');
  assert.equal((await ann.conversation(conv)).draft.content, 'on the phone');
  // What is the same text was saved, whoever did it.
  await saved(ann, conv, 'on the phone', { version: known });
  await saved(ann, conv, 'on both', { version: known + 1 });
});

test('two_devices_at_once_lose_no_text_that_names_its_version', async () => {
  const [ann, , conv] = await pair(server.url);
  const devices = [ann, await ann.logIn(), await ann.logIn()];
  const { draft_version: version } = await saved(ann, conv, 'begin');
  const replies = await Promise.all(devices.map((d, i) =>
    draft(d, conv, `from ${i}`, { version })));
  assert.deepEqual(replies.map((r) => r.status).sort(), [200, 409, 409]);
  const winner = replies.find((r) => r.status === 200).json;
  assert.equal((await ann.conversation(conv)).draft.content,
    winner.draft.content);
});

test('a_draft_keeps_the_limits_of_content', async () => {
  const [ann, , conv] = await pair(server.url);
  for (const content of ['x'.repeat(8001), 'a\u0000b', 'a\u0085b', 7, null])
    assert.deepEqual(await faults(draft(ann, conv, content)), ['content']);
  assert.deepEqual(await faults(ann.api.put(path(conv, '/draft'), {})),
    ['content']);
  assert.deepEqual(await faults(draft(ann, conv, 'x', { version: -1 })),
    ['version']);
  const longest = '字'.repeat(8000);
  assert.equal((await saved(ann, conv, longest)).draft.content, longest);
  assert.equal((await saved(ann, conv, ' \n ')).draft, null);
  await saved(ann, conv, 'x');
  assert.equal((await saved(ann, conv, '')).draft, null);
});

test('the_world_has_a_view_of_ones_own_too', async () => {
  const ann = await newcomer(server.url);
  const { id } = await expect(ann.api.get('/world'), 200);
  assert.equal((await saved(ann, id, 'hello world')).draft.content,
    'hello world');
  const seen = await arrange(ann, id, { marked_unread: true,
    silent_until: later(60_000) });
  assert.deepEqual([seen.marked_unread, seen.muted], [true, true]);
  await expect(ann.api.put(path(id, '/read'), { seq: 0 }), 204);
  assert.equal((await ann.conversation(id)).marked_unread, false);
});

test('sync_tells_of_the_own_view', async () => {
  const [ann, bob, conv] = await pair(server.url);
  await bob.say(conv, 'one');
  await expect(ann.api.put(path(conv, '/read'), { seq: 1 }), 204);
  let { cursor } = await expect(ann.api.get('/sync'), 200);
  const changed = async () => {
    const page = await expect(ann.api.get(`/sync?cursor=${cursor}`), 200);
    cursor = page.cursor;
    return page.conversations.find((c) => c.id === conv);
  };
  await saved(ann, conv, 'well');
  assert.equal((await changed()).draft.content, 'well');
  await arrange(ann, conv, { marked_unread: true });
  assert.equal((await changed()).marked_unread, true);
  await expect(ann.api.put(path(conv, '/read'), { seq: 1 }), 204);
  assert.equal((await changed()).marked_unread, false);
  await ann.say(conv, 'well, well');
  assert.equal((await changed()).draft, null);
  assert.equal(await changed(), undefined);
});

test('in_a_group_one_speaks_by_the_own_nickname', async () => {
  const [ann, bob] = [await newcomer(server.url, 'ann'),
    await newcomer(server.url, 'bob')];
  const group = await groupOf(ann, [bob]);
  const other = await groupOf(ann, [bob], {}, true);
  const phone = await ann.logIn();
  const live = await phone.live();
  const { cursor } = await expect(phone.api.get('/sync'), 200);
  await expect(bob.api.patch(path(group, `/members/${bob.id}`),
    { nickname: 'Bishop 象' }), 200);
  const said = await bob.say(group, 'check');
  await bob.say(other, 'hello');
  assert.equal(said.sender.display_name, 'Bishop 象');
  assert.equal((await live.message('check')).sender.display_name, 'Bishop 象');
  assert.equal((await live.message('hello')).sender.display_name, 'bob');
  const names = async () => [
    (await ann.history(group)).items.at(-1),
    (await listed(ann, group)).last_message,
    (await expect(phone.api.get(`/sync?cursor=${cursor}`), 200)).messages
      .find((m) => m.conv_id === group && m.seq === said.seq),
  ].map((m) => m.sender.display_name);
  assert.deepEqual(await names(), Array(3).fill('Bishop 象'));
  live.drop();
  await live.gone();
  const again = await phone.live();
  assert.equal((await again.message('check')).sender.display_name, 'Bishop 象');
  again.drop();
  await expect(bob.api.patch(path(group, `/members/${bob.id}`),
    { nickname: '' }), 200);
  assert.equal((await ann.history(group)).items.at(-1).sender.display_name,
    'bob');
});
