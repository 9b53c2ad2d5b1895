// SPDX-License-Identifier: MIT
// world.test.mjs -- The administrators' page of the world channel.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, Person } from './browser.mjs';

let browser, warden, ann, world;

before(async () => {
  browser = await launch();
  warden = await Person.administer(browser);
  ann = await (await Person.arrive(browser, 'Ann')).register();
  world = `/c/${(await warden.call('GET', '/world')).id}`;
});

after(async () => {
  const faults = [...(await warden?.leave() ?? []), ...(await ann?.leave() ?? [])];
  await browser.close();
  assert.deepEqual(faults, []);
});

test('everybody else finds nothing to manage there', async () => {
  await ann.page.goto(`${world}/info`);
  await ann.page.locator('.who-card h2', { hasText: 'World' }).waitFor();
  assert.equal(await ann.page.locator('#manage, #members').count(), 0);
});

test('one person is found by name, muted for a time and let speak again', async () => {
  await ann.page.goto(world);
  await ann.page.locator('#composer').waitFor({ state: 'visible' });
  await warden.page.goto(`${world}/info`);
  await warden.page.fill('#find', ann.username);
  await warden.page.press('#find', 'Enter');
  const row = warden.page.locator(`[data-member="${await ann.id()}"]`);
  await row.locator('summary').click();
  await row.locator('[name=muted_for]').selectOption('3600');
  await row.getByRole('button', { name: 'Mute', exact: true }).click();
  await row.locator('.tag', { hasText: 'muted' }).waitFor();
  await ann.page.locator('.cannot', { hasText: 'You are muted here until' }).waitFor();
  await row.getByRole('button', { name: 'Let speak again' }).click();
  await ann.page.locator('#composer').waitFor({ state: 'visible' });
  await warden.photograph('world-manage');
});

test('all are muted, slowed and let speak again', async () => {
  await warden.page.goto(`${world}/info`);
  await warden.page.getByRole('button', { name: 'Mute everybody' }).click();
  await ann.page.locator('.cannot', { hasText: 'Only administrators may write here now' }).waitFor();
  await warden.page.getByRole('button', { name: 'Let everybody speak again' }).click();
  await ann.page.locator('#composer').waitFor({ state: 'visible' });
  await warden.unfold('Slow mode');
  // A form is as it was sent until its answer is there.
  const slow_down = async (seconds) => {
    const form = 'form:has([name=slow_mode_s])';
    await warden.page.fill('[name=slow_mode_s]', seconds);
    await warden.page.locator(form).getByRole('button').click();
    await warden.page.locator(`${form}:not([inert])`).waitFor();
  };
  await slow_down('60');
  await ann.page.locator('#slow', { hasText: 'one message every 1 min' }).waitFor();
  await slow_down('0');
  await ann.page.locator('#slow').waitFor({ state: 'detached' });
});

test('it is switched off for all but administrators, and on again', async () => {
  await warden.page.goto(`${world}/info`);
  await warden.page.getByRole('button', { name: 'Switch the channel off' }).click();
  await warden.page.locator('.who-card', { hasText: 'switched off' }).waitFor();
  assert.equal((await ann.context.request.get(world)).status(), 404);
  await warden.page.getByRole('button', { name: 'Switch the channel on' }).click();
  await warden.page.locator('.who-card', { hasText: 'everybody' }).waitFor();
  assert.equal((await ann.context.request.get(world)).status(), 200);
});
