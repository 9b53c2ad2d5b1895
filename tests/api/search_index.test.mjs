// SPDX-License-Identifier: MIT
// A search reads what it shows, however many people there are; and whoever was
// there before names were kept in parts is found after the next migration.

import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { expect } from '../lib/client.mjs';
import { useOwn } from '../lib/instance.mjs';
import { newcomer, Person } from '../lib/people.mjs';

const CROWD = 3000;
const server = useOwn('search-index',
  { settings: { 'rate_limit.enabled': 'off' } });

let me;
before(async () => {
  await server.up();
  me = await newcomer(server.url, 'me');
  await server.sql(`SET max_recursive_iterations = ${CROWD};
    INSERT INTO user (username, display_name, password_hash,
      created_at)
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n
      WHERE i < ${CROWD})
    SELECT CONCAT('crowd', i), CONCAT(IF(i % 2, 'Test Person ', '测试者'), i),
      '', 0 FROM n`);
});

const found = async (query, limit = 50) => (await expect(me.api.get(
  `/users?limit=${limit}&query=${encodeURIComponent(query)}`), 200)).items
  .map((u) => u.username);
const parts = async (where) => Number((await server.sql(
  `SELECT COUNT(*) FROM name_part ${where}`))[0][0]);

test('a_migration_writes_the_parts_of_all_and_again_changes_none',
  async () => {
    assert.deepEqual(await found('crowd17'), ['crowd17']);
    assert.deepEqual(await found('测试者42'), []);
    await server.ctl('migrate');
    assert.deepEqual((await found('测试者42')).slice(0, 1), ['crowd42']);
    assert.ok((await found('person 17')).includes('crowd17'));
    const all = await parts('');
    await server.ctl('migrate');
    assert.equal(await parts(''), all);
  });

test('one_that_was_cut_short_goes_on', async () => {
  const all = await parts('');
  await server.sql('DELETE FROM name_part WHERE user_id > 700');
  await server.sql('UPDATE name_progress SET upto = 700');
  await server.ctl('migrate');
  assert.equal(await parts(''), all);
});

test('whoever_is_deleted_is_not_written_again', async () => {
  const gone = await newcomer(server.url, 'gone');
  await expect(gone.api.delete('/users/me'), 204);
  await server.sql('UPDATE name_progress SET upto = 0');
  await server.ctl('migrate');
  assert.equal(await parts(`WHERE user_id = ${gone.id}`), 0);
});

// One who hides stands amid the crowd of those who do, and asks.
test('a_crowd_who_hides_does_not_end_a_search', async () => {
  await server.sql(`INSERT INTO user (username, display_name, password_hash,
      hidden, created_at)
    SELECT CONCAT('veiled', i), CONCAT('Veiled ', i), '', 1, 0
    FROM (SELECT CAST(SUBSTR(username, 6) AS UNSIGNED) AS i FROM user
      WHERE username LIKE 'crowd%') crowd`);
  await server.ctl('migrate');
  const account = new Person(server.url, 'veiled2x');
  await expect(account.api.post('/users', { username: account.username,
    password: account.password, display_name: 'Veiled 2x' }), 201);
  const asks = await account.logIn();
  await expect(asks.api.patch('/users/me', { hidden: true }), 200);
  const last = await newcomer(server.url, 'last', { display_name: 'Veiled z' });
  assert.deepEqual(await found('veiled'), [last.username]);
  await expect(asks.api.post('/contact-requests', { user_id: me.id }), 201);
  assert.deepEqual(await found('veiled'), [asks.username, last.username]);
  assert.deepEqual(await found('veiled', 1), [asks.username]);
  await expect(me.api.patch('/users/me',
    { hidden: true, display_name: 'Veiled me' }), 200);
  assert.deepEqual(await found('veiled'),
    [asks.username, me.username, last.username]);
});

// Page after page, however many somebody is shown on one.
async function foundInAll(who, query) {
  const names = [];
  let cursor = '';
  do {
    const page = await expect(who.api.get(
      `/users?limit=50&query=${query}${cursor}`), 200);
    names.push(...page.items.map((u) => u.username));
    cursor = page.next && `&cursor=${page.next}`;
  } while (cursor);
  return names;
}

// Each fits by the username and once more by a word of the display name, where
// only the last one is new.
test('many_who_were_shown_before_do_not_end_a_search', async () => {
  await server.sql(`INSERT INTO user (username, display_name, password_hash,
      created_at)
    SELECT REPLACE(username, 'crowd', 'acme'), 'Somebody Acme', '', 0
    FROM user WHERE username REGEXP '^crowd(1|2[12])'`);
  const all = (await server.sql(
    "SELECT username FROM user WHERE username LIKE 'acme%'")).flat();
  assert.ok(all.length > 1300);
  await server.ctl('migrate');
  const last = await newcomer(server.url, 'last', { display_name: 'Last Acme' });
  const friend = await newcomer(server.url, 'friend');
  await server.sql(`INSERT INTO contact (user_id, contact_id, created_at)
    SELECT ${friend.id}, id, 0 FROM user WHERE username LIKE 'acme%'`);
  for (const who of [me, friend]) {
    const names = await foundInAll(who, 'acme');
    assert.equal(names.at(-1), last.username);
    assert.deepEqual(names.slice(0, -1).sort(), all.sort());
  }
});

// Rows that all statements of the server read, one after another.
async function rowsRead() {
  const rows = await server.sql(`SHOW GLOBAL STATUS WHERE Variable_name IN
    ('Handler_read_next', 'Handler_read_rnd_next', 'Handler_read_rnd')`);
  return rows.reduce((sum, [, n]) => sum + Number(n), 0);
}

test('a_search_reads_what_it_shows', async () => {
  await server.sql('ANALYZE TABLE name_part, user');
  for (const query of ['crowd', 'test', 'person', '测', '试者', 'erson', '1',
    'crowd2999', 'nobody at all']) {
    const start = await rowsRead();
    const { length } = await found(query, 20);
    const read = await rowsRead() - start;
    assert.ok(read < CROWD / 3, `${query}: ${length} found, ${read} rows read`);
  }
});
