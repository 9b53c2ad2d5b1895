// SPDX-License-Identifier: MIT
//
// proxy.mjs -- A bad line between a node and an engine.
//
// It stands before a Unix socket and passes on what comes, until it is told
// to be a line that is cut, slow, silent, or closed at one end.

import { rmSync } from 'node:fs';
import net from 'node:net';

export class Proxy {
  constructor(path, target) {
    this.path = path;
    this.target = target;
    this.mode = 'pass';
    this.slowMs = 0;
    this.lines = new Set();
    this.held = new Map(); // whose bytes are on their way: how they arrive
  }

  start() {
    rmSync(this.path, { force: true });
    this.server = net.createServer({ allowHalfOpen: true },
      (client) => this.take(client));
    return new Promise((done) => this.server.listen(this.path, done));
  }

  take(client) {
    if (this.mode === 'cut') {
      client.destroy();
      return;
    }
    const engine = net.connect({ path: this.target, allowHalfOpen: true });
    const line = [client, engine];
    this.lines.add(line);
    const over = () => {
      this.lines.delete(line);
      line.forEach((end) => end.destroy());
    };
    line.forEach((from, i) => {
      const to = line[1 - i];
      from.on('error', over);
      from.on('close', over);
      from.on('end', () => to.end());
      from.on('data', (bytes) => this.pass(from, to, bytes));
      if (this.mode === 'silent')
        from.pause();
    });
  }

  // Bytes stay in their order, as on any line: nothing more is read of an end
  // while some of it are held.
  pass(from, to, bytes) {
    const hand = () => {
      this.held.delete(from);
      if (!to.destroyed && !to.writableEnded)
        to.write(bytes);
      if (this.mode !== 'silent')
        from.resume();
    };
    if (this.slowMs === 0) {
      hand();
      return;
    }
    from.pause();
    const timer = setTimeout(hand, this.slowMs);
    this.held.set(from, () => {
      clearTimeout(timer);
      hand();
    });
  }

  cut() {
    this.mode = 'cut';
    for (const [client, engine] of this.lines) {
      client.destroy();
      engine.destroy();
    }
  }

  silence() {
    this.mode = 'silent';
    for (const line of this.lines)
      line.forEach((end) => end.pause());
  }

  slow(ms) {
    this.slowMs = ms;
  }

  // One end of every line says that it will send no more.
  halfClose(end) {
    for (const line of this.lines)
      line[end].end();
  }

  heal() {
    this.mode = 'pass';
    this.slowMs = 0;
    for (const hand of [...this.held.values()])
      hand(); // before anything that comes after it
    for (const line of this.lines)
      line.forEach((end) => end.resume());
  }

  stop() {
    this.cut();
    return new Promise((done) => this.server.close(done));
  }
}
