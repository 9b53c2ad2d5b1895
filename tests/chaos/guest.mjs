// SPDX-License-Identifier: MIT
//
// guest.mjs -- Somebody who keeps joining a group and leaving it.
//
// It goes on saying what it wants until a node has done it, and looks there
// first: an answer may be lost after the deed.  At the end it is in.

import { Client } from '../lib/client.mjs';
import { within } from '../lib/wait.mjs';
import { ANSWER_MS, isCutOff } from './sender.mjs';

export class Guest {
  constructor(person, conv, town) {
    Object.assign(this, { person, conv, town });
    this.apis = town.nodes.map((node) =>
      new Client(node, { token: person.token }));
    this.wanted = true;
    this.moves = 0;
  }

  start() {
    this.running = this.run();
  }

  async run() {
    while (this.wanted) {
      await this.town.random.spell(200, 4000);
      await this.insist('DELETE', `members/${this.person.id}`);
      await this.town.random.spell(200, 2000);
      await this.insist('POST', 'join');
    }
  }

  async insist(method, what) {
    while (!await this.attempt(method, what))
      await this.town.random.spell(20, 200);
    this.moves++;
  }

  // What was done already is refused: so it is as wanted.
  async attempt(method, what) {
    try {
      const { status } = await within(ANSWER_MS, 'an answer',
        this.town.random.pick(this.apis).call(method,
          `/conversations/${this.conv}/${what}`));
      return status < 500;
    } catch (error) {
      if (/: 500: /.test(error.message))
        this.town.ledger.breach(error.message.slice(0, 200));
      else if (!isCutOff(error))
        this.town.ledger.odd(error.message.split('\n')[0].slice(0, 120));
      return false;
    }
  }

  stop() {
    this.wanted = false;
    return within(60_000, 'the guest is in', this.running);
  }
}
