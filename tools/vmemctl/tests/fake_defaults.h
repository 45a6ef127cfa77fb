/* SPDX-License-Identifier: GPL-2.0 */
/* What new regions of the fake kernel would start with; see fake_kernel.c. */
#ifndef VMEMCTL_FAKE_DEFAULTS_H
#define VMEMCTL_FAKE_DEFAULTS_H

#include <netlink/msg.h>

/* A message with it; not freed. */
struct nl_msg *fake_defaults_message(int cmd);
/* Carries out defaults-set; @text is set to an explanation. Returns 0 or a negative errno. */
int fake_defaults_set(struct nlmsghdr *nlh, const char **text);

#endif /* VMEMCTL_FAKE_DEFAULTS_H */
