// SPDX-License-Identifier: GPL-2.0
/*
 * A VMM without QEMU gives its guest a device by VFIO: the device's DMA reaches what is
 * plugged, and nothing else. Needs a host VM with an IOMMU, whose device 1234:11e8 it gives
 * to vfio-pci.
 *
 * tier: iommu
 */
#include <sys/eventfd.h>
#include <sys/mman.h>

#include "confirm.h"
#include "edu.h"
#include "genl.h"
#include "hugetlb.h"
#include "vring.h"

#define ACK VIRTIO_MEM_RESP_ACK
#define BUSY VIRTIO_MEM_RESP_BUSY
#define PLUG VIRTIO_MEM_REQ_PLUG
#define UNPLUG VIRTIO_MEM_REQ_UNPLUG
#define UNPLUG_ALL VIRTIO_MEM_REQ_UNPLUG_ALL
#define DONE VHOST_MEM_CONFIRM_DONE
#define FAILED VHOST_MEM_CONFIRM_FAILED
#define FORCE VHOST_MEM_CONFIRM_FORCE

#define SIZE (16 * HUGE)
/* Where the region is for the device, whose addresses end early. */
#define IOVA (16 * MiB)
/* Where in a block the device reads and writes: neither at its beginning nor its end. */
#define AT (HUGE / 2 + 3 * PAGE)
#define QUIET_MS 200

static struct device dev;
static struct guest guest;
static struct edu edu;
static int asks;

/* A VMM that has a device, and is asked. Nothing is plugged. */
static void start_region(uint32_t flags)
{
	dev = device_new(SIZE, HUGE, flags);
	guest_init(&guest, &dev, 64, 0);
	guest_setup(&guest);
	CHECK_EQ(guest_start(&guest), 0);
	asks = eventfd(0, EFD_CLOEXEC);
	CHECK(asks >= 0);
	CHECK_EQ(confirm_set(dev.fd, asks, 600000), 0);
}

static void start(void)
{
	edu = edu_open();
	start_region(0);
}

static uint64_t value(int attr)
{
	return genl_value(dev.id, attr);
}

/* Never more is held than is plugged, or in limbo, which counts like it. */
static void check_held(void)
{
	CHECK(value(VHOST_MEM_A_REGION_BACKED_SIZE) <=
	      value(VHOST_MEM_A_REGION_PLUGGED_SIZE) +
	      value(VHOST_MEM_A_REGION_LIMBO_SIZE));
}

static unsigned char *block(uint64_t nr)
{
	return dev.mem + nr * HUGE;
}

static uint64_t iova(uint64_t nr)
{
	return IOVA + nr * HUGE;
}

static int map(uint64_t nr)
{
	return edu_map(&edu, iova(nr), block(nr), HUGE);
}

static int unmap(uint64_t nr)
{
	return edu_unmap(&edu, iova(nr), HUGE);
}

/* The guest asks for a change of one block, and the VMM learns of it. */
static struct guest_sent ask(uint16_t type, uint64_t nr, struct vhost_mem_pending *pending)
{
	struct guest_sent sent = guest_send_type(&guest, type, nr, type != UNPLUG_ALL);

	CHECK_EQ(confirm_wait(dev.fd, asks, pending), 0);
	return sent;
}

static int confirm(const struct vhost_mem_pending *pending, uint32_t result)
{
	return confirm_apply(dev.fd, pending->seq, result);
}

static int answer(const struct guest_sent *sent)
{
	return guest_receive(&guest, sent, NULL);
}

static void check_quiet(void)
{
	usleep(QUIET_MS * 1000);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	CHECK_EQ(guest.used->idx, guest.last_used);
}

/* PLUG, as a VMM does it. */
static void plug(uint64_t nr)
{
	struct vhost_mem_pending pending;
	struct guest_sent sent = ask(PLUG, nr, &pending);

	CHECK_EQ(map(nr), 0);
	CHECK_EQ(confirm(&pending, DONE), 0);
	CHECK_EQ(answer(&sent), ACK);
}

/* The same of a block that the device is not to reach. */
static void plug_unmapped(uint64_t nr)
{
	struct vhost_mem_pending pending;
	struct guest_sent sent = ask(PLUG, nr, &pending);

	CHECK_EQ(confirm(&pending, DONE), 0);
	CHECK_EQ(answer(&sent), ACK);
}

static void fill(unsigned char *at, unsigned char seed)
{
	for (unsigned int i = 0; i < EDU_BYTES; i++)
		at[i] = seed + i * 7 + i / 256;
}

static bool has(const unsigned char *at, unsigned char seed)
{
	unsigned char expected[EDU_BYTES];

	fill(expected, seed);
	return !memcmp(at, expected, sizeof(expected));
}

static bool is_zero(const unsigned char *at, uint64_t length)
{
	for (uint64_t i = 0; i < length; i++)
		if (at[i])
			return false;
	return true;
}

/* Make the device's buffer this, by way of memory that is not of the region. */
static void load(unsigned char seed)
{
	unsigned char *mem = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
				  MAP_ANONYMOUS | MAP_PRIVATE, -1, 0);

	CHECK(mem != MAP_FAILED);
	fill(mem, seed);
	CHECK_EQ(edu_map(&edu, 0, mem, PAGE), 0);
	edu_read(&edu, 0);
	CHECK_EQ(edu_unmap(&edu, 0, PAGE), 0);
	munmap(mem, PAGE);
}

/* Whether the device's buffer is this. */
static bool loaded(unsigned char seed)
{
	unsigned char *mem = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
				  MAP_ANONYMOUS | MAP_PRIVATE, -1, 0);
	bool equal;

	CHECK(mem != MAP_FAILED);
	CHECK_EQ(edu_map(&edu, 0, mem, PAGE), 0);
	edu_write(&edu, 0);
	CHECK_EQ(edu_unmap(&edu, 0, PAGE), 0);
	equal = has(mem, seed);
	munmap(mem, PAGE);
	return equal;
}

/* The device reads a block and writes it; both are right, and none was refused. */
static void check_reached(uint64_t nr, unsigned char seed)
{
	unsigned char *at = block(nr) + AT;

	fill(at, seed);
	edu_read(&edu, iova(nr) + AT);
	CHECK(loaded(seed));
	load(seed + 1);
	edu_write(&edu, iova(nr) + AT);
	CHECK(has(at, seed + 1));
	/* No more than it was told to. */
	CHECK_EQ(at[-1], 0);
	CHECK_EQ(at[EDU_BYTES], 0);
	CHECK(!edu_was_refused(&edu, iova(nr) + AT));
}

/*
 * What the device reads where it has no access is not the memory's, which is @seed; and
 * what it writes is refused, too. Its buffer is what load() makes of seed + 1 then.
 */
static void check_refused(uint64_t nr, unsigned char seed)
{
	load(seed + 2);
	CHECK(edu_is_refused(&edu, edu_read, iova(nr) + AT));
	CHECK(!loaded(seed));
	load(seed + 1);
	CHECK(edu_is_refused(&edu, edu_write, iova(nr) + AT));
	CHECK(loaded(seed + 1));
}

static void reach_each(uint32_t flags)
{
	struct vhost_mem_pending pending;
	struct guest_sent sent;

	edu = edu_open();
	start_region(flags);
	sent = ask(PLUG, 3, &pending);
	CHECK_EQ(map(3), 0);
	/* The guest knows nothing of the block yet, and the device reaches it. */
	check_reached(3, 0x10);
	check_quiet();
	CHECK_EQ(confirm(&pending, DONE), 0);
	CHECK_EQ(answer(&sent), ACK);
	check_reached(3, 0x20);
	CHECK_EQ(value(VHOST_MEM_A_REGION_BACKED_SIZE), HUGE);
	edu_close(&edu);
	guest_free(&guest);
	device_close(&dev);
	close(asks);
}

TEST(a_block_is_reached_before_it_is_plugged)
{
	reach_each(0);
}

TEST(a_block_is_reached_before_it_is_plugged_prealloc)
{
	reach_each(VHOST_MEM_CREATE_PREALLOC);
}

TEST(a_block_is_reached_before_it_is_plugged_hugetlb)
{
	hugetlb_pool(4);
	reach_each(VHOST_MEM_CREATE_HUGETLB);
	CHECK(hugetlb_free_soon(4));
}

/* A VMM that maps more than what is plugged does not get it, nor memory for it. */
TEST(what_is_not_plugged_cannot_be_mapped)
{
	struct vhost_mem_pending pending;
	struct guest_sent sent;
	uint64_t backed;

	start();
	plug(3);
	backed = value(VHOST_MEM_A_REGION_BACKED_SIZE);
	CHECK_EQ(map(4), -EFAULT);
	CHECK_EQ(edu_map(&edu, iova(4), block(4), PAGE), -EFAULT);
	CHECK_EQ(edu_map(&edu, 0, dev.mem, PAGE), -EFAULT);
	/* The first half of it is plugged, or the second. */
	CHECK_EQ(edu_map(&edu, iova(8), block(3), 2 * HUGE), -EFAULT);
	CHECK_EQ(edu_map(&edu, iova(8), block(2), 2 * HUGE), -EFAULT);
	CHECK_EQ(edu_map(&edu, iova(8), dev.mem, SIZE - 8 * HUGE), -EFAULT);
	CHECK_EQ(value(VHOST_MEM_A_REGION_BACKED_SIZE), backed);
	/* And nothing of it is mapped: not even what is plugged. */
	load(0x30);
	CHECK(edu_is_refused(&edu, edu_write, iova(8) + AT));
	CHECK(is_zero(block(3), HUGE));
	check_reached(3, 0x40);
	/* It is not pinned either. */
	sent = ask(UNPLUG, 3, &pending);
	CHECK_EQ(unmap(3), 0);
	CHECK_EQ(confirm(&pending, DONE), 0);
	CHECK_EQ(answer(&sent), ACK);
}

TEST(unplug_is_answered_after_the_block_is_unmapped)
{
	struct vhost_mem_pending pending;
	struct guest_sent sent;

	start();
	plug(3);
	plug(4);
	check_reached(3, 0x50);
	sent = ask(UNPLUG, 3, &pending);
	check_quiet();
	CHECK_EQ(confirm(&pending, DONE), -EBUSY);
	CHECK_EQ(confirm(&pending, DONE), -EBUSY);
	check_quiet();
	/* As it was: both reach it. */
	check_reached(3, 0x60);
	CHECK_EQ(value(VHOST_MEM_A_REGION_PLUGGED_SIZE), 2 * HUGE);

	fill(block(3) + AT, 0x70);
	CHECK_EQ(unmap(3), 0);
	CHECK_EQ(confirm(&pending, DONE), 0);
	CHECK_EQ(answer(&sent), ACK);
	CHECK_REFUSED(block(3) + AT);
	CHECK_EQ(value(VHOST_MEM_A_REGION_LIMBO_SIZE), 0);
	CHECK_EQ(value(VHOST_MEM_A_REGION_BACKED_SIZE), HUGE);
	check_refused(3, 0x70);
	/* Its neighbour is not concerned. */
	check_reached(4, 0x80);
	/* Whoever gets the block next gets nothing of what the device has written. */
	plug_unmapped(3);
	check_refused(3, 0x70);
	CHECK(is_zero(block(3), HUGE));
}

TEST(unplug_all_is_answered_after_each_block_is_unmapped)
{
	struct vhost_mem_pending pending;
	struct guest_sent sent;

	start();
	plug(3);
	plug(5);
	check_reached(5, 0x90);
	sent = ask(UNPLUG_ALL, 0, &pending);
	CHECK_EQ(confirm(&pending, DONE), -EBUSY);
	CHECK_EQ(unmap(3), 0);
	CHECK_EQ(confirm(&pending, DONE), -EBUSY);
	check_quiet();
	check_reached(5, 0xa0);
	CHECK_EQ(unmap(5), 0);
	CHECK_EQ(confirm(&pending, DONE), 0);
	CHECK_EQ(answer(&sent), ACK);
	CHECK_EQ(value(VHOST_MEM_A_REGION_BACKED_SIZE), 0);
	check_refused(5, 0xa0);
}

TEST(a_block_that_stays_mapped_stays_plugged)
{
	struct vhost_mem_pending pending;
	struct guest_sent sent;

	start();
	plug(3);
	sent = ask(UNPLUG, 3, &pending);
	CHECK_EQ(confirm(&pending, FAILED), 0);
	CHECK_EQ(answer(&sent), BUSY);
	check_reached(3, 0xb0);
}

/* The block is in limbo: the device reaches memory that is nobody's. */
static void check_limbo(uint64_t nr, unsigned char seed)
{
	CHECK_REFUSED(block(nr) + AT);
	CHECK_EQ(value(VHOST_MEM_A_REGION_LIMBO_SIZE), HUGE);
	check_held();
	/* Its content is what it was: nobody else has got it. */
	edu_read(&edu, iova(nr) + AT);
	CHECK(loaded(seed));
	load(seed + 1);
	edu_write(&edu, iova(nr) + AT);
	CHECK(!edu_was_refused(&edu, iova(nr) + AT));
	CHECK_EQ(guest_plug(&guest, nr, 1), BUSY);
}

/* And once it is unmapped it can be plugged, with other memory. */
static void check_released(uint64_t nr)
{
	genl_becomes(dev.id, VHOST_MEM_A_REGION_LIMBO_SIZE, 0);
	CHECK_EQ(value(VHOST_MEM_A_REGION_BACKED_SIZE), 0);
	plug_unmapped(nr);
	CHECK(is_zero(block(nr), HUGE));
}

TEST(a_block_that_is_taken_by_force_is_in_limbo)
{
	struct vhost_mem_pending pending;
	struct guest_sent sent;

	start();
	plug(3);
	fill(block(3) + AT, 0xc0);
	sent = ask(UNPLUG, 3, &pending);
	CHECK_EQ(confirm(&pending, FORCE), 0);
	CHECK_EQ(answer(&sent), ACK);
	check_limbo(3, 0xc0);
	CHECK_EQ(unmap(3), 0);
	check_released(3);
	check_refused(3, 0xc0);
	CHECK(is_zero(block(3), HUGE));
}

TEST(a_system_reset_puts_what_is_mapped_into_limbo)
{
	start();
	plug(3);
	plug_unmapped(4);
	memset(block(4), 1, HUGE);
	fill(block(3) + AT, 0xd0);
	CHECK_EQ(device_set(dev.fd, VHOST_MEM_SYSTEM_RESET, 0), 0);
	CHECK_EQ(value(VHOST_MEM_A_REGION_PLUGGED_SIZE), 0);
	CHECK_EQ(value(VHOST_MEM_A_REGION_BACKED_SIZE), HUGE);
	check_limbo(3, 0xd0);
	/* With the container, not with the device or a mapping. */
	edu_close(&edu);
	guest_restart(&guest);
	check_released(3);
}

/* The same of a PLUG that has not come to its end. */
TEST(a_system_reset_cancels_a_plug_that_is_mapped)
{
	struct vhost_mem_pending pending;
	struct guest_sent sent;

	start();
	sent = ask(PLUG, 3, &pending);
	CHECK_EQ(map(3), 0);
	fill(block(3) + AT, 0xe0);
	CHECK_EQ(device_set(dev.fd, VHOST_MEM_SYSTEM_RESET, 0), 0);
	CHECK_EQ(confirm(&pending, DONE), -ESTALE);
	CHECK_EQ(answer(&sent), BUSY);
	check_limbo(3, 0xe0);
	CHECK_EQ(unmap(3), 0);
	check_released(3);
}

static int run_vmm(void *arg)
{
	uint32_t *id = arg;

	start_region(0);
	plug(3);
	plug_unmapped(4);
	memset(block(4), 1, HUGE);
	fill(block(3) + AT, 0xf0);
	*id = dev.id;
	raise(SIGKILL);
	return 0;
}

/* Another process has VFIO's files, as a service has that opens them for VMMs. */
TEST(a_vmm_that_dies_leaves_what_is_mapped_in_limbo)
{
	uint32_t *id = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
			    MAP_ANONYMOUS | MAP_SHARED, -1, 0);

	CHECK(id != MAP_FAILED);
	edu = edu_open();
	CHECK_EQ(in_child(run_vmm, id), -SIGKILL);
	dev.id = *id;
	genl_becomes(dev.id, VHOST_MEM_A_REGION_LIMBO_SIZE, HUGE);
	CHECK_EQ(value(VHOST_MEM_A_REGION_PLUGGED_SIZE), 0);
	genl_becomes(dev.id, VHOST_MEM_A_REGION_BACKED_SIZE, HUGE);
	edu_read(&edu, iova(3) + AT);
	CHECK(loaded(0xf0));
	edu_close(&edu);
	CHECK(genl_gone_before(dev.id, time(NULL) + 30));
}

int main(int argc, char **argv)
{
	return ktap_main(argc, argv);
}
