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
#include "rows.h"
#include "table.h"

struct out {
	FILE *file;
	bool json;
	struct table_style style;
	bool unread;	/* the reader has gone, which is no failure */
	int error;	/* of the first failure to write; an errno, or 0 */
};

/*
 * stdout. Lines of tables are as wide as the terminal, or as $COLUMNS says where there
 * is none; block characters and colours are for a terminal only. @color: "auto", which
 * is none if $NO_COLOR is set, "always" or "never".
 */
void out_open(struct out *out, bool json, const char *color);

void out_rows(const struct out *out, const struct rows *rows);
/* The last member, in JSON, of an object that the caller has begun, and its end. */
void out_sample(const struct out *out, const struct region_list *list);
void out_region(const struct out *out, const struct region *region);
void out_event(const struct out *out, time_t when, const char *event,
	       const struct region *region);
/* What new regions start with; and that it was set. */
void out_defaults(const struct out *out, const struct defaults *defaults);
void out_defaults_event(const struct out *out, time_t when, const struct defaults *defaults);
/* A change that no event told of, and that was found when the regions were read again. */
void out_missed(const struct out *out, time_t when, const char *event,
		const struct region *region);
/* Only JSON has something to print here: {"event":"lost",...}. */
void out_events_lost(const struct out *out, time_t when);

/*
 * A region or a job as a JSON object: the attributes whose bits are in @present, of
 * the table @attrs, which ends with number @max.
 */
void out_json_object(FILE *file, const void *object, uint64_t present,
		     const struct attr *attrs, int max);

/* Flushes. Returns 0, or the first failure so far as -errno. */
int out_flush(struct out *out);

/*
 * Flushes. Returns the exit status: @status, unless output was lost, which it
 * complains of.
 */
int out_close(struct out *out, int status);

#endif /* VMEMCTL_OUT_H */
