// SPDX-License-Identifier: MIT
// group_live.test.mjs -- What happens in a group shows on every open page of
// it, without a reload and without disturbing who is busy there.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, Person, twoFriends } from './browser.mjs';

let browser, ann, bo, cleo, id, group;

before(async () => {
  browser = await launch();
  ({ ann, bo } = await twoFriends(browser));
  cleo = await (await Person.arrive(browser, 'Cleo')).register();
  ({ id } = await ann.call('POST', '/conversations',
    { type: 'group', title: 'Harbour walk', join_policy: 'approval', members: [await bo.id()] }));
  group = `/c/${id}`;
});

after(async () => {
  const faults = [];
  for (const person of [ann, bo, cleo]) faults.push(...await person?.leave() ?? []);
  await browser.close();
  assert.deepEqual(faults, []);
});

// A page that is loaded anew forgets this.
const mark = ({ page }) => page.evaluate(() => { globalThis.stayed = true; });
const stayed = async ({ page }) => assert.equal(await page.evaluate(() => globalThis.stayed), true, 'the page was reloaded');

async function open(person, path) {
  await person.page.goto('about:blank'); // whose line is not taken for the next one's
  const live = person.page.waitForEvent('websocket').then((socket) => socket.waitForEvent('framereceived'));
  await person.page.goto(path);
  await live;
  await mark(person);
}

const member = async (person, of) => person.page.locator(`[data-member="${await of.id()}"]`);

test('a request, an entry, a mute and a new title reach who looks at the group', async () => {
  await open(ann, `${group}/info`);
  await ann.unfold('Title and description');
  await ann.page.fill('textarea[name=description]', 'half a sent');
  await cleo.call('POST', `/conversations/${id}/join-requests`, { note: 'I live next door' });
  await ann.page.locator('#requests', { hasText: 'I live next door' }).waitFor();
  await ann.page.locator('#requests').getByRole('button', { name: 'Accept' }).click();
  await (await member(ann, cleo)).waitFor();
  await ann.page.locator('#requests').waitFor({ state: 'detached' });
  assert.match(await ann.page.locator('.who-card').textContent(), /3 members/);
  await open(bo, `${group}/info`);
  await ann.call('PATCH', `/conversations/${id}/members/${await cleo.id()}`,
    { muted_until: new Date(Date.now() + 3600e3).toISOString() });
  for (const person of [ann, bo]) await (await member(person, cleo)).locator('.tag', { hasText: 'muted' }).waitFor();
  await ann.call('PATCH', `/conversations/${id}/members/${await cleo.id()}`, { role: 'admin', muted_until: null });
  await (await member(bo, cleo)).locator('.role', { hasText: 'admin' }).waitFor();
  await cleo.call('PATCH', `/conversations/${id}`, { title: 'Harbour run' });
  for (const person of [ann, bo]) await person.page.locator('.who-card h2', { hasText: 'Harbour run' }).waitFor();
  assert.equal(await ann.page.inputValue('textarea[name=description]'), 'half a sent');
  assert.ok(await ann.page.locator('textarea[name=description]').isVisible(), 'what was unfolded is folded');
  for (const person of [ann, bo]) await stayed(person);
});

test('a form of the page is sent without leaving it, and says what is wrong', async () => {
  await open(ann, `${group}/info`);
  await ann.unfold('New invite link');
  await ann.page.fill('[name=expires_on]', '2001-05-06T07:08');
  await ann.page.getByRole('button', { name: 'Make a link' }).click();
  await ann.page.locator('#e-expires_on').waitFor();
  await ann.page.waitForFunction(() => document.activeElement?.name === 'expires_on');
  await ann.page.fill('[name=expires_on]', '2041-05-06T07:08');
  await ann.page.getByRole('button', { name: 'Make a link' }).click();
  await ann.page.locator('.link', { hasText: 'until 6 May 2041' }).waitFor();
  assert.equal(await ann.page.inputValue('[name=expires_on]'), '');
  await stayed(ann);
});

test('a form that could not be sent keeps what is typed, and the place to go on', async () => {
  await open(ann, `${group}/info`);
  await ann.unfold('Your name in this group');
  await ann.page.fill('[name=nickname]', 'The Harbourmaster');
  let cuts = 0;
  await ann.page.route('**/members/*', (route) => (cuts++ > 0 ? route.continue() : route.abort()));
  const save = ann.page.locator('form:has([name=nickname]) button');
  await save.press('Enter');
  await ann.page.locator('#banner', { hasText: 'Not sent' }).waitFor();
  assert.equal(await ann.page.inputValue('[name=nickname]'), 'The Harbourmaster');
  assert.ok(await save.evaluate((button) => button === document.activeElement), 'the focus is lost');
  await save.press('Enter');
  await ann.page.locator('.fold .now', { hasText: 'The Harbourmaster' }).waitFor();
  await ann.page.locator('#banner').waitFor({ state: 'hidden' });
  assert.ok(await save.evaluate((button) => button === document.activeElement), 'the focus is lost');
  await ann.page.unroute('**/members/*');
  await stayed(ann);
});

test('nor is it lost where the server is out of breath', async () => {
  const tired = { status: 503, contentType: 'text/html', body: '<!doctype html><title>503</title><main id="main">Later</main>' };
  await ann.page.fill('[name=nickname]', 'The Pilot');
  await ann.page.route('**/members/*', (route) => route.fulfill(tired), { times: 1 });
  await ann.page.locator('form:has([name=nickname]) button').click();
  await ann.page.locator('#banner', { hasText: 'Not sent' }).waitFor();
  assert.equal(await ann.page.inputValue('[name=nickname]'), 'The Pilot');
  await ann.page.locator('form:has([name=nickname]) button').click();
  await ann.page.locator('.fold .now', { hasText: 'The Pilot' }).waitFor();
  ann.faults = ann.faults.filter((fault) => !fault.startsWith('503'));
  await stayed(ann);
});

test('a link is copied by its button', async () => {
  await ann.context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await ann.page.locator('[data-copy]').first().click();
  await ann.page.locator('[data-copy] use[href$="#sent"]').waitFor({ state: 'attached' });
  assert.equal(await ann.page.evaluate(() => navigator.clipboard.readText()),
    await ann.page.locator('[data-link]').first().inputValue());
  await cleo.call('PATCH', `/conversations/${id}`, { title: 'Harbour loop' });
  await ann.page.locator('.who-card h2', { hasText: 'Harbour loop' }).waitFor();
  assert.equal(await ann.page.locator('[data-copy] use[href$="#sent"]').count(), 1, 'that it was copied is forgotten');
});

// As on a page without https.
test('it is copied without a clipboard of the script, too, and not said to be where it is not', async () => {
  await open(ann, `${group}/info`);
  await ann.page.evaluate(async () => {
    const { clipboard } = navigator;
    await clipboard.writeText('something else');
    globalThis.pasted = () => clipboard.readText();
    Object.defineProperty(navigator, 'clipboard', { value: undefined });
  });
  const button = ann.page.locator('[data-copy]').first();
  await button.click();
  await button.locator('use[href$="#sent"]').waitFor({ state: 'attached' });
  assert.equal(await ann.page.evaluate(() => globalThis.pasted()), await ann.page.locator('[data-link]').first().inputValue());
  await open(ann, `${group}/info`);
  await ann.page.evaluate(() => {
    globalThis.asked = 0;
    Object.defineProperty(navigator, 'clipboard', { value: { writeText: async () => { throw new Error('not granted'); } } });
    document.execCommand = () => { globalThis.asked++; return false; };
    document.querySelector('[data-copy]').click();
  });
  await ann.page.waitForFunction(() => globalThis.asked > 0);
  assert.equal(await ann.page.evaluate(() => globalThis.asked), 1);
  assert.equal(await button.locator('use[href$="#copy"]').count(), 1);
});

test('a deleted message leaves the page of what is pinned', async () => {
  const { id: message } = await ann.call('POST', '/messages', { conv_id: id, content: 'pinned, then deleted' });
  await ann.call('PUT', `/conversations/${id}/pins/${message}`);
  await open(bo, `${group}/pins`);
  const pinned = bo.page.locator('.ms .m', { hasText: 'pinned, then deleted' });
  await pinned.waitFor();
  await ann.call('DELETE', `/messages/${message}`);
  await pinned.waitFor({ state: 'detached' });
  await stayed(bo);
});

test('who was taken out and let in again writes on', async () => {
  await open(bo, group);
  const me = await bo.id();
  await ann.call('DELETE', `/conversations/${id}/members/${me}`);
  await bo.page.locator('.cannot', { hasText: 'no longer in this group' }).waitFor();
  assert.equal(await bo.page.locator('#composer').isVisible(), false);
  await ann.call('POST', `/conversations/${id}/members`, { user_id: me });
  await bo.page.locator('#composer').waitFor({ state: 'visible' });
  await bo.page.locator('#banner').waitFor({ state: 'hidden' });
  assert.equal(await bo.page.locator('.cannot').count(), 0);
  await stayed(bo);
});

test('who is muted reads why and until when, keeps the draft, and writes on after it', async () => {
  await open(bo, group);
  await bo.page.fill('#content', 'half a sentence');
  const mute = (until) => ann.call('PATCH', `/conversations/${id}/members/${bo.theirs}`, { muted_until: until });
  bo.theirs = await bo.id();
  await mute('9999-12-31T23:59:59.999Z');
  await bo.page.locator('.cannot', { hasText: 'You are muted here for good' }).waitFor();
  assert.equal(await bo.page.locator('#composer').isVisible(), false);
  await mute(new Date(Date.now() + 3600e3).toISOString());
  await bo.page.locator('.cannot', { hasText: 'muted here until' }).waitFor();
  // It ends by itself, with nobody telling.
  await mute(new Date(Date.now() + 4000).toISOString());
  await bo.page.locator('#composer').waitFor({ state: 'visible' });
  assert.equal(await bo.page.inputValue('#content'), 'half a sentence');
  await bo.page.press('#content', 'Enter');
  await bo.sees('half a sentence');
  await stayed(bo);
});

test('slow mode shows the wait, and lets nothing go before it is over', async () => {
  await open(bo, group);
  await ann.call('PATCH', `/conversations/${id}`, { slow_mode_s: 3600 });
  await bo.page.locator('#slow', { hasText: 'write again in' }).waitFor();
  assert.ok(await bo.page.locator('.send').isDisabled());
  await bo.say('too early');
  assert.equal(await bo.page.inputValue('#content'), 'too early');
  assert.equal(await bo.page.locator('#ms .m', { hasText: 'too early' }).count(), 0);
  await ann.call('PATCH', `/conversations/${id}`, { slow_mode_s: 3 });
  await bo.page.locator('.send:enabled').waitFor();
  // It may be over before we look.
  await bo.page.evaluate(() => {
    globalThis.waits = [];
    new MutationObserver(() => globalThis.waits.push(document.querySelector('#slow').textContent))
      .observe(document.querySelector('#slow'), { childList: true, subtree: true, characterData: true });
  });
  await bo.page.press('#content', 'Enter');
  await bo.sees('too early');
  await bo.page.waitForFunction(() => globalThis.waits.some((line) => line.includes('write again in')));
  await bo.page.locator('#slow', { hasText: 'one message every 3 s' }).waitFor();
  await ann.call('PATCH', `/conversations/${id}`, { slow_mode_s: 0 });
  await bo.page.locator('#slow').waitFor({ state: 'detached' });
  await stayed(bo);
});

test('what could not be asked for when it changed is asked for with the next event', async () => {
  await open(bo, group);
  let cuts = 0;
  await bo.page.route(`**${group}`, (route) => (cuts++ > 0 ? route.continue() : route.abort()));
  const cut = bo.page.waitForEvent('requestfailed');
  await ann.call('PATCH', `/conversations/${id}`, { slow_mode_s: 3600 });
  await cut;
  assert.equal(await bo.page.locator('#slow').count(), 0);
  await ann.call('PATCH', `/conversations/${id}`, { title: 'Harbour pause' });
  await bo.page.locator('#slow').waitFor();
  await bo.page.unroute(`**${group}`);
  await ann.call('PATCH', `/conversations/${id}`, { slow_mode_s: 0 });
  await bo.page.locator('#slow').waitFor({ state: 'detached' });
  await stayed(bo);
});

test('who types in a crowd is named', async () => {
  await open(ann, group);
  await bo.page.locator('#content').pressSequentially('I am wri');
  await ann.page.locator('#typing', { hasText: '柏林 is typing' }).waitFor({ state: 'visible' });
  await bo.page.fill('#content', '');
});

test('on a wide screen all of it stands beside the chat, and a form there leaves nothing', async () => {
  await ann.page.setViewportSize({ width: 1440, height: 900 });
  await open(ann, group);
  await ann.page.click('#who');
  const pane = ann.page.locator('#details');
  await pane.locator('.member').first().waitFor();
  await pane.getByRole('button', { name: 'Pin to the top' }).click();
  await pane.getByRole('button', { name: 'Unpin' }).waitFor();
  assert.equal(new URL(ann.page.url()).pathname, group);
  await cleo.call('PATCH', `/conversations/${id}`, { title: 'Harbour stroll' });
  await pane.locator('h2', { hasText: 'Harbour stroll' }).waitFor();
  assert.deepEqual(await ann.violations(), []);
  await ann.page.locator('#content').press('Escape');
  await pane.waitFor({ state: 'hidden' });
  // Where there is no longer room for it, it can still be closed.
  await ann.page.click('#who');
  await pane.waitFor({ state: 'visible' });
  await ann.page.setViewportSize({ width: 820, height: 1180 });
  await pane.locator('#details-x').press('Enter');
  await pane.waitFor({ state: 'hidden' });
  assert.equal(await ann.page.evaluate(() => document.activeElement.id), 'who');
  await stayed(ann);
});

test('who is removed sees it at once, in the chat, in the list and on the page of the group', async () => {
  const second = await bo.context.newPage();
  bo.watch(second);
  await second.goto(`${group}/info`);
  await second.locator('.member').first().waitFor();
  await open(bo, group);
  await ann.call('DELETE', `/conversations/${id}/members/${await bo.id()}`);
  await bo.page.locator('.cannot', { hasText: 'You are no longer in this group' }).waitFor();
  await bo.page.locator('#banner', { hasText: 'You are no longer in this group' }).waitFor({ state: 'visible' });
  assert.equal(await bo.page.locator('#composer').isVisible(), false);
  await bo.page.locator(`#rows [data-conv="${id}"]`).waitFor({ state: 'detached' });
  await second.locator('.out', { hasText: 'You are no longer in this group' }).waitFor();
  assert.equal(await second.locator('form').count(), 0, 'there is still something to do');
  await stayed(bo);
  await second.close();
});

test('an invitation and the answer to a request come to the page of groups', async () => {
  await open(cleo, '/groups');
  const made = await ann.call('POST', '/conversations', { type: 'group', title: 'Night trains', members: [] });
  await ann.call('POST', `/conversations/${made.id}/members`, { user_ids: [await cleo.id()] });
  await cleo.page.locator('#invitations', { hasText: 'Night trains' }).waitFor();
  await ann.call('DELETE', `/conversations/${made.id}/invitations/${await cleo.id()}`);
  await cleo.page.locator('#invitations').waitFor({ state: 'detached' });
  await stayed(cleo);
});

test('one asks to be let in at the address of a group, with a note, and withdraws', async () => {
  const dan = await (await Person.arrive(browser, 'Dan')).register();
  await open(dan, `/groups/${id}`);
  await dan.page.fill('[name=note]', 'I have a boat');
  await dan.page.getByRole('button', { name: 'Ask to join' }).click();
  await dan.page.waitForURL((u) => u.pathname === '/groups');
  await dan.page.locator('#requests', { hasText: 'I have a boat' }).waitFor();
  await dan.page.getByRole('button', { name: 'Withdraw' }).click();
  await dan.page.locator('#requests').waitFor({ state: 'detached' });
  await dan.page.goto(`/groups/${id}`);
  await dan.page.getByRole('button', { name: 'Ask to join' }).waitFor();
  assert.equal((await dan.page.goto(group)).status(), 403);
  await dan.page.getByRole('link', { name: 'See the group' }).click();
  await dan.page.getByRole('button', { name: 'Ask to join' }).waitFor();
  assert.deepEqual(await dan.leave(), []);
});
