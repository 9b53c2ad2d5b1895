// SPDX-License-Identifier: MIT
// own.test.mjs -- The own view: drafts that follow, filters, search, mentions.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, Person, twoFriends, url } from './browser.mjs';

let browser, ann, bo, phone, conv;

before(async () => {
  browser = await launch();
  ({ ann, bo } = await twoFriends(browser));
  conv = ann.page.url().match(/\/c\/(\d+)/)[1];
  // The same person with another device.
  const context = await browser.newContext({ baseURL: url, locale: 'en-GB', storageState: await ann.context.storageState() });
  phone = Object.assign(Object.create(Person.prototype), { context, faults: [], page: await context.newPage() });
  phone.watch(phone.page);
});

after(async () => {
  const faults = [];
  for (const person of [ann, bo, phone]) faults.push(...(await person?.leave() ?? []));
  await browser.close();
  assert.deepEqual(faults, []);
});

// A page whose line is up: what another tab of the session acknowledges before that is not replayed to it.
async function open({ page }, path) {
  await page.goto('about:blank'); // whose line is not taken for the next one's
  const live = page.waitForEvent('websocket').then((socket) => socket.waitForEvent('framereceived'));
  await page.goto(path);
  await live;
}

const typed = (person, text) => person.page.waitForFunction(
  (wanted) => document.querySelector('#content').value === wanted, text);
const row = (person) => person.page.locator(`.row[data-conv="${conv}"]`);
const saved = (person, text) => person.page.waitForFunction(async ([id, wanted]) => {
  const reply = await fetch(`/api/v1/conversations/${id}`);
  return ((await reply.json()).draft?.content ?? '') === wanted;
}, [conv, text]);

test('what is begun on one device goes on at the other, while it is written', async () => {
  await phone.page.goto(`/c/${conv}`);
  await ann.page.fill('#content', 'Dear Bo,');
  await typed(phone, 'Dear Bo,');
  await phone.page.fill('#content', 'Dear Bo, come');
  await typed(ann, 'Dear Bo, come');
});

test('the list shows the draft, and a page that comes later has it', async () => {
  await phone.page.goto('/');
  await row(phone).locator('.draft').waitFor();
  assert.match(await row(phone).locator('.prev').textContent(), /^Draft: Dear Bo, come$/);
  await ann.page.reload();
  assert.equal(await ann.page.inputValue('#content'), 'Dear Bo, come');
  // Writing goes on at its end.
  await ann.page.waitForFunction((end) => document.querySelector('#content:focus')?.selectionStart === end, 'Dear Bo, come'.length);
});

test('sending ends it on all devices', async () => {
  await phone.page.goto(`/c/${conv}`);
  await typed(phone, 'Dear Bo, come');
  await ann.page.press('#content', 'Enter');
  await phone.sees('Dear Bo, come');
  await typed(phone, '');
  await saved(ann, '');
});

test('two devices that write at once lose no text', async () => {
  await phone.context.setOffline(true);
  await phone.page.fill('#content', 'from the phone');
  await ann.page.fill('#content', 'from the desk');
  await saved(ann, 'from the desk');
  await phone.context.setOffline(false);
  const both = /^from the (desk|phone)\nfrom the (phone|desk)$/;
  await phone.page.waitForFunction((pattern) => new RegExp(pattern).test(document.querySelector('#content').value), both.source);
  await ann.page.waitForFunction((pattern) => new RegExp(pattern).test(document.querySelector('#content').value), both.source);
  await ann.page.fill('#content', '');
  await typed(phone, '');
});

test('a chat marked unread says so in the list until it is opened', async () => {
  await phone.page.goto(`/c/${conv}/info`);
  await phone.press('Mark as unread');
  assert.equal(new URL(phone.page.url()).pathname, '/');
  const badge = row(phone).locator('.badge');
  await badge.waitFor();
  assert.equal(await badge.locator('.n').textContent(), '');
  await phone.page.waitForFunction(() => document.title.startsWith('(1)'));
  await ann.page.reload();
  await badge.waitFor({ state: 'hidden' });
});

test('a filter is kept by what happens, and what it hides leaves', async () => {
  await phone.page.goto('/?filter=unread');
  await phone.page.locator('#no-rows').waitFor();
  await ann.page.goto('/contacts');
  await bo.say('Are you there?');
  await row(phone).locator('.badge').waitFor();
  await ann.page.goto(`/c/${conv}`);
  await row(phone).waitFor({ state: 'detached' });
  await phone.page.goto('/?filter=groups');
  assert.equal(await row(phone).count(), 0);
});

test('the number on a part of the list is of all that is unread', async () => {
  const is_title = (pattern) => phone.page.waitForFunction((wanted) => new RegExp(wanted).test(document.title), pattern.source);
  await ann.page.goto('/contacts');
  await bo.say('I have the map');
  for (const part of ['?filter=groups', '?filter=hidden', '?query=nobody']) {
    await phone.page.goto(`/${part}`);
    await is_title(/^\(1\)/);
  }
  await bo.say('and the compass');
  await is_title(/^\(2\)/);
  await ann.page.goto(`/c/${conv}/info`);
  await ann.unfold('Mute notifications');
  await ann.press('1 hour');
  await is_title(/^[^(]/);
  await ann.page.goto(`/c/${conv}/info`);
  await ann.press('Unmute');
  await is_title(/^\(2\)/);
  await ann.page.goto(`/c/${conv}`);
  await is_title(/^[^(]/);
});

test('a mute says until when, and a hidden chat has a list of its own', async () => {
  await phone.page.goto(`/c/${conv}/info`);
  await phone.unfold('Mute notifications');
  await phone.press('1 hour');
  await phone.page.getByText(/Muted until/).waitFor();
  await phone.press('Unmute');
  await phone.press('Hide from the list');
  await phone.page.goto('/');
  assert.equal(await row(phone).count(), 0);
  await phone.page.getByRole('link', { name: 'Hidden' }).click();
  await row(phone).waitFor();
  await bo.say('Do come back');
  await row(phone).waitFor({ state: 'detached' });
});

test('a search goes beyond what is on the page', async () => {
  await phone.page.goto('/');
  await phone.page.fill('#search', '柏');
  await phone.page.press('#search', 'Enter');
  await phone.page.waitForURL(/query=/);
  await row(phone).waitFor();
  await phone.page.fill('#search', 'nobody at all');
  await phone.page.press('#search', 'Enter');
  await phone.page.locator('#no-rows').waitFor();
  assert.match(await phone.page.locator('#people a').getAttribute('href'), /\/contacts\?query=nobody/);
});

test('who is mentioned is led there, in the list and in the chat', async () => {
  const [me, other] = [await ann.id(), await bo.id()];
  const { id } = await bo.call('POST', '/conversations', { type: 'group', title: 'Walks', members: [me] });
  await phone.page.goto('/');
  const line = phone.page.locator(`.row[data-conv="${id}"]`);
  await line.waitFor();
  const called = await bo.call('POST', '/messages', { conv_id: id, content: `@${ann.username} the map, please` });
  for (let i = 0; i < 60; i++) await bo.call('POST', '/messages', { conv_id: id, content: `word ${i}` });
  await line.locator('.call').waitFor();
  await phone.page.goto(`/c/${id}`);
  await phone.page.locator('#calls').click();
  await phone.page.waitForURL(new RegExp(`#m${called.seq}$`));
  const bubble = phone.page.locator(`#m${called.seq}.calls a.at`);
  assert.equal(await bubble.getAttribute('href'), `/u/${me}`);
  await phone.page.locator('#calls').waitFor({ state: 'hidden' });
  await phone.page.goto('/');
  await line.locator('.call').waitFor({ state: 'hidden' });
  // What is taken out calls nobody any more.
  const again = await bo.call('POST', '/messages', { conv_id: id, content: `@${ann.username} the compass` });
  await line.locator('.call').waitFor();
  await bo.call('DELETE', `/messages/${again.id}`);
  await line.locator('.call').waitFor({ state: 'hidden' });
  // A nickname reaches the open chat.
  await open(phone, `/c/${id}`);
  await bo.call('POST', '/messages', { conv_id: id, content: 'the line is up' });
  await phone.sees('the line is up');
  await bo.call('PATCH', `/conversations/${id}/members/${other}`, { nickname: 'The Skipper' });
  await phone.page.locator('.m .who b', { hasText: 'The Skipper' }).first().waitFor();
});

test('what has been on the screen is not offered to be looked for', async () => {
  const { id } = await bo.call('POST', '/conversations', { type: 'group', title: 'Maps', members: [await ann.id()] });
  const call = (text) => bo.call('POST', '/messages', { conv_id: id, content: `@${ann.username} ${text}` });
  for (let i = 0; i < 60; i++) await bo.call('POST', '/messages', { conv_id: id, content: `word ${i}` });
  await ann.page.goto(`/c/${id}`);
  await ann.page.locator('#who #count').waitFor();
  const button = ann.page.locator('#calls');
  const to = (top) => ann.page.evaluate((y) => { document.querySelector('#scroll').scrollTop = y; }, top);
  await to(-1e6);
  await ann.page.waitForFunction(() => document.querySelectorAll('#ms .m').length > 60);
  await to(-1e6);
  await call('below');
  await button.waitFor();
  assert.equal(await ann.page.locator('#calls-n').textContent(), '1');
  await to(0);
  await button.waitFor({ state: 'hidden' });
  await call('here');
  await ann.sees('here');
  await ann.page.waitForFunction(() => document.querySelectorAll('#ms .calls').length === 2);
  assert.equal(await button.isVisible(), false);
});

test('a row shows that it is muted or pinned, and no longer, while one looks', async () => {
  await open(phone, '/');
  const sign = (name) => row(phone).locator(`use[href$="#${name}"]`);
  for (const [setting, name] of [['muted', 'muted'], ['pinned', 'pin']]) {
    await ann.call('PATCH', `/conversations/${conv}`, { [setting]: true });
    await sign(name).waitFor({ state: 'attached' });
    assert.equal(await sign(name).count(), 1);
    await ann.call('PATCH', `/conversations/${conv}`, { [setting]: false });
    await sign(name).waitFor({ state: 'detached' });
  }
});

test('a time that is past by our clock alone is not asked for without a pause', async () => {
  const waits = await ann.page.evaluate(async () => {
    const { when_past } = await import(document.querySelector('script[type=module]').src.replace('app.js', 'ui.js'));
    const { setTimeout } = globalThis, asked = [];
    globalThis.setTimeout = (deed, ms) => asked.push(ms);
    for (const s of [-60, 60, 1e7, NaN]) when_past(isNaN(s) ? '' : new Date(Date.now() + s * 1000).toISOString());
    globalThis.setTimeout = setTimeout;
    return asked;
  });
  assert.equal(waits.length, 3);
  assert.ok(waits[0] >= 10_000 && waits[1] > 59_000 && waits[1] < 62_000 && waits[2] <= 864e5, waits.join());
});

test('without a script a draft is kept by a button, and by a send that failed', async () => {
  const plain = await ann.withoutScript(browser);
  await plain.page.goto(`/c/${conv}`);
  await plain.page.fill('#content', 'to be continued');
  await plain.page.click('#composer .keep');
  await plain.page.waitForURL(/ok=draft/);
  await plain.page.goto('/');
  assert.match(await plain.page.locator(`.row[data-conv="${conv}"] .prev`).textContent(), /^Draft: to be continued$/);
  await bo.call('PUT', `/blocks/${await ann.id()}`);
  await plain.page.goto(`/c/${conv}`);
  assert.equal(await plain.page.locator('#composer').isVisible(), false);
  await bo.call('DELETE', `/blocks/${await ann.id()}`);
  await plain.page.goto(`/c/${conv}`);
  await plain.page.fill('#content', 'now it is refused');
  await bo.call('PUT', `/blocks/${await ann.id()}`);
  await plain.page.click('#composer .send');
  await plain.page.locator('.notice, .cannot').first().waitFor();
  await bo.call('DELETE', `/blocks/${await ann.id()}`);
  await plain.page.goto(`/c/${conv}`);
  assert.equal(await plain.page.inputValue('#content'), 'now it is refused');
  assert.deepEqual(await plain.leave(), []);
});
