// SPDX-License-Identifier: MIT
//
// instance.mjs -- A Parley of the tests' own.
//
// Made in a new folder, on a free port, by the script that `make run` uses;
// with the sanitized programs unless a test says otherwise.  Whatever a
// sanitizer wrote there fails the run.  A running instance is never touched.

import { execFile } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync,
  readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Client } from './client.mjs';
import { until } from './wait.mjs';

const run = promisify(execFile);

// Thousands of people register and log in: the cheapest passwords there are.
// The release programs hash as they come.
const CHEAP = { 'password.memory_kb': '8192', 'password.iterations': '1' };

export const HOME = fileURLToPath(new URL('../..', import.meta.url))
  .replace(/\/$/, '');
export const ASAN_BUILD = process.env.PARLEY_TEST_BUILD ??
  join(HOME, 'build/asan');
export const RELEASE_BUILD = process.env.PARLEY_TEST_RELEASE ??
  join(HOME, 'build');

// Where instances are made: short, for Unix sockets have short names.
function folder(name) {
  const root = process.env.PARLEY_TEST_DIR ??
    mkdtempSync(join(tmpdir(), 'parley-test-'));
  return join(root, name);
}

// Files of one run, and of runs beside it, choose ports at the same time: each
// is one's own for as long as it may take until somebody listens there.
const CLAIM_MS = 120_000;

function claims(port) {
  const root = join(tmpdir(), `parley-test-ports-${process.getuid()}`);
  const file = join(root, String(port));
  mkdirSync(root, { recursive: true });
  try {
    if (Date.now() - statSync(file).mtimeMs > CLAIM_MS)
      rmSync(file);
  } catch { /* nobody has claimed it yet */ }
  try {
    writeFileSync(file, '', { flag: 'wx' });
    return true;
  } catch {
    return false;
  }
}

// A port that nobody listens on, and neither on the next (TLS redirects).
export async function freePort() {
  const free = (port) => new Promise((done) => {
    const server = net.createServer();
    server.on('error', () => done(false));
    server.listen(port, '127.0.0.1', () => server.close(() => done(true)));
  });
  const [low, high] = (process.env.PARLEY_TEST_PORTS ?? '18800-18899')
    .split('-').map(Number);
  for (let tries = 0; tries < 200; tries++) {
    const port = low + 2 * Math.floor(Math.random() * (high - low) / 2);
    if (await free(port) && await free(port + 1) && claims(port))
      return port;
  }
  throw new Error(`no free port between ${low} and ${high}`);
}

export class Instance {
  constructor(name, { settings = {}, release = false, join: first,
    env = {} } = {}) {
    this.dir = folder(name);
    this.build = release ? RELEASE_BUILD : ASAN_BUILD;
    this.settings = settings;
    this.first = first;
    this.extra = env;
  }

  get env() {
    const log = join(this.dir, 'log', 'sanitizer');
    const keep = Object.fromEntries(Object.entries(process.env)
      .filter(([k]) => ['PATH', 'HOME', 'USER', 'LANG', 'TMPDIR'].includes(k)));
    return {
      ...keep,
      INSTANCE: this.dir, PORT: String(this.port),
      ...(this.first ? { JOIN: this.first.dir } : {}),
      PARLEY_BUILD: this.build, PARLEY_HOME: HOME,
      ...this.extra,
      // Their presence lifts websocketd's memory limit: not for the release.
      ...(this.build === RELEASE_BUILD ? {} : {
        ASAN_OPTIONS: `log_path=${log}:detect_leaks=1:abort_on_error=0`,
        LSAN_OPTIONS: `log_path=${log}`,
        UBSAN_OPTIONS: `log_path=${log}:print_stacktrace=1`,
      }),
    };
  }

  async command(...args) {
    return run(join(HOME, 'deploy/parley'), args, { env: this.env,
      timeout: 180_000, maxBuffer: 1 << 24 });
  }

  ctl(...args) {
    return run(join(this.build, 'parleyctl'), args, { env: {
      ...this.env, PARLEY_INSTANCE: this.dir } });
  }

  async start() {
    await this.first?.up();
    this.port ??= await freePort();
    mkdirSync(join(this.dir, 'log'), { recursive: true });
    await this.copyDatabase();
    if (!this.first && !existsSync(join(this.dir, 'parley.conf')))
      writeFileSync(join(this.dir, 'parley.conf'),
        Object.entries({ ...(this.build === RELEASE_BUILD ? {} : CHEAP),
          'rate_limit.enabled': 'off', ...this.settings })
          .map(([k, v]) => `${k} = ${v}\n`).join(''));
    const { stdout } = await this.command('run');
    this.url = /at (https?:\/\/\S+?)\/?\s/.exec(stdout)?.[1];
    if (!this.url)
      throw new Error(`no address in: ${stdout}`);
    this.output = stdout;
    return this;
  }

  // Who wants a database as it comes, for the first time, need not make it:
  // the driver has one to copy, and the passwords of its users.
  async copyDatabase() {
    const model = process.env.PARLEY_TEST_DATABASE;
    if (!model || this.first || Object.keys(this.extra).length > 0 ||
        readdirSync(this.dir).some((name) => name !== 'log') ||
        ['hosts', 'user_host', 'database'].some((key) =>
          `mysql.${key}` in this.settings))
      return;
    const secrets = join(this.dir, 'secrets');
    mkdirSync(secrets, { mode: 0o700 });
    for (const name of readdirSync(join(model, 'secrets'))
      .filter((n) => n.startsWith('db-')))
      copyFileSync(join(model, 'secrets', name), join(secrets, name));
    await run('cp', ['-a', '--sparse=always', join(model, 'mysql'), this.dir]);
  }

  // Started once, whoever asks first.
  up() {
    return this.starting ??= this.start();
  }

  async stop() {
    await this.command('stop');
  }

  // What sanitizers said: AddressSanitizer in files of its own; the undefined
  // behaviour one, in gcc's edition, only where a program's own words go.
  // (Go has runtime errors too, and a killed leak check says why it ended.)
  // And what MariaDB is never to be heard saying, on any line.
  faults() {
    const dir = join(this.dir, 'log');
    if (!existsSync(dir))
      return [];
    const files = readdirSync(dir, { withFileTypes: true }).flatMap((entry) =>
      entry.isDirectory() ? readdirSync(join(dir, entry.name))
        .map((name) => join(dir, entry.name, name)) : join(dir, entry.name));
    return files.flatMap((path) => {
      const text = readFileSync(path, 'utf8');
      const at = text.search(
        new RegExp('^.*(\\.[ch]:\\d+:\\d+: runtime error: |' +
          'ERROR: \\w+Sanitizer|an answer that is mixed up)', 'm'));
      return at === -1 ? [] : `${path}:\n${text.slice(at, at + 4000)}`;
    });
  }

  remove() {
    rmSync(this.dir, { recursive: true, force: true });
  }

  // The processes of this instance that fit, as "command line [name]"; by
  // /proc, so that no other instance's are ever meant.  A pool and its workers
  // differ in their names only: "… history.fcgi [history-pool]", "[history]".
  pids(pattern) {
    const mine = `PARLEY_TREE=${this.dir}`;
    return readdirSync('/proc').filter((d) => /^\d+$/.test(d)).filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0')
          .includes(mine) && pattern.test(readFileSync(`/proc/${pid}/cmdline`,
          'utf8').replaceAll('\0', ' ') +
          `[${readFileSync(`/proc/${pid}/comm`, 'utf8').trim()}]`);
      } catch {
        return false;
      }
    }).map(Number);
  }

  // kill -9; the processes must have been there.
  kill(pattern, signal = 'SIGKILL') {
    const pids = this.pids(pattern);
    if (pids.length === 0)
      throw new Error(`no process ${pattern} in ${this.dir}`);
    for (const pid of pids)
      try {
        process.kill(pid, signal);
      } catch (error) {
        if (error.code !== 'ESRCH') // it went with another
          throw error;
      }
    return pids;
  }

  // Stops processes where they are; gives back what lets them go on.
  async freeze(pattern) {
    const pids = this.kill(pattern, 'SIGSTOP');
    await until('they are stopped', () => pids.every((pid) =>
      / T /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))));
    return () => pids.forEach((pid) => process.kill(pid, 'SIGCONT'));
  }

  // Rows of a statement, each a list of texts: for what no API can show or do.
  async sql(text) {
    const password = readFileSync(join(this.dir, 'secrets/db-ctl'), 'utf8');
    const { stdout } = await run('mariadb', ['--no-defaults', '-N', '-B',
      '--default-character-set=utf8mb4',
      '-S', join(this.dir, 'run/mysql.sock'), '-u', 'ctl', 'parley', '-e',
      text], { env: { ...this.env, MYSQL_PWD: password.trim() } });
    return stdout.split('\n').filter(Boolean).map((l) => l.split('\t'));
  }

  // What s6-svc does to one of its services: '-d' keeps it down, '-u' up.
  service(way, name) {
    return run('s6-svc', [way, join(this.dir, 'service', name)]);
  }

  redis(...args) {
    return run('redis-cli', ['-s', join(this.dir, 'run/redis.sock'), ...args]);
  }

  // Until every dependency, and every pool of programs, is there again.
  ready(timeout = 30_000) {
    const nobody = new Client(this);
    const answers = async () => {
      if ((await nobody.send('GET', '/readyz')).status !== 200 ||
          (await nobody.post('/sessions')).status !== 422)
        return false;
      for (const path of ['/users/me', '/contacts', '/conversations', '/groups'])
        if ((await nobody.get(path)).status !== 401)
          return false;
      return true;
    };
    return until('the instance is ready', answers, { timeout });
  }
}

// One for this file only: up before its first test, stopped and looked at
// after its last.
export function useOwn(name, options) {
  const instance = new Instance(`${name}-${process.pid}`, options);
  before(() => instance.up());
  after(async () => {
    await instance.stop();
    const faults = instance.faults();
    if (faults.length > 0)
      throw new Error(`the logs complain:\n${faults.join('\n')}`);
  });
  return instance;
}

// For the tests of one file: the instance that the driver shares among them,
// or, when a file is run by itself, one of its own.
export function useShared() {
  if (process.env.PARLEY_TEST_URL)
    return { url: process.env.PARLEY_TEST_URL,
      dir: process.env.PARLEY_TEST_INSTANCE, up: async () => {} };
  return useOwn('shared');
}
