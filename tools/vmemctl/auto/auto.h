/* SPDX-License-Identifier: GPL-2.0 */
/* The commands 'vmemctl auto' and 'vmemctl rules'. */
#ifndef VMEMCTL_AUTO_AUTO_H
#define VMEMCTL_AUTO_AUTO_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "fleet.h"

struct auto_options {
	const char *config;	/* directory of rules */
	const char *replay;	/* a trace; NULL: the host */
	const char *record;	/* where to write one; or NULL */
	uint64_t pool;		/* bytes of the default pool; 0: see struct fleet_host */
	bool json;
	bool dry_run;		/* change nothing */
	bool once;		/* one decision */
	bool verbose;		/* also what stays as it is */
};

/*
 * Both take the words of the command line from the command's name on, which end with NULL,
 * and return an exit status after saying what is wrong.
 */
int cmd_auto(bool json, char **words);
int cmd_rules(bool json, char **words);

/* Decides until a signal ends it, or once. Returns an exit status. */
int auto_run(const struct auto_options *options);

/* The process that runs 'vmemctl auto', or 0. */
int auto_running(void);

/* A line about a decision: one in JSON, or text, or in the journal if stderr is that. */
void auto_say(FILE *file, bool json, int64_t now_ms, const struct region *region,
	      const struct decision *decision, const char *line);

#endif /* VMEMCTL_AUTO_AUTO_H */
