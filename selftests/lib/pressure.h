/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a host does to memory behind everybody's back: it swaps it out and in,
 * moves it between nodes and within them, splits and collapses huge pages, and
 * is short of it.
 */
#ifndef _SELFTESTS_PRESSURE_H
#define _SELFTESTS_PRESSURE_H

#include <stdint.h>

/*
 * Once a program, before its tests: a swap device in compressed memory, and a
 * memory cgroup for this process. Says what this machine can do. What it can not
 * is left out.
 */
void pressure_init(void);
void pressure_exit(void);

/* Do one of these things to a mapping, or to the whole machine. */
void pressure_step(uint64_t random, unsigned char *mem, uint64_t size);

/* How often each was done, as one line. */
void pressure_say(void);

#endif /* _SELFTESTS_PRESSURE_H */
