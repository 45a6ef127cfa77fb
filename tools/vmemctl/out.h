/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What commands print to stdout: for people, or as JSON. A command calls the
 * same function for both.
 */
#ifndef VMEMCTL_OUT_H
#define VMEMCTL_OUT_H

#include <stdbool.h>
#include <stdio.h>
#include <time.h>

#include "region.h"

struct out {
	FILE *file;
	bool json;
	bool utf8;	/* bars may use block characters */
	bool unread;	/* the reader has gone, which is no failure */
	int error;	/* of the first failure to write; an errno, or 0 */
};

/* stdout; block characters only for a terminal in a UTF-8 locale. */
void out_open(struct out *out, bool json);

void out_list(const struct out *out, const struct region_list *list);
/* The last member, in JSON, of an object that the caller has begun, and its end. */
void out_sample(const struct out *out, const struct region_list *list);
void out_region(const struct out *out, const struct region *region);
void out_event(const struct out *out, time_t when, const char *event,
	       const struct region *region);
/* Only JSON has something to print here: {"event":"lost"}. */
void out_events_lost(const struct out *out);

/* Flushes. Returns 0, or the first failure so far as -errno. */
int out_flush(struct out *out);

/*
 * Flushes. Returns the exit status: @status, unless output was lost, which it
 * complains of.
 */
int out_close(struct out *out, int status);

#endif /* VMEMCTL_OUT_H */
