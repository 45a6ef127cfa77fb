// SPDX-License-Identifier: GPL-2.0
/*
 * Owner: the process whose memory has the virtqueue.
 *
 * The vhost core identifies the owner by its mm, and pins that mm until the owner is
 * reset, even if the process is dead. The open file may outlive the owner, for
 * example if a supervisor has opened it and passed it on. So when the owner's process
 * ends, the device forgets the owner, which frees its memory, and unplugs every
 * block. With VHOST_MEM_CREATE_KEEP the blocks stay plugged: another VMM will get the
 * file from whoever has kept it, and continue with the VM's memory.
 *
 * A living owner can give up the device with VHOST_RESET_OWNER. The region, its
 * blocks, sizes and address then stay.
 */

#include <linux/errno.h>
#include <linux/pid.h>
#include <linux/sched/signal.h>
#include <linux/wait.h>

#include "blocks.h"
#include "config.h"
#include "confirm.h"
#include "owner.h"
#include "vhost_mem.h"
#include "vq.h"
#include "work.h"

/* No event tells that memory or a mutex is available again, so retry. */
#define OWNER_RETRY_DELAY	HZ

/*
 * Has the owner's last thread exited? By the time that it is a zombie, it has given up
 * its mm and its files.
 */
static bool owner_is_gone(struct vhost_mem *vm)
{
	struct task_struct *task;
	bool gone;

	lockdep_assert_held(&vm->dev.mutex);

	rcu_read_lock();
	task = pid_task(vm->owner, PIDTYPE_TGID);
	gone = !task || (READ_ONCE(task->exit_state) &&
			 thread_group_empty(task));
	rcu_read_unlock();
	return gone;
}

/* Work that is queued already then finds no owner, and does nothing. */
static void owner_drop(struct vhost_mem *vm)
{
	lockdep_assert_held(&vm->dev.mutex);

	if (!vm->owner)
		return;
	remove_wait_queue(&vm->owner->wait_pidfd, &vm->owner_wait);
	put_pid(vm->owner);
	vm->owner = NULL;
}

/* Forget the owner, and reset the vhost core's state of it. */
static int owner_forget(struct vhost_mem *vm)
{
	struct vhost_iotlb *umem;

	lockdep_assert_held(&vm->dev.mutex);

	umem = vhost_dev_reset_owner_prepare();
	if (!umem)
		return -ENOMEM;
	vhost_mem_vq_end(vm);
	/* Nobody would answer. */
	if (vm->region)
		vhost_mem_confirm_set(vm->region, NULL, 0);
	vhost_dev_reset_owner(&vm->dev, umem);
	owner_drop(vm);
	return 0;
}

/* Forget an owner that is gone, and unplug every block, except with CREATE_KEEP. */
static int owner_orphan(struct vhost_mem *vm)
{
	struct vhost_mem_region *region = vm->region;
	int ret;

	lockdep_assert_held(&vm->dev.mutex);

	ret = owner_forget(vm);
	if (ret || !region)
		return ret;
	if (!(region->traits.flags & VHOST_MEM_CREATE_KEEP))
		vhost_mem_blocks_close(region);
	vhost_mem_config_set_state(region, VHOST_MEM_STATE_ORPHANED);
	return 0;
}

static void owner_gone_work(struct work_struct *work)
{
	struct vhost_mem *vm =
		container_of(work, struct vhost_mem, owner_work.work);
	bool again;

	/*
	 * Do not block the workqueue, which all regions share: whoever holds the
	 * mutexes may wait for ever, for memory that nobody provides.
	 */
	again = !mutex_trylock(&vm->dev.mutex);
	if (!again) {
		/* There may be another owner by now. */
		if (vm->owner && owner_is_gone(vm))
			again = !vhost_mem_vq_try_stop(vm) || owner_orphan(vm);
		mutex_unlock(&vm->dev.mutex);
	}
	if (again)
		queue_delayed_work(vhost_mem_wq, &vm->owner_work,
				   OWNER_RETRY_DELAY);
}

/* Called in atomic context when the process ends, or spuriously. */
static int owner_wake(struct wait_queue_entry *wait, unsigned int mode,
		      int flags, void *key)
{
	struct vhost_mem *vm =
		container_of(wait, struct vhost_mem, owner_wait);

	queue_delayed_work(vhost_mem_wq, &vm->owner_work, 0);
	return 0;
}

/**
 * vhost_mem_owner_init() - initialize a device without an owner
 * @vm: The device, zeroed.
 *
 * Context: Any.
 */
void vhost_mem_owner_init(struct vhost_mem *vm)
{
	init_waitqueue_func_entry(&vm->owner_wait, owner_wake);
	INIT_DELAYED_WORK(&vm->owner_work, owner_gone_work);
}

/**
 * vhost_mem_owner_set() - become the owner, VHOST_SET_OWNER
 * @vm: The device.
 *
 * Context: dev.mutex held. May sleep.
 * Return: 0; -EBUSY if there is an owner already; or an error of the vhost core.
 */
int vhost_mem_owner_set(struct vhost_mem *vm)
{
	int ret;

	lockdep_assert_held(&vm->dev.mutex);

	ret = vhost_dev_set_owner(&vm->dev);
	if (ret)
		return ret;
	vm->owner = get_pid(task_tgid(current));
	/* current has not exited, so its exit will wake the entry. */
	add_wait_queue(&vm->owner->wait_pidfd, &vm->owner_wait);
	if (vm->region)
		vhost_mem_config_set_state(vm->region, VHOST_MEM_STATE_STOPPED);
	return 0;
}

/**
 * vhost_mem_owner_reset() - forget the owner, VHOST_RESET_OWNER
 * @vm: The device.
 *
 * Stops the virtqueue, and resets its features, rings, eventfds and the owner's
 * memory. Only the owner may do this; once it has ended, whoever has the open file.
 *
 * Context: dev.mutex held. May sleep.
 * Return: 0; -EPERM for others; -ENOMEM, then nothing has changed.
 */
int vhost_mem_owner_reset(struct vhost_mem *vm)
{
	lockdep_assert_held(&vm->dev.mutex);

	/* Its end was noticed already, or there never was one. */
	if (!vm->owner)
		return vm->region && READ_ONCE(vm->region->state) ==
		       VHOST_MEM_STATE_ORPHANED ? 0 : -EPERM;
	if (owner_is_gone(vm))
		return owner_orphan(vm);
	/* After an exec() the process has another mm, but is still the owner. */
	if (vhost_dev_check_owner(&vm->dev) && vm->owner != task_tgid(current))
		return -EPERM;
	return owner_forget(vm);
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
 * vhost_mem_owner_end() - stop watching the owner
 * @vm: The device.
 *
 * Context: The device is being released. May sleep. Takes dev.mutex.
 */
void vhost_mem_owner_end(struct vhost_mem *vm)
{
	/* The work item may run at the same time. */
	mutex_lock(&vm->dev.mutex);
	owner_drop(vm);
	mutex_unlock(&vm->dev.mutex);
	cancel_delayed_work_sync(&vm->owner_work);
}
