/* SPDX-License-Identifier: MIT */
/*
 * load.c -- The load generator: options, the people file, the modes' table.
 *
 * One process, one epoll loop, no library: it must cost far less than what it
 * measures, and prints its own share of a core with every figure.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "load.h"
#include "stats.h"

static const struct mode {
	const char *name, *help;
	int (*run)(const struct options *);
} modes[] = {
    {"request", "-c clients send one request after the other", mode_request},
    {"latency", "send over HTTP, see it on the peer's socket", mode_latency},
    {"fanout", "one message to -c sockets of one person, -r at once",
	mode_fanout},
    {"sockets",
	"open -c sockets, hold them until stdin ends; with -n all "
	"at once, until each has -n messages",
	mode_sockets},
};

static int
usage(void)
{
	fprintf(stderr,
	    "usage: load MODE [-p port] [-c clients] [-d seconds] [-r rate] "
	    "[-n messages]\n"
	    "    [-m method] [-u path] [-H header-line] [-b body]\n"
	    "    [-f people: lines of TOKEN PEER_TOKEN CONV_ID] [-w "
	    "port,port…]\n"
	    "In a body %%u is an id never used before, %%c the "
	    "conversation.\n");
	for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
		fprintf(stderr, "  %-8s %s\n", modes[i].name, modes[i].help);
	return 2;
}

static void
people_read(struct options *o, const char *path)
{
	char  *line = NULL, *save;
	size_t cap = 0;
	FILE  *f = fopen(path, "r");

	if (f == NULL) {
		perror(path);
		exit(2);
	}
	while (getline(&line, &cap, f) > 0) {
		struct person p = {0};

		p.token = strtok_r(line, " \n", &save);
		p.peer_token = strtok_r(NULL, " \n", &save);
		p.conv = strtok_r(NULL, " \n", &save);
		if (p.conv == NULL)
			continue;
		p.token = strdup(p.token);
		p.peer_token = strdup(p.peer_token);
		p.conv = strdup(p.conv);
		o->people =
		    realloc(o->people, (o->npeople + 1) * sizeof *o->people);
		if (o->people == NULL)
			abort();
		o->people[o->npeople++] = p;
	}
	free(line);
	fclose(f);
}

/* Those of the websocketds, to go past the web server. */
static void
ports_read(struct options *o, char *list)
{
	const size_t most = sizeof o->ws_port / sizeof *o->ws_port;
	char	    *save, *port = strtok_r(list, ",", &save);

	for (size_t i = 0; i < most && port != NULL; i++) {
		o->ws_port[i] = (uint16_t)atoi(port);
		port = strtok_r(NULL, ",", &save);
	}
}

uint16_t
socket_port(const struct options *o, size_t i)
{
	size_t n = 0;

	while (n < sizeof o->ws_port / sizeof *o->ws_port && o->ws_port[n] != 0)
		n++;
	return n == 0 ? o->port : o->ws_port[i % n];
}

const char *
unique_id(char buf[static 40])
{
	static unsigned long n;

	snprintf(buf, 40, "%lx-%x-%lx", (unsigned long)now_ns(),
	    (unsigned)getpid(), n++);
	return buf;
}

size_t
message_request(char *buf, size_t cap, const struct options *o,
    const struct person *p, const char *content)
{
	char body[1024], id[40];
	int  n, m;

	n = snprintf(body, sizeof body,
	    "{\"conv_id\":\"%s\",\"client_msg_id\":\"%s\",\"type\":\"text\","
	    "\"content\":\"%s\"}",
	    p->conv, unique_id(id), content);
	m = snprintf(buf, cap,
	    "POST /api/v1/messages HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n"
	    "Authorization: Bearer %s\r\nContent-Type: application/json\r\n"
	    "Content-Length: %d\r\n\r\n%s",
	    o->port, p->token, n, body);
	return m < 0 || (size_t)m >= cap ? 0 : (size_t)m;
}

int
main(int argc, char **argv)
{
	struct options o = {.port = 8080,
	    .clients = 1,
	    .seconds = 5,
	    .method = "GET",
	    .path = "/",
	    .header = ""};
	struct rlimit  files;
	int	       opt;

	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	if (argc < 2)
		return usage();
	optind = 2;
	while ((opt = getopt(argc, argv, "p:c:d:r:n:m:u:H:b:f:w:")) != -1) {
		switch (opt) {
		case 'p':
			o.port = (uint16_t)atoi(optarg);
			break;
		case 'c':
			o.clients = strtoul(optarg, NULL, 10);
			break;
		case 'd':
			o.seconds = atoi(optarg);
			break;
		case 'r':
			o.rate = strtod(optarg, NULL);
			break;
		case 'n':
			o.messages = (unsigned)strtoul(optarg, NULL, 10);
			break;
		case 'm':
			o.method = optarg;
			break;
		case 'u':
			o.path = optarg;
			break;
		case 'H':
			o.header = optarg;
			break;
		case 'b':
			o.body = optarg;
			break;
		case 'f':
			people_read(&o, optarg);
			break;
		case 'w':
			ports_read(&o, optarg);
			break;
		default:
			return usage();
		}
	}
	for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
		if (strcmp(argv[1], modes[i].name) == 0)
			return modes[i].run(&o);
	return usage();
}
