// SPDX-License-Identifier: MIT
// The page of a group is whole however much there is of everything.

import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { expect } from '../lib/client.mjs';
import { decode } from '../lib/forms.mjs';
import { useOwn } from '../lib/instance.mjs';
import { groupOf, newcomer, word } from '../lib/people.mjs';

const CROWD = 60;
const server = useOwn('group-pages');
let ann, browser, group, crowd;

before(async () => {
  await server.up();
  ann = await newcomer(server.url, 'ann');
  browser = await ann.browse();
  group = await groupOf(ann, [], { join_policy: 'approval' });
  const name = `crowd${word()}`;
  await server.sql(`INSERT INTO user (username, display_name, password_hash,
    created_at) SELECT CONCAT('${name}_', seq), CONCAT('Crowd ', seq), '', 0
    FROM seq_1_to_${CROWD}`);
  crowd = (await server.sql(`SELECT id FROM user WHERE username LIKE
    '${name}\\_%' ORDER BY id`)).map(([id]) => id);
});

// Every id that a pattern finds in the section of that name, from page to page.
async function walked(list, pattern) {
  const seen = [];
  let path = `/c/${group}/info`, pages = 0;
  while (path) {
    const { status, text } = await browser.send('GET', path);
    assert.equal(status, 200, path);
    const part = new RegExp(
      `<(section|details)[^>]*id="${list}".*?</\\1>`, 's')
      .exec(text)?.[0] ?? '';
    seen.push(...[...part.matchAll(pattern)].map((m) => m[1]));
    const more = [...part.matchAll(/<a href="([^"]*cursor=[^"]*)"/g)];
    path = more.length > 0 ? decode(more[0][1]) : null;
    assert.ok(++pages < 5, `${list} does not end`);
    if (pages > 1)
      assert.match(part, /From the start/);
  }
  return { seen, pages };
}

async function all(list, pattern, expected) {
  const { seen, pages } = await walked(list, pattern);
  assert.deepEqual(seen.map(Number).sort((a, b) => a - b),
    expected.map(Number).sort((a, b) => a - b));
  assert.equal(pages, 2);
}

test('requests_are_paged', async () => {
  await server.sql(`INSERT INTO join_request (conv_id, user_id, created_at)
    SELECT ${group}, id, 1000 + id FROM user WHERE id IN (${crowd})`);
  await all('requests', /id="r-(\d+)"/g, crowd);
});

test('members_are_paged', async () => {
  for (const id of crowd)
    await expect(ann.api.post(
      `/conversations/${group}/join-requests/${id}/accept`), 204);
  await all('members', /data-member="(\d+)"/g, [ann.id, ...crowd]);
});

test('contacts_to_be_added_are_paged', async () => {
  const name = `friend${word()}`;
  await server.sql(`INSERT INTO user (username, display_name, password_hash,
      created_at) SELECT CONCAT('${name}_', seq), 'Friend', '', 0
      FROM seq_1_to_205;
    INSERT INTO contact (user_id, contact_id, created_at)
      SELECT ${ann.id}, id, 0 FROM user WHERE username LIKE '${name}\\_%'`);
  const friends = (await server.sql(`SELECT contact_id FROM contact
    WHERE user_id = ${ann.id}`)).map(([id]) => id);
  assert.equal(friends.length, 205);
  await all('contacts', /name="user_ids" value="(\d+)"/g, friends);
  const { text } = await browser.send('GET', '/groups/new');
  assert.match(text, /Not all of your contacts are here/);
});

test('bans_are_paged', async () => {
  for (const id of crowd)
    await expect(ann.api.delete(
      `/conversations/${group}/members/${id}?ban=true`), 204);
  await all('bans', /id="b-(\d+)"/g, crowd);
});

test('invitations_are_paged', async () => {
  for (const id of crowd)
    await expect(ann.api.delete(`/conversations/${group}/bans/${id}`), 204);
  await expect(ann.api.post(`/conversations/${group}/members`,
    { user_ids: crowd }), 201);
  await all('invitations', /id="i-(\d+)"/g, crowd);
});

test('links_are_paged', async () => {
  const ids = [];
  for (let i = 0; i < CROWD; i++)
    ids.push((await expect(ann.api.post(`/conversations/${group}/links`, {}),
      201)).id);
  await all('links', /id="l-(\d+)"/g, ids);
});

test('whoever_may_not_see_a_list_gets_no_page_of_it', async () => {
  const [id] = crowd;
  const bob = await newcomer(server.url, 'bob');
  await expect(bob.api.post(
    `/conversations/${group}/join-requests`), 201);
  await expect(ann.api.post(
    `/conversations/${group}/join-requests/${bob.id}/accept`), 204);
  const { status, text } = await (await bob.browse()).send('GET',
    `/c/${group}/info?list=invitations&cursor=0`);
  assert.equal(status, 200);
  assert.ok(!text.includes(`i-${id}"`));
});
