// SPDX-License-Identifier: MIT
//
// openapi-lint.mjs -- Is docs/openapi.yaml a good OpenAPI 3.1 document?
//
//	node tests/lib/openapi-lint.mjs
//
// Redocly's recommended rules, all of them errors.

import { fileURLToPath } from 'node:url';
import { createConfig, formatProblems, lint } from '@redocly/openapi-core';

export const OPENAPI = fileURLToPath(
  new URL('../../docs/openapi.yaml', import.meta.url));

const RULES = {
  'no-server-example.com': 'off', // it runs on the reader's own machine
  'no-ambiguous-paths': 'off', // /users/me and /users/{id}: the word wins
  'operation-2xx-response': 'off', // a socket answers 101
  'no-unused-components': 'off', // the socket's frames: OpenAPI has no use
};

export async function openapiProblems() {
  const config = await createConfig({ extends: ['recommended'], rules: RULES });
  return lint({ ref: OPENAPI, config });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const problems = await openapiProblems();
  if (problems.length > 0) {
    formatProblems(problems, { totals: { errors: problems.length, warnings: 0,
      ignored: 0 } });
    process.exit(1);
  }
  console.log('docs/openapi.yaml: no problems');
}
