// SPDX-License-Identifier: MIT
//
// watch.mjs -- Do those that live long grow?
//
// Each round looks at every process of a node.  Its first two rounds are its
// youth; what it holds from then on is what it may hold, with some slack.  A
// process that was killed starts anew under another pid.

import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { pssKb } from '../load/proc.mjs';

const YOUTH = 2;
// Engines and websocketd hold what their clients open: they are looked at
// when all clients have gone.
const OURS = /daemons\/(relay|deliver|push|writer)|\.fcgi/;
const MB = 1024;

const FDS_SLACK = 8;

// Connections that it has taken on a Unix socket of its instance: by whom it
// is asked is up to them.
function guests(pid, fds) {
  const taken = new Set(readFileSync('/proc/net/unix', 'latin1').split('\n')
    .filter((line) => / 03 +\d+ \/.*\/run\/\w+\.sock$/.test(line))
    .map((line) => `socket:[${line.trim().split(/ +/)[6]}]`));
  return fds.filter((fd) => {
    try {
      return taken.has(readlinkSync(`/proc/${pid}/fd/${fd}`));
    } catch {
      return false; // it was closed meanwhile
    }
  }).length;
}

function look(pid) {
  try {
    const fds = readdirSync(`/proc/${pid}/fd`);
    const asked = guests(pid, fds);
    return { fds: fds.length - asked, asked, kb: pssKb([pid]),
      name: readFileSync(`/proc/${pid}/cmdline`, 'latin1').split('\0')[0]
        .split('/').at(-1) };
  } catch {
    return null; // it ended meanwhile
  }
}

export class Watch {
  constructor(nodes) {
    this.nodes = nodes;
    this.seen = new Map(); // pid -> { rounds, first, last, node }
  }

  // Gives the pids that are there.
  round() {
    const there = new Set();
    for (const node of this.nodes)
      for (const pid of node.pids(OURS)) {
        const now = look(pid);
        if (!now)
          continue;
        const known = this.seen.get(pid) ?? { rounds: 0, node };
        if (++known.rounds <= YOUTH || !known.first)
          known.first = now;
        known.last = now;
        this.seen.set(pid, known);
        there.add(pid);
      }
    return there;
  }

  // After the clients have gone.  A sanitizer keeps freed memory for long.
  leaks({ sanitized }) {
    const out = [];
    const there = this.round();
    for (const [pid, { rounds, first, last, node }] of this.seen) {
      if (rounds <= YOUTH + 1 || !there.has(pid))
        continue;
      const askers = node.pids(/\.fcgi/).length;
      if (last.asked > askers)
        out.push(`${node.name} ${last.name} ${pid}: ${last.asked} ` +
          `connections of ${askers} who could have one`);
      if (last.fds > first.fds + FDS_SLACK)
        out.push(`${node.name} ${last.name} ${pid}: ${first.fds} -> ` +
          `${last.fds} descriptors in ${rounds} rounds`);
      if (!sanitized && last.kb > 1.5 * first.kb + 6 * MB)
        out.push(`${node.name} ${last.name} ${pid}: ${first.kb} -> ` +
          `${last.kb} KB in ${rounds} rounds`);
    }
    return out;
  }

  // How many rounds the oldest of those looked at has seen.
  get oldest() {
    return Math.max(0, ...[...this.seen.values()].map((s) => s.rounds));
  }
}
