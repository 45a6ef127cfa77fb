// SPDX-License-Identifier: GPL-2.0
/*
 * memtotal MIB: wait until the guest has at least MIB MiB of memory in use by
 * Linux. Prints "ready" before and "there" after.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/sysinfo.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	unsigned long long want;
	struct sysinfo info;

	if (argc != 2) {
		fprintf(stderr, "usage: memtotal MIB\n");
		return 2;
	}
	want = strtoull(argv[1], NULL, 0) << 20;
	setlinebuf(stdout);
	puts("ready");
	while (!sysinfo(&info) &&
	       (unsigned long long)info.totalram * info.mem_unit < want)
		usleep(500);
	puts("there");
	return 0;
}
