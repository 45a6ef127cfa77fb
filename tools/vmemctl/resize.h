/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VMEMCTL_RESIZE_H
#define VMEMCTL_RESIZE_H

#include <stdint.h>

#include "command.h"

/*
 * Sets the requested size of @region to @target, waits if the command line says so,
 * and prints the result. Returns an exit status.
 *
 * @arg is NULL, or the size that @target was made from: one that is relative to the
 * requested size is applied again if somebody else changes that before us.
 */
int resize_to(struct context *ctx, const struct region *region, uint64_t target,
	      const struct size_arg *arg);

/*
 * Waits until @target is plugged, which is requested already: by job @job, or with 0
 * by nobody knows which. Prints the result; as JSON it is the job. Returns an exit
 * status.
 */
int resize_wait(struct context *ctx, const struct region *region, uint64_t target,
		uint64_t job);

/* The command resize with --vm. Returns an exit status. */
int resize_many(struct context *ctx);

#endif /* VMEMCTL_RESIZE_H */
