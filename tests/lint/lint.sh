#!/bin/sh
# SPDX-License-Identifier: MIT
#
# lint.sh -- `make lint` beside the tests: it takes what they leave over.
#
# The kernel may weigh sessions before it weighs processes (autogroups): so the
# session is a new one, and as light as its processes.
cd "$(dirname "$0")/../.." || exit
unset MAKEFLAGS MAKELEVEL MFLAGS
exec setsid -w sh -c '
	[ ! -w /proc/self/autogroup ] || echo 19 >/proc/self/autogroup
	exec nice -n 19 make --no-print-directory lint' 2>&1
