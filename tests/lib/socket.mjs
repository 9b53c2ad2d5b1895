// SPDX-License-Identifier: MIT
//
// socket.mjs -- One device, connected.
//
// Every frame is held against the OpenAPI document as it comes in.  Frames
// wait in a list until a test asks for one: next() takes the first that fits.
// It beats as every client should, so that however long a test takes nobody
// thinks it has gone; what answers a beat is not shown.

import { EventEmitter, once } from 'node:events';
import WebSocket from 'ws';
import { frameConforms } from './openapi.mjs';
import { within } from './wait.mjs';

export const PATIENCE_MS = 30_000;

export class Live extends EventEmitter {
  constructor(ws) {
    super();
    this.ws = ws;
    this.frames = [];
    this.order = []; // the names of all that ever came
    this.pings = []; // those without an answer: is it a beat?
    this.fault = null;
    ws.on('message', (data, isBinary) => this.take(data, isBinary));
    ws.on('error', () => {});
    // Whoever waits has a timer: a socket left open must not keep the process.
    ws.on('upgrade', (answer) => answer.socket.unref());
    this.over = false;
    this.ended = new Promise((done) => ws.on('close', (code) => {
      this.over = true;
      clearInterval(this.heart);
      this.emit('frame'); // wakes whoever waits for one
      done(code);
    }));
  }

  take(data, isBinary) {
    try {
      if (isBinary)
        throw new Error('the server sent a binary frame');
      if (data.length > 64 * 1024)
        throw new Error(`a frame of ${data.length} bytes`);
      const frame = JSON.parse(data.toString());
      frameConforms(frame);
      if (frame.event === 'pong' && this.pings.shift())
        return;
      this.frames.push(frame);
      this.order.push(frame.event);
    } catch (error) {
      this.fault ??= error;
    }
    this.emit('frame');
  }

  find(event, fits) {
    if (this.fault)
      throw this.fault;
    const at = this.frames.findIndex((f) => f.event === event && fits(f.data));
    return at === -1 ? null : this.frames.splice(at, 1)[0].data;
  }

  // The data of the next frame of this event that fits.
  async next(event, fits = () => true, timeout = PATIENCE_MS) {
    const search = async () => {
      for (;;) {
        const data = this.find(event, fits);
        if (data)
          return data;
        if (this.over)
          throw new Error(`the socket closed without a frame "${event}"`);
        await once(this, 'frame');
      }
    };
    try {
      return await within(timeout, `a frame "${event}"`, search());
    } catch (error) {
      error.message += `; there were: ${JSON.stringify(this.frames)
        .slice(0, 600)}`;
      throw error;
    }
  }

  message(content, timeout) {
    return this.next('message', (m) => m.content === content, timeout);
  }

  // What has come of an event by now.
  seen(event) {
    if (this.fault)
      throw this.fault;
    return this.frames.filter((f) => f.event === event).map((f) => f.data);
  }

  beat(every_s) {
    this.heart = setInterval(() => this.op({ op: 'ping' }, true),
      every_s * 1000).unref();
  }

  op(op, isBeat = false) {
    if (op.op === 'ping')
      this.pings.push(isBeat);
    this.ws.send(JSON.stringify(op));
  }

  raw(data, options) { this.ws.send(data, options); }
  ack(conv, seq) { this.op({ op: 'ack', conv_id: conv, seq }); }

  // Comes back when the server has answered everything sent before it.
  async ping() {
    this.op({ op: 'ping' });
    return this.next('pong');
  }

  gone(timeout = PATIENCE_MS) {
    return within(timeout, 'the socket closed', this.ended);
  }

  async close() {
    this.ws.close();
    return this.gone();
  }

  drop() { this.ws.terminate(); }
}

// how: 'query' | 'protocol' | 'cookie' | 'none'
export async function openSocket(base, { token, how = 'query', cookie, origin,
  hello = true, beats = true, headers = {}, query, first } = {}) {
  const url = new URL('/ws', base);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  const options = { rejectUnauthorized: false, headers: { ...headers },
    perMessageDeflate: false };
  let protocols = [];
  if (query !== undefined)
    url.search = query;
  else if (how === 'query')
    url.searchParams.set('access_token', token);
  else if (how === 'protocol')
    protocols = ['parley.v1', `bearer.${token}`];
  else if (how === 'cookie')
    options.headers.cookie = cookie;
  if (origin)
    options.origin = origin;
  const ws = new WebSocket(url, protocols, options);
  const live = new Live(ws);
  if (first)
    ws.once('open', () => ws.send(first));
  await within(PATIENCE_MS, 'the socket opened', once(ws, 'open'));
  if (hello)
    live.hello = await live.next('hello');
  if (hello && beats)
    live.beat(live.hello.heartbeat_s);
  return live;
}
