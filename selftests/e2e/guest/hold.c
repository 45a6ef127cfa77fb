// SPDX-License-Identifier: GPL-2.0
/*
 * hold MIB STEP: fill MIB MiB of anonymous memory, and hold one page in every
 * STEP MiB so that the kernel cannot move it (vmsplice: a plain reference). Prints
 * "held", and does nothing until it is killed.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	size_t size, step, at;
	int fds[2];
	char *mem;

	if (argc != 3) {
		fprintf(stderr, "usage: hold MIB STEP\n");
		return 2;
	}
	size = strtoull(argv[1], NULL, 0) << 20;
	step = strtoull(argv[2], NULL, 0) << 20;
	mem = mmap(NULL, size, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (mem == MAP_FAILED || pipe(fds) ||
	    fcntl(fds[1], F_SETPIPE_SZ, 1 << 20) < 0)
		return perror("hold"), 1;
	memset(mem, 0x55, size);
	for (at = 0; at < size; at += step) {
		struct iovec iov = { mem + at, 4096 };

		if (vmsplice(fds[1], &iov, 1, 0) != 4096)
			return perror("hold: vmsplice"), 1;
	}
	puts("held");
	fflush(stdout);
	for (;;)
		pause();
}
