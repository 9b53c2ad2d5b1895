// SPDX-License-Identifier: MIT
// The main path over TLS, with a certificate made by parleyctl.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import http from 'node:http';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import tls from 'node:tls';
import { promisify } from 'node:util';
import { Client, expect } from '../lib/client.mjs';
import { follow, submit } from '../lib/forms.mjs';
import { freePort, Instance } from '../lib/instance.mjs';
import { pair, PASSWORD, word } from '../lib/people.mjs';
import { openSocket } from '../lib/socket.mjs';

const run = promisify(execFile);
const server = new Instance(`tls-${process.pid}`);

before(async () => {
  server.port = await freePort();
  mkdirSync(server.dir, { recursive: true });
  const certificate = join(server.dir, 'secrets/tls.pem');
  const key = join(server.dir, 'secrets/tls.key');
  writeFileSync(join(server.dir, 'parley.conf'), 'rate_limit.enabled = off\n');
  const { stdout } = await server.ctl('tls', 'self-signed');
  const named = [...stdout.matchAll(/tls\.(certificate|key) *= *(\S+)/g)];
  const paths = Object.fromEntries(named.map((m) => [m[1], m[2]]));
  writeFileSync(join(server.dir, 'parley.conf'),
    'rate_limit.enabled = off\n' +
    `tls.certificate = ${paths.certificate ?? certificate}\n` +
    `tls.key = ${paths.key ?? key}\n`);
  await server.start();
});
after(async () => {
  await server.stop();
  assert.deepEqual(server.faults(), []);
});

test('the_address_is_https', () => {
  assert.match(server.url, /^https:/);
});

test('two_people_talk_over_https_and_wss', async () => {
  const [ann, bob, conv] = await pair(server.url);
  const live = await bob.live();
  const text = word();
  await ann.say(conv, text);
  live.ack(conv, (await live.message(text)).seq);
  await live.close();
});

test('cookies_are_secure_and_bound_to_the_host', async () => {
  const browser = new Client(server.url, { cookies: true });
  const res = await submit(browser, '/register', '/register',
    { username: `ann_${word()}`, password: PASSWORD });
  assert.equal(res.status, 303);
  for (const cookie of res.headers['set-cookie']) {
    assert.match(cookie, /^__Host-/);
    assert.match(cookie, /; *Secure/i);
    assert.match(cookie, /; *HttpOnly/i);
    assert.doesNotMatch(cookie, /; *Domain/i);
  }
  assert.equal((await follow(browser, Promise.resolve(res))).status, 200);
  const live = await openSocket(server.url, { how: 'cookie',
    cookie: [...browser.jar].map(([k, v]) => `${k}=${v}`).join('; '),
    origin: new URL(server.url).origin });
  await live.close();
});

test('strict_transport_security_is_said', async () => {
  const res = await new Client(server.url).send('GET', '/login');
  assert.match(res.headers['strict-transport-security'], /max-age=\d{7,}/);
});

test('plain_http_is_sent_on', async () => {
  const port = Number(new URL(server.url).port) + 1;
  const res = await new Promise((done, fail) =>
    http.get(`http://127.0.0.1:${port}/login?next=%2Fx`, done)
      .on('error', fail));
  res.resume();
  assert.ok([301, 307, 308].includes(res.statusCode));
  assert.equal(res.headers.location, `${server.url}/login?next=%2Fx`);
});

test('versions_before_1_2_are_refused', async () => {
  const { port } = new URL(server.url);
  const attempt = (version) => new Promise((done) => {
    const socket = tls.connect({ port: Number(port), host: '127.0.0.1',
      rejectUnauthorized: false, minVersion: version, maxVersion: version,
      ciphers: 'ALL:@SECLEVEL=0' }, () => {
      socket.destroy();
      done(true);
    });
    socket.on('error', () => done(false));
  });
  assert.equal(await attempt('TLSv1.1'), false);
  assert.equal(await attempt('TLSv1.2'), true);
  assert.equal(await attempt('TLSv1.3'), true);
});

test('what_is_no_tls_harms_nobody', async () => {
  const { port } = new URL(server.url);
  await run('sh', ['-c', `printf 'GET / HTTP/1.0\\r\\n\\r\\n' |
    timeout 5 bash -c 'exec 3<>/dev/tcp/127.0.0.1/${port}; cat >&3; cat <&3'`])
    .catch(() => {});
  await expect(new Client(server.url).send('GET', '/healthz'), 200);
});
