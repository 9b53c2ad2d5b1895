// SPDX-License-Identifier: MIT
// A bad line may be cut, slow or silent; it never mixes up what it carries.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { until } from '../lib/wait.mjs';
import { Proxy } from './proxy.mjs';

// An engine behind a proxy, one client of it, and the two ends of its line.
async function open(t) {
  const dir = mkdtempSync(join(tmpdir(), 'parley-proxy-'));
  const proxy = new Proxy(join(dir, 'far'), join(dir, 'near'));
  const server = net.createServer();
  const taken = new Promise((done) => server.once('connection', done));
  await new Promise((done) => server.listen(join(dir, 'near'), done));
  await proxy.start();
  const client = net.connect(join(dir, 'far'));
  const engine = await taken;
  t.after(async () => {
    client.destroy();
    engine.destroy();
    await proxy.stop();
    server.close();
    rmSync(dir, { recursive: true });
  });
  let heard = '';
  client.on('data', (bytes) => heard += bytes);
  const [line] = proxy.lines;
  return { proxy, engine, client, far: line[1], heard: () => heard };
}

test('a_line_that_is_healed_keeps_the_order_of_what_it_carries', async (t) => {
  const { proxy, engine, far, heard } = await open(t);
  proxy.slow(500);
  engine.write('first ');
  await until('the line holds it', () => far.isPaused());
  engine.write('second');
  proxy.heal();
  await until('both are there', () => heard().length === 12);
  assert.equal(heard(), 'first second');
});

test('what_a_slow_line_holds_is_carried_before_its_end', async (t) => {
  const { proxy, engine, client, far, heard } = await open(t);
  const ended = new Promise((done) => client.once('end', done));
  proxy.slow(500);
  engine.write('all');
  await until('the line holds it', () => far.isPaused());
  engine.end();
  proxy.heal();
  await ended;
  assert.equal(heard(), 'all');
});
