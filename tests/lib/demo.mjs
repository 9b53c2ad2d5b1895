// SPDX-License-Identifier: MIT
//
// demo.mjs -- What `make demo` prints.

// [[login, password, language]]: the lines that begin with two blanks.
export function logIns(output) {
  return output.split('\n').map((line) => /^ {2}(\S+) +(\S+) +(\S+)$/.exec(line))
    .filter(Boolean).map((m) => m.slice(1));
}
