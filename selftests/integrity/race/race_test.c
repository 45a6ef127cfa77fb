// SPDX-License-Identifier: GPL-2.0
/*
 * Random operations in parallel, for a while, and never a rule broken.
 *
 *  - what is unplugged cannot be written, and reads as nothing else but zero;
 *  - what is plugged keeps what was written, and begins as zero;
 *  - block map, plugged size and netlink agree, and no more is backed than
 *    plugged, whenever nobody plugs or unplugs.
 *
 *  - what is unplugged but still held by somebody counts, until it is let go.
 *
 * Faults, PLUG, UNPLUG, UNPLUG_ALL, system reset, resize, mmap, munmap, fork,
 * discarding and close by several threads, pages that are held on to, a VMM that confirms
 * changes or does not, and processes that stall or are killed in a long request (peer.h),
 * while the host does to the memory what hosts do (pressure.h).
 *
 * Usage: race [--seconds N] [--seed S] [TEST]...
 *
 * The same seed gives the same operations; how they interleave is up to the
 * machine.
 *
 * tier: full
 */
#include <fcntl.h>
#include <linux/falloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "confirm.h"
#include "device.h"
#include "genl.h"
#include "hugetlb.h"
#include "peer.h"
#include "pressure.h"
#include "random.h"
#include "reference.h"
#include "vring.h"

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif

#define NR_BLOCKS 64
#define TOUCHERS 3
/* A device's life has so many, however slow the machine is. */
#define CHANGES_MIN 10
/* Pages of a block that are touched; the first and the last among them. */
#define NR_PAGES 3

static struct device dev;
static struct guest guest;
static bool by_queue;
static atomic_bool stop;
/* A descriptor of its memory. */
static int memory_fd;
/* Held for reading by who keeps the file open, if only for a moment. */
static pthread_rwlock_t fd_lock = PTHREAD_RWLOCK_INITIALIZER;

/*
 * What a block is: a generation, shifted left by one, and whether it is
 * plugged. Odd generations: it is just changing, and may be either.
 */
static _Atomic uint64_t truth[NR_BLOCKS];
#define IS_PLUGGED(t) ((t) & 1)
#define GENERATION(t) ((t) >> 1)
#define IS_STABLE(t) (!(GENERATION(t) & 1))

/* How often a block began and ended to be discarded; odd: it just is. */
static _Atomic uint64_t discards[NR_BLOCKS];

static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* A thread's own bytes: the value it has written, and the generation. */
struct cell {
	uint64_t generation;
	uint64_t unknown;	/* generations up to this one may have anything */
	uint64_t discards;	/* the block's, when it was written */
	unsigned char value;
};

struct toucher {
	pthread_t thread;
	uint64_t random;
	unsigned int nr;
	unsigned char *mem;
	struct cell cells[NR_BLOCKS][NR_PAGES];
	unsigned long reads, writes, refused;
};

__attribute__((format(printf, 1, 2), noreturn))
static void broken(const char *fmt, ...)
{
	char text[256];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	ktap_say("seed %llu: %s", (unsigned long long)random_seed, text);
	ktap_fail();
}

static uint64_t cell_offset(struct toucher *t, unsigned int block,
			    unsigned int page)
{
	uint64_t pages = dev.block / PAGE;
	uint64_t at[NR_PAGES] = { 0, pages / 2, pages - 1 };

	/* Blocks of one page have one cell three times: the last one counts. */
	return block * dev.block + at[page] * PAGE + 64 * t->nr;
}

static bool was_discarded(unsigned int block, const struct cell *cell)
{
	uint64_t now = atomic_load(&discards[block]);

	return now != cell->discards || now % 2;
}

static void touch_cell(struct toucher *t, unsigned int block, unsigned int page)
{
	struct cell *cell = &t->cells[block][page];
	unsigned char *at = t->mem + cell_offset(t, block, page);
	bool write = next_random(&t->random) % 2;
	unsigned char value = next_random(&t->random) % 255 + 1;
	unsigned char seen = 0, expected;
	uint64_t before, after, discarded;
	int sig;

	discarded = atomic_load(&discards[block]);
	before = atomic_load(&truth[block]);
	sig = write ? touch_write(at, value) : touch_read(at, &seen);
	after = atomic_load(&truth[block]);
	if (sig && sig != SIGBUS)
		broken("block %u: signal %d", block, sig);

	if (before != after || !IS_STABLE(before)) {
		/* It may have gone to the next generation already. */
		if (write && !sig)
			cell->unknown = (GENERATION(after) + 1) & ~1ULL;
		return;
	}
	if (!IS_PLUGGED(before)) {
		t->refused++;
		if (write && !sig)
			broken("block %u: unplugged, and was written", block);
		if (!write && !sig && seen)
			broken("block %u: unplugged, and reads %u", block,
			       seen);
		if (!write && !sig && !(dev.flags & VHOST_MEM_CREATE_READABLE))
			broken("block %u: unplugged, and was read", block);
		if (sig && !write && (dev.flags & VHOST_MEM_CREATE_READABLE))
			broken("block %u: unplugged, and could not be read",
			       block);
		return;
	}
	if (sig)
		broken("block %u: plugged, and was refused a %s", block,
		       write ? "write" : "read");
	if (write) {
		t->writes++;
		cell->generation = GENERATION(before);
		cell->value = value;
		cell->discards = discarded;
		cell->unknown = 0;
		return;
	}
	t->reads++;
	if (cell->unknown >= GENERATION(before))
		return;
	expected = cell->generation == GENERATION(before) ? cell->value : 0;
	if (!seen && was_discarded(block, cell))
		cell->value = 0;
	else if (seen != expected)
		broken("block %u, page %u: reads %u, expected %u", block, page,
		       seen, expected);
}

static void *toucher(void *arg)
{
	struct toucher *t = arg;

	while (!atomic_load(&stop)) {
		uint64_t r = next_random(&t->random);
		unsigned int page = dev.block == PAGE ? 2 : r / 64 % NR_PAGES;

		touch_cell(t, r % NR_BLOCKS, page);
		if (r % 509 == 0) {
			/* A mapping of one's own comes and goes. */
			unsigned char *mem = NULL;

			pthread_rwlock_rdlock(&fd_lock);
			if (dev.fd >= 0)
				mem = device_map(dev.fd, dev.size);
			pthread_rwlock_unlock(&fd_lock);
			if (mem) {
				munmap(t->mem, dev.size);
				t->mem = mem;
				if (r & 1 << 20)
					madvise(mem, dev.size, MADV_HUGEPAGE);
			}
		}
	}
	return NULL;
}

static void *adviser(void *arg)
{
	static const int advice[] = {
		MADV_PAGEOUT, MADV_COLD, MADV_DONTNEED, MADV_WILLNEED,
		MADV_HUGEPAGE, MADV_NOHUGEPAGE, MADV_COLLAPSE,
		MADV_POPULATE_READ, MADV_POPULATE_WRITE,
	};
	/* See page_out() of pressure.c. */
	const unsigned int skip = ktap_has_lockdep() ? 2 : 0;
	const unsigned int nr = sizeof(advice) / sizeof(*advice) - skip;
	uint64_t random = *(uint64_t *)arg;

	while (!atomic_load(&stop)) {
		uint64_t r = next_random(&random);
		uint64_t from = r / 16 % NR_BLOCKS * dev.block;
		uint64_t length = dev.size - from;

		madvise(dev.mem + from,
			r & 1 << 30 && dev.block < length ? dev.block : length,
			advice[skip + r % nr]);
		usleep(r / 1024 % 2000);
	}
	return NULL;
}

/* A balloon: what is plugged stays so, and is empty. */
static void *discarder(void *arg)
{
	uint64_t random = *(uint64_t *)arg;

	while (!atomic_load(&stop)) {
		uint64_t r = next_random(&random);
		unsigned int first = r / 16 % NR_BLOCKS, nr = 1 + r / 1024 % 4;
		uint64_t at = first * dev.block;

		if (nr > NR_BLOCKS - first)
			nr = NR_BLOCKS - first;
		for (unsigned int i = first; i < first + nr; i++)
			atomic_fetch_add(&discards[i], 1);
		if (r % 2)
			madvise(dev.mem + at, nr * dev.block, MADV_REMOVE);
		else
			fallocate(memory_fd, FALLOC_FL_PUNCH_HOLE |
				  FALLOC_FL_KEEP_SIZE, at, nr * dev.block);
		for (unsigned int i = first; i < first + nr; i++)
			atomic_fetch_add(&discards[i], 1);
		usleep(r / 65536 % 5000);
	}
	return NULL;
}

/* Pages are held on to, some for long, in each way that there is. */
#define HELD_MAX 8

static void *holder(void *arg)
{
	static struct reference refs[HELD_MAX];
	uint64_t random = *(uint64_t *)arg;
	bool held[HELD_MAX] = { false };

	while (!atomic_load(&stop)) {
		uint64_t r = next_random(&random);
		unsigned int i = r % HELD_MAX;

		if (held[i])
			reference_drop(&refs[i]);
		held[i] = !held[i] &&
			  !reference_take(&refs[i], r / 8 % REFERENCE_KINDS,
					  dev.mem + r / 64 % (dev.size / PAGE) *
					  PAGE, PAGE);
		usleep(r / 65536 % 3000);
	}
	for (unsigned int i = 0; i < HELD_MAX; i++)
		if (held[i])
			reference_drop(&refs[i]);
	return NULL;
}

static void *presser(void *arg)
{
	uint64_t random = *(uint64_t *)arg;

	while (!atomic_load(&stop)) {
		uint64_t r = next_random(&random);

		pressure_step(r, dev.mem, dev.size);
		usleep(r / 1024 % 2000);
	}
	return NULL;
}

/* Sizes from the administrator, and questions. */
static void *resizer(void *arg)
{
	uint64_t random = *(uint64_t *)arg;
	struct genl_region region;
	struct genl nl;

	CHECK_EQ(genl_open(&nl), 0);
	while (!atomic_load(&stop)) {
		uint64_t r = next_random(&random);
		uint64_t blocks = r % 8 ? NR_BLOCKS : r / 8 % (NR_BLOCKS + 1);
		int ret = genl_set(&nl, dev.id, blocks * dev.block, &region);

		if (ret == -ENOENT || ret == -ESHUTDOWN)
			break;	/* closed */
		CHECK_EQ(ret, 0);
		if (region.value[VHOST_MEM_A_REGION_PLUGGED_SIZE] > dev.size ||
		    region.value[VHOST_MEM_A_REGION_PLUGGED_SIZE] % dev.block)
			broken("plugged size %llu", (unsigned long long)
			       region.value[VHOST_MEM_A_REGION_PLUGGED_SIZE]);
		usleep(r / 1024 % 3000);
	}
	close(nl.fd);
	return NULL;
}

static int child_exits(void *arg)
{
	uint64_t random = *(uint64_t *)arg;
	unsigned char value;

	for (int i = 0; i < 200; i++)
		touch_read(dev.mem + next_random(&random) % dev.size, &value);
	return 0;
}

/* Children that inherit the mapping, and devices that are somebody else's. */
static void *bystander(void *arg)
{
	uint64_t random = *(uint64_t *)arg;

	while (!atomic_load(&stop)) {
		struct device other;

		next_random(&random);
		pthread_rwlock_rdlock(&fd_lock);
		CHECK_EQ(in_child(child_exits, &random), 0);
		pthread_rwlock_unlock(&fd_lock);
		other = device_new(8 * MiB, 4 * KiB << random % 3, random % 2);
		CHECK_EQ(device_plug(&other, 0, 4), 0);
		CHECK_WRITES(other.mem, 1);
		device_close(&other);
		usleep(20000);
	}
	return NULL;
}

/* Processes that stall, or are killed in a long request. */
static void *peers(void *arg)
{
	uint64_t random = *(uint64_t *)arg;

	while (!atomic_load(&stop)) {
		uint64_t r = next_random(&random);
		const char *wrong;

		pthread_rwlock_rdlock(&fd_lock);
		wrong = peer_run(r % PEER_KINDS, dev.fd, r / PEER_KINDS);
		pthread_rwlock_unlock(&fd_lock);
		if (wrong)
			broken("%s", wrong);
		usleep(20000);
	}
	return NULL;
}

/* A VMM that has its guest's changes confirmed, and says anything of them. */
static void *confirmer(void *arg)
{
	static const uint32_t results[] = {
		VHOST_MEM_CONFIRM_DONE, VHOST_MEM_CONFIRM_DONE,
		VHOST_MEM_CONFIRM_DONE, VHOST_MEM_CONFIRM_DONE,
		VHOST_MEM_CONFIRM_FAILED, VHOST_MEM_CONFIRM_FORCE,
	};
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	uint64_t random = *(uint64_t *)arg;
	struct vhost_mem_pending pending;

	CHECK(fd >= 0);
	while (by_queue && !atomic_load(&stop)) {
		uint64_t r = next_random(&random);

		/* Also after something else has cancelled what it had fetched. */
		pthread_rwlock_rdlock(&fd_lock);
		if (r % 64 == 0)
			confirm_set(dev.fd, r & 1 << 10 ? fd : -1,
				    r & 1 << 10 ? 1 + r / 2048 % 50 : 0);
		else if (r % 8 && !confirm_fetch(dev.fd, &pending))
			while (confirm_apply(dev.fd, pending.seq,
					     results[next_random(&random) % 6]) == -EBUSY)
				;
		pthread_rwlock_unlock(&fd_lock);
		guest_wait_fd(fd, 1);
	}
	close(fd);
	return NULL;
}

/* The results of both ways to plug, as errors of the ioctls. */
static int change(bool plug, unsigned int first, unsigned int nr)
{
	int ret;

	if (!by_queue)
		return plug ? device_plug(&dev, first, nr) :
			      device_unplug(&dev, first, nr);
	ret = plug ? guest_plug(&guest, first, nr) :
		     guest_unplug(&guest, first, nr);
	switch (ret) {
	case VIRTIO_MEM_RESP_ACK:
		return 0;
	case VIRTIO_MEM_RESP_NACK:
		return -ENOSPC;
	case VIRTIO_MEM_RESP_BUSY:
		return -EBUSY;
	case VIRTIO_MEM_RESP_ERROR:
		return -ERANGE;
	default:
		/* It may still be served. */
		broken("%s of %u blocks from %u: no response (%d), %s", plug ? "plug" : "unplug",
		       nr, first, ret, guest.used->idx == guest.last_used ?
		       "none is there" : "and nobody was told of it");
	}
}

static void begin_change(unsigned int first, unsigned int nr)
{
	for (unsigned int i = first; i < first + nr; i++)
		atomic_fetch_add(&truth[i], 2);
}

/* @plugged < 0: they are what they were, but may have been touched. */
static void end_change(unsigned int first, unsigned int nr, int plugged)
{
	for (unsigned int i = first; i < first + nr; i++) {
		uint64_t t = atomic_load(&truth[i]);

		/* Nothing happened: then it is the old generation again. */
		if (plugged < 0)
			atomic_store(&truth[i], t - 2);
		else
			atomic_store(&truth[i], ((t >> 1) + 1) << 1 | plugged);
	}
}

/* Only this thread changes the state of blocks. */
static void quiet_point(void)
{
	struct genl_region region;
	uint64_t plugged = 0;
	struct genl nl;

	for (unsigned int i = 0; i < NR_BLOCKS; i++) {
		bool expected = IS_PLUGGED(atomic_load(&truth[i]));

		plugged += expected * dev.block;
		if (device_plugged(&dev, i) != expected)
			broken("block %u: block map is wrong", i);
	}
	CHECK_EQ(device_config(dev.fd).plugged_size, plugged);
	CHECK_EQ(genl_open(&nl), 0);
	CHECK_EQ(genl_get(&nl, dev.id, &region), 0);
	close(nl.fd);
	CHECK_EQ(region.value[VHOST_MEM_A_REGION_PLUGGED_SIZE], plugged);
	if (region.value[VHOST_MEM_A_REGION_BACKED_SIZE] >
	    plugged + region.value[VHOST_MEM_A_REGION_LIMBO_SIZE])
		broken("backed %llu, plugged %llu, in limbo %llu",
		       (unsigned long long)
		       region.value[VHOST_MEM_A_REGION_BACKED_SIZE],
		       (unsigned long long)plugged, (unsigned long long)
		       region.value[VHOST_MEM_A_REGION_LIMBO_SIZE]);
}

static void change_all(uint64_t r)
{
	int ret = VIRTIO_MEM_RESP_ACK;

	begin_change(0, NR_BLOCKS);
	if (by_queue && r & 1 << 16)
		ret = guest_unplug_all(&guest);
	else
		CHECK_EQ(device_set(dev.fd, VHOST_MEM_SYSTEM_RESET, 0), 0);
	CHECK(ret == VIRTIO_MEM_RESP_ACK || ret == VIRTIO_MEM_RESP_BUSY);
	end_change(0, NR_BLOCKS, ret == VIRTIO_MEM_RESP_ACK ? 0 : -1);
}

static void change_some(uint64_t *random)
{
	unsigned int first = next_random(random) % NR_BLOCKS;
	unsigned int nr = 1 + next_random(random) % (NR_BLOCKS / 4);
	bool plug = !IS_PLUGGED(atomic_load(&truth[first]));
	unsigned int run = 1;
	int ret;

	while (run < nr && first + run < NR_BLOCKS &&
	       IS_PLUGGED(atomic_load(&truth[first + run])) == !plug)
		run++;
	begin_change(first, run);
	ret = change(plug, first, run);
	if (!ret)
		end_change(first, run, plug);
	else if (ret == -ENOSPC || ret == -ERANGE || ret == -EBUSY ||
		 (ret == -ENOSR &&
		  (dev.flags & (VHOST_MEM_CREATE_HUGETLB |
				VHOST_MEM_CREATE_RESERVED)) ==
		  VHOST_MEM_CREATE_HUGETLB))
		end_change(first, run, -1);
	else
		broken("%s of %u blocks from %u: %d", plug ? "plug" : "unplug",
		       run, first, ret);
}

static int get_memory_fd(void)
{
	struct vhost_mem_value arg = { .size = sizeof(arg) };
	int fd = ioctl(dev.fd, VHOST_MEM_GET_MEMORY_FD, &arg);

	CHECK(fd >= 0);
	return fd;
}

/* The region is gone when its memory is referenced no more. */
static void region_is_gone_soon(void)
{
	if (!genl_gone_before(dev.id, time(NULL) + 60))
		broken("closed, and still there: %llu in limbo",
		       (unsigned long long)
		       genl_value(dev.id, VHOST_MEM_A_REGION_LIMBO_SIZE));
}

/* One device, from creation to close. */
static void one_device(uint32_t flags, uint64_t *random, unsigned int secs)
{
	static const uint64_t blocks[] = { 4 * KiB, 64 * KiB, 2 * MiB };
	static struct toucher touchers[TOUCHERS];
	void *(*const others[])(void *) = {
		adviser, discarder, holder, presser, resizer, bystander,
		peers, confirmer,
	};
	enum { NR_OTHERS = sizeof(others) / sizeof(*others) };
	pthread_t threads[NR_OTHERS];
	uint64_t seeds[NR_OTHERS];
	time_t end = time(NULL) + secs;
	unsigned long changes = 0, reads = 0, writes = 0, refused = 0;
	uint64_t block;

	for (unsigned int i = 0; i < NR_BLOCKS; i++)
		atomic_store(&truth[i], 0);
	block = flags & VHOST_MEM_CREATE_HUGETLB ?
		HUGE : blocks[next_random(random) % 3];
	if (next_random(random) % 4 == 0)
		flags |= VHOST_MEM_CREATE_PREALLOC;
	dev = device_new(NR_BLOCKS * block, block, flags);
	memory_fd = get_memory_fd();
	atomic_store(&stop, false);
	memset(touchers, 0, sizeof(touchers));
	for (unsigned int i = 0; i < TOUCHERS; i++) {
		touchers[i].random = next_random(random);
		touchers[i].nr = i;
		touchers[i].mem = device_map(dev.fd, dev.size);
		CHECK(touchers[i].mem);
	}
	if (by_queue) {
		guest_init(&guest, &dev, 64,
			   next_random(random) % 2 *
			   FEATURE(VIRTIO_RING_F_EVENT_IDX));
		guest_setup(&guest);
		CHECK_EQ(guest_start(&guest), 0);
	}
	for (int i = 0; i < NR_OTHERS; i++)
		seeds[i] = next_random(random);
	for (unsigned int i = 0; i < TOUCHERS; i++)
		CHECK_EQ(pthread_create(&touchers[i].thread, NULL, toucher,
					&touchers[i]), 0);
	for (int i = 0; i < NR_OTHERS; i++)
		CHECK_EQ(pthread_create(&threads[i], NULL, others[i],
					&seeds[i]), 0);

	while (time(NULL) < end || changes < CHANGES_MIN) {
		uint64_t r = next_random(random);

		if (r % 64 == 0)
			change_all(r);
		else
			change_some(random);
		if (r / 64 % 16 == 0)
			quiet_point();
		if (by_queue && r / 1024 % 128 == 0)
			guest_restart(&guest);
		changes++;
	}
	/* Close while all of them go on: then everything is unplugged. */
	pthread_rwlock_wrlock(&fd_lock);
	begin_change(0, NR_BLOCKS);
	CHECK_EQ(close(dev.fd), 0);
	dev.fd = -1;
	end_change(0, NR_BLOCKS, 0);
	pthread_rwlock_unlock(&fd_lock);
	usleep(200000);
	atomic_store(&stop, true);
	for (int i = 0; i < NR_OTHERS; i++)
		pthread_join(threads[i], NULL);
	for (unsigned int i = 0; i < TOUCHERS; i++) {
		pthread_join(touchers[i].thread, NULL);
		munmap(touchers[i].mem, dev.size);
		reads += touchers[i].reads;
		writes += touchers[i].writes;
		refused += touchers[i].refused;
	}
	ktap_say("blocks of %llu KiB%s: %lu changes, %lu reads, %lu writes, %lu unplugged",
		 (unsigned long long)(dev.block / KiB),
		 flags & VHOST_MEM_CREATE_HUGETLB ? " of the pool" :
		 flags & VHOST_MEM_CREATE_PREALLOC ? " preallocated" : "",
		 changes, reads, writes, refused);
	pressure_say();
	region_is_gone_soon();
	close(memory_fd);
	munmap(dev.mem, dev.size);
	if (by_queue)
		guest_free(&guest);
}

static void run(uint32_t flags, bool queue, unsigned int nr)
{
	uint64_t random = (random_seed + nr) * 0x9e3779b97f4a7c15ULL | 1;
	unsigned int secs = (random_seconds + 6) / 7;
	time_t end = time(NULL) + secs;

	by_queue = queue;
	do {
		one_device(flags, &random, secs > 10 ? 10 : secs);
	} while (time(NULL) < end);
}

TEST(inaccessible_by_ioctl)
{
	run(0, false, 0);
}

TEST(readable_by_ioctl)
{
	run(VHOST_MEM_CREATE_READABLE, false, 1);
}

TEST(inaccessible_by_queue)
{
	run(0, true, 2);
}

TEST(readable_by_queue)
{
	run(VHOST_MEM_CREATE_READABLE, true, 3);
}

/* Fewer pages than blocks: what is in the pool can be had, and nothing else. */
static void run_hugetlb(bool queue, unsigned int nr)
{
	hugetlb_pool(NR_BLOCKS * 3 / 4);
	run(VHOST_MEM_CREATE_HUGETLB, queue, nr);
	if (!hugetlb_free_soon(NR_BLOCKS * 3 / 4))
		broken("%llu pages of the pool are free",
		       (unsigned long long)hugetlb_free());
	hugetlb_pool(0);
}

TEST(hugetlb_by_ioctl)
{
	run_hugetlb(false, 4);
}

TEST(hugetlb_by_queue)
{
	run_hugetlb(true, 5);
}

static atomic_bool taker_stop;

/* Takes one more page than those that are reserved, again and again. */
static void *taker(void *arg)
{
	(void)arg;
	while (!atomic_load(&taker_stop)) {
		unsigned char *mem = mmap(NULL, HUGE, PROT_READ | PROT_WRITE,
					  MAP_PRIVATE | MAP_ANONYMOUS |
					  MAP_HUGETLB, -1, 0);

		if (mem == MAP_FAILED)
			continue;
		touch_write(mem, 1);
		munmap(mem, HUGE);
	}
	return NULL;
}

TEST(hugetlb_reserved)
{
	pthread_t thread;

	hugetlb_pool(NR_BLOCKS + 1);
	CHECK_EQ(pthread_create(&thread, NULL, taker, NULL), 0);
	run(VHOST_MEM_CREATE_HUGETLB | VHOST_MEM_CREATE_RESERVED, false, 6);
	atomic_store(&taker_stop, true);
	pthread_join(thread, NULL);
	if (!hugetlb_free_soon(NR_BLOCKS + 1))
		broken("%llu pages of the pool are free",
		       (unsigned long long)hugetlb_free());
	hugetlb_pool(0);
}

int main(int argc, char **argv)
{
	int ret;

	random_options(&argc, &argv, 0);
	pressure_init();
	ret = ktap_main(argc, argv);
	pressure_exit();
	return ret;
}
