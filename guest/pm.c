// SPDX-License-Identifier: GPL-2.0
/*
 * Suspend and hibernation. Over a suspend, plugged memory is kept if the device has
 * VIRTIO_MEM_F_PERSISTENT_SUSPEND. Hibernation is refused: the image would be read back
 * before the device's memory is plugged, if it ever is.
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
	dev_err(&vmg->vdev->dev, "hibernation is not possible with a memory device\n");
	return NOTIFY_BAD;
}

/**
 * vmg_pm_init - refuse hibernation from now on
 * @vmg: The device.
 *
 * Context: Probe. May sleep.
 * Return: 0, or a negative errno.
 */
int vmg_pm_init(struct vmg *vmg)
{
	vmg->pm_notifier.notifier_call = pm_notify;
	/* First, so that no other notifier prepares in vain. */
	vmg->pm_notifier.priority = INT_MAX;
	return register_pm_notifier(&vmg->pm_notifier);
}

/**
 * vmg_pm_exit - allow hibernation again
 * @vmg: The device.
 *
 * Context: May sleep.
 */
void vmg_pm_exit(struct vmg *vmg)
{
	unregister_pm_notifier(&vmg->pm_notifier);
}

/**
 * vmg_freeze - prepare the device for suspend
 * @vdev: The device. Its worker is frozen, so no request is in flight.
 *
 * Context: The suspend callback of virtio. May sleep.
 * Return: 0; -EPERM if plugged memory would be lost.
 */
int vmg_freeze(struct virtio_device *vdev)
{
	struct vmg *vmg = vdev->priv;

	/* Suspend to idle does not involve the platform, so memory is kept. */
	if (vmg->map.nr_plugged && pm_suspend_target_state != PM_SUSPEND_TO_IDLE &&
	    !virtio_has_feature(vdev, VIRTIO_MEM_F_PERSISTENT_SUSPEND)) {
		dev_err(&vdev->dev, "the device does not keep its memory over suspend\n");
		return -EPERM;
	}
	vmg_queue_exit(vmg);
	return 0;
}

/**
 * vmg_restore - resume the device
 * @vdev: The device. Its worker is frozen.
 *
 * If the device has lost memory, driver and device disagree about what is plugged. Then
 * memory that was added stays added, and no more requests are sent.
 *
 * Context: The resume callback of virtio. May sleep.
 * Return: 0, or a negative errno.
 */
int vmg_restore(struct virtio_device *vdev)
{
	struct vmg *vmg = vdev->priv;
	u64 plugged;
	int rc;

	rc = vmg_queue_init(vmg);
	if (rc) {
		/* Without a queue, send nothing any more. */
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
