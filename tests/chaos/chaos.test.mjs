// SPDX-License-Identifier: MIT
// A minute of chaos with the sanitized programs; `make chaos` is the long form.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chaos } from './chaos.mjs';

test('whatever_breaks_nothing_acknowledged_is_lost_and_order_holds',
  async (t) => {
    const log = [];
    const { lines, found } = await chaos({ minutes: 1, release: false,
      catchUpMs: 30_000, people: 4, pauseMs: 500,
      log: (line) => log.push(line) });
    for (const line of lines)
      t.diagnostic(line);
    assert.deepEqual(found, [], [...log, ...lines].join('\n'));
  });
