/* SPDX-License-Identifier: GPL-2.0 */
/*
 * vhost_mem_guest: a guest's driver for virtio memory devices.
 *
 * The device has device blocks, Linux has memory blocks, and either may be the larger
 * one. This driver counts in units that fit both; the names are virtio_mem's:
 *
 *   subblock	what is taken out of Linux's page allocator, or returned to it, at
 *		once: a device block, but not smaller than a page block (the unit in
 *		which the allocator isolates memory) nor larger than a memory block
 *   block	Linux's memory block, which goes online and offline as a whole
 *   big block	what is added to Linux at once, and the least that is removed at
 *		once: a memory block, or several if the device block is larger
 *		than one
 *   plug granule
 *		the subblocks that the device can only plug together: one, or as many
 *		as are in a device block
 *
 * In code a subblock is an sb, a big block a bb. A bb is named by its first block.
 *
 * So there is one kind of operation for small and for large device blocks.
 *
 * A subblock is unplugged; or plugged; or plugged and exposed: only then may Linux use
 * it. As long as it is not exposed, it is fake offline if its block is online: its pages
 * exist, but the page allocator does not have them.
 *
 * Everything follows from these two bits per subblock and one byte per block. A resize
 * that was cut short, by an error or because the host requested another size, leaves no
 * state of its own, and the next one starts from the map.
 *
 * Each structure is in the header of the file that owns it, and says what protects its
 * members. Most of them need no lock because only the worker accesses them: see
 * vmg_assert_worker(). Locks, outermost first:
 *
 *   devices_mutex (online.c)
 *   device_hotplug_lock, mem_hotplug_lock (Linux's) -> vmg->map.lock
 *   vmg->report.proposal.lock, vmg->pressure.reserve.lock
 *
 * So nothing that adds memory or takes it offline is called with vmg->map.lock held.
 * The last two are never held together, and protect a few assignments each.
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
#include "kept.h"
#include "map.h"
#include "online.h"
#include "pressure.h"
#include "queue.h"
#include "report.h"
#include "request.h"
#include "take.h"
#include "vmcore.h"

/**
 * struct vmg - a memory device
 * @vdev: The virtio device.
 * @broken: The device answered ERROR, has lost memory, or is gone: no more requests are
 *	sent. Set once, by the worker or when there is none.
 * @waiters: Tasks other than the worker that wait for a decision or for memory.
 * @geo: Sizes and addresses.
 * @config: The device's configuration, as last read.
 * @worker: The thread that resizes.
 * @map: Which subblocks are plugged and exposed, and the state of blocks.
 * @queue: The request virtqueue.
 * @requests: PLUG, UNPLUG and STATE requests in flight.
 * @hotplug: What Linux has to know to add memory.
 * @take: What is being taken out of the page allocator.
 * @kept: Empty big blocks that are kept for a while.
 * @online: Taking part in blocks going online and offline.
 * @pressure: What is done while memory is short.
 * @report: Guest reports.
 * @pm_notifier: Refuses hibernation.
 * @vmcore: Which memory a crash dump may read; kdump kernels only.
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
	struct vmg_take take;
	struct vmg_kept kept;
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

/*
 * For functions that only the worker may call; or, before it is started and after it has
 * ended, whoever is alone with the device (probe, remove, a crash dump).
 */
static inline void vmg_assert_worker(const struct vmg *vmg)
{
	lockdep_assert(!vmg->worker.task || vmg->worker.task == current);
}

#endif /* _VHOST_MEM_GUEST_H */
