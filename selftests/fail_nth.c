// SPDX-License-Identifier: GPL-2.0
/*
 * Everything that can fail inside a call fails, one thing after the other.
 *
 * A call is made again and again; the n-th time, the n-th allocation (failslab,
 * fail_page_alloc) or the n-th copy from or to user space (fail_usercopy) that
 * it makes fails, wherever in the kernel that is. When the call fails, nothing
 * may have changed, and the same call must then succeed. See "fail-nth" in the
 * kernel's Documentation/fault-injection/fault-injection.rst.
 *
 * Needs a kernel with CONFIG_FAULT_INJECTION_STACKTRACE_FILTER, as
 * scripts/debug-kernel builds it. With FAIL_NTH_VERBOSE in the environment the
 * kernel logs where each failure was.
 */
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "device.h"
#include "genl.h"
#include "vring.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define REGION (64 * MiB)
#define BLOCKS (REGION / HUGE)
/* More than any call can have; reached if a failure never happens. */
#define NTH_MAX 500
#define REGIONS_MAX 8

/*
 * What is made to fail. Slab takes pages whenever it happens to need them; so
 * each is counted alone, or failures of the other would be skipped by chance.
 */
enum kind { SLAB, PAGES, USERCOPY, KINDS };

static const char *const kind_attr[] = {
	"failslab", "fail_page_alloc", "fail_usercopy",
};
static const int kind_error[] = { -ENOMEM, -ENOMEM, -EFAULT };

/* --- injection --- */

static int nth_fd = -1;

static void fault_set(const char *attr, const char *file, const char *text)
{
	char path[128];
	int ret;

	snprintf(path, sizeof(path), "/sys/kernel/debug/%s/%s", attr, file);
	ret = write_file(path, text);
	if (ret == -ENOENT)
		ktap_skip("no %s in this kernel", path);
	CHECK_EQ(ret, 0);
}

/* A range of code that no failure may come from: all of it, or none. */
static void fault_enable(const char *attr, bool on)
{
	fault_set(attr, "reject-end", on ? "0" : "0xffffffffffffffff");
}

static void fault_kind(enum kind kind)
{
	for (int i = 0; i < KINDS; i++)
		fault_enable(kind_attr[i], i == (int)kind);
}

static void fault_init(void)
{
	const char *verbose = getenv("FAIL_NTH_VERBOSE") ? "2" : "0";

	nth_fd = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	if (nth_fd < 0)
		ktap_skip("no fault injection in this kernel");
	for (size_t i = 0; i < COUNT(kind_attr); i++) {
		fault_set(kind_attr[i], "probability", "0");
		fault_set(kind_attr[i], "verbose", verbose);
		fault_set(kind_attr[i], "verbose_ratelimit_burst", "100000");
	}
	fault_set("failslab", "ignore-gfp-wait", "N");
	fault_set("fail_page_alloc", "ignore-gfp-wait", "N");
	fault_set("fail_page_alloc", "ignore-gfp-highmem", "N");
	fault_set("fail_page_alloc", "min-order", "0");
}

static void fault_arm(int fd, unsigned int n)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", n);
	CHECK_EQ(pwrite(fd, text, strlen(text), 0), strlen(text));
}

/* Has what was armed happened? Nothing is armed any more. */
static bool fault_disarm(int fd)
{
	char text[16] = "";
	bool happened;

	/* What was still to come may come now: then it has not happened. */
	happened = pread(fd, text, sizeof(text) - 1, 0) > 0 &&
		   atoi(text) == 0;
	while (pwrite(fd, "0", 1, 0) != 1)
		CHECK_EQ(errno, EFAULT);
	return happened;
}

/* --- what is acted on --- */

static struct device dev = { .fd = -1 };
static struct guest guest;
static struct genl nl = { .fd = -1 };
static int listener = -1, pipe_fds[2] = { -1, -1 };
static unsigned char *mapping;
static bool have_guest;

/* For the state only; is never made to fail. */
static struct genl watch;

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void scene_none(void)
{
	dev = (struct device){ .fd = -1, .size = REGION, .block = HUGE };
}

static void scene_open(void)
{
	scene_none();
	dev.fd = device_open();
}

static void scene_region_of(uint64_t block, uint32_t flags)
{
	dev = device_new(REGION, block, flags);
}

static void scene_region(void)
{
	scene_region_of(HUGE, 0);
}

static void scene_readable(void)
{
	scene_region_of(HUGE, VHOST_MEM_CREATE_READABLE);
}

static void plug_some(void)
{
	CHECK_EQ(device_plug(&dev, 0, 4), 0);
	CHECK_EQ(device_plug(&dev, 6, 1), 0);
	for (unsigned int i = 0; i < 4; i++)
		CHECK_WRITES(dev.mem + i * dev.block, i + 1);
}

static void scene_plugged(void)
{
	scene_region();
	plug_some();
}

static void scene_plugged_huge(void)
{
	scene_region();
	madvise(dev.mem, dev.size, MADV_HUGEPAGE);
	plug_some();
}

static void scene_plugged_readable(void)
{
	unsigned char value;

	scene_readable();
	plug_some();
	CHECK_EQ(touch_read(dev.mem + 5 * dev.block, &value), 0);
	CHECK_EQ(touch_read(dev.mem + 20 * dev.block, &value), 0);
}

/* Two blocks of one page, both never touched. */
static void scene_small(void)
{
	scene_region_of(PAGE, 0);
	CHECK_EQ(device_plug(&dev, 0, 2), 0);
}

/* A second mapping is the one that is acted on. */
static void scene_two_mappings(void)
{
	scene_plugged();
	mapping = device_map(dev.fd, dev.size);
	CHECK(mapping);
}

static void scene_guest(void)
{
	scene_region();
	guest_init(&guest, &dev, 16, 0);
	have_guest = true;
}

static void scene_ready(void)
{
	scene_guest();
	guest_setup(&guest);
}

static void scene_running(void)
{
	scene_ready();
	CHECK_EQ(guest_start(&guest), 0);
}

static void scene_netlink(void)
{
	struct timeval timeout = { .tv_sec = 5 };

	scene_plugged();
	CHECK_EQ(genl_open(&nl), 0);
	CHECK_EQ(setsockopt(nl.fd, SOL_SOCKET, SO_RCVTIMEO, &timeout,
			    sizeof(timeout)), 0);
}

static void scene_listener(void)
{
	struct genl socket;

	scene_netlink();
	CHECK_EQ(genl_open(&socket), 0);
	CHECK_EQ(genl_listen(&socket), 0);
	listener = socket.fd;
}

static void scene_pipe(void)
{
	scene_plugged();
	CHECK_EQ(pipe(pipe_fds), 0);
	CHECK_EQ(write(pipe_fds[1], "\x77", 1), 1);
}

static void scene_end(void)
{
	if (have_guest)
		guest_free(&guest);
	have_guest = false;
	if (mapping)
		munmap(mapping, dev.size);
	mapping = NULL;
	if (dev.mem)
		munmap(dev.mem, dev.size);
	dev.mem = NULL;
	close_fd(&dev.fd);
	close_fd(&nl.fd);
	close_fd(&listener);
	close_fd(&pipe_fds[0]);
	close_fd(&pipe_fds[1]);
}

/* --- the state that must not change --- */

/**
 * struct state - all that can be seen of the module
 * @nr: How many regions there are.
 * @regions: They, as netlink shows them: the attributes of shown_attrs.
 * @writable: Bytes of regions that this process has mapped.
 * @refs: References to the module.
 * @config: What the device says; 0 without a region.
 * @blocks: Its block map.
 */
struct state {
	int nr;
	uint64_t regions[REGIONS_MAX][VHOST_MEM_A_REGION_MAX + 1];
	uint64_t writable;
	long refs;
	struct vhost_mem_config config;
	uint64_t blocks;
};

/* The others count what happens, or follow from these. */
static const int shown_attrs[] = {
	VHOST_MEM_A_REGION_ID,
	VHOST_MEM_A_REGION_PID,
	VHOST_MEM_A_REGION_STATE,
	VHOST_MEM_A_REGION_ADDR,
	VHOST_MEM_A_REGION_SIZE,
	VHOST_MEM_A_REGION_USABLE_SIZE,
	VHOST_MEM_A_REGION_REQUESTED_SIZE,
	VHOST_MEM_A_REGION_PLUGGED_SIZE,
	VHOST_MEM_A_REGION_BACKED_SIZE,
	VHOST_MEM_A_REGION_LIMIT,
};

static uint64_t writable_bytes(void)
{
	FILE *file = fopen("/proc/self/maps", "re");
	unsigned long from, to;
	uint64_t bytes = 0;
	char line[512];

	CHECK(file);
	while (fgets(line, sizeof(line), file))
		if (strstr(line, "vhost-mem") &&
		    sscanf(line, "%lx-%lx rw", &from, &to) == 2)
			bytes += to - from;
	fclose(file);
	return bytes;
}

static long module_refs(void)
{
	FILE *file = fopen("/sys/module/vhost_mem/refcnt", "re");
	long refs = 0;

	if (!file)
		return 0;
	CHECK_EQ(fscanf(file, "%ld", &refs), 1);
	fclose(file);
	return refs;
}

static void state_take(struct state *state)
{
	struct genl_region regions[REGIONS_MAX];
	struct vhost_mem_block_map map = {
		.size = sizeof(map),
		.nr_blocks = BLOCKS,
		.bitmap = (uintptr_t)&state->blocks,
	};
	int ret;

	memset(state, 0, sizeof(*state));
	state->writable = writable_bytes();
	state->refs = module_refs();
	state->nr = genl_dump(&watch, regions, REGIONS_MAX);
	CHECK(state->nr >= 0 && state->nr <= REGIONS_MAX);
	for (int i = 0; i < state->nr; i++)
		for (size_t j = 0; j < COUNT(shown_attrs); j++)
			state->regions[i][shown_attrs[j]] =
				regions[i].value[shown_attrs[j]];
	if (dev.fd < 0)
		return;
	state->config.size = sizeof(state->config);
	ret = device_ioctl(dev.fd, VHOST_MEM_GET_CONFIG, &state->config);
	if (ret == -ENODEV)
		return;
	CHECK_EQ(ret, 0);
	CHECK_EQ(device_ioctl(dev.fd, VHOST_MEM_GET_BLOCK_MAP, &map), 0);
}

static void state_forget_backed(struct state *state)
{
	for (int i = 0; i < state->nr; i++)
		state->regions[i][VHOST_MEM_A_REGION_BACKED_SIZE] = 0;
}

/* What the difference is, or NULL. */
static const char *state_differs(const struct state *a, const struct state *b,
				 bool generation)
{
	struct vhost_mem_config x = a->config, y = b->config;

	if (!generation)
		x.generation = y.generation = 0;
	if (a->nr != b->nr)
		return "the number of regions";
	if (a->writable != b->writable)
		return "what is mapped";
	if (a->refs != b->refs)
		return "the module's references";
	if (a->blocks != b->blocks)
		return "the block map";
	if (memcmp(&x, &y, sizeof(x)))
		return "the configuration";
	if (memcmp(a->regions, b->regions, sizeof(a->regions)))
		return "a region as netlink shows it";
	return NULL;
}

static uint64_t dump_value(int attr)
{
	return genl_value(dev.id, attr);
}

/* --- sweeps --- */

/**
 * struct call - something that is made to fail
 * @name: What it is called in messages.
 * @prepare: Sets the scene for one call.
 * @run: The call: 0 or a negative errno.
 * @done: Has it had its effect? NULL: it has none.
 * @unknown: Is this an errno after which one cannot know?
 * @touches: It touches memory, which may stay when the rest fails.
 * @errors: Other errnos than -ENOMEM and -EFAULT; 0 ends them.
 */
struct call {
	const char *name;
	void (*prepare)(void);
	int (*run)(void);
	bool (*done)(void);
	bool (*unknown)(int ret);
	bool touches;
	int errors[4];
};

static unsigned int nth;
static enum kind nth_kind;
static const char *nth_name;

__attribute__((format(printf, 2, 3)))
static void expect(bool ok, const char *fmt, ...)
{
	char text[256];
	va_list args;

	if (ok)
		return;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	ktap_say("%s, %s %u: %s", nth_name, kind_attr[nth_kind], nth,
		 text);
	ktap_fail();
}

static void expect_same(const struct state *a, const struct state *b,
			bool generation, const char *when)
{
	const char *what = state_differs(a, b, generation);

	expect(!what, "%s: %s has changed", when, what);
}

static bool call_error(const struct call *call, int ret)
{
	for (int i = 0; i < 4 && call->errors[i]; i++)
		if (ret == call->errors[i])
			return true;
	return ret == kind_error[nth_kind];
}

/* One call with one failure; was there one? */
static bool sweep_one(const struct call *call, unsigned int *failed)
{
	struct state before, after, again;
	bool happened, unknown;
	int ret;

	call->prepare();
	state_take(&before);
	fault_arm(nth_fd, nth);
	ret = call->run();
	happened = fault_disarm(nth_fd);
	state_take(&after);
	if (call->touches) {
		state_forget_backed(&before);
		state_forget_backed(&after);
	}
	unknown = ret && call->unknown && call->unknown(ret);
	if (ret) {
		expect(happened, "fails with %d (%s) by itself", ret,
		       strerror(-ret));
		expect(unknown || call_error(call, ret), "fails with %d (%s)",
		       ret, strerror(-ret));
		if (!unknown)
			expect_same(&before, &after, true, strerror(-ret));
		++*failed;
		ret = call->run();
		expect(!ret, "then fails again with %d (%s)", ret,
		       strerror(-ret));
		state_take(&again);
		if (unknown && state_differs(&before, &after, false))
			expect_same(&after, &again, false, "done in part");
		after = again;
	}
	if (call->done)
		expect(call->done(), "has had no effect");
	else
		expect_same(&before, &after, true, "has had an effect");
	scene_end();
	return happened;
}

static void sweep_kind(const struct call *call, enum kind kind)
{
	unsigned int failed = 0;

	nth_name = call->name;
	nth_kind = kind;
	fault_kind(kind);
	for (nth = 1; sweep_one(call, &failed); nth++)
		expect(nth < NTH_MAX, "no end");
	ktap_say("%s: %u times %s, %u of them made it fail", call->name, nth - 1,
		 kind_attr[kind], failed);
}

static uint64_t shmem_before;
static struct state state_before;

static void begin(void)
{
	scene_none();
	fault_init();
	CHECK_EQ(genl_open(&watch), 0);
	state_take(&state_before);
	shmem_before = proc_field("/proc/meminfo", "Shmem");
}

static void end(void)
{
	struct state state;

	for (int i = 0; i < KINDS; i++)
		fault_enable(kind_attr[i], true);
	/* Files are closed in the background. */
	for (int i = 0; i < 100; i++) {
		state_take(&state);
		if (!state_differs(&state_before, &state, true) &&
		    proc_field("/proc/meminfo", "Shmem") < shmem_before + MiB)
			return;
		usleep(100000);
	}
	ktap_say("at the end: %s has changed, %lld bytes more of shared memory",
		 state_differs(&state_before, &state, true) ?: "nothing",
		 (long long)(proc_field("/proc/meminfo", "Shmem") -
			     shmem_before));
	ktap_fail();
}

static void sweep(const struct call *call)
{
	begin();
	for (int kind = 0; kind < KINDS; kind++)
		sweep_kind(call, kind);
	end();
}

/* A test of one call. More members of struct call can follow. */
#define SWEEP(_name, _prepare, _run, _done, ...)			\
	TEST(_name)							\
	{								\
		static const struct call call = {			\
			.name = #_name, .prepare = _prepare,		\
			.run = _run, .done = _done, __VA_ARGS__		\
		};							\
									\
		sweep(&call);						\
	}

/* --- a region comes and goes --- */

static int run_open(void)
{
	dev.fd = open(DEVICE_PATH, O_RDWR | O_CLOEXEC);
	return dev.fd < 0 ? -errno : 0;
}

static bool done_open(void)
{
	return dev.fd >= 0;
}

SWEEP(open, scene_none, run_open, done_open)

static int run_create(void)
{
	return device_create(dev.fd, REGION, HUGE, 0, "fail", &dev.id);
}

static int run_create_readable(void)
{
	return device_create(dev.fd, REGION, HUGE, VHOST_MEM_CREATE_READABLE,
			     "fail", &dev.id);
}

/* A block map too large for one allocation of contiguous memory. */
static int run_create_large(void)
{
	return device_create(dev.fd, 64 * GiB, 4 * KiB, 0, "fail", &dev.id);
}

static bool done_create(void)
{
	struct genl_region region;

	return dev.id && !genl_get(&watch, dev.id, &region) &&
	       !strcmp(region.name, "fail");
}

static void scene_open_listener(void)
{
	struct genl socket;

	scene_open();
	CHECK_EQ(genl_open(&socket), 0);
	CHECK_EQ(genl_listen(&socket), 0);
	listener = socket.fd;
}

SWEEP(create, scene_open, run_create, done_create)
SWEEP(create_readable, scene_open, run_create_readable, done_create)
SWEEP(create_large, scene_open, run_create_large, done_create)
SWEEP(create_listener, scene_open_listener, run_create, done_create)

static int run_close(void)
{
	int fd = dev.fd;

	dev.fd = -1;
	return close(fd) ? -errno : 0;
}

static bool done_close(void)
{
	struct genl_region region;

	return !dev.id || genl_get(&watch, dev.id, &region) == -ENOENT;
}

static void scene_mapping_closed(void)
{
	scene_plugged();
	close_fd(&dev.fd);
	mapping = dev.mem;
	dev.mem = NULL;
}

static int run_munmap(void)
{
	if (munmap(mapping, dev.size))
		return -errno;
	mapping = NULL;
	return 0;
}

static bool done_munmap(void)
{
	return !mapping;
}

SWEEP(close, scene_open, run_close, done_close)
SWEEP(close_region, scene_region, run_close, done_close)
SWEEP(close_plugged, scene_plugged, run_close, done_close)
SWEEP(close_huge, scene_plugged_huge, run_close, done_close)
SWEEP(close_readable, scene_plugged_readable, run_close, done_close)
SWEEP(close_listener, scene_listener, run_close, done_close)
SWEEP(close_running, scene_running, run_close, done_close)
SWEEP(munmap_after_close, scene_mapping_closed, run_munmap, done_munmap)

/* --- mappings --- */

static void scene_region_unmapped(void)
{
	scene_region();
	munmap(dev.mem, dev.size);
	dev.mem = NULL;
}

static int run_mmap(void)
{
	void *at = mmap(NULL, dev.size, PROT_READ | PROT_WRITE, MAP_SHARED,
			dev.fd, 0);

	if (at == MAP_FAILED)
		return -errno;
	mapping = at;
	return 0;
}

static int run_mmap_populate(void)
{
	void *at = mmap(NULL, dev.size, PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_POPULATE, dev.fd, 0);

	if (at == MAP_FAILED)
		return -errno;
	mapping = at;
	return 0;
}

static bool done_mmap(void)
{
	return mapping && touch_write(mapping, 1) == SIGBUS;
}

static bool done_mmap_plugged(void)
{
	return mapping && !touch_write(mapping, 1);
}

static int run_munmap_part(void)
{
	return munmap(mapping + 3 * HUGE, HUGE) ? -errno : 0;
}

static bool done_munmap_part(void)
{
	return !maps_count(mapping + 3 * HUGE, HUGE) &&
	       maps_count(mapping, dev.size) == 2;
}

static int run_mprotect_part(void)
{
	return mprotect(mapping + 3 * HUGE, HUGE, PROT_READ) ? -errno : 0;
}

static bool done_mprotect_part(void)
{
	return maps_count(mapping, dev.size) == 3;
}

static int run_fork(void)
{
	pid_t pid = fork();

	if (pid < 0)
		return -errno;
	if (!pid)
		_exit(0);
	return waitpid(pid, NULL, 0) == pid ? 0 : -errno;
}

SWEEP(mmap, scene_region_unmapped, run_mmap, done_mmap)
SWEEP(mmap_populate, scene_small, run_mmap_populate, done_mmap_plugged)
SWEEP(munmap, scene_two_mappings, run_munmap, done_munmap)
SWEEP(munmap_part, scene_two_mappings, run_munmap_part, done_munmap_part)
SWEEP(mprotect_part, scene_two_mappings, run_mprotect_part, done_mprotect_part)

SWEEP(fork, scene_plugged, run_fork, NULL, .errors = { -EAGAIN })

/* --- the device's own ioctls --- */

static int run_set_address(void)
{
	return device_set(dev.fd, VHOST_MEM_SET_ADDRESS, GiB);
}

static bool done_set_address(void)
{
	return device_config(dev.fd).addr == GiB;
}

static int run_set_requested(void)
{
	return device_set(dev.fd, VHOST_MEM_SET_REQUESTED_SIZE, 2 * HUGE);
}

static bool done_set_requested(void)
{
	return device_config(dev.fd).requested_size == 2 * HUGE;
}

static int config_call = -1;

static void scene_config_call(void)
{
	scene_region();
	close_fd(&config_call);
	config_call = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	CHECK(config_call >= 0);
}

static int run_config_call(void)
{
	struct vhost_mem_fd arg = { .size = sizeof(arg), .fd = config_call };

	return device_ioctl(dev.fd, VHOST_MEM_SET_CONFIG_CALL, &arg);
}

static bool done_config_call(void)
{
	return !run_set_requested() && !guest_wait_fd(config_call, 0);
}

static int run_get_config(void)
{
	struct vhost_mem_config arg = { .size = sizeof(arg) };

	return device_ioctl(dev.fd, VHOST_MEM_GET_CONFIG, &arg);
}

static uint64_t large_map[MiB / sizeof(uint64_t)];

static void scene_large(void)
{
	scene_open();
	CHECK_EQ(run_create_large(), 0);
}

static int run_block_map_large(void)
{
	struct vhost_mem_block_map arg = {
		.size = sizeof(arg),
		.nr_blocks = 64 * GiB / (4 * KiB) / 2,
		.bitmap = (uintptr_t)large_map,
	};

	return device_ioctl(dev.fd, VHOST_MEM_GET_BLOCK_MAP, &arg);
}

static int run_plug(void)
{
	return device_plug(&dev, 4, 2);
}

static bool done_plug(void)
{
	return device_plugged(&dev, 4) && device_plugged(&dev, 5) &&
	       !touch_write(dev.mem + 4 * HUGE, 1) &&
	       device_config(dev.fd).plugged_size == 7 * HUGE;
}

static int run_unplug(void)
{
	return device_unplug(&dev, 1, 2);
}

static bool done_unplug(void)
{
	unsigned char value;

	if (dev.flags & VHOST_MEM_CREATE_READABLE ?
	    touch_read(dev.mem + HUGE, &value) || value :
	    touch_read(dev.mem + HUGE, &value) != SIGBUS)
		return false;
	return touch_write(dev.mem + HUGE, 1) == SIGBUS &&
	       !touch_read(dev.mem, &value) && value == 1 &&
	       device_count_plugged(&dev) == 3 &&
	       dump_value(VHOST_MEM_A_REGION_BACKED_SIZE) <= 3 * HUGE;
}

static int run_system_reset(void)
{
	return device_set(dev.fd, VHOST_MEM_SYSTEM_RESET, 0);
}

static bool done_system_reset(void)
{
	return !device_count_plugged(&dev) &&
	       !device_config(dev.fd).plugged_size &&
	       !dump_value(VHOST_MEM_A_REGION_BACKED_SIZE) &&
	       touch_write(dev.mem, 1) == SIGBUS;
}

SWEEP(set_address, scene_region, run_set_address, done_set_address)
SWEEP(set_requested_size, scene_region, run_set_requested, done_set_requested)
SWEEP(set_requested_size_listener, scene_listener, run_set_requested,
      done_set_requested)
SWEEP(set_config_call, scene_config_call, run_config_call, done_config_call)
SWEEP(get_config, scene_plugged, run_get_config, NULL)
SWEEP(get_block_map, scene_large, run_block_map_large, NULL)

SWEEP(plug, scene_plugged, run_plug, done_plug)
SWEEP(plug_readable, scene_plugged_readable, run_plug, done_plug)
SWEEP(unplug, scene_plugged, run_unplug, done_unplug)
SWEEP(unplug_huge, scene_plugged_huge, run_unplug, done_unplug)
SWEEP(unplug_readable, scene_plugged_readable, run_unplug, done_unplug)
SWEEP(system_reset, scene_plugged, run_system_reset, done_system_reset)
SWEEP(system_reset_huge, scene_plugged_huge, run_system_reset,
      done_system_reset)
SWEEP(system_reset_readable, scene_plugged_readable, run_system_reset,
      done_system_reset)

/* --- the vhost core's ioctls --- */

static int run_set_owner(void)
{
	return device_ioctl(dev.fd, VHOST_SET_OWNER, NULL);
}

static bool done_set_owner(void)
{
	return run_set_owner() == -EBUSY;
}

static int run_set_features(void)
{
	return device_ioctl(dev.fd, VHOST_SET_FEATURES, &guest.features);
}

static int run_get_features(void)
{
	uint64_t features = 0;

	return device_ioctl(dev.fd, VHOST_GET_FEATURES, &features);
}

static int run_mem_table(void)
{
	struct {
		struct vhost_memory head;
		struct vhost_memory_region regions[2];
	} table = {
		.head.nregions = 2,
		.regions = {
			{
				.memory_size = GUEST_RAM,
				.userspace_addr = (uintptr_t)guest.ram,
			}, {
				.guest_phys_addr = GUEST_ADDR,
				.memory_size = dev.size,
				.userspace_addr = (uintptr_t)dev.mem,
			},
		},
	};

	return device_ioctl(dev.fd, VHOST_SET_MEM_TABLE, &table);
}

static int run_vring_num(void)
{
	struct vhost_vring_state arg = { .num = 16 };

	return device_ioctl(dev.fd, VHOST_SET_VRING_NUM, &arg);
}

static int run_vring_base(void)
{
	struct vhost_vring_state arg = { .num = 0 };

	return device_ioctl(dev.fd, VHOST_SET_VRING_BASE, &arg);
}

static int run_vring_addr(void)
{
	struct vhost_vring_addr arg = {
		.desc_user_addr = (uintptr_t)guest.desc,
		.avail_user_addr = (uintptr_t)guest.avail,
		.used_user_addr = (uintptr_t)guest.used,
	};

	return device_ioctl(dev.fd, VHOST_SET_VRING_ADDR, &arg);
}

static int set_vring_fd(unsigned long cmd, int fd)
{
	struct vhost_vring_file arg = { .fd = fd };

	return device_ioctl(dev.fd, cmd, &arg);
}

static int run_vring_kick(void)
{
	return set_vring_fd(VHOST_SET_VRING_KICK, guest.kick);
}

static int run_vring_call(void)
{
	return set_vring_fd(VHOST_SET_VRING_CALL, guest.call);
}

static int run_vring_err(void)
{
	return set_vring_fd(VHOST_SET_VRING_ERR, guest.err);
}

static int run_start(void)
{
	return guest_start(&guest);
}

static bool done_start(void)
{
	return dump_value(VHOST_MEM_A_REGION_STATE) ==
	       VHOST_MEM_STATE_RUNNING &&
	       guest_plug(&guest, 0, 1) == VIRTIO_MEM_RESP_ACK;
}

static int run_stop(void)
{
	return guest_stop(&guest);
}

static bool done_stop(void)
{
	return dump_value(VHOST_MEM_A_REGION_STATE) == VHOST_MEM_STATE_STOPPED;
}

/* What was set can be used: the rest of the way to a request works. */
static bool done_vhost(void)
{
	guest_setup(&guest);
	return !run_start() && done_start();
}

SWEEP(set_owner, scene_region, run_set_owner, done_set_owner)
SWEEP(get_features, scene_guest, run_get_features, NULL)
SWEEP(set_features, scene_guest, run_set_features, done_vhost)
/* The vhost core takes every trouble with the table for this. */
SWEEP(set_mem_table, scene_guest, run_mem_table, done_vhost,
      .errors = { -EFAULT })
SWEEP(set_vring_num, scene_guest, run_vring_num, done_vhost)
SWEEP(set_vring_base, scene_guest, run_vring_base, done_vhost)
SWEEP(set_vring_addr, scene_guest, run_vring_addr, done_vhost)
SWEEP(set_vring_kick, scene_guest, run_vring_kick, done_vhost)
SWEEP(set_vring_call, scene_guest, run_vring_call, done_vhost)
SWEEP(set_vring_err, scene_guest, run_vring_err, done_vhost)
/* The ring is touched, which may need memory. */
SWEEP(start, scene_ready, run_start, done_start, .errors = { -EFAULT })
SWEEP(stop, scene_running, run_stop, done_stop)

/* --- netlink --- */

/*
 * The command's own failure comes as a message and says that nothing was done.
 * When that message, or the one of its success, is lost, nobody knows.
 */
static bool netlink_unknown(int ret)
{
	return ret == -ENOBUFS || ret == -EAGAIN || ret == -EFAULT;
}

static int run_netlink_get(void)
{
	struct genl_region region;

	return genl_get(&nl, dev.id, &region);
}

static int run_netlink_set(void)
{
	struct genl_region region;

	return genl_set(&nl, dev.id, 2 * HUGE, &region);
}

static int run_netlink_dump(void)
{
	struct genl_region regions[REGIONS_MAX];
	int ret = genl_dump(&nl, regions, REGIONS_MAX);

	return ret < 0 ? ret : ret == 1 ? 0 : -ENODATA;
}

SWEEP(netlink_get, scene_netlink, run_netlink_get, NULL,
      .unknown = netlink_unknown)
SWEEP(netlink_set, scene_netlink, run_netlink_set, done_set_requested,
      .unknown = netlink_unknown)
SWEEP(netlink_set_listener, scene_listener, run_netlink_set, done_set_requested,
      .unknown = netlink_unknown)
SWEEP(netlink_dump, scene_netlink, run_netlink_dump, NULL,
      .unknown = netlink_unknown)

/* --- page faults --- */

static int signal_error(int signal)
{
	return signal ? -EFAULT : 0;
}

static int run_touch_write(void)
{
	return signal_error(touch_write(dev.mem + 6 * HUGE + 3 * PAGE, 0x55));
}

static bool done_touch_write(void)
{
	unsigned char value;

	return !touch_read(dev.mem + 6 * HUGE + 3 * PAGE, &value) &&
	       value == 0x55 && !device_unplug(&dev, 6, 1);
}

static int run_touch_read(void)
{
	unsigned char value = 1;
	int signal = touch_read(dev.mem + 30 * HUGE, &value);

	return signal ? signal_error(signal) : value ? -EIO : 0;
}

static bool done_touch_read(void)
{
	return !device_plug(&dev, 30, 1) &&
	       !touch_write(dev.mem + 30 * HUGE, 1);
}

/* A signal that cannot be delivered becomes SIGSEGV. */
static int run_touch_refused(void)
{
	int signal = touch_write(dev.mem + 30 * HUGE, 1);

	return signal == SIGBUS ? 0 : signal == SIGSEGV ? -EFAULT : -EIO;
}

/* From the kernel: the fault is not repeated, the system call fails. */
static int run_read(void)
{
	return read(pipe_fds[0], dev.mem + 6 * HUGE, 1) == 1 ? 0 : -errno;
}

static bool done_read(void)
{
	unsigned char value;

	return !touch_read(dev.mem + 6 * HUGE, &value) && value == 0x77;
}

SWEEP(fault, scene_plugged, run_touch_write, done_touch_write)
SWEEP(fault_huge, scene_plugged_huge, run_touch_write, done_touch_write)
SWEEP(fault_readable, scene_plugged_readable, run_touch_write, done_touch_write)
SWEEP(fault_refused, scene_plugged, run_touch_refused, NULL)
SWEEP(fault_refused_readable, scene_plugged_readable, run_touch_refused, NULL)
SWEEP(fault_zero, scene_readable, run_touch_read, done_touch_read)
SWEEP(read_into_region, scene_pipe, run_read, done_read, .touches = true,
      .errors = { -EFAULT })

/* --- requests: the vhost worker fails --- */

static int worker_nth_fd(void)
{
	char path[300], comm[32] = "";
	struct dirent *entry;
	int fd, found = -1;
	DIR *dir;

	dir = opendir("/proc/self/task");
	CHECK(dir);
	while (found < 0 && (entry = readdir(dir))) {
		snprintf(path, sizeof(path), "/proc/self/task/%s/comm",
			 entry->d_name);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			continue;
		if (read(fd, comm, sizeof(comm) - 1) > 0 &&
		    !strncmp(comm, "vhost-", 6)) {
			snprintf(path, sizeof(path),
				 "/proc/self/task/%s/fail-nth", entry->d_name);
			found = open(path, O_RDWR | O_CLOEXEC);
		}
		close(fd);
	}
	closedir(dir);
	if (found < 0)
		ktap_skip("the vhost worker is no thread of this process");
	return found;
}

/* The answer; -EPIPE if the device gave the ring up. */
static int request(uint16_t type, uint64_t first, uint16_t nr)
{
	struct virtio_mem_req req = {
		.type = type,
		.u.plug.addr = GUEST_ADDR + first * dev.block,
		.u.plug.nb_blocks = nr,
	};
	struct virtio_mem_resp resp;
	struct guest_buffer buffers[] = {
		{ guest_alloc(&guest, sizeof(req)), sizeof(req), false },
		{ guest_alloc(&guest, sizeof(resp)), sizeof(resp), true },
	};
	struct pollfd fds[] = {
		{ .fd = guest.call, .events = POLLIN },
		{ .fd = guest.err, .events = POLLIN },
	};

	memcpy(guest_at(&guest, buffers[0].addr), &req, sizeof(req));
	guest_add(&guest, buffers, 2, false);
	guest_kick(&guest);
	if (poll(fds, 2, 60000) < 1)
		return -ETIMEDOUT;
	if (guest.used->idx == guest.last_used) {
		CHECK_EQ(guest_wait_fd(guest.err, 0), 0);
		return -EPIPE;
	}
	CHECK_EQ(guest_wait_fd(guest.call, 0), 0);
	guest.last_used++;
	memcpy(&resp, guest_at(&guest, buffers[1].addr), sizeof(resp));
	return resp.type;
}

/* Blocks 0 to 3 are plugged before. */
struct request {
	const char *name;
	uint16_t type;
	uint64_t first;
	uint16_t nr;
	uint64_t blocks;	/* the block map afterwards */
};

static void worker_restart(void)
{
	guest_restart(&guest);
	guest_wait_fd(guest.call, 0);
	guest_wait_fd(guest.err, 0);
}

static bool request_one(const struct request *req, int fd,
			unsigned int answers[8])
{
	struct state before, after;
	bool happened, done;
	int ret;

	CHECK_EQ(request(VIRTIO_MEM_REQ_UNPLUG_ALL, 0, 0), VIRTIO_MEM_RESP_ACK);
	CHECK_EQ(request(VIRTIO_MEM_REQ_PLUG, 0, 4), VIRTIO_MEM_RESP_ACK);
	for (int i = 0; i < 4; i++)
		CHECK_WRITES(dev.mem + i * HUGE, i + 1);
	/* The worker is idle then, and its counter ours. */
	worker_restart();
	CHECK_EQ(request(VIRTIO_MEM_REQ_STATE, 0, 1), VIRTIO_MEM_RESP_ACK);
	usleep(10000);
	state_take(&before);
	fault_arm(fd, nth);
	ret = request(req->type, req->first, req->nr);
	CHECK_EQ(guest_stop(&guest), 0);
	happened = fault_disarm(fd);
	worker_restart();
	state_take(&after);

	answers[ret < 0 ? 7 : ret & 3]++;
	done = after.blocks == req->blocks;
	if (!done)
		expect_same(&before, &after, false, "done in part");
	if (ret == VIRTIO_MEM_RESP_ACK)
		expect(done, "acknowledged but not done");
	else if (nth_kind != USERCOPY || ret != -EPIPE)
		expect(before.blocks == after.blocks,
		       "answered %d, but done", ret);
	expect(happened || ret == VIRTIO_MEM_RESP_ACK,
	       "answered %d by itself", ret);
	/* Only who cannot be read or written to has violated the protocol. */
	if (nth_kind != USERCOPY)
		expect(ret == VIRTIO_MEM_RESP_ACK ||
		       ret == VIRTIO_MEM_RESP_BUSY, "answered %d", ret);
	else
		expect(ret == VIRTIO_MEM_RESP_ACK || ret == -EPIPE ||
		       ret == VIRTIO_MEM_RESP_ERROR, "answered %d", ret);
	if (!done || before.blocks == req->blocks) {
		ret = request(req->type, req->first, req->nr);
		expect(ret == VIRTIO_MEM_RESP_ACK, "then answered %d", ret);
		state_take(&after);
		expect(after.blocks == req->blocks, "not done then");
	}
	return happened;
}

TEST(requests)
{
	static const struct request requests[] = {
		{ "PLUG", VIRTIO_MEM_REQ_PLUG, 4, 2, 0x3f },
		{ "UNPLUG", VIRTIO_MEM_REQ_UNPLUG, 1, 2, 0x9 },
		{ "UNPLUG_ALL", VIRTIO_MEM_REQ_UNPLUG_ALL, 0, 0, 0 },
		{ "STATE", VIRTIO_MEM_REQ_STATE, 0, 4, 0xf },
	};
	int fd;

	begin();
	scene_running();
	fd = worker_nth_fd();
	for (size_t i = 0; i < COUNT(requests); i++) {
		for (int kind = 0; kind < KINDS; kind++) {
			unsigned int answers[8] = { 0 };

			nth_name = requests[i].name;
			nth_kind = kind;
			fault_kind(kind);
			for (nth = 1; request_one(&requests[i], fd, answers);
			     nth++)
				expect(nth < NTH_MAX, "no end");
			ktap_say("%s: %u times %s; ACK:%u NACK:%u BUSY:%u ERROR:%u, ring given up:%u",
				 nth_name, nth - 1, kind_attr[kind],
				 answers[VIRTIO_MEM_RESP_ACK],
				 answers[VIRTIO_MEM_RESP_NACK],
				 answers[VIRTIO_MEM_RESP_BUSY],
				 answers[VIRTIO_MEM_RESP_ERROR], answers[7]);
		}
	}
	close(fd);
	scene_end();
	end();
}

int main(int argc, char **argv)
{
	ktap_timeout = 600;
	return ktap_main(argc, argv);
}
