// SPDX-License-Identifier: MIT
// plain.test.mjs -- The same story with JavaScript turned off.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, PASSWORD, Person, twoFriends } from './browser.mjs';

let browser, ann, bo;
const off = { javaScriptEnabled: false };

before(async () => {
  browser = await launch();
  ({ ann, bo } = await twoFriends(browser, off));
});

after(async () => {
  const faults = [...(await ann?.leave() ?? []), ...(await bo?.leave() ?? [])];
  await browser.close();
  assert.deepEqual(faults, []);
});

async function send(person, text) {
  await person.page.fill('#content', text);
  await person.page.click('#composer button');
  await person.page.waitForURL(/#m\d+$/);
}

test('sending posts, comes back to the chat, and lands on the message', async () => {
  await send(ann, 'Without any script');
  await ann.sees('Without any script');
  await bo.page.reload();
  await bo.sees('Without any script');
});

test('a blank message comes back with a sentence and loses nothing', async () => {
  await ann.page.locator('#content').evaluate((box) => box.removeAttribute('required'));
  await ann.page.fill('#content', '   ');
  await ann.page.click('#composer button');
  await ann.page.locator('#e-content').waitFor();
  assert.equal(await ann.page.locator('#ms li.m', { hasText: 'Without any script' }).count(), 1);
});

test('too long a message comes back with what was typed still there', async () => {
  const long = 'x'.repeat(8001);
  await ann.page.fill('#content', long);
  await ann.page.click('#composer button');
  await ann.page.locator('#e-content').waitFor();
  assert.equal(await ann.page.locator('#content').inputValue(), long);
});

test('unread messages start under a line, and a button marks them read', async () => {
  await ann.openChat();	// the refused form stood at /messages
  await send(ann, 'You have not read this');
  await bo.page.reload();
  await bo.page.locator('#fresh').waitFor();
  await bo.page.click('form.read button');
  await bo.page.waitForURL(/\/c\/\d+/);
  assert.equal(await bo.page.locator('#fresh').count(), 0);
});

test('older messages are a link away', async () => {
  const conv = new URL(bo.page.url()).pathname.slice(3);
  for (let i = 0; i < 55; i++) await bo.call('POST', '/messages', { conv_id: conv, content: `number ${i}` });
  await ann.page.reload();
  await ann.sees('number 54');
  assert.equal(await ann.page.locator('#ms li.m', { hasText: 'Without any script' }).count(), 0);
  await ann.page.click('#older a');
  await ann.sees('Without any script');
});

test('profile, language and theme are settings that stick', async () => {
  await ann.page.goto('/settings/profile');
  await ann.page.fill('[name=bio]', 'Boats & letters');
  await ann.page.click('main form:has([name=bio]) button');
  await ann.page.waitForURL(/ok=/);
  assert.equal(await ann.page.locator('[name=bio]').inputValue(), 'Boats & letters');
  await ann.page.goto('/settings/appearance');
  await ann.page.locator('[name=locale][value=zh]').check({ force: true });
  await ann.page.locator('[name=theme][value=dark]').check({ force: true });
  await ann.page.click('main form:has([name=theme]) button');
  await ann.page.waitForURL(/ok=/);
  assert.equal(await ann.page.getAttribute('html', 'lang'), 'zh-CN');
  assert.equal(await ann.page.getAttribute('html', 'data-theme'), 'dark');
});

test('a new password ends the other devices', async () => {
  const second = await Person.arrive(browser, 'Bo again', off);
  await second.page.goto('/login');
  await second.page.fill('[name=login]', bo.username);
  await second.page.fill('[name=password]', PASSWORD);
  await second.page.click('main button');
  await second.page.waitForURL((u) => u.pathname === '/');
  await bo.page.goto('/settings/password');
  await bo.page.fill('[name=old_password]', PASSWORD);
  await bo.page.fill('[name=new_password]', 'nine grey herons on the dyke');
  await bo.page.click('main form:has([name=new_password]) button');
  await bo.page.waitForURL(/ok=/);
  await second.page.goto('/');
  assert.match(second.page.url(), /\/login/);
  assert.deepEqual(await second.leave(), []);
});

test('logging in wrongly says so, keeps the name, and never the password', async () => {
  const stranger = await Person.arrive(browser, 'Stranger', off);
  await stranger.page.goto('/login?next=/contacts');
  await stranger.page.fill('[name=login]', ann.username);
  await stranger.page.fill('[name=password]', 'wrong wrong wrong');
  await stranger.page.click('main button');
  await stranger.page.locator('[role=alert]').waitFor();
  assert.equal(await stranger.page.locator('[name=login]').inputValue(), ann.username);
  assert.equal(await stranger.page.locator('[name=password]').inputValue(), '');
  await stranger.page.fill('[name=password]', PASSWORD);
  await stranger.page.click('main button');
  await stranger.page.waitForURL(/\/contacts$/);
  assert.deepEqual(await stranger.leave(), []);
});
