// SPDX-License-Identifier: MIT
// groups.test.mjs -- Where more than two talk: a group, and the world channel.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { HtmlValidate } from 'html-validate';
import { launch, Person, twoFriends } from './browser.mjs';

let browser, ann, bo, plain, group, world;

// A call of the API as the page itself would make it.
const call = (person, method, path, body) => person.page.evaluate(async ([method, path, body]) => {
  const reply = await fetch(`/api/v1${path}`, { method, body: body && JSON.stringify(body),
    headers: { 'Content-Type': 'application/json',
      'X-CSRF-Token': document.querySelector('meta[name=csrf-token]').content } });
  if (!reply.ok) throw new Error(`${method} ${path}: ${reply.status} ${await reply.text()}`);
  return reply.status === 204 ? null : reply.json();
}, [method, path, body]);

const idOf = (person) => person.page.getAttribute('meta[name=me]', 'content');

before(async () => {
  browser = await launch();
  ({ ann, bo } = await twoFriends(browser));
  const made = await call(ann, 'POST', '/conversations', { type: 'group', title: 'Harbour walk', members: [await idOf(bo)] });
  group = `/c/${made.id}`;
  world = `/c/${(await call(ann, 'GET', '/world')).id}`;
  const context = await browser.newContext({ baseURL: process.env.PARLEY_URL, javaScriptEnabled: false,
    locale: 'zh-CN', storageState: await bo.context.storageState() });
  plain = Object.assign(Object.create(Person.prototype), { context, faults: [], page: await context.newPage() });
  plain.watch(plain.page);
});

after(async () => {
  const faults = [];
  for (const person of [ann, bo, plain]) faults.push(...await person?.leave() ?? []);
  await browser.close();
  assert.deepEqual(faults, []);
});

test('who speaks is named above the first of a run, beside a face, live and from the server', async () => {
  await ann.page.goto(group);
  await bo.page.goto(group);
  await bo.say('Low tide at nine');
  await bo.say('Bring boots');
  for (const reload of [false, true]) {
    if (reload) await ann.page.reload();
    const first = await ann.sees('Low tide at nine'), second = await ann.sees('Bring boots');
    assert.equal(await first.locator('.who b').textContent(), '柏林');
    assert.ok((await first.locator('.who').boundingBox()).width > 20);
    assert.ok((await second.locator('.who').boundingBox()).width < 3);
    assert.equal(await second.locator('.av').textContent(), '柏');
    await second.locator('.av').waitFor({ state: 'visible' });
    await first.locator('.av').waitFor({ state: 'hidden' });
    assert.match(await first.locator('.who').getAttribute('class'), /\bn\d\b/);
  }
  await ann.photograph('group');
});

test('what happened is a quiet line in the reader’s language', async () => {
  const line = ann.page.locator('.told').first();
  assert.equal((await line.locator('p').textContent()).trim(), 'You opened the group “Harbour walk”');
  await plain.page.goto(group);
  assert.match(await plain.page.locator('.told').first().textContent(), /Ann 添加了 柏林/);
  await call(ann, 'PATCH', `/conversations/${group.slice(3)}`, { title: 'Harbour run' });
  await bo.page.locator('.told', { hasText: 'Ann renamed the group to “Harbour run”' }).waitFor();
  await bo.page.locator('#who .name', { hasText: 'Harbour run' }).waitFor();
});

test('the head counts the members', async () => {
  assert.equal((await ann.page.locator('#count').textContent()).trim(), '2 members');
});

test('who may not write reads why, live and without script', async () => {
  await call(ann, 'PATCH', `/conversations/${group.slice(3)}`, { muted_all: true });
  await bo.page.locator('.cannot', { hasText: 'Only administrators may write here now.' }).waitFor();
  assert.equal(await bo.page.locator('#composer').count(), 0);
  await plain.page.goto(group);
  assert.match(await plain.page.locator('.cannot').textContent(), /只有管理员可以发言/);
  await call(ann, 'PATCH', `/conversations/${group.slice(3)}`, { muted_all: false });
  await bo.page.locator('#composer').waitFor();
});

test('everybody meets in the world channel', async () => {
  await ann.page.goto(world);
  assert.equal(await ann.page.locator('#who .name').textContent(), 'World');
  assert.match(await ann.page.locator('#who .l2').textContent(), /everybody/);
  await bo.page.goto(world);
  await bo.say('Good morning, all');
  const said = await ann.sees('Good morning, all');
  assert.equal(await said.locator('.who b').textContent(), '柏林');
  await plain.page.goto(world);
  assert.equal(await plain.page.locator('#who .name').textContent(), '世界频道');
  await plain.sees('Good morning, all');
});

// Presses the button with this text on the page, and waits for the answer.
async function press(person, name) {
  await Promise.all([person.page.waitForNavigation(), person.page.locator('main').getByRole('button', { name, exact: true }).first().click()]);
}

test('a group is arranged by forms alone', async () => {
  const context = await browser.newContext({ baseURL: process.env.PARLEY_URL, javaScriptEnabled: false,
    locale: 'en-GB', storageState: await ann.context.storageState() });
  const owner = { page: await context.newPage() };
  await owner.page.goto(`${group}/info`);
  await owner.page.fill('[name=title]', 'Harbour run');
  await owner.page.fill('textarea[name=description]', 'Sundays, whatever the weather');
  await owner.page.check('[name=join_policy][value=open]');
  await owner.page.locator('form:has([name=title])').getByRole('button').click();
  assert.match(await owner.page.locator('.facts').textContent(), /Sundays, whatever the weather/);
  assert.equal(await owner.page.locator('.who-card h2').textContent(), 'Harbour run');
  await press(owner, 'Make a link');
  assert.match(await owner.page.locator('[data-link]').inputValue(), /\/join\/\S+$/);
  const bos = owner.page.locator(`[data-member="${await idOf(bo)}"]`);
  await bos.locator('summary').click();
  await bos.getByLabel('mute members').check();
  await bos.getByRole('button', { name: 'Make admin' }).click();
  assert.match(await bos.textContent(), /admin/);
  await bos.locator('summary').click();
  assert.equal(await bos.getByLabel('mute members').isChecked(), true);
  await bos.getByRole('button', { name: 'Take admin rights' }).click();
  await bos.locator('summary').click();
  await bos.getByRole('button', { name: '1 hour' }).click();
  assert.match(await bos.textContent(), /muted/);
  await bos.locator('summary').click();
  await bos.getByRole('button', { name: 'Let speak again' }).click();
  await bos.locator('summary').click();
  await bos.getByRole('button', { name: 'Remove and ban' }).click();
  assert.equal(await bos.count(), 0);
  await press(owner, 'Lift the ban');
  await owner.page.locator('summary', { hasText: 'Add contacts' }).click();
  await owner.page.check('[name=user_ids]');
  await press(owner, 'Add');
  await bos.waitFor();
  await context.close();
});

test('a field that is refused keeps what was typed', async () => {
  const context = await browser.newContext({ baseURL: process.env.PARLEY_URL, javaScriptEnabled: false,
    locale: 'en-GB', storageState: await ann.context.storageState() });
  const page = await context.newPage();
  await page.goto(`${group}/info`);
  await page.fill('[name=max_uses]', '99999999');
  await page.getByRole('button', { name: 'Make a link' }).click();
  assert.equal(await page.inputValue('[name=max_uses]'), '99999999');
  assert.match(await page.locator('#e-max_uses').textContent(), /too large/);
  assert.equal(await page.inputValue('[name=title]'), 'Harbour run');
  await context.close();
});

test('a member sees who is there, names themselves, and leaves', async () => {
  await bo.page.goto(`${group}/info`);
  assert.equal(await bo.page.locator('[name=title]').count(), 0);
  assert.equal(await bo.page.locator('.member').count(), 2);
  await bo.page.fill('[name=nickname]', 'Captain');
  await press(bo, 'Save');
  assert.match(await bo.page.locator('.member', { hasText: 'Captain' }).textContent(), /柏林/);
  await bo.page.locator('summary', { hasText: 'Leave the group' }).click();
  await press(bo, 'Leave the group');
  assert.equal(new URL(bo.page.url()).pathname, '/');
});

test('a group is opened by a form, found in the directory, and joined by its link', async () => {
  const context = await browser.newContext({ baseURL: process.env.PARLEY_URL, javaScriptEnabled: false,
    locale: 'en-GB', storageState: await ann.context.storageState() });
  const page = await context.newPage();
  await page.goto('/');
  await page.locator('a[href="/groups"]').click();
  await page.locator('a[href="/groups/new"]').click();
  await page.fill('[name=title]', '   ');
  await page.fill('textarea[name=description]', 'Nets and knots');
  await page.getByRole('button', { name: 'Create group' }).click();
  assert.equal(await page.inputValue('textarea[name=description]'), 'Nets and knots');
  await page.locator('#e-title').waitFor();
  const title = `Knots${process.pid}`;
  await page.fill('[name=title]', title);
  await page.check('[name=join_policy][value=open]');
  await page.getByRole('button', { name: 'Create group' }).click();
  assert.match(new URL(page.url()).pathname, /^\/c\/\d+$/);
  await page.goto(`${new URL(page.url()).pathname}/info`);
  await page.getByRole('button', { name: 'Make a link' }).click();
  const link = await page.locator('[data-link]').inputValue();
  await plain.page.goto(`/groups?query=${title}`);
  assert.match(await plain.page.locator('[data-group]').textContent(), new RegExp(`${title}.*Nets and knots`));
  await plain.page.goto(link);
  assert.equal(await plain.page.locator('.who-card h2').textContent(), title);
  await plain.page.getByRole('button', { name: '加入' }).click();
  assert.match(new URL(plain.page.url()).pathname, /^\/c\/\d+$/);
  assert.match(await plain.page.locator('.told').last().textContent(), /你 通过邀请链接加入了群组\d/);
  joinable = new URL(link).pathname;
  await context.close();
});

test('an invitation stands on the page of groups', async () => {
  const far = await Person.arrive(browser, 'Cleo');
  await far.register();
  await call(ann, 'POST', `/conversations/${group.slice(3)}/members`, { user_ids: [await idOf(far)] });
  await far.page.goto('/groups');
  assert.match(await far.page.locator('.req').textContent(), /Harbour run.*Ann invites you/);
  await far.page.locator('.req').getByRole('button', { name: 'Accept' }).click();
  await far.page.waitForURL((u) => u.pathname === group);
  assert.deepEqual(await far.leave(), []);
});

let joinable;
const pages = () => ['/groups', '/groups/new', joinable, group, world, `${group}/info`, `${world}/info`];

test('these pages have no accessibility fault, and do not scroll sideways', async () => {
  const found = [];
  for (const path of pages()) {
    for (const [colorScheme, width, height] of [['light', 390, 844], ['dark', 820, 1180], ['light', 1440, 900]]) {
      await ann.page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await ann.page.setViewportSize({ width, height });
      assert.equal((await ann.page.goto(path)).status(), 200, path);
      await ann.photograph(`groups${path.replace(/\W+/g, '-')}-${width}-${colorScheme}`);
      found.push(...(await ann.violations()).map((v) => `${path} ${colorScheme}: ${v}`));
      if (await ann.page.evaluate(() => document.documentElement.scrollWidth > innerWidth)) found.push(`${path}: too wide at ${width}`);
    }
  }
  assert.deepEqual([...new Set(found)], []);
});

test('their HTML is valid', async () => {
  const validator = new HtmlValidate({ extends: ['html-validate:standard'],
    rules: { 'long-title': 'off', 'no-trailing-whitespace': 'off', 'void-style': 'off', 'no-inline-style': 'error',
      'doctype-style': 'off', 'attr-quotes': ['error', { style: 'double' }], 'prefer-native-element': 'off',
      'no-implicit-button-type': 'off', 'tel-non-breaking': 'off', 'require-sri': 'off' } });
  const faults = [];
  for (const path of pages()) {
    const report = await validator.validateString(await (await ann.context.request.get(path)).text());
    for (const r of report.results) faults.push(...r.messages.map((m) => `${path}:${m.line}:${m.column} ${m.ruleId}: ${m.message}`));
  }
  assert.deepEqual(faults, []);
});
