// SPDX-License-Identifier: MIT
//
// reporter.mjs -- What the driver is told of each test: one JSON a line.

export default async function* reporter(source) {
  for await (const { type, data } of source) {
    if (type !== 'test:pass' && type !== 'test:fail')
      continue;
    if (data.details?.type === 'suite' && type === 'test:pass')
      continue;
    const error = data.details?.error;
    yield `@@${JSON.stringify({
      name: data.name,
      ok: type === 'test:pass',
      left: data.skip ?? data.todo,
      ms: Math.round(data.details?.duration_ms ?? 0),
      suite: data.details?.type === 'suite',
      why: error ? String(error.cause?.stack ?? error.cause ?? error.stack)
        : undefined,
      of: error?.failureType,
    })}\n`;
  }
}
