/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A recorded host: one JSON object in a line for each sample,
 *
 *	{"time":5000,"pool":8589934592,"pressure":0,"region":{"1":{...},...}}
 *
 * with times in ms, sizes in bytes, pressure in 1/100 %, and regions as 'vmemctl -j list'
 * prints them.
 */
#ifndef VMEMCTL_AUTO_REPLAY_H
#define VMEMCTL_AUTO_REPLAY_H

#include <stdio.h>

#include "fleet.h"

/*
 * Decides for each sample in the file @path ("-": stdin), and calls @fn for each region,
 * as fleet_decide() does; @now_ms is the time of the sample being decided. Returns an exit
 * status, after saying what is wrong, with the number of the line.
 */
int replay(const char *path, const struct rules *rules, uint64_t pool, int64_t *now_ms,
	   fleet_fn *fn, void *arg);

/* Writes a sample that replay() reads, and flushes it. Returns 0 or a negative errno. */
int replay_record(FILE *file, const struct region_list *list, const struct fleet_host *host);

#endif /* VMEMCTL_AUTO_REPLAY_H */
