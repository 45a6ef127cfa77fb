// SPDX-License-Identifier: GPL-2.0
/*
 * old_driver.ko: a virtio memory driver that does not know
 * VIRTIO_MEM_F_UNPLUGGED_INACCESSIBLE, and so might read unplugged memory. A
 * device that offers the feature must refuse such a driver.
 */
#include <linux/module.h>
#include <linux/virtio.h>
#include <linux/virtio_ids.h>

static int old_driver_probe(struct virtio_device *vdev)
{
	dev_info(&vdev->dev, "old_driver: the device has taken it\n");
	return 0;
}

static void old_driver_remove(struct virtio_device *vdev)
{
	virtio_reset_device(vdev);
}

static const struct virtio_device_id old_driver_ids[] = {
	{ VIRTIO_ID_MEM, VIRTIO_DEV_ANY_ID },
	{ 0 },
};

static struct virtio_driver old_driver = {
	.driver.name = KBUILD_MODNAME,
	.driver.owner = THIS_MODULE,
	.id_table = old_driver_ids,
	.probe = old_driver_probe,
	.remove = old_driver_remove,
};
module_virtio_driver(old_driver);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("A virtio memory driver from before VIRTIO_MEM_F_UNPLUGGED_INACCESSIBLE");
