// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>

#include "change.h"
#include "error.h"
#include "nl.h"
#include "out.h"
#include "select.h"
#include "size.h"
#include "vmemctl.h"

static void print_limit(const struct out *out, const struct region *old,
			const struct region *region)
{
	char title[REGION_STRING_MAX], limit[SIZE_TEXT_MAX], plugged[SIZE_TEXT_MAX];
	char before[SIZE_TEXT_MAX], after[SIZE_TEXT_MAX];

	if (out->json) {
		out_region(out, region);
		return;
	}
	region_title(title, sizeof(title), region);
	size_format(limit, region->limit);
	if (region->limit == region->size)
		fprintf(out->file, "%s: no limit, maximum %s", title, limit);
	else
		fprintf(out->file, "%s: limit %s", title, limit);
	/* Lowered by us, or else by somebody in between, which is as well. */
	if (old->requested_size > region->limit)
		fprintf(out->file, "; requested size lowered from %s to %s, %s plugged",
			size_format(before, old->requested_size),
			size_format(after, region->requested_size),
			size_format(plugged, region->plugged_size));
	fputc('\n', out->file);
}

static int set_limit(struct vnl *nl, const struct cmdline *cl,
		     const struct size_arg *arg, const struct out *out)
{
	struct region old, region;
	uint64_t target;
	int ret;

	ret = select_region(nl, cl->args[0], &old);
	if (ret)
		return ret;
	ret = change_target(&old, arg, cl->args[1], old.size, true, &target);
	if (ret)
		return ret;
	if (!region_has(&old, VHOST_MEM_A_REGION_LIMIT)) {
		error("this version of the vhost_mem module has no limits");
		return STATUS_REFUSED;
	}
	ret = vnl_set_limit(nl, old.id, target, &region);
	if (ret)
		return change_refused(nl, ret, &old, "limiting", target);
	print_limit(out, &old, &region);
	return STATUS_OK;
}

int cmd_limit(const struct cmdline *cl)
{
	char err[SIZE_ERROR_MAX];
	struct size_arg arg;
	struct out out;
	struct vnl nl;
	int ret;

	if (size_parse_limit("limit", cl->args[1], &arg, err)) {
		error("%s", err);
		return STATUS_USAGE;
	}
	if (vnl_open(&nl))
		return STATUS_REFUSED;
	out_open(&out, cl->json);
	ret = set_limit(&nl, cl, &arg, &out);
	vnl_close(&nl);
	return out_close(&out, ret);
}
