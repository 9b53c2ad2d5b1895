#!/bin/sh
# SPDX-License-Identifier: MIT
#
# check.sh -- Does every order of events keep what delivery promises?
#
# spin makes a program of the model that walks through all of them.  Then one
# promise after the other is left out, and each time the walk must find what
# goes wrong without it: else it would prove nothing.
set -eu
cd "$(dirname "$0")"
model=$PWD/delivery.pml
dir=$(mktemp -d)
failed=0
trap '[ $failed = 0 ] && rm -rf "$dir"' EXIT
cd "$dir"

build() {	# NAME OPTION...: the walk of one set-up
	name=$1
	shift
	spin -a "$@" "$model" >spin.log 2>&1 || { cat spin.log; exit 1; }
	gcc -O2 -w -DSAFETY -DMEMLIM=3000 -o "$name" pan.c
}

walk() {	# NAME: what was found wrong
	"./$1" -m20000 -n -E >log 2>&1 || { cat log; exit 1; }
	grep -q 'max search depth too small\|out of memory' log && {
		cat log
		exit 1
	}
	sed -n 's/^pan:[0-9]*: //p' log
}

holds() {	# NAME WHAT
	wrong=$(walk "$1")
	states=$(sed -n 's/^ *\([0-9]*\) states, stored.*/\1/p' log)
	if [ "$wrong" ]; then
		echo "FAILED $2: $wrong"
		echo "step by step: cd $dir; spin -t -p $model"
		failed=1
	else
		echo "ok $2 ($states states)"
	fi
}

breaks() {	# NAME NUMBER PROMISE
	wrong=$(LEFT_OUT=$2 walk "$1")
	if [ "$wrong" ]; then
		echo "ok without '$3' it fails: $wrong"
	else
		echo "FAILED without '$3' nothing goes wrong"
		failed=1
	fi
}

build one -DFAULTS=1 -DMOVES=0
build two -DFAULTS=0 -DMOVES=1 -DRELAYS=2 -DDELIVERS=2
holds one 'one node, a fault at every step'
holds two 'two nodes, a lease that moves at every step'
breaks one 1 'an outbox row lives until it was handed out'
breaks one 2 'the hub drops what a socket had'
breaks two 3 'one deliver handles a shard'
breaks one 4 'after a loss nothing newer is given'
breaks one 5 'the hub looks at the counter'
breaks one 6 'live messages wait for the replay'
breaks one 7 'what the bus lost is published again'
breaks one 8 'the epoch is checked with each read'
exit $failed
