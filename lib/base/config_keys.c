/* SPDX-License-Identifier: MIT */
/*
 * config_keys.c -- Every setting there is: one row a key, sorted by subject.
 *
 * The docs, `parleyctl config`, the check at start and the environment's names
 * all come from here.  Every help is one sentence.
 */
#include "base/config.h"

/* clang-format off: a table is read by its columns. */
#define TEXT(name, fallback, max, help)                           \
	{                                                         \
		name, CONFIG_STRING, fallback, 0, max, NULL, help \
	}
#define INT(name, fallback, min, max, help)                      \
	{                                                        \
		name, CONFIG_INT, fallback, min, max, NULL, help \
	}
#define BOOL(name, fallback, help)                            \
	{                                                     \
		name, CONFIG_BOOL, fallback, 0, 0, NULL, help \
	}
#define CHOICE(name, fallback, choices, help)                      \
	{                                                          \
		name, CONFIG_CHOICE, fallback, 0, 0, choices, help \
	}
#define ENDPOINTS(name, max, help)                             \
	{                                                      \
		name, CONFIG_ENDPOINTS, "", 0, max, NULL, help \
	}

const struct config_key config_keys[] = {
    /* -- the site -------------------------------------------------- */
    TEXT("site.name", "Parley", 64, "The name shown on every page."),
    TEXT("site.url", "", 200,
	"Public address (https://chat.example.org), for links and for the "
	"Origin of sockets; empty: what the browser asked for."),
    CHOICE("site.language", "en", "en zh",
	"Language of a page when neither the user nor the browser says."),

    /* -- the way in ------------------------------------------------ */
    TEXT("http.bind", "127.0.0.1", 64, "Address to listen on."),
    INT("http.port", "8080", 1, 65535,
	"Port to listen on; the HTTPS port when tls.certificate is set."),
    TEXT("tls.certificate", "", 1000,
	"PEM file of the certificate with its chain; with tls.key it turns on "
	"HTTPS and WSS."),
    TEXT("tls.key", "", 1000, "PEM file of the certificate's private key."),
    INT("tls.redirect_port", "0", 0, 65535,
	"Port on which plain HTTP is sent on to HTTPS; 0: 80 where "
	"http.port is 443, else the next one after http.port."),
    TEXT("trusted.proxies", "", 1000,
	"Addresses (or networks, a.b.c.d/n) of proxies whose X-Forwarded-For "
	"and X-Forwarded-Proto are believed, by commas."),
    TEXT("operator.addresses", "127.0.0.1,::1", 1000,
	"Addresses (or networks) that may read /metrics, by commas."),
    INT("websocket.heartbeat_s", "25", 10, 25,
	"A client is to send something this often; after twice that its socket "
	"is closed."),
    INT("websocket.max_sockets", "5000", 1, 1000000,
	"Open sockets of this node; one more gets 503."),
    INT("websocket.pending_per_address", "1024", 1, 4096,
	"Sockets of one address whose token is good and whose session is being "
	"looked up (of all: 4096); one more is told \"unavailable\" and "
	"closed.  "
	"Without a good token none is kept.  See rate_limit.enabled."),
    INT("websocket.processes", "2", 1, 64,
	"How many websocketd share the sockets."),
    INT("websocket.memory_mb", "256", 128, 65536,
	"Memory limit of each websocketd, which bounds what a giant frame can "
	"take."),

    /* -- workers of each page program ------------------------------- */
    INT("workers.accounts", "2", 1, 256,
	"Workers of the program accounts: users and their settings."),
    INT("workers.password", "2", 1, 256,
	"Workers of the pool that hashes passwords: it is the program accounts "
	"once more, so that logging in starves nothing else."),
    INT("workers.contacts", "2", 1, 256, "Workers of the program contacts."),
    INT("workers.history", "24", 1, 256,
	"Workers of the program history: conversations, messages, sending and "
	"reading."),
    INT("workers.groups", "2", 1, 256,
	"Workers of the program groups: members, invitations, the directory."),
    INT("workers.health", "1", 1, 256,
	"Workers of the program health, which tells how the node is."),
    INT("workers.requests", "10000", 0, 1000000000,
	"Requests after which a worker retires and a fresh one takes its "
	"place; 0: never."),

    /* -- engines ---------------------------------------------------- */
    TEXT("mysql.socket", "", 100,
	"MariaDB's Unix socket; empty: run/mysql.sock of the instance."),
    ENDPOINTS("mysql.hosts", 8,
	"Servers of which one at a time is writable, the preferred one first "
	"(a primary and its standby); empty: mysql.socket."),
    TEXT("mysql.ca", "", 1000,
	"PEM file of the authority that signed the certificates of MariaDB; "
	"with it every host:port of mysql.hosts is spoken to by TLS and must "
	"prove its name."),
    TEXT("mysql.user_host", "", 60,
	"From which hosts, beside this one, the programs' database users may "
	"come, as MariaDB writes it (10.0.0.%); empty: from none."),
    TEXT("mysql.database", "parley", 64, "Name of the database."),
    INT("mysql.connect_timeout_s", "2", 1, 60,
	"How long connecting to MariaDB may take."),
    INT("mysql.timeout_s", "5", 1, 600, "How long a statement may take."),
    INT("mysql.lock_wait_s", "3", 1, 60,
	"How long a statement may wait for a row lock; keep it below "
	"mysql.timeout_s."),
    INT("mysql.retry_ms", "500", 10, 60000,
	"After a failed connection MariaDB is not tried again for so long."),
    INT("mysql.buffer_pool_mb", "32", 8, 1048576,
	"InnoDB's buffer pool: the working set should fit."),
    INT("mysql.log_file_mb", "48", 8, 65536, "InnoDB's redo log."),
    INT("mysql.max_connections", "200", 10, 10000,
	"Connections MariaDB accepts: more than all workers and daemons "
	"together."),
    TEXT("redis.socket", "", 100,
	"Redis' Unix socket; empty: run/redis.sock of the instance."),
    ENDPOINTS("redis.host", 1,
	"Redis on another machine, host:port; its password, if it has one, is "
	"the file secrets/redis; empty: redis.socket."),
    INT("redis.timeout_ms", "500", 10, 60000,
	"How long a Redis command may take."),
    INT("redis.retry_ms", "500", 10, 60000,
	"After a failure Redis is not tried again for so long."),
    INT("redis.maxmemory_mb", "64", 8, 1048576,
	"Memory Redis may use for data."),

    /* -- people ----------------------------------------------------- */
    CHOICE("registration.mode", "open", "open closed",
	"Who may register: anybody, or nobody."),
    INT("contact.request_days", "30", 1, 365,
	"A contact request that nobody answered is over after so many days."),
    CHOICE("direct.policy", "contacts", "contacts anyone",
	"Whom one may write to directly: one's contacts, or anyone."),
    INT("group.max_members", "500", 1, 10000,
	"How many members a new group may have; each can set its own limit, "
	"up to 10,000."),
    INT("group.invitations_per_day", "100", 1, 100000,
	"How many who are no contacts one may invite to groups in a day (UTC); "
	"see rate_limit.enabled."),
    INT("group.invitations_pending", "100", 1, 10000,
	"How many invitations of strangers may wait for one person's answer."),
    INT("password.min_score", "3", 0, 4,
	"Least strength of a new password as zxcvbn rates it."),
    INT("password.memory_kb", "19456", 8192, 1048576,
	"Memory of one Argon2id hash."),
    INT("password.iterations", "2", 1, 100, "Passes of one Argon2id hash."),
    INT("token.access_s", "600", 10, 86400, "Life of an access token."),
    INT("session.idle_days", "30", 1, 3650,
	"A session not used for so long has ended."),
    INT("session.max", "100", 1, 1000,
	"Sessions of one user; one more ends the one unused for longest."),
    INT("login.failures_account", "10", 1, 100000,
	"Wrong passwords for an account from one address within login.window_s "
	"before it has to wait; from all addresses ten times as many."),
    INT("login.failures_address", "50", 1, 100000,
	"Wrong passwords from one address within login.window_s before it has "
	"to wait."),
    INT("login.window_s", "900", 10, 86400,
	"The window over which wrong passwords are counted."),

    /* -- limits ----------------------------------------------------- */
    BOOL("rate_limit.enabled", "on",
	"Turns every limit on or off, that of log-ins too; off is for load "
	"tests."),
    INT("rate_limit.read_per_minute", "6000", 1, 100000000,
	"Requests of a user, or of an address without one, that change "
	"nothing."),
    INT("rate_limit.write_per_minute", "1200", 1, 100000000,
	"Requests of a user, or of an address without one, that change "
	"something."),
    INT("rate_limit.message_per_minute", "1200", 1, 100000000,
	"Messages sent by a user."),
    INT("rate_limit.register_per_hour", "600", 1, 100000000,
	"Accounts made from one address."),
    INT("rate_limit.login_per_minute", "120", 1, 100000000,
	"Attempts to log in from one address, right or wrong."),
    INT("rate_limit.address_per_minute", "20000", 1, 100000000,
	"All requests from one address."),

    /* -- delivery --------------------------------------------------- */
    TEXT("node.id", "", 32,
	"This node's name, [a-z0-9-]; empty: one is made and kept in the "
	"instance."),
    CHOICE("bus.driver", "redis", "redis kafka",
	"What carries events from relay to deliver; the same on every node."),
    INT("bus.shards", "8", 1, 256,
	"Streams that conversations are spread over; the same on every node."),
    INT("bus.max_length", "100000", 1000, 100000000,
	"Events a stream holds at most."),
    TEXT("kafka.brokers", "127.0.0.1:9092", 1000,
	"With bus.driver = kafka: the first brokers to ask, host:port, by "
	"commas."),
    TEXT("kafka.topic", "im.messages", 200,
	"The topic of events; it is made, with bus.shards partitions, if it "
	"is missing."),
    TEXT("kafka.group", "parley-deliver", 200,
	"The consumer group of all delivers."),
    TEXT("kafka.ca", "", 1000,
	"PEM file of the authority that signed the certificates of the "
	"brokers; with it they are spoken to by TLS and must prove their "
	"names."),
    TEXT("kafka.user", "", 200,
	"The name we log in with at the brokers (SASL); its password is the "
	"file secrets/kafka; empty: without log-in."),
    CHOICE("kafka.mechanism", "SCRAM-SHA-512",
	"SCRAM-SHA-512 SCRAM-SHA-256 PLAIN",
	"How kafka.user logs in; PLAIN shows the broker the password, so it "
	"needs kafka.ca."),
    TEXT("kafka.properties", "", 1000,
	"A file of librdkafka's own settings, key = value a line (client "
	"certificates, buffers), in the instance or by its full name; it has "
	"the last word."),
    INT("kafka.timeout_ms", "2000", 100, 60000,
	"How long an event may take to be acknowledged by all replicas; keep "
	"it below half of lease.life_ms."),
    INT("lease.life_ms", "6000", 600, 600000,
	"How long a relay or deliver that went silent keeps its shards before "
	"others take them; renewed three times in that."),
    INT("writer.timeout_ms", "1000", 0, 10000,
	"How long a worker waits for the writer, which gathers concurrent "
	"sends into one transaction, before it commits a send by itself; 0: "
	"it never asks."),
    INT("writer.crowd_ms", "50", 0, 10000,
	"Where sends overlap the writer gathers them, for so long; a lone one "
	"is committed by its worker, which is quicker.  0: it gathers "
	"always."),
    INT("writer.gather_us", "1000", 0, 100000,
	"How long the writer waits for as many sends as came at once the last "
	"time; 0: it takes what is there."),
    INT("relay.batch", "256", 1, 10000, "Events the relay moves at once."),
    INT("relay.sweep_ms", "1000", 100, 60000,
	"How often the relay looks without having been woken."),
    INT("relay.republish_ms", "5000", 1000, 600000,
	"An event not handled for so long is put on the bus again."),
    INT("deliver.max_attempts", "10", 1, 1000,
	"Failed attempts at an event before it becomes a dead letter and its "
	"conversation goes on; 10 take about a minute and a half."),
    INT("deliver.conversation_rate", "3000", 0, 1000000,
	"Events a second of one conversation; what comes faster is delayed, "
	"in order, so that a storm holds up nobody else; 0: no limit."),
    INT("deliver.conversation_burst", "6000", 1, 1000000,
	"Events of one conversation that may come at once."),
    INT("deliver.replay_max", "500", 1, 10000,
	"More missed messages than this in a conversation are replayed as one "
	"gap and the newest ones."),
    INT("deliver.replay_newest", "100", 1, 10000,
	"How many of the newest follow a gap."),
    INT("hub.buffer_kb", "256", 64, 65536,
	"What may wait for a slow reader before its socket is closed."),
    INT("hub.memory_mb", "256", 16, 1048576,
	"What may wait for all slow readers together."),
    INT("hub.ack_flush_ms", "500", 10, 1000,
	"How long acknowledgements are gathered before they are handed on."),
    INT("presence.offline_ms", "5000", 100, 60000,
	"How long after the last device has gone a user looks offline."),

    /* -- telling ---------------------------------------------------- */
    INT("health.unwatched_ms", "90000", 1000, 86400000,
	"When nobody asked /readyz or /metrics for longer, what was in between "
	"is not known, and every state is one since then."),
    CHOICE("log.level", "info", "debug info warn error",
	"The least important line that is logged."),

    {0},
};
/* clang-format on */
