/* SPDX-License-Identifier: GPL-2.0 */
/* The pools of the fake kernel; see fake_kernel.c. */
#ifndef VMEMCTL_FAKE_POOLS_H
#define VMEMCTL_FAKE_POOLS_H

#include <netlink/msg.h>

struct fake_pool;

/* The default pool is the first one; NULL behind the last. */
const struct fake_pool *fake_pool_nth(int n);
/* A message with it; not freed. */
struct nl_msg *fake_pool_message(const struct fake_pool *pool);
/*
 * Carries out a command as the kernel does. @pool is set to what is in the reply, or
 * NULL; @text to an explanation. Returns 0 or a negative errno.
 */
int fake_pool_do(int cmd, struct nlattr **tb, const struct fake_pool **pool,
		 const char **text);

#endif /* VMEMCTL_FAKE_POOLS_H */
