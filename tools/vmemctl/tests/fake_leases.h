/* SPDX-License-Identifier: GPL-2.0 */
/* The lease of the fake kernel, which has number 17; see fake_kernel.c. */
#ifndef VMEMCTL_FAKE_LEASES_H
#define VMEMCTL_FAKE_LEASES_H

#include <netlink/msg.h>

/* A message with it; not freed. */
struct nl_msg *fake_lease_message(void);
/* Carries out a command; @text is set to an explanation. Returns 0 or a negative errno. */
int fake_lease_do(struct nlmsghdr *nlh, const char **text);

#endif /* VMEMCTL_FAKE_LEASES_H */
