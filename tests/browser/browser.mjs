// SPDX-License-Identifier: MIT
// browser.mjs -- People with real browsers, for the stories in this folder.
//
// The instance is up already: PARLEY_URL is its address and PARLEY_INSTANCE
// its folder.  Every page of every story is watched: an uncaught error, a
// violation of the CSP, or a file that does not load fails the story.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

export const url = process.env.PARLEY_URL;
export const instance = process.env.PARLEY_INSTANCE;
export const PASSWORD = 'wandering lanterns over Suzhou 7';
const shots = join(instance, 'screenshots');
const axePath = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

export async function launch() {
  mkdirSync(shots, { recursive: true });
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
      '--disable-background-networking', '--disable-component-update', '--disable-sync',
      // A page that a test held back may open its socket, too.
      '--disable-features=LocalNetworkAccessChecks'],
  });
}

let made = 0;
export const freshName = (base) => `${base}_${process.pid}_${Date.now().toString(36)}${made++}`;

// Somebody with a browser of their own.
export class Person {
  static async arrive(browser, displayName, options = {}) {
    const context = await browser.newContext({ baseURL: url, locale: 'en-GB', ...options });
    const person = new Person();
    Object.assign(person, { context, displayName, faults: [], username: freshName(displayName.toLowerCase().replace(/[^a-z]/g, '') || 'person') });
    person.page = await context.newPage();
    person.watch(person.page);
    return person;
  }

  watch(page) {
    page.on('pageerror', (error) => this.faults.push(`uncaught: ${error.message}`));
    page.on('console', (message) => {
      const text = message.text();
      if (/Content Security Policy|TrustedHTML|Refused to/.test(text)) this.faults.push(text);
    });
    page.on('response', (reply) => {
      if (reply.status() >= 500 || (reply.status() === 404 && reply.url().includes('/static/'))) {
        this.faults.push(`${reply.status()} ${reply.url()}`);
      }
    });
  }

  async register() {
    await this.page.goto('/register');
    await this.page.fill('[name=username]', this.username);
    await this.page.fill('[name=display_name]', this.displayName);
    await this.page.fill('[name=password]', PASSWORD);
    await this.page.click('main button');
    await this.page.waitForURL((u) => u.pathname === '/');
    await this.page.goto('/settings/profile');
    await this.page.goto('/');
    return this;
  }

  // An administrator, made as the operator makes one.
  static async administer(browser, options) {
    const person = await Person.arrive(browser, 'Warden', options);
    const ctl = spawn(join(process.env.PARLEY_TEST_BUILD ?? 'build/asan', 'parleyctl'),
      ['-i', instance, 'admin', 'create', person.username], { stdio: ['pipe', 'ignore', 'inherit'] });
    ctl.stdin.end(`${PASSWORD}\n`);
    assert.equal((await once(ctl, 'close'))[0], 0);
    return person.logIn();
  }

  async logIn() {
    await this.page.goto('/login');
    await this.page.fill('[name=login]', this.username);
    await this.page.fill('[name=password]', PASSWORD);
    await this.page.click('main button');
    await this.page.waitForURL((u) => u.pathname === '/');
    return this;
  }

  // Finds somebody by name and asks them with the form on their page.
  async ask(other, note, greeting) {
    await this.page.goto(`/contacts?query=${encodeURIComponent(other.username)}`);
    await this.page.click('main a[href$="#ask"]');
    await this.page.fill('[name=note]', note);
    await this.page.fill('[name=greeting]', greeting);
    await this.page.click('#ask button');
    await this.page.waitForSelector('main form[action^="/contact-requests/"] button');
  }

  async accept() {
    await this.page.goto('/contacts');
    await this.page.click('form[action$="/accept"] button');
    await this.page.waitForSelector('form[action="/conversations"] button');
  }

  // Opens the chat with the only contact.
  async openChat() {
    await this.page.goto('/contacts');
    await this.page.click('form[action="/conversations"] button');
    await this.page.waitForURL(/\/c\/\d+/);
  }

  async say(text) {
    await this.page.fill('#content', text);
    await this.page.press('#content', 'Enter');
  }

  // Waits until a bubble with this text stands in the chat, and returns it.
  async sees(text) {
    const bubble = this.page.locator('#ms li.m', { hasText: text }).first();
    await bubble.waitFor();
    return bubble;
  }

  // A call of the API as the page itself would make it.
  call(method, path, body) {
    return this.page.evaluate(async ([method, path, body]) => {
      const reply = await fetch(`/api/v1${path}`, { method, body: body && JSON.stringify(body),
        headers: { 'Content-Type': 'application/json',
          'X-CSRF-Token': document.querySelector('meta[name=csrf-token]').content } });
      if (!reply.ok) throw new Error(`${method} ${path}: ${reply.status} ${await reply.text()}`);
      return reply.status === 204 ? null : reply.json();
    }, [method, path, body]);
  }

  async id() {
    return this.page.getAttribute('meta[name=me]', 'content');
  }

  // The same person in a browser without JavaScript.
  async withoutScript(browser, locale = 'en-GB') {
    const context = await browser.newContext({ baseURL: url, javaScriptEnabled: false, locale,
      storageState: await this.context.storageState() });
    const plain = Object.assign(Object.create(Person.prototype), { context, faults: [], page: await context.newPage() });
    plain.watch(plain.page);
    return plain;
  }

  // Presses the button with this name on the page, and waits for the answer.
  async press(name, within = this.page.locator('main')) {
    await Promise.all([this.page.waitForNavigation(), within.getByRole('button', { name, exact: true }).first().click()]);
  }

  // Unfolds what stands behind a line with this text.
  async unfold(text, within = this.page) {
    await within.locator('summary', { hasText: text }).click();
  }

  async photograph(name) {
    await this.page.screenshot({ path: join(shots, `${name}.png`) });
  }

  // WCAG 2.2 AA by axe-core: the violations, as sentences.
  async violations() {
    // Injected by the test's own channel, which the page's CSP does not bind.
    if (!await this.page.evaluate(() => 'axe' in globalThis)) await this.page.evaluate(readFileSync(axePath, 'utf8'));
    const found = await this.page.evaluate(() => globalThis.axe.run(document, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
      resultTypes: ['violations'], // of what passes one of a kind will do
    }));
    return found.violations.flatMap((v) => v.nodes.map((n) =>
      `${v.id}: ${v.help}: ${n.html.slice(0, 160)} ${n.failureSummary?.split('\n')[1] ?? ''}`));
  }

  async leave() {
    await this.context.close();
    return this.faults;
  }
}

// Two people who are contacts, each looking at their chat.
export async function twoFriends(browser, options = {}) {
  const ann = await Person.arrive(browser, 'Ann', options);
  const bo = await Person.arrive(browser, '柏林', options);
  await ann.register();
  await bo.register();
  await ann.ask(bo, 'We met at the harbour.', 'Hello! It is me, Ann.');
  await bo.accept();
  await ann.openChat();
  await bo.openChat();
  return { ann, bo };
}
