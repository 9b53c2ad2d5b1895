// SPDX-License-Identifier: MIT
// list.mjs -- The list of conversations of somebody who has a thousand of them.
import { median } from './measures.mjs';
import { cpuSeconds, instancePids, total } from './proc.mjs';

const TALKS = 1000, FIRST = 2_000_000_000;

// Half of them with one person, half groups; in all of them somebody spoke last,
// and every other is unread.
function fill(bench, me) {
  bench.sql(`INSERT IGNORE INTO user (id, username, display_name, password_hash, created_at)
    SELECT ${FIRST} + seq, CONCAT('list_', seq), CONCAT('Somebody ', seq), '', 0 FROM seq_1_to_${TALKS};
    INSERT IGNORE INTO conversation (id, type, user_low, user_high, bond, title, last_seq, last_at, created_at)
    SELECT ${FIRST} + seq, 1 + seq MOD 2, IF(seq MOD 2, NULL, ${me}), IF(seq MOD 2, NULL, ${FIRST} + seq), 1 - seq MOD 2,
      IF(seq MOD 2, CONCAT('Group ', seq), ''), 1, 1700000000000 + seq, 0 FROM seq_1_to_${TALKS};
    INSERT IGNORE INTO member (conv_id, user_id, read_seq, joined_at)
    SELECT ${FIRST} + seq, ${me}, seq MOD 4 DIV 2, 0 FROM seq_1_to_${TALKS}
    UNION ALL SELECT ${FIRST} + seq, ${FIRST} + seq, 1, 0 FROM seq_1_to_${TALKS};
    INSERT IGNORE INTO message (conv_id, seq, sender_id, client_msg_id, type, content, created_at)
    SELECT ${FIRST} + seq, 1, ${FIRST} + seq, CONCAT('list-', seq), 'text', 'Shall we meet at the harbour at seven?', 1700000000000 + seq
    FROM seq_1_to_${TALKS};`);
}

export async function list(bench, { repeats, seconds }) {
  const rows = [], us = (x) => `${(x / 1000).toFixed(2)} ms`;
  fill(bench, bench.pairs[0].a.id);
  for (const [what, path] of [
    ['the first 50', '/api/v1/conversations'],
    ['the 50 after 500', `/api/v1/conversations?cursor=0.${1700000000500}.${FIRST + 500}`],
    ['the first 50 unread', '/api/v1/conversations?filter=unread'],
    ['a search', '/api/v1/conversations?query=somebody%2099'],
    ['the page /', '/'],
  ]) {
    const runs = [], before = total(cpuSeconds(instancePids(bench.dir)));
    for (let i = 0; i < repeats; i++) runs.push(await bench.load(['request', '-u', path, '-c', 1, '-d', seconds], 1));
    const cpu = total(cpuSeconds(instancePids(bench.dir))) - before;
    rows.push([`list of 1,000 conversations, ${what}`, `p50 ${us(median(runs.map((r) => r.p50_us)))}, p99 ${
      us(median(runs.map((r) => r.p99_us)))}, errors ${runs.reduce((n, r) => n + r.errors, 0)}`,
    `one client; server CPU ${us(cpu * 1e6 / runs.reduce((n, r) => n + r.count, 0))} each, all processes`, 'aim p50 < 10 ms']);
  }
  return rows;
}
