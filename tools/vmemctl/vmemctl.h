/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VMEMCTL_H
#define VMEMCTL_H

#include <stdbool.h>
#include <stdint.h>

#include "rows.h"
#include "units.h"

/* Documented in vmemctl.8, EXIT STATUS. */
enum status {
	STATUS_OK		= 0,
	STATUS_USAGE		= 1,
	STATUS_REFUSED		= 2,
	STATUS_NOT_REACHED	= 3,
	STATUS_GONE		= 4,
	STATUS_INTERRUPTED	= 130,
};

/* What an option or an argument that was given sets; of struct cmdline. */
enum given {
	GIVEN_SIZE	= 1 << 0,
	GIVEN_POLICY	= 1 << 1,
	GIVEN_MAX	= 1 << 2,
	GIVEN_STEP	= 1 << 3,
	GIVEN_INTERVAL	= 1 << 4,
	GIVEN_TIMEOUT	= 1 << 5,
	GIVEN_MIN	= 1 << 6,
	GIVEN_FOR	= 1 << 7,
	GIVEN_USER	= 1 << 8,
	GIVEN_LIMIT	= 1 << 9,
};

/* What becomes of the requested size if a wait ends before it is plugged. */
enum wait_else {
	ELSE_KEEP,
	ELSE_STOP,	/* request what is plugged */
	ELSE_REVERT,	/* request what was requested before */
};

/* How results are printed. */
struct output_args {
	bool json;
	bool exact;		/* --bytes */
	bool wide;
	bool openmetrics;
	const char *textfile;	/* NULL: stdout */
	const char *color;	/* "auto", "always" or "never" */
};

/* Whether a command waits until what it has changed has come true. */
struct wait_args {
	bool on;
	enum wait_else what_else;
	int64_t timeout_ms;	/* < 0: for ever */
};

/* A command line without mistakes, as far as these show without the kernel. */
struct cmdline {
	const char *id;		/* of a region, or its name; or of a job */
	const char *pool;	/* name of a pool */
	const char *words[4];	/* of stats and help, with NULL behind the last one */
	int nr_words;
	unsigned int given;
	bool by_vm;		/* what is in @id stands for all regions of a VM */
	bool revert;
	const char *note;	/* NULL: none */
	struct output_args output;
	struct wait_args wait;
	struct row_filter filter;	/* its ids: all that are given, where many can be */
	struct row_sort sort;
	struct size_arg size;
	struct size_arg limit;
	struct size_arg max;
	struct size_arg min;
	struct size_arg step;
	uint32_t policy;
	uint64_t interval_ms;
	uint64_t number;	/* of a lease */
	uint32_t user;
	int64_t for_ms;
};

#endif /* VMEMCTL_H */
