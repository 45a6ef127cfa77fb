// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "escape.h"
#include "names.h"

static int unknown(const char *arg)
{
	error("no region \"%s\"; see 'vmemctl list'", arg);
	return STATUS_USAGE;
}

static int no_list(const char *arg)
{
	error("no region \"%s\"; several regions are --vm %s", arg, arg);
	return STATUS_USAGE;
}

/* The kernel accepts no name that is a number, so a number is an id. */
static bool is_number(const char *arg)
{
	return *arg && !arg[strspn(arg, "0123456789")];
}

static int select_by_id(struct vnl *nl, const char *arg, struct region *region)
{
	unsigned long long id;
	int ret;

	errno = 0;
	id = strtoull(arg, NULL, 10);
	if (errno || !id || id > UINT32_MAX)
		return unknown(arg);

	ret = vnl_get(nl, id, region);
	if (ret == -ENOENT)
		return unknown(arg);
	if (ret) {
		vnl_complain(nl, ret, "getting region %llu", id);
		return STATUS_REFUSED;
	}
	return STATUS_OK;
}

static int ambiguous(const char *arg, const struct region_list *list, bool or_vm)
{
	char candidates[NAME_CANDIDATES_MAX];

	/* Of VM/NAME the VM is known, and there is nothing to choose by --vm. */
	or_vm = or_vm && !strchr(arg, '/');
	error("\"%s\" is the name of several regions; use one of the ids %s%s%s", arg,
	      name_candidates(candidates, list, arg),
	      or_vm ? ", or for all regions of the VM --vm " : "", or_vm ? arg : "");
	return STATUS_USAGE;
}

static int select_by_any(struct vnl *nl, const char *arg, bool or_vm,
			 struct region *region)
{
	struct region_list list;
	size_t found;
	int ret;

	if (is_number(arg))
		return select_by_id(nl, arg, region);
	if (!*arg)	/* not "any region without a name" */
		return unknown(arg);

	ret = vnl_dump(nl, &list);
	if (ret) {
		vnl_complain(nl, ret, "looking for region \"%s\"", arg);
		return STATUS_REFUSED;
	}
	found = name_find(&list, arg, region);
	if (!found)
		ret = or_vm && strchr(arg, ',') ? no_list(arg) : unknown(arg);
	else if (found > 1)
		ret = ambiguous(arg, &list, or_vm);
	region_list_free(&list);
	return ret;
}

int select_region(struct vnl *nl, const char *arg, struct region *region)
{
	return select_by_any(nl, arg, false, region);
}

int select_region_or_vm(struct vnl *nl, const char *arg, struct region *region)
{
	return select_by_any(nl, arg, true, region);
}

/* A change needs all of these. */
static bool has_sizes(const struct region *region)
{
	return region_has(region, VHOST_MEM_A_REGION_SIZE) &&
	       region_has(region, VHOST_MEM_A_REGION_BLOCK_SIZE) &&
	       region_has(region, VHOST_MEM_A_REGION_REQUESTED_SIZE) &&
	       region_has(region, VHOST_MEM_A_REGION_PLUGGED_SIZE);
}

int change_target(const struct region *region, const struct size_arg *arg,
		  uint64_t limit, bool doubt, uint64_t *target)
{
	struct size_limits limits = {
		.requested	= region->requested_size,
		.limit		= limit,
		.max		= region->size,
		.block		= region->block_size,
	};
	char err[SIZE_ERROR_MAX];

	if (!has_sizes(region)) {
		error("region %u: the kernel did not report its sizes", region->id);
		return STATUS_REFUSED;
	}
	if (size_target(arg, &limits, target, err) ||
	    (doubt && size_is_doubtful(arg, region->requested_size, err))) {
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
	/* strerror() would mislead for these. */
	if (ret == -EPERM && !nl->text[0])
		error("%s %s needs CAP_NET_ADMIN and CAP_SYS_RESOURCE (run as root)", doing, title);
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
