// SPDX-License-Identifier: MIT
//
// rawsocket.mjs -- A WebSocket client with no manners.
//
// It shakes hands and then puts any bytes on the wire: frames that announce
// more than they bring, floods, frames that no library would send.

import { once } from 'node:events';
import net from 'node:net';
import { PATIENCE_MS } from './socket.mjs';
import { within } from './wait.mjs';

export const TEXT = 1, BINARY = 2;

// The head of a client's frame, masked with zeroes: what follows goes as is.
export function frameHead(length, { opcode = TEXT, fin = true } = {}) {
  const wide = Buffer.alloc(8);
  wide.writeBigUInt64BE(BigInt(length));
  return Buffer.concat([
    Buffer.from([(fin ? 0x80 : 0) | opcode, 0xff]), wide, Buffer.alloc(4)]);
}

export const frame = (text, options) =>
  Buffer.concat([frameHead(Buffer.byteLength(text), options),
    Buffer.from(text)]);

export class RawSocket {
  // An upgraded connection to base, which is lighttpd or a websocketd.
  static async open(base, token = '') {
    const { hostname, port } = new URL(base);
    const raw = new RawSocket();
    raw.net = net.connect(Number(port), hostname);
    raw.net.on('error', () => {});
    raw.ended = new Promise((done) => raw.net.on('close', done));
    raw.net.write(`GET /ws?access_token=${token} HTTP/1.1\r\n` +
      `Host: ${hostname}:${port}\r\nUpgrade: websocket\r\n` +
      'Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n' +
      'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n');
    const [head] = await within(PATIENCE_MS, 'the handshake',
      Promise.race([once(raw.net, 'data'), raw.ended.then(() => [''])]));
    raw.status = Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1] ?? 0);
    raw.net.resume(); // what comes is not looked at
    return raw;
  }

  get over() { return this.net.destroyed; }

  // Once the system has taken the bytes, or the connection is gone.
  async write(bytes) {
    if (!this.over && !this.net.write(bytes))
      await Promise.race([once(this.net, 'drain').catch(() => {}),
        this.ended]);
  }

  // As many bytes as a frame announced, or until somebody has had enough;
  // gives how many went out.
  async pour(length, byte = 'x') {
    const piece = Buffer.alloc(1 << 20, byte);
    let sent = 0;
    for (; sent < length && !this.over; sent += piece.length)
      await this.write(piece.subarray(0, Math.min(piece.length,
        length - sent)));
    return sent;
  }

  // Neither reads nor writes from now on, and sends no FIN.
  freeze() { this.net.pause(); }

  drop() { this.net.destroy(); }
}
