// SPDX-License-Identifier: MIT
// The writer gathers sends; dead, stopped or gone, nobody misses it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expect } from '../lib/client.mjs';
import { useOwn } from '../lib/instance.mjs';
import { friends, newcomers, word } from '../lib/people.mjs';
import { until } from '../lib/wait.mjs';

const SENDERS = 8;
const server = useOwn('writer', { settings: {
  'writer.timeout_ms': 500, 'writer.crowd_ms': 0 } });
const WRITER = /daemons\/writer/;

async function pairs() {
  const list = [];
  for (let i = 0; i < SENDERS / 2; i++) {
    const [ann, bob, conv] = await friends(server.url);
    list.push({ person: ann, conv }, { person: bob, conv });
  }
  return list;
}

// Sends one after the other, the same again where the answer is 503, and
// remembers what was acknowledged.
async function talk({ person, conv }, isOver, sent) {
  while (!isOver()) {
    const draft = { conv_id: conv, client_msg_id: word(24), content: word(9) };
    const res = await person.api.post('/messages', draft);
    if (res.status === 503) {
      const again = await person.api.post('/messages', draft);
      assert.ok([200, 201, 503].includes(again.status), again.text);
      if (again.status === 503) continue;
      sent.push({ conv, ...again.json });
      continue;
    }
    assert.ok([200, 201].includes(res.status), res.text);
    sent.push({ conv, ...res.json });
  }
}

// Every message that was acknowledged is there once, under its number, and the
// numbers have no gap.
async function check(people, sent) {
  for (const { person, conv } of people) {
    const all = [];
    for (let page; !page || page.next;) {
      page = await person.history(conv,
        `&limit=200&since_seq=${all.length ? all.at(-1).seq : 0}`);
      all.push(...page.items);
    }
    assert.deepEqual(all.map((m) => m.seq), all.map((_, i) => i + 1));
    const ids = all.map((m) => m.client_msg_id);
    assert.equal(new Set(ids).size, ids.length, 'a message twice');
    for (const m of sent.filter((s) => s.conv === conv))
      assert.equal(all[m.seq - 1]?.client_msg_id, m.client_msg_id);
  }
}

async function metric(name) {
  const text = await (await fetch(`${server.url}/metrics`)).text();
  const line = text.split('\n').find((l) => l.includes(`${name}{`) &&
    !l.startsWith('#'));
  return line ? Number(line.split(' ').at(-1)) : 0;
}

test('sends_go_through_the_writer', async () => {
  const people = await pairs(), sent = [];
  const before = await metric('writer_batch_drafts_count');
  await Promise.all(people.map((p) =>
    talk(p, () => sent.length >= 100, sent)));
  assert.ok(await metric('writer_batch_drafts_count') > before);
  await check(people, sent);
});

test('the_writer_calls_in_the_world_whom_the_sender_may_find', async () => {
  const [ann, bob, eva] = await newcomers(server.url, 'ann', 'bob', 'eva');
  await expect(eva.api.put(`/blocks/${ann.id}`), 204);
  const { id } = await expect(ann.api.get('/world'), 200);
  const before = await metric('writer_batch_drafts_count');
  // Whoever it did not answer in time asks it again in a second only.
  await until('the writer has one', async () => {
    const m = await ann.say(id, `@${bob.username} @${eva.username}`);
    assert.deepEqual(m.mentions, [bob.id]);
    return await metric('writer_batch_drafts_count') > before;
  });
});

test('killed_again_and_again_it_loses_and_doubles_nothing', async () => {
  const people = await pairs(), sent = [];
  let kills = 0, isOver = false;
  const talking = Promise.all(people.map((p) => talk(p, () => isOver, sent)));
  while (kills < 8) {
    const reached = sent.length + 10;
    await until('it goes on', () => sent.length >= reached);
    const old = new Set(server.kill(WRITER));
    kills++;
    await until('the writer is back', () =>
      server.pids(WRITER).some((pid) => !old.has(pid)));
  }
  isOver = true;
  await talking;
  await check(people, sent);
  await server.ready();
});

test('stopped_it_holds_nobody_up_for_long', async () => {
  const people = await pairs(), sent = [];
  const thaw = await server.freeze(WRITER);
  await Promise.all(people.map((p) =>
    talk(p, () => sent.length >= 60, sent)));
  await check(people, sent);
  // What it had taken it sends when it goes on: everybody's is there already.
  await thaw();
  await Promise.all(people.map((p) =>
    talk(p, () => sent.length >= 120, sent)));
  await check(people, sent);
});

test('a_message_without_an_id_is_new_whoever_wrote_it', async () => {
  const [ann, , conv] = await friends(server.url);
  const send = async () => {
    const res = await ann.api.post('/messages', { conv_id: conv, content: 'x' });
    assert.equal(res.status, 201, res.text);
  };
  await send();
  const thaw = await server.freeze(WRITER);
  await send();
  await send();
  await thaw();
  await send();
  const { items } = await ann.history(conv);
  assert.deepEqual(items.map((m) => m.seq), [1, 2, 3, 4]);
});
