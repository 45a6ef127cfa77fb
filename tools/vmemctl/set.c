// SPDX-License-Identifier: GPL-2.0
/*
 * The commands that set something besides the size: limit, policy, grant, deny.
 *
 * A guest can make another proposal at any time. So what is granted is a size that
 * was read and printed, not what the guest proposes by the time the kernel grants it.
 */
#include <errno.h>
#include <stdio.h>

#include "command.h"
#include "escape.h"
#include "explain.h"
#include "resize.h"

int not_supported(const struct region *region, const char *what)
{
	char title[REGION_STRING_MAX];

	error("%s: this version of the vhost_mem module does not support %s",
	      region_title(title, sizeof(title), region), what);
	return STATUS_REFUSED;
}

/* The region of the command line, of which the kernel tells the policy. */
static int select_with_policy(struct context *ctx, const char *what,
			      struct region *region)
{
	int ret = select_region(&ctx->nl, ctx->cl->id, region);

	if (!ret && !region_has(region, VHOST_MEM_A_REGION_POLICY))
		ret = not_supported(region, what);
	return ret;
}

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
	/* Lowered by this command, or by somebody else at the same time. */
	if (old->requested_size > region->limit)
		fprintf(out->file, "; requested size lowered from %s to %s, %s plugged",
			size_format(before, old->requested_size),
			size_format(after, region->requested_size),
			size_format(plugged, region->plugged_size));
	minimum_print(out->file, old, region);
	fputc('\n', out->file);
}

int cmd_limit(struct context *ctx)
{
	struct region old, region, change;
	uint64_t target;
	int ret;

	ret = select_region(&ctx->nl, ctx->cl->id, &old);
	if (ret)
		return ret;
	ret = change_target(&old, &ctx->cl->size, old.size, true, &target);
	if (ret)
		return ret;
	if (!region_has(&old, VHOST_MEM_A_REGION_LIMIT))
		return not_supported(&old, "limits");
	change = (struct region){
		.present	= REGION_BIT(VHOST_MEM_A_REGION_ID) |
				  REGION_BIT(VHOST_MEM_A_REGION_LIMIT),
		.id		= old.id,
		.limit		= target,
	};
	ret = minimum_change(ctx->cl, &old, &change);
	if (ret)
		return ret;
	ret = vnl_set(&ctx->nl, &change, &region);
	if (ret)
		return change_refused(&ctx->nl, ret, &old, "limiting", target);
	print_limit(&ctx->out, &old, &region);
	return STATUS_OK;
}

/*
 * One of the bounds of policy auto, in bytes. Checked here, as several of them are
 * set at once, and the kernel's message would not say which one is wrong.
 */
static int bound_of(const struct region *region, const char *what,
		    const struct size_arg *arg, uint64_t *size)
{
	char block[SIZE_TEXT_MAX];
	int ret;

	ret = change_target(region, arg, region->size, false, size);
	if (ret)
		return ret;
	if (region->block_size && *size % region->block_size) {
		error("%s \"%s\" is not a multiple of the block size of %s", what,
		      arg->text, size_format(block, region->block_size));
		return STATUS_USAGE;
	}
	return STATUS_OK;
}

/* What the command line sets; an attribute is present if it is given. */
static int policy_change(const struct cmdline *cl, const struct region *region,
			 struct region *change)
{
	int ret = STATUS_OK;

	*change = (struct region){
		.policy		= cl->policy,
		.policy_interval = cl->interval_ms,
	};
	if (cl->given & GIVEN_POLICY)
		change->present |= REGION_BIT(VHOST_MEM_A_REGION_POLICY);
	if (cl->given & GIVEN_INTERVAL)
		change->present |= REGION_BIT(VHOST_MEM_A_REGION_POLICY_INTERVAL);
	if (cl->given & GIVEN_MAX) {
		change->present |= REGION_BIT(VHOST_MEM_A_REGION_POLICY_MAX);
		ret = bound_of(region, "--max", &cl->max, &change->policy_max);
	}
	if (!ret && cl->given & GIVEN_STEP) {
		change->present |= REGION_BIT(VHOST_MEM_A_REGION_POLICY_STEP);
		ret = bound_of(region, "--step", &cl->step, &change->policy_step);
		if (!ret && !change->policy_step) {
			error("--step \"%s\" must not be 0", cl->step.text);
			ret = STATUS_USAGE;
		}
	}
	return ret;
}

static void print_policy(const struct out *out, const struct region *region)
{
	char title[REGION_STRING_MAX], text[PROPOSAL_TEXT_MAX];

	if (out->json) {
		out_region(out, region);
		return;
	}
	fprintf(out->file, "%s: policy %s",
		region_title(title, sizeof(title), region), proposal_policy(text, region));
	/* The bounds of auto are kept, and can be set beforehand. */
	if (region->policy != VHOST_MEM_POLICY_AUTO && *proposal_grant_terms(text, region))
		fprintf(out->file, "; auto would be %s", text);
	fputc('\n', out->file);
}

int cmd_policy(struct context *ctx)
{
	struct region region, change;
	int ret;

	ret = select_with_policy(ctx, "policies", &region);
	if (ret)
		return ret;
	ret = policy_change(ctx->cl, &region, &change);
	if (ret)
		return ret;
	if (change.present) {
		change.id = region.id;
		change.present |= REGION_BIT(VHOST_MEM_A_REGION_ID);
		ret = vnl_set(&ctx->nl, &change, &region);
		if (ret)
			return change_failed(&ctx->nl, ret, &region,
					     "setting the policy of", "");
	}
	print_policy(&ctx->out, &region);
	return STATUS_OK;
}

static bool is_pending(const struct region *region)
{
	return region_has(region, VHOST_MEM_A_REGION_PROPOSED_SIZE) &&
	       region_has(region, VHOST_MEM_A_REGION_PROPOSAL_DECISION) &&
	       region->proposal_decision == VHOST_MEM_DECISION_PENDING;
}

static int none_pending(const struct region *region)
{
	char title[REGION_STRING_MAX], size[SIZE_TEXT_MAX], decision[PROPOSAL_TEXT_MAX];

	region_title(title, sizeof(title), region);
	/* A proposal that is pending now has arrived in between: say nothing of it. */
	if (region_has(region, VHOST_MEM_A_REGION_PROPOSED_SIZE) && !is_pending(region) &&
	    *proposal_decision(decision, region))
		error("%s: the guest has no pending proposal; the last one, for %s: %s",
		      title, size_format(size, region->proposed_size), decision);
	else
		error("%s: the guest has no pending proposal", title);
	return STATUS_REFUSED;
}

static int proposed(const struct region *region, uint64_t *target)
{
	char title[REGION_STRING_MAX], size[SIZE_TEXT_MAX], limit[SIZE_TEXT_MAX];

	if (!region_has(region, VHOST_MEM_A_REGION_POLICY))
		return not_supported(region, "proposals of guests");
	if (!is_pending(region))
		return none_pending(region);
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

/* Before the size is set, as the command may wait after that. */
static void announce(struct out *out, const struct region *region,
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

int cmd_grant(struct context *ctx)
{
	struct region region;
	uint64_t target;
	int ret;

	ret = select_region(&ctx->nl, ctx->cl->id, &region);
	if (ret)
		return ret;
	if (ctx->cl->given & GIVEN_SIZE)
		ret = change_target(&region, &ctx->cl->size, region_limit(&region), true,
				    &target);
	else
		ret = proposed(&region, &target);
	if (ret)
		return ret;
	announce(&ctx->out, &region, target);
	return resize_to(ctx, &region, target, NULL);
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

/* ENOENT has two meanings: the region is gone, or no proposal is pending. */
static int not_denied(struct vnl *nl, int ret, const struct region *old)
{
	struct region region;

	if (ret == -ENOENT && !vnl_get(nl, old->id, &region))
		return none_pending(&region);
	return change_failed(nl, ret, old, "denying the proposal of", "");
}

int cmd_deny(struct context *ctx)
{
	struct region region, change;
	int ret;

	ret = select_with_policy(ctx, "proposals of guests", &region);
	if (ret)
		return ret;
	change = (struct region){
		.present		= REGION_BIT(VHOST_MEM_A_REGION_ID) |
					  REGION_BIT(VHOST_MEM_A_REGION_PROPOSAL_DECISION),
		.id			= region.id,
		.proposal_decision	= VHOST_MEM_DECISION_DENIED,
	};
	ret = vnl_set(&ctx->nl, &change, &region);
	if (ret)
		return not_denied(&ctx->nl, ret, &region);
	print_denied(&ctx->out, &region);
	return STATUS_OK;
}
