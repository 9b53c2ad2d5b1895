// SPDX-License-Identifier: MIT
//
// people.mjs -- Somebody who is registered, logged in and has an API.

import { randomBytes } from 'node:crypto';
import { Client, expect } from './client.mjs';
import { openSocket } from './socket.mjs';
import { until } from './wait.mjs';

export const PASSWORD = 'ember-Quartz-41-violin';

export const word = (n = 8) => randomBytes(n).toString('hex').slice(0, n);

export class Person {
  constructor(base, username) {
    this.base = base;
    this.username = username;
    this.password = PASSWORD;
    this.api = new Client(base);
  }

  async logIn({ device = 'a test' } = {}) {
    const tokens = await expect(new Client(this.base).post('/sessions',
      { login: this.username, password: this.password, device }), 201);
    const self = Object.assign(
      Object.create(Object.getPrototypeOf(this)), this);
    self.take(tokens);
    return self; // another device of the same person
  }

  take(tokens) {
    this.tokens = tokens;
    this.token = tokens.access_token;
    this.session = tokens.session_id;
    this.id = tokens.user.id;
    this.api = new Client(this.base, { token: this.token });
  }

  // In a browser, as far as cookies and forms go.
  async browse() {
    const browser = new Client(this.base, { cookies: true });
    await expect(browser.send('POST', '/login', { form: {
      login: this.username, password: this.password } }), 303);
    return browser;
  }

  live(options) {
    return openSocket(this.base, { token: this.token, ...options });
  }

  async say(conv, content, more = {}) {
    return expect(this.api.post('/messages',
      { conv_id: conv, client_msg_id: word(24), content, ...more }), 201);
  }

  history(conv, query = '') {
    return expect(this.api.get(`/messages?conv_id=${conv}${query}`), 200);
  }

  async conversation(conv) {
    return expect(this.api.get(`/conversations/${conv}`), 200);
  }

  async members(conv) {
    return (await expect(
      this.api.get(`/conversations/${conv}/members`), 200)).items;
  }

  // By the members' ids.
  async roles(conv) {
    return Object.fromEntries(
      (await this.members(conv)).map((m) => [m.user.id, m.role]));
  }

  // What was said there, and of what happened the action.
  async heard(conv) {
    return (await this.history(conv, '&limit=200')).items
      .map((m) => m.type === 'system' ? m.content.action : m.content);
  }
}

export async function newcomer(base, name = 'p', more = {}) {
  const person = new Person(base, `${name}_${word(12)}`);
  await expect(new Client(base).post('/users', { username: person.username,
    password: PASSWORD, display_name: name, ...more }), 201);
  return person.logIn();
}

export const newcomers = (base, ...names) =>
  Promise.all(names.map((name) => newcomer(base, name)));

// The two become contacts; gives their direct conversation's id.
export async function befriend(a, b, greeting) {
  const { id } = await expect(a.api.post('/contact-requests',
    { user_id: b.id, ...(greeting ? { greeting } : {}) }), 201);
  await expect(b.api.post(`/contact-requests/${id}/accept`), 200);
  const res = await a.api.post('/conversations',
    { type: 'direct', user_id: b.id });
  return (await expect(res, 200)).id;
}

// Two contacts and their conversation: what most stories start with.
export async function pair(base, names = ['ann', 'bob']) {
  const [a, b] = await newcomers(base, ...names);
  return [a, b, await befriend(a, b)];
}

// What is told of two who became contacts may come late, and is true of the
// moment it was made: only what comes after this is news.
export async function sees(live, person, status = 'online', timeout) {
  for (;;) {
    const told = await live.next('presence', (p) => p.user_id === person.id,
      timeout);
    if (told.status === status)
      return told;
  }
}

// A pair as soon as every worker they meet has noticed that its engine is
// back: each program finds out for itself, within two seconds.
export function friends(base) {
  return until('two become friends', async () => {
    try {
      return await pair(base);
    } catch (error) {
      if (/got 503/.test(error.message))
        return null;
      throw error;
    }
  }, { every: 50 });
}

// A group of the owner's with contacts in it; they are made so unless they are.
export async function groupOf(owner, members, more = {}, areFriends = false) {
  if (!areFriends)
    await Promise.all(members.map((m) => befriend(owner, m)));
  const group = await expect(owner.api.post('/conversations', { type: 'group',
    title: 'A group', members: members.map((m) => m.id), ...more }), 201);
  return group.id;
}
