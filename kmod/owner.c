// SPDX-License-Identifier: GPL-2.0
/*
 * Owner: the process whose memory the virtqueue lies in.
 *
 * The vhost core knows it by its memory, and keeps that as long as it is the
 * owner, be it dead. Here an owner can make room for another one, or dies and is
 * replaced: the region, its blocks, sizes and address belong to the open file, not
 * to the owner, so that a VMM which is restarted, and gets the file from somebody
 * who has kept it, finds its VM's memory as it was.
 */

#include <linux/errno.h>
#include <linux/pid.h>

#include "vhost_mem.h"

/* Can nobody act for the owner any more? */
static bool owner_is_gone(struct vhost_mem *vm)
{
	bool gone;

	rcu_read_lock();
	gone = !pid_task(vm->owner, PIDTYPE_TGID);
	rcu_read_unlock();
	return gone;
}

/**
 * vhost_mem_owner_set() - become the owner, VHOST_SET_OWNER
 * @vm: The device.
 *
 * Context: dev.mutex held. May sleep.
 * Return: 0; -EBUSY if there is one; what the vhost core has to say.
 */
int vhost_mem_owner_set(struct vhost_mem *vm)
{
	int ret;

	lockdep_assert_held(&vm->dev.mutex);

	ret = vhost_dev_set_owner(&vm->dev);
	if (!ret)
		vm->owner = get_pid(task_tgid(current));
	return ret;
}

/**
 * vhost_mem_owner_reset() - have no owner any more, VHOST_RESET_OWNER
 * @vm: The device.
 *
 * Stops the virtqueue, and forgets everything of it: features, rings, eventfds
 * and the owner's memory. For the owner; where it has ended, for anybody who has
 * the open file.
 *
 * Context: dev.mutex held. May sleep.
 * Return: 0; -EPERM for others; -ENOMEM, then nothing has changed.
 */
int vhost_mem_owner_reset(struct vhost_mem *vm)
{
	struct vhost_iotlb *umem;

	lockdep_assert_held(&vm->dev.mutex);

	if (vhost_dev_check_owner(&vm->dev) &&
	    !(vm->owner && owner_is_gone(vm)))
		return -EPERM;
	umem = vhost_dev_reset_owner_prepare();
	if (!umem)
		return -ENOMEM;
	vhost_mem_vq_end(vm);
	vhost_dev_reset_owner(&vm->dev, umem);
	vhost_mem_owner_put(vm);
	return 0;
}

/**
 * vhost_mem_owner_permits() - may the caller change something of the device?
 * @vm: The device.
 *
 * Context: dev.mutex held.
 * Return: Whether it is the owner, or there is none.
 */
bool vhost_mem_owner_permits(struct vhost_mem *vm)
{
	lockdep_assert_held(&vm->dev.mutex);

	return !vhost_dev_has_owner(&vm->dev) ||
	       !vhost_dev_check_owner(&vm->dev);
}

/**
 * vhost_mem_owner_put() - forget who the owner was
 * @vm: The device.
 *
 * Context: dev.mutex held, or the device is being released.
 */
void vhost_mem_owner_put(struct vhost_mem *vm)
{
	put_pid(vm->owner);
	vm->owner = NULL;
}
