// SPDX-License-Identifier: MIT
// The pages of one message and of what is pinned, without a script.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { follow, formsOf, submit } from '../lib/forms.mjs';
import { useShared } from '../lib/instance.mjs';
import { groupOf, newcomer, pair } from '../lib/people.mjs';

const server = useShared();

const page = async (browser, path, status = 200) => {
  const res = await browser.send('GET', path);
  assert.equal(res.status, status, path);
  return res;
};

test('a_message_is_pinned_found_and_unpinned_by_forms_alone', async () => {
  const [ann, bob, conv] = await pair(server.url);
  const m = await bob.say(conv, 'the *address*');
  const browser = await ann.browse();
  const chat = await page(browser, `/c/${conv}`);
  const its = `/c/${conv}/m/${m.seq}`;
  assert.ok(chat.text.includes(`href="${its}"`));
  const pin = `/conversations/${conv}/pins/${m.id}`;
  const pinned = await follow(browser, submit(browser, its, pin));
  assert.equal(pinned.location, `/c/${conv}/pins`);
  assert.ok(pinned.text.includes('<em>address</em>'));
  assert.ok((await page(browser, `/c/${conv}/info`)).text
    .includes(`href="/c/${conv}/pins"`));
  const after = await follow(browser, submit(browser, its, pin, {}, 'DELETE'));
  assert.ok(!after.text.includes('<em>address</em>'));
});

test('beyond_a_chat_a_message_tells_its_day_too', async () => {
  const [ann, bob, conv] = await pair(server.url);
  const m = await bob.say(conv, 'noon');
  const at = new Date(m.created_at);
  const when = `${at.getUTCDate()} ${at.toLocaleString('en-GB',
    { month: 'long', timeZone: 'UTC' })} ${at.getUTCFullYear()} ${
    m.created_at.slice(11, 16)}`;
  const browser = await ann.browse();
  const its = `/c/${conv}/m/${m.seq}`;
  await submit(browser, its, `/conversations/${conv}/pins/${m.id}`);
  for (const path of [its, `/c/${conv}/pins`, `/c/${conv}/m/${m.seq + 1}`])
    assert.ok((await page(browser, path)).text.includes(`>${when}</time>`),
      path);
  assert.ok(!(await page(browser, `/c/${conv}`)).text.includes(when));
});

test('who_may_not_is_offered_nothing', async () => {
  const [ann, bob, cyd] = await Promise.all(['ann', 'bob', 'cyd']
    .map((name) => newcomer(server.url, name)));
  const group = await groupOf(ann, [bob]);
  const m = await ann.say(group, 'mine');
  const its = `/c/${group}/m/${m.seq}`;
  const browser = await bob.browse();
  assert.ok(!(await page(browser, `/c/${group}`)).text.includes('class="act"'));
  const { text } = await page(browser, its);
  assert.deepEqual(formsOf(text).filter((f) => f.action.includes(m.id)), []);
  await page(browser, `/c/${group}/m/999`, 404);
  await page(await cyd.browse(), its, 404);
});

test('a_message_is_deleted_for_all_by_a_form', async () => {
  const [ann, bob] = await Promise.all(['ann', 'bob']
    .map((name) => newcomer(server.url, name)));
  const group = await groupOf(ann, [bob]);
  const m = await bob.say(group, 'something bad');
  const browser = await ann.browse();
  const gone = await follow(browser, submit(browser,
    `/c/${group}/m/${m.seq}`, `/messages/${m.id}`));
  assert.ok(gone.text.includes('Message deleted'));
  assert.deepEqual(formsOf(gone.text).filter((f) => f.action.includes(m.id)),
    []);
  const seen = await bob.browse();
  for (const path of ['/', `/c/${group}`]) {
    const { text } = await page(seen, path);
    assert.ok(text.includes('Message deleted'));
    assert.ok(!text.includes('something bad'));
  }
});
