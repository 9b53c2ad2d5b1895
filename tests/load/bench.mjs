// SPDX-License-Identifier: MIT
// bench.mjs -- `make bench`: figures as ratios to references of the same run.
//
// Starts a release instance of its own with the limits off, makes people
// through the API, and takes each figure REPEATS times between references,
// so that a noisy neighbour hits both.  The last table is kept in
// docs/performance.md between its markers.
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { startBench } from './bench_instance.mjs';
import { groups } from './groups.mjs';
import { list } from './list.mjs';
import * as measure from './measures.mjs';

const quick = process.argv.includes('--quick');
const only = process.argv.find((a) => a.startsWith('--only='))?.slice(7);
const options = quick
  ? { repeats: 1, seconds: 2, sustainedSeconds: 4, stored: 200_000 }
  : { repeats: 3, seconds: 5, sustainedSeconds: 60, stored: 10_000_000 };

const sections = [
  ['sockets', measure.sockets], // first: what programs keep of other work would flatter them
  ['sends', measure.sends],
  ['latency', measure.latency],
  ['sustained', measure.sustained],
  ['page', measure.page],
  ['fanout', measure.fanout],
  ['catch-up', measure.catchUp],
  ['hostile', measure.hostile],
  ['list', list],
  ['groups', groups],
  ['growth', measure.growth], // last: it fills the database
];

function markdown(rows) {
  const head = '| what | figure | reference | ratio or goal |\n|---|---|---|---|';
  const day = new Date().toISOString().slice(0, 10);
  return `${day}, ${cpus().length} × ${cpus()[0].model.trim()}, ` +
    `medians of ${options.repeats} (min–max) of ${options.seconds} s, generator on the same cores.\n\n` +
    [head, ...rows.map((r) => `| ${r.join(' | ')} |`)].join('\n') + '\n';
}

function keep(table) {
  const file = new URL('../../docs/performance.md', import.meta.url);
  const text = readFileSync(file, 'utf8');
  const begin = '<!-- bench:begin -->', end = '<!-- bench:end -->';
  const at = text.indexOf(begin), to = text.indexOf(end);
  if (at < 0 || to < at) throw new Error('docs/performance.md has lost its markers');
  writeFileSync(file, text.slice(0, at + begin.length) + '\n' + table + text.slice(to));
}

const bench = await startBench(options);
const rows = [];
try {
  for (const [name, run] of sections) {
    if (only && only !== name) continue;
    console.log(`-- ${name}`);
    for (const row of await run(bench, options)) {
      rows.push(row);
      console.log(row.join('  |  '));
    }
  }
} finally {
  bench.stop();
}
if (!quick && !only) keep(markdown(rows));
else console.log(markdown(rows));
