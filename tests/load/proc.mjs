// SPDX-License-Identifier: MIT
// proc.mjs -- What an instance's processes use, read from /proc.
import { readFileSync, readdirSync } from 'node:fs';

const TICKS_PER_SECOND = 100; // USER_HZ, the unit of /proc/PID/stat

function read(path) {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return ''; // it ended meanwhile
  }
}

// Pids whose environment or command line names the instance.
export function instancePids(instance) {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name) &&
    Number(name) !== process.pid &&
    (read(`/proc/${name}/environ`).includes(instance) ||
      read(`/proc/${name}/cmdline`).includes(instance)))
    .filter((pid) => !/^(node|load|make|bash)$/.test(read(`/proc/${pid}/comm`).trim()));
}

// Seconds of CPU that these processes have used, by name.  Workers retire
// after so many requests: what they used is then their pool's.
export function cpuSeconds(pids) {
  const by = {};
  for (const pid of pids) {
    const stat = read(`/proc/${pid}/stat`);
    if (stat === '') continue;
    const name = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
    const rest = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const fields = name.endsWith('-pool') ? [11, 12, 13, 14] : [11, 12];
    by[name] = (by[name] ?? 0) + fields.reduce((sum, i) => sum + Number(rest[i]), 0) / TICKS_PER_SECOND;
  }
  return by;
}

export const total = (by) => Object.values(by).reduce((a, b) => a + b, 0);

// KB of proportional memory of these processes.
export function pssKb(pids) {
  return pids.reduce((sum, pid) =>
    sum + Number(/^Pss:\s+(\d+)/m.exec(read(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0), 0);
}

// KB of kernel memory that sockets, pipes, processes and epoll cost.
export function kernelKb() {
  const info = read('/proc/meminfo');
  const kb = (key) => Number(new RegExp(`^${key}:\\s+(\\d+)`, 'm').exec(info)[1]);
  const pages = Number(/TCP:.* mem (\d+)/.exec(read('/proc/net/sockstat'))[1]);
  return kb('SUnreclaim') + kb('KernelStack') + kb('PageTables') + pages * 4;
}
