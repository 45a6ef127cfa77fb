/* SPDX-License-Identifier: GPL-2.0 */
/* Runs vmemctl-fake, whose path is in the environment variable VMEMCTL. */
#ifndef VMEMCTL_RUN_H
#define VMEMCTL_RUN_H

#include <stdbool.h>
#include <stddef.h>

#define RUN_ARGS_MAX	8
#define RUN_ENV_MAX	4
#define RUN_TEXT_MAX	16384

struct run {
	/* What to do. */
	const char *args[RUN_ARGS_MAX];
	const char *fake;	/* the words of fake_regions.h */
	const char *stdout_to;	/* this file; "-": closed; "|": nobody reads */
	bool tty;		/* stderr is a terminal */
	int columns;		/* stdout is a terminal with that many; 0: it is none */
	const char *env[RUN_ENV_MAX];	/* "NAME=VALUE" */
	const char *sigint_at;	/* SIGINT once stdout has this, however long it takes */
	/* What came of it. */
	int status;		/* 1000 + signal if killed */
	char out[RUN_TEXT_MAX];
	char err[RUN_TEXT_MAX];
};

void run(struct run *r);

/*
 * A command and what comes of it. Stdout begins with .out, and is that if it ends with a
 * newline; stderr is .err, behind the program's name. "" means there is nothing.
 */
struct run_case {
	const char *fake;
	const char *args[RUN_ARGS_MAX];
	int status;
	const char *out;
	const char *err;
};

/* Each of them with the environment of @r. */
void run_cases(struct run *r, const struct run_case *cases, size_t nr);

/* Runs a command of the shell, which fails or prints what went wrong. */
void expect_quiet(const char *command);

#endif /* VMEMCTL_RUN_H */
