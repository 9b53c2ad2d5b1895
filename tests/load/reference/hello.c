/* SPDX-License-Identifier: MIT */
/*
 * hello.c -- Reference: a FastCGI program that prints N bytes and does nothing
 * else, in as many processes as are asked for.  What lighttpd and libfcgi allow
 * at most on this machine.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <fcgiapp.h>

int
main(int argc, char **argv)
{
	size_t	     n = argc > 1 ? strtoul(argv[1], NULL, 10) : 100;
	size_t	     wanted = argc > 2 ? strtoul(argv[2], NULL, 10) : 1;
	char	    *bytes = malloc(n);
	FCGX_Request req;

	/* The first is who was started: the others end with it. */
	for (; wanted > 1; wanted--)
		if (fork() == 0) {
			(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
			break;
		}
	if (bytes == NULL || FCGX_Init() != 0 ||
	    FCGX_InitRequest(&req, 0, 0) != 0)
		return 1;
	memset(bytes, 'x', n);
	while (FCGX_Accept_r(&req) == 0) {
		FCGX_FPrintF(req.out,
		    "Content-Type: text/html\r\nContent-Length: %u\r\n\r\n",
		    (unsigned)n);
		FCGX_PutStr(bytes, (int)n, req.out);
		FCGX_Finish_r(&req);
	}
	free(bytes);
	return 0;
}
