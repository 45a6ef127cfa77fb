/* SPDX-License-Identifier: GPL-2.0 */
/* The command region-set-many of the fake kernel; see fake_kernel.c. */
#ifndef VMEMCTL_FAKE_MANY_H
#define VMEMCTL_FAKE_MANY_H

#include <stdint.h>

#include <netlink/msg.h>

#include "region.h"

struct fake_many {
	struct region *(*find)(uint32_t id);
	/* What came of it. */
	int error;
	const char *text;
	uint32_t offset;
};

/* Sets all, or none. Returns the reply, not freed; NULL after an error. */
struct nl_msg *fake_many_set(struct fake_many *many, struct nlmsghdr *nlh);

#endif /* VMEMCTL_FAKE_MANY_H */
