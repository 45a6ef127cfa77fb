// SPDX-License-Identifier: GPL-2.0
#include "nl.h"
#include "out.h"
#include "vmemctl.h"

int cmd_list(const struct cmdline *cl)
{
	struct region_list list;
	struct out out;
	struct vnl nl;
	int ret;

	if (vnl_open(&nl))
		return STATUS_REFUSED;
	ret = vnl_dump(&nl, &list);
	if (ret)
		vnl_complain(&nl, ret, "listing the regions");
	vnl_close(&nl);
	if (ret)
		return STATUS_REFUSED;

	out_open(&out, cl->json);
	out_list(&out, &list);
	region_list_free(&list);
	return out_close(&out, STATUS_OK);
}
