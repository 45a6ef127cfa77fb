// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdbool.h>

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
		  const char *text, uint64_t limit, uint64_t *target)
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
	if (size_target(arg, text, &limits, target, err)) {
		error("%s", err);
		return STATUS_USAGE;
	}
	return STATUS_OK;
}

int change_refused(const struct vnl *nl, int ret, const struct region *region,
		   const char *doing, uint64_t target)
{
	char title[REGION_STRING_MAX], size[SIZE_TEXT_MAX];

	region_title(title, sizeof(title), region);
	size_format(size, target);
	if (ret == -ENOENT) {
		error("%s: the region is gone", title);
		return STATUS_GONE;
	}
	/* The words of errno.h for these would mislead. */
	if (ret == -EPERM && !nl->text[0])
		error("%s needs CAP_NET_ADMIN (run as root)", doing);
	else if (ret == -EDQUOT && !nl->text[0])
		error("%s %s to %s: more than its limit; see 'vmemctl limit'", doing,
		      title, size);
	else
		vnl_complain(nl, ret, "%s %s to %s", doing, title, size);
	return STATUS_REFUSED;
}
