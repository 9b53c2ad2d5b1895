// SPDX-License-Identifier: MIT
// bench_instance.mjs -- The instance that is measured, its people, and the
// reference programs beside it.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const tool = (name) => join(root, 'build/tests/load', name);
const PAIRS = 64;
const BUFFER_POOL_MB = 256;

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

function firstLine(child) {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout.on('data', (chunk) => {
      text += chunk;
      if (text.includes('\n')) resolve(text.slice(0, text.indexOf('\n')));
    });
    child.once('exit', (code) => reject(new Error(`ended with ${code} before it said anything`)));
  });
}

class Bench {
  bufferPoolMb = BUFFER_POOL_MB;

  constructor(dir, port) {
    Object.assign(this, { dir, port, people: join(dir, 'people'), run: Date.now().toString(36) });
  }

  async api(method, path, body, token) {
    // A connection of its own: a kept one may have been ended, minutes being between.
    const request = http.request({ port: this.port, path: `/api/v1${path}`, method, agent: false,
      headers: { 'Content-Type': 'application/json', ...(token && { Authorization: `Bearer ${token}` }) } });
    request.end(body && JSON.stringify(body));
    const [reply] = await once(request, 'response');
    const said = await text(reply);
    if (reply.statusCode >= 300) throw new Error(`${method} ${path}: ${reply.statusCode} ${said}`);
    return said === '' ? null : JSON.parse(said);
  }

  async person(what) {
    const name = `${what}_${this.run}`, password = 'correct horse battery staple 42';
    const user = await this.api('POST', '/users', { username: name, password, display_name: name });
    return { id: user.id, name, password };
  }

  async login(person) {
    const session = await this.api('POST', '/sessions', { login: person.name, password: person.password });
    return session.access_token;
  }

  // Pairs of contacts with a conversation each.
  async makePeople() {
    this.pairs = [];
    for (let i = 0; i < PAIRS; i++) {
      const a = await this.person(`bench_a${i}`), b = await this.person(`bench_b${i}`);
      const ta = await this.login(a), tb = await this.login(b);
      await this.api('POST', '/contact-requests', { user_id: b.id }, ta);
      await this.api('POST', '/contact-requests', { user_id: a.id }, tb); // crossing: contacts at once
      const conv = await this.api('POST', '/conversations', { type: 'direct', user_id: b.id }, ta);
      this.pairs.push({ a, b, conv: conv.id });
    }
  }

  // Access tokens live ten minutes: new ones before each run.
  async tokens(pairs) {
    const some = this.pairs.slice(0, pairs);
    for (const p of some) {
      if (!p.until || p.until < Date.now()) {
        [p.ta, p.tb] = [await this.login(p.a), await this.login(p.b)];
        p.until = Date.now() + 4 * 60_000;
      }
    }
    return some;
  }

  async freshTokens(pairs) {
    const some = await this.tokens(pairs);
    writeFileSync(this.people, some.map((p) => `${p.ta} ${p.tb} ${p.conv}\n`).join(''));
  }

  async load(args, pairs = PAIRS, port = this.port) {
    await this.freshTokens(pairs);
    const out = execFileSync(tool('load'),
      [args[0], '-p', port, '-f', this.people, ...args.slice(1)].map(String),
      { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
    return JSON.parse(out);
  }

  // The same requests to a program that only prints as many bytes.
  async hello(bytes, args) {
    const dir = mkdtempSync(join(tmpdir(), 'parley-hello-')), port = await freePort();
    writeFileSync(join(dir, 'lighttpd.conf'), [
      'server.modules = ("mod_fastcgi")', `server.document-root = "${dir}"`,
      'server.bind = "127.0.0.1"', `server.port = ${port}`, 'server.max-keep-alive-requests = 100000000',
      `fastcgi.server = ("/" => (("socket" => "${dir}/s", "check-local" => "disable")))`].join('\n') + '\n');
    const programs = [
      spawn('spawn-fcgi', ['-n', '-s', `${dir}/s`, '--', tool('hello'), String(bytes), '4'], { stdio: 'ignore' }),
      spawn('lighttpd', ['-D', '-f', join(dir, 'lighttpd.conf')], { stdio: 'ignore' }),
    ];
    try {
      await this.answers(port);
      return await this.load(args, PAIRS, port);
    } finally {
      for (const p of programs) p.kill();
      rmSync(dir, { recursive: true });
    }
  }

  async answers(port) {
    for (const end = Date.now() + 5000; ;) {
      try {
        if ((await fetch(`http://127.0.0.1:${port}/`)).ok) return;
      } catch { /* not yet */ }
      if (Date.now() > end) throw new Error('the reference program does not answer');
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  // Bare durable commits in the very MariaDB that the instance uses.
  async commits(connections, seconds) {
    const out = execFileSync(tool('commits'), [`${this.dir}/run/mysql.sock`, userInfo().username, '',
      'parley', connections, seconds].map(String), { encoding: 'utf8' });
    return JSON.parse(out);
  }

  // Of the websocketds, to go past lighttpd.
  socketPorts() {
    return readdirSync(join(this.dir, 'run')).filter((name) => /^websocketd-\d+\.port$/.test(name))
      .map((name) => readFileSync(join(this.dir, 'run', name), 'utf8').trim()).join(',');
  }

  async fanout(seconds) {
    const dir = mkdtempSync(join(tmpdir(), 'parley-fanout-'));
    const out = execFileSync(tool('fanout'), [dir, String(seconds)], { encoding: 'utf8' });
    rmSync(dir, { recursive: true });
    return JSON.parse(out);
  }

  async chatPage(messages) {
    await this.freshTokens(1);
    const { ta, conv } = this.pairs[0];
    for (let i = 0; i < messages; i++) {
      await this.api('POST', '/messages', { conv_id: conv, content: `Message ${i}: *well*, what do you say to that?` }, ta);
    }
    return `/c/${conv}`;
  }

  async fetchPage(path) {
    const reply = await fetch(`http://127.0.0.1:${this.port}${path}`, { headers: { Authorization: `Bearer ${this.pairs[0].ta}` } });
    if (!reply.ok) throw new Error(`${path}: ${reply.status}`);
    return Buffer.from(await reply.arrayBuffer());
  }

  // With `missed` the sockets come all at once, and wait for so many messages.
  async holdSockets(count, missed = 0) {
    await this.freshTokens(PAIRS);
    const child = spawn(tool('load'), ['sockets', '-p', this.port, '-f', this.people, '-c', count, '-n', missed].map(String),
      { stdio: ['pipe', 'pipe', 'inherit'] });
    const result = JSON.parse(await firstLine(child));
    return {
      result,
      end: () => new Promise((resolve) => {
        child.once('exit', resolve);
        child.stdin.end();
      }),
    };
  }

  // New sessions for everybody, and then so many messages that these have not.
  async missMessages(count) {
    for (const p of this.pairs) p.until = 0;
    await this.freshTokens(PAIRS);
    await Promise.all(this.pairs.map(async ({ ta, conv }) => {
      for (let i = 0; i < count; i++) await this.api('POST', '/messages', { conv_id: conv, content: `You missed this: ${i}` }, ta);
    }));
  }

  // The kinds of clients that mean harm; and one of them, until it is ended.
  harms() {
    return execFileSync(process.execPath, [join(root, 'tests/load/hostile.mjs')], { encoding: 'utf8' }).trim().split('\n');
  }

  async harm(kind, port) {
    this.villain ??= await this.person('villain');
    const child = spawn(process.execPath, [join(root, 'tests/load/hostile.mjs'), kind, `http://127.0.0.1:${port}`,
      await this.login(this.villain), `http://127.0.0.1:${this.port}`], { stdio: ['ignore', 'pipe', 'inherit'] });
    await firstLine(child);
    return () => new Promise((resolve) => {
      child.once('exit', resolve);
      child.kill('SIGKILL');
    });
  }

  sql(text) {
    return execFileSync('mariadb', ['-N', '-S', `${this.dir}/run/mysql.sock`, 'parley'], { input: text, encoding: 'utf8' });
  }

  // Other people's messages, until so many are stored: in conversations of a
  // thousand each, with client_msg_ids that are spread as real ones are.
  fill(stored) {
    const have = Number(this.sql('SELECT COUNT(*) FROM message'));
    const first = 1_000_000_000 + have, talks = 1000;
    for (let done = 0; have + done < stored; done += 500_000) {
      const n = Math.min(500_000, stored - have - done);
      this.sql(`INSERT INTO message (conv_id, seq, sender_id, client_msg_id, type, content, created_at)
        SELECT ${first + done} + seq DIV ${talks}, seq MOD ${talks} + 1, ${first + done} + seq DIV ${talks} * 2 + seq MOD 2,
          CONCAT(LPAD(HEX(seq), 8, '0'), '-', MD5(seq)), 'text',
          'Shall we meet at the harbour at seven? Bring the photographs, please.', 1700000000000 + seq
        FROM seq_0_to_${n - 1}`);
    }
  }

  stop() {
    execFileSync('make', ['-s', 'stop', `INSTANCE=${this.dir}`], { cwd: root, stdio: 'inherit' });
    rmSync(this.dir, { recursive: true });
  }
}

export async function startBench() {
  const dir = mkdtempSync(join(tmpdir(), 'parley-bench-')), port = await freePort();
  const bench = new Bench(dir, port);
  try {
    execFileSync('make', ['-s', 'run', `INSTANCE=${dir}`, `PORT=${port}`], { cwd: root,
      stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, PARLEY_RATE_LIMIT_ENABLED: 'off', PARLEY_WEBSOCKET_MAX_SOCKETS: '6000', PARLEY_WEBSOCKET_MEMORY_MB: '512',
        PARLEY_SESSION_MAX: '1000',
        PARLEY_MYSQL_BUFFER_POOL_MB: String(BUFFER_POOL_MB) } });
    await bench.makePeople();
  } catch (error) {
    bench.stop();
    throw error;
  }
  return bench;
}

// An instance that runs already, and goes on running; its limits must be off.
export async function attachBench(dir, port) {
  const bench = new Bench(dir, port);
  await bench.makePeople();
  return bench;
}
