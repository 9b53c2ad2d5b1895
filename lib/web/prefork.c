/* SPDX-License-Identifier: MIT */
/*
 * prefork.c -- Forks workers, and waits for nothing but signals.
 *
 * Signals are blocked and taken by sigtimedwait() alone, so none slips in
 * between a look and a wait.  A worker that fails young is replaced after a
 * pause, and where all do, at last not at all: who keeps this program then
 * starts it anew.
 */
#include "web/prefork.h"

#include <sys/prctl.h>
#include <sys/wait.h>

#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/process.h"

enum { WORKERS_MAX = 256, YOUNG_US = 500000, YOUNG_MAX = 50 };
enum { PAUSE_MS = 100, END_US = 7000000, NAME_SIZE = 16 };
enum { SORTING = 64 * 1024 }; /* more than any hole, less than a mapping */

struct keeper {
	const char *name;
	pid_t	    pid[WORKERS_MAX]; /* 0: to be forked */
	int64_t	    born_us[WORKERS_MAX];
	unsigned    n;
	unsigned    young;   /* how many in a row failed young */
	bool	    pausing; /* before it forks again */
	sigset_t    taken, before;
};

/* It ends with who keeps it, be that ever so quick. */
static void
be_worker(const struct keeper *k, pid_t parent)
{
	(void)prctl(PR_SET_NAME, k->name);
	(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(0);
	(void)sigprocmask(SIG_SETMASK, &k->before, NULL);
}

/*
 * malloc() sorts what was freed when it is next asked for something that does
 * not lie ready: once here, or each worker would, in 140 KB of its own.
 */
static void
sort_heap(void)
{
	void *volatile large;

	(void)malloc_trim(0);
	large = malloc(SORTING);
	free(large);
}

/* 1 in a worker; 0 when all are there, or have to wait for a while. */
static int
fork_missing(struct keeper *k)
{
	pid_t parent = getpid();

	for (unsigned i = 0; i < k->n; i++) {
		if (k->pid[i] != 0)
			continue;
		k->born_us[i] = clock_mono_us();
		k->pid[i] = fork();
		if (k->pid[i] == 0) {
			be_worker(k, parent);
			return 1;
		}
		if (k->pid[i] == -1) {
			log_warn(
			    "prefork.fork", LOG_STR("why", strerror(errno)));
			k->pid[i] = 0;
			k->pausing = true;
			return 0;
		}
	}
	return 0;
}

/* One that retired, or was told to end, did not fail. */
static void
bury(struct keeper *k, pid_t pid, int status)
{
	bool failed = !WIFEXITED(status) || WEXITSTATUS(status) != 0;

	for (unsigned i = 0; i < k->n; i++) {
		if (k->pid[i] != pid)
			continue;
		k->pid[i] = 0;
		if (WIFSIGNALED(status))
			log_warn("prefork.killed", LOG_INT("worker", pid),
			    LOG_INT("signal", WTERMSIG(status)));
		if (!failed || clock_mono_us() - k->born_us[i] >= YOUNG_US) {
			k->young = 0;
			continue;
		}
		k->young++;
		k->pausing = true;
	}
}

static void
bury_dead(struct keeper *k)
{
	pid_t pid;
	int   status;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		bury(k, pid, status);
}

/* The signal, or -1 after a pause. */
static int
take_signal(const struct keeper *k, bool pausing)
{
	struct timespec pause = {0, PAUSE_MS * 1000000L};

	return sigtimedwait(&k->taken, NULL, pausing ? &pause : NULL);
}

/* 1 in a worker; 0 when it is told to end; or -1. */
static int
keep(struct keeper *k, struct err *e)
{
	int signo;

	for (;;) {
		bury_dead(k);
		if (k->young >= YOUNG_MAX)
			return err_set(e, ERR_INTERNAL, "internal",
			    "workers end as soon as they start");
		if (!k->pausing && fork_missing(k) == 1)
			return 1;
		signo = take_signal(k, k->pausing);
		k->pausing = false;
		if (signo == SIGTERM || signo == SIGINT)
			return 0;
	}
}

static bool
signal_all(const struct keeper *k, int signo)
{
	bool is_any = false;

	for (unsigned i = 0; i < k->n; i++) {
		if (k->pid[i] == 0)
			continue;
		is_any = true;
		(void)kill(k->pid[i], signo);
	}
	return is_any;
}

/* They end when their request is done; who does not in time is killed. */
static void
end_all(struct keeper *k)
{
	int64_t end_us = clock_mono_us() + END_US;
	bool	is_any = signal_all(k, SIGTERM);

	while (is_any) {
		(void)take_signal(k, true);
		bury_dead(k);
		is_any =
		    signal_all(k, clock_mono_us() < end_us ? SIGTERM : SIGKILL);
	}
}

int
prefork(const char *name, unsigned n, struct err *e)
{
	struct keeper k = {
	    .name = name, .n = n < WORKERS_MAX ? n : WORKERS_MAX};
	char pool[NAME_SIZE];
	int  rc = 0;

	(void)snprintf(pool, sizeof(pool), "%.10s-pool", name);
	(void)prctl(PR_SET_NAME, pool);
	sort_heap();
	sigemptyset(&k.taken);
	sigaddset(&k.taken, SIGCHLD);
	sigaddset(&k.taken, SIGTERM);
	sigaddset(&k.taken, SIGINT);
	(void)sigprocmask(SIG_BLOCK, &k.taken, &k.before);
	/* A SIGTERM of before has left its mark only. */
	if (!process_is_stopping())
		rc = keep(&k, e);
	if (rc == 1)
		return 1;
	end_all(&k);
	(void)sigprocmask(SIG_SETMASK, &k.before, NULL);
	return rc;
}
