/* SPDX-License-Identifier: MIT */
/* db_hosts.c -- Which of several MariaDB servers is asked. */
#include "data/db_hosts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/config.h"
#include "base/crypto.h"
#include "base/err.h"

enum { INDEX_BITS = 8, INDEX_MASK = (1 << INDEX_BITS) - 1 };

/* One word for all processes of the instance, mapped before any sandbox. */
static int
map_last(struct db_hosts *h, const char *path, struct err *e)
{
	void *at = MAP_FAILED;
	int   fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd != -1 && ftruncate(fd, sizeof(*h->last)) == 0)
		at = mmap(NULL, sizeof(*h->last), PROT_READ | PROT_WRITE,
		    MAP_SHARED, fd, 0);
	if (at == MAP_FAILED)
		err_set(e, ERR_INTERNAL, "internal", "%s: %s", path,
		    strerror(errno));
	else
		h->last = at;
	if (fd != -1)
		close(fd);
	return at == MAP_FAILED ? -1 : 0;
}

static void
the_socket(struct db_hosts *h, struct arena *a, const struct config *config)
{
	const char	*path = config_str(config, "mysql.socket");
	struct endpoint *only = arena_alloc(a, sizeof(*only));

	if (*path == '\0')
		path = arena_printf(
		    a, "%s/run/mysql.sock", config_instance(config));
	only->path = only->text = arena_strdup(a, path);
	h->list = only;
	h->n = 1;
}

int
db_hosts_open(struct db_hosts *h, struct arena *a, const struct config *config,
    struct err *e)
{
	const char   *text = config_str(config, "mysql.hosts");
	unsigned char digest[SHA256_SIZE];

	*h = (struct db_hosts){0};
	/* It was checked when it was read. */
	(void)endpoints_parse(a, text, &h->list, &h->n);
	if (h->n == 0)
		the_socket(h, a, config);
	if (h->n == 1)
		return 0;
	sha256(text, strlen(text), digest);
	memcpy(&h->digest, digest, sizeof(h->digest));
	h->digest &= ~(uint64_t)INDEX_MASK;
	return map_last(
	    h, arena_printf(a, "%s/run/database", config_instance(config)), e);
}

void
db_hosts_close(struct db_hosts *h)
{
	if (h->last != NULL)
		munmap((void *)h->last, sizeof(*h->last));
	h->last = NULL;
}

static size_t
last_of(const struct db_hosts *h)
{
	uint64_t word = h->last == NULL ? 0 : atomic_load(h->last);
	size_t	 at = word & INDEX_MASK;

	return (word & ~(uint64_t)INDEX_MASK) == h->digest && at < h->n ? at
									: 0;
}

size_t
db_hosts_at(const struct db_hosts *h, size_t i)
{
	size_t last = last_of(h);

	if (i == 0)
		return last;
	return i <= last ? i - 1 : i;
}

bool
db_hosts_found(const struct db_hosts *h, size_t at)
{
	bool is_other = last_of(h) != at;

	if (h->last != NULL)
		atomic_store(h->last, h->digest | at);
	return is_other;
}
