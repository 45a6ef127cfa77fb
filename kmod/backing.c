// SPDX-License-Identifier: GPL-2.0
/* Backing: the kinds of memory that a region can have. */

#include <uapi/linux/vhost_mem.h>

#include "backing.h"

/**
 * vhost_mem_backing_init() - prepare each kind of memory
 *
 * Context: Module initialization. May sleep.
 * Return: 0 or a negative errno.
 */
int vhost_mem_backing_init(void)
{
	int ret = vhost_mem_backing_shmem_init();

	/* Whatever is missing for it, regions of shmem can do without. */
	if (!ret)
		vhost_mem_backing_hugetlb_init();
	return ret;
}

/**
 * vhost_mem_backing_exit() - undo vhost_mem_backing_init()
 *
 * Context: Module exit: no region is left. May sleep.
 */
void vhost_mem_backing_exit(void)
{
	vhost_mem_backing_hugetlb_exit();
	vhost_mem_backing_shmem_exit();
}

/**
 * vhost_mem_backing_of() - the kind of memory of a region
 * @flags: The region's flags.
 *
 * Return: Its operations.
 */
const struct vhost_mem_backing_ops *vhost_mem_backing_of(u32 flags)
{
	return flags & VHOST_MEM_CREATE_HUGETLB ? &vhost_mem_backing_hugetlb :
						  &vhost_mem_backing_shmem;
}
