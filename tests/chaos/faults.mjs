// SPDX-License-Identifier: MIT
//
// faults.mjs -- All that is done to the two nodes.
//
// A fault is {name, count, run}: run() breaks something, lets it be broken for
// a spell, and heals what does not heal by itself.  Node a has the
// engines; node b reaches them over two bad lines.

const PROGRAMS = {
  relay: /daemons\/relay/,
  deliver: /daemons\/deliver/,
  writer: /daemons\/writer/,
  hub: /daemons\/push/,
  websocketd: /websocketd --/,
  lighttpd: /lighttpd -D/,
  history: /history\.fcgi.*\[history\]/,
  workers: /\.fcgi.*\[\w+\]/,
  pools: /\[\w+-pool\]/,
  keeper: /s6-setlock/,
};
const ENGINES = { redis: /redis-server/, mariadb: /mariadbd/ };
// What is stopped must not be what would notice: supervisors go on.
const STOPPED = ['relay', 'deliver', 'writer', 'hub', 'websocketd',
  'lighttpd', 'history'];

function signal(pids, name) {
  for (const pid of pids)
    try {
      process.kill(pid, name);
    } catch (error) {
      if (error.code !== 'ESRCH')
        throw error; // it went by itself
    }
}

function killed(node, what, pattern, how) {
  return { name: `${how === 'SIGKILL' ? 'kill' : 'restart'} ${node.name} ` +
    what, count: how === 'SIGKILL' ? 'kills' : 'restarts',
  run: async () => signal(node.pids(pattern), how) };
}

function stopped(node, what, pattern, random) {
  return { name: `stop ${node.name} ${what}`, count: 'stops',
    run: async () => {
      const pids = node.pids(pattern);
      signal(pids, 'SIGSTOP');
      await random.spell(500, 7000);
      signal(pids, 'SIGCONT');
    } };
}

const empty = (pattern) => ['EVAL', 'for _, key in ipairs(redis.call(' +
  `"KEYS", "${pattern}")) do redis.call("DEL", key) end`, '0'];

function redisFaults(a) {
  return [
    { name: 'flush Redis', count: 'flushes', run: () => a.redis('FLUSHALL') },
    { name: 'empty the bus', count: 'flushes', run: async () => {
      await a.redis(...empty('bus:[0-9]*'));
      await a.redis(...empty('up:*'));
    } },
    { name: 'end every connection of Redis', count: 'cuts', run: async () => {
      for (const type of ['normal', 'pubsub'])
        await a.redis('CLIENT', 'KILL', 'TYPE', type);
    } },
  ];
}

// A burst of sends, and mariadbd dies among them.
function midCommit(a, town) {
  return { name: 'kill MariaDB in mid-commit', count: 'kills',
    run: async () => {
      const bursts = town.senders.map((sender) => sender.burst(4));
      await town.random.spell(1, 25);
      signal(a.pids(ENGINES.mariadb), 'SIGKILL');
      await Promise.all(bursts);
    } };
}

function lineFaults(lines, random) {
  const [mysql, redis] = lines;
  const during = (name, begin, which) => ({
    name: `${name} ${which.map((l) => l === mysql ? 'MariaDB' : 'Redis')
      .join(' and ')} for b`, count: 'cuts',
    run: async () => {
      which.forEach(begin);
      await random.spell(500, 6000);
      which.forEach((line) => line.heal());
    } });
  const cut = (line) => line.cut(), silence = (line) => line.silence();
  const slow = (line) => line.slow(random.between(20, 200));
  const half = (line) => line.halfClose(random.below(2));
  return [
    during('cut', cut, [mysql, redis]), during('cut', cut, [mysql]),
    during('cut', cut, [redis]), during('silence', silence, [mysql, redis]),
    during('silence', silence, [redis]), during('silence', silence, [mysql]),
    during('slow down', slow, [mysql, redis]),
    during('half-close', half, [mysql]), during('half-close', half, [redis]),
  ];
}

// All of a node's own programs, its supervisor too; b is started again by
// hand, a's daemons by their supervisor.
function nodeFaults(a, b, random) {
  return [
    { name: 'kill the whole of node b', count: 'nodes', run: async () => {
      signal(b.pids(/./), 'SIGKILL');
      await random.spell(500, 4000);
      await b.start();
    } },
    { name: 'kill all of a but the engines', count: 'nodes', run: async () =>
      signal(a.pids(/daemons\/|\.fcgi|websocketd --|lighttpd/),
        'SIGKILL') },
    { name: 'kill the supervisor of b', count: 'kills', run: async () =>
      signal(b.pids(/s6-svscan/), 'SIGKILL') },
  ];
}

export function allFaults(town) {
  const { nodes: [a, b], lines, random } = town;
  const list = [];
  for (const node of [a, b])
    for (const [what, pattern] of Object.entries(PROGRAMS))
      if (node.pids(pattern).length > 0) {
        list.push(killed(node, what, pattern, 'SIGKILL'));
        if (STOPPED.includes(what)) {
          list.push(killed(node, what, pattern, 'SIGTERM'));
          list.push(stopped(node, what, pattern, random));
        }
      }
  for (const [what, pattern] of Object.entries(ENGINES)) {
    list.push(killed(a, what, pattern, 'SIGKILL'));
    list.push(stopped(a, what, pattern, random));
  }
  return [...list, ...redisFaults(a), midCommit(a, town),
    ...lineFaults(lines, random), ...nodeFaults(a, b, random)];
}

// Those a short run must not miss go first; then all of them, in any order.
export function* plan(faults, random) {
  const must = ['flush Redis', 'empty the bus', 'kill MariaDB in mid-commit',
    'kill a deliver', 'kill b deliver', 'stop a deliver', 'kill a relay',
    'kill a hub', 'kill a redis', 'cut MariaDB and Redis for b'];
  yield* random.shuffled(faults.filter((f) => must.includes(f.name)));
  for (;;)
    yield* random.shuffled(faults);
}
