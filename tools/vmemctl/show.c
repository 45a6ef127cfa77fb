// SPDX-License-Identifier: GPL-2.0
#include "nl.h"
#include "out.h"
#include "select.h"
#include "vmemctl.h"

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
	return out_close(&out, STATUS_OK);
}
