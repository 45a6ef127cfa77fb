/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VMEMCTL_H
#define VMEMCTL_H

#include <stdbool.h>
#include <stdint.h>

/* Documented in vmemctl.8, EXIT STATUS. */
enum status {
	STATUS_OK		= 0,
	STATUS_USAGE		= 1,
	STATUS_REFUSED		= 2,
	STATUS_NOT_REACHED	= 3,
	STATUS_GONE		= 4,
	STATUS_INTERRUPTED	= 130,
};

/* No argument list is longer than ID and SIZE, or ID and policy. */
#define ARGS_MAX	2

struct cmdline {
	const char *args[ARGS_MAX];
	int nr_args;
	bool json;
	bool wait;
	/* The values of options as they were written; NULL: not given. */
	const char *timeout;
	const char *max;
	const char *step;
	const char *interval;
	int64_t timeout_ms;	/* < 0: for ever */
};

int cmd_list(const struct cmdline *cl);
int cmd_show(const struct cmdline *cl);
int cmd_resize(const struct cmdline *cl);
int cmd_limit(const struct cmdline *cl);
int cmd_policy(const struct cmdline *cl);
int cmd_grant(const struct cmdline *cl);
int cmd_deny(const struct cmdline *cl);
int cmd_monitor(const struct cmdline *cl);

#endif /* VMEMCTL_H */
