// SPDX-License-Identifier: GPL-2.0
/*
 * kernel_load PROCESSES SOCKETS MIB: use memory that only the kernel can use. Starts
 * PROCESSES processes; each has SOCKETS pairs of sockets, with as much data in one of them
 * as it takes, and page tables for MIB MiB, without any memory in them. Prints "loaded"
 * when all have that, and holds it until it is killed; or "killed" and ends, if one of them
 * has ended before.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define MIB		(1UL << 20)
/* What one page of page tables maps. */
#define TABLE		(2 * MIB)

static void fill_socket(void)
{
	static const char data[4096];
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair)) {
		perror("kernel_load: socketpair");
		_exit(1);
	}
	while (write(pair[0], data, sizeof(data)) > 0)
		;
}

static void fill_tables(size_t size)
{
	volatile char *mem;
	size_t at;

	mem = mmap(NULL, size + TABLE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
		   -1, 0);
	if (mem == MAP_FAILED || madvise((void *)mem, size + TABLE, MADV_NOHUGEPAGE)) {
		perror("kernel_load: mmap");
		_exit(1);
	}
	/* Reading has the page of zeros mapped. */
	for (at = 0; at < size; at += TABLE)
		(void)mem[at];
}

static void process(unsigned long sockets, unsigned long mib, int ready)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (sockets--)
		fill_socket();
	fill_tables(mib * MIB);
	if (write(ready, "", 1) != 1)
		_exit(1);
	for (;;)
		pause();
}

int main(int argc, char **argv)
{
	unsigned long processes, sockets, mib, i;
	struct rlimit files;
	int ready[2];
	char byte;
	pid_t pid;

	if (argc != 4) {
		fprintf(stderr, "usage: kernel_load PROCESSES SOCKETS MIB\n");
		return 2;
	}
	processes = strtoul(argv[1], NULL, 0);
	sockets = strtoul(argv[2], NULL, 0);
	mib = strtoul(argv[3], NULL, 0);
	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	if (pipe(ready) || fcntl(ready[0], F_SETFL, O_NONBLOCK)) {
		perror("kernel_load: pipe");
		return 1;
	}
	for (i = 0; i < processes; i++) {
		pid = fork();
		if (!pid)
			process(sockets, mib, ready[1]);
		if (pid < 0) {
			printf("killed: fork: %s, of %lu processes %lu are there\n",
			       strerror(errno), processes, i);
			return 1;
		}
	}
	for (i = 0; i < processes;) {
		if (read(ready[0], &byte, 1) == 1) {
			i++;
			continue;
		}
		if (waitpid(-1, NULL, WNOHANG)) {
			printf("killed: of %lu processes %lu had all\n", processes, i);
			return 1;
		}
		usleep(10000);
	}
	puts("loaded");
	fflush(stdout);
	wait(NULL);
	puts("killed: after all had been there");
	return 1;
}
