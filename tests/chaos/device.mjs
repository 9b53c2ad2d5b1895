// SPDX-License-Identifier: MIT
//
// device.mjs -- One device of a person, through good and bad times.
//
// A restless one leaves and comes back all the time, politely or not; a
// patient one never leaves: it comes back only when it was thrown out.  Both
// check each message as it comes: after dropping repeats by (conv_id, seq) a
// conversation must come without a hole and in order.

import { once } from 'node:events';
import { openSocket } from '../lib/socket.mjs';
import { until, within } from '../lib/wait.mjs';

const PING_MS = 8_000;
const HALF_OPEN_MS = 5_000;
const PAGING_MS = 60_000;

export class Device {
  constructor(name, person, town, { patient }) {
    Object.assign(this, { name, person, town, patient });
    this.last = new Map(); // conversation -> seq
    this.joined = new Map(); // conversation -> seq
    this.text = new Map(); // "conversation/seq" -> client_msg_id
    this.counts = { delivered: 0, repeats: 0, gaps: 0, connections: 0 };
    this.wanted = true;
  }

  start() {
    this.running = this.run();
  }

  async run() {
    while (this.wanted) {
      try {
        await this.connect();
        await this.listen();
      } catch (error) {
        if (error.name === 'AssertionError' || this.live?.fault)
          this.town.ledger.breach(`${this.name}: ${error.message}`);
      }
      this.live?.drop();
      this.live = null;
      await this.town.random.spell(20, this.patient ? 100 : 600);
    }
  }

  async connect() {
    const node = this.town.random.pick(this.town.nodes);
    this.live = null;
    const live = await openSocket(node.url, { token: this.person.token });
    this.counts.connections++;
    this.live = live;
    this.sinceMs = Date.now();
  }

  // Until the socket ends, or a restless one has had enough.
  async listen() {
    const { live } = this;
    const beat = setInterval(() => live.over || live.op({ op: 'ping' }),
      PING_MS);
    const leave = this.patient ? null : setTimeout(() => this.leave(live),
      this.town.random.between(300, 6000));
    try {
      while (this.wanted) {
        while (live.frames.length > 0)
          await this.take(live, live.frames.shift());
        if (live.fault)
          throw live.fault;
        if (live.over)
          return;
        await once(live, 'frame');
      }
    } finally {
      clearInterval(beat);
      clearTimeout(leave);
    }
  }

  // Politely, by pulling the plug, or without a word: half open.
  leave(live) {
    const way = this.town.random.below(3);
    if (way === 0)
      live.ws.close();
    else if (way === 1)
      live.drop();
    else {
      live.ws.pause();
      setTimeout(() => live.drop(), HALF_OPEN_MS);
      live.over = true;
      live.emit('frame');
      this.live = null;
    }
  }

  async take(live, { event, data }) {
    if (event === 'message')
      this.message(live, data);
    else if (event === 'gap')
      await this.gap(data);
  }

  // From where on it has to have everything, and up to where it has it.
  from(conv) {
    return this.joined.get(conv) ??
      this.town.ledger.conversations.get(conv).floor;
  }

  upTo(conv) { return this.last.get(conv) ?? this.from(conv); }

  // It is in now, for good; what was said before is none of its business.
  join(conv, seq) {
    this.joined.set(conv, seq);
    this.last.delete(conv);
  }

  message(live, m) {
    if (!this.person.convs.includes(m.conv_id))
      return;
    const last = this.upTo(m.conv_id);
    if (m.seq <= this.from(m.conv_id)) {
      // Said before the run, perhaps before this one was there.
    } else if (m.seq <= last) {
      this.counts.repeats++;
      if (this.text.get(`${m.conv_id}/${m.seq}`) !== m.client_msg_id)
        this.town.ledger.breach(`${this.name}: conversation ${m.conv_id} ` +
          `seq ${m.seq} was another message before`);
    } else {
      if (m.seq > last + 1)
        this.town.ledger.breach(`${this.name} (${live.hello.node}, open for ` +
          `${Date.now() - this.sinceMs} ms): conversation ${m.conv_id}: ` +
          `seq ${m.seq} after ${last}, at ${new Date().toISOString()}`);
      this.note(m);
    }
    if (!live.over && this.town.random.below(10) < (this.patient ? 3 : 8))
      live.ack(m.conv_id, m.seq);
  }

  note(m) {
    this.counts.delivered++;
    this.last.set(m.conv_id, m.seq);
    this.text.set(`${m.conv_id}/${m.seq}`, m.client_msg_id);
  }

  // What one gap stands for is paged over HTTP, as the contract says, however
  // often it is refused.
  async gap({ conv_id: conv, to_seq: to }) {
    this.counts.gaps++;
    if (!this.person.convs.includes(conv))
      return;
    await until(`${this.name} has paged the gap`, async () => {
      while (this.wanted && this.upTo(conv) < to)
        await this.page(conv, to);
      return true;
    }, { timeout: PAGING_MS, every: 200 });
  }

  async page(conv, to) {
    const { items } = await this.person.history(conv,
      `&since_seq=${this.upTo(conv)}` +
      `&before_seq=${to + 1}&limit=200`);
    for (const m of items)
      if (m.seq > this.upTo(conv))
        this.note(m);
  }

  // Conversations in which it lacks something that was acknowledged.
  lacks(tops) {
    return tops.filter(([conv, top]) => this.upTo(conv) < top)
      .map(([conv, top]) => `${conv}: has ${this.upTo(conv)} ` +
        `of ${top}`);
  }

  async stop() {
    this.wanted = false;
    this.live?.drop();
    this.live?.emit('frame');
    await within(20_000, `${this.name} stops`, this.running);
  }
}
