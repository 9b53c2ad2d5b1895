// SPDX-License-Identifier: MIT
// Messages: once each, in order, whatever is sent at once.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expect, faults } from '../lib/client.mjs';
import { useShared } from '../lib/instance.mjs';
import { befriend, groupOf, newcomer, pair, word } from '../lib/people.mjs';

const server = useShared();

const send = (who, fields) => who.api.post('/messages', fields);

test('a_message_comes_back_as_sent', async () => {
  const [ann, , conv] = await pair(server.url);
  const id = word(24);
  const sent = await expect(send(ann, { conv_id: conv, client_msg_id: id,
    type: 'text', content: '你好, *Bob*\n\t!' }), 201);
  assert.equal(sent.conv_id, conv);
  assert.equal(sent.seq, 1);
  assert.equal(sent.client_msg_id, id);
  assert.deepEqual(sent.sender, { id: ann.id, type: 'user',
    display_name: 'ann' });
  assert.equal(sent.content, '你好, *Bob*\n\t!');
  assert.equal(sent.reply_to, null);
  assert.equal(sent.edited_at, null);
  assert.equal(sent.recalled_at, null);
  assert.equal(sent.status, 'sent');
  assert.ok(Math.abs(Date.parse(sent.created_at) - Date.now()) < 60_000);
  assert.deepEqual((await ann.history(conv)).items, [sent]);
});

test('a_message_goes_to_a_contact_by_user_id', async () => {
  const [ann, bob, conv] = await pair(server.url);
  const sent = await expect(send(ann, { to: bob.id, content: 'hi' }), 201);
  assert.equal(sent.conv_id, conv);
});

test('without_type_it_is_text_and_without_an_id_the_server_makes_one',
  async () => {
    const [ann, , conv] = await pair(server.url);
    const one = await expect(send(ann, { conv_id: conv, content: 'x' }), 201);
    const two = await expect(send(ann, { conv_id: conv, content: 'x' }), 201);
    assert.equal(one.type, 'text');
    assert.match(one.client_msg_id, /^[\x21-\x7e]{1,64}$/);
    assert.notEqual(one.client_msg_id, two.client_msg_id);
    assert.equal(two.seq, 2);
  });

test('the_same_message_again_is_the_same_message', async () => {
  const [ann, bob, conv] = await pair(server.url);
  const draft = { conv_id: conv, client_msg_id: word(24), content: 'once' };
  const sent = await expect(send(ann, draft), 201);
  await bob.say(conv, 'in between');
  for (const again of [draft, { ...draft, conv_id: undefined, to: bob.id }]) {
    const repeat = await expect(send(ann, again), 200);
    assert.equal(repeat.id, sent.id);
    assert.equal(repeat.seq, sent.seq);
    assert.equal(repeat.created_at, sent.created_at);
  }
  assert.equal((await ann.history(conv)).items.length, 2);
});

test('two_identical_sends_at_once_are_one_message', async () => {
  const [ann, , conv] = await pair(server.url);
  for (let round = 0; round < 10; round++) {
    const draft = { conv_id: conv, client_msg_id: word(24), content: 'twin' };
    const replies = await Promise.all([send(ann, draft), send(ann, draft)]);
    assert.deepEqual(replies.map((r) => r.status).sort(), [200, 201],
      replies.map((r) => r.text).join('\n'));
    assert.equal(replies[0].json.id, replies[1].json.id);
  }
  const { items } = await ann.history(conv);
  assert.deepEqual(items.map((m) => m.seq), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
});

test('an_id_reused_for_another_content_is_refused', async () => {
  const [ann, , conv] = await pair(server.url);
  const draft = { conv_id: conv, client_msg_id: word(24), content: 'first' };
  await expect(send(ann, draft), 201);
  await expect(send(ann, { ...draft, content: 'second' }), 422,
    'client_msg_id_reused');
  assert.equal((await ann.history(conv)).items.length, 1);
});

test('two_people_may_use_the_same_id', async () => {
  const [ann, bob, conv] = await pair(server.url);
  const draft = { conv_id: conv, client_msg_id: 'same', content: 'x' };
  await expect(send(ann, draft), 201);
  await expect(send(bob, draft), 201);
});

test('seq_is_dense_and_time_never_goes_back_under_eight_senders', async () => {
  const [ann, bob, conv] = await pair(server.url);
  const sender = async (who) => {
    const seqs = [];
    for (let i = 0; i < 12; i++)
      seqs.push((await who.say(conv, `m${i}`)).seq);
    return seqs;
  };
  const seqs = (await Promise.all([ann, bob, ann, bob, ann, bob, ann, bob]
    .map(sender))).flat();
  const dense = Array.from({ length: 96 }, (_, i) => i + 1);
  assert.deepEqual([...seqs].sort((x, y) => x - y), dense);
  const { items } = await ann.history(conv, '&limit=200');
  assert.deepEqual(items.map((m) => m.seq), dense);
  for (let i = 1; i < items.length; i++)
    assert.ok(items[i].created_at >= items[i - 1].created_at, `at ${i + 1}`);
});

test('concurrent_senders_see_their_own_order_kept', async () => {
  const [ann, bob, conv] = await pair(server.url);
  await Promise.all([ann, bob].map(async (who) => {
    for (let i = 0; i < 10; i++)
      await who.say(conv, `${who.username} ${i}`);
  }));
  const { items } = await ann.history(conv);
  for (const who of [ann, bob])
    assert.deepEqual(items.filter((m) => m.sender.id === who.id)
      .map((m) => Number(m.content.split(' ')[1])),
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

test('a_stranger_cannot_be_written_to', async () => {
  const ann = await newcomer(server.url, 'ann');
  const bob = await newcomer(server.url, 'bob');
  await expect(send(ann, { to: bob.id, content: 'x' }), 403, 'not_a_contact');
  await expect(send(ann, { to: '999999999', content: 'x' }), 404,
    'not_found');
  await expect(send(ann, { conv_id: '999999999', content: 'x' }), 404,
    'not_found');
});

test('a_message_needs_a_place_and_a_content', async () => {
  const [ann, bob, conv] = await pair(server.url);
  const missing = await faults(send(ann, {}));
  assert.ok(missing.includes('content'), missing.join());
  assert.ok(missing.length >= 2, 'and where it goes');
  assert.deepEqual(await faults(send(ann, { conv_id: conv })), ['content']);
  assert.equal((await send(ann, { conv_id: conv, to: ann.id,
    content: 'x' })).status, 422);
  assert.deepEqual(await faults(send(ann, { to: ann.id, content: 'x' })),
    ['to']);
  assert.deepEqual(await faults(send(ann, { content: 7 })),
    ['content', 'conv_id']);
  assert.deepEqual(await faults(send(ann, { to: 'nobody', content: ' ' })),
    ['content', 'to']);
  assert.ok(bob);
});

// content -> accepted?
const CONTENTS = [
  ['8,000 characters', 'x'.repeat(8000), true],
  ['8,000 characters of three bytes', '字'.repeat(8000), true],
  ['8,001 characters', 'x'.repeat(8001), false],
  ['over 24 KiB in bytes', '𠮷'.repeat(6200), false],
  ['nothing', '', false],
  ['blanks only', ' \n\t ', false],
  ['newline and tab', 'a\n\tb', true],
  ['NUL', 'a\u0000b', false],
  ['a bell', 'a\u0007b', false],
  ['escape', '\u001b[31m', false],
  ['delete', 'a\u007fb', false],
  ['a C1 control', 'a\u0085b', false],
  ['marks of direction', '\u202a+1 555 0100\u202c', true],
  ['a lone surrogate', '\ud800', false],
  ['emoji with joiners', '👩‍👩‍👧‍👦', true],
  ['right to left', 'שלום', true],
  ['a number', 5, false],
  ['a list', ['x'], false],
  ['an object', { text: 'x' }, false],
  ['null', null, false],
];

test('only_text_within_bounds_is_a_content', async () => {
  const [ann, , conv] = await pair(server.url);
  let seq = 0;
  for (const [what, content, good] of CONTENTS) {
    const res = await send(ann, { conv_id: conv, content });
    if (good) {
      assert.equal(res.status, 201, `${what}: ${res.text}`);
      assert.equal(res.json.content, content, what);
      assert.equal(res.json.seq, ++seq, what);
    } else {
      assert.ok([422, 400].includes(res.status), `${what}: ${res.status}`);
    }
  }
  assert.equal((await ann.conversation(conv)).last_seq, seq);
});

test('only_printable_ascii_up_to_64_is_a_client_msg_id', async () => {
  const [ann, , conv] = await pair(server.url);
  for (const id of ['', ' ', 'a b', 'é', 'x'.repeat(65), 'a\nb', 'a\u0000',
    7, null, {}]) {
    const res = await send(ann, { conv_id: conv, client_msg_id: id,
      content: 'x' });
    if (id === null && res.status === 201)
      continue; // null may be as good as absent
    assert.equal(res.status, 422, `${JSON.stringify(id)}: ${res.text}`);
  }
  await expect(send(ann, { conv_id: conv, content: 'x',
    client_msg_id: `!~${'x'.repeat(62)}` }), 201);
});

test('only_text_is_a_type_yet', async () => {
  const [ann, , conv] = await pair(server.url);
  for (const type of ['image', 'TEXT', '', 5])
    assert.equal((await send(ann, { conv_id: conv, type, content: 'x' }))
      .status, 422, String(type));
});

test('a_reply_names_a_message_of_the_same_conversation', async () => {
  const [ann, bob, conv] = await pair(server.url);
  const first = await ann.say(conv, 'question');
  const answer = await bob.say(conv, 'answer', { reply_to: first.id });
  assert.equal(answer.reply_to, first.id);
  const [eve, , other] = await pair(server.url, ['eve', 'mal']);
  for (const reply_to of [first.id, '999999999'])
    assert.ok([404, 422].includes((await send(eve, { conv_id: other,
      reply_to, content: 'x' })).status));
});

test('html_is_a_sanitised_rendering_of_the_content', async () => {
  const [ann, , conv] = await pair(server.url);
  const table = [
    ['plain', /plain/, null],
    ['<script>alert(1)</script>', /&lt;script/, /<script/i],
    ['<img src=x onerror=alert(1)>', /&lt;img/, /<img/i],
    ['[x](javascript:alert(1))', null, /javascript:/i],
    ['[x](JaVaScRiPt:alert(1))', null, /href="javascript/i],
    ['[x](data:text/html,x)', null, /href="data:/i],
    ['![x](http://example.org/x.png)', null, /<img/i],
    ['"quoted" & <b>', /&lt;b/, /<b>/],
    ['**bold** and `code`', /<strong>bold<\/strong>.*<code>code<\/code>/,
      null],
    ['https://example.org/a?b=c&d', /href="https:\/\/example\.org/, null],
    ['[a](https://e.org/"onclick="x)', null, /onclick="x/],
    ['# not a heading for the page', null, /<h1/],
  ];
  for (const [content, has, lacks] of table) {
    const { html } = await ann.say(conv, content);
    if (has)
      assert.match(html, has, content);
    if (lacks)
      assert.doesNotMatch(html, lacks, content);
  }
});

test('a_reply_is_to_what_its_sender_can_see', async () => {
  const [ann, bob, conv] = await pair(server.url);
  const cyd = await newcomer(server.url, 'cyd');
  await befriend(ann, cyd);
  const group = await groupOf(ann, [bob], {}, true);
  const old = await ann.say(group, 'before cyd came');
  await expect(ann.api.post(`/conversations/${group}/members`,
    { user_id: cyd.id }), 201);
  const reply = (who, to, id) => send(who, { conv_id: to, content: 'indeed',
    reply_to: id });
  assert.deepEqual(await faults(reply(cyd, group, old.id)), ['reply_to']);
  await expect(reply(bob, group, old.id), 201);
  const seen = await ann.say(group, 'since');
  await expect(reply(cyd, group, seen.id), 201);
  await expect(ann.api.patch(`/conversations/${group}`, { from_start: true }),
    200);
  await expect(reply(cyd, group, old.id), 201);
  // Nor to what one has emptied one's own view of.
  const said = await ann.say(conv, 'hello');
  await expect(bob.api.delete(`/contacts/${ann.id}?history=delete`), 204);
  await befriend(bob, ann);
  assert.deepEqual(await faults(reply(bob, conv, said.id)), ['reply_to']);
  await expect(reply(ann, conv, said.id), 201);
  // A repeat is what it was.
  const id = word(24);
  const draft = { conv_id: conv, content: 'x', client_msg_id: id,
    reply_to: (await ann.say(conv, 'again')).id };
  const sent = await expect(send(bob, draft), 201);
  assert.equal((await expect(send(bob, draft), 200)).id, sent.id);
});
