// SPDX-License-Identifier: MIT
//
// town.mjs -- Two nodes, and people on both who talk all the time.
//
// Everybody writes to two neighbours.  Each has two devices of his own
// session: one that keeps leaving, and one that never leaves.

import { join } from 'node:path';
import { Instance } from '../lib/instance.mjs';
import { befriend, newcomer } from '../lib/people.mjs';
import { Device } from './device.mjs';
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
      const [one, other] = [people[i], people[(i + 1) % people.length]];
      const conv = await befriend(one, other);
      this.ledger.open(conv);
      for (const person of [one, other]) {
        person.convs.push(conv);
        this.senders.push(new Sender(person, conv, this));
      }
    }
  }

  start() {
    for (const one of [...this.devices, ...this.senders])
      one.start();
  }

  ready(timeout = 45_000) {
    return Promise.all(this.nodes.map((node) => node.ready(timeout)));
  }
}
