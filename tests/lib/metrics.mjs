// SPDX-License-Identifier: MIT
//
// metrics.mjs -- What a server says of itself at /metrics.

import { Client } from './client.mjs';

// The sum of a metric over all programs, or of one; 0 if none has it yet.
export async function metric(base, name, program = '[^"]*') {
  const { text } = await new Client(base).send('GET', '/metrics');
  return [...text.matchAll(new RegExp(
    `^parley_${name}\\{program="${program}"\\} (\\S+)$`, 'gm'))]
    .reduce((sum, [, value]) => sum + Number(value), 0);
}
