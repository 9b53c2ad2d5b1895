// SPDX-License-Identifier: MIT
//
// sender.mjs -- Somebody who writes, and writes again until it is answered.
//
// Each message keeps its client_msg_id over all attempts, and goes to another
// node when one does not answer: whatever happens, it must be there once.

import { Client } from '../lib/client.mjs';
import { word } from '../lib/people.mjs';
import { within } from '../lib/wait.mjs';

export const ANSWER_MS = 12_000;
const CUT_OFF = /ECONN|EPIPE|socket hang up|aborted|an answer/;
// The way to the node, or the node itself, went away.
export const isCutOff = (error) => CUT_OFF.test(error.message);

export class Sender {
  constructor(person, conv, town) {
    Object.assign(this, { person, conv, town });
    this.apis = town.nodes.map((node) =>
      new Client(node, { token: person.token }));
    this.wanted = true;
  }

  start() {
    this.running = this.run();
  }

  async run() {
    for (let n = 1; this.wanted; n++) {
      await this.insist(`message ${n}`);
      await this.town.random.spell(0, 2 * this.town.pauseMs);
    }
  }

  // Many at once: so that some are in the middle of their commit.
  burst(n) {
    return Promise.all(Array.from({ length: n }, (_, i) =>
      this.insist(`burst ${i}`)));
  }

  async insist(content) {
    const draft = { conv_id: this.conv, client_msg_id: word(24), content };
    for (;;) {
      const sent = await this.attempt(draft);
      if (sent) {
        this.town.ledger.acknowledge(sent);
        return;
      }
      await this.town.random.spell(20, 200);
    }
  }

  async attempt(draft) {
    this.town.ledger.attempts++;
    try {
      const res = await within(ANSWER_MS, 'an answer',
        this.town.random.pick(this.apis).post('/messages', draft));
      if ([200, 201].includes(res.status))
        return res.json;
      if (res.status !== 503)
        this.town.ledger.odd(`${res.status} ${res.json?.code ?? ''}`);
    } catch (error) {
      if (/: 500: /.test(error.message))
        this.town.ledger.breach(error.message.slice(0, 200));
      else if (!isCutOff(error))
        this.town.ledger.odd(error.message.split('\n')[0].slice(0, 120));
    }
    return null;
  }

  stop() {
    this.wanted = false;
    return within(60_000, 'the last message is sent', this.running);
  }
}
