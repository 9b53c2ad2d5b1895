// SPDX-License-Identifier: MIT
// keeping.test.mjs -- Who keeps order opens a message by its time: pins it, or
// takes it out; whoever has the chat open sees it at once.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, twoFriends } from './browser.mjs';

let browser, ann, bo, id, group;

before(async () => {
  browser = await launch();
  ({ ann, bo } = await twoFriends(browser));
  ({ id } = await ann.call('POST', '/conversations',
    { type: 'group', title: 'Allotments', members: [await bo.id()] }));
  group = `/c/${id}`;
  for (const person of [ann, bo]) await person.page.goto(group);
});

after(async () => {
  const faults = [...(await ann?.leave() ?? []), ...(await bo?.leave() ?? [])];
  await browser.close();
  assert.deepEqual(faults, []);
});

test('a message that came live is opened by its time and pinned', async () => {
  await bo.say('The gate is locked at eight.');
  const bubble = await ann.sees('The gate is locked');
  await bubble.locator('a.act').click();
  await ann.page.waitForURL(/\/m\/\d+$/);
  await ann.page.locator('.bub', { hasText: 'The gate is locked' }).waitFor();
  assert.equal(await ann.page.getByRole('link', { name: 'Back to the chat' }).getAttribute('href'), group);
  await ann.page.getByRole('button', { name: 'Pin', exact: true }).click();
  await bo.sees('pinned a message');
  await bo.page.goto(`${group}/pins`);
  await bo.page.locator('.bub', { hasText: 'The gate is locked' }).waitFor();
  assert.equal(await bo.page.getByRole('link', { name: 'Details' }).getAttribute('href'), `${group}/info`);
  await bo.photograph('pins-390');
});

test('what is taken out is gone from the open chat and the list', async () => {
  await bo.page.goto(group);
  await bo.say('A thing to regret');
  await ann.page.goto(group);
  const bubble = await ann.sees('A thing to regret');
  await bo.sees('A thing to regret');
  await bubble.locator('a.act').click();
  await ann.page.waitForURL(/\/m\/\d+$/);
  await ann.page.getByRole('button', { name: 'Delete for everybody' }).click();
  await ann.page.locator('.bub', { hasText: 'Message deleted' }).waitFor();
  const gone = await bo.sees('Message deleted');
  assert.equal(await gone.evaluate((li) => li.textContent.includes('regret')), false);
  await bo.page.locator(`.row[data-conv="${id}"] .prev`, { hasText: 'Message deleted' }).waitFor();
  assert.equal(await bo.page.locator('a.act').count(), 0, 'who may not is offered nothing');
});

test('nor does a page of older ones keep it', async () => {
  const { seq, id: message } = await bo.call('POST', '/messages', { conv_id: id, content: 'A second thing to regret' });
  await bo.call('POST', '/messages', { conv_id: id, content: 'Never mind' });
  const live = bo.page.waitForEvent('websocket').then((socket) => socket.waitForEvent('framereceived'));
  await bo.page.goto(`${group}?before=${seq + 1}`);
  await bo.sees('A second thing');
  await live;
  await ann.call('DELETE', `/messages/${message}`);
  await bo.page.locator(`#m${seq}`, { hasText: 'Message deleted' }).waitFor();
});
