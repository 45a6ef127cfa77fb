/* SPDX-License-Identifier: GPL-2.0 */
/* Takes a command line apart, and says what is wrong with it. */
#ifndef VMEMCTL_CMDLINE_H
#define VMEMCTL_CMDLINE_H

#include <stdbool.h>
#include <stddef.h>

#include "vmemctl.h"

struct context;

enum option {
	OPT_HELP	= 1 << 0,
	OPT_VERSION	= 1 << 1,
	OPT_JSON	= 1 << 2,
	OPT_WAIT	= 1 << 3,
	OPT_TIMEOUT	= 1 << 4,
	OPT_MAX		= 1 << 5,
	OPT_STEP	= 1 << 6,
	OPT_INTERVAL	= 1 << 7,
};

/* Options that some commands take only. */
#define OPTS_WAIT	(OPT_WAIT | OPT_TIMEOUT)
#define OPTS_POLICY	(OPT_MAX | OPT_STEP | OPT_INTERVAL)

enum arg_kind {
	ARG_NONE,
	ARG_ID,
	ARG_SIZE,
	ARG_LIMIT,
	ARG_POLICY,
};

/* No argument list is longer than ID and SIZE, or ID and policy. */
#define ARGS_MAX	2

struct command {
	const char *name;
	int (*run)(struct context *ctx);
	/* Instead, for a command that has words of its own: from its name on, to NULL. */
	int (*run_words)(bool json, char **words);
	enum arg_kind args[ARGS_MAX];
	bool last_is_optional;
	unsigned int options;	/* besides --help, --version and --json */
	const char *synopsis;
	const char *help;
};

struct invocation {
	const struct command *command;	/* NULL: none was given */
	bool help;
	bool version;
	char **words;		/* for the command's run_words */
	struct cmdline cl;	/* complete unless help or version is to be printed */
};

/*
 * Parses @argv, which begins behind the name of the program and ends with NULL.
 * Returns STATUS_OK, or STATUS_USAGE after saying what is wrong.
 */
int cmdline_parse(struct invocation *inv, char **argv, const struct command *commands,
		  size_t nr_commands);

#endif /* VMEMCTL_CMDLINE_H */
