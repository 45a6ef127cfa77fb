/* SPDX-License-Identifier: GPL-2.0 */
/* How much of a region is plugged and requested, drawn in one line. */
#ifndef VMEMCTL_BAR_H
#define VMEMCTL_BAR_H

#include <stdbool.h>
#include <stdint.h>

#define BAR_CELLS	20
/* Brackets, three bytes of UTF-8 for each cell, NUL. */
#define BAR_TEXT_MAX	(2 + 3 * BAR_CELLS + 1)

/*
 * Fills @buf, which has BAR_TEXT_MAX bytes, and returns it:
 * # plugged, + requested but not plugged yet, - plugged but to be unplugged,
 * . the rest up to @max. A cell is lit for any size but 0, and the bar is full
 * only at the maximum.
 */
char *bar_format(char *buf, uint64_t plugged, uint64_t requested, uint64_t max,
		 bool utf8);

#endif /* VMEMCTL_BAR_H */
