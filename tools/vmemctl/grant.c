// SPDX-License-Identifier: GPL-2.0
/*
 * The administrator's answers to a guest's proposal. The guest can have another one at
 * any time, so what is granted is a size that has been read and printed, and not
 * what the guest proposes when the kernel hears of it.
 */
#include <errno.h>
#include <stdio.h>

#include "change.h"
#include "error.h"
#include "nl.h"
#include "out.h"
#include "resize.h"
#include "select.h"
#include "size.h"
#include "vmemctl.h"
#include "proposal.h"

static bool is_waiting(const struct region *region)
{
	return region_has(region, VHOST_MEM_A_REGION_PROPOSED_SIZE) &&
	       region_has(region, VHOST_MEM_A_REGION_PROPOSAL_DECISION) &&
	       region->proposal_decision == VHOST_MEM_DECISION_PENDING;
}

static int no_proposals(void)
{
	error("this version of the vhost_mem module knows no proposals of guests");
	return STATUS_REFUSED;
}

static int nothing_waits(const struct region *region)
{
	char title[REGION_STRING_MAX], size[SIZE_TEXT_MAX], decision[PROPOSAL_TEXT_MAX];

	region_title(title, sizeof(title), region);
	/* If there is one now, it has come in between. */
	if (region_has(region, VHOST_MEM_A_REGION_PROPOSED_SIZE) && !is_waiting(region) &&
	    *proposal_decision(decision, region))
		error("%s: no proposal of the guest waits for a response; the last, for %s: %s",
		      title, size_format(size, region->proposed_size), decision);
	else
		error("%s: no proposal of the guest waits for a response", title);
	return STATUS_REFUSED;
}

static int proposed(const struct region *region, uint64_t *target)
{
	char title[REGION_STRING_MAX], size[SIZE_TEXT_MAX], limit[SIZE_TEXT_MAX];

	if (!region_has(region, VHOST_MEM_A_REGION_POLICY))
		return no_proposals();
	if (!is_waiting(region))
		return nothing_waits(region);
	if (region->proposed_size > region_limit(region)) {
		error("%s: the guest proposes %s, more than the limit of %s; see 'vmemctl limit'",
		      region_title(title, sizeof(title), region),
		      size_format(size, region->proposed_size),
		      size_format(limit, region_limit(region)));
		return STATUS_USAGE;
	}
	*target = region->proposed_size;
	return STATUS_OK;
}

/* Before it is done, as the response may have to be waited for. */
static void announce(const struct out *out, const struct region *region,
		     uint64_t target)
{
	char title[REGION_STRING_MAX], proposal[PROPOSAL_TEXT_MAX], size[SIZE_TEXT_MAX];

	if (out->json)
		return;
	fprintf(out->file, "%s: ", region_title(title, sizeof(title), region));
	if (*proposed_size(proposal, region))
		fprintf(out->file, "the guest proposes %s; ", proposal);
	fprintf(out->file, "granting %s\n", size_format(size, target));
	out_flush(out);
}

static int grant(struct vnl *nl, const struct cmdline *cl, const struct size_arg *arg,
		 const struct out *out)
{
	struct region region;
	uint64_t target;
	int ret;

	ret = select_region(nl, cl->args[0], &region);
	if (ret)
		return ret;
	if (cl->nr_args > 1)
		ret = change_target(&region, arg, cl->args[1], region_limit(&region),
				    true, &target);
	else
		ret = proposed(&region, &target);
	if (ret)
		return ret;
	announce(out, &region, target);
	return resize_to(nl, &region, target, NULL, cl, out);
}

int cmd_grant(const struct cmdline *cl)
{
	char err[SIZE_ERROR_MAX];
	struct size_arg arg;
	struct out out;
	struct vnl nl;
	int ret;

	if (cl->nr_args > 1 && size_parse(cl->args[1], &arg, err)) {
		error("%s", err);
		return STATUS_USAGE;
	}
	if (vnl_open(&nl))
		return STATUS_REFUSED;
	out_open(&out, cl->json);
	ret = grant(&nl, cl, &arg, &out);
	vnl_close(&nl);
	return out_close(&out, ret);
}

static void print_denied(const struct out *out, const struct region *region)
{
	char title[REGION_STRING_MAX], size[SIZE_TEXT_MAX];

	if (out->json) {
		out_region(out, region);
		return;
	}
	fprintf(out->file, "%s: denied", region_title(title, sizeof(title), region));
	if (region_has(region, VHOST_MEM_A_REGION_PROPOSED_SIZE))
		fprintf(out->file, " %s", size_format(size, region->proposed_size));
	fprintf(out->file, "; %s requested\n", size_format(size, region->requested_size));
}

/* ENOENT has two meanings: the region is gone, or no proposal waits. */
static int not_denied(struct vnl *nl, int ret, const struct region *old)
{
	struct region region;

	if (ret == -ENOENT && !vnl_get(nl, old->id, &region))
		return nothing_waits(&region);
	return change_failed(nl, ret, old, "denying the proposal of", "");
}

static int deny(struct vnl *nl, const struct cmdline *cl, const struct out *out)
{
	struct region region, change;
	int ret;

	ret = select_region(nl, cl->args[0], &region);
	if (ret)
		return ret;
	if (!region_has(&region, VHOST_MEM_A_REGION_POLICY))
		return no_proposals();
	change = (struct region){
		.present	= REGION_BIT(VHOST_MEM_A_REGION_ID) |
				  REGION_BIT(VHOST_MEM_A_REGION_PROPOSAL_DECISION),
		.id		= region.id,
		.proposal_decision	= VHOST_MEM_DECISION_DENIED,
	};
	ret = vnl_set(nl, &change, &region);
	if (ret)
		return not_denied(nl, ret, &region);
	print_denied(out, &region);
	return STATUS_OK;
}

int cmd_deny(const struct cmdline *cl)
{
	struct out out;
	struct vnl nl;
	int ret;

	if (vnl_open(&nl))
		return STATUS_REFUSED;
	out_open(&out, cl->json);
	ret = deny(&nl, cl, &out);
	vnl_close(&nl);
	return out_close(&out, ret);
}
