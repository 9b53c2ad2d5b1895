// SPDX-License-Identifier: MIT
//
// Who may do what: every call about a conversation, by everybody there is,
// against the table that lib/conversation/rights.c keeps.
//
// The letters of the table: + may (any answer that is no refusal), - forbidden,
// ? not_found, o not_a_member, b banned, m muted, x blocked, k not_a_contact,
// c conflict.  Who may, changes something: the next one gets another group, so
// that no answer depends on an earlier one.

import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { expect } from '../lib/client.mjs';
import { useOwn } from '../lib/instance.mjs';
import { befriend, groupOf, newcomer, word } from '../lib/people.mjs';

const server = useOwn('rights',
  { settings: { 'rate_limit.enabled': 'off' } });

const LETTERS = { '-': [403, 'forbidden'], '?': [404, 'not_found'],
  o: [403, 'not_a_member'], b: [403, 'banned'], m: [403, 'muted'],
  x: [403, 'blocked'], k: [403, 'not_a_contact'], c: [409, 'conflict'] };

const LATER = '2100-01-01T00:00:00Z';
const PERMISSIONS = ['invite', 'remove', 'mute', 'edit'];

// Everybody, once; each call then makes its own scene of them.
const cast = {};
before(async () => {
  await server.up();
  const names = ['owner', 'admin', 'helper', 'member', 'muted', 'target',
    'stranger', 'visitor', 'former', 'banned', 'site', 'asker', 'extra'];
  cast.invitee = await newcomer(server.url, 'invitee'); // nobody's contact
  for (const name of names)
    cast[name] = await newcomer(server.url, name);
  await server.sql(`UPDATE user SET role = 1 WHERE id = ${cast.site.id}`);
  for (const name of names.slice(1))
    await befriend(cast.owner, cast[name]);
  await befriend(cast.admin, cast.extra);
});

const ROLES = ['stranger', 'visitor', 'former', 'banned', 'member', 'muted',
  'helper', 'admin', 'owner']; // helper: an admin without any permission

// Each call with a letter for each of those.
const CALLS = [
  ['see', '?oob+++++', (g) => ['GET', g]],
  ['history', '?oob+++++', (g, s) => ['GET', `/messages?conv_id=${s.id}`]],
  ['send', '?oob+m+++', (g, s) => ['POST', '/messages',
    { conv_id: s.id, content: 'hm', client_msg_id: word(20) }]],
  ['read', '?oob+++++', (g) => ['PUT', `${g}/read`, { seq: 1 }]],
  ['own view', '?oob+++++', (g) => ['PATCH', g, { pinned: true }]],
  ['members', '?oob+++++', (g) => ['GET', `${g}/members`]],
  ['nickname', '?oob+++++', (g, s, who) => ['PATCH', `${g}/members/${who.id}`,
    { nickname: 'Nick' }]],
  ['title', '?oob---++', (g) => ['PATCH', g, { title: 'Another' }]],
  ['policy', '?oob---++', (g, s) => ['PATCH', g, { join_policy: s.policy,
    description: word() }]],
  ['limit', '?oob---++', (g) => ['PATCH', g, { max_members: 77 }]],
  ['mute all', '?oob---++', (g) => ['PATCH', g, { muted_all: true }]],
  ['slow mode', '?oob---++', (g) => ['PATCH', g, { slow_mode_s: 3 }]],
  ['add', '?oob---++', (g) => ['POST', `${g}/members`,
    { user_id: cast.extra.id }]],
  ['mute', '?oob---++', (g) => ['PATCH', `${g}/members/${cast.target.id}`,
    { muted_until: LATER }]],
  ['promote', '?oob----+', (g) => ['PATCH', `${g}/members/${cast.target.id}`,
    { role: 'admin' }]],
  ['remove', '?oob---++', (g) => ['DELETE', `${g}/members/${cast.target.id}`]],
  ['ban', '?oob---++', (g) => ['DELETE',
    `${g}/members/${cast.target.id}?ban=true`]],
  ['bans', '?oob---++', (g) => ['GET', `${g}/bans`]],
  ['unban', '?oob---++', (g) => ['DELETE', `${g}/bans/${cast.banned.id}`]],
  ['remove the owner', '?oob----c', (g) => ['DELETE',
    `${g}/members/${cast.owner.id}`]],
  ['leave', '?oob++++c', (g, s, who) => ['DELETE', `${g}/members/${who.id}`]],
  ['transfer', '?oob----+', (g) => ['POST', `${g}/transfer`,
    { user_id: cast.target.id }]],
  ['dissolve', '?oob----+', (g) => ['DELETE', g]],
  ['requests', '?oob---++', (g) => ['GET', `${g}/join-requests`]],
  ['accept', '?oob---++', (g) => ['POST',
    `${g}/join-requests/${cast.asker.id}/accept`]],
  ['reject', '?oob---++', (g) => ['POST',
    `${g}/join-requests/${cast.asker.id}/reject`]],
  ['invitations', '?oob---++', (g) => ['GET', `${g}/invitations`]],
  ['withdraw', '?oob---++', (g) => ['DELETE',
    `${g}/invitations/${cast.invitee.id}`]],
  ['links', '?oob---++', (g) => ['GET', `${g}/links`]],
  ['make a link', '?oob---++', (g) => ['POST', `${g}/links`, {}]],
  ['revoke', '?oob---++', (g, s) => ['DELETE', `${g}/links/${s.link.id}`]],
  ['join', '?++b+++++', (g) => ['POST', `${g}/join`]],
  ['ask', '?++bccccc', (g) => ['POST', `${g}/join-requests`]],
  ['card', '?++b+++++', (g, s) => ['GET', `/groups/${s.id}`]],
  ['follow a link', '+++b+++++', (g, s) => ['POST', `/join/${s.link.token}`]],
];
// A group in which each of the cast is what they are called.
async function scene(policy) {
  const { owner, admin, helper, member, muted, target, former, banned,
    asker } = cast;
  const id = await groupOf(owner, [admin, helper, member, muted, target, former,
    banned], { join_policy: 'approval' }, true);
  const at = `/conversations/${id}`;
  const asMember = (who, more) => expect(
    owner.api.patch(`${at}/members/${who.id}`, more), 200);
  await asMember(admin, { role: 'admin', permissions: PERMISSIONS });
  await asMember(helper, { role: 'admin', permissions: [] });
  await asMember(muted, { muted_until: LATER });
  await expect(former.api.delete(`${at}/members/${former.id}`), 204);
  await expect(owner.api.delete(`${at}/members/${banned.id}?ban=true`), 204);
  await expect(asker.api.post(`${at}/join-requests`), 201);
  await expect(owner.api.post(`${at}/members`,
    { user_id: cast.invitee.id }), 201);
  const link = await expect(owner.api.post(`${at}/links`), 201);
  if (policy !== 'approval')
    await expect(owner.api.patch(at, { join_policy: policy }), 200);
  return { id, at, link, policy };
}

function judge(res, letter, what) {
  if (letter === '+') {
    assert.ok(res.status < 400, `${what}: ${res.status} ${res.text}`);
    return;
  }
  const [status, code] = LETTERS[letter];
  assert.equal(`${res.status} ${res.json?.code}`, `${status} ${code}`, what);
}

const send = (who, [method, path, body]) =>
  who.api.call(method, path, body ?? (method === 'POST' ? {} : undefined));

for (const [name, letters, request] of CALLS)
  test(`${name.replaceAll(' ', '_')}_is_as_the_table_says`, async () => {
    let s;
    for (const [i, role] of ROLES.entries()) {
      // To a stranger a group is one that nobody may know of.
      const policy = role === 'stranger' ? 'invite' : 'approval';
      if (s?.policy !== policy)
        s = await scene(policy);
      const call = request(s.at, s, cast[role]);
      judge(await send(cast[role], call), letters[i], `${name} by ${role}`);
      if (letters[i] === '+' && call[0] !== 'GET')
        s = undefined;
    }
  });

test('an_administrator_of_the_site_is_nobody_in_others_groups', async () => {
  const s = await scene('invite');
  for (const [name, letters, request] of CALLS)
    if (letters[0] === '?')
      judge(await send(cast.site, request(s.at, s, cast.site)), '?',
        `${name} by an administrator`);
});

test('in_a_direct_conversation_there_is_nothing_to_govern', async () => {
  const { owner, member, visitor } = cast;
  const { id } = await expect(owner.api.post('/conversations',
    { type: 'direct', user_id: member.id }), 200);
  const s = { id, at: `/conversations/${id}`, policy: 'open',
    link: { id: '999999' } };
  const anybodys = ['see', 'history', 'send', 'read', 'own view', 'members'];
  for (const [name, letters, request] of CALLS) {
    if (name === 'follow a link')
      continue;
    const call = request(s.at, s, owner);
    judge(await send(visitor, request(s.at, s, visitor)), '?',
      `${name} by a stranger`);
    judge(await send(owner, call), anybodys.includes(name) ? '+' : '-',
      `${name} in a direct conversation`);
  }
});

test('who_blocks_or_is_no_contact_any_more_is_not_written_to', async () => {
  const { owner, former, banned } = cast;
  const direct = async (who) => (await expect(owner.api.post('/conversations',
    { type: 'direct', user_id: who.id }), 200)).id;
  const say = (id) => owner.api.post('/messages',
    { conv_id: id, content: 'hm', client_msg_id: word(20) });
  const [a, b] = [await direct(former), await direct(banned)];
  await expect(owner.api.delete(`/contacts/${former.id}`), 204);
  await expect(banned.api.put(`/blocks/${owner.id}`), 204);
  judge(await say(a), 'k', 'to somebody who is no contact');
  judge(await say(b), 'x', 'to somebody who blocked');
  judge(await owner.api.get(`/messages?conv_id=${b}`), '+', 'reading it');
});
