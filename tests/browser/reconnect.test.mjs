// SPDX-License-Identifier: MIT
// reconnect.test.mjs -- The hub dies under two open chats; nobody misses a word.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { instance, launch, twoFriends } from './browser.mjs';

let browser, ann, bo;

before(async () => {
  browser = await launch();
  ({ ann, bo } = await twoFriends(browser));
});

after(async () => {
  await ann?.leave();
  await bo?.leave();
  await browser.close();
});

function read(path) {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

function pidsOf(program) {
  return readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) &&
    read(`/proc/${pid}/comm`).trim() === program && read(`/proc/${pid}/environ`).includes(instance)).map(Number);
}

test('a banner tells that the line is down, and goes when it is back', async () => {
  await ann.page.locator('#who [data-p=online]').waitFor();
  await ann.context.setOffline(true);
  for (const pid of pidsOf('push')) process.kill(pid, 'SIGKILL');
  await ann.page.locator('#banner').waitFor({ state: 'visible', timeout: 30_000 });
  await ann.context.setOffline(false);
  await ann.page.locator('#banner').waitFor({ state: 'hidden', timeout: 30_000 });
});

test('what was said while the hub was dead arrives, once and in order', async () => {
  const words = ['one', 'two', 'three', 'four'].map((w) => `after the fall: ${w}`);
  for (const [i, text] of words.entries()) {
    if (i === 1) for (const pid of pidsOf('push')) process.kill(pid, 'SIGKILL');
    await ann.say(text);
    await ann.sees(text);
  }
  await bo.sees(words.at(-1));
  const seen = await bo.page.locator('#ms li.m', { hasText: 'after the fall' }).allTextContents();
  assert.equal(seen.length, words.length);
  words.forEach((w, i) => assert.ok(seen[i].includes(w), `${seen[i]} is not ${w}`));
});

test('a message written while offline is kept, marked, and sent by trying again', async () => {
  await ann.context.setOffline(true);
  await ann.say('from the tunnel');
  const bubble = ann.page.locator('#ms li.m', { hasText: 'from the tunnel' });
  await bubble.locator('[data-st=failed]').waitFor({ timeout: 30_000 });
  await ann.context.setOffline(false);
  // Coming back it may go by itself, under the very click.
  await bubble.locator('button').first().click({ timeout: 3_000 }).catch(() => {});
  await bo.sees('from the tunnel');
  assert.equal(await bo.page.locator('#ms li.m', { hasText: 'from the tunnel' }).count(), 1);
});

test('what was read and renamed while the line was down is shown when it is back', async () => {
  await bo.page.locator('#ms li.m').last().waitFor();
  await ann.page.goto(`${ann.page.url().split('#')[0]}`);
  await ann.say('read me later');
  await ann.sees('read me later');
  await ann.context.setOffline(true);
  for (const pid of pidsOf('push')) process.kill(pid, 'SIGKILL');
  await ann.page.locator('#banner').waitFor({ state: 'visible', timeout: 30_000 });
  await bo.page.reload();
  await bo.sees('read me later');
  await ann.context.setOffline(false);
  await ann.page.locator('#ms li.m', { hasText: 'read me later' }).locator('[data-st=read]')
    .waitFor({ timeout: 30_000 });
});
