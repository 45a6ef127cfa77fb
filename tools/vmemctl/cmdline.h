/* SPDX-License-Identifier: GPL-2.0 */
/* Takes a command line apart, and says what is wrong with it. */
#ifndef VMEMCTL_CMDLINE_H
#define VMEMCTL_CMDLINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

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
	OPT_ELSE	= 1 << 8,
	OPT_NOTE	= 1 << 9,
	OPT_REVERT	= 1 << 10,
	OPT_MIN		= 1 << 11,
	OPT_FOR		= 1 << 12,
	OPT_POOL	= 1 << 13,
	OPT_USER	= 1 << 14,
	OPT_LIMIT	= 1 << 15,
	OPT_COLOR	= 1 << 16,
	OPT_SORT	= 1 << 17,
	OPT_STATE	= 1 << 18,
	OPT_VM		= 1 << 19,
	OPT_NOT_DONE	= 1 << 20,
	OPT_BYTES	= 1 << 21,
	OPT_WIDE	= 1 << 22,
	OPT_TEXTFILE	= 1 << 23,
	OPT_OPENMETRICS	= 1 << 24,
	OPT_POLICY	= 1 << 25,
};

/* Options that every command takes, and those that only some take. */
#define OPTS_COMMON	(OPT_HELP | OPT_VERSION | OPT_JSON | OPT_COLOR)
#define OPTS_WAIT	(OPT_WAIT | OPT_TIMEOUT)
#define OPTS_POLICY	(OPT_MAX | OPT_STEP | OPT_INTERVAL)
#define OPTS_DEFAULTS	(OPT_LIMIT | OPT_MIN | OPT_POOL | OPT_POLICY | OPTS_POLICY)
#define OPTS_RESIZE	(OPTS_WAIT | OPT_ELSE | OPT_NOTE)
#define OPTS_CHOOSE	(OPT_SORT | OPT_STATE | OPT_VM | OPT_NOT_DONE)

enum arg_kind {
	ARG_NONE,
	ARG_ID,
	ARG_SIZE,
	ARG_LIMIT,
	ARG_POLICY,
	ARG_JOB,
	ARG_COMMAND,
	ARG_RESERVE,
	ARG_POOL,
	ARG_POOL_SIZE,
	ARG_LEASE_NAME,
	ARG_LEASE_SIZE,
	ARG_LEASE,
	ARG_WORD,	/* the command looks at it itself */
};

/* No argument list is longer than ID, INTERVAL and COUNT. */
#define ARGS_MAX	3

struct command {
	/* One word or two; of two, the first is a command, too, and takes no arguments. */
	const char *name;
	int (*run)(struct context *ctx);	/* no run and no run_words: help */
	/* Instead, for a command that has words of its own: from its name on, to NULL. */
	int (*run_words)(bool json, char **words);
	enum arg_kind args[ARGS_MAX];
	bool last_is_optional;
	bool all_are_optional;
	bool vm_is_id;		/* --vm VM stands for the ID */
	bool many_ids;		/* ID is the only argument, and can be repeated */
	bool no_json;
	unsigned int options;	/* besides OPTS_COMMON */
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

/* The command called @name; NULL after an error message, which may suggest another. */
const struct command *command_find(const struct command *commands, size_t nr_commands,
				   const char *name);

/* Likewise, the command that @first is together with @word. */
const struct command *command_find_second(const struct command *commands, size_t nr_commands,
					  const struct command *first, const char *word);

/* Is @first the first word of other commands? */
bool command_has_second(const struct command *commands, size_t nr_commands,
			const struct command *first);

/* All commands with their arguments and options, for programs: one object of JSON. */
void commands_json(FILE *file, const struct command *commands, size_t nr_commands);

/*
 * Parses @argv, which begins behind the name of the program and ends with NULL. Its
 * words are moved, and inv->cl refers to them.
 * Returns STATUS_OK, or STATUS_USAGE after saying what is wrong.
 */
int cmdline_parse(struct invocation *inv, char **argv, const struct command *commands,
		  size_t nr_commands);

#endif /* VMEMCTL_CMDLINE_H */
