/* SPDX-License-Identifier: MIT */
/*
 * prefork_test.c -- A pool keeps its workers, and ends with them.
 *
 * The keeper is a child of the test.  Each worker writes its pid into a pipe,
 * which the kernel closes with the last of them: so nobody has to look for
 * workers, nor to sleep.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/config.h"
#include "base/err.h"
#include "base/process.h"
#include "web/prefork.h"

enum { WORKERS = 3, WAIT_MS = 20000 };

struct pool {
	pid_t pid;
	int   said; /* a pid of each worker that was born */
};

/* What a worker does once it has said its name; its exit status. */
static int
waits_for_its_end(void)
{
	sigset_t end, before;

	sigemptyset(&end);
	sigaddset(&end, SIGTERM);
	sigprocmask(SIG_BLOCK, &end, &before);
	while (!process_is_stopping())
		(void)ppoll(NULL, 0, NULL, &before);
	return 0;
}

static int
retires(void)
{
	return 0;
}

static int
fails(void)
{
	return 1;
}

static int
keep(int fd, int (*act)(void))
{
	struct config  *config;
	struct sandbox *workers;
	struct err	e = {0};
	pid_t		self;
	int		rc;

	process_start("test");
	if (config_load(&config, "/nonesuch", &e) == -1 ||
	    sandbox_make(&workers, "web", config, &e) == -1 ||
	    sandbox_enter("pool", config, &e) == -1)
		return 99;
	rc = prefork("test", WORKERS, &e);
	if (rc == 1) {
		self = getpid();
		rc = sandbox_lock(workers, &e) == 0 &&
			     write(fd, &self, sizeof(self)) ==
				 (ssize_t)sizeof(self)
			 ? act()
			 : 99;
	}
	sandbox_free(&workers);
	config_free(&config);
	return rc == -1 ? 1 : rc;
}

static struct pool
pool_start(int (*act)(void))
{
	struct pool pool;
	int	    fds[2];

	assert_int_equal(pipe(fds), 0);
	pool.pid = fork();
	assert_int_not_equal(pool.pid, -1);
	if (pool.pid == 0)
		_exit(keep(fds[1], act));
	(void)close(fds[1]);
	pool.said = fds[0];
	return pool;
}

/* The next worker's pid; 0 when nobody is left who could have one. */
static pid_t
next_worker(const struct pool *pool)
{
	struct pollfd p = {.fd = pool->said, .events = POLLIN};
	pid_t	      pid = 0;
	ssize_t	      n;

	assert_int_equal(poll(&p, 1, WAIT_MS), 1);
	n = read(pool->said, &pid, sizeof(pid));
	assert_true(n == 0 || n == (ssize_t)sizeof(pid));
	return pid;
}

static void
all_workers(const struct pool *pool, pid_t pids_r[WORKERS])
{
	for (size_t i = 0; i < WORKERS; i++) {
		pids_r[i] = next_worker(pool);
		assert_int_not_equal(pids_r[i], 0);
		assert_int_not_equal(pids_r[i], pool->pid);
	}
}

/* How the keeper ended: its exit status, or -signal. */
static int
pool_wait(const struct pool *pool)
{
	int status;

	assert_int_equal(waitpid(pool->pid, &status, 0), pool->pid);
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

/* The pipe closes when the last of them is gone. */
static void
assert_none_left(const struct pool *pool)
{
	assert_int_equal(next_worker(pool), 0);
	(void)close(pool->said);
}

static void
a_killed_worker_is_replaced(void **state)
{
	struct pool pool = pool_start(waits_for_its_end);
	pid_t	    pids[WORKERS], fresh;

	(void)state;
	all_workers(&pool, pids);
	for (size_t i = 0; i < WORKERS; i++) {
		assert_int_equal(kill(pids[i], SIGKILL), 0);
		fresh = next_worker(&pool);
		assert_int_not_equal(fresh, 0);
		assert_int_not_equal(fresh, pids[i]);
	}
	assert_int_equal(kill(pool.pid, SIGTERM), 0);
	assert_int_equal(pool_wait(&pool), 0);
	assert_none_left(&pool);
}

static void
workers_end_with_a_pool_that_is_told_to(void **state)
{
	struct pool pool = pool_start(waits_for_its_end);
	pid_t	    pids[WORKERS];

	(void)state;
	all_workers(&pool, pids);
	assert_int_equal(kill(pool.pid, SIGTERM), 0);
	assert_int_equal(pool_wait(&pool), 0);
	for (size_t i = 0; i < WORKERS; i++) {
		assert_int_equal(kill(pids[i], 0), -1);
		assert_int_equal(errno, ESRCH);
	}
	assert_none_left(&pool);
}

static void
workers_end_with_a_pool_that_is_killed(void **state)
{
	struct pool pool = pool_start(waits_for_its_end);
	pid_t	    pids[WORKERS];

	(void)state;
	all_workers(&pool, pids);
	assert_int_equal(kill(pool.pid, SIGKILL), 0);
	assert_int_equal(pool_wait(&pool), -SIGKILL);
	assert_none_left(&pool);
}

/* One that does not listen does not keep the pool from its end for good. */
static void
a_stopped_worker_is_killed_in_the_end(void **state)
{
	struct pool pool = pool_start(waits_for_its_end);
	pid_t	    pids[WORKERS];

	(void)state;
	all_workers(&pool, pids);
	assert_int_equal(kill(pids[0], SIGSTOP), 0);
	assert_int_equal(kill(pool.pid, SIGTERM), 0);
	assert_int_equal(pool_wait(&pool), 0);
	assert_none_left(&pool);
}

/* Many more than fail before a pool gives up. */
static void
a_worker_that_retires_is_replaced_at_once(void **state)
{
	struct pool pool = pool_start(retires);

	(void)state;
	for (size_t i = 0; i < 200; i++)
		assert_int_not_equal(next_worker(&pool), 0);
	assert_int_equal(kill(pool.pid, SIGTERM), 0);
	assert_int_equal(pool_wait(&pool), 0);
	while (next_worker(&pool) != 0)
		continue;
	(void)close(pool.said);
}

static void
a_pool_whose_workers_fail_at_once_gives_up(void **state)
{
	struct pool pool = pool_start(fails);
	size_t	    n = 0;

	(void)state;
	while (next_worker(&pool) != 0)
		n++;
	assert_in_range(n, WORKERS, 100);
	assert_int_equal(pool_wait(&pool), 1);
	(void)close(pool.said);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_killed_worker_is_replaced),
	    cmocka_unit_test(workers_end_with_a_pool_that_is_told_to),
	    cmocka_unit_test(workers_end_with_a_pool_that_is_killed),
	    cmocka_unit_test(a_stopped_worker_is_killed_in_the_end),
	    cmocka_unit_test(a_worker_that_retires_is_replaced_at_once),
	    cmocka_unit_test(a_pool_whose_workers_fail_at_once_gives_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
