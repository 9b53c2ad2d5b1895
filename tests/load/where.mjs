// SPDX-License-Identifier: MIT
// where.mjs -- Where a send's time goes: CPU by process, and what MariaDB did.
//
//   node tests/load/where.mjs [--clients=1,16,64] [--seconds=5] [--live]
//       [--instance=DIR --port=N]
//
// --live: end to end, each pair waits for its own message on the other's
// socket.  With --instance a running one is used, limits off; else its own.
import { execFileSync } from 'node:child_process';
import { attachBench, startBench } from './bench_instance.mjs';
import { MESSAGE } from './measures.mjs';
import { cpuSeconds, instancePids, total } from './proc.mjs';

const option = (name, otherwise) =>
  process.argv.find((a) => a.startsWith(`--${name}=`))?.slice(name.length + 3) ?? otherwise;
const clients = option('clients', '1,16,64').split(',').map(Number);
const seconds = Number(option('seconds', 5));
const isLive = process.argv.includes('--live');
const COUNTERS = /^(Com_(commit|begin|delete|insert|update|select|stmt_execute|set_option|compound_sql)|Handler_(?!discover|savepoint|prepare|mrr|external|icp)\w+|Innodb_(os_log_fsyncs|data_fsyncs|os_log_written|dblwr_writes|rows_\w+|data_written|row_lock_waits)|Bytes_\w+|Questions)$/;

function status(dir) {
  const text = execFileSync('mariadb', ['-N', '-S', `${dir}/run/mysql.sock`, '-e', 'SHOW GLOBAL STATUS'], { encoding: 'utf8' });
  return Object.fromEntries(text.split('\n').map((line) => line.split('\t'))
    .filter(([name]) => COUNTERS.test(name)).map(([name, value]) => [name, Number(value)]));
}

const differ = (after, before) =>
  Object.fromEntries(Object.keys(after).map((k) => [k, after[k] - (before[k] ?? 0)]));

async function look(bench, n) {
  const load = isLive ? ['latency', '-r', 0, '-c', n, '-d', seconds]
    : ['request', '-m', 'POST', '-u', '/api/v1/messages', '-H', 'Content-Type: application/json',
      '-b', MESSAGE, '-c', n, '-d', seconds];
  await bench.freshTokens(64);
  const counted = status(bench.dir), used = cpuSeconds(instancePids(bench.dir));
  const r = await bench.load(load);
  const cpu = differ(cpuSeconds(instancePids(bench.dir)), used);
  const count = differ(status(bench.dir), counted);
  const list = (object, fmt) => Object.entries(object).map(([k, v]) => [k, v / r.count])
    .sort((x, y) => y[1] - x[1]).map(([k, v]) => fmt(k, v)).filter((s) => s).join(', ');
  console.log(`${n} clients: ${Math.round(r.rate)}/s, p50 ${r.p50_us} µs, p99 ${r.p99_us} µs, errors ${r.errors}`);
  console.log(`  CPU a send ${Math.round(total(cpu) / r.count * 1e6)} µs: ` +
    list(cpu, (k, v) => (v * 1e6 >= 0.5 ? `${k} ${Math.round(v * 1e6)}` : '')));
  console.log(`  MariaDB a send: ` + list(count, (k, v) => (v >= 0.005 ? `${k} ${v.toFixed(2)}` : '')));
}

const instance = option('instance');
const bench = instance ? await attachBench(instance, Number(option('port'))) : await startBench();
try {
  for (const n of clients) await look(bench, n);
} finally {
  if (!instance) bench.stop();
}
