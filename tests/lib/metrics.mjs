// SPDX-License-Identifier: MIT
//
// metrics.mjs -- What a server says of itself at /metrics.

import { Client } from './client.mjs';

// The sum of a metric over all programs, 0 if none has it yet.
export async function metric(base, name) {
  const { text } = await new Client(base).send('GET', '/metrics');
  return [...text.matchAll(new RegExp(`^parley_${name}\\{[^}]*\\} (\\S+)$`,
    'gm'))].reduce((sum, [, value]) => sum + Number(value), 0);
}
