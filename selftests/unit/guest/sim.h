/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A guest around its driver: memory (mm.c), a virtqueue with a device at its other
 * end (queue.c, device.c), time and tasks (world.c). What the driver must never do
 * ends the program; what it fails to do is for the tests to say.
 */
#ifndef _VHOST_MEM_UNIT_GUEST_SIM_H
#define _VHOST_MEM_UNIT_GUEST_SIM_H

#include <linux/virtio.h>
#include <linux/virtio_mem.h>

#include "guest.h"

#define REQUIRE(cond)							\
	do {								\
		if (!(cond))						\
			sim_die(#cond, __FILE__, __LINE__);		\
	} while (0)

#define BOOT_PAGES 8192UL	/* 4 GiB */

enum sim_policy { SIM_OFFLINE, SIM_ONLINE_KERNEL, SIM_ONLINE_MOVABLE };

/**
 * struct sim_block - a memory block of the region
 * @present: It was added.
 * @online: Linux uses it.
 * @movable: It is, or was last, in the movable zone.
 * @isolated: It is being taken offline.
 */
struct sim_block {
	bool present;
	bool online;
	bool movable;
	bool isolated;
};

/* Percentages; 0 is never. */
struct sim_faults {
	unsigned int busy, nack, error, silent;
	unsigned int add, contig, alloc;
};

/**
 * struct sim - the world
 * @act: What others do in a step.
 * @user_wait: What happens while a user's task waits, inside of a step.
 * @init_on_alloc: Linux zeroes what is allocated.
 * @others: Free pieces of movable memory that is not of the region; @others_taken: those
 *	that the driver has; @most_others_taken: and has ever had.
 * @writeback_end: When pages in writeback are written.
 * @patient: Time goes on step by step, also when there is nothing to do.
 * @slept: alloc_contig_range() had to wait for that.
 * @contig_fails: How many of its next calls fail.
 * @contig_failed: What happens then.
 * @longest_hotplug: Longest time that the worker held the hotplug lock.
 * @migrated: Pages that moved because of an offlining, not of alloc_contig_range().
 */
struct sim {
	u64 seed;
	u64 addr, size, device_block, memory_block;
	unsigned int ring;
	unsigned long nr_blocks, first_pfn, block_pages, end_pfn;
	struct sim_block *blocks;
	struct virtio_device vdev;
	struct sim_faults faults;
	enum sim_policy policy;
	long boot_free;
	int huge;
	bool init_on_alloc;
	unsigned long others, others_taken, most_others_taken;
	unsigned long writeback_end;
	bool slept;
	unsigned int contig_fails;
	void (*contig_failed)(void);

	void (*act)(void);
	void (*user_wait)(void);
	bool in_step;
	bool stop_when_idle;
	unsigned long idle_limit;
	unsigned long steps;

	bool hotplug_locked;
	bool hotplug_by_user;
	unsigned long hotplug_since, longest_hotplug;
	long user_block;
	unsigned long migrated;
	unsigned int offline_calls, contig_calls, add_calls;

	bool broken;
	bool error_given, error_seen;
	bool pinned;
	u64 requested;
	u16 decision;
	u16 status;
	unsigned int messages, requests;
	bool no_vq;
	bool patient;
	u64 plugged_size_lie;
};

extern struct sim sim;
extern struct virtio_driver *sim_driver;
extern const struct kernel_param_ops *sim_ops_unplug_online;

/* world.c */
void sim_die(const char *what, const char *file, int line)
	__attribute__((noreturn));
u64 sim_random(u64 limit);
void sim_seed(u64 seed);
void sim_set_input(const u8 *data, size_t size);
void sim_init(u64 seed, u64 addr, u64 size, u64 device_block, u64 memory_block);
void sim_exit(void);
struct vmg *sim_vmg(void);
int sim_attach(void);
void sim_run(void);
bool sim_run_until_idle(void);
void sim_detach(void);
void sim_check(void);
void sim_resize(u64 requested);
void sim_step(void);

/* queue.c */
void queue_reset(void);
bool queue_is_idle(void);
void queue_serve_one(void);
bool queue_covers(u64 addr, u16 type);

/* mm.c */
void mm_init(void);
void mm_exit(void);
bool mm_has(unsigned long pfn);
void mm_set_use(unsigned long pfn, enum sim_use use);
unsigned long mm_count(enum sim_use use);
int mm_user_online(unsigned long block, bool movable);
int mm_user_offline_begin(unsigned long block);
void mm_user_offline_end(bool give_up);
void mm_free_all(void);
void mm_check(void);
u64 sim_block_addr(unsigned long block);

#endif /* _VHOST_MEM_UNIT_GUEST_SIM_H */
