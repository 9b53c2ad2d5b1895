// SPDX-License-Identifier: MIT
//
// chaos.mjs -- `make chaos`: breaks everything while people talk.
//
//	node tests/chaos/chaos.mjs [--minutes=1] [--seed=N] [--sanitized]
//	    [--driver=redis|kafka]
//
// One fault after the other: it is inflicted, healed, the nodes become ready,
// and every socket that is open has then to hold all that was acknowledged
// within ten seconds.  At the end everything is counted.  What is wrong is
// told, with the folder that the logs are kept in.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { until } from '../lib/wait.mjs';
import { allFaults, plan } from './faults.mjs';
import { startKafka } from './kafka.mjs';
import { Random } from './random.mjs';
import { Town } from './town.mjs';
import { verdict } from './verdict.mjs';
import { Watch } from './watch.mjs';

const DEFAULTS = { minutes: 1, people: 6, pauseMs: 300, release: true,
  catchUpMs: 10_000, settings: {}, log: console.log };

// Open sockets that do not have everything yet.
function behind(town, tops) {
  return town.devices.filter((d) => d.patient).flatMap((device) =>
    device.lacks(tops.filter(([conv]) => device.person.convs.includes(conv)))
      .map((lack) => `${device.name} (user ${device.person.id}, at ` +
        `${device.live?.hello?.node}): ${lack}`));
}

// What stands in Redis at the moment that something is late.
async function scene(town, log) {
  const [a] = town.nodes;
  const keys = (await a.redis('KEYS', '*')).stdout.split('\n').filter((key) =>
    /^(node:.*:(online|alive)|up:|bus:\d)/.test(key)).sort();
  for (const key of keys) {
    const [kind, ...more] = /^(up|bus):/.test(key) ? ['XRANGE', '-', '+',
      'COUNT', '20'] : key.endsWith('alive') ? ['PTTL'] : ['SMEMBERS'];
    const { stdout } = await a.redis(kind, key, ...more);
    log(`  ${key}: ${stdout.trim().replaceAll('\n', ' ').slice(0, 2000)}`);
  }
}

// Whoever is open has all that was acknowledged by now; gives how long it took.
async function caughtUp(town, limit) {
  const since = Date.now();
  const tops = town.ledger.tops([...town.ledger.conversations.keys()]);
  await until('open sockets have everything', () =>
    behind(town, tops).length === 0, { timeout: limit, every: 50 })
    .catch(async () => {
      town.ledger.breach(`after ${limit} ms at ` +
        `${new Date().toISOString()}: ${behind(town, tops).join('; ')}`);
      await scene(town, town.options.log);
    });
  return Date.now() - since;
}

async function rounds(town, options, tally) {
  const end = Date.now() + options.minutes * 60_000;
  const watch = new Watch(town.nodes);
  for (const fault of plan(allFaults(town), town.random)) {
    if (Date.now() > end || town.ledger.broken.length > 0)
      return watch;
    const since = Date.now();
    await fault.run();
    await town.ready();
    const ready = Date.now() - since;
    const caught = await caughtUp(town, options.catchUpMs);
    tally[fault.count] = (tally[fault.count] ?? 0) + 1;
    tally.faults++;
    tally.longestCatchUp = Math.max(tally.longestCatchUp, caught);
    options.log(`${new Date().toISOString()} ${fault.name}: ready after ` +
      `${ready} ms, open sockets complete ${caught} ms later`);
    watch.round();
  }
  return watch;
}

async function windDown(town, options) {
  await Promise.all(town.senders.map((sender) => sender.stop()));
  await town.settleGuest();
  await caughtUp(town, options.catchUpMs);
  const tops = town.ledger.tops([...town.ledger.conversations.keys()]);
  await until('restless devices have everything, too', () =>
    town.devices.every((d) => d.lacks(tops.filter(([conv]) =>
      d.person.convs.includes(conv))).length === 0), { timeout: 30_000 })
    .catch(() => {}); // the verdict says what is missing where
  await Promise.all(town.devices.map((device) => device.stop()));
}

const sum = (list, what) => list.reduce((n, d) => n + d.counts[what], 0);

function report(town, tally, seed, watch) {
  const { ledger, devices } = town;
  return [
    `seed ${seed}: ${tally.faults} faults: ` + ['kills', 'restarts', 'stops',
      'flushes', 'cuts', 'nodes'].map((k) => `${tally[k] ?? 0} ${k}`)
      .join(', '),
    `${ledger.acknowledged} messages acknowledged in ${ledger.attempts} ` +
      `attempts, in ${ledger.conversations.size} conversations; the guest ` +
      `came and went ${town.guest.moves} times`,
    `${sum(devices, 'delivered')} delivered to ${devices.length} devices, ` +
      `${sum(devices, 'repeats')} repeats, ${sum(devices, 'gaps')} gaps, ` +
      `${sum(devices, 'connections')} connections`,
    `longest catch-up of an open socket ${tally.longestCatchUp} ms; ` +
      `the oldest process lived through ${watch.oldest} faults`,
    ...[...ledger.strange].map(([what, n]) =>
      `odd answer, ${n} times: ${what}`),
  ];
}

async function end(town, log) {
  for (const device of town.devices)
    device.wanted = false;
  for (const node of [...(town.nodes ?? [])].reverse())
    await node.stop().catch((error) => log(error.message));
  for (const line of town.lines ?? [])
    await line.stop();
}

// {lines, found}: the counts, and what is wrong.
export async function chaos(given) {
  const options = { ...DEFAULTS, ...given };
  const seed = options.seed ?? Math.floor(Math.random() * 2 ** 31);
  const tally = { faults: 0, longestCatchUp: 0 };
  const town = new Town(options, new Random(seed));
  const found = [];
  let lines;
  try {
    await town.build();
    options.log(`seed ${seed}; logs below ${town.nodes[0].dir}`);
    town.start();
    const watch = await rounds(town, options, tally);
    await windDown(town, options);
    found.push(...await verdict(town),
      ...watch.leaks({ sanitized: !options.release }));
    lines = report(town, tally, seed, watch);
  } finally {
    await end(town, options.log);
  }
  for (const node of town.nodes)
    found.push(...node.faults()); // a leak is told at the very end
  return { lines, found };
}

async function main() {
  const root = mkdtempSync(join(tmpdir(), 'parley-chaos-'));
  process.env.PARLEY_TEST_DIR = root;
  const arg = (name) => process.argv.find((a) => a.startsWith(`--${name}=`))
    ?.split('=')[1];
  const options = { release: !process.argv.includes('--sanitized') };
  for (const name of ['minutes', 'seed', 'people'])
    if (arg(name))
      options[name] = Number(arg(name));
  const kafka = arg('driver') === 'kafka' ? await startKafka(root) : null;
  // A group that lost a member waits for its session to end.
  if (kafka)
    Object.assign(options, { settings: kafka.settings, catchUpMs: 20_000 });
  const { lines, found } = await chaos(options);
  kafka?.stop();
  console.log([...lines, ...found.map((text) => `WRONG ${text}`)].join('\n'));
  if (found.length > 0)
    console.log(`logs: ${root}`);
  else
    rmSync(root, { recursive: true });
  process.exit(found.length === 0 ? 0 : 1);
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  await main();
