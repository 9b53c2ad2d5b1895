// SPDX-License-Identifier: MIT
// degraded.test.mjs -- Redis is away under two open chats: the banner says so,
// nothing that is written is lost, and it goes when all is well.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { instance, launch, twoFriends } from './browser.mjs';

let browser, ann, bo;
const redis = (way) => execFileSync('s6-svc', [way, join(instance, 'service/redis')]);

before(async () => {
  browser = await launch();
  ({ ann, bo } = await twoFriends(browser));
});

after(async () => {
  redis('-u');
  const faults = [...(await ann?.leave() ?? []), ...(await bo?.leave() ?? [])];
  await browser.close();
  assert.deepEqual(faults.filter((f) => !f.startsWith('503 ')), []);
});

const banner = ({ page }, state) => page.locator('#banner', { hasText: 'Live updates pause' }).waitFor({ state, timeout: 60_000 });

test('a page that is open learns that live updates pause, what is sent is kept, and the other catches up', async () => {
  await ann.page.evaluate(() => { globalThis.stayed = true; });
  await ann.say('before');
  await bo.sees('before');
  redis('-d');
  await banner(ann, 'visible');
  await ann.photograph('paused');
  assert.deepEqual(await ann.violations(), []);
  await ann.say('meanwhile');
  const own = await ann.sees('meanwhile');
  await own.locator('[data-st=sent]').waitFor({ timeout: 30_000 });
  redis('-u');
  await banner(ann, 'hidden');
  await bo.page.locator('#ms li.m', { hasText: 'meanwhile' }).waitFor({ timeout: 60_000 });
  assert.equal(await bo.page.locator('#ms li.m', { hasText: 'meanwhile' }).count(), 1);
  assert.equal(await ann.page.evaluate(() => globalThis.stayed), true);
});
