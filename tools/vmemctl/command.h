/* SPDX-License-Identifier: GPL-2.0 */
/* What a command is given, and what commands share. */
#ifndef VMEMCTL_COMMAND_H
#define VMEMCTL_COMMAND_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "nl.h"
#include "out.h"
#include "region.h"
#include "rows.h"
#include "units.h"
#include "vmemctl.h"

/* Opened by main() before a command, and closed after it. */
struct context {
	const struct cmdline *cl;
	struct vnl nl;
	struct out out;
};

/* Each returns an exit status, after saying what is wrong if it is not STATUS_OK. */
int cmd_list(struct context *ctx);
int cmd_show(struct context *ctx);
int cmd_monitor(struct context *ctx);
int cmd_metrics(struct context *ctx);
int cmd_top(struct context *ctx);
int cmd_resize(struct context *ctx);
int cmd_limit(struct context *ctx);
int cmd_policy(struct context *ctx);
int cmd_grant(struct context *ctx);
int cmd_deny(struct context *ctx);
int cmd_jobs(struct context *ctx);
int cmd_stats(struct context *ctx);
int cmd_wait(struct context *ctx);
int cmd_cancel(struct context *ctx);

/*
 * All regions that the command line chooses, in its order, and with @vmms who runs them.
 * Returns an exit status, as above.
 */
int read_rows(struct context *ctx, struct rows *rows, bool vmms);
int cmd_reserve(struct context *ctx);
int cmd_pool(struct context *ctx);
int cmd_pool_set(struct context *ctx);
int cmd_pool_add(struct context *ctx);
int cmd_pool_del(struct context *ctx);
int cmd_pool_move(struct context *ctx);
int cmd_defaults(struct context *ctx);
int cmd_defaults_set(struct context *ctx);
int cmd_lease(struct context *ctx);
int cmd_lease_add(struct context *ctx);
int cmd_lease_del(struct context *ctx);

/* Says that the module is too old for @what, which @region lacks. */
int not_supported(const struct region *region, const char *what);

/* What a region has of its pool, as a line or as JSON. */
void share_print(const struct out *out, const struct region *region);

/* Adds --min to @change, if it is given. Returns an exit status. */
int minimum_change(const struct cmdline *cl, const struct region *region,
		   struct region *change);
/* The end of a line: ", minimum 1 GiB; requested size raised from ..."; or nothing. */
void minimum_print(FILE *file, const struct region *old, const struct region *region);

/*
 * Finds the region that the user calls @arg: its id, the name that the VMM gave it if
 * that is unique, or its VM/NAME (see names.h). Returns an exit status, as above.
 */
int select_region(struct vnl *nl, const char *arg, struct region *region);
/* Likewise, for a command that takes --vm, too. */
int select_region_or_vm(struct vnl *nl, const char *arg, struct region *region);

/*
 * The size that @arg means for @region, at most @limit. Returns an exit status, as
 * above. @doubt: refuse a number that looks as if its unit was forgotten.
 */
int change_target(const struct region *region, const struct size_arg *arg,
		  uint64_t limit, bool doubt, uint64_t *target);

/*
 * Says why the kernel refused a change of @region with @ret, and returns the exit
 * status. The message is "@doing REGION@to: why", with @doing "resizing" or the like.
 */
int change_failed(const struct vnl *nl, int ret, const struct region *region,
		  const char *doing, const char *to);

/* Likewise; a size was to be set to @target. */
int change_refused(const struct vnl *nl, int ret, const struct region *region,
		   const char *doing, uint64_t target);

#endif /* VMEMCTL_COMMAND_H */
