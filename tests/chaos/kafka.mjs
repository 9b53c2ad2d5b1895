// SPDX-License-Identifier: MIT
//
// kafka.mjs -- The bus on Kafka: librdkafka's mock cluster, or the real one
// that PARLEY_TEST_KAFKA names.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ASAN_BUILD } from '../lib/instance.mjs';

// {settings, stop}: what an instance needs, and the end of the cluster.
export async function startKafka(dir) {
  const real = process.env.PARLEY_TEST_KAFKA;
  const mock = real ? null : spawn(join(ASAN_BUILD, 'tests/kafka_mock'),
    ['im.messages', '4'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [brokers] = real ? [real] :
    await once(createInterface({ input: mock.stdout }), 'line');
  const properties = join(dir, 'kafka.properties');
  writeFileSync(properties, real ? '' : 'fetch.wait.max.ms=20\n' +
    'session.timeout.ms=4500\nheartbeat.interval.ms=500\n');
  return { settings: { 'bus.driver': 'kafka', 'bus.shards': '4',
    'kafka.brokers': brokers, 'kafka.properties': properties },
  stop: () => mock?.kill('SIGKILL') };
}
