// SPDX-License-Identifier: MIT
// What one arranges for oneself among contacts: labels, and whom one hides.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expect, faults } from '../lib/client.mjs';
import { useShared } from '../lib/instance.mjs';
import { befriend, newcomer, newcomers, pair } from '../lib/people.mjs';

const server = useShared();

const labels = async (who) =>
  (await expect(who.api.get('/contact-labels'), 200)).items;
const make = (who, name) => expect(who.api.post('/contact-labels', { name }),
  201);
const contacts = async (who, query = '') =>
  (await expect(who.api.get(`/contacts${query}`), 200)).items;
const ids = async (who, query) =>
  (await contacts(who, query)).map((c) => c.user.id);
const put = (who, whom, list) =>
  who.api.patch(`/contacts/${whom.id}`, { labels: list });

test('labels_are_made_renamed_and_deleted_by_their_owner', async () => {
  const [ann, bob] = await newcomers(server.url, 'ann', 'bob');
  const family = await make(ann, '家人');
  const work = await make(ann, '  Work ');
  assert.equal(work.name, 'Work');
  assert.deepEqual((await labels(ann)).map((l) => l.name).sort(),
    ['Work', '家人']);
  assert.deepEqual(await labels(bob), []);
  const renamed = await expect(ann.api.patch(`/contact-labels/${work.id}`,
    { name: 'Office' }), 200);
  assert.deepEqual(renamed, { ...work, name: 'Office' });
  await expect(ann.api.patch(`/contact-labels/${work.id}`,
    { name: 'office' }), 200);
  await expect(ann.api.delete(`/contact-labels/${family.id}`), 204);
  await expect(ann.api.delete(`/contact-labels/${family.id}`), 404,
    'not_found');
  assert.deepEqual((await labels(ann)).map((l) => l.name), ['office']);
});

test('a_name_is_taken_once_and_is_a_name', async () => {
  const [ann, bob] = await newcomers(server.url, 'ann', 'bob');
  const one = await make(ann, 'Chess');
  await make(bob, 'Chess');
  const taken = await expect(ann.api.post('/contact-labels',
    { name: 'chess' }), 409, 'conflict');
  assert.deepEqual(taken.errors.map((e) => [e.field, e.code]),
    [['name', 'taken']]);
  const two = await make(ann, 'Go');
  await expect(ann.api.patch(`/contact-labels/${two.id}`, { name: 'CHESS' }),
    409, 'conflict');
  for (const name of ['', '  ', 'x'.repeat(33), 'a\nb', 7, null])
    for (const call of [ann.api.post('/contact-labels', { name }),
      ann.api.patch(`/contact-labels/${one.id}`, { name })])
      assert.deepEqual(await faults(call), ['name'], JSON.stringify(name));
  await make(ann, '字'.repeat(32));
});

test('there_are_fifty_at_most_however_many_come_at_once', async () => {
  const ann = await newcomer(server.url, 'ann');
  for (let i = 0; i < 48; i++)
    await make(ann, `label ${i}`);
  const replies = await Promise.all([1, 2, 3, 4].map((i) =>
    ann.api.post('/contact-labels', { name: `last ${i}` })));
  assert.deepEqual(replies.map((r) => r.status).sort(), [201, 201, 409, 409]);
  assert.ok(replies.every((r) => r.status === 201 || r.json.code === 'full'));
  assert.equal((await labels(ann)).length, 50);
});

test('contacts_have_labels_and_are_listed_by_them', async () => {
  const [ann, bob, cyd] = await newcomers(server.url, 'ann', 'bob', 'cyd');
  await befriend(ann, bob);
  await befriend(ann, cyd);
  const a = await make(ann, 'A'), b = await make(ann, 'B');
  const seen = await expect(put(ann, bob, [b.id, a.id, b.id]), 200);
  assert.deepEqual(seen.labels, [a.id, b.id]);
  await expect(put(ann, cyd, [b.id]), 200);
  assert.deepEqual(await ids(ann, `?label=${a.id}`), [bob.id]);
  assert.deepEqual((await ids(ann, `?label=${b.id}`)).sort(),
    [bob.id, cyd.id].sort());
  await expect(put(ann, bob, []), 200);
  assert.deepEqual(await ids(ann, `?label=${a.id}`), []);
  await expect(ann.api.delete(`/contact-labels/${b.id}`), 204);
  assert.deepEqual((await contacts(ann)).map((c) => c.labels), [[], []]);
  await expect(ann.api.get(`/contacts?label=${b.id}`), 404, 'not_found');
});

test('labels_of_others_and_strangers_are_out_of_reach', async () => {
  const [ann, bob] = await pair(server.url);
  const eve = await newcomer(server.url, 'eve');
  const hers = await make(ann, 'mine'), his = await make(bob, 'his');
  for (const list of [[his.id], [hers.id, his.id], ['999999999']])
    assert.deepEqual(await faults(put(ann, bob, list)), ['labels']);
  assert.deepEqual((await contacts(ann))[0].labels, []);
  await expect(put(ann, eve, [hers.id]), 404, 'not_found');
  await expect(bob.api.get(`/contacts?label=${hers.id}`), 404, 'not_found');
  await expect(bob.api.patch(`/contact-labels/${hers.id}`, { name: 'x' }), 404,
    'not_found');
  await expect(bob.api.delete(`/contact-labels/${hers.id}`), 404, 'not_found');
  assert.deepEqual(await faults(ann.api.patch(`/contacts/${bob.id}`,
    { labels: ['x'], hidden: 'maybe', pinned: 2, remark: 'r'.repeat(65) })),
  ['hidden', 'labels', 'pinned', 'remark']);
  assert.deepEqual((await contacts(bob))[0].labels, []);
});

test('whoever_is_no_contact_any_more_has_no_labels_when_back', async () => {
  const [ann, bob] = await pair(server.url);
  const { id } = await make(ann, 'L');
  await expect(put(ann, bob, [id]), 200);
  await expect(bob.api.delete(`/contacts/${ann.id}`), 204);
  await befriend(ann, bob);
  assert.deepEqual((await contacts(ann))[0].labels, []);
});

test('own_devices_are_told_live_and_by_sync_and_nobody_else', async () => {
  const [ann, bob] = await pair(server.url);
  const [live, his] = await Promise.all([ann.live(), bob.live()]);
  let { cursor } = await expect(ann.api.get('/sync'), 200);
  const changed = async () => {
    const page = await expect(ann.api.get(`/sync?cursor=${cursor}`), 200);
    ({ cursor } = page);
    return page;
  };
  const label = await make(ann, 'L');
  assert.deepEqual(await live.next('contact'), { action: 'label', label });
  assert.deepEqual((await changed()).contact_labels, [label]);
  await expect(put(ann, bob, [label.id]), 200);
  const { contact } = await live.next('contact', (data) =>
    data.action === 'updated');
  assert.deepEqual(contact.labels, [label.id]);
  assert.deepEqual((await changed()).contacts.map((c) => c.labels),
    [[label.id]]);
  await expect(ann.api.delete(`/contact-labels/${label.id}`), 204);
  assert.deepEqual(await live.next('contact', (data) =>
    data.action === 'label_deleted'),
  { action: 'label_deleted', label_id: label.id });
  assert.deepEqual((await changed()).removed,
    [{ type: 'contact_label', id: label.id }]);
  await expect(ann.api.put(`/blocks/${bob.id}`), 204);
  await expect(ann.api.delete(`/blocks/${bob.id}`), 204);
  assert.ok(!his.frames.some((f) => JSON.stringify(f).includes('label')));
  await Promise.all([live.close(), his.close()]);
});

test('who_is_hidden_is_not_listed_and_can_be_listed_again', async () => {
  const [ann, bob, cyd] = await newcomers(server.url, 'ann', 'bob', 'cyd');
  const conv = await befriend(ann, bob);
  await befriend(ann, cyd);
  const seen = await expect(ann.api.patch(`/contacts/${bob.id}`,
    { hidden: true }), 200);
  assert.equal(seen.hidden, true);
  assert.deepEqual(await ids(ann), [cyd.id]);
  assert.deepEqual(await ids(ann, '?filter=shown'), [cyd.id]);
  assert.deepEqual(await ids(ann, '?filter=hidden'), [bob.id]);
  assert.deepEqual((await ids(ann, '?filter=all')).sort(),
    [bob.id, cyd.id].sort());
  assert.deepEqual(await ids(bob), [ann.id]);
  await ann.say(conv, 'hidden, not gone');
  const { items } = await expect(
    ann.api.get(`/users?query=${bob.username}`), 200);
  assert.deepEqual(items.map((u) => u.id), [bob.id]);
  await expect(ann.api.patch(`/contacts/${bob.id}`, { hidden: false }), 200);
  assert.equal((await ids(ann)).length, 2);
  assert.deepEqual(await faults(ann.api.get('/contacts?filter=none&label=x')),
    ['filter', 'label']);
});
