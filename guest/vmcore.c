// SPDX-License-Identifier: GPL-2.0
/*
 * In a kernel that was started to save the memory of one that has crashed: tells
 * which of the old kernel's memory can be read. What is unplugged cannot, and is
 * zeroes in the dump.
 *
 * The old kernel's map is gone, so the device is asked. A dump is read in order:
 * what is known is the state of a window around the page asked about, as large as
 * one request can tell it.
 */
#include <linux/sizes.h>

#include "guest.h"

/* How much is asked about at first; half of it if the response is "mixed". */
#define WINDOW_BLOCKS	1024

static void move_window(struct vmg *vmg, u64 offset)
{
	u64 size = WINDOW_BLOCKS * vmg->geo.device_block, usable, start;
	int state;

	virtio_cread_le(vmg->vdev, struct virtio_mem_config,
			usable_region_size, &usable);
	for (; size >= vmg->geo.device_block; size /= 2) {
		start = rounddown(offset, size);
		state = VIRTIO_MEM_STATE_UNPLUGGED;
		/* The device does not tell about what can not be plugged. */
		if (start + size <= usable)
			state = vmg_state(vmg, vmg->geo.addr + start,
					  size / vmg->geo.device_block);
		else if (start < usable)
			state = VIRTIO_MEM_STATE_MIXED;
		if (state != VIRTIO_MEM_STATE_MIXED)
			break;
	}
	/* If the device does not answer as it should, nothing is read. */
	vmg->vmcore.window = start;
	vmg->vmcore.window_size = size;
	vmg->vmcore.window_plugged = state == VIRTIO_MEM_STATE_PLUGGED;
}

static bool pfn_is_ram(struct vmcore_cb *cb, unsigned long pfn)
{
	struct vmg *vmg = container_of(cb, struct vmg, vmcore.cb);
	u64 addr = PFN_PHYS(pfn), offset = addr - vmg->geo.addr;
	bool plugged;

	if (addr < vmg->geo.addr || offset >= vmg->geo.region_size)
		return true;
	mutex_lock(&vmg->vmcore.lock);
	if (offset - vmg->vmcore.window >= vmg->vmcore.window_size)
		move_window(vmg, offset);
	plugged = vmg->vmcore.window_plugged;
	mutex_unlock(&vmg->vmcore.lock);
	return plugged;
}

/**
 * vmg_vmcore_init - tell which memory can be read
 * @vmg: The device.
 *
 * Return: 0.
 */
int vmg_vmcore_init(struct vmg *vmg)
{
	mutex_init(&vmg->vmcore.lock);
	vmg->vmcore.cb.pfn_is_ram = pfn_is_ram;
	register_vmcore_cb(&vmg->vmcore.cb);
	return 0;
}

/**
 * vmg_vmcore_exit - do not tell any more
 * @vmg: The device.
 */
void vmg_vmcore_exit(struct vmg *vmg)
{
	unregister_vmcore_cb(&vmg->vmcore.cb);
}
