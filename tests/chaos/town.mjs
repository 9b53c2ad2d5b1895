// SPDX-License-Identifier: MIT
//
// town.mjs -- Two nodes, and people on both who talk all the time.
//
// Everybody writes to two neighbours; all are in a group and in the world,
// where two of them talk; in a second group one keeps joining and leaving.
// Each has two devices of his own session: one that keeps leaving, and one
// that never leaves.

import { join } from 'node:path';
import { expect } from '../lib/client.mjs';
import { Instance } from '../lib/instance.mjs';
import { befriend, newcomer } from '../lib/people.mjs';
import { Device } from './device.mjs';
import { Guest } from './guest.mjs';
import { Ledger } from './ledger.mjs';
import { Proxy } from './proxy.mjs';
import { Sender } from './sender.mjs';

export class Town {
  constructor(options, random) {
    this.options = options;
    this.random = random;
    this.pauseMs = options.pauseMs;
    this.ledger = new Ledger();
    this.devices = [];
    this.senders = [];
  }

  async build() {
    const { release, settings } = this.options;
    const a = new Instance(`chaos-a-${process.pid}`, { release, settings: {
      'token.access_s': '86400', 'mysql.max_connections': '200',
      ...settings } });
    a.name = 'a';
    await a.start();
    const line = (name) => new Proxy(join(a.dir, 'run', `far-${name}.sock`),
      join(a.dir, 'run', `${name}.sock`));
    this.lines = [line('mysql'), line('redis')];
    await Promise.all(this.lines.map((proxy) => proxy.start()));
    const b = new Instance(`chaos-b-${process.pid}`, { release, join: a, env: {
      PARLEY_MYSQL_SOCKET: this.lines[0].path,
      PARLEY_REDIS_SOCKET: this.lines[1].path } });
    b.name = 'b';
    this.nodes = [a, b];
    await b.start();
    await this.ready();
    await this.settle();
  }

  // Devices log in before there is anything to say, so each must get all.
  async settle() {
    const people = [];
    for (let i = 0; i < this.options.people; i++) {
      const person = await newcomer(this.nodes[i % 2], `p${i}`);
      person.convs = []; // its devices share the list
      people.push(person);
      for (const patient of [true, false])
        this.devices.push(new Device(
          `${patient ? 'patient' : 'restless'} device of p${i}`,
          await person.logIn({ device: 'chaos' }), this, { patient }));
    }
    for (let i = 0; i < people.length; i++) {
      const pair = [people[i], people[(i + 1) % people.length]];
      await this.open(await befriend(...pair), pair, pair);
    }
    const [guest, ...others] = people;
    const { items } = await expect(guest.api.get('/conversations'), 200);
    const world = items.find((c) => c.type === 'world');
    await this.open(world.id, people, others.slice(0, 2));
    await this.open(await this.found(people), people, others.slice(0, 2));
    const club = await this.found([...others, guest]);
    await this.open(club, others, others.slice(-2));
    this.guest = new Guest(guest, club, this);
  }

  // A group that all of them are in.
  async found([founder, ...others]) {
    const { id } = await expect(founder.api.post('/conversations',
      { type: 'group', title: 'chaos', join_policy: 'open' }), 201);
    for (const person of others)
      await expect(person.api.post(`/conversations/${id}/join`), 200);
    return id;
  }

  // From now on all that is said there has to reach these people.
  async open(conv, people, senders) {
    const { last_seq: floor } = await people[0].conversation(conv);
    this.ledger.open(conv, floor);
    for (const person of people)
      person.convs.push(conv);
    for (const person of senders)
      this.senders.push(new Sender(person, conv, this));
  }

  // The guest is in for good, when nobody talks any more: what is said now
  // has to reach him, too.
  async settleGuest() {
    const { guest: { person, conv }, senders } = this;
    await this.guest.stop();
    const { last_seq: seq } = await person.conversation(conv);
    this.ledger.conversations.get(conv).top = seq;
    for (const device of this.devices.filter((d) => d.person.id === person.id))
      device.join(conv, seq);
    person.convs.push(conv);
    await senders.find((s) => s.conv === conv).insist('the last word');
  }

  start() {
    for (const one of [...this.devices, ...this.senders, this.guest])
      one.start();
  }

  ready(timeout = 45_000) {
    return Promise.all(this.nodes.map((node) => node.ready(timeout)));
  }
}
