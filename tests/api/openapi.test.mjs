// SPDX-License-Identifier: MIT
// The reference itself: well-formed, and true of what is served.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Client } from '../lib/client.mjs';
import { HOME, useShared } from '../lib/instance.mjs';
import { api } from '../lib/openapi.mjs';
import { openapiProblems } from '../lib/openapi-lint.mjs';

const server = useShared();

test('the_document_is_good_openapi', async () => {
  const problems = await openapiProblems();
  assert.deepEqual(problems.map((p) =>
    `${p.location[0]?.pointer}: ${p.message}`), []);
});

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

test('every_documented_call_is_served_and_no_other_method', async () => {
  const nobody = new Client(server.url);
  for (const [path, item] of Object.entries(api.paths)) {
    if (path === '/ws')
      continue;
    const url = path.replace(/\{[^}]*\}/g, '1');
    const allowed = METHODS.filter((m) => item[m]);
    for (const method of METHODS) {
      const res = await nobody.send(method.toUpperCase(), url,
        { json: method === 'get' ? undefined : {} });
      if (!allowed.includes(method)) {
        assert.equal(res.status, 405, `${method} ${url}`);
        const said = res.headers.allow.toLowerCase().split(/, */);
        assert.deepEqual(said.filter((m) => METHODS.includes(m)).sort(),
          [...allowed].sort(), `Allow of ${url}`);
      } else if (item[method].security?.length !== 0) {
        assert.equal(res.status, 401, `${method} ${url}`);
      } else {
        assert.notEqual(res.status, 404, `${method} ${url}`);
        assert.notEqual(res.status, 405, `${method} ${url}`);
      }
    }
  }
});

// The rows of the programs' route tables that are not for pages alone.
function served() {
  const programs = join(HOME, 'cgi-bin');
  return readdirSync(programs).flatMap((name) =>
    [...readFileSync(join(programs, name, 'main.c'), 'utf8').matchAll(
      /\{\s*WEB_(\w+),\s*SIDE_(API|BOTH|ROOT),\s*"([^"]+)"/g)]
      .map(([, method, side, path]) => [method.toLowerCase(),
        side === 'ROOT' ? path : `/api/v1${path}`]));
}

test('every_served_call_is_documented', () => {
  const rows = served();
  assert.ok(rows.length > 25, `${rows.length} rows found`);
  assert.deepEqual(rows.filter(([method, path]) =>
    !api.paths[path.replace(/:text\}/g, '}')]?.[method]), []);
});
