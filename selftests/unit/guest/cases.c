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
	REQUIRE(!sim_vmg()->nr_added);
	finish();
}

const struct sim_case cases[] = {
	{ "grows and shrinks as the device wants", up_and_down },
};

const unsigned int nr_cases = ARRAY_SIZE(cases);
