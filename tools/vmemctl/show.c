// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>

#include "escape.h"
#include "holders.h"
#include "nl.h"
#include "out.h"
#include "select.h"
#include "vmemctl.h"

/* The owner has ended: who keeps what it has left? */
static void print_holders(const struct out *out, const struct region *region)
{
	struct holder holders[HOLDERS_MAX];
	char comm[HOLDER_COMM_MAX];
	size_t nr, i;

	if (out->json || !region_has(region, VHOST_MEM_A_REGION_STATE) ||
	    region->state != VHOST_MEM_STATE_ORPHANED)
		return;
	nr = holders_find("/proc", region->id, holders);
	fprintf(out->file, "Held open by:     ");
	if (!nr)
		fprintf(out->file, "a process that cannot be seen from here");
	for (i = 0; i < nr && i < HOLDERS_MAX; i++)
		fprintf(out->file, "%s%s/%u", i ? ", " : "",
			escape_text(comm, sizeof(comm), holders[i].comm),
			holders[i].pid);
	fputs(nr > HOLDERS_MAX ? ", ...\n" : "\n", out->file);
}

int cmd_show(const struct cmdline *cl)
{
	struct region region;
	struct out out;
	struct vnl nl;
	int ret;

	if (vnl_open(&nl))
		return STATUS_REFUSED;
	ret = select_region(&nl, cl->args[0], &region);
	vnl_close(&nl);
	if (ret)
		return ret;

	out_open(&out, cl->json);
	out_region(&out, &region);
	print_holders(&out, &region);
	return out_close(&out, STATUS_OK);
}
