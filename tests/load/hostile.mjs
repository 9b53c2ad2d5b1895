// SPDX-License-Identifier: MIT
// hostile.mjs -- One kind of client that means harm, until it is killed.
//
//	node tests/load/hostile.mjs KIND URL TOKEN API
//
// It says a line when it has begun.  URL is lighttpd, or a websocketd; API is
// where the harmful one may also send messages, as anybody may.
import { Client, expect } from '../lib/client.mjs';
import { BINARY, RawSocket, frame, frameHead } from '../lib/rawsocket.mjs';

const [kind, url, token, api] = process.argv.slice(2);
const SOCKETS = 8;

const open = (n) => Promise.all(Array.from({ length: n }, () => RawSocket.open(url, token)));

// Writes as fast as it is taken, in a new socket when the old one is closed.
async function flood(what) {
  for (;;) {
    const raw = await RawSocket.open(url, token).catch(() => null);
    for (let i = 0; raw && !raw.over; i++) await raw.write(what[i % what.length]);
  }
}

const lines = (...list) => list.map((line) => Buffer.concat(Array(500).fill(frame(line))));

// A socket that reads no more; another when it was closed.
async function deaf() {
  for (;;) {
    const raw = await RawSocket.open(url, token).catch(() => null);
    raw?.freeze();
    await raw?.ended;
  }
}

const KINDS = {
  'slow readers': async () => {
    const client = new Client(api, { token });
    const { id } = await expect(client.post('/conversations', { type: 'group', title: 'Echo' }), 201);
    for (let i = 0; i < 20; i++) deaf();
    for (;;) await client.post('/messages', { conv_id: id, content: 'x'.repeat(20_000) });
  },
  'half-open sockets': async () => (await open(200)).forEach((raw) => raw.freeze()),
  'frames of 64 KiB': () => {
    const what = [frame('x'.repeat(65_536)), frame('\n'.repeat(65_536)), frame('\0'.repeat(65_536), { opcode: BINARY })];
    for (let i = 0; i < SOCKETS; i++) flood(what);
  },
  'a flood of frames': () => {
    const what = lines('{"op":"ping"}', 'nonsense', '{"op":"ack"}', '{"op":"typing","conv_id":"1"}');
    for (let i = 0; i < SOCKETS; i++) flood(what);
  },
  'a storm of connections': async () => {
    for (;;) (await Promise.allSettled(Array.from({ length: 16 }, (_, i) =>
      RawSocket.open(url, i % 2 ? token : 'forged')))).forEach(({ value }) => value?.drop());
  },
  'frames of a gigabyte': async () => {
    for (;;) {
      const raw = await RawSocket.open(url, token);
      await raw.write(frameHead(2 ** 30));
      await raw.pour(2 ** 30);
      raw.drop();
    }
  },
};

if (kind === undefined) console.log(Object.keys(KINDS).join('\n'));
else {
  setImmediate(KINDS[kind]);
  console.log('begun');
}
