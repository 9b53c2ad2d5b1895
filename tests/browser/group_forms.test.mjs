// SPDX-License-Identifier: MIT
// group_forms.test.mjs -- All that can be done about a group, by forms alone.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, Person, twoFriends } from './browser.mjs';

let browser, ann, bo, owner, member, id, group;

before(async () => {
  browser = await launch();
  ({ ann, bo } = await twoFriends(browser));
  ({ id } = await ann.call('POST', '/conversations', { type: 'group', title: 'Harbour run', members: [await bo.id()] }));
  group = `/c/${id}`;
  owner = await ann.withoutScript(browser);
  member = await bo.withoutScript(browser);
});

after(async () => {
  const faults = [];
  for (const person of [ann, bo, owner, member]) faults.push(...await person?.leave() ?? []);
  await browser.close();
  assert.deepEqual(faults, []);
});

const pathOf = ({ page }) => new URL(page.url()).pathname;
const bos = async () => owner.page.locator(`[data-member="${await bo.id()}"]`);

// Unfolds what may be done about the other, and does it.
async function govern(act) {
  const row = await bos();
  await row.locator('summary').click();
  await act(row);
  return bos();
}

test('title, description, who may join, and what newcomers see', async () => {
  await owner.page.goto(`${group}/info`);
  await owner.unfold('Title and description');
  await owner.page.fill('textarea[name=description]', 'Sundays, whatever the weather');
  await owner.press('Save', owner.page.locator('form:has([name=title])'));
  assert.match(await owner.page.locator('.facts').textContent(), /Sundays, whatever the weather/);
  await owner.unfold('Who may join');
  await owner.page.check('[name=join_policy][value=open]');
  await owner.page.check('[name=from_start][value="1"]');
  await owner.page.fill('[name=max_members]', '12');
  await owner.press('Save', owner.page.locator('form:has([name=join_policy])'));
  const now = await ann.call('GET', `/conversations/${id}`);
  assert.deepEqual([now.join_policy, now.from_start, now.max_members], ['open', true, 12]);
  assert.equal(await owner.page.inputValue('[name=max_members]'), '12');
});

test('a field that is refused keeps what was typed, where it was typed', async () => {
  await owner.page.goto(`${group}/info`);
  await owner.unfold('New invite link');
  await owner.page.fill('[name=max_uses]', '7');
  await owner.page.fill('[name=expires_on]', '2001-05-06T07:08');
  await owner.press('Make a link');
  assert.equal(await owner.page.inputValue('[name=max_uses]'), '7');
  assert.equal(await owner.page.inputValue('[name=expires_on]'), '2001-05-06T07:08');
  assert.match(await owner.page.locator('#e-expires_on').textContent(), /in the past/);
  assert.ok(await owner.page.locator('[name=max_uses]').isVisible());
  assert.equal(await owner.page.inputValue('[name=title]'), 'Harbour run');
});

test('an admin gets named permissions, and loses them', async () => {
  await owner.page.goto(`${group}/info`);
  await govern(async (row) => {
    await row.getByLabel('mute members').check();
    await owner.press('Make admin', row);
  });
  assert.deepEqual((await bo.call('GET', `/conversations/${id}`)).permissions, ['mute']);
  await govern(async (row) => {
    assert.equal(await row.getByLabel('mute members').isChecked(), true);
    await row.getByLabel('invite').check();
    await row.getByLabel('mute members').uncheck();
    await owner.press('Save rights', row);
  });
  assert.deepEqual((await bo.call('GET', `/conversations/${id}`)).permissions, ['invite']);
  await govern((row) => owner.press('Take admin rights', row));
  assert.equal((await bo.call('GET', `/conversations/${id}`)).role, 'member');
});

test('somebody is muted for a time, until a moment, and for good', async () => {
  const until = async () => Date.parse((await bo.call('GET', `/conversations/${id}`)).muted_until);
  await owner.page.goto(`${group}/info`);
  await govern(async (row) => {
    await row.locator('[name=muted_for]').selectOption('28800');
    await owner.press('Mute', row);
  });
  assert.ok(Math.abs(await until() - Date.now() - 8 * 3600e3) < 60e3);
  await member.page.goto(group);
  assert.match(await member.page.locator('.cannot').textContent(), /You are muted here until \d/);
  await govern((row) => owner.press('Let speak again', row));
  assert.ok(Number.isNaN(await until()));
  await govern(async (row) => {
    await row.locator('[name=muted_at]').fill('2041-05-06T07:08');
    await owner.press('Mute', row);
  });
  const told = await owner.page.locator('.member .tag[title]').getAttribute('title');
  assert.equal(told, 'until 6 May 2041 07:08');
  await govern((row) => owner.press('Let speak again', row));
  await govern(async (row) => {
    await row.locator('[name=muted_at]').fill('2001-05-06T07:08');
    await owner.press('Mute', row);
  });
  assert.match(await (await bos()).locator('.fault').textContent(), /in the past/);
  assert.equal(await (await bos()).locator('[name=muted_at]').inputValue(), '2001-05-06T07:08');
  const row = await bos();
  await row.locator('[name=muted_at]').fill('');
  await row.locator('[name=muted_for]').selectOption('0');
  await owner.press('Mute', row);
  assert.equal(await owner.page.locator('.member .tag[title]').getAttribute('title'), 'for good');
  await member.page.goto(group);
  assert.match(await member.page.locator('.cannot').textContent(), /You are muted here for good/);
  assert.equal(await member.page.locator('#composer').isVisible(), false);
  await govern((row) => owner.press('Let speak again', row));
});

test('all are muted, and slowed down', async () => {
  await owner.page.goto(`${group}/info`);
  await owner.press('Mute everybody');
  await member.page.goto(group);
  assert.match(await member.page.locator('.cannot').textContent(), /Only administrators may write here now/);
  await owner.press('Let everybody speak again');
  await owner.unfold('Slow mode');
  await owner.page.fill('[name=slow_mode_s]', '3600');
  await owner.press('Save', owner.page.locator('form:has([name=slow_mode_s])'));
  assert.match(await owner.page.locator('.facts').textContent(), /one message every 1 h/);
  await member.page.goto(group);
  assert.match(await member.page.locator('#slow').textContent(), /one message every 1 h/);
  await member.page.fill('#content', 'once');
  await member.page.click('.send');
  assert.match(await member.page.locator('#slow').textContent(), /write again in \d/);
  await member.page.fill('#content', 'twice');
  await member.page.click('.send');
  assert.equal(await member.page.inputValue('#content'), 'twice');
  assert.equal(await owner.page.goto(group).then(() => owner.page.locator('#slow').count()), 0);
  await owner.page.goto(`${group}/info`);
  await owner.unfold('Slow mode');
  await owner.page.fill('[name=slow_mode_s]', '0');
  await owner.press('Save', owner.page.locator('form:has([name=slow_mode_s])'));
  await member.page.goto(group);
  assert.equal(await member.page.locator('#slow').count(), 0);
});

test('links are made, shown as a code, and revoked', async () => {
  await owner.page.goto(`${group}/info`);
  await owner.unfold('New invite link');
  await owner.page.locator('[name=expires_in]').selectOption('86400');
  await owner.page.fill('[name=max_uses]', '3');
  await owner.press('Make a link');
  const link = owner.page.locator('.link');
  assert.match(await link.textContent(), /Used 0\/3 · until/);
  const path = new URL(await link.locator('[data-link]').inputValue()).pathname;
  assert.ok(await link.locator('[data-copy]').isHidden(), 'a button that does nothing without script');
  await link.getByRole('link', { name: 'QR code' }).click();
  assert.equal(pathOf(owner), path);
  await owner.page.locator('svg.qr path').waitFor();
  await owner.page.goto(`${group}/info`);
  await owner.press('Revoke', link);
  assert.equal(await link.count(), 0);
});

test('a member names themselves', async () => {
  await member.page.goto(`${group}/info`);
  assert.equal(await member.page.locator('[name=title]').count(), 0);
  assert.equal(await member.page.locator('.member').count(), 2);
  await member.unfold('Your name in this group');
  await member.page.fill('[name=nickname]', 'Captain');
  await member.press('Save');
  assert.match(await member.page.locator('.member', { hasText: 'Captain' }).textContent(), /柏林/);
});

test('somebody is removed, banned, let in again, and added', async () => {
  await owner.page.goto(`${group}/info`);
  await govern((row) => owner.press('Remove and ban', row));
  assert.equal(await (await bos()).count(), 0);
  await owner.press('Lift the ban');
  await owner.unfold('Add contacts');
  await owner.page.check('[name=user_ids]');
  await owner.press('Add');
  await govern((row) => owner.press('Remove', row));
  await owner.unfold('Add contacts');
  await owner.page.check('[name=user_ids]');
  await owner.press('Add');
  await (await bos()).waitFor();
});

test('the owner hands over before leaving, or dissolves', async () => {
  await owner.page.goto(`${group}/info`);
  await owner.page.getByRole('link', { name: 'Leave or dissolve' }).click();
  assert.equal(pathOf(owner), `${group}/leave`);
  await owner.page.getByLabel('柏林').check();
  await owner.press('Hand over');
  assert.equal(pathOf(owner), `${group}/leave`);
  await owner.press('Leave the group');
  assert.equal(pathOf(owner), '/');
  assert.equal((await owner.page.goto(`${group}/info`)).status(), 403);
  await member.page.goto(`${group}/leave`);
  await member.page.getByLabel('I know that').check();
  await member.press('Dissolve the group');
  assert.equal(pathOf(member), '/');
  assert.equal((await member.page.goto(group)).status(), 404);
});

test('a group is opened by a form, found in the directory, and joined by its link', async () => {
  const title = `Knots${process.pid}`;
  await owner.page.goto('/');
  await owner.page.locator('a[href="/groups"]').click();
  await owner.page.locator('a[href="/groups/new"]').click();
  await owner.page.fill('[name=title]', '   ');
  await owner.page.fill('textarea[name=description]', 'Nets and knots');
  await owner.press('Create group');
  assert.equal(await owner.page.inputValue('textarea[name=description]'), 'Nets and knots');
  await owner.page.locator('#e-title').waitFor();
  await owner.page.fill('[name=title]', title);
  await owner.page.fill('[name=max_members]', '7');
  await owner.page.check('[name=join_policy][value=open]');
  await owner.press('Create group');
  assert.match(pathOf(owner), /^\/c\/\d+$/);
  await owner.page.goto(`${pathOf(owner)}/info`);
  assert.equal(await owner.page.inputValue('[name=max_members]'), '7');
  await owner.unfold('New invite link');
  await owner.press('Make a link');
  const link = await owner.page.locator('[data-link]').inputValue();
  await member.page.goto(`/groups?query=${title}`);
  assert.match(await member.page.locator('[data-group]').textContent(), new RegExp(`${title}.*Nets and knots`));
  await member.page.goto(link);
  assert.equal(await member.page.locator('.who-card h2').textContent(), title);
  await member.press('Join');
  assert.match(await member.page.locator('.told').last().textContent(), /You joined by a link/);
});

test('an invitation stands on the page of groups', async () => {
  const far = await Person.arrive(browser, 'Cleo');
  await far.register();
  const made = await ann.call('POST', '/conversations', { type: 'group', title: 'Night trains', members: [] });
  await ann.call('POST', `/conversations/${made.id}/members`, { user_ids: [await far.id()] });
  await far.page.goto('/groups');
  assert.match(await far.page.locator('.req').textContent(), /Night trains.*Ann invites you/);
  await far.page.locator('.req').getByRole('button', { name: 'Accept' }).click();
  await far.page.waitForURL((u) => u.pathname === `/c/${made.id}`);
  assert.deepEqual(await far.leave(), []);
});
