// SPDX-License-Identifier: MIT
// Whatever happens, and however a client comes and goes: what it was told adds
// up to what a fresh one reads.
//
//	SEED=n MINUTES=m tests/run.sh api/convergence.test.mjs

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEEDS } from '../lib/deeds.mjs';
import { useOwn } from '../lib/instance.mjs';
import { KINDS } from '../lib/kinds.mjs';
import { Model } from '../lib/model.mjs';
import { befriend, newcomer } from '../lib/people.mjs';
import { until } from '../lib/wait.mjs';

// Its own, for what is said in the world channel concerns all.
const server = useOwn('convergence');

const PEOPLE = 5;
const GUESTS = 8;
const LANES = 4;
const DEEDS_EACH = process.env.MINUTES ?
  Math.ceil(process.env.MINUTES * 60 * 20) : 250;
const ALL_DEEDS = LANES * DEEDS_EACH;
const SEED = Number(process.env.SEED ?? Date.now() % 1e9);

// mulberry32
function chance(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const weighted = Object.entries(DEEDS).flatMap(([name, [often]]) =>
  Array(often).fill(name));

class World {
  constructor(seed) {
    this.chance = chance(seed);
    this.people = []; // who have clients
    this.guests = []; // who have none
    this.done = {};
    this.deeds = 0;
    this.waiting = []; // who comes back after how many deeds
  }

  roll(n) { return Math.floor(this.chance() * n); }
  pick(list) { return list[this.roll(list.length)]; }

  async act() {
    const name = this.pick(weighted);
    const res = await DEEDS[name][1](this, this.pick(this.people));
    if (res) {
      assert.ok(res.status < 500, `${name}: ${res.status} ${res.text}`);
      if (res.status < 300)
        this.done[name] = (this.done[name] ?? 0) + 1;
    }
    this.deeds++;
    this.waiting = this.waiting.filter(({ at, go }) => at > this.deeds || go());
  }

  // Settles when n deeds more have been tried, or the last of all.
  later(n) {
    const at = Math.min(this.deeds + n, ALL_DEEDS);
    return at <= this.deeds ? undefined :
      new Promise((go) => this.waiting.push({ at, go }));
  }
}

// A client with a socket that comes and goes.  Back again, it catches up as it
// started, or by GET /sync; frames that come meanwhile wait.
class Listener {
  constructor(world, device, catchUp) {
    this.world = world;
    this.device = device;
    this.catchUp = catchUp;
    this.model = new Model(device);
    this.acked = new Map();
  }

  async start() {
    await this.model.read();
    await this.open();
  }

  async open() {
    this.live = await this.device.live({ hello: false });
    const waiting = [];
    let take = (frame) => waiting.push(frame);
    const drain = () => {
      for (const frame of this.live.frames.splice(0))
        take(frame);
    };
    this.live.on('frame', drain);
    drain();
    await until('hello', () => waiting.some((f) => f.event === 'hello'));
    await this.model.work;
    await (this.catchUp === 'sync' ? this.model.sync() :
      this.model.readLists());
    take = (frame) => this.hear(frame);
    waiting.forEach(take);
  }

  hear(frame) {
    this.model.frame(frame);
    const { event, data } = frame;
    if (event === 'message' && this.world.roll(3) > 0)
      this.live.ack(data.conv_id, data.seq);
  }

  async step() {
    if (this.world.roll(6) > 0)
      return;
    this.live.drop();
    await this.live.gone();
    await this.open();
  }

  async finish() {
    if (this.live.fault)
      throw this.live.fault;
    await this.model.work;
  }

  stop() { this.live.drop(); }
}

// A client without one, which asks now and then.
class Asker {
  constructor(world, device) {
    this.world = world;
    this.device = device;
    this.model = new Model(device);
  }

  start() { return this.model.read(); }
  step() { return this.world.roll(2) ? this.model.sync() : undefined; }
  finish() { return this.model.sync(); }
  stop() {}
}

const tell = (x) => JSON.stringify(x);

// Where two states differ, by path.
function differences(told, fresh, path = '') {
  if (tell(told) === tell(fresh))
    return [];
  // A name in a system message may have gone with its account since.
  if (/\/content\/.*\/display_name$/.test(path) && told && fresh === '')
    return [];
  if ([told, fresh].some((x) => typeof x !== 'object' || x === null))
    return [`${path}: was told ${tell(told)}, a fresh one reads ${tell(fresh)}`];
  return [...new Set([...Object.keys(told), ...Object.keys(fresh)])]
    .flatMap((key) => differences(told[key], fresh[key], `${path}/${key}`));
}

// Every message since the client's start that its user may see.
async function assertHeardAll(client) {
  const { model, device } = client;
  for (const [id, c] of model.conversations) {
    if (!c.last_message)
      continue;
    const heard = model.heard.get(id) ?? new Map();
    const { items } = await device.history(id,
      `&since_seq=${model.from.get(id) ?? 0}&limit=200`);
    // What was recalled while one was away is told by /sync alone.
    for (const m of items.filter((x) => !x.recalled_at ||
        client.catchUp !== 'read'))
      assert.deepEqual(differences(heard.get(m.seq)?.content ?? null,
        m.content, '/content'), [], `message ${m.seq} of conversation ${id}`);
  }
}

async function converged(client) {
  const options = { presence: client instanceof Listener };
  await until('a client knows what a fresh one reads', async () => {
    await client.finish();
    const fresh = new Model(client.device);
    await fresh.readLists();
    const wrong = differences(client.model.state(options),
      fresh.state(options));
    if (client.model.fault)
      throw client.model.fault;
    if (wrong.length > 0)
      throw new Error(`${client.catchUp ?? 'sync alone'}: ` +
        wrong.slice(0, 12).join('\n'));
    return true;
  }, { timeout: 40_000, every: 250 });
  await assertHeardAll(client);
}

test(`what_clients_are_told_adds_up (SEED=${SEED})`, async () => {
  const world = new World(SEED);
  world.people = await Promise.all(Array.from({ length: PEOPLE }, (_, i) =>
    newcomer(server.url, `p${i}`)));
  world.guests = await Promise.all(Array.from({ length: GUESTS }, (_, i) =>
    newcomer(server.url, `g${i}`)));
  for (const [i, guest] of world.guests.entries())
    await befriend(guest, world.people[i % PEOPLE], 'I am a guest');
  const clients = [];
  for (const person of world.people)
    clients.push(new Listener(world, await person.logIn(), 'sync'),
      new Listener(world, await person.logIn(), 'read'),
      new Asker(world, await person.logIn()));
  await Promise.all(clients.map((c) => c.start()));
  const lanes = Array.from({ length: LANES }, async () => {
    for (let i = 0; i < DEEDS_EACH; i++)
      await world.act();
  });
  const coming = clients.map(async (c) => {
    while (world.deeds < ALL_DEEDS) {
      await c.step();
      await world.later(10 + world.roll(40));
    }
  });
  await Promise.all([...lanes, ...coming]);
  try {
    await Promise.all(clients.map(converged));
  } finally {
    clients.forEach((c) => c.stop());
  }
  console.log(`SEED=${SEED} ${tell(world.done)}`);
  assert.ok(Object.keys(KINDS).length > 0);
});
