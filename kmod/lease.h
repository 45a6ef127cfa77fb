/* SPDX-License-Identifier: GPL-2.0 */
/* Leases: memory of a pool that is promised to a region that does not exist yet. */
#ifndef _VHOST_MEM_LEASE_H
#define _VHOST_MEM_LEASE_H

#include <linux/list.h>
#include <linux/types.h>
#include <linux/uidgid.h>
#include <uapi/linux/vhost_mem.h>

struct vhost_mem_pool;
struct vhost_mem_region;

/* Maximum number of leases of the host. */
#define VHOST_MEM_LEASES_MAX	1024

/**
 * struct vhost_mem_lease - a lease
 * @node: Entry in the list of leases.
 * @number: Its number, by which a VMM claims it; from 1, and never given again.
 * @name: What the administrator calls it; may be empty. It decides nothing.
 * @pool: The pool, which stays as long as it has a lease.
 * @size: Bytes; not 0.
 * @has_user: It is for a user only.
 * @user: The user, by whom the device has to be opened; with @has_user.
 * @expires: Time in jiffies at which it ends.
 *
 * All but @node is constant once it is in the list. With the registry's lock.
 */
struct vhost_mem_lease {
	struct list_head node;
	u64 number;
	char name[VHOST_MEM_NAME_MAX];
	struct vhost_mem_pool *pool;
	u64 size;
	bool has_user;
	kuid_t user;
	unsigned long expires;
};

/* With the registry locked. */
struct vhost_mem_lease *
vhost_mem_lease_add(const struct vhost_mem_lease *wanted, unsigned int ms);
struct vhost_mem_lease *vhost_mem_lease_next(u64 number);
struct vhost_mem_lease *vhost_mem_lease_find(u64 number);
void vhost_mem_lease_drop(struct vhost_mem_lease *lease);
unsigned int vhost_mem_lease_left(const struct vhost_mem_lease *lease);

int vhost_mem_lease_use(struct vhost_mem_region *region, u64 number,
			kuid_t opener);
void vhost_mem_lease_exit(void);

#endif /* _VHOST_MEM_LEASE_H */
