/* SPDX-License-Identifier: MIT */
/*
 * reap -- Runs a program of Go's: children leave nothing, naps last longer.
 *
 *	reap PROGRAM [ARGUMENT ...]
 *
 * websocketd asks how attach ended only when the socket closes; until then the
 * kernel keeps 9 KB of it, and a process number.  Children of who ignores
 * SIGCHLD are forgotten when they end, but Go's runtime takes every signal
 * when it starts.  So the signal is ignored here, and a filter answers whoever
 * would change that with success, and does nothing.  websocketd is told then
 * that there is no such child: to it, one that has ended.
 *
 * And a thread of Go's runtime watches the others: it naps for 20 us at a time
 * while they work, and is woken as soon as they begin again.  For a program
 * that works a moment at a time, as for a frame, that is a third of what it
 * costs.  A nap may come late by as much as the longest of its own; so may
 * whatever else waits by the clock there.
 */
#include <errno.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#define LATE_NS 10000000ul

static int
keep_ignoring(void)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	int		rc;

	if (filter == NULL || signal(SIGCHLD, SIG_IGN) == SIG_ERR)
		return -1;
	rc = seccomp_rule_add(filter, SCMP_ACT_ERRNO(0), SCMP_SYS(rt_sigaction),
	    2, SCMP_A0(SCMP_CMP_EQ, SIGCHLD), SCMP_A1(SCMP_CMP_NE, 0));
	if (rc == 0)
		rc = seccomp_load(filter); /* sets no_new_privs, too */
	seccomp_release(filter);
	return rc == 0 ? 0 : -1;
}

int
main(int argc, char **argv)
{
	if (argc < 2) {
		(void)fprintf(stderr, "usage: reap PROGRAM [ARGUMENT ...]\n");
		return 2;
	}
	if (keep_ignoring() == -1 || prctl(PR_SET_TIMERSLACK, LATE_NS) == -1) {
		(void)fprintf(stderr, "reap: %s\n", strerror(errno));
		return 1;
	}
	(void)execvp(argv[1], argv + 1);
	(void)fprintf(stderr, "reap: %s: %s\n", argv[1], strerror(errno));
	return 127;
}
