/* SPDX-License-Identifier: GPL-2.0 */
/* rogue.h: guest physical memory for programs, by rogue_map.ko. */
#ifndef ROGUE_H
#define ROGUE_H

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

/* Page aligned address and length. */
static inline volatile void *rogue_map(uint64_t addr, uint64_t len)
{
	static int fd = -1;
	void *mem;

	if (fd < 0)
		fd = open("/dev/rogue_map", O_RDWR | O_CLOEXEC);
	mem = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, addr);
	if (mem == MAP_FAILED) {
		perror("/dev/rogue_map");
		exit(2);
	}
	return mem;
}

#endif /* ROGUE_H */
