// SPDX-License-Identifier: GPL-2.0
/*
 * What has to be true of a device, and of the host, when nobody does anything;
 * whatever was done before.
 */
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "fuzz.h"
#include "vring.h"

#define REFCNT "/sys/module/vhost_mem/refcnt"
/* Seconds until what was begun has to have ended: far more than it takes. */
#define PATIENCE 90
#define SAMPLES 40

static long refcnt_before;

static long refcnt(void)
{
	FILE *file = fopen(REFCNT, "re");
	long value = -1;

	/* Built in, or without unloading: then there is nothing to see. */
	if (!file)
		return -1;
	if (fscanf(file, "%ld", &value) != 1)
		value = -1;
	fclose(file);
	return value;
}

void fuzz_check_start(void)
{
	refcnt_before = refcnt();
}

struct state {
	struct virtio_mem_config config;
	uint32_t id;
	uint64_t nr_blocks;
	uint64_t plugged;	/* by the block map */
	struct genl_region region;
	uint64_t *map;
};

static bool is_plugged(const struct state *s, uint64_t block)
{
	return s->map[block / 64] >> block % 64 & 1;
}

static void read_state(struct fuzz_thread *t, int fd, struct state *s)
{
	struct vhost_mem_config arg = { .size = sizeof(arg) };

	CHECK_EQ(device_ioctl(fd, VHOST_MEM_GET_CONFIG, &arg), 0);
	s->id = arg.id;
	s->config = device_config(fd);
	s->nr_blocks = s->config.region_size / s->config.block_size;
	if (!s->map)
		s->map = calloc((s->nr_blocks + 63) / 64, 8);
	CHECK(s->map);
	CHECK_EQ(device_block_map(fd, VHOST_MEM_GET_BLOCK_MAP, 0, s->nr_blocks,
				  s->map), 0);
	s->plugged = 0;
	for (uint64_t i = 0; i < (s->nr_blocks + 63) / 64; i++)
		s->plugged += __builtin_popcountll(s->map[i]);
	s->plugged *= s->config.block_size;
	CHECK_EQ(genl_get(&t->nl, s->id, &s->region), 0);
}

#define NL(s, name) ((s)->region.value[VHOST_MEM_A_REGION_##name])

static bool agrees(const struct state *s)
{
	return s->plugged == s->config.plugged_size &&
	       s->plugged == NL(s, PLUGGED_SIZE) &&
	       s->config.requested_size == NL(s, REQUESTED_SIZE) &&
	       s->config.usable_region_size == NL(s, USABLE_SIZE) &&
	       NL(s, BACKED_SIZE) <= s->plugged + NL(s, LIMBO_SIZE);
}

/* A worker may still be busy with the last kick, if we are not the owner. */
static void settle(struct fuzz_thread *t, int fd, struct state *s)
{
	time_t end = time(NULL) + PATIENCE;

	device_set(fd, VHOST_MEM_SET_RUNNING, 0);
	read_state(t, fd, s);
	while (!agrees(s) && time(NULL) < end) {
		usleep(100000);
		read_state(t, fd, s);
	}
	if (!agrees(s))
		fuzz_broken(t,
			    "region %u: block map %#lx, plugged %#llx %#lx, requested %#llx %#lx, usable %#llx %#lx, backed %#lx",
			    s->id, s->plugged, s->config.plugged_size,
			    NL(s, PLUGGED_SIZE), s->config.requested_size,
			    NL(s, REQUESTED_SIZE),
			    s->config.usable_region_size, NL(s, USABLE_SIZE),
			    NL(s, BACKED_SIZE));
}

static void check_block(struct fuzz_thread *t, const struct state *s,
			unsigned char *mem, uint64_t block, bool plugged)
{
	bool readable = NL(s, UNPLUGGED) == VHOST_MEM_UNPLUGGED_READABLE;
	uint64_t page = rnd_below(&t->rnd, s->config.block_size / PAGE);
	unsigned char *at = mem + block * s->config.block_size + page * PAGE;
	unsigned char value = 0;
	int read = touch_read(at, &value), write = touch_write(at, 1);

	if (plugged && (read || write))
		fuzz_broken(t, "region %u: block %lu is plugged, and refused: %d %d",
			    s->id, block, read, write);
	if (!plugged && write != SIGBUS)
		fuzz_broken(t, "region %u: block %lu is unplugged, and was written: %d",
			    s->id, block, write);
	if (!plugged && (readable ? read || value : read != SIGBUS))
		fuzz_broken(t, "region %u: block %lu is unplugged, and was read: %d, %d",
			    s->id, block, read, value);
}

/* The borders, and some in between. */
static void check_blocks(struct fuzz_thread *t, const struct state *s,
			 unsigned char *mem, bool all_unplugged)
{
	for (unsigned int i = 0; i < SAMPLES; i++) {
		uint64_t block = rnd_below(&t->rnd, s->nr_blocks);

		if (i < 2)
			block = i ? s->nr_blocks - 1 : 0;
		check_block(t, s, mem, block,
			    !all_unplugged && is_plugged(s, block));
	}
}

void fuzz_check_device(struct fuzz_thread *t, int fd)
{
	struct vhost_mem_config arg = { .size = sizeof(arg) };
	struct state s = { 0 };
	unsigned char *mem;

	t->what = "check";
	/* Closed, or without a region. */
	if (device_ioctl(fd, VHOST_MEM_GET_CONFIG, &arg))
		return;
	/* An owner that has ended is in the way of changes; -EPERM if none was. */
	device_ioctl(fd, VHOST_RESET_OWNER, NULL);
	CHECK_EQ(device_set(fd, VHOST_MEM_SET_FROZEN, 0), 0);
	settle(t, fd, &s);
	fuzz_check_sizes(t, s.config.block_size, s.config.region_size,
			 s.config.usable_region_size, s.config.requested_size,
			 s.config.plugged_size);
	mem = mmap(NULL, s.config.region_size, PROT_READ | PROT_WRITE,
		   MAP_SHARED, fd, 0);
	/* Some are larger than any address space. */
	if (mem == MAP_FAILED && s.config.region_size < 1 * GiB)
		fuzz_broken(t, "mmap: %s", strerror(errno));
	if (mem != MAP_FAILED)
		check_blocks(t, &s, mem, false);

	if (rnd_once_in(&t->rnd, 2)) {
		CHECK_EQ(device_set(fd, VHOST_MEM_SYSTEM_RESET, 0), 0);
		settle(t, fd, &s);
		if (s.plugged || NL(&s, BACKED_SIZE) > NL(&s, LIMBO_SIZE))
			fuzz_broken(t, "region %u: plugged %#lx, backed %#lx after a reset",
				    s.id, s.plugged, NL(&s, BACKED_SIZE));
		if (mem != MAP_FAILED)
			check_blocks(t, &s, mem, true);
	}

	/* Wherever else it is open. */
	for (int i = 0; i < FUZZ_DEVICES; i++) {
		struct vhost_mem_config other = { .size = sizeof(other) };

		if (!device_ioctl(fuzz_devices[i].fd, VHOST_MEM_GET_CONFIG,
				  &other) && other.id == s.id)
			close(fuzz_devices[i].fd);
	}
	for (time_t end = time(NULL) + PATIENCE; time(NULL) < end;) {
		if (genl_get(&t->nl, s.id, &s.region) == -ENOENT)
			break;
		usleep(20000);
	}
	if (genl_get(&t->nl, s.id, &s.region) != -ENOENT)
		fuzz_broken(t, "region %u: closed, and still there", s.id);
	/* It is unpublished first, and then unplugged: by this close(), or not. */
	if (mem != MAP_FAILED) {
		check_blocks(t, &s, mem, true);
		munmap(mem, s.config.region_size);
	}
	free(s.map);
}

void fuzz_check_close(struct fuzz_thread *t)
{
	time_t end = time(NULL) + PATIENCE;
	struct genl_region region;
	int left;

	t->what = "close";
	for (int i = 0; i < FUZZ_DEVICES; i++)
		close(fuzz_devices[i].fd);
	munmap((void *)FUZZ_PLACES_START, FUZZ_PLACES_END - FUZZ_PLACES_START);
	fuzz_close_files();
	while ((left = genl_dump(&t->nl, &region, 1)) && time(NULL) < end)
		usleep(20000);
	if (left)
		fuzz_broken(t, "%d regions are left", left);
	while (refcnt() != refcnt_before && time(NULL) < end)
		usleep(20000);
	if (refcnt() != refcnt_before)
		fuzz_broken(t, "the module is used %ld times, %ld before",
			    refcnt(), refcnt_before);
}

/* Whatever happened to others, a new device works. */
void fuzz_check_fresh(struct fuzz_thread *t)
{
	uint64_t block = 2 * MiB;
	struct genl_region region;
	struct device dev;
	struct guest guest;

	t->what = "fresh device";
	dev = device_new(8 * block, block, 0);
	CHECK_EQ(device_plug(&dev, 0, 2), 0);
	CHECK_WRITES(dev.mem + block, 7);
	CHECK_READS(dev.mem + block, 7);
	CHECK_UNPLUGGED(&dev, dev.mem + 2 * block);
	CHECK_EQ(device_unplug(&dev, 1, 1), 0);
	CHECK_UNPLUGGED(&dev, dev.mem + block);
	guest_init(&guest, &dev, 16, 0);
	guest_setup(&guest);
	CHECK_EQ(guest_start(&guest), 0);
	CHECK_EQ(guest_plug(&guest, 4, 4), VIRTIO_MEM_RESP_ACK);
	CHECK_EQ(guest_state(&guest, 0, 8), VIRTIO_MEM_STATE_MIXED);
	CHECK_WRITES(dev.mem + 4 * block, 9);
	CHECK_EQ(guest_unplug_all(&guest), VIRTIO_MEM_RESP_ACK);
	CHECK_UNPLUGGED(&dev, dev.mem + 4 * block);
	CHECK_EQ(genl_set(&t->nl, dev.id, 3 * block, &region), 0);
	CHECK_EQ(guest_plug(&guest, 0, 4), VIRTIO_MEM_RESP_NACK);
	CHECK_EQ(guest_plug(&guest, 0, 3), VIRTIO_MEM_RESP_ACK);
	guest_free(&guest);
	device_close(&dev);
}
