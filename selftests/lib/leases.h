/* SPDX-License-Identifier: GPL-2.0 */
/* Leases, by netlink. Functions return 0 or a negative errno. */
#ifndef _SELFTESTS_LEASES_H
#define _SELFTESTS_LEASES_H

#include <stdint.h>

#include "genl.h"

#define LEASES_ANYBODY UINT32_MAX

/**
 * struct lease - a lease
 * @attrs: Bit VHOST_MEM_A_LEASE_* is set for each attribute in the message.
 * @value: The numbers among them, by attribute.
 */
struct lease {
	uint64_t attrs;
	uint64_t value[VHOST_MEM_A_LEASE_MAX + 1];
};

/* @ms: 0 for none. @user: LEASES_ANYBODY for none. @number: set, unless NULL. */
int leases_add(struct genl *nl, const char *pool, uint64_t size, uint32_t user,
	       uint64_t ms, uint64_t *number);
int leases_get(struct genl *nl, uint64_t number, struct lease *lease);
int leases_drop(struct genl *nl, uint64_t number);
/* Create the region of an open device with a lease. @id: set, unless NULL. */
int leases_create(int fd, uint64_t size, uint64_t block, uint64_t number, uint32_t *id);

#endif /* _SELFTESTS_LEASES_H */
