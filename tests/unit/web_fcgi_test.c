/* SPDX-License-Identifier: MIT */
/*
 * web_fcgi_test.c -- A worker as its web server sees it: FastCGI on a socket.
 *
 * The worker is a child of the test; the client below speaks the protocol
 * byte by byte, so that it can also break it.
 */
#include "arena_world.h"
#include "web_test.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/process.h"
#include "web/fcgi.h"

enum {
	LARGE = 300 * 1000,
	BEGIN = 1,
	END = 3,
	PARAMS = 4,
	STDIN = 5,
	STDOUT = 6
};

static char large[LARGE + 1];

static int
hello(struct req *req, struct view *view, struct err *e)
{
	(void)e;
	view_set(view, "hello", json_text(req_str(req, "name")));
	return 0;
}

static int
much(struct req *req, struct view *view, struct err *e)
{
	(void)req;
	(void)e;
	return view_text(view, "text/plain", large);
}

static const struct web_field fields[] = {
    {.name = "name", .type = FIELD_TEXT},
    {0},
};

static const struct web_route routes[] = {
    {WEB_POST, SIDE_API, "/hello", RIGHT_PUBLIC, hello, fields, .templ = 0},
    {WEB_GET, SIDE_API, "/much", RIGHT_PUBLIC, much, .fields = 0},
};

static const struct web_program program = {"test", routes, 2, NULL};

/* -- the worker ------------------------------------------------------------ */

struct worker {
	pid_t		   pid;
	struct sockaddr_un address;
};

static int
serve_forever(int fd, int64_t max_requests)
{
	struct web   web = {.program = &program,
	      .language = "en",
	      .operators = "",
	      .site_name = "",
	      .site_url = ""};
	struct fcgi *fcgi = NULL;
	struct err   e = {0};
	int	     rc;

	process_start("test");
	rc = fcgi_open(&fcgi, fd, &e);
	if (rc == 0)
		rc = fcgi_run(fcgi, &web, max_requests, &e);
	fcgi_close(&fcgi);
	(void)close(fd);
	return rc == 0 ? 0 : 1;
}

static void
worker_start(struct worker *w, int64_t max_requests)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	memset(w, 0, sizeof(*w));
	w->address.sun_family = AF_UNIX;
	(void)snprintf(w->address.sun_path, sizeof(w->address.sun_path),
	    "/tmp/parley-web-fcgi-%d.sock", (int)getpid());
	(void)unlink(w->address.sun_path);
	assert_int_not_equal(fd, -1);
	assert_int_equal(
	    bind(fd, (struct sockaddr *)&w->address, sizeof(w->address)), 0);
	assert_int_equal(listen(fd, 16), 0);
	w->pid = fork();
	assert_int_not_equal(w->pid, -1);
	if (w->pid == 0)
		_exit(serve_forever(fd, max_requests));
	(void)close(fd);
}

/* Its exit status; -1 when it did not end by itself. */
static int
worker_wait(struct worker *w)
{
	int status;

	assert_int_equal(waitpid(w->pid, &status, 0), w->pid);
	(void)unlink(w->address.sun_path);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* -- the client ------------------------------------------------------------ */

static int
client_connect(const struct worker *w)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	assert_int_not_equal(fd, -1);
	assert_int_equal(connect(fd, (const struct sockaddr *)&w->address,
			     sizeof(w->address)),
	    0);
	return fd;
}

static void
add_record(struct strbuf *b, int type, const void *data, size_t n)
{
	const unsigned char header[8] = {1, (unsigned char)type, 0, 1,
	    (unsigned char)(n >> 8), (unsigned char)n, 0, 0};

	strbuf_add(b, header, sizeof(header));
	strbuf_add(b, data, n);
}

static void
add_param(struct strbuf *b, const char *name, const char *value)
{
	strbuf_addc(b, (char)strlen(name));
	strbuf_addc(b, (char)strlen(value));
	strbuf_adds(b, name);
	strbuf_adds(b, value);
}

static struct strbuf
request_bytes(const char *method, const char *uri, const char *body)
{
	static const unsigned char responder[8] = {0, 1};
	struct strbuf		   all, params;
	size_t			   n = strlen(body);

	strbuf_init(&all, arena);
	strbuf_init(&params, arena);
	add_param(&params, "REQUEST_METHOD", method);
	add_param(&params, "REQUEST_URI", uri);
	add_param(&params, "CONTENT_TYPE", "application/json");
	add_param(&params, "CONTENT_LENGTH", arena_printf(arena, "%zu", n));
	add_record(&all, BEGIN, responder, sizeof(responder));
	add_record(&all, PARAMS, params.data, params.len);
	add_record(&all, PARAMS, "", 0);
	for (size_t part; n > 0; body += part, n -= part) {
		part = n > 60000 ? 60000 : n;
		add_record(&all, STDIN, body, part);
	}
	add_record(&all, STDIN, "", 0);
	return all;
}

static size_t
read_fully(int fd, void *data, size_t n)
{
	size_t got = 0;

	while (got < n) {
		ssize_t r = read(fd, (char *)data + got, n - got);

		if (r <= 0)
			break;
		got += (size_t)r;
	}
	return got;
}

/* What the worker answers, up to the end of the request; NULL: nothing. */
static const char *
read_reply(int fd)
{
	struct strbuf out;
	unsigned char header[8];
	char	     *data;
	size_t	      n;

	strbuf_init(&out, arena);
	while (read_fully(fd, header, sizeof(header)) == sizeof(header)) {
		n = (size_t)header[4] << 8 | header[5];
		data = arena_alloc(arena, n + 1);
		assert_int_equal(read_fully(fd, data, n), n);
		if (header[1] == END)
			return out.data;
		assert_int_equal(header[1], STDOUT);
		strbuf_add(&out, data, n);
	}
	return NULL;
}

static const char *
ask(const struct worker *w, const char *method, const char *uri,
    const char *body)
{
	struct strbuf bytes = request_bytes(method, uri, body);
	int	      fd = client_connect(w);
	const char   *reply;

	assert_int_equal(write(fd, bytes.data, bytes.len), bytes.len);
	reply = read_reply(fd);
	(void)close(fd);
	return reply;
}

/* -- what it keeps --------------------------------------------------------- */

static void
a_request_is_answered(void **state)
{
	struct worker w;

	(void)state;
	worker_start(&w, 0);
	for (int i = 0; i < 3; i++) {
		assert_contains(
		    ask(&w, "POST", "/api/v1/hello", "{\"name\":\"you\"}"),
		    "\r\n\r\n{\"hello\":\"you\"}");
		assert_status(ask(&w, "GET", "/api/v1/x", ""), 404);
	}
	assert_int_equal(kill(w.pid, SIGTERM), 0);
	assert_int_equal(worker_wait(&w), 0);
}

static void
a_long_reply_and_a_long_body_come_through(void **state)
{
	struct worker w;
	const char   *reply;
	char	     *body = arena_alloc(arena, 200 * 1024 + 64);

	(void)state;
	memset(large, 'x', LARGE);
	worker_start(&w, 0);
	reply = strstr(ask(&w, "GET", "/api/v1/much", ""), "\r\n\r\n");
	assert_int_equal(strlen(reply + 4), LARGE);
	strcpy(body, "{\"name\":\"");
	memset(body + 9, 'y', 200 * 1024);
	strcat(body, "\"}");
	reply = ask(&w, "POST", "/api/v1/hello", body);
	assert_status(reply, 200);
	assert_int_equal(strlen(strstr(reply, "yyy")), 200 * 1024 + 2);
	kill(w.pid, SIGTERM);
	assert_int_equal(worker_wait(&w), 0);
}

static void
a_broken_client_harms_nobody(void **state)
{
	struct strbuf whole =
	    request_bytes("POST", "/api/v1/hello", "{\"name\":\"you\"}");
	struct worker w;
	int	      fd;

	(void)state;
	worker_start(&w, 0);
	for (size_t n = 0; n < whole.len; n += 3) {
		fd = client_connect(&w);
		assert_int_equal(write(fd, whole.data, n), n);
		(void)close(fd);
	}
	fd = client_connect(&w);
	assert_int_equal(write(fd, "GET / HTTP/1.0\r\n\r\n", 18), 18);
	(void)close(fd);
	fd = client_connect(&w); /* asks for much and reads nothing of it */
	whole = request_bytes("GET", "/api/v1/much", "");
	assert_int_equal(write(fd, whole.data, whole.len), whole.len);
	(void)close(fd);
	assert_status(ask(&w, "POST", "/api/v1/hello", "{}"), 200);
	kill(w.pid, SIGTERM);
	assert_int_equal(worker_wait(&w), 0);
}

static void
a_worker_retires_after_its_requests(void **state)
{
	struct worker w;

	(void)state;
	worker_start(&w, 3);
	for (int i = 0; i < 3; i++)
		assert_status(ask(&w, "POST", "/api/v1/hello", "{}"), 200);
	assert_int_equal(worker_wait(&w), 0);
}

static void
a_worker_without_a_socket_says_so(void **state)
{
	struct fcgi *fcgi = NULL;
	struct err   e = {0};
	int	     fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(fcgi_open(&fcgi, fds[0], &e), -1);
	assert_contains(e.detail, "spawn-fcgi");
	fcgi_close(&fcgi);
	(void)close(fds[0]);
	(void)close(fds[1]);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, arena_set_up, arena_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_request_is_answered),
	    TEST(a_long_reply_and_a_long_body_come_through),
	    TEST(a_broken_client_harms_nobody),
	    TEST(a_worker_retires_after_its_requests),
	    TEST(a_worker_without_a_socket_says_so),
	};

	(void)signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
