// SPDX-License-Identifier: MIT
// contacts.test.mjs -- The page of contacts: found, labelled, hidden, invited.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, Person, twoFriends } from './browser.mjs';

let browser, ann, bo, plain;

before(async () => {
  browser = await launch();
  ({ ann, bo } = await twoFriends(browser));
  plain = await ann.withoutScript(browser, 'zh-CN');
});

after(async () => {
  const faults = [];
  for (const person of [ann, bo, plain]) faults.push(...await person?.leave() ?? []);
  await browser.close();
  assert.deepEqual(faults, []);
});

// Ann's page, once its socket is open.
async function live(path) {
  const socket = ann.page.waitForEvent('websocket').then((ws) =>
    ws.waitForEvent('framereceived', (frame) => String(frame.payload).includes('"hello"')));
  await ann.page.goto(path);
  await socket;
}

const chips = (person) => person.page.locator('#chips a').allTextContents();

test('labels are made, given and taken by forms alone', async () => {
  await plain.page.goto('/contacts');
  await plain.page.click('#labels summary');
  await plain.page.fill('#f-name', 'Sailing');
  await plain.page.click('form[action="/contact-labels"] button');
  await plain.page.click('#chips >> text=Sailing');
  assert.equal(await plain.page.locator('#chips [aria-current]').textContent(), 'Sailing');
  assert.match(await plain.page.locator('#s-all .empty').textContent(), /还没有人有这个标签/);
  await plain.page.goto(`/u/${await bo.id()}`);
  await plain.page.getByLabel('Sailing').check();
  await plain.page.click('form:has([name=remark]) button');
  await plain.page.goto('/contacts');
  assert.equal(await plain.page.locator('#l-all .mark').textContent(), 'Sailing');
  await plain.page.goto(`/u/${await bo.id()}`);
  await plain.page.getByLabel('Sailing').uncheck();
  await plain.page.click('form:has([name=remark]) button');
  await plain.page.goto('/contacts');
  assert.equal(await plain.page.locator('#l-all .mark').count(), 0);
});

test('a refused name comes back with its fault and what was typed', async () => {
  await plain.page.click('#labels summary');
  await plain.page.fill('#f-name', 'sailing');
  await plain.page.click('form[action="/contact-labels"] button');
  await plain.page.locator('#e-name').waitFor();
  assert.equal(await plain.page.inputValue('#f-name'), 'sailing');
  const [edge, fault] = await Promise.all([['#f-name', 'borderTopColor'], ['#e-name', 'color']].map(([where, what]) =>
    plain.page.locator(where).evaluate((element, name) => getComputedStyle(element)[name], what)));
  assert.equal(edge, fault, 'the field is marked, too');
});

test('the page of a small window begins at its top', async () => {
  await ann.page.setViewportSize({ width: 390, height: 140 });
  await live('/contacts');
  assert.ok(await ann.page.locator('#chips').evaluate((chips) => chips.getBoundingClientRect().top > innerHeight));
  assert.equal(await ann.page.locator('.pane').evaluate((pane) => pane.scrollTop), 0);
  await ann.page.setViewportSize({ width: 390, height: 700 });
  await live('/settings/blocks');
  assert.ok(await ann.page.locator('.tabs').evaluate((tabs) => {
    const [on, row] = [tabs.querySelector('[aria-current]'), tabs].map((element) => element.getBoundingClientRect());
    return on.left >= row.left && on.right <= row.right;
  }), 'what is on is seen');
  await ann.page.setViewportSize({ width: 1280, height: 720 });
});

test('labels come alive on another page of the same person', async () => {
  await live('/contacts');
  const label = await ann.call('POST', '/contact-labels', { name: '航海' });
  await ann.page.locator('#chips', { hasText: '航海' }).waitFor();
  await ann.call('PATCH', `/contacts/${await bo.id()}`, { labels: [label.id], pinned: true });
  await ann.page.locator('#l-all .mark', { hasText: '航海' }).waitFor();
  await ann.page.locator('#l-all .marks svg').waitFor();
  await live(`/contacts?label=${label.id}`);
  assert.equal(await ann.page.locator('#l-all li').count(), 1);
  await ann.call('PATCH', `/contact-labels/${label.id}`, { name: '帆船' });
  await ann.page.locator('#chips [aria-current]', { hasText: '帆船' }).waitFor();
  await ann.call('PATCH', `/contacts/${await bo.id()}`, { labels: [] });
  await ann.page.locator('#s-all .empty').waitFor();
  await ann.call('DELETE', `/contact-labels/${label.id}`);
  await ann.page.locator('#chips', { hasText: '帆船' }).waitFor({ state: 'detached' });
  assert.ok((await chips(ann)).includes('Sailing'));
});

test('who is hidden leaves the list, and is listed where the hidden are', async () => {
  await live('/contacts');
  await ann.call('PATCH', `/contacts/${await bo.id()}`, { hidden: true });
  await ann.page.locator('#s-all .empty').waitFor();
  await plain.page.goto('/contacts?filter=hidden');
  assert.match(await plain.page.locator('#l-all').textContent(), /柏林/);
  await plain.page.goto(`/u/${await bo.id()}`);
  await plain.page.getByRole('button', { name: '重新列在联系人中' }).click();
  await ann.page.locator('#l-all', { hasText: '柏林' }).waitFor();
});

test('somebody is found by a run of characters, and marked as what they are', async () => {
  await ann.page.goto(`/contacts?query=${encodeURIComponent('林')}`);
  const row = ann.page.locator(`#l-results [data-key="${await bo.id()}"]`);
  assert.match(await row.textContent(), /Contact/);
});

test('an open chat follows what the two are to each other', async () => {
  const [me, them] = [await ann.id(), await bo.id()];
  const { id } = await ann.call('POST', '/conversations', { type: 'direct', user_id: them });
  await live(`/c/${id}`);
  const { page } = ann;
  await bo.call('PATCH', '/users/me', { display_name: '柏林 · Bo' });
  await page.locator('#who .name', { hasText: '柏林 · Bo' }).waitFor();
  await page.fill('#content', 'half a sent');
  await bo.call('DELETE', `/contacts/${me}`);
  await page.locator('.cannot', { hasText: 'once you are contacts' }).waitFor();
  assert.equal(await page.locator('#composer').isVisible(), false);
  const request = await bo.call('POST', '/contact-requests', { user_id: me });
  await ann.call('POST', `/contact-requests/${request.id}/accept`);
  await page.locator('#composer').waitFor({ state: 'visible' });
  assert.equal(await page.inputValue('#content'), 'half a sent');
  // Of being blocked nobody is told: who writes finds out.
  await bo.call('PUT', `/blocks/${me}`);
  await page.press('#content', 'Enter');
  await page.locator('.cannot', { hasText: 'blocked' }).waitFor();
  assert.equal(await page.locator('#refused').isVisible(), false);
  await bo.call('DELETE', `/blocks/${me}`);
  await page.reload();
  assert.equal(await page.inputValue('#content'), 'half a sent');
  await page.fill('#content', '');
});

test('the link is shown as a code that reads as the link', async () => {
  await ann.page.goto('/contacts/link');
  await ann.page.getByRole('button', { name: 'Make a link' }).click();
  await ann.page.locator('svg.qr').waitFor();
  const link = await ann.page.inputValue('#link');
  const { path } = await ann.call('GET', '/contact-link');
  assert.equal(link, process.env.PARLEY_URL.replace(/\/$/, '') + path);
  const box = await ann.page.locator('svg.qr').boundingBox();
  assert.ok(box.width > 150 && Math.abs(box.width - box.height) < 1);
  await ann.photograph('contact-link');
});

test('who opens the link registers, comes back and asks', async () => {
  const { path } = await ann.call('GET', '/contact-link');
  const cleo = await Person.arrive(browser, 'Cleo', { javaScriptEnabled: false });
  await cleo.page.goto(path);
  assert.match(await cleo.page.textContent('main'), /Ann/);
  await cleo.page.getByRole('link', { name: 'Sign up' }).click();
  await cleo.page.fill('[name=username]', cleo.username);
  await cleo.page.fill('[name=display_name]', 'Cleo');
  await cleo.page.fill('[name=password]', 'wandering lanterns over Suzhou 7');
  await cleo.page.click('main button');
  await cleo.page.waitForURL((u) => u.pathname === path);
  await cleo.page.fill('[name=note]', 'Scanned at the harbour');
  await live('/contacts');
  await cleo.page.click('#ask button');
  await ann.page.locator('#l-in', { hasText: 'Scanned at the harbour' }).waitFor();
  assert.deepEqual(await cleo.leave(), []);
});
