// SPDX-License-Identifier: GPL-2.0
/* The command show. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "escape.h"
#include "holders.h"
#include "proc.h"
#include "rows.h"

/* Of a region whose owner has ended: the processes that still hold it. */
static void print_holders(const struct out *out, const struct region *region)
{
	struct holder holders[HOLDERS_MAX];
	char comm[HOLDER_COMM_MAX];
	size_t nr, i;

	if (!region_has(region, VHOST_MEM_A_REGION_STATE) ||
	    region->state != VHOST_MEM_STATE_ORPHANED)
		return;
	nr = holders_find(proc_dir, region->id, holders);
	fprintf(out->file, "Held open by:     ");
	if (!nr)
		fprintf(out->file, "a process that is not visible from here");
	for (i = 0; i < nr && i < HOLDERS_MAX; i++)
		fprintf(out->file, "%s%s/%u", i ? ", " : "",
			escape_text(comm, sizeof(comm), holders[i].comm),
			holders[i].pid);
	fputs(nr > HOLDERS_MAX ? ", ...\n" : "\n", out->file);
}

static void print_vmm(const struct out *out, const struct row *row)
{
	if (*row->vmm.user)
		fprintf(out->file, "VMM user:         %s\n", row->vmm.user);
	if (*row->vmm.unit)
		fprintf(out->file, "VMM unit:         %s\n", row->vmm.unit);
}

static void print_all(const struct out *out, const struct rows *rows)
{
	size_t i;

	if (out->json) {
		out_rows(out, rows);
		return;
	}
	for (i = 0; i < rows->nr; i++) {
		if (i)
			fputc('\n', out->file);
		out_region(out, &rows->rows[i].region);
		print_vmm(out, &rows->rows[i]);
		print_holders(out, &rows->rows[i].region);
	}
}

/* All are looked for before anything is printed. */
int cmd_show(struct context *ctx)
{
	const struct row_filter *filter = &ctx->cl->filter;
	struct region_list list = { 0 };
	struct region region;
	struct rows rows;
	int ret = STATUS_OK;
	size_t i;

	for (i = 0; i < filter->nr_ids && !ret; i++) {
		ret = select_region(&ctx->nl, filter->ids[i], &region);
		if (!ret && region_list_add(&list, &region)) {
			error("%s", strerror(ENOMEM));
			ret = STATUS_REFUSED;
		}
	}
	if (!ret && rows_make(&rows, &list)) {
		error("%s", strerror(ENOMEM));
		ret = STATUS_REFUSED;
	}
	if (!ret) {
		if (!ctx->out.json)
			rows_find_vmms(&rows);
		print_all(&ctx->out, &rows);
		rows_free(&rows);
	}
	region_list_free(&list);
	return ret;
}
