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
const PERMISSIONS = ['invite', 'remove', 'mute', 'edit', 'pin',
  'delete_messages'];

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

// Of a group (ousted: a former member of one that cannot be joined; helper: an
// admin without any permission), of a direct conversation (what the other is
// to the caller), of the world channel.
const ROLES = ['stranger', 'visitor', 'former', 'ousted', 'banned', 'member',
  'muted', 'helper', 'admin', 'owner'];
const PEERS = ['contact', 'gone', 'other', 'blocked'];
const PUBLIC = ['member', 'muted', 'site'];

// Each call with a letter for each of those.
const CALLS = [
  ['see', '?ooob+++++ ++++ +++', (g) => ['GET', g]],
  ['history', '?ooob+++++ ++++ +++', (g, s) => ['GET', `/messages?conv_id=${s.id}`]],
  ['send', '?ooob+m+++ +kkx +m+', (g, s) => ['POST', '/messages',
    { conv_id: s.id, content: 'hm', client_msg_id: word(20) }]],
  ['read', '?ooob+++++ ++++ +++', (g) => ['PUT', `${g}/read`, { seq: 1 }]],
  ['own view', '?ooob+++++ ++++ +++', (g) => ['PATCH', g, { pinned: true }]],
  ['members', '?ooob+++++ ++++ --+', (g) => ['GET', `${g}/members`]],
  ['nickname', '?ooob+++++ ---- ---', (g, s, who) => ['PATCH', `${g}/members/${who.id}`,
    { nickname: 'Nick' }]],
  ['title', '?ooob---++ ---- --+', (g) => ['PATCH', g, { title: 'Another' }]],
  ['policy', '?ooob---++ ---- --+', (g, s) => ['PATCH', g, { join_policy: s.policy,
    description: word() }]],
  ['limit', '?ooob---++ ---- --+', (g) => ['PATCH', g, { max_members: 77 }]],
  ['mute all', '?ooob---++ ---- --+', (g) => ['PATCH', g, { muted_all: true }]],
  ['slow mode', '?ooob---++ ---- --+', (g) => ['PATCH', g, { slow_mode_s: 3 }]],
  ['pins', '?ooob+++++ ++++ +++', (g) => ['GET', `${g}/pins`]],
  ['pin', '?ooob---++ +kkx --+', (g, s) => ['PUT', `${g}/pins/${s.said}`]],
  ['unpin', '?ooob---++ +kkx --+', (g, s) => ['DELETE',
    `${g}/pins/${s.pinned ?? s.said}`]],
  ['delete a message', '?ooob---++ ---- --+', (g, s) => ['DELETE',
    `/messages/${s.said}`]],
  ['switch', '?ooob----- ---- --+', (g) => ['PATCH', g, { enabled: true }]],
  ['add', '?ooob---++ ---- ---', (g) => ['POST', `${g}/members`,
    { user_id: cast.extra.id }]],
  ['mute', '?ooob---++ ---- --+', (g) => ['PATCH', `${g}/members/${cast.target.id}`,
    { muted_until: LATER }]],
  ['promote', '?ooob----+ ---- ---', (g) => ['PATCH', `${g}/members/${cast.target.id}`,
    { role: 'admin' }]],
  ['remove', '?ooob---++ ---- ---', (g) => ['DELETE', `${g}/members/${cast.target.id}`]],
  ['ban', '?ooob---++ ---- ---', (g) => ['DELETE',
    `${g}/members/${cast.target.id}?ban=true`]],
  ['bans', '?ooob---++ ---- ---', (g) => ['GET', `${g}/bans`]],
  ['unban', '?ooob---++ ---- ---', (g) => ['DELETE', `${g}/bans/${cast.banned.id}`]],
  ['remove the owner', '?ooob----c ---- ---', (g) => ['DELETE',
    `${g}/members/${cast.owner.id}`]],
  ['leave', '?ooob++++c ---- ---', (g, s, who) => ['DELETE', `${g}/members/${who.id}`]],
  ['transfer', '?ooob----+ ---- ---', (g) => ['POST', `${g}/transfer`,
    { user_id: cast.target.id }]],
  ['dissolve', '?ooob----+ ---- ---', (g) => ['DELETE', g]],
  ['requests', '?ooob---++ ---- ---', (g) => ['GET', `${g}/join-requests`]],
  ['accept', '?ooob---++ ---- ---', (g) => ['POST',
    `${g}/join-requests/${cast.asker.id}/accept`]],
  ['reject', '?ooob---++ ---- ---', (g) => ['POST',
    `${g}/join-requests/${cast.asker.id}/reject`]],
  ['invitations', '?ooob---++ ---- ---', (g) => ['GET', `${g}/invitations`]],
  ['withdraw', '?ooob---++ ---- ---', (g) => ['DELETE',
    `${g}/invitations/${cast.invitee.id}`]],
  ['links', '?ooob---++ ---- ---', (g) => ['GET', `${g}/links`]],
  ['make a link', '?ooob---++ ---- ---', (g) => ['POST', `${g}/links`, {}]],
  ['revoke', '?ooob---++ ---- ---', (g, s) => ['DELETE', `${g}/links/${s.link.id}`]],
  ['join', '?++-b+++++ ---- +++', (g) => ['POST', `${g}/join`]],
  ['ask', '?++-bccccc ---- ccc', (g) => ['POST', `${g}/join-requests`]],
  ['card', '?++?b+++++ ???? ???', (g, s) => ['GET', `/groups/${s.id}`]],
  ['follow a link', '++++b+++++  ', (g, s) => ['POST', `/join/${s.link.token}`]],
].map(([name, letters, request]) => {
  const [group, direct, world] = letters.split(' ');
  return { name, group, direct, world, request };
});

// Whoever owns it by now, it is over: what waits outside is bounded.
async function end(s) {
  for (const who of s ? [cast.owner, cast.target] : [])
    await who.api.delete(s.at);
}

// A group in which each of the cast is what they are called.
async function scene(policy, before) {
  await end(before);
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
  const said = (await target.say(id, 'something')).id;
  const pinned = (await owner.say(id, 'the rules')).id;
  await expect(owner.api.put(`${at}/pins/${pinned}`), 204);
  if (policy !== 'approval')
    await expect(owner.api.patch(at, { join_policy: policy }), 200);
  return { id, at, link, said, pinned, policy };
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

for (const { name, group: letters, request } of CALLS)
  test(`${name.replaceAll(' ', '_')}_is_as_the_table_says`, async () => {
    let s;
    for (const [i, role] of ROLES.entries()) {
      // To these a group is one that nobody may know of.
      const policy = ['stranger', 'ousted'].includes(role) ? 'invite' :
        'approval';
      if (s?.policy !== policy)
        s = await scene(policy, s);
      const who = cast[role === 'ousted' ? 'former' : role];
      const call = request(s.at, s, who);
      judge(await send(who, call), letters[i], `${name} by ${role}`);
      if (letters[i] === '+' && call[0] !== 'GET')
        s = { at: s.at };
    }
    await end(s);
  });

test('who_is_nobody_here_is_so_whatever_else_they_are', async () => {
  const s = await scene('invite');
  const barred = await newcomer(server.url, 'barred');
  await befriend(cast.owner, barred);
  await expect(cast.owner.api.put(`/blocks/${barred.id}`), 204);
  const people = { administrator: cast.site, contact: cast.visitor,
    'one who is blocked': barred };
  for (const { name, group, request } of CALLS)
    for (const [what, who] of Object.entries(people))
      if (group[0] === '?')
        judge(await send(who, request(s.at, s, who)), '?',
          `${name} by the ${what}`);
  await end(s);
});

// The owner's direct conversation with each kind of peer.
async function peers() {
  const made = {};
  for (const kind of PEERS) {
    const peer = await newcomer(server.url, kind);
    made[kind] = { peer, id: await befriend(cast.owner, peer, 'hello') };
  }
  await expect(made.gone.peer.api.delete('/users/me'), 204);
  await expect(cast.owner.api.delete(`/contacts/${made.other.peer.id}`), 204);
  await expect(made.blocked.peer.api.put(`/blocks/${cast.owner.id}`), 204);
  return made;
}

test('in_a_direct_conversation_there_is_nothing_to_govern', async () => {
  const { owner, visitor } = cast;
  const made = await peers();
  for (const [i, kind] of PEERS.entries()) {
    const { id } = made[kind];
    const s = { id, at: `/conversations/${id}`, policy: 'open',
      link: { id: '999999' }, said: (await owner.history(id)).items[0].id };
    for (const { name, direct, request } of CALLS.filter((c) => c.direct)) {
      judge(await send(visitor, request(s.at, s, visitor)), '?',
        `${name} by a stranger`);
      judge(await send(owner, request(s.at, s, owner)), direct[i],
        `${name} in a direct conversation with ${kind}`);
    }
  }
});

test('in_the_world_channel_administrators_keep_order', async () => {
  const { site, target, muted } = cast;
  const { id } = await expect(site.api.get('/world'), 200);
  const said = (await target.say(id, 'hello, world')).id;
  const s = { id, at: `/conversations/${id}`, policy: 'open',
    link: { id: '999999' }, said };
  await expect(site.api.patch(`${s.at}/members/${muted.id}`,
    { muted_until: LATER }), 200);
  for (const { name, world, request } of CALLS.filter((c) => c.world)) {
    for (const [i, role] of PUBLIC.entries())
      judge(await send(cast[role], request(s.at, s, cast[role])), world[i],
        `${name} by ${role} in the world`);
    await expect(site.api.patch(s.at,
      { muted_all: false, slow_mode_s: 0 }), 200);
  }
  await expect(site.api.patch(`${s.at}/members/${target.id}`,
    { muted_until: null }), 200);
  await expect(site.api.patch(s.at, { enabled: false }), 200);
  for (const { name, world, request } of CALLS.filter((c) => c.world))
    judge(await send(target, request(s.at, s, target)), '?',
      `${name} while it is switched off`);
  await expect(site.api.patch(s.at, { enabled: true }), 200);
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
