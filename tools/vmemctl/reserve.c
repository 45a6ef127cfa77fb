// SPDX-License-Identifier: GPL-2.0
/* What is promised to a region: reserve, and the minimum that limit sets. */
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "escape.h"

void share_print(const struct out *out, const struct region *region)
{
	char title[REGION_STRING_MAX], pool[REGION_STRING_MAX];
	char charged[SIZE_TEXT_MAX], reserved[SIZE_TEXT_MAX];

	if (out->json) {
		out_region(out, region);
		return;
	}
	fprintf(out->file, "%s: pool %s, %s charged, %s reserved\n",
		region_title(title, sizeof(title), region),
		escape_text(pool, sizeof(pool), region->pool),
		size_format(charged, region->charged),
		size_format(reserved, region->reserved));
}

/* For both of them "none" is nothing, and not the maximum as for a limit. */
static int size_or_none(const struct region *region, const struct size_arg *arg,
			uint64_t *size)
{
	if (strcmp(arg->text, "none"))
		return change_target(region, arg, region->size, false, size);
	*size = 0;
	return STATUS_OK;
}

int cmd_reserve(struct context *ctx)
{
	struct region region, change = { 0 };
	int ret;

	ret = select_region(&ctx->nl, ctx->cl->id, &region);
	if (ret)
		return ret;
	if (!region_has(&region, VHOST_MEM_A_REGION_RESERVED))
		return not_supported(&region, "reserved sizes");
	ret = size_or_none(&region, &ctx->cl->size, &change.reserved);
	if (ret)
		return ret;
	change.id = region.id;
	change.present = REGION_BIT(VHOST_MEM_A_REGION_ID) |
			 REGION_BIT(VHOST_MEM_A_REGION_RESERVED);
	ret = vnl_set(&ctx->nl, &change, &region);
	if (ret)
		return change_failed(&ctx->nl, ret, &region, "reserving memory for", "");
	share_print(&ctx->out, &region);
	return STATUS_OK;
}

int minimum_change(const struct cmdline *cl, const struct region *region,
		   struct region *change)
{
	if (!(cl->given & GIVEN_MIN))
		return STATUS_OK;
	if (!region_has(region, VHOST_MEM_A_REGION_MINIMUM))
		return not_supported(region, "minimums");
	change->present |= REGION_BIT(VHOST_MEM_A_REGION_MINIMUM);
	return size_or_none(region, &cl->min, &change->minimum);
}

void minimum_print(FILE *file, const struct region *old, const struct region *region)
{
	char minimum[SIZE_TEXT_MAX], before[SIZE_TEXT_MAX], after[SIZE_TEXT_MAX];

	if (!region_has(region, VHOST_MEM_A_REGION_MINIMUM) || !region->minimum)
		return;
	fprintf(file, ", minimum %s", size_format(minimum, region->minimum));
	if (old->requested_size < region->minimum)
		fprintf(file, "; requested size raised from %s to %s",
			size_format(before, old->requested_size),
			size_format(after, region->requested_size));
}
