#!/bin/sh
# SPDX-License-Identifier: MIT
#
# run.sh -- Every test, on servers of its own; `make test` calls it.
#
#	tests/run.sh [FILE ...]		all, or only these test files
#
# Needs the programs built: sanitized in PARLEY_TEST_BUILD (build/asan), for
# release in PARLEY_TEST_RELEASE (build).  The last line is the total.
set -eu
cd "$(dirname "$0")"
stamp=node_modules/.package-lock.json
if [ ! -e $stamp ] || [ package-lock.json -nt $stamp ]; then
	npm ci --silent --no-progress
	touch $stamp
fi
exec node run.mjs "$@"
