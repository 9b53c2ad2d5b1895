/* SPDX-License-Identifier: MIT */
/* message_writer_test.c -- A worker, a writer, and writers that fail. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/config.h"
#include "base/process.h"
#include "message/writer.h"
#include "message/writer_wire.h"
#include "message_world.h"
#include "servers.h"

enum { STEP_MS = 1000 };

/* How a writer behaves to what it is asked. */
enum manner { WORKS, WRITES_AND_DIES, SAYS_NOTHING, TALKS_NONSENSE, FAILS };

static void
serve_badly(struct world *w, int listen_fd, enum manner manner)
{
	char	in[WRITER_WIRE_MAX];
	int	fd = -1;
	ssize_t n;

	while ((fd = accept(listen_fd, NULL, NULL)) == -1)
		continue;
	n = recv(fd, in, sizeof(in), 0);
	if (manner == TALKS_NONSENSE) {
		(void)!send(fd, "What?", 5, MSG_NOSIGNAL);
	} else if (manner == FAILS) {
		struct message_draft d = {0};
		struct strbuf	     out;

		err_set(&w->e, ERR_INTERNAL, "internal", "SELECT denied");
		strbuf_init(&out, w->a);
		writer_put_fate(&out, &d, &w->e);
		(void)!send(fd, out.data, out.len, MSG_NOSIGNAL);
	} else if (manner == WRITES_AND_DIES) {
		struct message_draft d;

		if (writer_get_draft(w->a, in, (size_t)n, &d) == -1 ||
		    message_send_many(w->app, w->a, &d, 1, &w->e) == -1)
			_exit(1);
	}
	while (manner != WRITES_AND_DIES)
		pause();
	_exit(0);
}

/* The socket is there when this returns, so nobody comes too early. */
static pid_t
start_writer(struct world *w, enum manner manner)
{
	int   fd;
	pid_t pid;

	assert_int_equal(
	    writer_listen(config_instance(w->app->config), &fd, &w->e), 0);
	if ((pid = fork()) == 0) {
		struct world   own;
		struct writer *writer;
		struct err     e = {0};

		process_start("message_writer_test");
		world_open(&own);
		if (manner != WORKS)
			serve_badly(&own, fd, manner);
		writer = writer_new(own.app, fd);
		while (!process_is_stopping())
			(void)writer_step(writer, STEP_MS, &e);
		_exit(0);
	}
	close(fd);
	return pid;
}

static void
end_writer(pid_t pid)
{
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void
send_one(struct world *w, const char *id, const char *text, uint64_t seq,
    bool is_repeat)
{
	struct message_draft d = draft(ANN, WITH_BOB, id, text);

	if (message_send(w->app, w->a, &d, &w->e) == -1)
		print_error("%s\n", w->e.detail);
	assert_int_equal(w->e.kind, ERR_NONE);
	assert_int_equal(d.is_repeat, is_repeat);
	assert_int_equal(d.message.seq, seq);
	assert_int_equal(d.message.id, message_id(WITH_BOB, seq));
	assert_string_equal(d.message.sender_name, "Ann");
	assert_string_equal(d.message.content, text);
	assert_true(d.message.created_ms > 0);
}

static void
assert_refused(struct world *w, uint64_t conv, const char *code)
{
	struct message_draft d = draft(ANN, conv, "r", "may I?");

	assert_int_equal(message_send(w->app, w->a, &d, &w->e), -1);
	assert_string_equal(w->e.code, code);
	err_clear(&w->e);
}

static void
what_the_writer_says_is_what_a_send_says(void **state)
{
	struct world	    *w = *state;
	pid_t		     pid = start_writer(w, WORKS);
	struct message_draft d = draft(ANN, WITH_BOB, NULL, "no id");
	struct message	     direct;

	send_one(w, "1", "first", 1, false);
	send_one(w, "2", "second", 2, false);
	send_one(w, "1", "first", 1, true);
	assert_refused(w, WITH_CYD, "not_a_contact");
	assert_refused(w, WITH_EVE, "blocked");
	assert_refused(w, 77, "not_found");
	assert_int_equal(message_send(w->app, w->a, &d, &w->e), 0);
	assert_false(d.is_repeat);
	assert_non_null(d.message.client_msg_id);
	assert_int_equal(
	    message_find_many(w->app, w->a,
		&(struct message_place){WITH_BOB, 3}, 1, &direct, &w->e),
	    0);
	assert_string_equal(direct.client_msg_id, d.message.client_msg_id);
	assert_int_equal(direct.created_ms, d.message.created_ms);
	d = draft(ANN, WITH_BOB, "2", "other");
	assert_int_equal(message_send(w->app, w->a, &d, &w->e), -1);
	assert_string_equal(w->e.code, "client_msg_id_reused");
	end_writer(pid);
	assert_counts(w, 3, 3);
}

static int
send_own(struct world *w, int who)
{
	for (int i = 0; i < 20; i++) {
		struct message_draft d = draft(who % 2 == 0 ? ANN : BOB,
		    WITH_BOB, arena_printf(w->a, "%d-%d", who, i), "hi");

		if (message_send(w->app, w->a, &d, &w->e) == -1 || d.is_repeat)
			return 1;
	}
	return 0;
}

static void
many_at_once_share_transactions_and_numbers(void **state)
{
	struct world *w = *state;
	pid_t	      pid = start_writer(w, WORKS);

	assert_int_equal(at_once(AT_ONCE_MAX, send_own), 0);
	end_writer(pid);
	assert_counts(w, 20 * AT_ONCE_MAX, 20 * AT_ONCE_MAX);
	assert_dense(w, WITH_BOB, 20 * AT_ONCE_MAX);
}

static void
without_a_writer_a_send_goes_on(void **state)
{
	struct world *w = *state;

	send_one(w, "1", "nobody there", 1, false);
	end_writer(start_writer(w, WORKS));
	send_one(w, "2", "nobody behind the socket", 2, false);
}

/* Neither to whom the server names it, nor to who did: 201, and not 200. */
static void
a_writer_that_dies_before_it_answers_has_sent_it_once(void **state)
{
	struct world	    *w = *state;
	pid_t		     pid = start_writer(w, WRITES_AND_DIES);
	struct message_draft d = draft(ANN, WITH_BOB, NULL, "once");

	assert_int_equal(message_send(w->app, w->a, &d, &w->e), 0);
	assert_false(d.is_repeat);
	assert_int_equal(d.message.seq, 1);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_counts(w, 1, 1);
	/* The next one finds the connection dead, and a new writer. */
	pid = start_writer(w, WRITES_AND_DIES);
	send_one(w, "2", "again", 2, false);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	pid = start_writer(w, WORKS);
	send_one(w, "2", "again", 2, true);
	end_writer(pid);
	assert_counts(w, 2, 2);
}

static void
who_is_not_understood_is_not_believed(void **state)
{
	struct world *w = *state;
	pid_t	      pid = start_writer(w, TALKS_NONSENSE);

	send_one(w, "1", "by myself", 1, false);
	end_writer(pid);
}

static void
a_fault_of_the_writer_is_not_the_senders(void **state)
{
	struct world *w = *state;
	pid_t	      pid = start_writer(w, FAILS);

	send_one(w, "1", "by myself", 1, false);
	end_writer(pid);
}

static void
a_silent_writer_is_not_waited_for_twice(void **state)
{
	struct world *w = *state;
	pid_t	      pid = start_writer(w, SAYS_NOTHING);

	for (int i = 0; i < 20; i++)
		send_one(w, arena_printf(w->a, "%d", i), "by myself",
		    (uint64_t)i + 1, false);
	end_writer(pid);
}

static int
connect_to(struct app *app)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int		   fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);

	(void)snprintf(at.sun_path, sizeof(at.sun_path), "%s/run/writer.sock",
	    config_instance(app->config));
	assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	return fd;
}

static void
the_writer_hangs_up_on_nonsense(void **state)
{
	struct world  *w = *state;
	struct writer *writer;
	int	       listen_fd, fd;
	char	       byte;

	assert_int_equal(
	    writer_listen(config_instance(w->app->config), &listen_fd, &w->e),
	    0);
	writer = writer_new(w->app, listen_fd);
	fd = connect_to(w->app);
	assert_int_equal(send(fd, "nonsense", 8, 0), 8);
	for (int i = 0; i < 3; i++)
		assert_int_equal(writer_step(writer, 0, &w->e), 0);
	assert_int_equal(recv(fd, &byte, 1, 0), 0);
	close(fd);
	writer_free(&writer);
	close(listen_fd);
	assert_counts(w, 0, 0);
}

static void
post(struct world *w, int fd, const char *text)
{
	struct message_draft d = draft(ANN, WITH_BOB, text, text);
	struct strbuf	     out;

	d.type = "text";
	strbuf_init(&out, w->a);
	writer_put_draft(&out, &d);
	assert_int_equal(send(fd, out.data, out.len, 0), out.len);
}

/* A process of its own, which holds no end of the writer's. */
static void
leave_and_let_another_in(struct world *w, int told)
{
	int  fds[2], next;
	char byte;

	for (int i = 0; i < 2; i++)
		post(w, fds[i] = connect_to(w->app), i == 0 ? "1a" : "1b");
	(void)!write(told, "", 1);
	for (int i = 0; i < 2; i++)
		(void)!recv(fds[i], &byte, 1, 0);
	/* Two were answered at once, so two are waited for. */
	post(w, fds[0], "2a");
	shutdown(fds[0], SHUT_WR);
	(void)!recv(fds[0], &byte, 1, 0); /* until the writer hangs up */
	next = connect_to(w->app);
	post(w, fds[1], "2b");
	(void)!recv(fds[1], &byte, 1, 0); /* until all are answered */
	_exit(recv(next, &byte, 1, MSG_DONTWAIT) == -1 ? 0 : 1);
}

static void
nobody_is_told_what_one_who_left_had_asked_for(void **state)
{
	struct world  *w = *state, slow;
	struct writer *writer;
	int	       listen_fd, told[2], status;
	char	       byte;
	pid_t	       pid;

	setenv("PARLEY_WRITER_GATHER_US", "100000", 1);
	world_open(&slow);
	unsetenv("PARLEY_WRITER_GATHER_US");
	assert_int_equal(
	    writer_listen(config_instance(w->app->config), &listen_fd, &w->e),
	    0);
	assert_int_equal(pipe(told), 0);
	if ((pid = fork()) == 0)
		leave_and_let_another_in(w, told[1]);
	writer = writer_new(slow.app, listen_fd);
	assert_int_equal(read(told[0], &byte, 1), 1);
	while (waitpid(pid, &status, WNOHANG) == 0)
		assert_int_not_equal(writer_step(writer, 10, &w->e), -1);
	assert_int_equal(status, 0);
	writer_free(&writer);
	close(listen_fd);
	close(told[0]);
	close(told[1]);
	world_close(&slow);
	assert_counts(w, 4, 4);
}

static void
a_lone_send_is_committed_where_it_came(void **state)
{
	struct world *w = *state;
	struct world  other;
	int64_t	      hand, second;

	setenv("PARLEY_WRITER_CROWD_MS", "10000", 1);
	world_open(&other);
	setenv("PARLEY_WRITER_CROWD_MS", "0", 1);
	assert_false(crowd_is_alone(w->app, &hand));
	assert_true(crowd_is_alone(other.app, &hand));
	crowd_leave(hand);
	assert_true(crowd_is_alone(other.app, &hand));
	assert_false(crowd_is_alone(other.app, &second));
	crowd_leave(second);
	crowd_leave(hand);
	/* The two have met: it stays a crowd. */
	assert_false(crowd_is_alone(other.app, &hand));
	world_close(&other);
}

static int
group_start(void **state)
{
	setenv("PARLEY_WRITER_TIMEOUT_MS", "300", 1);
	setenv("PARLEY_WRITER_CROWD_MS", "0", 1);
	return servers_with_mysql(state);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, world_set_up, world_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(what_the_writer_says_is_what_a_send_says),
	    TEST(many_at_once_share_transactions_and_numbers),
	    TEST(without_a_writer_a_send_goes_on),
	    TEST(a_writer_that_dies_before_it_answers_has_sent_it_once),
	    TEST(who_is_not_understood_is_not_believed),
	    TEST(a_fault_of_the_writer_is_not_the_senders),
	    TEST(the_writer_hangs_up_on_nonsense),
	    TEST(nobody_is_told_what_one_who_left_had_asked_for),
	    TEST(a_lone_send_is_committed_where_it_came),
	    TEST(a_silent_writer_is_not_waited_for_twice),
	};

	return cmocka_run_group_tests(tests, group_start, servers_end);
}
