// SPDX-License-Identifier: MIT
//
// client.mjs -- An HTTP client that believes nothing.
//
// Every reply of the API is held against the OpenAPI document, and nothing a
// server ever sends may be a 500.  A Client has either a bearer token or a
// cookie jar; redirects are followed only where a test asks for it.

import http from 'node:http';
import https from 'node:https';
import { once } from 'node:events';
import { conforms, isApi } from './openapi.mjs';

const TIMEOUT_MS = 30_000;
// A connection is left before lighttpd would leave it (after 15 s): else a
// request may meet its end.
const SETTINGS = { keepAlive: true, maxSockets: 64, timeout: 5_000 };
const agents = {
  'http:': new http.Agent(SETTINGS),
  'https:': new https.Agent({ ...SETTINGS, rejectUnauthorized: false }),
};

function parsed(type, text) {
  if (!/json/.test(type) || text === '')
    return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`the server sent broken JSON: ${text.slice(0, 300)}`);
  }
}

// One request, as given; resolves to {status, headers, type, text, json}.
export async function request(base, method, path, { headers = {}, body,
  agent } = {}) {
  const url = new URL(path, base);
  const req = (url.protocol === 'https:' ? https : http).request(url, {
    method, headers, agent: agent ?? agents[url.protocol],
    timeout: TIMEOUT_MS, rejectUnauthorized: false });
  req.on('timeout', () => req.destroy(
    new Error(`${method} ${path}: no answer in ${TIMEOUT_MS} ms`)));
  req.end(body);
  const [message] = await once(req, 'response');
  const chunks = [];
  for await (const chunk of message)
    chunks.push(chunk);
  const text = Buffer.concat(chunks).toString('utf8');
  const type = message.headers['content-type'] ?? '';
  const res = { status: message.statusCode, headers: message.headers, type,
    text, json: parsed(type, text) };
  try {
    if (res.status === 500)
      throw new Error(`${method} ${path}: 500: ${text.slice(0, 500)}`);
    if (isApi(url.pathname))
      conforms(method, url.pathname, res);
  } catch (error) {
    throw Object.assign(error, { isFault: true }); // no wait may hide it
  }
  return res;
}

// base: an address, or a server that will have one (.url) by the time of use.
export class Client {
  constructor(base, { token, cookies } = {}) {
    this.server = typeof base === 'string' ? { url: base } : base;
    this.token = token;
    this.jar = cookies ? new Map() : null;
  }

  get base() { return this.server.url; }

  headers(extra) {
    const headers = { ...extra };
    if (this.token)
      headers.authorization = `Bearer ${this.token}`;
    if (this.jar?.size)
      headers.cookie = [...this.jar].map(([k, v]) => `${k}=${v}`).join('; ');
    return headers;
  }

  keep(res) {
    for (const line of res.headers['set-cookie'] ?? []) {
      const [pair, ...attributes] = line.split(/; */);
      const at = pair.indexOf('=');
      if (attributes.some((a) => /^max-age=0$/i.test(a)))
        this.jar.delete(pair.slice(0, at));
      else
        this.jar.set(pair.slice(0, at), pair.slice(at + 1));
    }
    return res;
  }

  async send(method, path, { headers, json, form, body } = {}) {
    const all = this.headers(headers);
    if (json !== undefined) {
      body = JSON.stringify(json);
      all['content-type'] ??= 'application/json';
    } else if (form !== undefined) {
      body = new URLSearchParams(form).toString();
      all['content-type'] ??= 'application/x-www-form-urlencoded';
    }
    if (body !== undefined)
      all['content-length'] = Buffer.byteLength(body);
    const res = await request(this.base, method, path,
      { headers: all, body });
    return this.jar ? this.keep(res) : res;
  }

  // The JSON API, by its path below /api/v1.
  call(method, path, json, headers) {
    return this.send(method, `/api/v1${path}`, { json, headers });
  }

  get(path) { return this.call('GET', path); }
  post(path, json = {}) { return this.call('POST', path, json); }
  put(path, json = {}) { return this.call('PUT', path, json); }
  patch(path, json) { return this.call('PATCH', path, json); }
  delete(path, json) { return this.call('DELETE', path, json); }
}

// Asserts the status (and code) of a promised reply, and gives its JSON.
export async function expect(promise, status, code) {
  const res = await promise;
  if (res.status !== status || (code && res.json?.code !== code))
    throw new Error(`expected ${status} ${code ?? ''}, got ${res.status} ` +
      res.text.slice(0, 600));
  return res.json;
}

// The names of the fields that a 422 finds fault with.
export async function faults(promise) {
  const problem = await expect(promise, 422, 'invalid');
  return (problem.errors ?? []).map((e) => e.field).sort();
}
