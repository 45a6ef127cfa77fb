// SPDX-License-Identifier: GPL-2.0
/*
 * Random operations by several threads on the same few devices, and at the end
 * of each device's life everything has to be in order.
 *
 *  - no operation hangs;
 *  - no ioctl of ours gives another error than uapi/linux/vhost_mem.h says, or
 *    succeeds with an argument that cannot be right;
 *  - block map, sizes and netlink agree; no more is backed than plugged; what is
 *    unplugged cannot be read or written; a reset and a close unplug all;
 *  - all regions are gone after the last close, and the module is as free as it
 *    was; a new device does all that it should.
 *
 * Usage: fuzz [--seconds N] [--seed S] [TEST]...
 *
 * The same seed gives the same operations; how they interleave is up to the
 * machine.
 *
 * tier: full
 */
#include <fcntl.h>
#include <grp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "fuzz.h"
#include "hugetlb.h"
#include "random.h"
#include "vring.h"

#define THREADS 4
/* Operations of a thread in the life of a set of devices. */
#define OPS 600
/* Seconds after which an operation hangs: under emulation and load. */
#define HANGS 180
#define FIRST_FD 200

static time_t test_end;

uint64_t fuzz_round;
bool fuzz_unprivileged;
struct fuzz_device fuzz_devices[FUZZ_DEVICES];

/* An operation, and how often it is chosen in comparison to others. */
struct choice {
	void (*fn)(struct fuzz_thread *t);
	unsigned int weight;
};

static const struct choice *choices;
static struct fuzz_thread threads[THREADS];

void fuzz_broken(struct fuzz_thread *t, const char *fmt, ...)
{
	char text[384];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	ktap_say("seed %lu, round %lu, thread %u, operation %lu (%s): %s",
		 random_seed, fuzz_round, t->nr, t->op, t->what, text);
	ktap_fail();
}

static void choose(struct fuzz_thread *t)
{
	unsigned int all = 0, n;
	const struct choice *c;

	for (c = choices; c->fn; c++)
		all += c->weight;
	n = rnd_below(&t->rnd, all);
	for (c = choices; n >= c->weight; c++)
		n -= c->weight;
	c->fn(t);
}

static void *operate(void *arg)
{
	struct fuzz_thread *t = arg;

	for (t->op = 0; t->op < OPS && time(NULL) < test_end; t->op++) {
		atomic_store(&t->since, time(NULL));
		t->rnd = rnd_of(random_seed, fuzz_round, t->nr, t->op);
		choose(t);
	}
	atomic_store(&t->since, 0);
	return NULL;
}

static void *own_memory(unsigned int nr, size_t length)
{
	void *at = (void *)(FUZZ_OWN_START + nr * MiB);
	void *mem = mmap(at, length, PROT_READ | PROT_WRITE, MAP_PRIVATE |
			 MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	CHECK(mem == at);
	return mem;
}

static void start_thread(struct fuzz_thread *t, unsigned int nr)
{
	memset(t, 0, sizeof(*t));
	t->nr = nr;
	t->what = "start";
	t->arg = own_memory(2 * nr, FUZZ_ARG);
	t->out = own_memory(2 * nr + 1, FUZZ_OUT);
	CHECK_EQ(genl_open(&t->nl), 0);
}

static void end_thread(struct fuzz_thread *t)
{
	close(t->nl.fd);
	munmap(t->arg, FUZZ_ARG);
	munmap(t->out, FUZZ_OUT);
}

static void watch(void)
{
	for (unsigned int i = 0; i < THREADS; i++) {
		struct fuzz_thread *t = &threads[i];
		time_t since;

		while ((since = atomic_load(&t->since))) {
			if (time(NULL) > since + HANGS)
				fuzz_broken(t, "has not ended after %u seconds",
					    HANGS);
			usleep(5000);
		}
		pthread_join(t->thread, NULL);
	}
}

/* The host has a pool of huge pages; it is too small for all regions. */
static bool have_pool;

/* Reserved is what is there, and not in limbo of an earlier life. */
static void create_device(struct fuzz_device *dev)
{
	int ret = device_create(dev->fd, dev->size, dev->block, dev->flags,
				"fuzz", NULL);

	if (ret == -ENOSR && dev->flags & VHOST_MEM_CREATE_RESERVED) {
		dev->flags &= ~VHOST_MEM_CREATE_RESERVED;
		ret = device_create(dev->fd, dev->size, dev->block, dev->flags,
				    "fuzz", NULL);
	}
	CHECK_EQ(ret, 0);
}

static void open_devices(struct rnd *r)
{
	static const uint64_t blocks[] = { 4 * KiB, 64 * KiB, 2 * MiB };

	for (int i = 0; i < FUZZ_DEVICES; i++) {
		struct fuzz_device *dev = &fuzz_devices[i];
		int fd = device_open();

		memset(dev, 0, sizeof(*dev));
		pthread_mutex_init(&dev->lock, NULL);
		dev->fd = FIRST_FD + i;
		dev->block = rnd_one_of(r, blocks);
		/* Block maps that end inside of a word and at its end. */
		dev->size = (rnd_below(r, 3) ? 1 + rnd_below(r, 64) : 64) *
			    dev->block;
		dev->flags = rnd_below(r, 2);
		if (dev->block == HUGE && have_pool && rnd_below(r, 2))
			dev->flags = VHOST_MEM_CREATE_HUGETLB |
				     rnd_below(r, 2) * VHOST_MEM_CREATE_RESERVED;
		CHECK_EQ(dup3(fd, dev->fd, O_CLOEXEC), dev->fd);
		close(fd);
		atomic_store(&dev->open, true);
		fd = dev->fd;
		create_device(dev);
		CHECK_EQ(device_set(fd, VHOST_MEM_SET_ADDRESS, GUEST_ADDR), 0);
		CHECK_EQ(device_set(fd, VHOST_MEM_SET_REQUESTED_SIZE,
				    dev->size), 0);
		CHECK(mmap(fuzz_place(i), dev->size, PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_FIXED, fd, 0) != MAP_FAILED);
	}
}

static void drop_privileges(void)
{
	CHECK_EQ(setgroups(0, NULL), 0);
	CHECK_EQ(setresgid(65534, 65534, 65534), 0);
	CHECK_EQ(setresuid(65534, 65534, 65534), 0);
	/* Not to be dumpable would take more away than an ordinary user lacks. */
	CHECK_EQ(prctl(PR_SET_DUMPABLE, 1), 0);
}

static int all_threads(void *arg)
{
	bool unprivileged = *(bool *)arg;

	if (unprivileged) {
		drop_privileges();
		fuzz_unprivileged = true;
	}
	for (unsigned int i = 0; i < THREADS; i++) {
		start_thread(&threads[i], i);
		atomic_store(&threads[i].since, time(NULL));
	}
	for (unsigned int i = 0; i < THREADS; i++)
		CHECK_EQ(pthread_create(&threads[i].thread, NULL, operate,
					&threads[i]), 0);
	watch();
	for (unsigned int i = 0; i < THREADS; i++)
		end_thread(&threads[i]);
	fuzz_let_go();
	return 0;
}

static unsigned long total_ops(void)
{
	unsigned long ops = 0;

	for (unsigned int i = 0; i < THREADS; i++)
		ops += threads[i].op;
	return ops;
}

/* Lives of devices, one set after the other, until the time is over. */
static void run(const struct choice *what, unsigned int nr, bool unprivileged)
{
	static struct fuzz_thread self;
	unsigned long ops = 0;

	signal(SIGPIPE, SIG_IGN);
	choices = what;
	test_end = time(NULL) + (random_seconds + 3) / 4;
	have_pool = hugetlb_pool_of(HUGE, 96);
	fuzz_check_start();
	start_thread(&self, THREADS);
	for (fuzz_round = (uint64_t)nr << 32; ; fuzz_round++) {
		struct rnd *r = &self.rnd;

		*r = rnd_of(random_seed, fuzz_round, THREADS, 0);
		fuzz_open_files();
		open_devices(r);
		if (unprivileged)
			CHECK_EQ(in_child(all_threads, &unprivileged), 0);
		else
			all_threads(&unprivileged);
		ops += total_ops();
		for (int i = 0; i < FUZZ_DEVICES; i++)
			fuzz_check_device(&self, fuzz_devices[i].fd);
		fuzz_check_close(&self);
		fuzz_check_fresh(&self);
		if (time(NULL) >= test_end)
			break;
	}
	hugetlb_pool_of(HUGE, 0);
	if (!unprivileged)
		ktap_say("%lu lives, %lu operations",
			 (fuzz_round & UINT32_MAX) + 1, ops);
}

/* To open a device or to fork takes as long as hundreds of ioctls. */
static const struct choice ioctl_choices[] = {
	{ fuzz_own_ioctl, 300 }, { fuzz_unknown_ioctl, 10 },
	{ fuzz_vhost_ioctl, 30 }, { fuzz_map, 10 }, { fuzz_unmap, 5 },
	{ fuzz_touch, 30 }, { fuzz_reopen, 4 }, { fuzz_close, 2 },
	{ fuzz_dup, 2 }, { fuzz_pass, 2 }, { fuzz_child, 1 },
	{ fuzz_peer, 1 }, { }
};

static const struct choice memory_choices[] = {
	{ fuzz_own_ioctl, 100 }, { fuzz_vhost_ioctl, 20 },
	{ fuzz_vhost_start, 20 }, { fuzz_scribble, 80 }, { fuzz_kick, 40 },
	{ fuzz_map, 20 }, { fuzz_unmap, 10 }, { fuzz_remap, 20 },
	{ fuzz_advise, 30 }, { fuzz_touch, 80 }, { fuzz_hold, 30 },
	{ fuzz_reopen, 2 },
	{ fuzz_child, 2 }, { fuzz_peer, 1 }, { }
};

static const struct choice netlink_choices[] = {
	{ fuzz_netlink, 300 }, { fuzz_netlink_group, 15 },
	{ fuzz_own_ioctl, 60 }, { fuzz_touch, 10 }, { fuzz_reopen, 4 },
	{ fuzz_close, 2 }, { }
};

/* A VMM has no capabilities, and anybody can list. */
static const struct choice user_choices[] = {
	{ fuzz_netlink, 100 }, { fuzz_netlink_group, 5 },
	{ fuzz_own_ioctl, 100 }, { fuzz_vhost_ioctl, 20 },
	{ fuzz_vhost_start, 5 }, { fuzz_scribble, 20 }, { fuzz_kick, 20 },
	{ fuzz_map, 10 }, { fuzz_remap, 5 }, { fuzz_advise, 10 },
	{ fuzz_touch, 30 }, { fuzz_hold, 10 }, { fuzz_reopen, 1 },
	{ fuzz_dup, 1 },
	{ fuzz_pass, 1 }, { fuzz_child, 1 }, { }
};

TEST(ioctls)
{
	run(ioctl_choices, 0, false);
}

TEST(rings_and_memory)
{
	run(memory_choices, 1, false);
}

TEST(netlink)
{
	run(netlink_choices, 2, false);
}

TEST(unprivileged)
{
	run(user_choices, 3, true);
}

int main(int argc, char **argv)
{
	random_options(&argc, &argv, 4 * HANGS);
	return ktap_main(argc, argv);
}
