/* SPDX-License-Identifier: MIT */
/*
 * process.c -- What every program of ours does first.
 *
 * A signal handler can reach nothing but a static, so the one flag is here.
 * There is no SA_RESTART: a wait must end when the supervisor says stop.
 */
#include "base/process.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>

static volatile sig_atomic_t stopping;

static void
stop(int signo)
{
	(void)signo;
	stopping = 1;
}

void
process_start(const char *program)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN};
	struct sigaction end = {.sa_handler = stop};

	if (sigaction(SIGPIPE, &ignore, NULL) == -1 ||
	    sigaction(SIGTERM, &end, NULL) == -1 ||
	    sigaction(SIGINT, &end, NULL) == -1 ||
	    prctl(PR_SET_PDEATHSIG, SIGTERM) == -1)
		abort();
	(void)prctl(PR_SET_NAME, program);
	umask(077);
}

bool
process_is_stopping(void)
{
	return stopping != 0;
}
