// SPDX-License-Identifier: GPL-2.0
/*
 * A guest's life at random: sizes, faults, memory in use, user space that brings
 * blocks online and offline, a driver that is detached at any time. Then everybody
 * lets the driver do its work, and it has to come to its end.
 */
#include "guest/device.h"
#include "guest/random.h"

static unsigned long steps_left;
static bool with_errors, with_detach;

static u64 random_size(void)
{
	u64 nr = sim.size / sim.device_block;

	/* Often none, or all. */
	if (sim_random(6) == 0)
		return sim_random(2) ? sim.size : 0;
	return sim_random(nr + 1) * sim.device_block;
}

static void change_use(void)
{
	static const enum sim_use uses[] = {
		SIM_FREE, SIM_FREE, SIM_MOVABLE, SIM_MOVABLE, SIM_MOVABLE,
		SIM_PINNED, SIM_IMMOBILE, SIM_KERNEL,
	};
	unsigned long pfn, nr = 1 + sim_random(64);
	enum sim_use use = uses[sim_random(ARRAY_SIZE(uses))];

	pfn = sim.first_pfn + sim_random(sim.end_pfn - sim.first_pfn);
	for (; nr-- && pfn < sim.end_pfn; pfn++) {
		if (!mm_has(pfn) || sim_pages[pfn].use == SIM_ALLOCATED ||
		    sim.blocks[(pfn - sim.first_pfn) / sim.block_pages].isolated)
			continue;
		if (use == SIM_KERNEL &&
		    sim.blocks[(pfn - sim.first_pfn) / sim.block_pages].movable)
			continue;
		mm_set_use(pfn, use);
	}
}

static void user_hotplug(void)
{
	unsigned long block = sim_random(sim.nr_blocks);

	if (sim.user_block >= 0) {
		mm_user_offline_end(sim_random(3) == 0);
		return;
	}
	if (sim.hotplug_locked || !sim.blocks[block].present)
		return;
	if (sim.blocks[block].online)
		mm_user_offline_begin(block);
	else
		mm_user_online(block, sim_random(3));
}

static void change_faults(void)
{
	sim.faults = (struct sim_faults){
		.busy = sim_random(3) ? 0 : sim_random(50),
		.nack = sim_random(4) ? 0 : sim_random(20),
		.silent = sim_random(100),
		.add = sim_random(4) ? 0 : sim_random(50),
		.contig = sim_random(3) ? 0 : sim_random(60),
		.alloc = sim_random(3) ? 0 : sim_random(100),
	};
	*sim_param_keep_seconds = sim_random(3) * 5;
	if (with_errors && sim_random(20) == 0)
		sim.faults.error = 5;
	if (with_errors && sim_random(60) == 0)
		sim.broken = true;
	sim.pinned = sim_random(4) == 0;
	device_pin(sim.pinned);
	sim.decision = sim_random(4);
	sim.policy = sim_random(3);
	*sim_param_unplug_online = sim_random(4) != 0;
	/* All of boot memory may be in use. */
	sim.boot_free = sim_random(3) ? BOOT_PAGES : sim_random(BOOT_PAGES);
}

static void report(void)
{
	struct vmg *vmg = sim_vmg();

	if (sim_random(2))
		vmg_watch(vmg, sim_random(2));
	else
		vmg_proposal(vmg, random_size());
}

/* All that keeps it from its end goes away. */
static void act_kindly(void)
{
	unsigned long i;

	if (sim_vmg()->map.lock.held)
		return;
	if (sim.user_block >= 0)
		mm_user_offline_end(false);
	if (sim.hotplug_locked)
		return;
	mm_free_all();
	for (i = 0; i < sim.nr_blocks; i++)
		if (sim.blocks[i].present && !sim.blocks[i].online)
			mm_user_online(i, true);
}

static void act(void)
{
	struct vmg *vmg = sim_vmg();

	if (!steps_left) {
		/* Whoever takes a block offline comes to an end, too. */
		if (sim.user_block >= 0 && !vmg->map.lock.held)
			mm_user_offline_end(sim_random(2));
		return;
	}
	if (!--steps_left) {
		sim_worker.stop = true;
		return;
	}
	if (sim_random(3))
		return;
	switch (sim_random(24)) {
	case 0 ... 1:
		sim_resize(random_size());
		break;
	case 2:
		change_faults();
		break;
	case 3 ... 8:
		if (!vmg->map.lock.held)
			user_hotplug();
		break;
	case 9:
		report();
		break;
	case 10 ... 16:
		if (!vmg->map.lock.held)
			change_use();
		break;
	}
}

/* The same, with nothing that is against it. Nothing is started anew. */
static void settle(void)
{
	struct vmg *vmg = sim_vmg();
	bool broken;

	vmg_watch(vmg, false);
	sim.faults = (struct sim_faults){ 0 };
	device_pin(false);
	sim.policy = SIM_ONLINE_MOVABLE;
	*sim_param_unplug_online = true;
	sim.act = act_kindly;
	/* A change is what it looks at things anew for. */
	if (!sim.broken)
		sim_resize(random_size());
	broken = !sim_run_until_idle();
	if (sim.error_seen || sim.broken)
		return;
	if (broken)
		printf("# %lu plugged, %lu requested, %lu usable, %lu exposed\n",
		       vmg->map.nr_plugged, vmg->config.requested, vmg->config.usable, vmg->map.nr_exposed);
	REQUIRE(!broken);
	REQUIRE(vmg->map.nr_exposed == vmg->map.nr_plugged);
	REQUIRE(!vmg->map.nr_offline);
}

static void live(void)
{
	while (true) {
		sim.act = act;
		steps_left = 20 + sim_random(600);
		sim_run();
		if (with_detach && sim_random(2))
			break;
		settle();
		if (sim_random(2))
			break;
	}
}

void random_life(u64 seed, bool errors, bool detach)
{
	static const u64 blocks[] = {
		SZ_8M, SZ_8M, SZ_64M, SZ_128M, SZ_128M, SZ_128M, SZ_512M, 2ULL * SZ_1G,
	};
	static const u64 device_blocks[] = {
		SZ_512K, SZ_1M, 2 * SZ_1M, 2 * SZ_1M, 2 * SZ_1M, 4 * SZ_1M,
		SZ_64M, SZ_128M, SZ_512M, 2ULL * SZ_1G,
	};
	u64 device_block, memory_block, addr, nr;

	sim_seed(seed);
	memory_block = blocks[sim_random(ARRAY_SIZE(blocks))];
	device_block = device_blocks[sim_random(ARRAY_SIZE(device_blocks))];
	nr = max(2 * memory_block / device_block, 1ULL) + sim_random(200);
	nr = min(nr, 2ULL * SZ_1G / device_block + 1);
	nr = min(max(nr, 2 * memory_block / device_block), 1024ULL);
	addr = 2 * SZ_4G + sim_random(8) * device_block;
	with_errors = errors;
	with_detach = detach;
	sim_init(seed, addr, nr * device_block, device_block, memory_block);
	sim.init_on_alloc = sim_random(2);
	sim.others = sim_random(2) * sim_random(64);
	sim.ring = 1 + sim_random(40);
	if (sim_random(3) == 0)
		sim.vdev.features = 0;
	while (!sim_attach()) {
		live();
		if (sim.user_block >= 0 && sim_random(2) == 0)
			mm_user_offline_end(sim_random(2));
		/* Whoever takes a block offline comes to an end meanwhile. */
		sim.act = act_kindly;
		sim_detach();
		sim.act = NULL;
		if (sim.broken || sim.error_given || sim_random(2))
			break;
	}
	if (sim.user_block >= 0)
		mm_user_offline_end(true);
	sim_exit();
}
