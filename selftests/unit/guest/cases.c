// SPDX-License-Identifier: GPL-2.0
/* One behaviour each. */
#include "guest/cases.h"
#include "guest/device.h"
#include "sim.h"

static void setup(u64 size)
{
	sim_seed(1);
	sim_init(1, 2 * SZ_4G, size, 2 * SZ_1M, SZ_128M);
	REQUIRE(!sim_attach());
}

static void finish(void)
{
	sim_detach();
	sim_exit();
}

CASE(up_and_down, "grows and shrinks to the requested size")
{
	setup(2ULL * SZ_1G);
	sim_resize(2ULL * SZ_1G);
	REQUIRE(sim_run_until_idle());
	REQUIRE(mm_count(SIM_FREE) == PHYS_PFN(2ULL * SZ_1G));
	sim_resize(SZ_512M + 6 * SZ_1M);
	REQUIRE(sim_run_until_idle());
	sim_resize(0);
	REQUIRE(sim_run_until_idle());
	REQUIRE(!sim_vmg()->map.nr_added);
	finish();
}

static void fill(enum sim_use use)
{
	unsigned long pfn;

	for (pfn = sim.first_pfn; pfn < sim.end_pfn; pfn++)
		if (mm_has(pfn))
			mm_set_use(pfn, use);
}

static unsigned long online_blocks(bool movable)
{
	unsigned long i, nr = 0;

	for (i = 0; i < sim.nr_blocks; i++)
		nr += sim.blocks[i].online && sim.blocks[i].movable == movable;
	return nr;
}

CASE(kernel_zone_goes_last, "takes memory of the kernel's zone last")
{
	setup(SZ_1G);
	sim_resize(SZ_512M);
	REQUIRE(sim_run_until_idle());
	sim.policy = SIM_ONLINE_KERNEL;
	sim_resize(SZ_1G);
	REQUIRE(sim_run_until_idle());
	REQUIRE(online_blocks(false) == 4 && online_blocks(true) == 4);
	/* Not only that which is wholly free. */
	mm_set_use(sim.first_pfn, SIM_MOVABLE);
	sim_resize(SZ_512M);
	REQUIRE(sim_run_until_idle());
	REQUIRE(online_blocks(false) == 4 && online_blocks(true) == 0);
	sim_resize(SZ_128M);
	REQUIRE(sim_run_until_idle());
	REQUIRE(online_blocks(false) == 1);
	finish();
}

CASE(offline_goes_first, "takes memory that is not online first")
{
	setup(SZ_1G);
	sim.policy = SIM_OFFLINE;
	sim_resize(SZ_512M);
	REQUIRE(sim_run_until_idle());
	sim.policy = SIM_ONLINE_MOVABLE;
	sim_resize(SZ_1G);
	REQUIRE(sim_run_until_idle());
	sim_resize(SZ_512M);
	REQUIRE(sim_run_until_idle());
	REQUIRE(online_blocks(true) == 4 && !sim_vmg()->map.nr_offline);
	finish();
}

/* A page that is written for a minute keeps nobody from memory hotplug. */
CASE(does_not_wait_for_writeback, "does not wait for pages under writeback")
{
	unsigned long pfn;

	setup(SZ_1G);
	sim_resize(SZ_1G);
	REQUIRE(sim_run_until_idle());
	sim.writeback_end = jiffies + 60 * HZ;
	for (pfn = sim.first_pfn; pfn < sim.end_pfn; pfn += sim.block_pages)
		mm_set_use(pfn, SIM_WRITEBACK);
	sim_resize(0);
	REQUIRE(sim_run_until_idle());
	REQUIRE(sim.longest_hotplug < 2 * HZ);
	REQUIRE(!sim.slept);
	finish();
}

/* Whoever allocates a page of a free block in the last moment is left alone. */
static int use_it(struct notifier_block *nb, unsigned long action, void *arg)
{
	const struct memory_notify *notify = arg;

	if (action == MEM_GOING_OFFLINE && mm_has(notify->start_pfn))
		mm_set_use(notify->start_pfn, SIM_MOVABLE);
	return sim_vmg()->online.notifier.notifier_call(&sim_vmg()->online.notifier,
							action, arg);
	(void)nb;
}

CASE(nothing_moves_while_offlining, "migrates nothing while it takes a block offline")
{
	struct notifier_block nb = { .notifier_call = use_it }, *driver;

	setup(SZ_1G);
	sim_resize(SZ_1G);
	REQUIRE(sim_run_until_idle());
	mm_set_use(sim.first_pfn + 3 * sim.block_pages, SIM_MOVABLE);
	driver = sim_memory_nb;
	sim_memory_nb = &nb;
	sim_resize(0);
	REQUIRE(sim_run_until_idle());
	sim_memory_nb = driver;
	REQUIRE(sim.offline_calls && !sim.migrated);
	finish();
}

static bool freed_hotplug;

static void free_hotplug_lock(void)
{
	if (!freed_hotplug && sim.steps > 1000) {
		freed_hotplug = true;
		sim.hotplug_locked = false;
	}
}

/* Somebody else's hotplug is no reason to think that a block does not go offline. */
CASE(waits_for_others_hotplug, "waits for the hotplug lock without a deadline")
{
	setup(SZ_1G);
	sim_resize(SZ_1G);
	REQUIRE(sim_run_until_idle());
	sim.hotplug_locked = true;
	sim.steps = 0;
	freed_hotplug = false;
	sim.act = free_hotplug_lock;
	sim_resize(SZ_1G - SZ_128M);
	REQUIRE(sim_run_until_idle());
	/* The first block that it tried, and at once. */
	REQUIRE(freed_hotplug && sim.offline_calls == 1 && !sim.contig_calls);
	REQUIRE(!sim.blocks[sim.nr_blocks - 1].present);
	finish();
}

CASE(huge_pages_are_kept, "keeps the pool of huge pages")
{
	unsigned long pfn;

	setup(SZ_1G);
	sim_resize(SZ_1G);
	REQUIRE(sim_run_until_idle());
	sim.huge = 0;
	for (pfn = sim.first_pfn; pfn < sim.end_pfn; pfn += 8, sim.huge++)
		mm_set_use(pfn, SIM_HUGE);
	sim_resize(0);
	REQUIRE(sim_run_until_idle());
	REQUIRE(sim.huge == (int)(sim.nr_blocks * sim.block_pages / 8));
	finish();
}

CASE(shrinks_into_swap, "shrinks into swap")
{
	setup(SZ_1G);
	sim_resize(SZ_1G);
	REQUIRE(sim_run_until_idle());
	fill(SIM_MOVABLE);
	sim.boot_free = 64;
	sim_free_swap = 2 * PHYS_PFN(SZ_1G);
	sim_resize(SZ_512M);
	REQUIRE(sim_run_until_idle());
	REQUIRE(sim_free_swap <= (long)(2 * PHYS_PFN(SZ_1G) - PHYS_PFN(SZ_512M)));
	finish();
}

CASE(tries_five_times_where_movable, "tries five times to migrate pages of the movable zone")
{
	unsigned long start;

	setup(SZ_1G);
	sim_resize(SZ_1G);
	REQUIRE(sim_run_until_idle());
	fill(SIM_MOVABLE);
	sim.contig_fails = 4;
	start = jiffies;
	sim_resize(SZ_1G - 2 * SZ_1M);
	REQUIRE(sim_run_until_idle());
	REQUIRE(sim.contig_calls == 5 && jiffies - start < HZ);
	/* They were about the same, the last one. */
	REQUIRE(!mm_has(sim.end_pfn - 1));
	finish();
}

/* The kernel drains lists of all CPUs each time, which takes longer than to take a subblock. */
CASE(takes_several_at_once, "takes up to 32 MiB out of the page allocator at once")
{
	setup(SZ_1G);
	sim_resize(SZ_128M);
	REQUIRE(sim_run_until_idle());
	fill(SIM_MOVABLE);
	sim_resize(0);
	REQUIRE(sim_run_until_idle());
	REQUIRE(sim.contig_calls == 4 && !sim_vmg()->map.nr_plugged);
	finish();
}

CASE(takes_fewer_then, "takes fewer if not all can be taken at once, and more again")
{
	setup(SZ_1G);
	sim_resize(SZ_128M);
	REQUIRE(sim_run_until_idle());
	fill(SIM_MOVABLE);
	sim.contig_fails = 1;
	sim_resize(0);
	REQUIRE(sim_run_until_idle());
	/* 32 MiB fail; 16, three times 32, and the rest. */
	REQUIRE(sim.contig_calls == 6 && !sim_vmg()->map.nr_plugged);
	finish();
}

static void want_it_back(void)
{
	sim_resize(SZ_1G);
}

/* Others wait for the lock that is held meanwhile. */
CASE(does_not_try_what_is_not_wanted, "does not retry for a size that is no longer requested")
{
	setup(SZ_1G);
	sim_resize(SZ_1G);
	REQUIRE(sim_run_until_idle());
	fill(SIM_MOVABLE);
	sim.contig_fails = 4;
	sim.contig_failed = want_it_back;
	sim_resize(SZ_1G - 2 * SZ_1M);
	REQUIRE(sim_run_until_idle());
	REQUIRE(sim.contig_calls == 1);
	finish();
}

/* A part of a free block goes, and the rest stays as and where it is. */
static void rest_of_a_block_stays(enum sim_policy policy)
{
	setup(SZ_1G);
	sim_resize(SZ_1G);
	REQUIRE(sim_run_until_idle());
	sim.policy = policy;
	sim_resize(SZ_1G - SZ_64M);
	REQUIRE(sim_run_until_idle());
	REQUIRE(online_blocks(true) == 8 && !sim_vmg()->map.nr_offline);
	finish();
}

CASE(rest_of_a_block_stays_online, "keeps a block online when a part of it is unplugged")
{
	rest_of_a_block_stays(SIM_OFFLINE);
}

CASE(rest_of_a_block_stays_movable, "keeps a block in its zone when a part of it is unplugged")
{
	rest_of_a_block_stays(SIM_ONLINE_KERNEL);
}

/* With memory for nobody, and more of it to come. */
static void setup_oom(void)
{
	setup(SZ_1G);
	sim_resize(SZ_512M);
	REQUIRE(sim_run_until_idle());
	fill(SIM_MOVABLE);
	sim.boot_free = 0;
	vmg_watch(sim_vmg(), true);
}

static unsigned long oom(unsigned long *freed)
{
	unsigned long start = jiffies;

	/* The worker is there, with other things to do. */
	sim_worker.stop = false;
	sim_oom_nb->notifier_call(sim_oom_nb, 0, freed);
	return jiffies - start;
}

static void kill_waiter(void)
{
	sim_killed = true;
}

CASE(killed_waiter_ends_only_its_wait, "a task that is killed ends its own wait for memory only")
{
	unsigned long freed = 0;

	setup_oom();
	sim.act = kill_waiter;
	REQUIRE(oom(&freed) < 9 * HZ && !freed);
	sim_killed = false;
	sim.act = NULL;
	REQUIRE(oom(&freed) >= 9 * HZ);
	/* That was in vain. */
	REQUIRE(!oom(&freed) && !freed);
	sim.boot_free = BOOT_PAGES;
	finish();
}

/* The device decides on a proposal of the driver itself. */
static void decide(u16 decision)
{
	struct vhost_mem_report_req req = {
		.code = cpu_to_virtio16(&sim.vdev, VHOST_MEM_REPORT_REASON_OOM),
	};
	struct task_struct *task = current;

	current = &sim_worker;
	vmg_decision(sim_vmg(), &req, decision);
	current = task;
}

/* How long a task waits after so many denials in a row. */
static unsigned long oom_after_denials(unsigned int nr)
{
	unsigned long freed = 0, waited;

	setup_oom();
	while (nr--)
		decide(VHOST_MEM_REPORT_DECISION_DENIED);
	waited = oom(&freed);
	REQUIRE(!freed);
	sim.boot_free = BOOT_PAGES;
	finish();
	return waited;
}

/* Another guest may be giving back what this one is denied. */
CASE(first_denials_end_no_wait, "the first denials do not end a wait for memory")
{
	REQUIRE(oom_after_denials(1) >= 9 * HZ);
	REQUIRE(oom_after_denials(3) >= 9 * HZ);
	REQUIRE(!oom_after_denials(4));
}

/* A slow host, of which the worker has read each six seconds that it requests more. */
static void request_slowly(void)
{
	static unsigned long then;

	if (time_before(jiffies, then + 6 * HZ))
		return;
	then = jiffies;
	sim_vmg()->config.requested_size += SZ_1M;
}

CASE(wait_goes_on_while_memory_comes, "a wait for memory goes on while more is on its way, for a minute")
{
	u64 requested;
	unsigned long freed = 0, waited;

	setup_oom();
	requested = sim_vmg()->config.requested_size;
	sim.act = request_slowly;
	sim.patient = true;
	waited = oom(&freed);
	REQUIRE(waited >= 55 * HZ && waited <= 65 * HZ && !freed);
	/* That was in vain, too. */
	REQUIRE(!oom(&freed));
	sim.act = NULL;
	sim_vmg()->config.requested_size = requested;
	sim.boot_free = BOOT_PAGES;
	finish();
}

static void break_device(void)
{
	sim_vmg()->broken = true;
}

CASE(broken_device_wakes_who_waits, "a broken device ends every wait for memory")
{
	unsigned long freed = 0;

	setup_oom();
	sim.act = break_device;
	sim.patient = true;
	REQUIRE(oom(&freed) < HZ && !freed);
	sim.boot_free = BOOT_PAGES;
	finish();
}

static void setup_suspend(void)
{
	setup(SZ_1G);
	sim.vdev.features |= 1 << VIRTIO_MEM_F_PERSISTENT_SUSPEND;
	sim_resize(SZ_512M);
	REQUIRE(sim_run_until_idle());
	vmg_watch(sim_vmg(), true);
	REQUIRE(!sim_driver->freeze(&sim.vdev));
}

CASE(survives_a_failed_restore, "does nothing after a failed resume")
{
	setup_suspend();
	sim.no_vq = true;
	REQUIRE(sim_driver->restore(&sim.vdev) == -ENOMEM);
	sim_run_until_idle();
	sim_resize(SZ_1G);
	sim_run_until_idle();
	finish();
}

CASE(notices_memory_lost_in_suspend, "notices memory that was lost in suspend")
{
	unsigned int requests = sim.requests;

	setup_suspend();
	requests = sim.requests;
	sim.plugged_size_lie = -2 * SZ_1M;
	REQUIRE(!sim_driver->restore(&sim.vdev));
	sim_resize(SZ_1G);
	sim_run_until_idle();
	REQUIRE(sim.requests == requests);
	finish();
}

CASE(resumes_where_it_was, "continues after a resume where it was")
{
	setup_suspend();
	REQUIRE(!sim_driver->restore(&sim.vdev));
	sim_resize(SZ_1G);
	REQUIRE(sim_run_until_idle());
	finish();
}

static bool moved;

/*
 * What the device is unplugging of the last block has not come to its end yet when the
 * block gets into the kernel's zone, where it is taken a second time, as a whole.
 */
static void move_last_block(void)
{
	struct vmg *vmg = sim_vmg();

	if (vmg->map.lock.held || sim.hotplug_locked)
		return;
	if (!moved && vmg->requests.nr) {
		mm_set_use(sim.end_pfn - 1, SIM_FREE);
		REQUIRE(!mm_user_offline_begin(1));
		mm_user_offline_end(false);
		REQUIRE(!mm_user_online(1, false));
		moved = true;
	} else if (moved && !sim.blocks[1].present) {
		mm_free_all();
	}
}

CASE(unplugs_once, "unplugs memory once whose block changes its zone meanwhile")
{
	setup(2 * SZ_128M);
	sim_resize(2 * SZ_128M);
	REQUIRE(sim_run_until_idle());
	fill(SIM_PINNED);
	for (unsigned long pfn = sim.first_pfn + sim.block_pages; pfn < sim.end_pfn - 1; pfn++)
		mm_set_use(pfn, SIM_FREE);
	moved = false;
	sim.act = move_last_block;
	sim_resize(0);
	REQUIRE(sim_run_until_idle());
	REQUIRE(moved);
	finish();
}

static unsigned long last_step;

static void stop_in_time(void)
{
	if (sim.steps == last_step)
		sim_worker.stop = true;
}

static void run_steps(unsigned long nr)
{
	last_step = sim.steps + nr;
	sim.act = stop_in_time;
	sim_run();
	sim.act = NULL;
}

static void give_up_in_time(void)
{
	if (sim.steps > last_step + 20 && sim.user_block >= 0 && !sim_vmg()->map.lock.held)
		mm_user_offline_end(true);
}

/* Somebody else in the guest who does not let any memory block go. */
static int refuse(struct notifier_block *nb, unsigned long action, void *arg)
{
	(void)nb;
	(void)arg;
	return action == MEM_GOING_OFFLINE ? NOTIFY_BAD : NOTIFY_OK;
}

/* A device block of eight memory blocks, one of which user space is taking offline. */
CASE(exposes_whole_device_blocks, "exposes a device block as a whole, or not at all")
{
	struct notifier_block nb = { .notifier_call = refuse }, *driver;

	sim_seed(1);
	sim_init(1, 2 * SZ_4G, SZ_128M, SZ_64M, SZ_8M);
	REQUIRE(!sim_attach());
	sim_resize(SZ_128M);
	REQUIRE(sim_run_until_idle());
	/* It is taken page by page, and cannot be unplugged yet. */
	driver = sim_memory_nb;
	sim_memory_nb = &nb;
	sim.faults.busy = 100;
	sim_resize(SZ_64M);
	run_steps(100);
	sim_memory_nb = driver;
	REQUIRE(sim_vmg()->map.nr_plugged == 16 && sim_vmg()->map.nr_exposed == 8);
	sim.faults.busy = 0;
	REQUIRE(!mm_user_offline_begin(12));
	sim_resize(SZ_128M);
	run_steps(100);
	sim_resize(SZ_64M);
	sim.act = give_up_in_time;
	REQUIRE(sim_run_until_idle());
	REQUIRE(sim_vmg()->map.nr_exposed == 8);
	finish();
}

static bool said_moving;

/* While there is something to move: said at the end it tells nobody anything. */
static void note_status(void)
{
	said_moving |= sim.status == VHOST_MEM_REPORT_STATUS_MOVING &&
		       mm_count(SIM_MOVABLE);
}

/* A resize that takes long because of what is in use is reported meanwhile. */
CASE(says_that_it_moves, "reports that it is moving memory")
{
	setup(2ULL * SZ_1G);
	sim_resize(2ULL * SZ_1G);
	REQUIRE(sim_run_until_idle());
	fill(SIM_MOVABLE);
	said_moving = false;
	sim.act = note_status;
	sim_resize(0);
	REQUIRE(sim_run_until_idle());
	sim.act = NULL;
	REQUIRE(said_moving && sim.status == VHOST_MEM_REPORT_STATUS_NONE);
	finish();
}

CASE(does_not_retry_what_is_not_wanted, "does not retry what unplug_online forbids, until it allows it")
{
	setup(SZ_1G);
	sim_resize(SZ_1G);
	REQUIRE(sim_run_until_idle());
	sim_ops_unplug_online->set("0", NULL);
	sim_resize(0);
	REQUIRE(!sim_run_until_idle());
	REQUIRE(!sim_vmg()->worker.retry_ms && sim_vmg()->map.nr_plugged == 512);
	sim_ops_unplug_online->set("1", NULL);
	REQUIRE(sim_run_until_idle());
	finish();
}

/* Memory for the kernel comes from the region, if a part of that is the kernel's. */
CASE(reserve_does_not_stay, "the reserve does not keep memory from being unplugged")
{
	setup(SZ_1G);
	sim.policy = SIM_ONLINE_KERNEL;
	sim_resize(SZ_512M);
	vmg_watch(sim_vmg(), true);
	REQUIRE(sim_run_until_idle());
	REQUIRE(mm_count(SIM_ALLOCATED));
	sim_resize(0);
	REQUIRE(sim_run_until_idle());
	REQUIRE(!sim_vmg()->map.nr_added);
	finish();
}

/* Another device's reserve lies where this one's memory has to go. */
CASE(reserve_of_another_does_not_stay,
     "the reserve of another device does not keep memory from being unplugged")
{
	struct vmg *other = calloc(1, sizeof(*other));
	struct notifier_block *nb;

	setup(SZ_1G);
	sim.policy = SIM_ONLINE_KERNEL;
	sim_resize(SZ_512M);
	REQUIRE(sim_run_until_idle());
	other->geo = sim_vmg()->geo;
	other->geo.addr += 2ULL * SZ_1G;
	other->geo.base += 2ULL * SZ_1G;
	vmg_reserve_init(other);
	nb = sim_memory_nb;
	REQUIRE(!vmg_online_init(other));
	sim_memory_nb = nb;
	vmg_reserve_fill(other, true);
	REQUIRE(mm_count(SIM_ALLOCATED));
	sim_resize(0);
	REQUIRE(sim_run_until_idle());
	REQUIRE(!sim_vmg()->map.nr_added);
	vmg_reserve_free(other, U64_MAX);
	vmg_online_exit(other);
	sim_memory_nb = nb;
	free(other);
	finish();
}

CASE(one_page_keeps_one_subblock, "unplugs all but the subblock of a page that cannot be migrated")
{
	unsigned long pfn;

	setup(SZ_1G);
	sim_resize(SZ_128M);
	REQUIRE(sim_run_until_idle());
	fill(SIM_MOVABLE);
	pfn = sim.first_pfn + 37 * pageblock_nr_pages + 5;
	mm_set_use(pfn, SIM_IMMOBILE);
	sim_resize(0);
	run_steps(20000);
	REQUIRE(sim_vmg()->map.nr_plugged == 1 && mm_has(pfn));
	finish();
}

/* A guest that does not zero what is allocated, and keeps blocks for a minute. */
static void setup_take(u64 requested)
{
	setup(SZ_1G);
	sim.init_on_alloc = false;
	*sim_param_keep_seconds = 60;
	sim_resize(requested);
	REQUIRE(sim_run_until_idle());
	sim.add_calls = 0;
}

static unsigned long present_blocks(void)
{
	unsigned long i, nr = 0;

	for (i = 0; i < sim.nr_blocks; i++)
		nr += sim.blocks[i].present;
	return nr;
}

CASE(takes_free_memory, "takes free memory as it is, and gives it back without adding a block")
{
	setup_take(SZ_1G);
	sim_resize(0);
	REQUIRE(sim_run_until_idle());
	REQUIRE(!sim.offline_calls && !sim.contig_calls);
	REQUIRE(online_blocks(true) == 8 && sim_vmg()->kept.nr == 8);
	REQUIRE(totalram_pages() == BOOT_PAGES);
	sim_resize(SZ_1G);
	REQUIRE(sim_run_until_idle());
	REQUIRE(!sim.add_calls && !sim_vmg()->kept.nr);
	REQUIRE(mm_count(SIM_FREE) == PHYS_PFN(SZ_1G));
	finish();
}

CASE(takes_what_is_left, "takes free memory first, and moves what is in use then")
{
	unsigned long pfn;

	setup_take(SZ_1G);
	for (pfn = sim.first_pfn; pfn < sim.end_pfn; pfn += 2 * sim.block_pages)
		mm_set_use(pfn, SIM_MOVABLE);
	sim_resize(0);
	REQUIRE(sim_run_until_idle());
	REQUIRE(sim.contig_calls == 4 && !sim.offline_calls);
	finish();
}

CASE(blocks_are_kept_for_a_minute, "keeps empty memory blocks for a minute, not longer")
{
	unsigned long start;

	setup_take(SZ_1G);
	start = jiffies;
	sim_resize(0);
	REQUIRE(sim_run_until_idle());
	while (sim_vmg()->kept.nr) {
		REQUIRE(present_blocks() == 8 || jiffies - start >= 60 * HZ);
		REQUIRE(jiffies - start < 90 * HZ);
		run_steps(1000);
	}
	REQUIRE(!present_blocks() && jiffies - start >= 60 * HZ);
	finish();
}

CASE(no_blocks_are_kept_when_short, "keeps no empty memory block when memory is short")
{
	setup_take(SZ_1G);
	sim_resize(0);
	REQUIRE(sim_run_until_idle());
	REQUIRE(present_blocks() == 8);
	sim.boot_free = 64;
	run_steps(1000);
	REQUIRE(!present_blocks());
	sim.boot_free = BOOT_PAGES;
	finish();
}

/* Also if memory is not short in general. */
static void run_out_of_memory(void)
{
	unsigned long freed = 0;

	sim_kept_oom_nb->notifier_call(sim_kept_oom_nb, 0, &freed);
	sim.act = stop_in_time;
}

CASE(no_blocks_are_kept_for_oom, "removes empty memory blocks before a process is killed")
{
	setup_take(SZ_1G);
	sim_resize(0);
	REQUIRE(sim_run_until_idle());
	REQUIRE(present_blocks() == 8);
	last_step = sim.steps + 1000;
	sim.act = run_out_of_memory;
	sim_run();
	sim.act = NULL;
	REQUIRE(!present_blocks());
	finish();
}

CASE(kept_blocks_do_not_pin, "can be unloaded while empty memory blocks are kept, and removes them")
{
	setup_take(SZ_1G);
	REQUIRE(sim_module_refs);
	sim_resize(0);
	REQUIRE(sim_run_until_idle());
	REQUIRE(present_blocks() == 8 && !sim_module_refs);
	sim_detach();
	REQUIRE(!present_blocks() && !iomem_resource.size);
	sim_exit();
}

/* So that another device, or a DIMM, has the same free memory as before. */
CASE(takes_nothing_of_others, "keeps little of another device's free memory, and not for long")
{
	unsigned long free;

	setup_take(SZ_1G);
	sim.others = 512;
	free = sim.others * MAX_ORDER_NR_PAGES + mm_count(SIM_FREE);
	sim_resize(0);
	REQUIRE(sim_run_until_idle());
	REQUIRE(sim.others == 512 && !sim.others_taken && sim.most_others_taken);
	REQUIRE(sim.most_others_taken * pageblock_nr_pages <= free / 8 + pageblock_nr_pages);
	finish();
}

static unsigned long taken_in_all;

static void change_mind(void)
{
	if (!taken_in_all && !sim_vmg()->map.lock.held && sim_vmg()->take.nr) {
		taken_in_all = sim_vmg()->take.nr;
		sim_resize(sim.size);
	}
}

CASE(takes_no_more_than_wanted, "stops taking memory that is requested again")
{
	setup(2ULL * SZ_1G);
	sim.init_on_alloc = false;
	*sim_param_keep_seconds = 60;
	sim_resize(sim.size);
	REQUIRE(sim_run_until_idle());
	taken_in_all = 0;
	sim.act = change_mind;
	sim_resize(0);
	REQUIRE(sim_run_until_idle());
	REQUIRE(taken_in_all && taken_in_all <= VMG_TAKE_SBS);
	REQUIRE(mm_count(SIM_FREE) == PHYS_PFN(sim.size));
	finish();
}
