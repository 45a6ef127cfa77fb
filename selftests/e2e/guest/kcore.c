// SPDX-License-Identifier: GPL-2.0
/*
 * kcore FILE ADDR MIB: read physical memory through FILE, which is /proc/kcore or
 * /proc/vmcore, as a dump of memory does. Prints how many MiB of it the file has, and
 * how many of its pages are not zero.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char buffer[1 << 20];
static const char zeroes[4096];

static uint64_t smaller(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

int main(int argc, char **argv)
{
	uint64_t addr, end, mib = 0, used = 0, from, to;
	Elf64_Ehdr ehdr;
	Elf64_Phdr phdr;
	size_t i;
	int fd, n;

	if (argc != 4) {
		fprintf(stderr, "usage: kcore FILE ADDR MIB\n");
		return 2;
	}
	addr = strtoull(argv[2], NULL, 0);
	end = addr + (strtoull(argv[3], NULL, 0) << 20);
	fd = open(argv[1], O_RDONLY);
	if (fd < 0 || read(fd, &ehdr, sizeof(ehdr)) != sizeof(ehdr))
		return perror(argv[1]), 1;
	for (n = 0; n < ehdr.e_phnum; n++) {
		if (pread(fd, &phdr, sizeof(phdr), ehdr.e_phoff +
			  n * sizeof(phdr)) != sizeof(phdr))
			return perror(argv[1]), 1;
		/* Other segments of /proc/kcore have no physical address. */
		if (phdr.p_type != PT_LOAD || phdr.p_paddr == (uint64_t)-1)
			continue;
		from = phdr.p_paddr > addr ? phdr.p_paddr : addr;
		to = smaller(phdr.p_paddr + phdr.p_memsz, end);
		for (; from < to; from += sizeof(buffer), mib++) {
			if (pread(fd, buffer, sizeof(buffer), phdr.p_offset +
				  from - phdr.p_paddr) < 0)
				return perror(argv[1]), 1;
			for (i = 0; i < sizeof(buffer); i += sizeof(zeroes))
				used += !!memcmp(buffer + i, zeroes, sizeof(zeroes));
		}
	}
	printf("%llu MiB, %llu pages not zero\n", (unsigned long long)mib,
	       (unsigned long long)used);
	return 0;
}
