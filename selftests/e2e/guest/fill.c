// SPDX-License-Identifier: GPL-2.0
/*
 * fill MIB: fill MIB MiB of anonymous memory as fast as possible, and check that it has
 * what was written. For a guest that has less memory than that.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#define WORDS_IN_MIB	((1 << 20) / sizeof(uint64_t))

/* One word in 32 is enough. */
#define STEP		32

int main(int argc, char **argv)
{
	uint64_t *mem;
	size_t words, i, wrong = 0;

	if (argc != 2) {
		fprintf(stderr, "usage: fill MIB\n");
		return 2;
	}
	words = strtoull(argv[1], NULL, 0) * WORDS_IN_MIB;
	mem = mmap(NULL, words * sizeof(*mem), PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (mem == MAP_FAILED) {
		perror("fill");
		return 2;
	}
	for (i = 0; i < words; i += STEP)
		mem[i] = i ^ 0x66696c6cULL << 32;
	for (i = 0; i < words; i += STEP)
		wrong += mem[i] != (i ^ 0x66696c6cULL << 32);
	printf("%s MiB, %zu words wrong\n", argv[1], wrong);
	return wrong > 0;
}
