/* SPDX-License-Identifier: MIT */
/*
 * sandbox.c -- What each program may still ask of the kernel once it runs.
 *
 * Three answers: what a program needs is allowed; what only an intruder asks
 * for kills the process; the rest is answered "no such call", for libc tries a
 * new call now and then and has a way around its absence.  seccomp sees
 * numbers, not paths: so files may be read but none made, changed or removed,
 * and sockets are Unix sockets where no engine is on another machine.  What
 * must be opened is opened before.
 */
#include "base/process.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>

#include "base/arena.h"
#include "base/config.h"
#include "base/endpoint.h"
#include "base/err.h"
#include "base/log.h"

#ifdef __SANITIZE_ADDRESS__
#define IS_SANITIZED true
#else
#define IS_SANITIZED false
#endif

#define CALLS(...) ((const int[]){__VA_ARGS__, END})
enum { END = -1000000 };

/* Memory, time, signals and descriptors: what any program of ours does. */
static const int *const everyday = CALLS(SCMP_SYS(brk), SCMP_SYS(munmap),
    SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(futex), SCMP_SYS(sched_yield),
    SCMP_SYS(sched_getaffinity), SCMP_SYS(set_robust_list), SCMP_SYS(rseq),
    SCMP_SYS(membarrier), SCMP_SYS(getrandom), SCMP_SYS(uname),
    SCMP_SYS(sysinfo), SCMP_SYS(getrusage), SCMP_SYS(times), SCMP_SYS(exit),
    SCMP_SYS(exit_group), SCMP_SYS(getpid), SCMP_SYS(getppid), SCMP_SYS(gettid),
    SCMP_SYS(getuid), SCMP_SYS(geteuid), SCMP_SYS(getgid), SCMP_SYS(getegid),
    SCMP_SYS(clock_gettime), SCMP_SYS(clock_getres), SCMP_SYS(gettimeofday),
    SCMP_SYS(time), SCMP_SYS(nanosleep), SCMP_SYS(clock_nanosleep),
    SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn),
    SCMP_SYS(rt_sigtimedwait), SCMP_SYS(sigaltstack), SCMP_SYS(restart_syscall),
    SCMP_SYS(setitimer), SCMP_SYS(read), SCMP_SYS(readv), SCMP_SYS(pread64),
    SCMP_SYS(write), SCMP_SYS(writev), SCMP_SYS(lseek), SCMP_SYS(close),
    SCMP_SYS(close_range), SCMP_SYS(dup), SCMP_SYS(dup2), SCMP_SYS(dup3),
    SCMP_SYS(fcntl), SCMP_SYS(pipe), SCMP_SYS(pipe2), SCMP_SYS(eventfd2),
    SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(select), SCMP_SYS(pselect6),
    SCMP_SYS(epoll_create1), SCMP_SYS(epoll_ctl), SCMP_SYS(epoll_wait),
    SCMP_SYS(epoll_pwait), SCMP_SYS(epoll_pwait2));

/* Looking at files; openat() has conditions of its own. */
static const int *const looking = CALLS(SCMP_SYS(stat), SCMP_SYS(fstat),
    SCMP_SYS(lstat), SCMP_SYS(newfstatat), SCMP_SYS(statx), SCMP_SYS(fstatfs),
    SCMP_SYS(statfs), SCMP_SYS(access), SCMP_SYS(faccessat),
    SCMP_SYS(faccessat2), SCMP_SYS(readlink), SCMP_SYS(readlinkat),
    SCMP_SYS(getdents64), SCMP_SYS(getcwd), SCMP_SYS(fadvise64),
    SCMP_SYS(umask));

/* Talking to MariaDB, Redis and each other; socket() has conditions. */
static const int *const talking = CALLS(SCMP_SYS(connect), SCMP_SYS(recvfrom),
    SCMP_SYS(recvmsg), SCMP_SYS(recvmmsg), SCMP_SYS(sendto), SCMP_SYS(sendmsg),
    SCMP_SYS(sendmmsg), SCMP_SYS(shutdown), SCMP_SYS(getsockname),
    SCMP_SYS(getpeername), SCMP_SYS(getsockopt), SCMP_SYS(setsockopt));

/* librdkafka's threads, and what its resolver asks. */
static const int *const threading = CALLS(SCMP_SYS(sched_getparam),
    SCMP_SYS(sched_getscheduler), SCMP_SYS(prctl), SCMP_SYS(bind));

static const int *const accepting = CALLS(SCMP_SYS(accept), SCMP_SYS(accept4));

/*
 * A keeper of workers: each goes on to lock itself into a profile of its own,
 * and a call must be allowed by both.
 */
static const int *const keeping = CALLS(SCMP_SYS(accept), SCMP_SYS(accept4),
    SCMP_SYS(wait4), SCMP_SYS(prctl), SCMP_SYS(seccomp));

static const int *const nothing = CALLS(END);

/* Where nothing of ours makes threads, either. */
static const int *const forking = CALLS(SCMP_SYS(clone));

/* Nothing of ours ever does these: whoever does is not us any more. */
static const int *const deadly = CALLS(SCMP_SYS(execve), SCMP_SYS(execveat),
    SCMP_SYS(fork), SCMP_SYS(vfork), SCMP_SYS(ptrace),
    SCMP_SYS(process_vm_readv), SCMP_SYS(process_vm_writev), SCMP_SYS(mount),
    SCMP_SYS(umount2), SCMP_SYS(pivot_root), SCMP_SYS(chroot),
    SCMP_SYS(unshare), SCMP_SYS(setns), SCMP_SYS(bpf),
    SCMP_SYS(perf_event_open), SCMP_SYS(userfaultfd), SCMP_SYS(init_module),
    SCMP_SYS(finit_module), SCMP_SYS(delete_module), SCMP_SYS(kexec_load),
    SCMP_SYS(reboot), SCMP_SYS(keyctl), SCMP_SYS(add_key),
    SCMP_SYS(request_key), SCMP_SYS(setuid), SCMP_SYS(setgid),
    SCMP_SYS(setresuid), SCMP_SYS(setresgid), SCMP_SYS(setgroups),
    SCMP_SYS(chmod), SCMP_SYS(fchmod), SCMP_SYS(fchmodat), SCMP_SYS(chown),
    SCMP_SYS(fchown), SCMP_SYS(lchown), SCMP_SYS(fchownat), SCMP_SYS(unlink),
    SCMP_SYS(unlinkat), SCMP_SYS(rename), SCMP_SYS(renameat),
    SCMP_SYS(renameat2), SCMP_SYS(link), SCMP_SYS(linkat), SCMP_SYS(symlink),
    SCMP_SYS(symlinkat), SCMP_SYS(mknod), SCMP_SYS(mknodat),
    SCMP_SYS(io_uring_setup));

/* Beside everyday, looking and talking, which all need. */
static const struct profile {
	const char	 *name;
	const int *const *extra;
	bool		  is_threaded; /* and its sockets lead elsewhere */
	bool		  keeps;       /* workers of its own */
} profiles[] = {
    {"pool", &keeping, false, true},	  /* forks FastCGI workers */
    {"web", &accepting, false, false},	  /* a FastCGI worker */
    {"writer", &accepting, false, false}, /* drafts into transactions */
    {"relay", &nothing, false, false},	  /* outbox to bus */
    {"deliver", &nothing, false, false},  /* bus to hubs */
    {"push", &accepting, false, false},	  /* the hub: takes attach's pipes */
    {"kafka", &threading, true, false},	  /* relay or deliver, with brokers */
};

static int
add_all(scmp_filter_ctx filter, uint32_t action, const int *calls)
{
	int rc;

	for (; *calls != END; calls++) {
		rc = seccomp_rule_add(filter, action, *calls, 0);
		/* Some other architecture may lack a call: then so be it. */
		if (rc != 0 && rc != -EDOM && rc != -EINVAL)
			return rc;
	}
	return 0;
}

/* Read-only: no access mode but O_RDONLY, nothing made or cut on the way. */
static int
add_open(scmp_filter_ctx filter)
{
	scmp_datum_t writes = O_ACCMODE | O_CREAT | O_TRUNC;
	int rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(openat), 1,
	    SCMP_A2(SCMP_CMP_MASKED_EQ, writes, O_RDONLY));

	if (rc == 0)
		rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(open), 1,
		    SCMP_A1(SCMP_CMP_MASKED_EQ, writes, O_RDONLY));
	return rc == -EDOM ? 0 : rc;
}

/* No memory that was written becomes code. */
static int
add_memory(scmp_filter_ctx filter)
{
	int rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
	    SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));

	if (rc == 0)
		rc =
		    seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect),
			1, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	return rc;
}

/* Does a setting name an engine by host:port? */
static bool
needs_network(const struct config *config)
{
	static const char *const keys[] = {"mysql.hosts", "redis.host"};
	struct arena		*a = arena_new(1024);
	const struct endpoint	*list;
	size_t			 n;
	bool			 is_remote = false;

	for (size_t k = 0; k < sizeof(keys) / sizeof(keys[0]); k++) {
		(void)endpoints_parse(
		    a, config_str(config, keys[k]), &list, &n);
		for (size_t i = 0; i < n; i++)
			is_remote = is_remote || list[i].host != NULL;
	}
	arena_free(&a);
	return is_remote;
}

/* Names of machines are asked for by sockets, too. */
static int
add_sockets(scmp_filter_ctx filter, bool with_network)
{
	static const unsigned families[] = {AF_UNIX, AF_INET, AF_INET6};
	size_t n = with_network ? sizeof(families) / sizeof(families[0]) : 1;
	int    rc = 0;

	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(socket),
		    1, SCMP_A0(SCMP_CMP_EQ, families[i]));
	if (rc == 0)
		rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW,
		    SCMP_SYS(socketpair), 1, SCMP_A0(SCMP_CMP_EQ, AF_UNIX));
	return rc;
}

/* A library's threads, begun at any time; a process is none. */
static int
add_threads(scmp_filter_ctx filter)
{
	return seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
	    SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD));
}

/* abort() signals its own process. */
static int
add_own_signals(scmp_filter_ctx filter)
{
	scmp_datum_t self = (scmp_datum_t)getpid();
	int rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1,
	    SCMP_A0(SCMP_CMP_EQ, self));

	return rc != 0 ? rc
		       : seccomp_rule_add(filter, SCMP_ACT_ALLOW,
			     SCMP_SYS(kill), 1, SCMP_A0(SCMP_CMP_EQ, self));
}

/* Workers are made (no thread, no namespace), and ended; each may abort(). */
static int
add_workers(scmp_filter_ctx filter)
{
	static const int ends[] = {SIGTERM, SIGKILL};
	int rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
	    SCMP_A0(SCMP_CMP_EQ,
		CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID | SIGCHLD));

	for (size_t i = 0; rc == 0 && i < sizeof(ends) / sizeof(*ends); i++)
		rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(kill), 1,
		    SCMP_A1(SCMP_CMP_EQ, (scmp_datum_t)ends[i]));
	return rc != 0
		   ? rc
		   : seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill),
			 1, SCMP_A2(SCMP_CMP_EQ, SIGABRT));
}

/* Who makes what, and signals whom. */
static int
add_processes(scmp_filter_ctx filter, const struct profile *profile)
{
	int rc;

	if (profile->keeps)
		return add_workers(filter);
	if ((rc = add_own_signals(filter)) != 0)
		return rc;
	return profile->is_threaded
		   ? add_threads(filter)
		   : add_all(filter, SCMP_ACT_KILL_PROCESS, forking);
}

/* Limits are read; stdio asks for a tty. */
static int
add_narrow(scmp_filter_ctx filter)
{
	static const unsigned long requests[] = {FIONREAD, FIONBIO, TCGETS};
	int rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(prlimit64),
	    1, SCMP_A2(SCMP_CMP_EQ, 0));

	for (size_t i = 0; rc == 0 && i < sizeof(requests) / sizeof(*requests);
	     i++)
		rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(ioctl),
		    1, SCMP_A1(SCMP_CMP_EQ, requests[i]));
	return rc;
}

static const struct profile *
profile_of(const char *profile)
{
	for (size_t i = 0; i < sizeof(profiles) / sizeof(profiles[0]); i++)
		if (strcmp(profiles[i].name, profile) == 0)
			return &profiles[i];
	(void)fprintf(stderr, "sandbox: no profile %s\n", profile);
	abort();
}

/* -- a filter, and who is locked in by it ---------------------------------- */

struct sandbox {
	struct sock_filter *code; /* NULL: there is none */
	unsigned short	    len;
};

static int
add_rules(scmp_filter_ctx filter, const struct profile *profile,
    const struct config *config)
{
	int rc;

	/* A search tree: a call then costs a few comparisons, not a hundred. */
	(void)seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	if ((rc = add_all(filter, SCMP_ACT_ALLOW, everyday)) == 0 &&
	    (rc = add_all(filter, SCMP_ACT_ALLOW, looking)) == 0 &&
	    (rc = add_all(filter, SCMP_ACT_ALLOW, talking)) == 0 &&
	    (rc = add_all(filter, SCMP_ACT_ALLOW, *profile->extra)) == 0 &&
	    (rc = add_processes(filter, profile)) == 0 &&
	    (rc = add_all(filter, SCMP_ACT_KILL_PROCESS, deadly)) == 0 &&
	    (rc = add_open(filter)) == 0 && (rc = add_memory(filter)) == 0 &&
	    (rc = add_sockets(
		 filter, profile->is_threaded || needs_network(config))) == 0)
		rc = add_narrow(filter);
	return rc;
}

/* What libseccomp makes of it, as the kernel takes it: 0, or -errno. */
static int
compile(scmp_filter_ctx filter, struct sandbox *s)
{
	int   fd = memfd_create("sandbox", MFD_CLOEXEC);
	off_t size;
	int   rc = fd == -1 ? -errno : seccomp_export_bpf(filter, fd);

	if (rc == 0 && (size = lseek(fd, 0, SEEK_END)) > 0) {
		if ((s->code = malloc((size_t)size)) == NULL)
			abort();
		s->len = (unsigned short)((size_t)size / sizeof(*s->code));
		if (pread(fd, s->code, (size_t)size, 0) != size)
			rc = -EIO;
	}
	if (fd != -1)
		close(fd);
	return rc;
}

int
sandbox_make(struct sandbox **s_r, const char *name,
    const struct config *config, struct err *e)
{
	const struct profile *profile = profile_of(name);
	scmp_filter_ctx	      filter;
	int		      rc;

	if ((*s_r = calloc(1, sizeof(**s_r))) == NULL)
		abort();
	if (IS_SANITIZED) {
		log_debug("sandbox.off", LOG_STR("profile", name));
		return 0;
	}
	if ((filter = seccomp_init(SCMP_ACT_ERRNO(ENOSYS))) == NULL)
		return err_set(
		    e, ERR_INTERNAL, "internal", "sandbox: no filter");
	rc = add_rules(filter, profile, config);
	if (rc == 0)
		rc = compile(filter, *s_r);
	seccomp_release(filter);
	/* All that took 200 KB. */
	(void)malloc_trim(0);
	if (rc != 0)
		return err_set(
		    e, ERR_INTERNAL, "internal", "sandbox: %s", strerror(-rc));
	return 0;
}

int
sandbox_lock(const struct sandbox *s, struct err *e)
{
	const struct sock_fprog program = {s->len, s->code};

	if (s->code == NULL)
		return 0;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1 ||
	    syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == -1)
		return err_set(e, ERR_INTERNAL, "internal", "sandbox: %s",
		    strerror(errno));
	return 0;
}

void
sandbox_free(struct sandbox **s)
{
	if (*s != NULL)
		free((*s)->code);
	free(*s);
	*s = NULL;
}

int
sandbox_enter(const char *name, const struct config *config, struct err *e)
{
	struct sandbox *s;
	int		rc = sandbox_make(&s, name, config, e);

	if (rc == 0)
		rc = sandbox_lock(s, e);
	sandbox_free(&s);
	return rc;
}
