// SPDX-License-Identifier: MIT
// groups.test.mjs -- Where more than two talk: a group, and the world channel.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { HtmlValidate } from 'html-validate';
import { launch, twoFriends } from './browser.mjs';

let browser, ann, bo, plain, group, world, joinable;

before(async () => {
  browser = await launch();
  ({ ann, bo } = await twoFriends(browser));
  const made = await ann.call('POST', '/conversations', { type: 'group', title: 'Harbour walk', members: [await bo.id()] });
  group = `/c/${made.id}`;
  world = `/c/${(await ann.call('GET', '/world')).id}`;
  joinable = (await ann.call('POST', `/conversations/${made.id}/links`, {})).path;
  plain = await bo.withoutScript(browser, 'zh-CN');
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
  assert.match(await plain.page.locator('.told').first().textContent(), /Ann添加了你/);
  await ann.call('PATCH', `/conversations/${group.slice(3)}`, { title: 'Harbour run' });
  await bo.page.locator('.told', { hasText: 'Ann renamed the group to “Harbour run”' }).waitFor();
  await bo.page.locator('#who .name', { hasText: 'Harbour run' }).waitFor();
});

test('each change is the same sentence live and from the server, in both languages', async () => {
  const at = `/conversations/${group.slice(3)}`, bos = `${at}/members/${await bo.id()}`;
  const { id: cyd } = await ann.call('POST', '/users', { username: `cyd_${Date.now()}`, password: 'ember-Quartz-41-violin', display_name: 'Cyd' });
  const changes = [
    ['PATCH', at, { max_members: 12 }, 'Ann set the member limit to 12', 'Ann将成员上限设为12人'],
    ['PATCH', at, { join_policy: 'approval' }, 'Ann changed who may join: everybody, after approval', 'Ann修改了加入方式：所有人，需审批'],
    ['PATCH', at, { slow_mode_s: 60 }, 'Ann set slow mode to 1 min', 'Ann将慢速模式设为1 分钟'],
    ['PATCH', at, { slow_mode_s: 0 }, 'Ann switched slow mode off', 'Ann关闭了慢速模式'],
    ['PATCH', bos, { role: 'admin' }, 'Ann made you an admin', 'Ann将你设为管理员'],
    ['PATCH', bos, { permissions: ['pin', 'delete_messages'] }, 'Ann changed what you may do: pin messages, delete messages', 'Ann修改了你的权限：置顶消息、删除消息'],
    ['PATCH', bos, { permissions: [] }, 'Ann took all permissions from you', 'Ann取消了你的全部权限'],
    ['PATCH', bos, { role: 'member' }, 'Ann took admin rights from you', 'Ann取消了你的管理员身份'],
    ['DELETE', `${at}/members/${cyd}?ban=true`, undefined, 'Ann banned Cyd', 'Ann封禁了Cyd'],
    ['DELETE', `${at}/bans/${cyd}`, undefined, 'Ann lifted the ban of Cyd', 'Ann解除了对Cyd的封禁'],
  ];
  await bo.page.goto(group);
  for (const [method, path, body] of changes) await ann.call(method, path, body);
  const told = async (page) => (await page.locator('.told p').allTextContents()).slice(-changes.length).map((line) => line.trim().replace(/\s+/g, ' '));
  const wanted = changes.map(([, , , english]) => english);
  await bo.page.locator('.told p', { hasText: wanted.at(-1) }).waitFor();
  assert.deepEqual(await told(bo.page), wanted);
  await bo.page.reload();
  assert.deepEqual(await told(bo.page), wanted);
  await plain.page.goto(group);
  assert.deepEqual(await told(plain.page), changes.map(([, , , , chinese]) => chinese));
});

test('the head counts the members', async () => {
  assert.equal((await ann.page.locator('#count').textContent()).trim(), '2 members');
});

test('who may not write reads why, live and without script', async () => {
  await ann.call('PATCH', `/conversations/${group.slice(3)}`, { muted_all: true });
  await bo.page.locator('.cannot', { hasText: 'Only administrators may write here now.' }).waitFor();
  await bo.page.locator('#composer').waitFor({ state: 'hidden' });
  await plain.page.goto(group);
  assert.match(await plain.page.locator('.cannot').textContent(), /只有管理员可以发言/);
  await ann.call('PATCH', `/conversations/${group.slice(3)}`, { muted_all: false });
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

const pages = () => ['/groups', '/groups/new', joinable, group, world, `${group}/info`, `${group}/leave`, `${world}/info`];

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

test('unfolded they have no accessibility fault either, and all of it is large enough for a finger', async () => {
  const finger = await browser.newContext({ baseURL: process.env.PARLEY_URL, hasTouch: true, isMobile: true,
    viewport: { width: 390, height: 844 }, storageState: await ann.context.storageState() });
  const thumb = Object.assign(Object.create(Object.getPrototypeOf(ann)), { context: finger, page: await finger.newPage() });
  for (const path of [`${group}/info`, `${group}/leave`, '/groups/new', '/groups']) {
    await thumb.page.goto(path);
    await thumb.page.evaluate(() => document.querySelectorAll('details').forEach((d) => { d.open = true; }));
    assert.deepEqual(await thumb.violations(), [], path);
    const small = await thumb.page.evaluate(() => [...document.querySelectorAll('main :is(button, summary, select, textarea, label.check, input:not([type=hidden], [type=checkbox], [type=radio]))')]
      .filter((e) => e.checkVisibility() && e.getBoundingClientRect().height < 43.5)
      .map((e) => `${e.outerHTML.slice(0, 90)} ${Math.round(e.getBoundingClientRect().height)} px`));
    assert.deepEqual(small, [], path);
  }
  await finger.close();
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
