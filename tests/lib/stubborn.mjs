// SPDX-License-Identifier: MIT
//
// stubborn.mjs -- Who tries again until it works, as people do when something
// has died: a sender, and a device.

import assert from 'node:assert/strict';
import { Client } from './client.mjs';
import { word } from './people.mjs';
import { openSocket } from './socket.mjs';
import { until } from './wait.mjs';

const LET_IN_MS = 120_000;

// Says something, at this node or the person's own, with the same id until it
// is answered; until then there may be nothing but 503.
export async function insist(person, conv, content,
  { node, timeout = 30_000 } = {}) {
  const draft = { conv_id: conv, client_msg_id: word(24), content };
  const api = node ? new Client(node, { token: person.token }) : person.api;
  const res = await until('it is answered', async () => {
    const reply = await api.post('/messages', draft);
    return reply.status !== 503 && reply;
  }, { timeout, every: 50 });
  assert.ok([200, 201].includes(res.status), res.text);
  return res.json;
}

// A device that comes back whenever it is cut off, to the next of its nodes,
// and remembers and acknowledges all that it hears: seen maps seq to content.
export class Stubborn {
  constructor(person, ...nodes) {
    Object.assign(this, { person, seen: new Map(), wanted: true, at: null,
      nodes: nodes.length > 0 ? nodes : [{ url: person.base }], turn: 0 });
    this.running = this.run();
  }

  async run() {
    while (this.wanted) {
      await until('the device is let in', () => this.connect(),
        { timeout: LET_IN_MS, every: 50 });
      await this.listen().catch(() => this.live?.drop());
      this.at = null;
    }
  }

  async connect() {
    if (!this.wanted)
      return true;
    const node = this.nodes[this.turn++ % this.nodes.length];
    this.live = await openSocket(node.url, { token: this.person.token });
    this.at = node;
    return true;
  }

  // Until the socket ends, which fails the wait for its next message.
  async listen() {
    while (this.wanted) {
      const message = await this.live.next('message', undefined, 3_600_000);
      this.seen.set(message.seq, message.content);
      this.live.ack(message.conv_id, message.seq);
    }
  }

  reaches(node) {
    return until('it is connected', () => this.at === node);
  }

  has(n) {
    return until(`it has all ${n}`, () => this.seen.size === n);
  }

  stop() {
    this.wanted = false;
    this.live?.drop();
    return this.running;
  }
}
