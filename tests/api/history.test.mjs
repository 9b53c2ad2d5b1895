// SPDX-License-Identifier: MIT
// History: pages by seq, and how far each side has read and received.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expect, faults } from '../lib/client.mjs';
import { useShared } from '../lib/instance.mjs';
import { pair } from '../lib/people.mjs';
import { until } from '../lib/wait.mjs';

const server = useShared();

async function chatOf(n) {
  const [ann, bob, conv] = await pair(server.url);
  for (let i = 1; i <= n; i++)
    await ann.say(conv, `m${i}`);
  return { ann, bob, conv };
}

test('a_page_is_ascending_whatever_is_asked_for', async () => {
  const { bob, conv } = await chatOf(12);
  const seqs = async (query) =>
    (await bob.history(conv, query)).items.map((m) => m.seq);
  const table = [
    ['', [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]],
    ['&limit=3', [10, 11, 12]],
    ['&before_seq=10&limit=3', [7, 8, 9]],
    ['&before_seq=3', [1, 2]],
    ['&before_seq=1', []],
    ['&before_seq=0', []],
    ['&since_seq=3&before_seq=0', []],
    ['&since_seq=0&limit=3', [1, 2, 3]],
    ['&since_seq=10', [11, 12]],
    ['&since_seq=12', []],
    ['&since_seq=9999', []],
    ['&since_seq=3&before_seq=7', [4, 5, 6]],
    ['&before_seq=9999&limit=1', [12]],
  ];
  for (const [query, wanted] of table)
    assert.deepEqual(await seqs(query), wanted, query);
});

test('bad_ranges_are_named', async () => {
  const { bob, conv } = await chatOf(1);
  const table = [
    ['&limit=0', ['limit']], ['&limit=201', ['limit']],
    ['&limit=-1', ['limit']], ['&limit=x', ['limit']],
    ['&limit=1e2', ['limit']], ['&since_seq=-1', ['since_seq']],
    ['&since_seq=abc', ['since_seq']],
    ['&before_seq=99999999999999999999', ['before_seq']],
    ['&since_seq=-9223372036854775809&limit=0', ['limit', 'since_seq']],
  ];
  for (const [query, wanted] of table)
    assert.deepEqual(await faults(
      bob.api.get(`/messages?conv_id=${conv}${query}`)), wanted, query);
  assert.deepEqual(await faults(bob.api.get('/messages')), ['conv_id']);
  for (const id of ['x', '-1', '0', '1.5', '99999999999999999999'])
    assert.deepEqual(await faults(bob.api.get(`/messages?conv_id=${id}`)),
      ['conv_id'], id);
});

test('reading_moves_forward_only', async () => {
  const { bob, conv } = await chatOf(5);
  const read = (seq) => bob.api.put(`/conversations/${conv}/read`, { seq });
  const seen = async () => {
    const c = await bob.conversation(conv);
    return [c.last_read_seq, c.unread];
  };
  assert.deepEqual(await seen(), [0, 5]);
  await expect(read(3), 204);
  assert.deepEqual(await seen(), [3, 2]);
  await expect(read(1), 204);
  assert.deepEqual(await seen(), [3, 2]);
  await expect(read(5), 204);
  assert.deepEqual(await seen(), [5, 0]);
});

test('nobody_reads_what_is_not_written_yet', async () => {
  const { ann, bob, conv } = await chatOf(2);
  const res = await bob.api.put(`/conversations/${conv}/read`, { seq: 1000 });
  assert.ok([204, 422].includes(res.status));
  await ann.say(conv, 'three');
  assert.ok((await bob.conversation(conv)).last_read_seq <= 2);
  for (const seq of [-1, 'x', 1.5, null, 1e300])
    assert.deepEqual(await faults(bob.api.put(`/conversations/${conv}/read`,
      { seq })), ['seq'], String(seq));
});

test('the_sender_sees_read_in_status_and_position', async () => {
  const { ann, bob, conv } = await chatOf(3);
  await expect(bob.api.put(`/conversations/${conv}/read`, { seq: 2 }), 204);
  assert.equal((await ann.conversation(conv)).peer_read_seq, 2);
  assert.deepEqual((await ann.history(conv)).items.map((m) => m.status),
    ['read', 'read', 'sent']);
});

test('the_sender_sees_delivered_once_a_device_acknowledged', async () => {
  const { ann, bob, conv } = await chatOf(0);
  const b = await bob.live();
  await ann.say(conv, 'one');
  const { seq } = await b.message('one');
  b.ack(conv, seq);
  await until('it is delivered', async () =>
    (await ann.conversation(conv)).peer_delivered_seq === 1);
  assert.equal((await ann.history(conv)).items[0].status, 'delivered');
  assert.equal((await bob.conversation(conv)).last_delivered_seq, 1);
  await b.close();
});

test('reading_is_told_live_to_the_other_side_and_to_own_devices', async () => {
  const { ann, bob, conv } = await chatOf(2);
  const [a, b] = await Promise.all([ann.live(), bob.live()]);
  await expect(bob.api.put(`/conversations/${conv}/read`, { seq: 2 }), 204);
  for (const live of [a, b]) {
    const receipt = await live.next('receipt', (r) => r.read_seq === 2);
    assert.equal(receipt.conv_id, conv);
    assert.equal(receipt.user_id, bob.id);
  }
  await Promise.all([a.close(), b.close()]);
});

test('a_deep_history_is_paged_to_its_start', async () => {
  const { ann, bob, conv } = await chatOf(0);
  for (let i = 0; i < 13; i++)
    await Promise.all(Array.from({ length: 10 }, () => ann.say(conv, 'x')));
  const seqs = [];
  for (let before = ''; ;) {
    const { items } = await bob.history(conv, `&limit=50${before}`);
    if (items.length === 0)
      break;
    seqs.unshift(...items.map((m) => m.seq));
    before = `&before_seq=${items[0].seq}`;
  }
  assert.deepEqual(seqs, Array.from({ length: 130 }, (_, i) => i + 1));
});
