// SPDX-License-Identifier: MIT
// live.test.mjs -- Two people talk, with the script running.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, Person, twoFriends } from './browser.mjs';

let browser, ann, bo;

before(async () => {
  browser = await launch();
  ({ ann, bo } = await twoFriends(browser));
});

after(async () => {
  const faults = [...(await ann?.leave() ?? []), ...(await bo?.leave() ?? [])];
  await browser.close();
  assert.deepEqual(faults, []);
});

test('the greeting is the first message, and nothing else', async () => {
  await bo.sees('Hello! It is me, Ann.');
  assert.equal(await bo.page.locator('#ms li.m').count(), 1);
});

test('a message appears at the other without a reload, and its ticks turn to read', async () => {
  await ann.say('Shall we meet at **seven**?');
  const own = await ann.sees('Shall we meet at seven?');
  await bo.sees('Shall we meet at seven?');
  await own.locator('[data-st=read]').waitFor();
  assert.equal(await own.locator('strong').textContent(), 'seven');
  assert.match(await own.getAttribute('class'), /\bown\b/);
});

test('the answer comes back in Chinese', async () => {
  await bo.say('好的，七点见！');
  await ann.sees('好的，七点见！');
});

test('typing shows at the other', async () => {
  await ann.page.locator('#content').pressSequentially('I am wri');
  await bo.page.locator('#typing').waitFor({ state: 'visible' });
  await ann.page.fill('#content', '');
});

test('Enter sends, Shift+Enter makes a new line, and Enter in a composition does neither', async () => {
  const box = ann.page.locator('#content');
  await box.fill('first');
  await box.press('Shift+Enter');
  await box.pressSequentially('second');
  assert.equal(await box.inputValue(), 'first\nsecond');
  await box.dispatchEvent('keydown', { key: 'Enter', isComposing: true, keyCode: 229, bubbles: true, cancelable: true });
  assert.equal(await box.inputValue(), 'first\nsecond');
  await box.press('Enter');
  await bo.sees('second');
  assert.equal(await box.inputValue(), '');
});

test('markup in a message stays text', async () => {
  await ann.say('<img src=x onerror=alert(1)> & "quotes"');
  const bubble = await bo.sees('<img src=x onerror=alert(1)> & "quotes"');
  assert.equal(await bubble.locator('img').count(), 0);
});

test('the title counts what is unread while another page is open', async () => {
  await bo.page.goto('/contacts');
  await ann.say('Are you there?');
  await bo.page.waitForFunction(() => /^\(1\)/.test(document.title));
  await bo.openChat();
  await bo.sees('Are you there?');
});

// The page was made before the message, and shown after it.
test('what is said while the next page is on its way is there', async () => {
  const chat = new URL(bo.page.url()).pathname;
  const opening = bo.page.waitForEvent('websocket').then(async (socket) => {
    await socket.waitForEvent('framereceived', (frame) => String(frame.payload).includes('"hello"'));
    return socket;
  });
  await bo.page.goto('/contacts');
  const socket = await opening;
  await bo.page.route(`**${chat}`, async (route) => {
    const response = await route.fetch();
    const heard = socket.waitForEvent('framereceived', (frame) => String(frame.payload).includes('on your way'));
    await ann.say('You are on your way');
    await heard;
    await route.fulfill({ response });
  });
  await bo.page.evaluate((path) => location.assign(path), chat);
  await bo.page.waitForURL(`**${chat}`);
  await bo.sees('You are on your way');
  await bo.page.unroute(`**${chat}`);
});

test('what is written on a page of long ago is sent once, and leads to its end', async () => {
  const conv = new URL(ann.page.url()).pathname.slice(3);
  for (let i = 0; i < 55; i++) await ann.call('POST', '/messages', { conv_id: conv, content: `step ${i}` });
  await ann.page.goto(`/c/${conv}?before=20`);
  const kept = ann.page.waitForResponse((reply) => reply.url().endsWith('/draft'));
  await ann.page.fill('#content', 'from long ago');
  await kept;
  await ann.say('from long ago, and now');
  await ann.page.waitForURL((u) => u.search === '' && /^#m\d+$/.test(u.hash));
  await ann.sees('from long ago, and now');
  assert.equal(await ann.page.inputValue('#content'), '');
  assert.equal((await ann.call('GET', `/conversations/${conv}`)).draft, null);
  assert.equal(await ann.page.locator('#ms li.m', { hasText: 'from long ago' }).count(), 1);
});

test('what is far too long comes back to the pen, and it is said why', async () => {
  for (const length of [8001, 70_000]) {
    await ann.page.fill('#content', '长'.repeat(length));
    await ann.page.press('#content', 'Enter');
    await ann.page.locator('#refused', { hasText: 'too long' }).waitFor();
    assert.equal((await ann.page.inputValue('#content')).length, length);
    await ann.say('short again');
    await ann.page.locator('#refused').waitFor({ state: 'hidden' });
  }
});

test('the list is narrowed down by names', async () => {
  for (const [wanted, names] of [['unread', 0], ['柏', 1], ['', 2]]) {
    await ann.page.fill('#search', wanted);
    assert.equal(await ann.page.locator('#rows .row:visible').count(), names, wanted);
  }
});

test('what was today is yesterday at midnight', async () => {
  const page = await ann.context.newPage();
  await page.clock.install();
  await page.goto(ann.page.url());
  assert.equal(await page.locator('#ms .day').last().textContent(), 'Today');
  await page.clock.fastForward('24:00:00');
  await page.locator('#ms .day', { hasText: 'Yesterday' }).last().waitFor();
  assert.doesNotMatch(await page.locator('.row.on .at time').textContent(), /:/);
  await page.close();
});

test('/ puts the cursor into the search, Esc takes it out', async () => {
  await bo.page.locator('#ms').click();
  await bo.page.keyboard.press('/');
  await bo.page.waitForFunction(() => document.activeElement?.id === 'search');
  await bo.page.keyboard.press('Escape');
  await bo.page.waitForFunction(() => document.activeElement?.id !== 'search');
});

test('the other being there shows, and their leaving, too', async () => {
  await ann.page.locator('#who [data-p=online]').waitFor();
  await bo.page.goto('about:blank');
  await ann.page.locator('#who [data-p=offline]').waitFor({ timeout: 20_000 });
  await bo.openChat();
  await ann.page.locator('#who [data-p=online]').waitFor();
});

// The world channel alone is nobody's chat.
test('a newcomer is told how to begin, until there is somebody', async () => {
  const cy = await Person.arrive(browser, 'Cy');
  await cy.register();
  const hints = [cy.page.locator('section .empty'), cy.page.locator('#no-rows')];
  for (const hint of hints) await hint.waitFor();
  await cy.ask(ann, 'I am new here.', 'Hello from Cy');
  await ann.accept();
  await cy.page.goto('/');
  await cy.page.locator('#rows .row', { hasText: 'Hello from Cy' }).waitFor();
  assert.equal(await hints[1].isVisible(), false);
  await cy.page.reload();
  for (const hint of hints) assert.equal(await hint.isVisible(), false);
  assert.deepEqual(await cy.leave(), []);
});
