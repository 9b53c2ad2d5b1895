#!/bin/sh
# SPDX-License-Identifier: MIT
#
# run.sh -- The bus on a real Kafka; `make test-kafka` calls it.
#
# Fetches Apache Kafka with Maven into build/kafka (once), starts one broker in
# KRaft mode in a folder of its own, on ports of 127.0.0.1 that are free, runs
# the bus's contract and an instance's test against it, and ends it.
set -eu
cd "$(dirname "$0")/../.."
home=$PWD/build/kafka
lib=$home/lib

free_port() {
	node -e 'const s = require("net").createServer().listen(0, "127.0.0.1",
	    () => { console.log(s.address().port); s.close(); })'
}

listens() {
	node -e 'require("net").connect(+process.argv[1], "127.0.0.1")
	    .on("connect", () => process.exit(0))
	    .on("error", () => process.exit(1))' "$1"
}

if [ ! -e "$home/complete" ]; then
	mvn -q -B -f tests/kafka/pom.xml dependency:copy-dependencies \
	    -DoutputDirectory="$lib"
	touch "$home/complete"
fi

dir=$(mktemp -d /tmp/parley-kafka-XXXXXX)
port=$(free_port)
voter=$(free_port)
broker=
finish() {
	if [ -n "$broker" ]; then
		kill -CONT "$broker" 2>/dev/null || :
		kill -KILL "$broker" 2>/dev/null || :
		wait "$broker" 2>/dev/null || :
	fi
	rm -rf "$dir"
}
trap finish EXIT
trap 'exit 1' HUP INT TERM

cat >"$dir/server.properties" <<CONF
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$voter
listeners=PLAINTEXT://127.0.0.1:$port,CONTROLLER://127.0.0.1:$voter
advertised.listeners=PLAINTEXT://127.0.0.1:$port
controller.listener.names=CONTROLLER
log.dirs=$dir/data
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
CONF

kafka() { java -Xmx512m -cp "$lib/*" "$@"; }

kafka kafka.tools.StorageTool format -t "$(kafka kafka.tools.StorageTool \
    random-uuid 2>/dev/null)" -c "$dir/server.properties" >"$dir/log" 2>&1 ||
	{ cat "$dir/log"; exit 1; }
java -Xmx512m -cp "$lib/*" kafka.Kafka "$dir/server.properties" \
    >>"$dir/log" 2>&1 &
broker=$!
tries=300
until listens "$port"; do
	tries=$((tries - 1))
	if [ $tries -eq 0 ] || ! kill -0 "$broker" 2>/dev/null; then
		tail -50 "$dir/log"
		exit 1
	fi
	sleep .2
done

export PARLEY_TEST_KAFKA="127.0.0.1:$port" PARLEY_TEST_KAFKA_PID="$broker"
build/asan/tests/bus_kafka_test
tests/run.sh api/kafka.test.mjs
