#!/bin/sh
# SPDX-License-Identifier: MIT
#
# run.sh -- The bus on a real Kafka; `make test-kafka` calls it.
#
# Fetches Apache Kafka with Maven into build/kafka (once), starts one broker in
# KRaft mode in a folder of its own, on ports of 127.0.0.1 that are free: one
# that asks nothing, one with TLS, one with TLS and a log-in.  Runs the bus's
# contract and instances' tests against it, and ends it.
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
tls=$(free_port)
login=$(free_port)
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

# An authority, and the broker's key with what it says of localhost.
certify() {
	cd "$dir"
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	    -days 2 -subj "/CN=$1 authority" -keyout "$1-ca.key" -out "$1-ca.pem"
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	    -subj /CN=localhost -addext subjectAltName=DNS:localhost \
	    -keyout "$1.key" -out "$1.csr"
	openssl x509 -req -days 2 -copy_extensions copy -in "$1.csr" \
	    -CA "$1-ca.pem" -CAkey "$1-ca.key" -CAcreateserial -out "$1.crt"
	cat "$1.key" "$1.crt" >"$1.pem"
}
(certify broker && certify stranger) >"$dir/log" 2>&1 ||
	{ cat "$dir/log"; exit 1; }

user=parley
password=$(openssl rand -hex 16)
module=org.apache.kafka.common.security
cat >"$dir/server.properties" <<CONF
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$voter
listeners=PLAINTEXT://127.0.0.1:$port,CONTROLLER://127.0.0.1:$voter,\
 TLS://127.0.0.1:$tls,LOGIN://127.0.0.1:$login
advertised.listeners=PLAINTEXT://127.0.0.1:$port,\
 TLS://localhost:$tls,LOGIN://localhost:$login
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,\
 TLS:SSL,LOGIN:SASL_SSL
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
ssl.keystore.type=PEM
ssl.keystore.location=$dir/broker.pem
sasl.enabled.mechanisms=SCRAM-SHA-512,SCRAM-SHA-256,PLAIN
listener.name.login.scram-sha-512.sasl.jaas.config=\
 $module.scram.ScramLoginModule required;
listener.name.login.scram-sha-256.sasl.jaas.config=\
 $module.scram.ScramLoginModule required;
listener.name.login.plain.sasl.jaas.config=\
 $module.plain.PlainLoginModule required user_$user="$password";
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
    random-uuid 2>/dev/null)" -c "$dir/server.properties" \
    --add-scram "SCRAM-SHA-512=[name=$user,password=$password]" \
    --add-scram "SCRAM-SHA-256=[name=$user,password=$password]" \
    >"$dir/log" 2>&1 ||
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
export PARLEY_TEST_KAFKA_TLS="localhost:$tls"
export PARLEY_TEST_KAFKA_LOGIN="localhost:$login"
export PARLEY_TEST_KAFKA_USER="$user" PARLEY_TEST_KAFKA_PASSWORD="$password"
export PARLEY_TEST_KAFKA_DIR="$dir"
build/asan/tests/bus_kafka_test
tests/run.sh api/kafka.test.mjs kafka/secure.test.mjs
