/* SPDX-License-Identifier: MIT */
/*
 * process_list.h -- The processes of an instance, read from /proc.
 *
 * A process is the instance's if it was started with PARLEY_TREE=INSTANCE in
 * its environment, whoever its parent is by now; so orphans are found, too.
 */
#ifndef PARLEY_CTL_PROCESS_LIST_H
#define PARLEY_CTL_PROCESS_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct arena;
struct err;

struct process {
	pid_t	    pid, ppid;
	const char *name;    /* what it runs */
	const char *service; /* the directory below INSTANCE/service; or "" */
	char	    state;   /* R S D Z T */
	int64_t	    age_s;
	int64_t	    pss_kb;
};

int process_list(struct arena *, const char *instance, struct process **,
    size_t *n_r, struct err *);

#endif
