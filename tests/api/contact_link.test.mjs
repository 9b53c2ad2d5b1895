// SPDX-License-Identifier: MIT
// The link that people hand out: whose it is, whom it lets ask, and its end.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client, expect, faults } from '../lib/client.mjs';
import { follow, submit } from '../lib/forms.mjs';
import { useShared } from '../lib/instance.mjs';
import { befriend, newcomer, newcomers, word } from '../lib/people.mjs';

const server = useShared();

const make = (who) => expect(who.api.post('/contact-link'), 201);
const look = (who, { token }) => who.api.get(`/add/${token}`);
const ask = (who, { token }, more = {}) =>
  who.api.post(`/add/${token}`, more);
const requests = async (who, direction) => (await expect(
  who.api.get(`/contact-requests?direction=${direction}`), 200)).items;

test('a_link_shows_whose_it_is_and_lets_ask', async () => {
  const [ann, bob] = await newcomers(server.url, 'ann', 'bob');
  await expect(ann.api.get('/contact-link'), 404, 'not_found');
  const link = await make(ann);
  assert.equal(link.path, `/add/${link.token}`);
  assert.deepEqual(await expect(ann.api.get('/contact-link'), 200), link);
  const { user } = await expect(look(bob, link), 200);
  assert.deepEqual([user.id, user.username, user.presence.status],
    [ann.id, ann.username, 'offline']);
  const request = await expect(ask(bob, link, { note: '扫码加你',
    greeting: 'Hello' }), 201);
  assert.deepEqual([request.from.id, request.to.id, request.note,
    request.status], [bob.id, ann.id, '扫码加你', 'pending']);
  await expect(ask(bob, link), 409, 'conflict');
  assert.deepEqual((await requests(ann, 'in')).map((r) => r.id), [request.id]);
});

test('who_hides_can_be_asked_by_link_only', async () => {
  const [ann, bob] = await newcomers(server.url, 'ann', 'bob');
  await expect(ann.api.patch('/users/me', { hidden: true }), 200);
  const link = await make(ann);
  await expect(bob.api.get(`/users/${ann.id}`), 404, 'not_found');
  await expect(bob.api.post('/contact-requests', { user_id: ann.id }), 404,
    'not_found');
  const request = await expect(ask(bob, link), 201);
  await expect(bob.api.get(`/users/${ann.id}`), 200);
  await expect(ann.api.post(`/contact-requests/${request.id}/accept`), 200);
});

test('a_new_link_ends_the_old_one_and_a_revoked_one_is_none', async () => {
  const [ann, bob] = await newcomers(server.url, 'ann', 'bob');
  const old = await make(ann), now = await make(ann);
  assert.notEqual(old.token, now.token);
  await expect(look(bob, old), 404, 'not_found');
  await expect(ask(bob, old), 404, 'not_found');
  await expect(look(bob, now), 200);
  await expect(ann.api.delete('/contact-link'), 204);
  await expect(ann.api.delete('/contact-link'), 204);
  await expect(look(bob, now), 404, 'not_found');
  await expect(ann.api.get('/contact-link'), 404, 'not_found');
});

test('many_made_at_once_leave_one', async () => {
  const [ann, bob] = await newcomers(server.url, 'ann', 'bob');
  const made = await Promise.all([1, 2, 3, 4].map(() => make(ann)));
  const { token } = await expect(ann.api.get('/contact-link'), 200);
  const states = await Promise.all(made.map((link) => look(bob, link)));
  assert.deepEqual(made.filter((link, i) => states[i].status === 200)
    .map((link) => link.token), [token]);
});

test('what_is_no_link_leads_nowhere', async () => {
  const [ann, bob] = await newcomers(server.url, 'ann', 'bob');
  const { token } = await make(ann);
  const [number, code] = token.split(/-(.*)/s);
  for (const forged of [`${Number(number) + 1}-${code}`, number, `-${code}`,
    `${number}-`, `${number}-${code}x`, code, 'x'.repeat(128)])
    await expect(look(bob, { token: forged }), 404, 'not_found');
  await expect(bob.api.get(`/join/${token}`), 404, 'not_found');
});

test('neither_oneself_nor_the_blocked_nor_contacts_ask_by_it', async () => {
  const [ann, bob, cyd] = await newcomers(server.url, 'ann', 'bob', 'cyd');
  const link = await make(ann);
  await expect(ask(ann, link), 409, 'conflict');
  await befriend(ann, cyd);
  await expect(ask(cyd, link), 409, 'conflict');
  await expect(ann.api.put(`/blocks/${bob.id}`), 204);
  await expect(look(bob, link), 404, 'not_found');
  await expect(ask(bob, link), 404, 'not_found');
  await expect(ann.api.delete(`/blocks/${bob.id}`), 204);
  await expect(bob.api.put(`/blocks/${ann.id}`), 204);
  await expect(ask(bob, link), 403, 'blocked');
  assert.deepEqual(await faults(ask(bob, link, { note: 'n'.repeat(501),
    greeting: 7 })), ['greeting', 'note']);
});

test('a_link_goes_with_its_owner', async () => {
  const [ann, bob] = await newcomers(server.url, 'ann', 'bob');
  const link = await make(ann);
  await expect(ann.api.delete('/users/me'), 204);
  await expect(look(bob, link), 404, 'not_found');
});

test('two_who_ask_each_other_by_links_are_contacts', async () => {
  const [ann, bob] = await newcomers(server.url, 'ann', 'bob');
  const [hers, his] = [await make(ann), await make(bob)];
  await expect(ask(ann, his), 201);
  assert.equal((await expect(ask(bob, hers), 201)).status, 'accepted');
});

// -- the page, for browsers without a script ---------------------------------

test('a_stranger_sees_who_invites_and_comes_back_after_log_in', async () => {
  const [ann, bob] = await newcomers(server.url, 'ann', 'bob');
  const link = await make(ann);
  const browser = new Client(server.url, { cookies: true });
  const page = await browser.send('GET', link.path);
  assert.equal(page.status, 200);
  assert.ok(page.text.includes(`@${ann.username}`));
  const next = link.path;
  for (const way of ['login', 'register'])
    assert.ok(page.text.includes(`href="/${way}?next=${next}"`), way);
  const back = await follow(browser, submit(browser, `/login?next=${next}`,
    '/login', { login: bob.username, password: bob.password }));
  assert.equal(back.location, link.path);
  const asked = await follow(browser, submit(browser, back, link.path,
    { note: 'It is me', greeting: '' }));
  assert.equal(asked.location, `/u/${ann.id}`);
  assert.equal((await requests(ann, 'in'))[0].note, 'It is me');
});

test('who_registers_on_the_way_comes_back_to_the_link', async () => {
  const ann = await newcomer(server.url, 'ann');
  const link = await make(ann);
  const browser = new Client(server.url, { cookies: true });
  const next = link.path;
  const login = await browser.send('GET', `/login?next=${next}`);
  assert.ok(login.text.includes(`href="/register?next=${next}"`));
  const back = await follow(browser, submit(browser, `/register?next=${next}`,
    '/register', { username: `new_${word(12)}`, password: ann.password }));
  assert.equal(back.location, link.path);
  const refused = await submit(browser, back, link.path,
    { note: 'n'.repeat(501), greeting: 'kept' });
  assert.equal(refused.status, 422);
  assert.ok(refused.text.includes('value="kept"'));
});

test('the_own_link_is_a_page_with_a_code_and_can_be_renewed', async () => {
  const ann = await newcomer(server.url, 'ann');
  const browser = await ann.browse();
  const made = await follow(browser, submit(browser, '/contacts/link',
    '/contact-link'));
  const { path } = await expect(ann.api.get('/contact-link'), 200);
  assert.ok(made.text.includes(`${path}"`));
  assert.match(made.text, /<svg class="qr"[^>]*viewBox="-4 -4 \d+ \d+"/);
  assert.match(made.text, /<path d="M0 0h7v1H0z/);
  await follow(browser, submit(browser, '/contacts/link', '/contact-link', {},
    undefined));
  const renewed = await expect(ann.api.get('/contact-link'), 200);
  assert.notEqual(renewed.path, path);
  const gone = await follow(browser, submit(browser, '/contacts/link',
    '/contact-link', {}, 'DELETE'));
  assert.ok(!gone.text.includes('class="qr"'));
  await expect(ann.api.get('/contact-link'), 404, 'not_found');
});
