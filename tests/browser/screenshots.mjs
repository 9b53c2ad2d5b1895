// SPDX-License-Identifier: MIT
//
// screenshots.mjs -- The pictures of docs/screenshots: `make screenshots`.
//
// A Parley of its own is filled as `make demo` does it, and the two who may
// log in look around: on a desk and on a phone, by day and by night, in both
// languages.  WebP by Chromium itself, so no other tool is needed.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { HOME, Instance } from '../lib/instance.mjs';
import { logIns } from '../lib/demo.mjs';

const TO = join(HOME, 'docs/screenshots');
const QUALITY = 82;
const DESK = { viewport: { width: 1280, height: 800 }, deviceScaleFactor: 1.5 };
const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2,
  isMobile: true, hasTouch: true };

// [name, who, where, how it looks]; where is a path, or the title of a chat.
// The lists come first: what is looked at is unread no more.
const SHOTS = [
  ['list-phone', 'lena', { path: '/' }, 'light', PHONE],
  ['list-zh-phone', 'xiaomei', { path: '/' }, 'dark', PHONE],
  ['chat', 'lena', { chat: 'Open Air Sensors' }, 'light', DESK],
  ['chat-phone', 'lena', { chat: 'Open Air Sensors' }, 'dark', PHONE],
  ['chat-dark', 'lena', { chat: '林小梅' }, 'dark', DESK],
  ['chat-zh', 'xiaomei', { chat: '周末骑行 🚲' }, 'light', DESK],
  ['chat-zh-phone', 'xiaomei', { chat: '陈伟' }, 'light', PHONE],
  ['group', 'lena', { info: 'Open Air Sensors' }, 'light', DESK],
  ['contacts-zh', 'xiaomei', { path: '/contacts' }, 'dark', DESK],
];

async function logIn(browser, base, [login, password], colorScheme, how) {
  const context = await browser.newContext({ ...how, baseURL: base,
    colorScheme, reducedMotion: 'reduce', locale: login === 'lena' ? 'en-GB' : 'zh-CN',
    timezoneId: login === 'lena' ? 'Europe/London' : 'Asia/Shanghai' });
  const page = await context.newPage();
  await page.goto('/login');
  await page.fill('[name=login]', login);
  await page.fill('[name=password]', password);
  await page.click('main button');
  await page.waitForURL((url) => url.pathname === '/');
  return page;
}

async function pathOf(page, { path, chat, info }) {
  if (path)
    return path;
  const reply = await page.request.get('/api/v1/conversations?limit=200');
  const { items } = await reply.json();
  const found = items.find((c) => c.title === (chat ?? info));
  if (!found)
    throw new Error(`there is no chat "${chat ?? info}"`);
  return `/c/${found.id}${info ? '/info' : ''}`;
}

async function photograph(page, file) {
  await page.mouse.move(0, 0); // on nothing
  await page.evaluate(() => globalThis.document.fonts.ready);
  const session = await page.context().newCDPSession(page);
  const { data } = await session.send('Page.captureScreenshot',
    { format: 'webp', quality: QUALITY });
  const bytes = Buffer.from(data, 'base64');
  writeFileSync(file, bytes);
  console.log(`${file.slice(HOME.length + 1)}  ${Math.ceil(bytes.length /
    1024)} KB`);
}

const instance = new Instance('screenshots', { release: true });
let browser;
try {
  await instance.start();
  const { stdout } = await instance.command('demo');
  const accounts = logIns(stdout);
  browser = await chromium.launch({ executablePath:
    process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] });
  mkdirSync(TO, { recursive: true });
  for (const [name, who, where, scheme, how] of SHOTS) {
    const page = await logIn(browser, instance.url,
      accounts.find(([login]) => login === who), scheme, how);
    await page.goto(await pathOf(page, where), { waitUntil: 'networkidle' });
    await photograph(page, join(TO, `${name}.webp`));
    await page.context().close();
  }
} finally {
  await browser?.close();
  await instance.stop();
  instance.remove();
}
