/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a host's memory management does at any time: swap memory out and in, migrate it
 * between nodes and within them, split and collapse huge pages, run short of memory.
 */
#ifndef _SELFTESTS_PRESSURE_H
#define _SELFTESTS_PRESSURE_H

#include <stdint.h>

/*
 * Call once, before the tests: sets up a swap device in compressed memory and a
 * memory cgroup for this process. Prints what this machine can do; the rest is left
 * out.
 */
void pressure_init(void);
void pressure_exit(void);

/* Do one of these things to a mapping, or to the whole machine. */
void pressure_step(uint64_t random, unsigned char *mem, uint64_t size);

/* Print in a line how often each was done. */
void pressure_say(void);

#endif /* _SELFTESTS_PRESSURE_H */
