// SPDX-License-Identifier: GPL-2.0
/*
 * pattern write|check FILE MIB: fill FILE with MIB MiB of a pattern that no other
 * memory has, or check that its first MIB MiB still have it.
 * Run in a guest, on tmpfs: so the guest's memory holds the pattern.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static uint64_t buffer[(1 << 20) / sizeof(uint64_t)];
static uint64_t expected[(1 << 20) / sizeof(uint64_t)];

static void fill(uint64_t *words, uint64_t mib)
{
	size_t i;

	for (i = 0; i < sizeof(buffer) / sizeof(*words); i++)
		words[i] = (mib << 20 | i << 3) * 0x9e3779b97f4a7c15ULL + 1;
}

static int write_pattern(int fd, uint64_t mibs)
{
	uint64_t mib;

	for (mib = 0; mib < mibs; mib++) {
		fill(buffer, mib);
		if (write(fd, buffer, sizeof(buffer)) != sizeof(buffer)) {
			perror("pattern: write");
			return 1;
		}
	}
	return 0;
}

static int check_pattern(int fd, uint64_t mibs)
{
	uint64_t mib;

	for (mib = 0; mib < mibs; mib++) {
		fill(expected, mib);
		if (read(fd, buffer, sizeof(buffer)) != sizeof(buffer)) {
			perror("pattern: read");
			return 1;
		}
		if (memcmp(buffer, expected, sizeof(buffer))) {
			printf("pattern: MiB %llu is not what was written\n",
			       (unsigned long long)mib);
			return 1;
		}
	}
	return 0;
}

int main(int argc, char **argv)
{
	int writing, fd;

	if (argc != 4)
		return fprintf(stderr, "usage: pattern write|check FILE MIB\n"), 2;
	writing = !strcmp(argv[1], "write");
	fd = open(argv[2], writing ? O_WRONLY | O_CREAT | O_TRUNC : O_RDONLY,
		  0600);
	if (fd < 0)
		return perror(argv[2]), 1;
	return (writing ? write_pattern : check_pattern)(fd, strtoull(argv[3],
								      NULL, 0));
}
