#!/bin/sh
# SPDX-License-Identifier: MIT
#
# kill_each.sh -- Kills every process of a running instance with -9, in turn.
#
# After each, within two seconds, there must be as many processes of its kind
# as before, and the instance must answer /readyz.  INSTANCE and PARLEY_BUILD
# say which.  Prints a line for each kind, with the longest time it took.
set -u
instance=$(readlink -f "${INSTANCE:-var}")
export PARLEY_INSTANCE="$instance"
tool=${PARLEY_BUILD:-build}/parleyctl
limit_ms=${LIMIT_MS:-2000}

now_ms() { date +%s%3N; }

tree() {
	grep -lzxF "PARLEY_TREE=$instance" /proc/[0-9]*/environ 2>/dev/null |
	    cut -d / -f 3
}

# What a process runs: "s6-supervise redis/log", "history.fcgi" (a worker),
# "history-pool" (who keeps it).
kind() {
	comm=
	{ read -r comm <"/proc/$1/comm"; } 2>/dev/null
	case $comm in *-pool) echo "$comm" && return ;; esac
	{ tr '\0' ' ' <"/proc/$1/cmdline"; } 2>/dev/null | awk '
	{ n = split($1, part, "/"); name = part[n] }
	name ~ /^s6-(supervise|log)$/ { name = name " " $NF }
	{ print name }'
}

count() {	# processes of a kind, those that are only on their way left out
	for pid in $(tree); do kind "$pid"; done | grep -cxF "$1"
}

is_back() { [ "$(count "$1")" -ge "$2" ] && "$tool" health >/dev/null 2>&1; }

# Youngest first, so that a service comes before what keeps it; s6-svscan, with
# which everything is renewed, is the last.
victims() {
	for pid in $(tree); do
		[ "$(kind "$pid")" = s6-svscan ] || echo "$pid"
	done | sort -rn
	for pid in $(tree); do
		[ "$(kind "$pid")" != s6-svscan ] || echo "$pid"
	done
}

failed=0
for pid in $(victims); do
	what=$(kind "$pid")
	[ "$what" ] || continue
	before=$(count "$what")
	start=$(now_ms)
	kill -9 "$pid" 2>/dev/null || continue
	until is_back "$what" "$before"; do
		[ $(($(now_ms) - start)) -lt $((limit_ms * 5)) ] || break
	done
	took=$(($(now_ms) - start))
	verdict=ok
	if [ "$took" -gt "$limit_ms" ]; then
		verdict=FAILED
		failed=$((failed + 1))
	fi
	echo "$verdict ${took}ms $what (was $pid)"
done
echo "$failed failed"
[ "$failed" = 0 ]
