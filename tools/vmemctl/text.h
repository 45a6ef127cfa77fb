/* SPDX-License-Identifier: GPL-2.0 */
/* Regions and events for people: lines with labels, a line. */
#ifndef VMEMCTL_TEXT_H
#define VMEMCTL_TEXT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include "region.h"

#define BAR_CELLS	20
/* Brackets, three bytes of UTF-8 for each cell, NUL. */
#define BAR_TEXT_MAX	(2 + 3 * BAR_CELLS + 1)

/*
 * Fills @buf, which has BAR_TEXT_MAX bytes, and returns it:
 * # plugged, + requested but not yet plugged, - plugged but to be unplugged,
 * . the rest up to @max. Any size but 0 has a cell, and the bar is full only at the
 * maximum.
 */
char *bar_format(char *buf, uint64_t plugged, uint64_t requested, uint64_t max,
		 bool utf8);

#define CELL_MAX	(REGION_STRING_MAX + 32)

/* One value in @buf, which has CELL_MAX bytes; "-" if the kernel did not send it. */
char *text_value(char *buf, const struct region *region, int i);

/* @utf8: bars may use block characters. */
void text_region(FILE *file, const struct region *region, bool utf8);
/* @missed: no event said so, but it was found out later. */
void text_event(FILE *file, time_t when, const char *event,
		const struct region *region, bool missed);
/* What new regions start with, and the event that it was set. */
void text_defaults(FILE *file, const struct defaults *defaults);
void text_defaults_event(FILE *file, time_t when, const struct defaults *defaults);

#endif /* VMEMCTL_TEXT_H */
