/* SPDX-License-Identifier: MIT */
/*
 * sandbox_test.c -- What a sandboxed process can do, and what it dies of.
 *
 * Each case runs in a child.  Sanitizer builds have no sandbox, so there only
 * what is allowed can be tried.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/config.h"
#include "base/err.h"
#include "base/process.h"

/*
 * A sanitizer build has no sandbox: what one refuses is tested where there is
 * one, in the release build (tests/run.mjs runs this program from both).
 */
#ifdef __SANITIZE_ADDRESS__
enum { HAS_SANDBOX = 0 };
#else
enum { HAS_SANDBOX = 1 };
#endif

static const char *const profiles[] = {
    "web", "writer", "relay", "deliver", "push"};

/* How a child ends that enters a profile and does something. */
static int
fate(const char *profile, int (*act)(void))
{
	struct config *config;
	struct err     e = {0};
	int	       status;
	pid_t	       pid = fork();

	if (pid == 0) {
		if (config_load(&config, "/nonesuch", &e) == -1 ||
		    sandbox_enter(profile, config, &e) == -1)
			_exit(99);
		_exit(act());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static int
does_its_daily_work(void)
{
	struct timespec t = {0, 1000};
	struct stat	st;
	char		buf[16];
	void	       *p = malloc(8 * 1024 * 1024);
	int		fd = open("/etc/hostname", O_RDONLY | O_CLOEXEC);
	int		un = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	random_bytes(buf, sizeof(buf));
	if (p == NULL || fd == -1 || un == -1 || clock_ms() == 0 ||
	    fstat(fd, &st) == -1 || read(fd, buf, sizeof(buf)) == -1 ||
	    nanosleep(&t, NULL) == -1 || close(fd) == -1 || close(un) == -1)
		return 1;
	free(p);
	return 0;
}

static int
writes_a_file(void)
{
	return open("/tmp/parley-sandbox", O_WRONLY | O_CREAT, 0600) == -1
		   ? errno
		   : 0;
}

static int
opens_the_network(void)
{
	return socket(AF_INET, SOCK_STREAM, 0) == -1 ? errno : 0;
}

static int
makes_code(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_EXEC,
		   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED
		   ? errno
		   : 0;
}

static int
runs_a_shell(void)
{
	return execl("/bin/true", "true", (char *)NULL);
}

static int
forks(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	return pid == -1;
}

static int
keeps_a_worker(void)
{
	int   status;
	pid_t pid = fork();

	if (pid == 0)
		for (;;)
			(void)poll(NULL, 0, -1);
	return pid == -1 || kill(pid, SIGTERM) == -1 ||
	       waitpid(pid, &status, 0) != pid;
}

static int
makes_a_thread(void)
{
	return syscall(SYS_clone, CLONE_VM | CLONE_SIGHAND | CLONE_THREAD, 0, 0,
		   0, 0) == -1
		   ? errno
		   : 0;
}

/* Made by who forked us, before it was locked in itself. */
static struct sandbox *workers;

static int
forks_in_a_worker(void)
{
	struct err e = {0};

	return sandbox_lock(workers, &e) == -1 ? 99 : forks();
}

static void
make_workers(void)
{
	struct config *config;
	struct err     e = {0};

	assert_int_equal(config_load(&config, "/nonesuch", &e), 0);
	assert_int_equal(sandbox_make(&workers, "web", config, &e), 0);
	config_free(&config);
}

static int
removes_a_file(void)
{
	return unlink("/tmp/parley-sandbox-none");
}

static int
aborts(void)
{
	abort();
}

static void
daily_work_is_allowed(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(profiles) / sizeof(*profiles); i++)
		assert_int_equal(fate(profiles[i], does_its_daily_work), 0);
}

static void
what_is_not_needed_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(profiles) / sizeof(*profiles); i++) {
		assert_int_equal(fate(profiles[i], writes_a_file), ENOSYS);
		assert_int_equal(fate(profiles[i], opens_the_network), ENOSYS);
		assert_int_equal(fate(profiles[i], makes_code), ENOSYS);
	}
}

static void
an_engine_elsewhere_opens_the_network_and_nothing_else(void **state)
{
	static const char *const keys[] = {
	    "PARLEY_MYSQL_HOSTS", "PARLEY_REDIS_HOST"};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		setenv(keys[i], "127.0.0.1:7", 1);
		assert_int_equal(fate("web", opens_the_network), 0);
		assert_int_equal(fate("web", writes_a_file), ENOSYS);
		setenv(keys[i], "unix:/somewhere", 1);
		assert_int_equal(fate("web", opens_the_network), ENOSYS);
		unsetenv(keys[i]);
	}
}

static void
what_an_intruder_does_is_deadly(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(profiles) / sizeof(*profiles); i++) {
		assert_int_equal(fate(profiles[i], runs_a_shell), -SIGSYS);
		assert_int_equal(fate(profiles[i], forks), -SIGSYS);
		assert_int_equal(fate(profiles[i], removes_a_file), -SIGSYS);
		assert_int_equal(fate(profiles[i], aborts), -SIGABRT);
	}
}

/* A pool does what a worker does, for a call must be allowed by both. */
static void
a_pool_makes_workers_and_nothing_else(void **state)
{
	(void)state;
	assert_int_equal(fate("pool", does_its_daily_work), 0);
	assert_int_equal(fate("pool", keeps_a_worker), 0);
	assert_int_equal(fate("pool", makes_a_thread), ENOSYS);
	assert_int_equal(fate("pool", writes_a_file), ENOSYS);
	assert_int_equal(fate("pool", opens_the_network), ENOSYS);
	assert_int_equal(fate("pool", makes_code), ENOSYS);
	assert_int_equal(fate("pool", runs_a_shell), -SIGSYS);
	assert_int_equal(fate("pool", removes_a_file), -SIGSYS);
	assert_int_equal(fate("pool", aborts), -SIGABRT);
	make_workers();
	assert_int_equal(fate("pool", forks_in_a_worker), -SIGSYS);
	sandbox_free(&workers);
}

static void
an_unknown_profile_is_a_bug(void **state)
{
	(void)state;
	assert_int_equal(fate("nonesuch", does_its_daily_work), -SIGABRT);
}

int
main(void)
{
	const struct CMUnitTest always[] = {
	    cmocka_unit_test(daily_work_is_allowed),
	    cmocka_unit_test(an_unknown_profile_is_a_bug),
	};
	const struct CMUnitTest refusals[] = {
	    cmocka_unit_test(what_is_not_needed_is_refused),
	    cmocka_unit_test(
		an_engine_elsewhere_opens_the_network_and_nothing_else),
	    cmocka_unit_test(what_an_intruder_does_is_deadly),
	    cmocka_unit_test(a_pool_makes_workers_and_nothing_else),
	};
	int failed = cmocka_run_group_tests(always, NULL, NULL);

	if (HAS_SANDBOX)
		failed += cmocka_run_group_tests(refusals, NULL, NULL);
	return failed;
}
