// SPDX-License-Identifier: MIT
// A request that nobody answers in time is over, for both and everywhere; and
// what happens when two decide at once.
//
// Time passes by the only way it can in a test: what was sent becomes older.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expect } from '../lib/client.mjs';
import { follow, submit } from '../lib/forms.mjs';
import { useOwn } from '../lib/instance.mjs';
import { befriend, newcomers } from '../lib/people.mjs';

const server = useOwn('contact-expiry',
  { settings: { 'rate_limit.enabled': 'off', 'contact.request_days': 7 } });

const DAY_MS = 24 * 60 * 60 * 1000;
const ROUNDS = 5;

const people = (...names) => newcomers(server.url, ...names);
const ask = (from, to, more = {}) =>
  from.api.post('/contact-requests', { user_id: to.id, ...more });
const asked = async (from, to, more) => (await expect(ask(from, to, more), 201));
const requests = async (who, direction, status = 'pending') =>
  (await expect(who.api.get(
    `/contact-requests?direction=${direction}&status=${status}`), 200)).items;
const contacts = async (who) =>
  (await expect(who.api.get('/contacts'), 200)).items;
const decide = (who, { id }, verb) =>
  who.api.post(`/contact-requests/${id}/${verb}`);
const age = ({ id }, days = 7) => server.sql('UPDATE contact_request SET ' +
  `created_at = created_at - ${days * DAY_MS} WHERE id = ${id}`);

test('a_request_says_until_when_it_is_open', async () => {
  const [ann, bob] = await people('ann', 'bob');
  const r = await asked(ann, bob);
  assert.equal(Date.parse(r.expires_at) - Date.parse(r.created_at), 7 * DAY_MS);
  await age(r, 6);
  assert.deepEqual((await requests(bob, 'in')).map((x) => x.id), [r.id]);
});

test('an_expired_one_is_pending_in_no_list_and_found_among_those_over',
  async () => {
    const [ann, bob] = await people('ann', 'bob');
    const r = await asked(ann, bob, { note: 'n' });
    await age(r);
    const browser = await bob.browse();
    const page = await browser.send('GET', '/');
    assert.match(page.text, /id="n-requests" hidden/);
    for (const [who, direction] of [[ann, 'out'], [bob, 'in']]) {
      assert.deepEqual(await requests(who, direction), []);
      assert.deepEqual((await requests(who, direction, 'expired'))
        .map((x) => [x.id, x.status, x.note]), [[r.id, 'expired', 'n']]);
    }
  });

test('it_can_be_neither_accepted_nor_rejected_nor_taken_back', async () => {
  const [ann, bob, eve] = await people('ann', 'bob', 'eve');
  for (const refused of [(r) => decide(bob, r, 'accept'),
    (r) => decide(bob, r, 'reject'),
    (r) => ann.api.delete(`/contact-requests/${r.id}`)]) {
    const r = await asked(ann, bob);
    await age(r);
    await expect(decide(eve, r, 'accept'), 404, 'not_found');
    const problem = await expect(refused(r), 409, 'conflict');
    assert.match(problem.detail, /expired/);
    await expect(refused(r), 409, 'conflict');
  }
  assert.deepEqual(await contacts(bob), []);
});

test('it_may_be_sent_anew_by_either', async () => {
  for (const again of [0, 1]) {
    const both = await people('ann', 'bob');
    const r = await asked(...both);
    await age(r);
    const [from, to] = again ? [...both].reverse() : both;
    const second = await asked(from, to);
    assert.equal(second.status, 'pending');
    assert.deepEqual((await requests(to, 'in')).map((x) => x.id), [second.id]);
    await expect(decide(to, second, 'accept'), 200);
    assert.equal((await contacts(both[0])).length, 1);
  }
});

test('both_are_told_live_and_by_sync_once', async () => {
  const [ann, bob] = await people('ann', 'bob');
  const r = await asked(ann, bob);
  const cursors = await Promise.all([ann, bob].map(async (who) =>
    (await expect(who.api.get('/sync'), 200)).cursor));
  await age(r);
  const lives = await Promise.all([ann.live(), bob.live()]);
  for (const [i, who] of [ann, bob].entries()) {
    const page = await expect(who.api.get(`/sync?cursor=${cursors[i]}`), 200);
    assert.deepEqual(page.removed, [{ type: 'contact_request', id: r.id }]);
    assert.deepEqual(page.contact_requests, []);
  }
  for (const live of lives) {
    const { request } = await live.next('contact', (data) =>
      data.action === 'expired');
    assert.equal(request.id, r.id);
    await live.ping();
    assert.ok(!live.frames.some((f) => f.data?.action === 'expired'));
    await live.close();
  }
});

test('a_block_and_a_farewell_go_past_one_that_is_over', async () => {
  const [ann, bob, cyd] = await people('ann', 'bob', 'cyd');
  await age(await asked(ann, bob));
  await age(await asked(cyd, ann));
  await expect(bob.api.put(`/blocks/${ann.id}`), 204);
  await expect(ask(ann, bob), 403, 'blocked');
  await expect(ann.api.delete('/users/me'), 204);
  const open = await server.sql('SELECT id FROM contact_request WHERE ' +
    `${ann.id} IN (from_id, to_id) AND (status = 0 OR pair_low IS NOT NULL)`);
  assert.deepEqual(open, []);
});

test('who_hides_is_not_seen_by_a_request_that_is_over', async () => {
  const [ann, bob] = await people('ann', 'bob');
  const r = await asked(ann, bob);
  await expect(bob.api.patch('/users/me', { hidden: true }), 200);
  await expect(ann.api.get(`/users/${bob.id}`), 200);
  await age(r);
  await expect(ann.api.get(`/users/${bob.id}`), 404, 'not_found');
  await expect(ask(ann, bob), 404, 'not_found');
});

test('the_page_tells_and_offers_to_ask_again', async () => {
  const [ann, bob] = await people('ann', 'bob');
  const r = await asked(ann, bob);
  await age(r);
  const browser = await ann.browse();
  const page = await browser.send('GET', '/contacts');
  assert.match(page.text, new RegExp(
    `data-key="${r.id}".*?Expired.*?href="/u/${bob.id}#ask"`, 's'));
  const back = await follow(browser, submit(browser, `/u/${bob.id}`,
    '/contact-requests', { note: 'again' }));
  assert.equal(back.location, `/u/${bob.id}`);
  assert.equal((await requests(bob, 'in'))[0].note, 'again');
});

// -- two at once ---------------------------------------------------------------

// One open request at most between two, and contacts on both sides or neither.
async function sound(a, b) {
  const pair = `(${a.id}, ${b.id})`;
  const [[open, pending, sides, chats]] = await server.sql(`SELECT
    (SELECT COUNT(*) FROM contact_request WHERE pair_low IN ${pair} AND
      pair_high IN ${pair}),
    (SELECT COUNT(*) FROM contact_request WHERE from_id IN ${pair} AND
      to_id IN ${pair} AND status = 0),
    (SELECT COUNT(*) FROM contact WHERE user_id IN ${pair} AND
      contact_id IN ${pair}),
    (SELECT COUNT(*) FROM conversation WHERE user_low IN ${pair} AND
      user_high IN ${pair})`);
  assert.ok(Number(open) <= 1);
  assert.equal(open, pending, 'the key is held by what is pending');
  assert.ok(['0', '2'].includes(sides), 'both are contacts, or none is');
  assert.ok(Number(chats) <= 1 && (sides === '0' || chats === '1'));
  assert.ok(sides === '0' || pending === '0', 'contacts have no open request');
  return sides === '2';
}

const status = (replies) => replies.map((r) => r.status);

const RACES = {
  async accept_and_withdraw(ann, bob, r) {
    const [accept, withdraw] = status(await Promise.all([
      decide(bob, r, 'accept'), ann.api.delete(`/contact-requests/${r.id}`)]));
    assert.ok((accept === 200 && withdraw === 409) ||
      (accept === 409 && withdraw === 204), `${accept} ${withdraw}`);
    assert.equal(await sound(ann, bob), accept === 200);
  },
  async accept_and_reject(ann, bob, r) {
    const replies = status(await Promise.all([decide(bob, r, 'accept'),
      decide(bob, r, 'reject')]));
    assert.deepEqual([...replies].sort(), [200, 409]);
    assert.equal(await sound(ann, bob), replies[0] === 200);
  },
  async accept_and_block(ann, bob, r) {
    const [accept, block] = status(await Promise.all([decide(bob, r, 'accept'),
      ann.api.put(`/blocks/${bob.id}`)]));
    assert.equal(block, 204);
    assert.ok([200, 409].includes(accept));
    assert.equal(await sound(ann, bob), accept === 200);
    await expect(ask(bob, ann), 403, 'blocked');
  },
  async accept_and_expire(ann, bob, r) {
    const [accept] = status(await Promise.all([decide(bob, r, 'accept'),
      age(r)]));
    assert.ok([200, 409].includes(accept));
    assert.equal(await sound(ann, bob), accept === 200);
  },
  async accept_an_overdue_one_and_ask_anew(ann, bob, r) {
    await age(r);
    const [accept, again] = status(await Promise.all([decide(bob, r, 'accept'),
      ask(ann, bob), requests(bob, 'in').then(() => ({}))]));
    assert.deepEqual([accept, again], [409, 201]);
    assert.equal(await sound(ann, bob), false);
    assert.equal((await requests(bob, 'in')).length, 1);
  },
  async cross_an_overdue_one(ann, bob, r) {
    await age(r);
    const replies = status(await Promise.all([ask(ann, bob), ask(bob, ann)]));
    assert.deepEqual(replies, [201, 201]);
    assert.equal(await sound(ann, bob), true);
  },
  async accept_and_leave(ann, bob, r) {
    const [accept, leave] = status(await Promise.all([decide(bob, r, 'accept'),
      ann.api.delete('/users/me')]));
    assert.equal(leave, 204);
    assert.ok([200, 404, 409].includes(accept), String(accept));
    assert.deepEqual(await contacts(bob), []);
    assert.deepEqual(await requests(bob, 'in'), []);
  },
};

for (const [name, race] of Object.entries(RACES))
  test(`race_${name}`, async () => {
    for (let i = 0; i < ROUNDS; i++) {
      const [ann, bob] = await people('ann', 'bob');
      await race(ann, bob, await asked(ann, bob, { greeting: 'hi' }));
    }
  });

test('race_labels_and_the_end_of_the_contact', async () => {
  for (let i = 0; i < ROUNDS; i++) {
    const [ann, bob] = await people('ann', 'bob');
    await befriend(ann, bob);
    const { id } = await expect(ann.api.post('/contact-labels',
      { name: 'L' }), 201);
    const replies = await Promise.all([
      ann.api.patch(`/contacts/${bob.id}`, { labels: [id] }),
      i % 2 ? bob.api.delete(`/contacts/${ann.id}`) :
        ann.api.delete(`/contact-labels/${id}`)]);
    assert.ok([200, 404, 422].includes(replies[0].status));
    assert.equal(replies[1].status, 204);
    assert.deepEqual(await server.sql('SELECT * FROM contact_labelled ' +
      `WHERE label_id = ${id}`), []);
  }
});
