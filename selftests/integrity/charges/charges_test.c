// SPDX-License-Identifier: GPL-2.0
/*
 * Random operations of many VMs on two pools, which are never overdrawn by a byte.
 *
 * Eight clients have eight regions each, half of them with a guest that plugs by its
 * queue, the others plugged by the VMM. They plug, unplug, reserve, move, lease, reset, close
 * and create, while one pool changes its size and another thread looks at both all the
 * time. What is promised to a region is never refused to it. At the end what the pools are
 * charged is what their regions are.
 *
 * The module checks each charge, too, with a warning, which ends the run of a host VM. On a
 * kernel with fault injection one of a hundred allocations fails, in the clients and in
 * those vhost workers that are their threads.
 *
 * Usage: charges [--seconds N | --operations N] [--seed S]
 *
 * tier: full
 */
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>

#include "device.h"
#include "faults.h"
#include "genl.h"
#include "leases.h"
#include "pools.h"
#include "random.h"
#include "vring.h"

#define CLIENTS 8
#define VMS 8
#define NR_BLOCKS 64
#define SIZE (NR_BLOCKS * PAGE)
/* Of 4096 blocks that all of them can have together. */
#define FIXED "charges-fixed"
#define FIXED_BLOCKS 1200
#define CHANGING "charges-changing"
#define CHANGING_BLOCKS 800

struct vm {
	struct device dev;
	struct guest guest;
	bool has_guest;
	uint64_t plugged;	/* a bit for each block */
	uint64_t reserved;	/* in bytes */
};

/* @failed: number of operations that failed for lack of memory, or may have. */
struct client {
	pthread_t thread;
	uint64_t random;
	struct genl nl;
	struct vm vms[VMS];
	int chance;
	unsigned long done, refused, failed;
};

static struct client clients[CLIENTS];
static atomic_bool stop;
static atomic_ulong begun;
static bool faults;
static unsigned long looks;

static uint64_t draw(struct client *c, uint64_t limit)
{
	c->random ^= c->random << 13;
	c->random ^= c->random >> 7;
	c->random ^= c->random << 17;
	return (c->random >> 11) % limit;
}

static const char *draw_pool(struct client *c)
{
	return draw(c, 2) ? FIXED : CHANGING;
}

/* What follows fails now and then, or does not any more. */
static void may_fail(struct client *c, bool on)
{
	if (faults)
		fault_chance(c->chance, on);
}

/*
 * Requests of guests fail, too, where vhost workers are threads of their owner. Whose guest
 * it is does not matter: they all may fail.
 */
static void choose_workers(void)
{
	char path[300], comm[8];
	struct dirent *entry;
	DIR *dir;
	int fd;

	dir = opendir("/proc/self/task");
	CHECK(dir);
	while ((entry = readdir(dir))) {
		snprintf(path, sizeof(path), "/proc/self/task/%s/comm", entry->d_name);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			continue;
		if (read(fd, comm, sizeof(comm)) >= 6 && !strncmp(comm, "vhost-", 6)) {
			close(fd);
			/* Another client may be closing this one. */
			snprintf(path, sizeof(path), "/proc/self/task/%s/make-it-fail",
				 entry->d_name);
			fd = open(path, O_WRONLY | O_CLOEXEC);
			if (fd >= 0 && pwrite(fd, "1", 1, 0) < 0)
				CHECK_EQ(errno, ESRCH);
		}
		if (fd >= 0)
			close(fd);
	}
	closedir(dir);
}

static void finish_vm(struct vm *vm)
{
	vm->dev.mem = device_map(vm->dev.fd, SIZE);
	CHECK(vm->dev.mem);
	CHECK_EQ(device_set(vm->dev.fd, VHOST_MEM_SET_ADDRESS, GUEST_ADDR), 0);
	CHECK_EQ(device_set(vm->dev.fd, VHOST_MEM_SET_REQUESTED_SIZE, SIZE), 0);
	vm->plugged = 0;
	if (!vm->has_guest)
		return;
	guest_init(&vm->guest, &vm->dev, 16, 0);
	guest_setup(&vm->guest);
	CHECK_EQ(guest_start(&vm->guest), 0);
	if (faults)
		choose_workers();
}

/* With a lease of a pool, of so many bytes, if there is one. */
static void open_vm(struct client *c, struct vm *vm, uint64_t lease, uint64_t size)
{
	vm->reserved = lease ? size : 0;
	vm->dev = (struct device){ .fd = device_open(), .size = SIZE, .block = PAGE };
	CHECK_EQ(leases_create(vm->dev.fd, SIZE, PAGE, lease, &vm->dev.id), 0);
	if (!lease)
		CHECK_EQ(pools_move(&c->nl, vm->dev.id, draw_pool(c)), 0);
	finish_vm(vm);
}

static void close_vm(struct vm *vm)
{
	if (vm->has_guest)
		guest_free(&vm->guest);
	device_close(&vm->dev);
	/* Its number is gone once nothing of it is charged. */
	CHECK(genl_gone_before(vm->dev.id, time(NULL) + 60));
}

/*
 * Counts what was done and what was refused; anything else is wrong, but for a failure: then
 * nothing was done, or, by netlink, the message that says so was lost.
 */
static bool did(struct client *c, int ret, int refused)
{
	CHECK(!ret || ret == refused || (faults && (ret == -ENOMEM || ret == -ENOBUFS)));
	c->done += !ret;
	c->refused += ret && ret == refused;
	c->failed += ret && ret != refused;
	return !ret;
}

/* Blocks in the state of @first, from there on. */
static unsigned int run_of(const struct vm *vm, unsigned int first, unsigned int most)
{
	bool plugged = vm->plugged >> first & 1;
	unsigned int nr = 1;

	while (nr < most && first + nr < NR_BLOCKS &&
	       (vm->plugged >> (first + nr) & 1) == plugged)
		nr++;
	return nr;
}

/* 0, or why it was refused. */
static int try_change(struct client *c, struct vm *vm, bool plug, unsigned int first,
		      unsigned int nr)
{
	int ret;

	if (!vm->has_guest) {
		may_fail(c, true);
		ret = plug ? device_plug(&vm->dev, first, nr) :
			     device_unplug(&vm->dev, first, nr);
		may_fail(c, false);
		return ret;
	}
	ret = plug ? guest_plug(&vm->guest, first, nr) : guest_unplug(&vm->guest, first, nr);
	CHECK(ret == VIRTIO_MEM_RESP_ACK || ret == VIRTIO_MEM_RESP_BUSY);
	return ret == VIRTIO_MEM_RESP_ACK ? 0 : -EBUSY;
}

static bool is_promised(const struct vm *vm, unsigned int nr)
{
	return (__builtin_popcountll(vm->plugged) + nr) * PAGE <= vm->reserved;
}

/*
 * What is promised is refused only because of memory that was unplugged and is not free
 * yet. Once there is none there can be no more, as nobody else unplugs.
 */
static bool is_in_limbo(struct client *c, const struct vm *vm)
{
	struct genl_region region;

	CHECK_EQ(genl_get(&c->nl, vm->dev.id, &region), 0);
	return region.value[VHOST_MEM_A_REGION_LIMBO_SIZE];
}

static void change_blocks(struct client *c, struct vm *vm)
{
	unsigned int first = draw(c, NR_BLOCKS), nr = run_of(vm, first, 1 + draw(c, 32));
	uint64_t mask = (~0ULL >> (64 - nr)) << first;
	bool plug = !(vm->plugged >> first & 1);
	int ret = try_change(c, vm, plug, first, nr);

	if (ret && plug && !faults && is_promised(vm, nr) && !is_in_limbo(c, vm)) {
		ret = try_change(c, vm, plug, first, nr);
		CHECK_EQ(ret, 0);
	}
	if (!did(c, ret, vm->has_guest || !plug ? -EBUSY : -ENOBUFS))
		return;
	vm->plugged ^= mask;
	if (plug)
		CHECK_WRITES(vm->dev.mem + first * PAGE, 1);
}

static void reset(struct client *c, struct vm *vm)
{
	int ret;

	if (vm->has_guest) {
		if (did(c, guest_unplug_all(&vm->guest) == VIRTIO_MEM_RESP_ACK ? 0 : -EBUSY,
			-EBUSY))
			vm->plugged = 0;
		return;
	}
	may_fail(c, true);
	ret = device_set(vm->dev.fd, VHOST_MEM_SYSTEM_RESET, 0);
	may_fail(c, false);
	if (did(c, ret, 0))
		vm->plugged = 0;
}

static void reserve(struct client *c, struct vm *vm)
{
	struct genl_region region;
	uint64_t size = draw(c, NR_BLOCKS / 2) * PAGE;
	int ret;

	may_fail(c, true);
	ret = pools_reserve(&c->nl, vm->dev.id, size);
	may_fail(c, false);
	did(c, ret, -ENOBUFS);
	/* If something failed it may have been done all the same. */
	CHECK_EQ(genl_get(&c->nl, vm->dev.id, &region), 0);
	CHECK(faults || region.value[VHOST_MEM_A_REGION_RESERVED] == (ret ? vm->reserved : size));
	vm->reserved = region.value[VHOST_MEM_A_REGION_RESERVED];
}

static void move(struct client *c, struct vm *vm)
{
	int ret;

	may_fail(c, true);
	ret = pools_move(&c->nl, vm->dev.id, draw_pool(c));
	may_fail(c, false);
	did(c, ret, -ENOBUFS);
}

static void resize_pool(struct client *c)
{
	int ret;

	may_fail(c, true);
	ret = pools_set(&c->nl, CHANGING,
			(CHANGING_BLOCKS / 2 + draw(c, CHANGING_BLOCKS)) * PAGE);
	may_fail(c, false);
	did(c, ret, -EBUSY);
}

static void start_anew(struct client *c, struct vm *vm, bool lease)
{
	uint64_t number = 0, size = (1 + draw(c, NR_BLOCKS)) * PAGE;

	if (lease && !did(c, leases_add(&c->nl, draw_pool(c), size, LEASES_ANYBODY, 0, &number),
			  -ENOBUFS))
		return;
	close_vm(vm);
	open_vm(c, vm, number, size);
	c->done++;
}

static void step(struct client *c)
{
	struct vm *vm = &c->vms[draw(c, VMS)];

	switch (draw(c, 64)) {
	case 0 ... 4:
		reserve(c, vm);
		break;
	case 5 ... 7:
		move(c, vm);
		break;
	case 8:
		resize_pool(c);
		break;
	case 9:
		reset(c, vm);
		break;
	case 10:
		start_anew(c, vm, false);
		break;
	case 11:
		start_anew(c, vm, true);
		break;
	default:
		change_blocks(c, vm);
	}
}

/* Whether there is something left to do. */
static bool next(void)
{
	unsigned long nr = atomic_fetch_add(&begun, 1);

	if (random_operations && nr && nr % (random_operations / 10 + 1) == 0)
		ktap_say("%lu operations", nr);
	return random_operations ? nr < random_operations : !atomic_load(&stop);
}

static void *client(void *arg)
{
	struct client *c = arg;
	char thread[16];

	snprintf(thread, sizeof(thread), "%d", gettid());
	c->chance = faults ? fault_chance_open(thread) : -1;
	while (next())
		step(c);
	return NULL;
}

static void look(struct genl *nl, const char *name, bool fixed)
{
	struct pool pool;
	uint64_t *v = pool.value;

	CHECK_EQ(pools_get(nl, name, &pool), 0);
	if (fixed || !v[VHOST_MEM_A_POOL_OVER])
		CHECK(v[VHOST_MEM_A_POOL_CHARGED] + v[VHOST_MEM_A_POOL_EARMARKED] <=
		      v[VHOST_MEM_A_POOL_SIZE]);
	CHECK(v[VHOST_MEM_A_POOL_RESERVED] <= v[VHOST_MEM_A_POOL_SIZE]);
	CHECK(v[VHOST_MEM_A_POOL_RESERVED] <= v[VHOST_MEM_A_POOL_CHARGED]);
	CHECK(v[VHOST_MEM_A_POOL_LEASED] <= v[VHOST_MEM_A_POOL_RESERVED]);
}

static void *watch(void *arg)
{
	struct genl nl;

	(void)arg;
	CHECK_EQ(genl_open(&nl), 0);
	while (!atomic_load(&stop)) {
		look(&nl, FIXED, true);
		look(&nl, CHANGING, false);
		looks++;
		/* The processor is for the others. */
		usleep(1000);
	}
	close(nl.fd);
	return NULL;
}

static uint64_t sums[2];

static void add_region(const struct genl_region *region, void *arg)
{
	(void)arg;
	for (int i = 0; i < 2; i++)
		if (!strcmp(region->pool, i ? CHANGING : FIXED))
			sums[i] += region->value[VHOST_MEM_A_REGION_CHARGED];
}

static void compare(struct genl *nl)
{
	CHECK_EQ(genl_dump_each(nl, add_region, NULL), 0);
	CHECK_EQ(pools_value(nl, FIXED, VHOST_MEM_A_POOL_CHARGED), sums[0]);
	CHECK_EQ(pools_value(nl, CHANGING, VHOST_MEM_A_POOL_CHARGED), sums[1]);
	CHECK(sums[0] && sums[1]);
}

static void start(struct genl *nl)
{
	CHECK_EQ(genl_open(nl), 0);
	CHECK_EQ(pools_set(nl, FIXED, FIXED_BLOCKS * PAGE), 0);
	CHECK_EQ(pools_set(nl, CHANGING, CHANGING_BLOCKS * PAGE), 0);
	for (int i = 0; i < CLIENTS; i++) {
		struct client *c = &clients[i];

		c->random = (random_seed + i) * 0x9e3779b97f4a7c15ULL | 1;
		CHECK_EQ(genl_open(&c->nl), 0);
		for (int j = 0; j < VMS; j++) {
			c->vms[j].has_guest = j % 2;
			open_vm(c, &c->vms[j], 0, 0);
		}
	}
}

static void end(struct genl *nl)
{
	for (int i = 0; i < CLIENTS; i++)
		for (int j = 0; j < VMS; j++)
			close_vm(&clients[i].vms[j]);
	CHECK_EQ(pools_value(nl, FIXED, VHOST_MEM_A_POOL_CHARGED), 0);
	CHECK_EQ(pools_value(nl, CHANGING, VHOST_MEM_A_POOL_CHARGED), 0);
	CHECK_EQ(pools_delete(nl, FIXED), 0);
	CHECK_EQ(pools_delete(nl, CHANGING), 0);
}

TEST(pools_are_never_overdrawn)
{
	unsigned long done = 0, refused = 0, failed = 0;
	pthread_t watcher;
	struct genl nl;

	faults = fault_chance_begin();
	start(&nl);
	CHECK_EQ(pthread_create(&watcher, NULL, watch, NULL), 0);
	for (int i = 0; i < CLIENTS; i++)
		CHECK_EQ(pthread_create(&clients[i].thread, NULL, client, &clients[i]), 0);
	if (!random_operations)
		sleep(random_seconds);
	atomic_store(&stop, !random_operations);
	for (int i = 0; i < CLIENTS; i++) {
		pthread_join(clients[i].thread, NULL);
		done += clients[i].done;
		refused += clients[i].refused;
		failed += clients[i].failed;
	}
	atomic_store(&stop, true);
	pthread_join(watcher, NULL);
	if (faults)
		fault_chance_end();
	compare(&nl);
	end(&nl);
	ktap_say("%lu operations, %lu were refused, %lu failed; looked %lu times", done, refused,
		 failed, looks);
	/* Pools that are large enough for everything would show nothing. */
	CHECK(done && refused && (!faults || failed));
}

int main(int argc, char **argv)
{
	random_seconds = 3;
	random_counts = true;
	random_options(&argc, &argv, 60);
	return ktap_main(argc, argv);
}
