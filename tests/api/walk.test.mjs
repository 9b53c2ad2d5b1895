// SPDX-License-Identifier: MIT
//
// Every documented call, with the ids of somebody else's things, by each kind
// of caller: nobody, a stranger, a contact, and one who is blocked.
//
// A call that the table lacks fails the test, so that no new one goes without
// a thought to who may use it.  What is answered within a group, by role, is
// the table of rights.test.mjs; here its door is tried from outside.

import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { Client, expect } from '../lib/client.mjs';
import { useOwn } from '../lib/instance.mjs';
import { api } from '../lib/openapi.mjs';
import { befriend, groupOf, newcomer, word } from '../lib/people.mjs';

const server = useOwn('walk', { settings: { 'rate_limit.enabled': 'off' } });

const KINDS = ['stranger', 'contact', 'blocked'];
const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

const scene = {};
before(async () => {
  await server.up();
  for (const name of ['ann', 'mate', ...KINDS])
    scene[name] = await newcomer(server.url, name);
  const { ann, mate, contact, blocked } = scene;
  await befriend(ann, mate);
  await befriend(ann, blocked);
  await expect(ann.api.put(`/blocks/${blocked.id}`), 204);
  scene.conv = await befriend(ann, contact);
  scene.label = (await expect(ann.api.post('/contact-labels',
    { name: 'Work' }), 201)).id;
  scene.token = (await expect(ann.api.post('/contact-link'), 201)).token;
  scene.group = await groupOf(ann, [mate], {}, true);
  const other = await newcomer(server.url);
  scene.request = (await expect(other.api.post('/contact-requests',
    { user_id: ann.id }), 201)).id;
  scene.message = (await ann.say(scene.group, 'among us')).id;
  scene.link = (await expect(ann.api.post(
    `/conversations/${scene.group}/links`), 201)).id;
});

// What each kind gets, where it is not a conversation: stranger, contact,
// blocked.  {id} and {user_id} are ann's.  "own" is about the caller alone.
const CALLS = {
  'get /users': 'own',
  'post /users': 'own',
  'get /users/me': 'own',
  'patch /users/me': 'own',
  'delete /users/me': 'own',
  'put /users/me/password': 'own',
  'get /users/{id}': [200, 200, 404],
  'get /sessions': 'own',
  'post /sessions': 'own',
  'post /sessions/refresh': 'own',
  'delete /sessions/current': 'own',
  'delete /sessions/{id}': [404, 404, 404],
  'get /contacts': 'own',
  'patch /contacts/{user_id}': [404, 200, 200],
  'get /contact-labels': 'own',
  'post /contact-labels': 'own',
  'patch /contact-labels/{label_id}': [404, 404, 404],
  'delete /contact-labels/{label_id}': [404, 404, 404],
  'get /contact-link': 'own',
  'post /contact-link': 'own',
  'delete /contact-link': 'own',
  'get /add/{token}': [200, 200, 404],
  'post /add/{token}': [201, 409, 404],
  'get /contact-requests': 'own',
  'post /contact-requests': [201, 409, 403],
  'delete /contact-requests/{id}': [404, 404, 404],
  'post /contact-requests/{id}/accept': [404, 404, 404],
  'post /contact-requests/{id}/reject': [404, 404, 404],
  'get /blocks': 'own',
  'get /conversations': 'own',
  'post /conversations': [403, 200, 403],
  'get /invitations': 'own',
  'post /invitations/{id}/accept': [404, 404, 404],
  'post /invitations/{id}/decline': [404, 404, 404],
  'get /join-requests': 'own',
  'get /join/{token}': [404, 404, 404],
  'post /join/{token}': [404, 404, 404],
  'get /groups': 'own',
  'get /groups/{id}': [404, 404, 404],
  'get /world': 'own',
  'get /messages': [404, 200, 404],
  'post /messages': [404, 201, 404],
  'delete /messages/{id}': [404, 404, 404],
  'get /sync': 'own',
  // These change what is between the two: last.
  'delete /contacts/{user_id}': [404, 204, 204],
  'put /blocks/{user_id}': [204, 204, 204],
  'delete /blocks/{user_id}': [204, 204, 204],
};

// In the direct conversation of ann and the contact, what the contact gets;
// to the others it is not there, and a closed group is there for none of them.
const CONVERSATION = {
  'get': 200,
  'patch': 200,
  'delete': 403,
  'put /read': 204,
  'put /draft': 200,
  'delete /draft': 204,
  'get /members': 200,
  'get /pins': 200,
  'put /pins/{message_id}': 404,
  'delete /pins/{message_id}': 404,
  'post /members': 403,
  'patch /members/{user_id}': 403,
  'delete /members/{user_id}': 403,
  'get /bans': 403,
  'delete /bans/{user_id}': 403,
  'post /transfer': 403,
  'post /join': 403,
  'get /join-requests': 403,
  'post /join-requests': 403,
  'post /join-requests/{user_id}/accept': 403,
  'post /join-requests/{user_id}/reject': 403,
  'delete /join-requests/{user_id}': 403,
  'get /invitations': 403,
  'delete /invitations/{user_id}': 403,
  'get /links': 403,
  'post /links': 403,
  'delete /links/{link_id}': 403,
};

const BODIES = {
  'patch /contacts/{user_id}': () => ({ pinned: true }),
  'patch /contact-labels/{label_id}': () => ({ name: word() }),
  'post /contact-requests': () => ({ user_id: scene.ann.id }),
  'post /conversations': () => ({ type: 'direct', user_id: scene.ann.id }),
  'post /messages': () => ({ conv_id: scene.conv, content: word() }),
  'patch': () => ({ pinned: false }),
  'put /read': () => ({ seq: 0 }),
  'put /draft': () => ({ content: word() }),
  'post /members': () => ({ user_id: scene.ann.id }),
  'patch /members/{user_id}': () => ({ nickname: 'x' }),
  'post /transfer': () => ({ user_id: scene.ann.id }),
};

const QUERIES = { 'get /messages': () => `?conv_id=${scene.conv}` };

const ANN_IDS = { users: () => scene.ann.id, sessions: () => scene.ann.session,
  'contact-requests': () => scene.request, invitations: () => scene.group,
  groups: () => scene.group, messages: () => scene.message };

const fill = (path) => path
  .replace(/\/([a-z-]+)\/\{id\}/, (all, kind) => `/${kind}/${ANN_IDS[kind]()}`)
  .replace('{user_id}', scene.ann.id).replace('{link_id}', scene.link)
  .replace('{message_id}', scene.message)
  .replace('{label_id}', scene.label)
  .replace('/add/{token}', `/add/${scene.token}`)
  .replace('{token}', 'not_a_link');

const INSIDE = /^(\w+) \/conversations\/\{id\}(.*)$/;

const documented = Object.entries(api.paths)
  .filter(([path]) => path.startsWith('/api/v1/'))
  .flatMap(([path, item]) => METHODS.filter((m) => item[m])
    .map((m) => ({ call: `${m} ${path.slice(7)}`, ...item[m] })));

async function tried(who, call, path) {
  const method = call.split(' ')[0];
  const body = ['get', 'delete'].includes(method) ? undefined :
    BODIES[call]?.() ?? {};
  return (await who.api.call(method.toUpperCase(),
    path + (QUERIES[call]?.() ?? ''), body)).status;
}

test('every_call_has_a_row', () => {
  const rows = [...Object.keys(CALLS), ...Object.keys(CONVERSATION)
    .map((row) => row.replace(/^(\w+) ?/, '$1 /conversations/{id}'))];
  assert.deepEqual(documented.map((d) => d.call).sort(), rows.sort());
});

test('nobody_gets_in_without_a_session', async () => {
  const nobody = new Client(server.url);
  for (const { call, security } of documented) {
    const [method, path] = call.split(' ');
    if (security?.length === 0)
      continue;
    const url = fill(path.replace('/conversations/{id}',
      `/conversations/${scene.conv}`));
    const res = await nobody.call(method.toUpperCase(), url,
      method === 'get' ? undefined : {});
    assert.equal(res.status, 401, call);
  }
});

test('what_is_anothers_is_out_of_reach', async () => {
  for (const [call, expected] of Object.entries(CALLS)) {
    if (expected === 'own')
      continue;
    const path = fill(call.slice(call.indexOf(' ') + 1));
    for (const [i, kind] of KINDS.entries())
      assert.equal(await tried(scene[kind], call, path), expected[i],
        `${call} by ${kind}`);
    if (['post /contact-requests', 'post /add/{token}'].includes(call))
      await expect(scene.stranger.api.delete(`/contact-requests/${
        (await expect(scene.stranger.api.get(
          '/contact-requests?direction=out'), 200)).items[0].id}`), 204);
  }
});

test('a_conversation_is_there_for_its_members_only', async () => {
  const conv = await befriend(await newcomer(server.url), scene.contact);
  for (const [row, status] of Object.entries(CONVERSATION)) {
    const rest = fill(row.replace(/^\w+ ?/, ''));
    for (const kind of KINDS) {
      assert.equal(await tried(scene[kind], row,
        `/conversations/${conv}${rest}`), kind === 'contact' ? status : 404,
      `${row} by ${kind}`);
      assert.equal(await tried(scene[kind], row,
        `/conversations/${scene.group}${rest}`), 404,
      `${row} of a group by ${kind}`);
    }
  }
});

const SCHEMAS = 'application/json';

function propertiesOf(schema) {
  if (schema?.$ref)
    return propertiesOf(schema.$ref.slice(2).split('/')
      .reduce((at, part) => at[part], api));
  return [...Object.keys(schema?.properties ?? {}),
    ...[schema?.allOf, schema?.oneOf, schema?.anyOf].flatMap((parts) =>
      (parts ?? []).flatMap(propertiesOf))];
}

test('every_call_tells_of_all_fields_at_fault', async () => {
  const caller = await newcomer(server.url);
  let tested = 0;
  for (const { call, requestBody } of documented) {
    const fields = [...new Set(propertiesOf(
      requestBody?.content?.[SCHEMAS]?.schema))];
    const [method, path] = call.split(' ');
    if (fields.length === 0)
      continue;
    const url = fill(path.replace('/conversations/{id}',
      `/conversations/${scene.conv}`));
    const res = await caller.api.call(method.toUpperCase(), url,
      Object.fromEntries(fields.map((f) => [f, { wrong: true }])));
    assert.equal(res.status, 422, call);
    assert.deepEqual(res.json.errors.map((e) => e.field).sort(),
      fields.sort(), call);
    tested++;
  }
  assert.ok(tested >= 15, `${tested} calls have fields`);
  const res = await caller.api.post('/contact-requests',
    { user_id: caller.id, note: 'x'.repeat(501) });
  assert.deepEqual(res.json.errors.map((e) => e.field).sort(),
    ['note', 'user_id']);
});
