// SPDX-License-Identifier: GPL-2.0
/* Time, tasks, and what happens beside the driver. See sim.h. */
#include <stdarg.h>

#include "guest/device.h"
#include "sim.h"

struct sim sim;
unsigned long sim_jiffies;
struct task_struct sim_worker, sim_user, *sim_current = &sim_user;
int sim_module_refs;
bool sim_killed;
const struct attribute_group *vmg_groups[1];

static struct timer_list *timers;

/* --- ends --- */

void sim_die(const char *what, const char *file, int line)
{
	fprintf(stderr, "%s:%d: not true: %s (seed 0x%llx, step %lu)\n", file,
		line, what, sim.seed, sim.steps);
	abort();
}

void sim_warn(const char *what, const char *file, int line)
{
	sim_die(what, file, line);
}

void sim_log(const char *format, ...)
{
	static int verbose = -1;
	va_list args;

	if (verbose < 0)
		verbose = !!getenv("SIM_VERBOSE");
	if (!verbose)
		return;
	printf("# %lu: ", sim_jiffies);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
}

static u64 random_state;

void sim_seed(u64 seed)
{
	random_state = (seed + 1) * 0x9e3779b97f4a7c15ULL | 1;
}

static const u8 *input;
static size_t input_left;

/* What is drawn at random comes from here, as long as there is some. */
void sim_set_input(const u8 *data, size_t size)
{
	input = data;
	input_left = size;
}

static u64 from_input(u64 limit)
{
	u64 value = 0, most = limit - 1;

	for (; most && input_left; most >>= 8, input_left--)
		value = value << 8 | *input++;
	return value % limit;
}

u64 sim_random(u64 limit)
{
	if (limit && input_left)
		return from_input(limit);
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return limit ? (random_state >> 11) % limit : 0;
}

/* --- memory of our own: what the driver leaves behind on purpose is freed here --- */

struct header {
	struct list_head list;
	u64 unused[6];
};

static LIST_HEAD(allocated);

void *sim_alloc(size_t size)
{
	struct header *header = aligned_alloc(64, ALIGN(sizeof(*header) + size, 64));

	memset(header, 0, ALIGN(sizeof(*header) + size, 64));
	list_add(&header->list, &allocated);
	return header + 1;
}

void sim_free(const void *p)
{
	struct header *header = (struct header *)p - 1;

	if (!p)
		return;
	list_del(&header->list);
	free(header);
}

static void free_left(void)
{
	struct header *header, *next;

	list_for_each_entry_safe(header, next, &allocated, list)
		free(header);
	INIT_LIST_HEAD(&allocated);
}

/* --- time --- */

void timer_setup(struct timer_list *timer, void (*fn)(struct timer_list *timer),
		 int flags)
{
	(void)flags;
	*timer = (struct timer_list){ .fn = fn, .next = timers };
	timers = timer;
}

int mod_timer(struct timer_list *timer, unsigned long expires)
{
	REQUIRE(timer->fn);
	timer->expires = expires;
	timer->armed = true;
	return 0;
}

int timer_delete_sync(struct timer_list *timer)
{
	timer->armed = false;
	return 0;
}

static void run_timers(void)
{
	struct timer_list *timer;

	for (timer = timers; timer; timer = timer->next) {
		if (timer->armed && !time_before(jiffies, timer->expires)) {
			timer->armed = false;
			timer->fn(timer);
		}
	}
}

unsigned long sim_end(long timeout)
{
	if (timeout == MAX_SCHEDULE_TIMEOUT)
		return jiffies + LONG_MAX / 2;
	return jiffies + max(timeout, 0L);
}

/* --- steps --- */

void sim_step(void)
{
	struct task_struct *task = current;

	REQUIRE(!sim.in_step);
	sim.in_step = true;
	sim.steps++;
	current = &sim_user;
	if (sim.act)
		sim.act();
	queue_serve_one();
	jiffies += 1 + sim_random(4);
	run_timers();
	if (sim.steps % 32 == 0)
		sim_check();
	current = task;
	sim.in_step = false;
}

void sim_yield(void)
{
	if (current == &sim_worker && !sim.in_step && sim_random(8) == 0)
		sim_step();
}

static bool is_settled(void)
{
	struct vmg *vmg = sim_vmg();

	if (sim.broken)
		return true;
	return queue_is_idle() && !vmg->config.changed && !vmg->worker.kicked &&
	       !sim.hotplug_locked && (!vmg->worker.retry_ms || vmg->broken);
}

/* Whether to look again: false when the time is over. */
bool sim_wait(unsigned long end, bool idle)
{
	unsigned long before = jiffies;

	if (!time_before(jiffies, end))
		return false;
	if (sim.in_step) {
		/* Somebody waits inside of a step: only time goes on. */
		jiffies = min(end, jiffies + HZ / 10);
		if (sim.user_wait)
			sim.user_wait();
		run_timers();
		return true;
	}
	sim_step();
	if (idle && sim.stop_when_idle) {
		if (is_settled()) {
			sim_worker.stop = true;
			return true;
		}
		REQUIRE(sim.idle_limit--);
	}
	/* When nobody does anything, time is what one waits for. */
	if (queue_is_idle() && !sim.patient && (sim.stop_when_idle || sim_random(4) == 0))
		jiffies = min(end, before + HZ / 4 + sim_random(4 * HZ));
	return true;
}

int kthread_stop(struct task_struct *task)
{
	REQUIRE(task == &sim_worker && task->stop);
	return 0;
}

/* --- the driver --- */

static const struct virtio_config_ops config_ops = {
	.get = sim_step,
	.del_vqs = virtio_reset_device,
};

void sim_init(u64 seed, u64 addr, u64 size, u64 device_block, u64 memory_block)
{
	memset(&sim, 0, sizeof(sim));
	sim.seed = seed;
	sim.addr = addr;
	sim.size = size;
	sim.device_block = device_block;
	sim.memory_block = memory_block;
	sim.ring = 64;
	sim.user_block = -1;
	sim.policy = SIM_ONLINE_MOVABLE;
	sim.decision = VHOST_MEM_REPORT_DECISION_DENIED;
	sim.vdev.config = &config_ops;
	sim.vdev.features = 1ULL << VHOST_MEM_F_GUEST_REPORT;
	*sim_param_unplug_online = true;
	*sim_param_keep_seconds = 0;
	sim.init_on_alloc = true;
	sim_jiffies = 1000;
	sim_killed = false;
	sim_current = &sim_user;
	timers = NULL;
	device_init(addr, size / device_block, device_block);
	mm_init();
}

void sim_exit(void)
{
	sim_check();
	/* All that was allocated for a device goes with it. */
	if (!iomem_resource.size)
		REQUIRE(list_empty(&allocated) && !sim_module_refs);
	sim_module_refs = 0;
	free_left();
	mm_exit();
	device_free();
}

struct vmg *sim_vmg(void)
{
	return sim.vdev.priv;
}

void sim_config_get(struct virtio_mem_config *config)
{
	device_config(config);
	config->plugged_size += sim.plugged_size_lie;
}

void sim_resize(u64 requested)
{
	REQUIRE(!device_resize(requested));
	sim.requested = requested;
	if (sim_vmg())
		sim_driver->config_changed(&sim.vdev);
}

int sim_attach(void)
{
	queue_reset();
	sim.error_seen = false;
	timers = NULL;
	return sim_driver->probe(&sim.vdev);
}

/* Until somebody says that the worker has to stop. */
void sim_run(void)
{
	sim_worker.stop = false;
	current = &sim_worker;
	sim_worker.fn(sim_worker.data);
	current = &sim_user;
	sim_check();
}

/* Until it has nothing to do. Returns whether the requested size was reached. */
bool sim_run_until_idle(void)
{
	struct vmg *vmg = sim_vmg();

	sim.stop_when_idle = true;
	sim.idle_limit = 20000;
	sim_run();
	sim.stop_when_idle = false;
	return vmg->map.nr_plugged == min(vmg->config.requested, vmg->config.usable);
}

void sim_detach(void)
{
	sim_worker.stop = true;
	sim_driver->remove(&sim.vdev);
	REQUIRE(!sim_memory_nb && !sim_oom_nb && !sim_kept_oom_nb && !sim_pm_nb);
	timers = NULL;
	sim_check();
}

/* --- what is always true --- */

static bool is_plugged(const struct vmg *vmg, u64 addr)
{
	return addr >= vmg->geo.base && test_bit((addr - vmg->geo.base) / vmg->geo.sb_size,
					     vmg->map.plugged);
}

static void check_driver(const struct vmg *vmg)
{
	unsigned long added = 0, offline = 0, moving = 0, i;
	u64 addr, end = vmg->geo.base + vmg->geo.nr_sbs * vmg->geo.sb_size;

	if (vmg->map.lock.held || !vmg->map.plugged)
		return;
	for (i = 0; i < vmg->geo.nr_blocks; i++) {
		u8 state = vmg->map.blocks[i];

		added += !!(state & VMG_ADDED);
		offline += (state & (VMG_ADDED | VMG_ONLINE)) == VMG_ADDED;
		moving += !!(state & VMG_IN_TRANSITION);
		REQUIRE(state & VMG_ADDED || !(state & ~VMG_OFFLINE_FAILED));
	}
	REQUIRE(added == vmg->map.nr_added && offline == vmg->map.nr_offline &&
		moving == vmg->map.nr_in_transition);
	REQUIRE(vmg_count(vmg->map.plugged, 0, vmg->geo.nr_sbs) == vmg->map.nr_plugged);
	REQUIRE(vmg_count(vmg->map.exposed, 0, vmg->geo.nr_sbs) == vmg->map.nr_exposed);
	for (i = 0; i < vmg->geo.nr_sbs; i++)
		REQUIRE(!test_bit(i, vmg->map.exposed) || test_bit(i, vmg->map.plugged));
	/* What both know of is equal, but for what they are talking about. */
	if (sim.error_given || sim.broken || vmg->worker.unplug_all || sim.no_vq)
		return;
	for (addr = sim.addr; addr < sim.addr + sim.size; addr += sim.device_block) {
		if (addr < vmg->geo.base || addr >= end)
			REQUIRE(!device_is_plugged(addr));
		else if (!queue_covers(addr, U16_MAX))
			REQUIRE(device_is_plugged(addr) == is_plugged(vmg, addr));
	}
}

void sim_check(void)
{
	if (sim_vmg())
		check_driver(sim_vmg());
	mm_check();
}
