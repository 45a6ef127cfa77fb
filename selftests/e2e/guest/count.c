// SPDX-License-Identifier: GPL-2.0
/*
 * count FILE WORD: print how often WORD is in FILE, which may be as large as a machine's
 * memory, and need not have lines.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	static char buffer[1 << 20];
	unsigned long count = 0;
	size_t length, kept = 0;
	ssize_t got;
	int fd;

	if (argc != 3 || !(length = strlen(argv[2])) || length > 4096) {
		fprintf(stderr, "usage: count FILE WORD\n");
		return 2;
	}
	fd = open(argv[1], O_RDONLY);
	if (fd < 0) {
		perror(argv[1]);
		return 1;
	}
	while ((got = read(fd, buffer + kept, sizeof(buffer) - kept)) > 0) {
		const char *at = buffer, *end = buffer + kept + got, *found;

		while ((found = memmem(at, end - at, argv[2], length))) {
			count++;
			at = found + length;
		}
		/* A word may begin at the end of the buffer. */
		kept = end - at < (ssize_t)length ? (size_t)(end - at) : length - 1;
		memmove(buffer, end - kept, kept);
	}
	if (got < 0) {
		perror(argv[1]);
		return 1;
	}
	printf("%lu\n", count);
	return 0;
}
