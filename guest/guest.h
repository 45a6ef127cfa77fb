/* SPDX-License-Identifier: GPL-2.0 */
/*
 * vhost_mem_guest: a guest's driver for virtio memory devices.
 *
 * The device has its device blocks, Linux its memory blocks. Either may be the
 * larger one. What this driver counts in is between them:
 *
 *   piece	what is taken from Linux's page allocator, or given to it, at once:
 *		a device block, but not smaller than a page block (in which the
 *		allocator isolates memory) nor larger than a memory block
 *   block	Linux's memory block, which goes online and offline as a whole
 *   unit	what is added to Linux at once, and the least that is removed at
 *		once: a memory block, or several if the device block is larger
 *		than one
 *   step	pieces that the device can only plug together: one, or as many as
 *		are in a device block
 *
 * So there is one kind of operation for small and for large device blocks.
 * Everything follows from two bits of each piece and one byte of each block: a
 * resize that was cut short, by an error or because the host has changed its
 * mind, leaves no state of its own, and the next one starts from what is there.
 *
 * Locks, outermost first:
 *
 *   device_hotplug_lock, mem_hotplug_lock (Linux's) -> vmg->lock
 *
 * So nothing that adds memory or takes it offline is called with vmg->lock held.
 * vmg->report.lock is taken last, and nothing is waited for with it held.
 */
#ifndef _VHOST_MEM_GUEST_H
#define _VHOST_MEM_GUEST_H

#include <linux/atomic.h>
#include <linux/bitmap.h>
#include <linux/cache.h>
#include <linux/crash_dump.h>
#include <linux/list.h>
#include <linux/memory_hotplug.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/pfn.h>
#include <linux/spinlock.h>
#include <linux/timer.h>
#include <linux/types.h>
#include <linux/virtio.h>
#include <linux/virtio_config.h>
#include <linux/virtio_mem.h>
#include <linux/vhost_mem_report.h>
#include <linux/wait.h>

/* Requests in flight. More would not keep the device busier. */
#define VMG_REQUESTS	16

/* Of memory that is added, its map takes this share. */
#define VMG_MAP_SHARE	(PAGE_SIZE / sizeof(struct page))
/*
 * All of what it costs: a 64th for its map, a 512th for the page tables of the
 * kernel's mapping if that is made of 4 KiB pages, and a tenth of both for all
 * that is allocated around it.
 */
#define VMG_COST_SHARE	51

/**
 * enum vmg_block_state - bits of a memory block's state
 * @VMG_ADDED: It is known to Linux.
 * @VMG_ONLINE: It is in use.
 * @VMG_IN_TRANSITION: It is about to go online or offline: neither bits nor pages of
 *	its pieces change.
 * @VMG_OFFLINE_FAILED: It could not be taken offline for what the device wants now.
 */
enum vmg_block_state {
	VMG_ADDED	= 1 << 0,
	VMG_ONLINE	= 1 << 1,
	VMG_IN_TRANSITION	= 1 << 2,
	VMG_OFFLINE_FAILED	= 1 << 3,
};

struct vmg;

/* The device has plugged or unplugged @nr pieces from @first on. */
typedef void (*vmg_acked_t)(struct vmg *vmg, unsigned long first, unsigned long nr);

/**
 * struct vmg_request - a request and its response, as the device sees them
 * @req: The request.
 * @resp: The response. The device writes to no cache line of anything else.
 * @list: In the list of what is in flight, if @in_flight.
 * @in_flight: It was sent, and done() was not called yet.
 * @done: Called once when the device has answered, or never will any more (@answered
 *	is false then).
 * @type: Type of the request.
 * @first: First piece of the request.
 * @nr: Pieces of the request; 0 if this is free.
 * @acked: Called for those pieces if the response is ACK, or NULL.
 */
struct vmg_request {
	struct virtio_mem_req req;
	struct virtio_mem_resp resp ____cacheline_aligned;
	struct list_head list ____cacheline_aligned;
	bool in_flight;
	void (*done)(struct vmg *vmg, struct vmg_request *request, bool answered);
	u16 type;
	unsigned long first;
	unsigned long nr;
	vmg_acked_t acked;
};

/* Decision on a proposal that was not answered yet, and on one that there is not. */
#define VMG_UNDECIDED	(-1)
#define VMG_NO_PROPOSAL	(-2)

/**
 * struct vmg_report - what is said to a device that listens
 * @message: Message in flight, one at a time, beside @requests of struct vmg.
 *	Worker only.
 * @off: The device did not understand us, so nothing more is said.
 * @changed: A decision has come, or memory; or nothing will come any more.
 * @hints: Hints are to be said. Worker only, as the next ones up to @pass.
 * @status: Status to be said.
 * @reclaimable: Memory that could be given back, to be said with it.
 * @said_status: What the device knows of @status.
 * @said_reclaimable: What it knows of @reclaimable.
 * @next_status: When the next status may be said.
 * @pass: When the worker began what it does.
 *
 * @lock: Protects the next ones up to @nr_reserve.
 * @proposal_pending: The proposal is to be said.
 * @proposal: Last proposal of a user.
 * @decision: The device's decision on it, or VMG_UNDECIDED or VMG_NO_PROPOSAL.
 * @reserve: Memory that is kept for the kernel.
 * @nr_reserve: How much of it.
 *
 * @watching: Look whether memory is short, and ask for more.
 * @watch: Does that.
 * @refill: The reserve is to be looked at.
 * @ask_step: How much more to ask for.
 * @reason: Why to ask for more, or 0 to not ask.
 * @next_ask: When to ask next.
 * @pause: How long to pause after @denied, in jiffies. Worker only.
 * @denied: The last decision on what was not a user's proposal.
 * @came: Pages that the device has brought, ever.
 * @came_at: When the last of them have.
 * @oom_waiting: Tasks that wait for memory.
 * @oom_next: When the next one may wait, after one has in vain.
 * @oom_notifier: Tells when there is none left.
 */
struct vmg_report {
	struct vmg_request message;
	bool off;
	wait_queue_head_t changed;
	bool hints;
	u16 status;
	u64 reclaimable;
	u16 said_status;
	u64 said_reclaimable;
	unsigned long next_status;
	unsigned long pass;

	spinlock_t lock;	/* proposal and reserve */
	bool proposal_pending;
	u64 proposal;
	int decision;
	struct list_head reserve;
	unsigned int nr_reserve;

	bool watching;
	struct timer_list watch;
	bool refill;
	u64 ask_step;
	u16 reason;
	unsigned long next_ask;
	unsigned long pause;
	bool denied;
	atomic_long_t came;
	unsigned long came_at;
	atomic_t oom_waiting;
	unsigned long oom_next;
	struct notifier_block oom_notifier;
};

/**
 * struct vmg - a memory device
 * @vdev: The virtio device.
 * @list: In the list of devices.
 *
 * @device_block: Size of a device block.
 * @addr: Address of the region.
 * @region_size: Its size.
 * @base: Address of the first unit. Everything before is unusable.
 * @piece_size: Size of a piece.
 * @block_pieces: Pieces of a block.
 * @step: Pieces of a step.
 * @unit_blocks: Blocks of a unit.
 * @nr_pieces: Pieces that can be used.
 * @nr_blocks: Blocks that can be used, a multiple of @unit_blocks.
 * @nid: Node of the memory.
 * @mgid: Memory group.
 * @resource: The region, as the parent of the memory that is added.
 * @resource_name: Name of that memory.
 *
 * @lock: Protects @blocks, @nr_added, @nr_offline, @nr_in_transition and @leaving; and
 *	@given, with @nr_given. They are also read without it, where a value that is
 *	about to change does no harm.
 * @plugged: Bit for each piece: the device has it plugged. Worker only.
 * @given: Bit for each piece: Linux may use it. Never set without @plugged.
 *	Pages of an online block are PageOffline() if not given. Changed by the
 *	worker only, and not while the block is in transition: so it is read without @lock
 *	when pages go online, and by the worker.
 * @blocks: enum vmg_block_state of each block.
 * @nr_plugged: Number of bits set in @plugged.
 * @nr_given: Number of bits set in @given.
 * @nr_added: Number of blocks that are added.
 * @nr_offline: Number of blocks that are added and not online.
 * @nr_in_transition: Number of blocks that are VMG_IN_TRANSITION.
 *
 * @vq: Request queue.
 * @in_flight: What was sent and is not done.
 * @reaping: A done() is being called.
 * @requests: Room for requests.
 * @nr_requests: Requests in flight.
 * @error: Why a request in flight has failed, the first time.
 *
 * @worker: The thread that does everything.
 * @run: What it does.
 * @wait: Wakes it; and when it is gone, who waits for blocks in transition.
 * @config_changed: The configuration has to be read again.
 * @kicked: Something else has changed that it may be waiting for.
 * @retry_ms: When to try again what could not be done, or 0.
 * @unplug_all: What an earlier driver has plugged has to go first.
 * @leaving: No block begins to go online or offline any more.
 * @broken: The device said that we are wrong, so nothing more is asked of it.
 * @pinned: The module may not be unloaded.
 * @requested_size: What the device wants, in bytes.
 * @requested: The same, in pieces.
 * @usable: Pieces that can be plugged.
 * @deadline: Ends an attempt to take memory offline.
 *
 * @report: What is said to the device.
 *
 * @memory_notifier: Tells when blocks go online and offline.
 * @pm_notifier: Refuses hibernation.
 * @vmcore_cb: Tells what can be read in a crash dump.
 * @window: First byte that was last asked about for @vmcore_cb.
 * @window_size: Bytes from there that are in the same state.
 * @window_plugged: That state.
 */
struct vmg {
	struct virtio_device *vdev;
	struct list_head list;

	u64 device_block;
	u64 addr;
	u64 region_size;
	u64 base;
	u64 piece_size;
	unsigned int block_pieces;
	unsigned int step;
	unsigned int unit_blocks;
	unsigned long nr_pieces;
	unsigned long nr_blocks;
	int nid;
	int mgid;
	struct resource *resource;
	char *resource_name;

	struct mutex lock;	/* map of pieces and blocks */
	unsigned long *plugged;
	unsigned long *given;
	u8 *blocks;
	unsigned long nr_plugged;
	unsigned long nr_given;
	unsigned long nr_added;
	unsigned long nr_offline;
	unsigned long nr_in_transition;

	struct virtqueue *vq;
	struct list_head in_flight;
	bool reaping;
	struct vmg_request *requests;
	unsigned int nr_requests;
	int error;

	struct task_struct *worker;
	void (*run)(struct vmg *vmg);
	wait_queue_head_t wait;
	bool config_changed;
	bool kicked;
	unsigned int retry_ms;
	bool unplug_all;
	bool leaving;
	bool broken;
	bool pinned;
	u64 requested_size;
	unsigned long requested;
	unsigned long usable;
	struct timer_list deadline;

	struct vmg_report report;

	struct notifier_block memory_notifier;
	struct notifier_block pm_notifier;
#ifdef CONFIG_PROC_VMCORE
	struct vmcore_cb vmcore_cb;
	u64 window;
	u64 window_size;
	bool window_plugged;
#endif
};

static inline u64 vmg_piece_addr(const struct vmg *vmg, unsigned long piece)
{
	return vmg->base + piece * vmg->piece_size;
}

static inline u64 vmg_block_addr(const struct vmg *vmg, unsigned long block)
{
	return vmg_piece_addr(vmg, block * vmg->block_pieces);
}

static inline unsigned long vmg_piece_pages(const struct vmg *vmg)
{
	return PHYS_PFN(vmg->piece_size);
}

static inline unsigned long vmg_unit_pieces(const struct vmg *vmg)
{
	return vmg->unit_blocks * vmg->block_pieces;
}

/* Of the worker only, or of whoever is alone with the device before and after it. */
static inline void vmg_assert_worker(const struct vmg *vmg)
{
	lockdep_assert(!vmg->worker || vmg->worker == current);
}

/* device.c */
int vmg_start_task(struct vmg *vmg, void (*fn)(struct vmg *vmg));
void vmg_stop_task(struct vmg *vmg);
bool vmg_is_a_worker(void);
void vmg_kick(struct vmg *vmg);
void vmg_config_kick(struct vmg *vmg);
void vmg_read_config(struct vmg *vmg);
bool vmg_interrupted(struct vmg *vmg);
bool vmg_has_report(const struct vmg *vmg);

/* queue.c */
int vmg_queue_init(struct vmg *vmg);
void vmg_queue_exit(struct vmg *vmg);
bool vmg_queue_has_room(const struct vmg *vmg);
int vmg_queue_send(struct vmg *vmg, struct vmg_request *request);
void vmg_reap_one(struct vmg *vmg);
void vmg_reap(struct vmg *vmg);

/* request.c */
int vmg_requests_init(struct vmg *vmg);
void vmg_requests_exit(struct vmg *vmg);
unsigned long vmg_in_flight(const struct vmg *vmg);
void vmg_reap_for_room(struct vmg *vmg);
int vmg_reap_all(struct vmg *vmg);
unsigned long vmg_request_max(const struct vmg *vmg);
int vmg_send(struct vmg *vmg, u16 type, unsigned long first, unsigned long nr,
	     vmg_acked_t acked);
int vmg_unplug_all(struct vmg *vmg);
int vmg_state(struct vmg *vmg, u64 addr, unsigned long nr_blocks);

/* map.c */
int vmg_map_init(struct vmg *vmg);
void vmg_map_exit(struct vmg *vmg);
unsigned long vmg_count(const unsigned long *bits, unsigned long first,
			unsigned long nr);
void vmg_set_plugged(struct vmg *vmg, unsigned long first, unsigned long nr,
		     bool plugged);
void vmg_set_given(struct vmg *vmg, unsigned long first, unsigned long nr,
		   bool given);
unsigned long vmg_find_held(const struct vmg *vmg, unsigned long from,
			    unsigned long *nr);
void vmg_set_offline_failed(struct vmg *vmg, unsigned long first,
			    unsigned long nr, bool failed);
bool vmg_unit_all(const struct vmg *vmg, unsigned long unit, u8 mask, u8 state);

/* fake_offline.c */
int vmg_fake_offline(unsigned long pfn, unsigned long nr);
void vmg_fake_online(unsigned long pfn, unsigned long nr);
void vmg_mark_offline(unsigned long pfn, unsigned long nr);
void vmg_release_fake_offline(unsigned long pfn, unsigned long nr);
void vmg_reclaim_fake_offline(unsigned long pfn, unsigned long nr);

/* scan.c */

/**
 * struct vmg_scan - what is in a range of pages
 * @free: Pages that nobody uses.
 * @movable: Pages that are in use and seem to be easy to move.
 * @unsure: Pages in use that may or may not be.
 * @stuck: Pages that are not.
 */
struct vmg_scan {
	unsigned long free;
	unsigned long movable;
	unsigned long unsure;
	unsigned long stuck;
};

void vmg_scan(unsigned long pfn, unsigned long nr, struct vmg_scan *scan);
bool vmg_is_free(unsigned long pfn, unsigned long nr);

/* room.c */
bool vmg_is_short(void);
bool vmg_has_room(u64 size, bool reserves);

/* reserve.c */
unsigned long vmg_reserve_fill(struct vmg *vmg, bool have);
void vmg_reserve_give_back(struct vmg *vmg);
unsigned long vmg_reserve_free(struct vmg *vmg, u64 size);

/* proposal.c */
int vmg_proposal(struct vmg *vmg, u64 size);
bool vmg_next_proposal(struct vmg *vmg, struct vhost_mem_report_req *req);
void vmg_decision(struct vmg *vmg, const struct vhost_mem_report_req *req,
		  int decision);

/* pressure.c */
void vmg_pressure_init(struct vmg *vmg);
void vmg_pressure_exit(struct vmg *vmg);
void vmg_watch(struct vmg *vmg, bool on);
void vmg_memory_came(struct vmg *vmg, unsigned long pages);
bool vmg_uses_reserves(const struct vmg *vmg);
unsigned long vmg_pressure_idle(struct vmg *vmg);

/* hotplug.c */
void vmg_hotplug_init(struct vmg *vmg);
int vmg_room_for(struct vmg *vmg, unsigned long more);
int vmg_add_unit(struct vmg *vmg, unsigned long unit);
bool vmg_may_remove(struct vmg *vmg, unsigned long block);
int vmg_remove_blocks(struct vmg *vmg, unsigned long first, unsigned long nr);

/* online.c */
int vmg_online_init(struct vmg *vmg);
void vmg_online_end(struct vmg *vmg);
void vmg_online_exit(struct vmg *vmg);
void vmg_kick_all(void);

/* status.c */
void vmg_status_pass(struct vmg *vmg);
bool vmg_status_moving(struct vmg *vmg);
void vmg_status_done(struct vmg *vmg, int rc);
unsigned long vmg_status_update(struct vmg *vmg);
bool vmg_next_status(struct vmg *vmg, struct vhost_mem_report_req *req);

/* report.c */
void vmg_report_init(struct vmg *vmg);
void vmg_report_restart(struct vmg *vmg);
bool vmg_has_to_say(const struct vmg *vmg);
bool vmg_speak(struct vmg *vmg);
unsigned long vmg_speak_all(struct vmg *vmg);
void vmg_wait_spoken(struct vmg *vmg);
void vmg_report_moving(struct vmg *vmg);

/* resize.c */
bool vmg_more(struct vmg *vmg, unsigned long need);
int vmg_request(struct vmg *vmg, u16 type, unsigned long first, unsigned long nr,
		vmg_acked_t acked);
void vmg_unplug_held(struct vmg *vmg, unsigned long first, unsigned long end,
		     unsigned long *need);

/* grow.c */
int vmg_grow(struct vmg *vmg, unsigned long need);

/* shrink.c */
int vmg_shrink(struct vmg *vmg, unsigned long need);
int vmg_remove_empty(struct vmg *vmg);

/* worker.c */
int vmg_worker_start(struct vmg *vmg);
void vmg_worker_stop(struct vmg *vmg);

/* sysfs.c */
extern const struct attribute_group *vmg_groups[];

/* vmcore.c */
#ifdef CONFIG_PROC_VMCORE
int vmg_vmcore_init(struct vmg *vmg);
void vmg_vmcore_exit(struct vmg *vmg);
#else
static inline int vmg_vmcore_init(struct vmg *vmg)
{
	return -EOPNOTSUPP;
}

static inline void vmg_vmcore_exit(struct vmg *vmg)
{
}
#endif

/* pm.c */
#ifdef CONFIG_PM_SLEEP
int vmg_pm_init(struct vmg *vmg);
void vmg_pm_exit(struct vmg *vmg);
int vmg_freeze(struct virtio_device *vdev);
int vmg_restore(struct virtio_device *vdev);
#else
static inline int vmg_pm_init(struct vmg *vmg)
{
	return 0;
}

static inline void vmg_pm_exit(struct vmg *vmg)
{
}
#endif

#endif /* _VHOST_MEM_GUEST_H */
