// SPDX-License-Identifier: MIT
// Contacts: asking, accepting, rejecting, taking back, and what it opens.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expect, faults } from '../lib/client.mjs';
import { useShared } from '../lib/instance.mjs';
import { befriend, newcomer, newcomers, pair } from '../lib/people.mjs';
import { until } from '../lib/wait.mjs';

const server = useShared();

const people = (...names) => newcomers(server.url, ...names);
const ask = (from, to, more = {}) =>
  from.api.post('/contact-requests', { user_id: to.id, ...more });
const requests = async (who, direction) => (await expect(
  who.api.get(`/contact-requests?direction=${direction}`), 200)).items;
const contacts = async (who) =>
  (await expect(who.api.get('/contacts'), 200)).items;
const chats = async (who) =>
  (await expect(who.api.get('/conversations'), 200)).items
    .filter((c) => c.type === 'direct');

test('a_request_is_seen_by_both_sides_until_it_is_accepted', async () => {
  const [ann, bob] = await people('ann', 'bob');
  const asked = await expect(ask(ann, bob, { note: '我是安娜', greeting:
    'Hello Bob' }), 201);
  assert.equal(asked.status, 'pending');
  assert.equal(asked.from.id, ann.id);
  assert.equal(asked.to.id, bob.id);
  assert.equal(asked.note, '我是安娜');
  assert.deepEqual((await requests(ann, 'out')).map((r) => r.id), [asked.id]);
  assert.deepEqual((await requests(bob, 'in')).map((r) => r.id), [asked.id]);
  assert.deepEqual(await requests(ann, 'in'), []);
  assert.deepEqual(await requests(bob, 'out'), []);
  const accepted = await expect(
    bob.api.post(`/contact-requests/${asked.id}/accept`), 200);
  assert.equal(accepted.status, 'accepted');
  assert.deepEqual(await requests(ann, 'out'), []);
  assert.deepEqual(await requests(bob, 'in'), []);
  assert.deepEqual((await contacts(ann)).map((c) => c.user.id), [bob.id]);
  assert.deepEqual((await contacts(bob)).map((c) => c.user.id), [ann.id]);
});

test('accepting_opens_the_chat_with_the_greeting_and_nothing_else',
  async () => {
    const [ann, bob] = await people('ann', 'bob');
    const { id } = await expect(ask(ann, bob, { note: 'a note',
      greeting: 'Hello Bob' }), 201);
    assert.deepEqual(await chats(ann), []);
    await expect(bob.api.post(`/contact-requests/${id}/accept`), 200);
    for (const who of [ann, bob]) {
      const [chat] = await chats(who);
      const { items } = await who.history(chat.id);
      assert.deepEqual(items.map((m) => [m.seq, m.content, m.sender.id]),
        [[1, 'Hello Bob', ann.id]]);
    }
    assert.equal((await chats(bob))[0].unread, 1);
    assert.equal((await chats(ann))[0].unread, 0);
  });

test('without_a_greeting_the_chat_starts_empty', async () => {
  const [ann, bob] = await people('ann', 'bob');
  const { id } = await expect(ask(ann, bob), 201);
  await expect(bob.api.post(`/contact-requests/${id}/accept`), 200);
  const [chat] = await chats(bob);
  assert.equal(chat.last_seq, 0);
  assert.equal(chat.last_message, null);
  assert.deepEqual((await bob.history(chat.id)).items, []);
});

test('crossing_requests_become_a_contact_at_once', async () => {
  const [ann, bob] = await people('ann', 'bob');
  await expect(ask(ann, bob, { greeting: 'from ann' }), 201);
  const back = await expect(ask(bob, ann, { greeting: 'from bob' }), 201);
  assert.equal(back.status, 'accepted');
  assert.equal((await contacts(ann)).length, 1);
  assert.equal((await contacts(bob)).length, 1);
  assert.deepEqual(await requests(ann, 'out'), []);
  assert.deepEqual(await requests(bob, 'out'), []);
});

test('two_requests_crossing_at_the_same_moment_make_one_contact', async () => {
  for (let i = 0; i < 5; i++) {
    const [ann, bob] = await people('ann', 'bob');
    const replies = await Promise.all([ask(ann, bob), ask(bob, ann)]);
    assert.deepEqual(replies.map((r) => r.status), [201, 201]);
    assert.equal((await contacts(ann)).length, 1);
    assert.equal((await contacts(bob)).length, 1);
    assert.equal((await chats(ann)).length, 1);
    assert.deepEqual(await requests(ann, 'in'), []);
    assert.deepEqual(await requests(ann, 'out'), []);
  }
});

test('who_asked_may_not_ask_again_while_it_is_open', async () => {
  const [ann, bob] = await people('ann', 'bob');
  await expect(ask(ann, bob), 201);
  await expect(ask(ann, bob), 409, 'conflict');
  assert.equal((await requests(bob, 'in')).length, 1);
});

test('contacts_cannot_be_asked_again', async () => {
  const [ann, bob] = await pair(server.url);
  await expect(ask(ann, bob), 409, 'conflict');
});

test('nobody_asks_themselves_or_nobody', async () => {
  const [ann] = await people('ann');
  assert.deepEqual(await faults(ask(ann, ann)), ['user_id']);
  await expect(ask(ann, { id: '999999999' }), 404, 'not_found');
  assert.deepEqual(await faults(ann.api.post('/contact-requests', {})),
    ['user_id']);
});

test('note_and_greeting_are_bounded', async () => {
  const [ann, bob] = await people('ann', 'bob');
  assert.deepEqual(await faults(ask(ann, bob, { note: 'n'.repeat(501),
    greeting: 'g'.repeat(501) })), ['greeting', 'note']);
  await expect(ask(ann, bob, { note: '字'.repeat(500),
    greeting: '字'.repeat(500) }), 201);
});

test('a_rejected_request_makes_no_contact_and_may_be_made_again', async () => {
  const [ann, bob] = await people('ann', 'bob');
  const { id } = await expect(ask(ann, bob), 201);
  const rejected = await expect(
    bob.api.post(`/contact-requests/${id}/reject`), 200);
  assert.equal(rejected.status, 'rejected');
  assert.deepEqual(await contacts(ann), []);
  assert.deepEqual(await requests(bob, 'in'), []);
  await expect(bob.api.post(`/contact-requests/${id}/accept`), 409,
    'conflict');
  await expect(ask(ann, bob), 201);
});

test('a_request_is_taken_back_by_who_made_it', async () => {
  const [ann, bob] = await people('ann', 'bob');
  const { id } = await expect(ask(ann, bob), 201);
  await expect(bob.api.delete(`/contact-requests/${id}`), 404, 'not_found');
  await expect(ann.api.delete(`/contact-requests/${id}`), 204);
  assert.deepEqual(await requests(bob, 'in'), []);
  const res = await bob.api.post(`/contact-requests/${id}/accept`);
  assert.ok([404, 409].includes(res.status), res.text);
  assert.deepEqual(await contacts(bob), []);
});

test('whoever_leaves_takes_requests_and_contacts_along', async () => {
  const [gone, ann] = await pair(server.url);
  const bob = await newcomer(server.url, 'bob');
  const request = await expect(gone.api.post('/contact-requests',
    { user_id: bob.id }), 201);
  await expect(gone.api.delete('/users/me'), 204);
  await expect(bob.api.post(`/contact-requests/${request.id}/accept`), 404,
    'not_found');
  await expect(ann.api.patch(`/contacts/${gone.id}`, { pinned: true }), 404,
    'not_found');
});

test('only_who_was_asked_may_answer', async () => {
  const [ann, bob, eve] = await people('ann', 'bob', 'eve');
  const { id } = await expect(ask(ann, bob), 201);
  for (const who of [ann, eve])
    for (const verb of ['accept', 'reject'])
      await expect(who.api.post(`/contact-requests/${id}/${verb}`), 404,
        'not_found');
  await expect(eve.api.delete(`/contact-requests/${id}`), 404, 'not_found');
  assert.equal((await requests(bob, 'in')).length, 1);
});

test('accepting_twice_at_once_makes_one_contact_and_one_greeting', async () => {
  const [ann, bob] = await people('ann', 'bob');
  const { id } = await expect(ask(ann, bob, { greeting: 'once' }), 201);
  const replies = await Promise.all([1, 2, 3].map(() =>
    bob.api.post(`/contact-requests/${id}/accept`)));
  assert.ok(replies.some((r) => r.status === 200));
  assert.ok(replies.every((r) => [200, 409].includes(r.status)));
  const [chat] = await chats(bob);
  assert.equal(chat.last_seq, 1);
});

test('the_contact_event_reaches_both_sides_live', async () => {
  const [ann, bob] = await people('ann', 'bob');
  const [a, b] = await Promise.all([ann.live(), bob.live()]);
  const { id } = await expect(ask(ann, bob, { greeting: 'hi' }), 201);
  await b.next('contact');
  await expect(bob.api.post(`/contact-requests/${id}/accept`), 200);
  await a.next('contact');
  await a.message('hi');
  await b.message('hi');
  await Promise.all([a.close(), b.close()]);
});

test('remark_and_pin_are_the_callers_own', async () => {
  const [ann, bob] = await pair(server.url);
  const seen = await expect(ann.api.patch(`/contacts/${bob.id}`,
    { remark: '老朋友', pinned: true }), 200);
  assert.equal(seen.remark, '老朋友');
  assert.equal(seen.pinned, true);
  assert.equal((await contacts(ann))[0].remark, '老朋友');
  assert.equal((await contacts(bob))[0].remark, '');
  await expect(ann.api.patch(`/contacts/${bob.id}`, { pinned: false }), 200);
  assert.equal((await contacts(ann))[0].remark, '老朋友');
  assert.deepEqual(await faults(ann.api.patch(`/contacts/${bob.id}`,
    { remark: 'r'.repeat(65), pinned: 'maybe' })), ['pinned', 'remark']);
});

test('a_stranger_is_no_contact_to_change_or_delete', async () => {
  const [ann, bob] = await people('ann', 'bob');
  await expect(ann.api.patch(`/contacts/${bob.id}`, { remark: 'x' }), 404,
    'not_found');
  await expect(ann.api.delete(`/contacts/${bob.id}`), 404, 'not_found');
});

test('pinned_contacts_come_first_and_pages_hold_everybody_once', async () => {
  const [ann, ...others] = await people('ann', 'b', 'c', 'd', 'e');
  await Promise.all(others.map((o) => befriend(ann, o)));
  await expect(ann.api.patch(`/contacts/${others[2].id}`, { pinned: true }),
    200);
  const found = [];
  for (let next = ''; next !== null;) {
    const page = await expect(ann.api.get(`/contacts?limit=2${next}`), 200);
    assert.ok(page.items.length <= 2);
    found.push(...page.items.map((c) => c.user.id));
    next = page.next && `&cursor=${encodeURIComponent(page.next)}`;
  }
  assert.equal(found[0], others[2].id);
  assert.deepEqual([...found].sort(), others.map((o) => o.id).sort());
});

test('deleting_a_contact_is_for_both_sides_and_bars_messages', async () => {
  const [ann, bob, conv] = await pair(server.url);
  await ann.say(conv, 'before');
  await expect(ann.api.delete(`/contacts/${bob.id}`), 204);
  assert.deepEqual(await contacts(ann), []);
  assert.deepEqual(await contacts(bob), []);
  for (const who of [ann, bob])
    await expect(who.api.post('/messages', { conv_id: conv, content: 'x' }),
      403, 'not_a_contact');
  assert.equal((await ann.history(conv)).items.length, 1);
  await expect(ask(bob, ann), 201);
});

test('deleting_with_history_clears_the_own_view_only', async () => {
  const [ann, bob, conv] = await pair(server.url);
  await ann.say(conv, 'one');
  await bob.say(conv, 'two');
  await expect(ann.api.delete(`/contacts/${bob.id}?history=delete`), 204);
  const mine = await ann.api.get(`/messages?conv_id=${conv}`);
  assert.ok(mine.status === 404 || mine.json.items.length === 0, mine.text);
  assert.equal((await bob.history(conv)).items.length, 2);
  await befriend(ann, bob);
  await bob.say(conv, 'three');
  assert.deepEqual((await ann.history(conv)).items.map((m) => m.content),
    ['three']);
  assert.equal((await ann.conversation(conv)).unread, 1);
});

// Whatever shows a person was made before it was delivered.  What corrects it
// comes behind it, or what was old would stay; a request shows both people.
test('whoever_is_told_of_somebody_is_told_last_how_they_look_now', async () => {
  const [ann, bob] = await people('ann', 'bob');
  const lives = [[await ann.live(), ann, bob], [await bob.live(), bob, ann]];
  const contact = (action) => (f) => f.event === 'contact' &&
    f.data.action === action;
  const profile = (who) => (f) => contact('profile')(f) &&
    f.data.user.id === who.id;
  const presence = (who) => (f) => f.event === 'presence' &&
    f.data.user_id === who.id;
  const look = (me, them) => [profile(them), presence(them)];
  const both = (me, them) => [profile(them), profile(me)];
  const behind = async (action, looks, [live, me, them]) => {
    await until(`the look comes behind "${action}"`, () => {
      const at = live.frames.findIndex(contact(action));
      const rest = live.frames.slice(at + 1);
      if (at === -1 || !looks(me, them).every((fits) => rest.some(fits)))
        throw new Error(JSON.stringify(live.frames));
      return true;
    });
    live.frames.splice(0);
  };
  const { id } = await expect(ask(ann, bob), 201);
  for (const side of lives)
    await behind('request', both, side);
  await expect(bob.api.post(`/contact-requests/${id}/accept`), 200);
  for (const side of lives)
    await behind('accepted', look, side);
  await expect(ann.api.patch(`/contacts/${bob.id}`, { remark: 'Bobby' }), 200);
  await behind('updated', look, lives[0]);
  await expect(ann.api.put(`/blocks/${bob.id}`), 204);
  await behind('blocked', look, lives[0]);
});
