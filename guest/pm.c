// SPDX-License-Identifier: GPL-2.0
/*
 * Suspend keeps plugged memory, if the device says so. Hibernation does not: the
 * image would be read before the device's memory is plugged, if it ever is.
 */
#include <linux/sizes.h>
#include <linux/suspend.h>

#include "guest.h"
#include "pm.h"

static int pm_notify(struct notifier_block *nb, unsigned long action, void *arg)
{
	struct vmg *vmg = container_of(nb, struct vmg, pm_notifier);

	if (action != PM_HIBERNATION_PREPARE && action != PM_RESTORE_PREPARE)
		return NOTIFY_OK;
	dev_err(&vmg->vdev->dev, "there is no hibernation with a memory device\n");
	return NOTIFY_BAD;
}

/**
 * vmg_pm_init - refuse hibernation
 * @vmg: The device.
 *
 * Return: 0, or a negative errno.
 */
int vmg_pm_init(struct vmg *vmg)
{
	vmg->pm_notifier.notifier_call = pm_notify;
	/* Before others have done their part for nothing. */
	vmg->pm_notifier.priority = INT_MAX;
	return register_pm_notifier(&vmg->pm_notifier);
}

/**
 * vmg_pm_exit - do not care about hibernation any more
 * @vmg: The device.
 */
void vmg_pm_exit(struct vmg *vmg)
{
	unregister_pm_notifier(&vmg->pm_notifier);
}

/**
 * vmg_freeze - the system is about to be suspended
 * @vdev: The device. Its worker is frozen, so no request is in flight.
 *
 * Return: 0; -EPERM if plugged memory would be lost.
 */
int vmg_freeze(struct virtio_device *vdev)
{
	struct vmg *vmg = vdev->priv;

	/* Suspend to idle is no state of the platform: memory stays as it is. */
	if (vmg->map.nr_plugged && pm_suspend_target_state != PM_SUSPEND_TO_IDLE &&
	    !virtio_has_feature(vdev, VIRTIO_MEM_F_PERSISTENT_SUSPEND)) {
		dev_err(&vdev->dev, "the device does not keep its memory over suspend\n");
		return -EPERM;
	}
	vmg_queue_exit(vmg);
	return 0;
}

/**
 * vmg_restore - the system is awake again
 * @vdev: The device. Its worker is frozen.
 *
 * If the device has lost memory, we and it do not agree any more about what is
 * plugged. What Linux has stays, and nothing is asked for.
 *
 * Return: 0, or a negative errno.
 */
int vmg_restore(struct virtio_device *vdev)
{
	struct vmg *vmg = vdev->priv;
	u64 plugged;
	int rc;

	rc = vmg_queue_init(vmg);
	if (rc) {
		/* There is no queue: nothing is sent any more. */
		WRITE_ONCE(vmg->broken, true);
		return rc;
	}
	virtio_device_ready(vdev);
	virtio_cread_le(vdev, struct virtio_mem_config, plugged_size, &plugged);
	if (!vmg->worker.unplug_all && plugged != vmg->map.nr_plugged * vmg->geo.sb_size) {
		dev_err(&vdev->dev, "%llu MiB were plugged before suspend and %llu MiB are now, giving up\n",
			vmg->map.nr_plugged * vmg->geo.sb_size / SZ_1M,
			plugged / SZ_1M);
		WRITE_ONCE(vmg->broken, true);
	}
	vmg_report_restart(vmg);
	vmg_config_kick(vmg);
	return 0;
}
