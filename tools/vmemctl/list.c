// SPDX-License-Identifier: GPL-2.0
/* The command list. */
#include <errno.h>
#include <string.h>

#include "command.h"
#include "escape.h"
#include "rows.h"

int read_rows(struct context *ctx, struct rows *rows, bool vmms)
{
	struct region_list list;
	const char *unknown;
	int ret;

	ret = vnl_dump(&ctx->nl, &list);
	if (ret) {
		vnl_complain(&ctx->nl, ret, "listing the regions");
		return STATUS_REFUSED;
	}
	ret = rows_make(rows, &list);
	region_list_free(&list);
	if (ret) {
		error("%s", strerror(-ret));
		return STATUS_REFUSED;
	}
	unknown = rows_filter(rows, &ctx->cl->filter);
	if (unknown) {
		error("no region \"%s\"; see 'vmemctl list'", unknown);
		rows_free(rows);
		return STATUS_USAGE;
	}
	if (vmms)
		rows_find_vmms(rows);
	rows_sort(rows, &ctx->cl->sort);
	return STATUS_OK;
}

int cmd_list(struct context *ctx)
{
	struct rows rows;
	int ret;

	ctx->out.style.exact = ctx->cl->output.exact;
	if (ctx->cl->output.wide)
		ctx->out.style.width = 0;
	/* JSON is what the kernel says, but may be sorted by what it does not. */
	ret = read_rows(ctx, &rows, !ctx->out.json || ctx->cl->sort.nr);
	if (ret)
		return ret;
	out_rows(&ctx->out, &rows);
	rows_free(&rows);
	return STATUS_OK;
}
