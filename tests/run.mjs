// SPDX-License-Identifier: MIT
//
// run.mjs -- The driver: unit tests, API, browser, and one total.
//
// Files are jobs, worked off by a few lanes at once, and lint is one of them.
// Most talk to one shared instance; those that break, throttle or encrypt
// things start their own, which begins with a copy of an empty database.
// Instances live in one new folder below /tmp, which is removed when all is
// well and kept, and named, when not.

import { spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync,
  readdirSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { basename, join, relative, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { ASAN_BUILD, HOME, Instance, RELEASE_BUILD } from './lib/instance.mjs';
import { keepIn } from './lib/openapi.mjs';
import { until } from './lib/wait.mjs';

const TESTS = join(HOME, 'tests');
const LINT = join(TESTS, 'lint/lint.sh');
const LANES = Math.max(2, cpus().length); // beside the two of their own
const JOB_MS = 8 * 60_000, LINT_MS = 30 * 60_000;
const SLOWEST = 10; // of the tests are named at the end
const root = mkdtempSync(join(tmpdir(), 'parley-test-'));
process.env.PARLEY_TEST_DIR = root;
keepIn(root);
// An ordinary user's PATH leads to no servers.
process.env.PATH += ':/usr/sbin:/sbin';

const total = { passed: 0, failed: 0, failures: [] };
const slow = []; // [ms, test]
const children = new Set();
let interrupted = false; // no file is begun any more

function count(job, name, ok, why) {
  if (ok) {
    total.passed++;
    return;
  }
  total.failed++;
  total.failures.push(`${job}: ${name}`);
  console.log(`FAIL ${job}: ${name}\n${(why ?? '').replace(/^/gm, '    ')}`);
}

// Runs a program; each line of its output goes to line(text).
function start(command, args, env, line, most = JOB_MS) {
  return new Promise((done) => {
    const child = spawn(command, args, { cwd: HOME,
      env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    children.add(child);
    const timer = setTimeout(() => child.kill('SIGKILL'), most);
    for (const stream of [child.stdout, child.stderr])
      createInterface({ input: stream }).on('line', line);
    child.on('error', (error) => line(String(error)));
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      children.delete(child);
      done(signal ? `killed by ${signal}` : code);
    });
  });
}

async function nodeJob(file) {
  const job = relative(TESTS, file);
  const output = [];
  let seen = 0, failed = 0;
  const code = await start(process.execPath, ['--test-reporter',
    join(TESTS, 'lib/reporter.mjs'), '--test-reporter-destination', 'stdout',
    file], {}, (text) => {
    if (!text.startsWith('@@')) {
      output.push(text);
      return;
    }
    const test = JSON.parse(text.slice(2));
    if ((test.suite && test.of === 'subtestsFailed') || test.name === file)
      return;
    const ok = test.ok && test.left === undefined;
    seen++;
    failed += ok ? 0 : 1;
    slow.push([test.ms, `${job}: ${test.name}`]);
    count(job, test.name, ok, test.left === undefined ? test.why :
      `it was left out: ${test.left}`);
  });
  if ((code !== 0 && failed === 0) || seen === 0)
    count(job, `ended with ${code}`, false, output.slice(-40).join('\n'));
}

// A cmocka program says "[ OK ] name" and "[ FAILED ] name" a test.
async function unitJob(file) {
  const job = `unit/${basename(file)}`;
  const output = [];
  const seen = new Set(); // cmocka names failures once more at the end
  let failed = 0;
  const code = await start(file, [], { CMOCKA_MESSAGE_OUTPUT: 'STDOUT',
    ASAN_OPTIONS: 'detect_leaks=1' }, (text) => {
    output.push(text);
    const said = /^\[\s+(OK|FAILED)\s+\]\s+([a-z]\w+)$/.exec(text);
    if (!said || seen.has(said[2]))
      return;
    seen.add(said[2]);
    failed += said[1] === 'OK' ? 0 : 1;
    count(job, said[2], said[1] === 'OK', output.slice(-12).join('\n'));
  });
  if (code !== 0 && failed === 0)
    count(job, `ended with ${code}`, false, output.slice(-40).join('\n'));
  else if (seen.size === 0)
    count(job, 'ran', code === 0, output.slice(-40).join('\n'));
}

// A script is one test: it ends with 0 or it failed.
async function scriptJob(file) {
  const output = [];
  const code = await start(file, [], {}, (text) => output.push(text),
    file === LINT ? LINT_MS : JOB_MS);
  count(relative(TESTS, file), 'passes', code === 0,
    output.slice(-60).join('\n'));
}

function found(dir, pattern) {
  if (!existsSync(dir))
    return [];
  return readdirSync(dir).filter((f) => pattern.test(f)).sort()
    .map((f) => join(dir, f));
}

const runner = (file) => /\.test\.mjs$/.test(file) ? nodeJob :
  /\.sh$/.test(file) ? scriptJob : unitJob;

// These spend most of their time waiting for something to end or to come back.
const PATIENT = ['recovery', 'chaos', 'degraded', 'nodes', 'kill_each',
  'hostile', 'deliver.', 'limits', 'presence', 'leases', 'cut_off', 'bus_kafka', 'absence',
  'failover', 'kafka', 'release', 'redis_test', 'prefork_test', 'delivery_storm',
  'bus_redis'];
// The long ones first, so that no lane is left with one at the end.
const LONG = ['group_races', 'contact_expiry', 'convergence', 'rights', 'crowd',
  'commands', 'machine', 'demo', 'group_removed', 'group_askings', 'check',
  'mentions', 'contacts', 'groups', 'writer', 'live', 'bad_input', 'sync',
  'far', 'group_pages', 'group_ways_in', 'large_group', 'pages'];
const place = (list, file) =>
  list.findIndex((name) => basename(file).startsWith(name));
const weight = (file) => {
  const [patient, long] = [place(PATIENT, file), place(LONG, file)];
  return patient >= 0 ? patient : long >= 0 ? long : LONG.length;
};

function everything() {
  const only = process.argv.slice(2);
  if (only.length > 0)
    return only.map((file) => [HOME, TESTS, '/'].map((dir) =>
      resolve(dir, file)).find(existsSync) ?? file);
  return [
    ...found(join(TESTS, 'api'), /\.test\.mjs$/),
    ...found(join(TESTS, 'browser'), /\.test\.mjs$/),
    ...found(join(TESTS, 'chaos'), /\.test\.mjs$/),
    ...found(join(TESTS, 'model'), /\.sh$/),
    ...found(join(ASAN_BUILD, 'tests'), /_test$/),
    join(RELEASE_BUILD, 'tests/sandbox_test'), // where there is a sandbox
    LINT,
  ].sort((a, b) => weight(a) - weight(b));
}

// A lane works off its queues, one after the other.
async function lane(...queues) {
  for (const queue of queues)
    for (let file; !interrupted && (file = queue.shift());) {
      const since = Date.now();
      await runner(file)(file);
      const s = ((Date.now() - since) / 1000).toFixed(1);
      console.log(`done ${relative(HOME, file)} (${s} s)`);
    }
}

// The browser's stories share one instance too, but some of them kill things:
// so it is theirs alone, and they are told one after the other.  Those who wait
// leave the processors to others: they have a lane of their own beside them.
// Whoever has done with theirs helps the rest.  Lint takes what is left over.
async function lanes(jobs) {
  const isBrowser = (file) => file.includes('/browser/');
  const isPatient = (file) => !isBrowser(file) && place(PATIENT, file) >= 0;
  const stories = jobs.filter(isBrowser);
  const patient = jobs.filter(isPatient);
  const others = jobs.filter((file) => !isBrowser(file) && !isPatient(file) &&
    file !== LINT);
  await Promise.all([lane(jobs.filter((file) => file === LINT)),
    lane(stories, patient, others), lane(patient, others),
    ...Array.from({ length: LANES }, () => lane(others, patient))]);
}

function keepScreenshots() {
  const from = join(stage.dir, 'screenshots');
  const to = join(HOME, 'build', 'screenshots');
  const files = found(from, /\.png$/);
  if (files.length === 0)
    return;
  mkdirSync(to, { recursive: true });
  for (const file of files)
    copyFileSync(file, join(to, basename(file)));
  console.log(`screenshots: ${relative(HOME, to)}`);
}

const instance = new Instance('a', { settings: {
  'workers.password': '3', 'workers.history': '6' } });
const stage = new Instance('b', { settings: {
  'websocket.heartbeat_s': '10' } });

// For many files it pays to make a database once.
async function makeModel() {
  const model = new Instance('model');
  await model.start();
  await model.stop();
  process.env.PARLEY_TEST_DATABASE = model.dir;
}

// First whoever might start another instance.
async function stop() {
  for (const child of children)
    child.kill('SIGTERM');
  await until('the files have ended', () => children.size === 0).catch(() =>
    children.forEach((child) => child.kill('SIGKILL')));
  for (const name of readdirSync(root).filter((n) =>
    existsSync(join(root, n, 'service')))) {
    const each = new Instance(name);
    each.port = 1;
    await each.stop().catch((error) => count('driver', `${name} stops`, false,
      String(error)));
  }
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
  process.on(signal, async () => {
    if (interrupted)
      return;
    interrupted = true;
    await stop();
    rmSync(root, { recursive: true, force: true });
    process.exit(130);
  });

const MANY = 8;
const jobs = everything();
const needsShared = jobs.some((file) => /api\/.*\.mjs$/.test(file));
try {
  if (jobs.length >= MANY)
    await makeModel();
  if (needsShared) {
    await instance.start();
    process.env.PARLEY_TEST_URL = instance.url;
    process.env.PARLEY_TEST_INSTANCE = instance.dir;
  }
  if (jobs.some((file) => file.includes('/browser/'))) {
    await stage.start();
    process.env.PARLEY_URL = stage.url;
    process.env.PARLEY_INSTANCE = stage.dir;
  }
  await lanes(jobs);
  if (interrupted)
    await new Promise(() => {}); // the signal's handler ends it all
} catch (error) {
  count('driver', 'the instance starts', false,
    `${error.message}\n${error.stdout ?? ''}${error.stderr ?? ''}`);
}
await stop();
{
  const faults = [...instance.faults(), ...stage.faults()];
  count('driver', 'no_sanitizer_complains', faults.length === 0,
    faults.join('\n').slice(0, 20_000));
}
// What logs may not hold: tokens (they begin so) and the tests' passwords.
const SECRET = /eyJ[\w-]{10,}\.eyJ|ember-Quartz-41-violin/;

function secretsIn(dir) {
  if (!existsSync(dir))
    return [];
  return readdirSync(dir, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.path ?? entry.parentPath, entry.name))
    .filter((path) => SECRET.test(readFileSync(path, 'utf8')));
}

const leaks = [instance, stage].flatMap((each) =>
  secretsIn(join(each.dir, 'log')));
count('driver', 'no_log_holds_a_token_or_a_password', leaks.length === 0,
  leaks.join('\n'));
keepScreenshots();
for (const [ms, name] of slow.sort(([a], [b]) => b - a).slice(0, SLOWEST))
  console.log(`slow ${(ms / 1000).toFixed(1)} s ${name}`);
if (total.failed === 0)
  rmSync(root, { recursive: true, force: true });
else
  console.log(`\nfailed:\n  ${total.failures.join('\n  ')}\nlogs: ${root}`);
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exit(total.failed === 0 ? 0 : 1);
