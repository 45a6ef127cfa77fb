/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _VHOST_MEM_GUEST_PM_H
#define _VHOST_MEM_GUEST_PM_H

#include <linux/types.h>

struct virtio_device;
struct vmg;

#ifdef CONFIG_PM_SLEEP
int vmg_pm_init(struct vmg *vmg);
void vmg_pm_exit(struct vmg *vmg);
int vmg_freeze(struct virtio_device *vdev);
int vmg_restore(struct virtio_device *vdev);
#else
static inline int vmg_pm_init(struct vmg *vmg)
{
	return 0;
}

static inline void vmg_pm_exit(struct vmg *vmg)
{
}
#endif

#endif /* _VHOST_MEM_GUEST_PM_H */
