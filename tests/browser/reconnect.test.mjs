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

test('a draft that found no line is saved when it is back', async () => {
  const lost = ann.page.waitForEvent('requestfailed', (request) => request.url().endsWith('/draft'));
  await ann.context.setOffline(true);
  for (const pid of pidsOf('push')) process.kill(pid, 'SIGKILL');
  await ann.page.fill('#content', 'begun in the tunnel');
  await lost;
  const saved = ann.page.waitForResponse((reply) => reply.url().endsWith('/draft') && reply.ok());
  await ann.context.setOffline(false);
  assert.equal((await (await saved).json()).draft.content, 'begun in the tunnel');
  await ann.page.fill('#content', '');
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

test('an answer that breaks off is no refusal: it is asked again, and said once', async () => {
  let posts = 0;
  await ann.page.route('**/api/v1/messages', async (route) => {
    if (posts++ > 0) return route.continue();
    await route.fetch();
    return route.fulfill({ status: 201, contentType: 'application/json', body: '{"id":' });
  });
  const again = ann.page.waitForResponse((reply) => reply.url().endsWith('/api/v1/messages') && reply.status() === 200);
  await ann.say('once and for all');
  await again;
  await bo.sees('once and for all');
  await ann.page.unroute('**/api/v1/messages');
  const bubble = ann.page.locator('#ms li.m', { hasText: 'once and for all' });
  await bubble.locator('[data-st=sent], [data-st=delivered], [data-st=read]').waitFor();
  assert.equal(await bubble.count(), 1);
  assert.equal(await ann.page.inputValue('#content'), '');
  assert.equal(await bo.page.locator('#ms li.m', { hasText: 'once and for all' }).count(), 1);
});

// What is said first breaks off, and is not tried again before the next is there.
async function overtake(page) {
  let posts = 0, came;
  const next = new Promise((done) => { came = done; });
  await page.route('**/api/v1/messages', async (route) => {
    if (!route.request().postDataJSON().content.endsWith('said first')) {
      await route.fulfill({ response: await route.fetch() });
      came();
    } else if (posts++ === 0) {
      await route.abort();
    } else {
      await next;
      await route.continue();
    }
  });
}

test('what had to be tried twice stands where everybody else has it', async () => {
  await overtake(ann.page);
  await ann.say('order: said first');
  await ann.say('order: came first');
  await bo.sees('order: said first');
  await ann.page.locator('#ms li.m[data-seq]', { hasText: 'order: said first' }).waitFor();
  await ann.page.unroute('**/api/v1/messages');
  const words = ({ page }) => page.locator('#ms li.m .text', { hasText: 'order:' }).allTextContents();
  await bo.page.reload();
  assert.deepEqual(await words(bo), ['order: came first', 'order: said first']);
  assert.deepEqual(await words(ann), await words(bo));
});

test('so it does where a day has begun in between', async () => {
  const page = await ann.context.newPage();
  await overtake(page);
  await page.goto(ann.page.url());
  await page.evaluate(() => {
    const { toISOString } = Date.prototype;
    Date.prototype.toISOString = function shifted() { return toISOString.call(new Date(this - globalThis.ago)); };
  });
  for (const [text, ago] of [['day: said first', 864e5], ['day: came first', 0]]) {
    await page.evaluate((ms) => { globalThis.ago = ms; }, ago);
    await page.fill('#content', text);
    await page.press('#content', 'Enter');
  }
  await bo.sees('day: said first');
  await page.locator('#ms li.m[data-seq]', { hasText: 'day: said first' }).waitFor();
  assert.deepEqual(await page.locator('#ms li.m .text', { hasText: 'day:' }).allTextContents(),
    ['day: came first', 'day: said first']);
  await page.close();
});

test('older messages are not asked for again and again while there is no line', async () => {
  const conv = ann.page.url().match(/\/c\/(\d+)/)[1];
  for (let i = 0; i < 55; i++) await ann.call('POST', '/messages', { conv_id: conv, content: `line ${i}` });
  await ann.page.goto(`/c/${conv}`);
  await ann.page.locator('#who [data-p=online]').waitFor();
  let asked = 0;
  ann.page.on('request', (request) => { asked += request.url().includes('before_seq='); });
  await ann.context.setOffline(true);
  const failed = ann.page.waitForEvent('requestfailed', (request) => request.url().includes('before_seq='));
  await ann.page.evaluate(() => { document.querySelector('#scroll').scrollTop = -1e6; });
  await failed;
  for (let i = 0; i < 5; i++) await ann.page.evaluate(() => fetch('/healthz').catch(() => 0));
  assert.ok(asked <= 2, `${asked} requests`); // a scroll may end in two events
  await ann.context.setOffline(false);
  await ann.page.evaluate(() => { document.querySelector('#scroll').scrollTop += 1; });
  await ann.page.waitForFunction(() => document.querySelectorAll('#ms .m').length > 55);
});

// The line of a page, of which the test may swallow what it likes.
async function tap(page, swallows) {
  await page.routeWebSocket(/\/ws$/, (ws) => {
    const server = ws.connectToServer();
    server.onMessage((frame) => { if (!swallows(String(frame))) ws.send(frame); });
  });
}

test('a hole that could not be filled at once is filled with the next message', async () => {
  await tap(bo.page, (frame) => frame.includes('hole: one'));
  let cuts = 0;
  await bo.page.route('**/api/v1/messages?*since_seq=*', (route) => (cuts++ > 0 ? route.continue() : route.abort()));
  await bo.page.reload();
  await bo.page.locator('#who [data-p=online]').waitFor();
  const cut = bo.page.waitForEvent('requestfailed');
  for (const word of ['one', 'two']) await ann.say(`hole: ${word}`);
  await bo.sees('hole: two');
  await cut;
  await ann.say('hole: three');
  await bo.sees('hole: one');
  assert.deepEqual(await bo.page.locator('#ms li.m .text', { hasText: 'hole:' }).allTextContents(),
    ['hole: one', 'hole: two', 'hole: three']);
});

test('a page that is open for days lets go of what was said long ago, and finds it again', async () => {
  let line;
  const page = await bo.context.newPage();
  await page.routeWebSocket(/\/ws$/, (ws) => { ws.connectToServer(); line = ws; });
  await page.goto(bo.page.url());
  await page.locator('#who [data-p=online]').waitFor();
  const real = Number(await page.getAttribute('#main', 'data-seq'));
  const sender = { id: await ann.id(), type: 'user', display_name: 'Ann' };
  const conv_id = await page.getAttribute('#main', 'data-conv');
  for (let i = 1; i <= 1200; i++) {
    const seq = real + i, created_at = new Date().toISOString();
    line.send(JSON.stringify({ event: 'message', data: { id: String(seq), conv_id, seq, client_msg_id: `far-${seq}`, sender,
      type: 'text', content: `far ${i}`, html: `<p>far ${i}</p>`, mentions: [], created_at, recalled_at: null, status: 'sent' } }));
  }
  await page.locator(`#m${real + 1200}`).waitFor({ timeout: 120_000 });
  const held = await page.locator('#ms .m').count();
  assert.ok(held >= 500 && held <= 1000, `${held} messages`);
  await page.evaluate(() => { document.querySelector('#scroll').scrollTop = -1e6; });
  await page.locator('#ms .m', { hasText: 'hole: three' }).waitFor({ state: 'attached' });
  await page.close();
});

test('a line that never says hello is given up for another', async () => {
  const page = await ann.context.newPage();
  let lines = 0, taken;
  await page.clock.install();
  await page.routeWebSocket(/\/ws$/, () => { lines++; taken?.(); });
  const line = () => new Promise((done) => { taken = done; });
  const first = line();
  await page.goto('/');
  await first;
  const second = line();
  await page.clock.fastForward(31_000);
  await page.clock.fastForward(1_000);
  await second;
  assert.equal(lines, 2);
  await page.close();
});

test('what the history brought when the line came back is read as if it had been told', async () => {
  const chat = bo.page.url();
  await bo.page.goto('about:blank');
  const page = await bo.context.newPage();
  let line;
  await page.routeWebSocket(/\/ws$/, (ws) => {
    const server = ws.connectToServer();
    server.onMessage((frame) => { if (!String(frame).includes('by the history alone')) ws.send(frame); });
    line = { drop: () => Promise.all([ws.close(), server.close()]) };
  });
  await page.goto(chat);
  await page.locator('#who [data-p=online]').waitFor();
  await ann.say('by the history alone');
  const bubble = ann.page.locator('#ms li.m', { hasText: 'by the history alone' });
  await bubble.locator('[data-st=sent]').waitFor();
  await line.drop();
  await page.locator('#ms li.m', { hasText: 'by the history alone' }).waitFor();
  await bubble.locator('[data-st=read]').waitFor();
  await page.close();
  await bo.page.goto(chat);
});

test('what two tabs could not send is kept of both', async () => {
  const chat = ann.page.url();
  const tab = async () => {
    const page = await ann.context.newPage();
    await page.route('**/api/v1/messages', (route) => route.abort());
    await page.goto(chat);
    await page.locator('#who [data-p=online]').waitFor();
    return page;
  };
  const tabs = [await tab(), await tab()];
  for (const [i, page] of tabs.entries()) {
    await page.fill('#content', `kept by tab ${i}`);
    await page.press('#content', 'Enter');
    await page.locator('#ms li.m', { hasText: `kept by tab ${i}` }).waitFor();
  }
  for (const page of tabs) await page.close();
  const page = await ann.context.newPage();
  await page.goto(chat);
  for (const i of [0, 1]) {
    const bubble = page.locator('#ms li.m', { hasText: `kept by tab ${i}` });
    await bubble.locator('.retry').click();
    await bubble.locator('[data-st=sent], [data-st=delivered], [data-st=read]').waitFor();
    await bo.sees(`kept by tab ${i}`);
  }
  await page.close();
});

test('a part of the script that does not come keeps the line from nothing', async () => {
  const page = await ann.context.newPage();
  await page.route(/\/count[^/]*\.js/, (route) => route.abort());
  const live = page.waitForEvent('websocket');
  await page.goto('/contacts');
  await live;
  await page.close();
});

test('what changed while the line was slow to come is shown with it', async () => {
  const conv = ann.page.url().match(/\/c\/(\d+)/)[1];
  const page = await ann.context.newPage();
  await page.clock.install();
  const opened = new Promise((done) => { page.routeWebSocket(/\/ws$/, done); });
  await page.goto('/');
  const line = await opened;
  await ann.call('PATCH', `/conversations/${conv}`, { muted: true });
  await page.clock.fastForward(3_000);
  line.connectToServer();
  await page.locator(`.row.mute[data-conv="${conv}"]`).waitFor();
  await ann.call('PATCH', `/conversations/${conv}`, { muted: false });
  await page.locator(`.row:not(.mute)[data-conv="${conv}"]`).waitFor();
  await page.close();
});

test('an answer that something said has overtaken does not hide it', async () => {
  const conv = ann.page.url().match(/\/c\/(\d+)/)[1];
  const page = await ann.context.newPage();
  let old, late;
  const held = new Promise((done) => {
    page.route(`**/api/v1/conversations/${conv}`, async (route) => {
      old = await route.fetch();
      late = () => route.fulfill({ response: old });
      done();
    }, { times: 1 });
  });
  const live = page.waitForEvent('websocket').then((socket) => socket.waitForEvent('framereceived'));
  await page.goto('/');
  await live;
  await ann.call('PATCH', `/conversations/${conv}`, { muted: true });
  await held;
  await bo.say('sooner than the answer');
  const row = page.locator(`.row[data-conv="${conv}"]`);
  await row.locator('.prev', { hasText: 'sooner than the answer' }).waitFor();
  await late();
  await page.locator(`.row.mute[data-conv="${conv}"]`).waitFor();
  await row.locator('.prev', { hasText: 'sooner than the answer' }).waitFor();
  await ann.call('PATCH', `/conversations/${conv}`, { muted: false });
  await page.close();
});
