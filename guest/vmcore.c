// SPDX-License-Identifier: GPL-2.0
/*
 * kdump: tell /proc/vmcore which memory of the crashed kernel may be read. Unplugged
 * memory may not, and reads as zeroes in the dump.
 *
 * The crashed kernel's map is lost, so ask the device (STATE). A dump is read in order,
 * so cache the state of a window around the last page: the largest one for which a single
 * request returns a uniform state.
 */
#include <linux/sizes.h>

#include "guest.h"

/* Device blocks of the first STATE request; halved as long as the state is MIXED. */
#define WINDOW_BLOCKS	1024

/* Moves the window to one that includes @offset, in bytes from the start of the region. */
static void move_window(struct vmg *vmg, u64 offset)
{
	u64 size = WINDOW_BLOCKS * vmg->geo.device_block, usable, start;
	int state;

	lockdep_assert_held(&vmg->vmcore.lock);

	virtio_cread_le(vmg->vdev, struct virtio_mem_config,
			usable_region_size, &usable);
	for (; size >= vmg->geo.device_block; size /= 2) {
		start = rounddown(offset, size);
		state = VIRTIO_MEM_STATE_UNPLUGGED;
		/* STATE is only valid inside the usable region. */
		if (start + size <= usable)
			state = vmg_state(vmg, vmg->geo.addr + start,
					  size / vmg->geo.device_block);
		else if (start < usable)
			state = VIRTIO_MEM_STATE_MIXED;
		if (state != VIRTIO_MEM_STATE_MIXED)
			break;
	}
	/* After any other response, or an error, do not read the memory. */
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
 * vmg_vmcore_init - register the callback of /proc/vmcore
 * @vmg: The device.
 *
 * Context: Probe, in a kdump kernel. May sleep.
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
 * vmg_vmcore_exit - unregister the callback of /proc/vmcore
 * @vmg: The device.
 *
 * Context: May sleep.
 */
void vmg_vmcore_exit(struct vmg *vmg)
{
	unregister_vmcore_cb(&vmg->vmcore.cb);
}
