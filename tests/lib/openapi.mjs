// SPDX-License-Identifier: MIT
//
// openapi.mjs -- Holds every reply and frame against docs/openapi.yaml.
//
// The test client hands each reply it gets to conforms(), which throws on a
// path, a status, a media type or a shape that the document does not know.  So
// the reference cannot drift from the server without a red test.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { parse } from 'yaml';

const require = createRequire(import.meta.url);
const Ajv = require('ajv/dist/2020.js').default;

const BASE = 'https://parley.invalid/openapi.yaml';

// To read YAML takes a second: the driver does it once for all files of a run.
const read = join(process.env.PARLEY_TEST_DIR ?? '', 'openapi.json');

export const api = process.env.PARLEY_TEST_DIR && existsSync(read) ?
  JSON.parse(readFileSync(read, 'utf8')) :
  parse(readFileSync(new URL('../../docs/openapi.yaml', import.meta.url),
    'utf8'));

// For the files to come.
export const keepIn = (folder) =>
  writeFileSync(join(folder, 'openapi.json'), JSON.stringify(api));

const absolute = (schema) =>
  JSON.parse(JSON.stringify(schema).replaceAll('"#/', `"${BASE}#/`));

const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });
ajv.addSchema(absolute(api), BASE);

const validators = new Map();

function validator(schema) {
  const key = JSON.stringify(schema);
  if (!validators.has(key))
    validators.set(key, ajv.compile(absolute(schema)));
  return validators.get(key);
}

const components = (kind, name) => ({ $ref: `#/components/${kind}/${name}` });

function resolve(thing) {
  if (!thing || !thing.$ref)
    return thing;
  return thing.$ref.slice(2).split('/').reduce((at, part) => at[part], api);
}

// Throws unless value has the shape of a schema of the document.
export function assertShape(schema, value, what) {
  const valid = validator(schema);
  if (valid(value))
    return;
  const why = valid.errors.map((e) => `${e.instancePath || '/'} ${e.message}` +
    (e.params.additionalProperty ? ` (${e.params.additionalProperty})` : ''));
  throw new Error(`${what} is not as docs/openapi.yaml says:\n  ` +
    `${why.join('\n  ')}\n  ${JSON.stringify(value)?.slice(0, 2000)}`);
}

const paths = Object.keys(api.paths).map((path) => ({
  path,
  // A fixed word goes before a name: /users/me before /users/{id}.
  rank: path.replace(/\{[^}]*\}/g, '{').split('{').length,
  pattern: new RegExp(`^${path.replace(/[.]/g, '\\.')
    .replace(/\{token\}/g, '[A-Za-z0-9~_-]+')
    .replace(/\{[^}]*\}/g, '[1-9][0-9]{0,19}')}$`),
})).sort((a, b) => a.rank - b.rank);

export function documented(path) {
  return paths.find((p) => p.pattern.test(path))?.path;
}

// Is this part of the surface that the document describes?
export const isApi = (path) =>
  /^\/(api\/v1(\/|$)|(healthz|readyz|metrics)$)/.test(path);

function assertProblem(res, what) {
  if (!/^application\/problem\+json/.test(res.type))
    throw new Error(`${what}: an error as ${res.type || 'nothing'}: ` +
      res.text.slice(0, 200));
  assertShape(components('schemas', 'Problem'), res.json, what);
  if (res.json.status !== res.status)
    throw new Error(`${what}: the problem says ${res.json.status}`);
}

// Errors that any request may get, whatever it is about.
const ANYWHERE = new Map([
  [400, 'malformed'], [404, 'not_found'], [405, 'method_not_allowed'],
  [408, 'timeout'], [413, 'too_large'], [414, 'too_large'],
  [431, 'too_large'],
]);

function answersFor(path, method) {
  const item = api.paths[documented(path)];
  return item?.[method.toLowerCase() === 'head' ? 'get' :
    method.toLowerCase()];
}

// res: {status, type, headers, text, json}
export function conforms(method, path, res) {
  const what = `${method} ${path} -> ${res.status}`;
  if (!/^[A-Za-z0-9._-]{1,64}$/.test(res.headers['x-request-id'] ?? ''))
    throw new Error(`${what}: no X-Request-Id`);
  const operation = answersFor(path, method);
  const said = resolve(operation?.responses[res.status]);
  if (!said) {
    if (!ANYWHERE.has(res.status) ||
        (operation && [404, 405].includes(res.status)))
      throw new Error(`${what}: not in docs/openapi.yaml: ` +
        res.text.slice(0, 400));
    if (res.status === 405 && !res.headers.allow)
      throw new Error(`${what}: without Allow`);
    if (method !== 'HEAD')
      assertProblem(res, what);
    return;
  }
  for (const [name, header] of Object.entries(said.headers ?? {}))
    if (resolve(header).required && !res.headers[name.toLowerCase()])
      throw new Error(`${what}: without ${name}`);
  if (method === 'HEAD' || res.status === 101)
    return;
  if (!said.content) {
    if (res.text !== '')
      throw new Error(`${what}: has a body: ${res.text.slice(0, 200)}`);
    return;
  }
  const type = res.type.split(';')[0].trim();
  if (!said.content[type])
    throw new Error(`${what}: as ${type || 'nothing'}: ` +
      res.text.slice(0, 200));
  if (/json$/.test(type))
    assertShape(said.content[type].schema, res.json, what);
  if (/problem\+json$/.test(type))
    assertProblem(res, what);
}

export function frameConforms(frame) {
  assertShape(components('schemas', 'ServerEvent'), frame,
    `frame ${frame?.event}`);
}
