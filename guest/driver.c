// SPDX-License-Identifier: GPL-2.0
/* The virtio driver: probe and remove. */
#include <acpi/acpi_numa.h>
#include <linux/ioport.h>
#include <linux/memory.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/sizes.h>

#include "guest.h"
#include "pm.h"
#include "sysfs.h"
#include "worker.h"

/* The NUMA node of the region. */
static int node_of(struct vmg *vmg)
{
	int nid = NUMA_NO_NODE;
	u16 pxm;

#ifdef CONFIG_ACPI_NUMA
	if (virtio_has_feature(vmg->vdev, VIRTIO_MEM_F_ACPI_PXM)) {
		virtio_cread_le(vmg->vdev, struct virtio_mem_config, node_id,
				&pxm);
		nid = pxm_to_node(pxm);
	}
#endif
	return nid == NUMA_NO_NODE ? memory_add_physaddr_to_nid(vmg->geo.addr) : nid;
}

/* Reads the constant part of the configuration. */
static void read_constants(struct vmg *vmg)
{
	struct virtio_device *vdev = vmg->vdev;

	virtio_cread_le(vdev, struct virtio_mem_config, block_size,
			&vmg->geo.device_block);
	virtio_cread_le(vdev, struct virtio_mem_config, addr, &vmg->geo.addr);
	virtio_cread_le(vdev, struct virtio_mem_config, region_size,
			&vmg->geo.region_size);
	vmg->hotplug.nid = node_of(vmg);
}

/*
 * Reserves the region in the resource tree. This fails if Linux is using memory of the
 * region that another driver has left behind; on success nobody uses what is plugged.
 * The names are copies, because they must stay if we leave memory behind.
 */
static int reserve_region(struct vmg *vmg)
{
	const char *name = kstrdup(dev_name(&vmg->vdev->dev), GFP_KERNEL);
	struct resource *resource;
	int rc = -ENOMEM;

	vmg->hotplug.resource_name = kstrdup("System RAM (" KBUILD_MODNAME ")",
					     GFP_KERNEL);
	if (!name || !vmg->hotplug.resource_name)
		goto err_names;
	/* Exclusive: /dev/mem cannot map it. */
	resource = __request_region(&iomem_resource, vmg->geo.addr,
				    vmg->geo.region_size, name,
				    IORESOURCE_SYSTEM_RAM | IORESOURCE_EXCLUSIVE);
	if (!resource) {
		dev_err(&vmg->vdev->dev, "memory that another driver has plugged is still in use\n");
		rc = -EBUSY;
		goto err_names;
	}
	/* Not busy: added memory becomes its children. */
	resource->flags &= ~IORESOURCE_BUSY;
	vmg->hotplug.resource = resource;
	return 0;

err_names:
	kfree(vmg->hotplug.resource_name);
	kfree(name);
	return rc;
}

static void unreserve_region(struct vmg *vmg)
{
	const char *name = vmg->hotplug.resource->name;

	release_resource(vmg->hotplug.resource);
	kfree(vmg->hotplug.resource);
	kfree(name);
	kfree(vmg->hotplug.resource_name);
}

static int init_hotplug(struct vmg *vmg)
{
	u64 plugged;
	int rc;

	rc = vmg_map_init(vmg);
	if (rc)
		return rc;
	rc = reserve_region(vmg);
	if (rc)
		goto err_blocks;
	rc = memory_group_register_dynamic(vmg->hotplug.nid, vmg->geo.bb_blocks *
					   PHYS_PFN(memory_block_size_bytes()));
	if (rc < 0)
		goto err_region;
	vmg->hotplug.mgid = rc;
	rc = vmg_pm_init(vmg);
	if (rc)
		goto err_group;
	rc = vmg_kept_init(vmg);
	if (rc)
		goto err_pm;
	rc = vmg_online_init(vmg);
	if (rc)
		goto err_kept;
	virtio_cread_le(vmg->vdev, struct virtio_mem_config, plugged_size,
			&plugged);
	vmg->worker.unplug_all = plugged;
	vmg_hotplug_init(vmg);
	return 0;

err_kept:
	vmg_kept_exit(vmg);
err_pm:
	vmg_pm_exit(vmg);
err_group:
	memory_group_unregister(vmg->hotplug.mgid);
err_region:
	unreserve_region(vmg);
err_blocks:
	vmg_map_exit(vmg);
	return rc;
}

/*
 * Remove big blocks that are offline: without this driver, user space could bring a block
 * online that is not completely plugged. No further block can go offline: until
 * vmg_online_exit() the notifier refuses it, and then the references to fake offline
 * pages prevent it.
 */
static void remove_offline(struct vmg *vmg)
{
	unsigned long bb;

	for (bb = 0; bb < vmg->geo.nr_blocks; bb += vmg->geo.bb_blocks) {
		if (vmg_bb_all(vmg, bb, VMG_ADDED | VMG_ONLINE, VMG_ADDED) &&
		    !remove_memory(vmg_block_addr(vmg, bb), vmg->geo.bb_blocks *
				   memory_block_size_bytes()))
			vmg->map.nr_added -= vmg->geo.bb_blocks;
	}
}

static void exit_hotplug(struct vmg *vmg)
{
	/* As long as blocks may go offline. */
	vmg_kept_exit(vmg);
	vmg_online_end(vmg);
	remove_offline(vmg);
	vmg_online_exit(vmg);
	vmg_pm_exit(vmg);
	if (vmg->map.nr_added) {
		/*
		 * Unbinding cannot be refused, nor can memory that is in use be
		 * removed. So it stays added, and the region stays reserved.
		 */
		dev_warn(&vmg->vdev->dev, "%lu MiB stay in use without a driver\n",
			 vmg->map.nr_added * (memory_block_size_bytes() / SZ_1M));
	} else {
		memory_group_unregister(vmg->hotplug.mgid);
		unreserve_region(vmg);
	}
	vmg_map_exit(vmg);
}

static int vmg_probe(struct virtio_device *vdev)
{
	bool kdump = is_kdump_kernel();
	struct vmg *vmg;
	int rc;

	if (!vdev->config->get)
		return -EINVAL;
	vmg = kzalloc(sizeof(*vmg), GFP_KERNEL);
	if (!vmg)
		return -ENOMEM;
	vmg->vdev = vdev;
	vdev->priv = vmg;
	init_waitqueue_head(&vmg->worker.wait);
	read_constants(vmg);
	init_waitqueue_head(&vmg->waiters);
	vmg_report_init(vmg);
	vmg_pressure_init(vmg);
	rc = vmg_requests_init(vmg) ?: vmg_queue_init(vmg);
	if (rc)
		goto err_free;
	rc = kdump ? vmg_vmcore_init(vmg) : init_hotplug(vmg);
	if (rc)
		goto err_queue;
	virtio_device_ready(vdev);
	if (!kdump)
		rc = vmg_worker_start(vmg);
	if (rc)
		goto err_hotplug;
	if (!kdump)
		vmg_pressure_start(vmg);
	dev_info(&vdev->dev, "region of %llu MiB at %#llx, device blocks of %llu KiB%s\n",
		 vmg->geo.region_size / SZ_1M, vmg->geo.addr,
		 vmg->geo.device_block / SZ_1K,
		 kdump ? ", read only in this kdump kernel" : "");
	return 0;

err_hotplug:
	exit_hotplug(vmg);
err_queue:
	vmg_queue_exit(vmg);
err_free:
	vmg_requests_exit(vmg);
	kfree(vmg);
	vdev->priv = NULL;
	return rc;
}

static void vmg_remove(struct virtio_device *vdev)
{
	struct vmg *vmg = vdev->priv;

	if (vmg->worker.task) {
		vmg_pressure_exit(vmg);
		vmg_worker_stop(vmg);
		/* Now that the worker has ended, nobody fills the reserve again. */
		vmg_reserve_free(vmg, U64_MAX);
		exit_hotplug(vmg);
	} else {
		vmg_vmcore_exit(vmg);
	}
	vmg_queue_exit(vmg);
	vmg_requests_exit(vmg);
	kfree(vmg);
	vdev->priv = NULL;
}

static void vmg_config_changed(struct virtio_device *vdev)
{
	vmg_config_kick(vdev->priv);
}

static unsigned int features[] = {
#ifdef CONFIG_ACPI_NUMA
	VIRTIO_MEM_F_ACPI_PXM,
#endif
	VIRTIO_MEM_F_UNPLUGGED_INACCESSIBLE,
	VIRTIO_MEM_F_PERSISTENT_SUSPEND,
	VHOST_MEM_F_GUEST_REPORT,
};

static const struct virtio_device_id id_table[] = {
	{ VIRTIO_ID_MEM, VIRTIO_DEV_ANY_ID },
	{ 0 },
};

static struct virtio_driver vmg_driver = {
	.driver.name = KBUILD_MODNAME,
	.driver.dev_groups = vmg_groups,
	.id_table = id_table,
	.feature_table = features,
	.feature_table_size = ARRAY_SIZE(features),
	.probe = vmg_probe,
	.remove = vmg_remove,
	.config_changed = vmg_config_changed,
#ifdef CONFIG_PM_SLEEP
	.freeze = vmg_freeze,
	.restore = vmg_restore,
#endif
};

module_virtio_driver(vmg_driver);
MODULE_DEVICE_TABLE(virtio, id_table);
MODULE_AUTHOR("The vhost-mem developers");
MODULE_DESCRIPTION("Guest driver for virtio memory devices");
MODULE_LICENSE("GPL");
