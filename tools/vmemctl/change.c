// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>

#include "change.h"
#include "error.h"
#include "vmemctl.h"

/* What cannot be missing for a change. */
static bool has_sizes(const struct region *region)
{
	return region_has(region, VHOST_MEM_A_REGION_SIZE) &&
	       region_has(region, VHOST_MEM_A_REGION_BLOCK_SIZE) &&
	       region_has(region, VHOST_MEM_A_REGION_REQUESTED_SIZE) &&
	       region_has(region, VHOST_MEM_A_REGION_PLUGGED_SIZE);
}

int change_target(const struct region *region, const struct size_arg *arg,
		  const char *text, uint64_t limit, bool doubt, uint64_t *target)
{
	struct size_limits limits = {
		.requested	= region->requested_size,
		.limit		= limit,
		.max		= region->size,
		.block		= region->block_size,
	};
	char err[SIZE_ERROR_MAX];

	if (!has_sizes(region)) {
		error("region %u: the kernel did not tell its sizes", region->id);
		return STATUS_REFUSED;
	}
	if (size_target(arg, text, &limits, target, err) ||
	    (doubt && size_is_doubtful(arg, text, region->requested_size, err))) {
		error("%s", err);
		return STATUS_USAGE;
	}
	return STATUS_OK;
}

int change_failed(const struct vnl *nl, int ret, const struct region *region,
		  const char *doing, const char *to)
{
	char title[REGION_STRING_MAX];

	region_title(title, sizeof(title), region);
	if (ret == -ENOENT) {
		error("%s: the region is gone", title);
		return STATUS_GONE;
	}
	/* The words of errno.h for these would mislead. */
	if (ret == -EPERM && !nl->text[0])
		error("%s %s needs CAP_NET_ADMIN (run as root)", doing, title);
	else if (ret == -EDQUOT && !nl->text[0])
		error("%s %s%s: more than its limit; see 'vmemctl limit'", doing, title,
		      to);
	else
		vnl_complain(nl, ret, "%s %s%s", doing, title, to);
	return STATUS_REFUSED;
}

int change_refused(const struct vnl *nl, int ret, const struct region *region,
		   const char *doing, uint64_t target)
{
	char to[SIZE_TEXT_MAX + 4], size[SIZE_TEXT_MAX];

	snprintf(to, sizeof(to), " to %s", size_format(size, target));
	return change_failed(nl, ret, region, doing, to);
}
