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

static void up_and_down(void)
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

static void kernel_zone_goes_last(void)
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

static void offline_goes_first(void)
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
static void does_not_wait_for_writeback(void)
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

static void nothing_moves_while_offlining(void)
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
static void waits_for_others_hotplug(void)
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

static void huge_pages_are_kept(void)
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

static void shrinks_into_swap(void)
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

static void tries_five_times_where_movable(void)
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

static void want_it_back(void)
{
	sim_resize(SZ_1G);
}

/* Others wait for the lock that is held meanwhile. */
static void does_not_try_what_is_not_wanted(void)
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

static void rest_of_a_block_stays_online(void)
{
	rest_of_a_block_stays(SIM_OFFLINE);
}

static void rest_of_a_block_stays_movable(void)
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

static void killed_waiter_ends_only_its_wait(void)
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

static void break_device(void)
{
	sim_vmg()->broken = true;
}

static void broken_device_wakes_who_waits(void)
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

static void survives_a_failed_restore(void)
{
	setup_suspend();
	sim.no_vq = true;
	REQUIRE(sim_driver->restore(&sim.vdev) == -ENOMEM);
	sim_run_until_idle();
	sim_resize(SZ_1G);
	sim_run_until_idle();
	finish();
}

static void notices_memory_lost_in_suspend(void)
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

static void resumes_where_it_was(void)
{
	setup_suspend();
	REQUIRE(!sim_driver->restore(&sim.vdev));
	sim_resize(SZ_1G);
	REQUIRE(sim_run_until_idle());
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
static void says_that_it_moves(void)
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

static void does_not_retry_what_is_not_wanted(void)
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
static void reserve_does_not_stay(void)
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
static void reserve_of_another_does_not_stay(void)
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

const struct sim_case cases[] = {
	{ "grows and shrinks to the requested size", up_and_down },
	{ "takes memory of the kernel's zone last", kernel_zone_goes_last },
	{ "takes memory that is not online first", offline_goes_first },
	{ "does not wait for pages under writeback", does_not_wait_for_writeback },
	{ "migrates nothing while it takes a block offline", nothing_moves_while_offlining },
	{ "waits for the hotplug lock without a deadline", waits_for_others_hotplug },
	{ "keeps the pool of huge pages", huge_pages_are_kept },
	{ "shrinks into swap", shrinks_into_swap },
	{ "tries five times to migrate pages of the movable zone", tries_five_times_where_movable },
	{ "does not retry for a size that is no longer requested",
	  does_not_try_what_is_not_wanted },
	{ "keeps a block online when a part of it is unplugged", rest_of_a_block_stays_online },
	{ "keeps a block in its zone when a part of it is unplugged", rest_of_a_block_stays_movable },
	{ "a task that is killed ends its own wait for memory only",
	  killed_waiter_ends_only_its_wait },
	{ "a broken device ends every wait for memory", broken_device_wakes_who_waits },
	{ "continues after a resume where it was", resumes_where_it_was },
	{ "does nothing after a failed resume", survives_a_failed_restore },
	{ "notices memory that was lost in suspend", notices_memory_lost_in_suspend },
	{ "reports that it is moving memory", says_that_it_moves },
	{ "does not retry what unplug_online forbids, until it allows it",
	  does_not_retry_what_is_not_wanted },
	{ "the reserve does not keep memory from being unplugged", reserve_does_not_stay },
	{ "the reserve of another device does not keep memory from being unplugged",
	  reserve_of_another_does_not_stay },
};

const unsigned int nr_cases = ARRAY_SIZE(cases);
