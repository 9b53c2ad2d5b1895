// SPDX-License-Identifier: MIT
// access.test.mjs -- Every page: usable by everybody, valid, and light.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { HtmlValidate } from 'html-validate';
import { launch, Person, twoFriends } from './browser.mjs';

let browser, ann, bo, chat, peer, invite;

before(async () => {
  browser = await launch();
  ({ ann, bo } = await twoFriends(browser));
  await ann.say('First, with a [link](https://example.org) and `code`');
  await bo.sees('First, with a');
  await bo.say('回答在这里。\n\nTwo lines.');
  await ann.sees('回答在这里');
  chat = new URL(ann.page.url()).pathname;
  await ann.page.goto('/contacts');
  peer = await ann.page.locator('#l-all a.who').first().getAttribute('href');
  const label = await ann.call('POST', '/contact-labels', { name: 'Harbour people' });
  await ann.call('PATCH', `/contacts/${peer.slice(3)}`, { labels: [label.id], pinned: true });
  ({ path: invite } = await bo.call('POST', '/contact-link'));
  await ann.call('POST', '/contact-link');
});

after(async () => {
  const faults = [...(await ann?.leave() ?? []), ...(await bo?.leave() ?? [])];
  await browser.close();
  assert.deepEqual(faults, []);
});

const pages = () => ['/', chat, `${chat}/info`, `${chat}/pins`, `${chat}/m/1`, '/contacts', '/contacts?query=an', '/contacts?filter=hidden',
  '/contacts/link', invite, peer, '/settings/profile',
  '/settings/password', '/settings/sessions', '/settings/appearance', '/settings/blocks', '/nowhere'];
const sizes = [[390, 844], [820, 1180], [1440, 900]];

// A page as it comes, then turned and resized: it may not have to be loaded again.
async function seen(person, path, colorScheme, sizes) {
  const found = [];
  await person.page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
  await person.page.goto(path);
  for (const [width, height] of sizes) {
    await person.page.setViewportSize({ width, height });
    const name = `${path.replace(/\W+/g, '-')}-${width}-${colorScheme}`;
    await person.photograph(name);
    found.push(...(await person.violations()).map((v) => `${name}: ${v}`));
  }
  return found;
}

for (const scheme of ['light', 'dark']) {
  test(`no page has an accessibility fault, ${scheme}`, async () => {
    const found = [];
    for (const path of pages()) found.push(...await seen(ann, path, scheme, sizes));
    assert.deepEqual([...new Set(found)], []);
  });
}

test('nor have the pages of a stranger, in Chinese', async () => {
  const stranger = await Person.arrive(browser, 'Stranger', { locale: 'zh-CN' });
  const found = [];
  for (const path of ['/login', '/register', invite, '/nowhere']) {
    for (const scheme of ['light', 'dark']) found.push(...await seen(stranger, path, scheme, sizes.slice(0, 1)));
    assert.equal(await stranger.page.getAttribute('html', 'lang'), 'zh-CN');
  }
  assert.deepEqual(found, []);
  assert.deepEqual(await stranger.leave(), []);
});

test('no page scrolls sideways on a phone', async () => {
  await ann.page.setViewportSize({ width: 360, height: 740 });
  for (const path of pages()) {
    await ann.page.goto(path);
    const over = await ann.page.evaluate(() => Math.max(...[...document.querySelectorAll('html, .pane')]
      .map((e) => e.scrollWidth - e.clientWidth)));
    assert.ok(over <= 0, `${path} is ${over} px too wide`);
  }
});

test('between phone and desk nothing to press runs off an edge', async () => {
  await ann.page.setViewportSize({ width: 820, height: 1180 });
  for (const path of [...pages(), '/?filter=hidden']) {
    await ann.page.goto(path);
    const cut = await ann.page.evaluate(() => [...document.querySelectorAll('a, button, input, select, textarea')]
      .filter((e) => e.checkVisibility({ visibilityProperty: true }) && !e.matches('.skip') && e.getBoundingClientRect().width > 1)
      .filter((e) => {
        let box = e.parentElement;
        while (box !== document.body && getComputedStyle(box).overflowX === 'visible') box = box.parentElement;
        return e.getBoundingClientRect().right > box.getBoundingClientRect().right + 1;
      }).map((e) => e.outerHTML.slice(0, 120)));
    assert.deepEqual(cut, [], path);
  }
});

test('everything that can be touched is large enough on a phone', async () => {
  const finger = await browser.newContext({ baseURL: process.env.PARLEY_URL, hasTouch: true, isMobile: true,
    viewport: { width: 390, height: 844 }, storageState: await ann.context.storageState() });
  const page = await finger.newPage();
  for (const path of [chat, '/contacts', '/contacts/link', '/', '/settings/sessions']) {
    await page.goto(path);
    const small = await page.evaluate(() => [...document.querySelectorAll('button, input:not([type=hidden]), nav a, .row > a')]
      .filter((e) => e.checkVisibility() && e.getBoundingClientRect().width > 1 && e.getBoundingClientRect().height < 43.5 &&
        !e.closest('label')?.getBoundingClientRect())
      .map((e) => `${e.outerHTML.slice(0, 90)} ${Math.round(e.getBoundingClientRect().height)} px`));
    assert.deepEqual(small, [], path);
  }
  await finger.close();
});

test('the HTML is valid', async () => {
  const validator = new HtmlValidate({
    extends: ['html-validate:standard'],
    rules: { 'long-title': 'off', 'no-trailing-whitespace': 'off', 'void-style': 'off', 'no-inline-style': 'error',
      'doctype-style': 'off', 'attr-quotes': ['error', { style: 'double' }], 'prefer-native-element': 'off',
      'no-implicit-button-type': 'off', 'tel-non-breaking': 'off', 'require-sri': 'off' },
  });
  const faults = [];
  for (const path of [...pages(), '/login']) {
    const html = await (await ann.context.request.get(path)).text();
    const report = await validator.validateString(html);
    for (const r of report.results) faults.push(...r.messages.map((m) => `${path}:${m.line}:${m.column} ${m.ruleId}: ${m.message}`));
  }
  assert.deepEqual(faults, []);
});

// Eleven rows beside fifty messages of both; a group has faces and names, too.
async function aBusyLife(person, friend) {
  for (let i = 0; i < 9; i++) await person.call('POST', '/conversations', { type: 'group', title: `Harbour watch ${i}`, members: [] });
  const { id } = await person.call('POST', '/conversations', { type: 'group', title: 'The whole harbour', members: [friend] });
  const chats = [chat, `/c/${id}`];
  for (const path of chats) {
    for (let i = 0; i < 50; i++) {
      await (i % 2 ? person : bo).call('POST', '/messages', { conv_id: path.slice(3), type: 'text',
        content: `Message ${i}: *well*, what do you say to that?` });
    }
  }
  return chats;
}

test('a first visit of a chat of fifty messages weighs at most 100 KB in at most 12 requests', async () => {
  for (const path of await aBusyLife(ann, peer.slice(3))) {
    const fresh = await browser.newContext({ baseURL: process.env.PARLEY_URL, storageState: await ann.context.storageState() });
    const page = await fresh.newPage();
    await page.addInitScript(() => { performance.now = () => 0; }); // one that comes late asks again for what it may have missed
    const loaded = [];
    page.on('response', async (reply) => {
      if (reply.url().startsWith('ws')) return;
      loaded.push(reply.body().then((b) => ({ url: reply.url(), bytes: b.length })).catch(() => ({ url: reply.url(), bytes: 0 })));
    });
    await page.goto(path, { waitUntil: 'networkidle' });
    assert.equal(await page.locator('#ms > .m:not(.told)').count(), 50);
    assert.ok(await page.locator('#rows > .row').count() >= 11);
    const all = await Promise.all(loaded);
    const first = all.filter((r) => !r.url.includes('/api/v1/'));
    const bytes = first.reduce((sum, r) => sum + r.bytes, 0);
    assert.ok(bytes <= 100 * 1024, `${bytes} bytes:\n${first.map((r) => `${r.bytes} ${r.url}`).join('\n')}`);
    assert.ok(all.length <= 12, `${all.length} requests:\n${all.map((r) => r.url).join('\n')}`);
    assert.ok(all.every((r) => r.url.startsWith(process.env.PARLEY_URL)), 'something came from elsewhere');
    await fresh.close();
  }
});
