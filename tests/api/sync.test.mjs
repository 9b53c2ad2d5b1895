// SPDX-License-Identifier: MIT
// GET /sync: everything that changed, nothing twice, nothing left out.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expect, faults } from '../lib/client.mjs';
import { useOwn } from '../lib/instance.mjs';
import { befriend, newcomer, pair, word } from '../lib/people.mjs';

// Its own, for in the world channel everybody hears everybody.
const server = useOwn('sync');

const LISTS = ['messages', 'receipts', 'contacts', 'conversations', 'members',
  'removed', 'contact_requests', 'blocks'];

const ask = (person, cursor) => expect(person.api.get(
  cursor === undefined ? '/sync' : `/sync?cursor=${cursor}`), 200);

// All pages of a round in one.
async function changes(person, cursor) {
  const all = Object.fromEntries(LISTS.map((name) => [name, []]));
  let page = { cursor, more: true };
  for (let pages = 0; page.more; pages++) {
    assert.ok(pages < 100, 'a round ends');
    page = await ask(person, page.cursor);
    for (const name of LISTS)
      all[name].push(...page[name]);
  }
  return { ...all, cursor: page.cursor };
}

const start = async (person) => (await changes(person)).cursor;

function assertNothing(reply, but = []) {
  for (const name of LISTS.filter((n) => !but.includes(n)))
    assert.deepEqual(reply[name], [], name);
}

const contents = (reply) => reply.messages.map((m) => m.content);

test('without_a_cursor_there_is_the_list_and_nothing_else', async () => {
  const [ann, bob, conv] = await pair(server.url);
  await ann.say(conv, 'hello');
  const first = await ask(bob);
  assert.equal(first.more, false);
  assert.deepEqual(first.conversations,
    (await expect(bob.api.get('/conversations'), 200)).items);
  assertNothing(first, ['conversations']);
});

// Each new mark takes a few of those away that no cursor can ask for any more.
test('marks_are_forgotten_after_ninety_days', async () => {
  const DAY = 24 * 60 * 60 * 1000;
  const [ann, bob] = await Promise.all(['ann', 'bob'].map((name) =>
    newcomer(server.url, name)));
  const old = Date.now() - 91 * DAY, young = Date.now() - 89 * DAY;
  await server.sql('INSERT INTO sync_mark ' +
    '(scope, scope_id, kind, ref, changed_at) ' +
    `SELECT 1, ${ann.id}, 3, 5000000 + seq, IF(seq <= 12, ${old}, ${young}) ` +
    'FROM seq_1_to_20');
  const left = async () => Number((await server.sql(
    'SELECT COUNT(*) FROM sync_mark ' +
    `WHERE scope_id = ${ann.id} AND ref > 5000000`))[0][0]);
  assert.equal(await left(), 20);
  await expect(ann.api.put(`/blocks/${bob.id}`), 204);
  assert.equal(await left(), 12);
  await expect(ann.api.delete(`/blocks/${bob.id}`), 204);
  assert.equal(await left(), 8);
});

test('nothing_changed_nothing_listed', async () => {
  const [ann, bob, conv] = await pair(server.url);
  await ann.say(conv, 'hello');
  let { cursor } = await ask(bob);
  for (let i = 0; i < 3; i++) {
    const next = await ask(bob, cursor);
    assertNothing(next);
    ({ cursor } = next);
  }
  const old = cursor;
  await ann.say(conv, 'once');
  assert.deepEqual(contents(await ask(bob, old)), ['once']);
  assert.deepEqual(contents(await ask(bob, old)), ['once'],
    'a cursor may be used again');
});

test('a_message_comes_once_with_its_conversation', async () => {
  const [ann, bob, conv] = await pair(server.url);
  const before = await start(bob);
  const own = await start(ann);
  const sent = await ann.say(conv, 'news');
  const reply = await changes(bob, before);
  assert.deepEqual(reply.messages.map((m) => m.id), [sent.id]);
  assert.equal(reply.messages[0].sender.display_name, 'ann');
  assert.deepEqual(reply.conversations.map((c) => [c.id, c.unread,
    c.last_message.content]), [[conv, 1, 'news']]);
  assertNothing(reply, ['messages', 'conversations', 'receipts']);
  assert.deepEqual(reply.receipts, [{ conv_id: conv, user_id: ann.id,
    read_seq: 1, delivered_seq: 1 }], 'sending counts as reading');
  assertNothing(await changes(bob, reply.cursor));
  const mine = await changes(ann, own);
  assert.deepEqual(contents(mine), ['news'], 'on the own other devices, too');
  assert.equal(mine.conversations[0].unread, 0);
});

test('reading_is_told_to_the_other_and_to_the_own_other_devices', async () => {
  const [ann, bob, conv] = await pair(server.url);
  await ann.say(conv, 'read me');
  const a = await start(ann);
  const b = await start(bob);
  await expect(bob.api.put(`/conversations/${conv}/read`, { seq: 1 }), 204);
  const receipt = { conv_id: conv, user_id: bob.id, read_seq: 1,
    delivered_seq: 1 };
  for (const [person, cursor] of [[ann, a], [bob, b]]) {
    const reply = await changes(person, cursor);
    assert.deepEqual(reply.receipts, [receipt]);
    assert.deepEqual(reply.conversations,
      [await person.conversation(conv)]);
    assertNothing(reply, ['receipts', 'conversations']);
    assertNothing(await changes(person, reply.cursor));
  }
});

test('a_contact_comes_with_request_conversation_and_greeting', async () => {
  const ann = await newcomer(server.url, 'ann');
  const bob = await newcomer(server.url, 'bob');
  let a = await start(ann);
  let b = await start(bob);
  const { id } = await expect(ann.api.post('/contact-requests',
    { user_id: bob.id, note: 'it is me', greeting: 'hi there' }), 201);
  for (const [person, cursor] of [[ann, a], [bob, b]]) {
    const reply = await changes(person, cursor);
    assert.deepEqual(reply.contact_requests.map((r) => [r.id, r.note]),
      [[id, 'it is me']]);
    assertNothing(reply, ['contact_requests']);
    if (person === ann)
      a = reply.cursor;
    else
      b = reply.cursor;
  }
  await expect(bob.api.post(`/contact-requests/${id}/accept`), 200);
  for (const [person, other, cursor] of [[ann, bob, a], [bob, ann, b]]) {
    const reply = await changes(person, cursor);
    assert.deepEqual(reply.contacts.map((c) => c.user.id), [other.id]);
    assert.deepEqual(reply.conversations.map((c) => c.peer.id), [other.id]);
    assert.deepEqual(contents(reply), ['hi there']);
    assert.deepEqual(reply.removed, [{ type: 'contact_request', id }]);
    assert.deepEqual(reply.contact_requests, []);
    assertNothing(await changes(person, reply.cursor));
  }
});

test('rejecting_and_withdrawing_remove_a_request_for_both', async () => {
  const [ann, bob] = await Promise.all(['ann', 'bob'].map((n) =>
    newcomer(server.url, n)));
  for (const end of [(id) => bob.api.post(`/contact-requests/${id}/reject`),
    (id) => ann.api.delete(`/contact-requests/${id}`)]) {
    const { id } = await expect(ann.api.post('/contact-requests',
      { user_id: bob.id }), 201);
    const cursors = [await start(ann), await start(bob)];
    assert.ok((await end(id)).status < 300);
    for (const [i, person] of [ann, bob].entries()) {
      const reply = await changes(person, cursors[i]);
      assert.deepEqual(reply.removed, [{ type: 'contact_request', id }]);
      assertNothing(reply, ['removed']);
    }
  }
});

test('own_settings_reach_the_own_other_devices_only', async () => {
  const [ann, bob, conv] = await pair(server.url);
  let cursor = await start(ann);
  const other = await start(bob);
  for (const change of [{ pinned: true }, { muted: true }, { hidden: true },
    { pinned: false }, { pinned: true }, { hidden: false }]) {
    await expect(ann.api.patch(`/conversations/${conv}`, change), 200);
    const reply = await changes(ann, cursor);
    assert.deepEqual(reply.conversations, [await ann.conversation(conv)],
      JSON.stringify(change));
    assertNothing(reply, ['conversations']);
    ({ cursor } = reply);
  }
  assertNothing(await changes(bob, other));
});

test('a_remark_changes_the_contact_and_the_title', async () => {
  const [ann, bob, conv] = await pair(server.url);
  const cursor = await start(ann);
  await expect(ann.api.patch(`/contacts/${bob.id}`, { remark: 'Bobby' }), 200);
  const reply = await changes(ann, cursor);
  assert.deepEqual(reply.contacts.map((c) => c.remark), ['Bobby']);
  assert.deepEqual(reply.conversations.map((c) => [c.id, c.title]),
    [[conv, 'Bobby']]);
  assertNothing(await changes(ann, reply.cursor));
});

test('deleting_a_contact_removes_it_for_both_and_history_for_one', async () => {
  const [ann, bob, conv] = await pair(server.url);
  await bob.say(conv, 'to be forgotten');
  const a = await start(ann);
  const b = await start(bob);
  await expect(ann.api.delete(`/contacts/${bob.id}?history=delete`), 204);
  const mine = await changes(ann, a);
  assert.deepEqual(mine.removed, [{ type: 'contact', id: bob.id },
    { type: 'messages', id: conv, upto_seq: 1 }]);
  assert.deepEqual(mine.conversations.map((c) => [c.unread, c.last_message,
    c.hidden]), [[0, null, true]]);
  const theirs = await changes(bob, b);
  assert.deepEqual(theirs.removed, [{ type: 'contact', id: ann.id }]);
  assert.deepEqual((await bob.history(conv)).items.length, 1);
  assert.deepEqual((await ann.history(conv)).items, []);
});

test('blocks_are_the_own_business', async () => {
  const [ann, bob] = await pair(server.url);
  let cursor = await start(ann);
  const other = await start(bob);
  await expect(ann.api.put(`/blocks/${bob.id}`), 204);
  const reply = await changes(ann, cursor);
  assert.deepEqual(reply.blocks.map((b) => b.user.id), [bob.id]);
  ({ cursor } = reply);
  await expect(ann.api.delete(`/blocks/${bob.id}`), 204);
  assert.deepEqual((await changes(ann, cursor)).removed,
    [{ type: 'block', id: bob.id }]);
  const theirs = await changes(bob, other);
  assert.deepEqual([...theirs.blocks, ...theirs.removed], []);
});

test('an_account_that_goes_leaves_the_lists_of_others', async () => {
  const [ann, bob, conv] = await pair(server.url);
  const [cyd, dan] = await Promise.all(['cyd', 'dan'].map((n) =>
    newcomer(server.url, n)));
  await bob.say(conv, 'what was said');
  const { id } = await expect(bob.api.post('/contact-requests',
    { user_id: cyd.id }), 201);
  await expect(dan.api.put(`/blocks/${bob.id}`), 204);
  const cursors = [await start(ann), await start(cyd), await start(dan)];
  const live = await ann.live();
  const asked = await cyd.live();
  await expect(bob.api.delete('/users/me'), 204);

  const told = await changes(ann, cursors[0]);
  assert.deepEqual(told.removed, [{ type: 'contact', id: bob.id }]);
  assert.deepEqual(told.conversations.map((c) => [c.id, c.peer,
    c.last_message.content]), [[conv, undefined, 'what was said']]);
  assert.deepEqual((await changes(cyd, cursors[1])).removed,
    [{ type: 'contact_request', id }]);
  assert.deepEqual((await changes(dan, cursors[2])).removed,
    [{ type: 'block', id: bob.id }]);
  assert.equal((await live.next('contact')).action, 'deleted');
  assert.equal((await live.next('conversation')).conv_id, conv);
  assert.equal((await asked.next('contact')).request.id, id);

  await expect(ann.api.post('/messages', { conv_id: conv, content: 'hello?' }),
    403, 'not_a_contact');
  await expect(cyd.api.post(`/contact-requests/${id}/accept`), 404);
  assert.deepEqual((await expect(ann.api.get('/contacts'), 200)).items, []);
  assert.equal((await ann.history(conv)).items.length, 1);
  await Promise.all([live, asked].map((l) => l.close()));
});

test('a_group_comes_with_its_members_and_goes_with_them', async () => {
  const ann = await newcomer(server.url, 'ann');
  const [bob, cyd] = await Promise.all(['bob', 'cyd'].map((n) =>
    newcomer(server.url, n)));
  await befriend(ann, bob);
  await befriend(ann, cyd);
  const cursors = new Map();
  for (const person of [ann, bob, cyd])
    cursors.set(person, await start(person));
  const next = async (person) => {
    const reply = await changes(person, cursors.get(person));
    assertNothing(await changes(person, reply.cursor));
    cursors.set(person, reply.cursor);
    return reply;
  };
  const { id } = await expect(ann.api.post('/conversations',
    { type: 'group', title: 'us', members: [bob.id] }), 201);
  for (const person of [ann, bob]) {
    const reply = await next(person);
    assert.deepEqual(reply.conversations.filter((c) => c.id === id)
      .map((c) => c.title), ['us']);
    assert.deepEqual(reply.members.filter((m) => m.user.id === bob.id)
      .map((m) => [m.conv_id, m.role]), [[id, 'member']]);
  }
  assertNothing(await next(cyd));

  await expect(ann.api.post(`/conversations/${id}/members`,
    { user_id: cyd.id }), 201);
  assert.deepEqual((await next(bob)).members.map((m) => m.user.id), [cyd.id]);
  assert.ok((await next(cyd)).conversations.some((c) => c.id === id));

  await expect(bob.api.patch(`/conversations/${id}/members/${bob.id}`,
    { nickname: 'Bobby' }), 200);
  assert.deepEqual((await next(cyd)).members.map((m) => m.nickname), ['Bobby']);
  await expect(ann.api.patch(`/conversations/${id}`, { title: 'all' }), 200);
  assert.deepEqual((await next(cyd)).conversations.map((c) => c.title),
    ['all']);

  await expect(ann.api.delete(`/conversations/${id}/members/${bob.id}`), 204);
  assert.deepEqual((await next(bob)).removed,
    [{ type: 'conversation', id }]);
  assert.deepEqual((await next(cyd)).removed,
    [{ type: 'member', id: bob.id, conv_id: id }]);
  await ann.say(id, 'not for Bob');
  assertNothing(await next(bob));
  assert.deepEqual(contents(await next(cyd)).filter((c) =>
    typeof c === 'string'), ['not for Bob']);

  await expect(ann.api.delete(`/conversations/${id}`), 204);
  assert.deepEqual((await next(cyd)).removed, [{ type: 'conversation', id }]);
});

test('others_conversations_never_come', async () => {
  const [ann, bob, conv] = await pair(server.url);
  const eve = await newcomer(server.url, 'eve');
  const cursor = await start(eve);
  await ann.say(conv, 'secret');
  await expect(bob.api.put(`/conversations/${conv}/read`, { seq: 1 }), 204);
  assertNothing(await changes(eve, cursor));
});

test('much_comes_in_pages_in_order_and_each_once', async () => {
  const ann = await newcomer(server.url, 'ann');
  const friends = await Promise.all(Array.from({ length: 4 }, () =>
    newcomer(server.url, 'friend')));
  const convs = [];
  for (const friend of friends)
    convs.push(await befriend(ann, friend));
  const cursor = await start(ann);
  await Promise.all(friends.map(async (friend, i) => {
    for (let n = 0; n < (i === 1 ? 230 : 40); n++)
      await friend.say(convs[i], `${i}.${n}`);
  }));
  const page = await ask(ann, cursor);
  assert.equal(page.messages.length, 200);
  assert.equal(page.more, true);
  await friends[0].say(convs[0], 'meanwhile');
  const rest = await changes(ann, page.cursor);
  const all = [...page.messages, ...rest.messages];
  for (const [i, conv] of convs.entries())
    assert.deepEqual(all.filter((m) => m.conv_id === conv).map((m) => m.seq)
      .filter((seq) => i !== 0 || seq <= 40),
    Array.from({ length: i === 1 ? 230 : 40 }, (_, n) => n + 1));
  const last = await changes(ann, rest.cursor);
  assert.deepEqual([...rest.messages, ...last.messages].filter((m) =>
    m.content === 'meanwhile').length, 1);
  assertNothing(await changes(ann, last.cursor));
});

test('what_is_committed_while_one_asks_is_never_lost', async () => {
  const ann = await newcomer(server.url, 'ann');
  const friends = await Promise.all(Array.from({ length: 3 }, () =>
    newcomer(server.url, 'friend')));
  const convs = [];
  for (const friend of friends)
    convs.push(await befriend(ann, friend));
  let cursor = await start(ann);
  let sending = friends.length;
  const senders = friends.map(async (friend, i) => {
    await Promise.all(Array.from({ length: 4 }, async (_, lane) => {
      for (let n = 0; n < 12; n++)
        await friend.say(convs[i], `${i}.${lane}.${n}`);
    }));
    sending--;
  });
  const got = [];
  while (sending > 0) {
    const page = await ask(ann, cursor);
    got.push(...page.messages);
    ({ cursor } = page);
  }
  await Promise.all(senders);
  got.push(...(await changes(ann, cursor)).messages);
  for (const conv of convs)
    assert.deepEqual(got.filter((m) => m.conv_id === conv).map((m) => m.seq),
      Array.from({ length: 48 }, (_, n) => n + 1));
});

test('a_cursor_that_is_not_the_callers_or_not_ours_is_refused', async () => {
  const [ann, bob] = await pair(server.url);
  const cursor = await start(ann);
  const flipped = cursor.slice(0, 8) + (cursor[8] === 'A' ? 'B' : 'A') +
    cursor.slice(9);
  for (const bad of [await start(bob), flipped, cursor.slice(1),
    cursor.slice(0, -1), `${cursor}A`, 'x', '1.2.3', 'A'.repeat(6999),
    encodeURIComponent('%00'), '%F0%9F%99%82', word(32)])
    assert.deepEqual(await faults(ann.api.get(`/sync?cursor=${bad}`)),
      ['cursor'], bad);
  assertNothing(await changes(ann, cursor));
});
