// SPDX-License-Identifier: MIT
// A bus that is encrypted and asks who comes: for `make test-kafka`, whose
// broker has a port with TLS, and one with TLS and a log-in.

import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Client } from '../lib/client.mjs';
import { Instance } from '../lib/instance.mjs';
import { pair } from '../lib/people.mjs';
import { until } from '../lib/wait.mjs';

const { PARLEY_TEST_KAFKA_TLS: TLS, PARLEY_TEST_KAFKA_LOGIN: LOGIN,
  PARLEY_TEST_KAFKA_USER: USER, PARLEY_TEST_KAFKA_PASSWORD: PASSWORD,
  PARLEY_TEST_KAFKA_DIR: DIR } = process.env;
const DAEMONS = /daemons\/(relay|deliver)/;

// Release programs: what they do for it they do in their sandbox.
const server = new Instance(`secure-${process.pid}`, { release: true });
const file = (name) => join(server.dir, name);
const base = { 'rate_limit.enabled': 'off', 'bus.driver': 'kafka',
  'bus.shards': 4, 'kafka.topic': `secure-${process.pid}`,
  'kafka.ca': file('ca.pem') };
const login = (mechanism) => ({ 'kafka.brokers': LOGIN, 'kafka.user': USER,
  'kafka.mechanism': mechanism });

function configure(settings,
  { authority = 'broker', password = PASSWORD } = {}) {
  mkdirSync(file('secrets'), { recursive: true, mode: 0o700 });
  copyFileSync(join(DIR, `${authority}-ca.pem`), file('ca.pem'));
  writeFileSync(file('secrets/kafka'), `${password}\n`, { mode: 0o600 });
  writeFileSync(file('parley.conf'), Object.entries({ ...base, ...settings })
    .map(([k, v]) => `${k} = ${v}\n`).join(''));
}

// relay and deliver begin anew with this.
async function change(settings, files) {
  configure(settings, files);
  const old = new Set(server.kill(DAEMONS));
  await until('they are back', () =>
    server.pids(DAEMONS).filter((pid) => !old.has(pid)).length === 2);
}

before(async () => {
  configure({ 'kafka.brokers': TLS });
  await server.up();
});
after(async () => {
  await server.stop();
  assert.deepEqual(server.faults(), []);
});

async function chat() {
  const [ann, bob, conv] = await pair(server.url);
  const live = await bob.live();
  for (const text of ['one', 'two', 'three']) {
    await ann.say(conv, text);
    await live.message(text, 20_000);
  }
  await live.close();
}

test('people_chat_over_tls', chat);

for (const mechanism of ['SCRAM-SHA-512', 'SCRAM-SHA-256', 'PLAIN'])
  test(`people_chat_with_a_log_in_by_${mechanism}`, async () => {
    await change(login(mechanism));
    await server.ready(30_000);
    await chat();
  });

for (const [why, settings, files] of [
  ['another_authority_has_signed', { 'kafka.brokers': TLS },
    { authority: 'stranger' }],
  ['is_not_who_was_asked_for',
    { 'kafka.brokers': TLS.replace('localhost', '127.0.0.1') }],
  ['does_not_know_the_password', login('SCRAM-SHA-512'),
    { password: 'another' }],
  ['wants_a_log_in_that_nobody_gave', { 'kafka.brokers': LOGIN }]])
  test(`a_broker_that_${why}_is_not_used`, async () => {
    const [ann, bob, conv] = await pair(server.url);
    const live = await bob.live();
    await change(settings, files);
    const { checks } = await until('/readyz tells', async () => {
      const { json } = await new Client(server).send('GET', '/readyz');
      return json.checks.bus.state === 'down' && json;
    });
    assert.match(checks.bus.cause, /Kafka/);
    await ann.say(conv, 'kept');
    assert.deepEqual(live.seen('message'), []);
    await change(login('SCRAM-SHA-512'));
    await live.message('kept', 30_000);
    await live.close();
  });

test('a_password_is_not_sent_in_the_clear', async () => {
  configure({ ...login('PLAIN'), 'kafka.ca': '' });
  server.kill(DAEMONS);
  for (const name of ['relay', 'deliver'])
    await until(`${name} says why it ends`, () =>
      /PLAIN would send the password/.test(
        readFileSync(file(`log/${name}/current`), 'utf8')));
});
