// SPDX-License-Identifier: MIT
//
// ledger.mjs -- What was promised: every message that was acknowledged.
//
// Devices and the history are held against it.  What breaks a promise is
// written down at once, with its place, and fails the run at the end.

export class Ledger {
  constructor() {
    this.conversations = new Map(); // id -> { acked: id -> seq, top, floor }
    this.broken = [];
    this.strange = new Map(); // answers that nobody should get -> how often
    this.acknowledged = 0;
    this.attempts = 0;
  }

  // What was said up to the floor is not looked at.
  open(conv, floor = 0) {
    this.conversations.set(conv, { acked: new Map(), top: floor, floor });
  }

  breach(text) {
    if (this.broken.length < 100)
      this.broken.push(text);
  }

  odd(text) {
    this.strange.set(text, (this.strange.get(text) ?? 0) + 1);
  }

  acknowledge(message) {
    const conv = this.conversations.get(message.conv_id);
    const before = conv.acked.get(message.client_msg_id);
    if (before !== undefined && before !== message.seq)
      this.breach(`conversation ${message.conv_id}: ` +
        `${message.client_msg_id} has seq ${before} and ${message.seq}`);
    conv.acked.set(message.client_msg_id, message.seq);
    conv.top = Math.max(conv.top, message.seq);
    this.acknowledged++;
  }

  tops(convs) {
    return convs.map((id) => [id, this.conversations.get(id).top]);
  }
}
