/* SPDX-License-Identifier: GPL-2.0 */
/*
 * vhost_mem_guest: a guest's driver for virtio memory devices.
 *
 * The device has its device blocks, Linux its memory blocks. Either may be the
 * larger one. What this driver counts in is between them, in virtio_mem's words:
 *
 *   subblock	what is taken from Linux's page allocator, or given to it, at once:
 *		a device block, but not smaller than a page block (in which the
 *		allocator isolates memory) nor larger than a memory block
 *   block	Linux's memory block, which goes online and offline as a whole
 *   big block	what is added to Linux at once, and the least that is removed at
 *		once: a memory block, or several if the device block is larger
 *		than one
 *   plug granule
 *		subblocks that the device can only plug together: one, or as many as
 *		are in a device block
 *
 * In code a subblock is an sb, a big block a bb. A bb is named by its first block.
 *
 * So there is one kind of operation for small and for large device blocks.
 * Everything follows from two bits of each subblock and one byte of each block: a
 * resize that was cut short, by an error or because the host has changed its
 * mind, leaves no state of its own, and the next one starts from what is there.
 *
 * Each structure is in the header of the file that owns it, and says what protects its
 * members. Most of them need no lock, as only the worker touches them: see
 * vmg_assert_worker(). Locks, outermost first:
 *
 *   devices_mutex (online.c)
 *   device_hotplug_lock, mem_hotplug_lock (Linux's) -> vmg->map.lock
 *   vmg->report.proposal.lock, vmg->pressure.reserve.lock
 *
 * So nothing that adds memory or takes it offline is called with vmg->map.lock held.
 * The last two are held for a few assignments only, and not together.
 */
#ifndef _VHOST_MEM_GUEST_H
#define _VHOST_MEM_GUEST_H

#include <linux/bitmap.h>
#include <linux/memory_hotplug.h>
#include <linux/notifier.h>
#include <linux/pfn.h>
#include <linux/sched.h>
#include <linux/types.h>
#include <linux/virtio.h>
#include <linux/virtio_config.h>
#include <linux/virtio_mem.h>
#include <linux/vhost_mem_report.h>
#include <linux/wait.h>

#include "device.h"
#include "hotplug.h"
#include "map.h"
#include "online.h"
#include "pressure.h"
#include "queue.h"
#include "report.h"
#include "request.h"
#include "vmcore.h"

/**
 * struct vmg - a memory device
 * @vdev: The virtio device.
 * @broken: The device said that we are wrong, or is gone, so nothing more is asked of
 *	it. Set once, by the worker or when there is none.
 * @waiters: Tasks other than the worker that wait for a decision or for memory.
 * @geo: Sizes and places.
 * @config: What the device wants.
 * @worker: The thread that does everything.
 * @map: What is plugged, and what of it Linux has.
 * @queue: The request queue.
 * @requests: Requests in flight.
 * @hotplug: What Linux has to know to add memory.
 * @online: Blocks that go online and offline.
 * @pressure: Memory that is short.
 * @report: What is said to the device.
 * @pm_notifier: Refuses hibernation.
 * @vmcore: What can be read in a crash dump.
 */
struct vmg {
	struct virtio_device *vdev;
	bool broken;
	wait_queue_head_t waiters;

	struct vmg_geometry geo;
	struct vmg_config config;
	struct vmg_worker worker;
	struct vmg_map map;
	struct vmg_queue queue;
	struct vmg_requests requests;
	struct vmg_hotplug hotplug;
	struct vmg_online online;
	struct vmg_pressure pressure;
	struct vmg_report report;

	struct notifier_block pm_notifier;
#ifdef CONFIG_PROC_VMCORE
	struct vmg_vmcore vmcore;
#endif
};

static inline u64 vmg_sb_addr(const struct vmg *vmg, unsigned long sb)
{
	return vmg->geo.base + sb * vmg->geo.sb_size;
}

static inline u64 vmg_block_addr(const struct vmg *vmg, unsigned long block)
{
	return vmg_sb_addr(vmg, block * vmg->geo.block_sbs);
}

static inline unsigned long vmg_sb_pages(const struct vmg *vmg)
{
	return PHYS_PFN(vmg->geo.sb_size);
}

static inline unsigned long vmg_bb_sbs(const struct vmg *vmg)
{
	return vmg->geo.bb_blocks * vmg->geo.block_sbs;
}

/* Of the worker only, or of whoever is alone with the device before and after it. */
static inline void vmg_assert_worker(const struct vmg *vmg)
{
	lockdep_assert(!vmg->worker.task || vmg->worker.task == current);
}

#endif /* _VHOST_MEM_GUEST_H */
