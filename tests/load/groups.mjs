// SPDX-License-Identifier: MIT
// groups.mjs -- What a group costs that is as large as one may be.
//
// Its people come in as they do in life, a thousand a call; only that they
// exist, and are contacts of the owner, is written into the database directly.
import { MESSAGE, median } from './measures.mjs';

const LARGE = 10_000, AT_ONCE = 1000, SMALL = 3;
const HEADER = 'Content-Type: application/json';

const ms = (x) => `${x.toFixed(1)} ms`;
const us = (x) => `${Math.round(x)} µs`;
const spread = (list, fmt) =>
  `${fmt(median(list))} (${fmt(Math.min(...list))}–${fmt(Math.max(...list))})`;

// So many people whom the owner knows: their ids.
function crowd(bench, owner) {
  const name = `crowd_${bench.run}_`;
  bench.sql(`INSERT INTO user (username, display_name, password_hash, created_at)
    SELECT CONCAT('${name}', seq), CONCAT('Crowd ', seq), '', 0 FROM seq_1_to_${LARGE - 1};
    INSERT INTO contact (user_id, contact_id, created_at)
    SELECT ${owner}, id, 0 FROM user WHERE username LIKE '${name.replaceAll('_', '\\_')}%'`);
  return bench.sql(`SELECT contact_id FROM contact JOIN user u ON u.id = contact_id
    WHERE user_id = ${owner} AND username LIKE '${name.replaceAll('_', '\\_')}%'`).trim().split('\n');
}

async function timed(run) {
  const from = performance.now();
  await run();
  return performance.now() - from;
}

// Opens the group and fills it: how long each call took, in ms.
async function fill(bench, token, ids) {
  const { id } = await bench.api('POST', '/conversations',
    { type: 'group', title: 'Everybody', max_members: LARGE }, token);
  const times = [];
  for (let i = 0; i < ids.length; i += AT_ONCE) {
    const user_ids = ids.slice(i, i + AT_ONCE);
    times.push(await timed(async () => {
      const { added } = await bench.api('POST', `/conversations/${id}/members`, { user_ids }, token);
      if (added.length !== user_ids.length) throw new Error(`${added.length} of ${user_ids.length} came in`);
    }));
  }
  return { id, times };
}

// The cursors of all pages of a group's members.
async function cursors(bench, token, group) {
  const found = [''];
  for (;;) {
    const { next } = await bench.api('GET', `/conversations/${group}/members?limit=200${found.at(-1)}`, null, token);
    if (next === null) return found;
    found.push(`&cursor=${next}`);
  }
}

export async function groups(bench, { repeats, seconds }) {
  const [{ a, ta }] = await bench.tokens(1);
  const { id: large, times } = await fill(bench, ta, crowd(bench, a.id));
  const friends = bench.pairs.slice(0, SMALL - 1).map((p) => p.b.id);
  const small = (await bench.api('POST', '/conversations',
    { type: 'group', title: 'Three', members: friends }, ta)).id;
  const list = await cursors(bench, ta, large);

  const page = async (cursor) => (await bench.load(['request', '-c', 1, '-d', seconds,
    '-u', `/api/v1/conversations/${large}/members?limit=50${cursor}`], 1)).p50_us;
  const send = async (conv) => (await bench.load(['request', '-m', 'POST', '-u', '/api/v1/messages', '-H', HEADER,
    '-b', MESSAGE.replace('%c', conv), '-c', 1, '-d', seconds], 1)).p50_us;
  const runs = [];
  for (let i = 0; i < repeats; i++) {
    runs.push({ first: await page(''), last: await page(list.at(-1)),
      three: await send(small), many: await send(large) });
  }
  const pick = (f) => runs.map(f);
  const ratio = (f) => median(pick(f)).toFixed(2);
  return [
    ['1,000 members added in one call', spread(times, ms), `ten calls, to a group of ${LARGE.toLocaleString('en')}`, 'aim < 1 s'],
    [`list of ${LARGE.toLocaleString('en')} members, a page of 50`,
      `p50 of the last page ${spread(pick((r) => r.last), us)}`,
      `of the first: ${spread(pick((r) => r.first), us)}`,
      `**${ratio((r) => r.last / r.first)}** (aim 1)`],
    [`sending into a group of ${LARGE.toLocaleString('en')}`, `p50 ${spread(pick((r) => r.many), us)}`,
      `into one of ${SMALL}: ${spread(pick((r) => r.three), us)}`,
      `**${ratio((r) => r.many / r.three)}** (aim 1.2)`],
  ];
}
