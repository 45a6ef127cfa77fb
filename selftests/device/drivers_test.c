// SPDX-License-Identifier: GPL-2.0
/*
 * What drivers do, played as they do it: the ways of Linux and of Windows with
 * the device's responses. A backend can keep to the specification and still starve
 * or lose one of them.
 *
 * tier: quick
 */
#include <endian.h>
#include <sys/mman.h>

#include "device.h"
#include "genl.h"
#include "vring.h"

#define ACK VIRTIO_MEM_RESP_ACK
#define NACK VIRTIO_MEM_RESP_NACK
#define BUSY VIRTIO_MEM_RESP_BUSY

static struct device dev;
static struct guest guest;

static void start(uint64_t size, uint64_t block)
{
	dev = device_new(size, block, 0);
	guest_init(&guest, &dev, 64, 0);
	guest_setup(&guest);
	CHECK_EQ(guest_start(&guest), 0);
}

static int resize(uint64_t size)
{
	return device_set(dev.fd, VHOST_MEM_SET_REQUESTED_SIZE, size);
}

/* Four plugged blocks, of which a page is pinned until the result is closed. */
static int start_pinned(void)
{
	int fd;

	start(64 * MiB, 2 * MiB);
	CHECK_EQ(guest_plug(&guest, 0, 4), ACK);
	CHECK_WRITES(dev.mem, 1);
	fd = pin_memory(dev.mem, PAGE);
	if (fd == -ENOSYS)
		ktap_skip("nothing pins memory here");
	CHECK(fd >= 0);
	return fd;
}

/* --- Windows --- */

/* Halve a range until each part has one state; at most 65535 blocks a request. */
static void windows_adopt(unsigned char *map, uint64_t first, uint64_t nr,
			  unsigned int *requests)
{
	int state;

	if (nr > 65535) {
		windows_adopt(map, first, 65535, requests);
		windows_adopt(map, first + 65535, nr - 65535, requests);
		return;
	}
	++*requests;
	state = guest_state(&guest, first, nr);
	CHECK(state >= 0);
	if (state == VIRTIO_MEM_STATE_MIXED) {
		CHECK(nr > 1);
		windows_adopt(map, first, nr / 2, requests);
		windows_adopt(map, first + nr / 2, nr - nr / 2, requests);
		return;
	}
	memset(map + first, state == VIRTIO_MEM_STATE_PLUGGED, nr);
}

/*
 * A driver that finds memory plugged at its start does not unplug it, but asks
 * what there is.
 */
TEST(windows_adopts_plugged_memory_by_binary_search)
{
	static const struct {
		uint64_t first, nr;
	} runs[] = { { 0, 1 }, { 511, 2 }, { 4096, 1000 }, { 65534, 3 },
		     { 69999, 1 } };
	static unsigned char map[70000], expected[70000];
	unsigned int requests = 0;

	start(70000 * 4 * KiB, 4 * KiB);
	for (size_t i = 0; i < sizeof(runs) / sizeof(*runs); i++) {
		CHECK_EQ(guest_plug(&guest, runs[i].first, runs[i].nr), ACK);
		memset(expected + runs[i].first, 1, runs[i].nr);
	}
	guest_restart(&guest);
	windows_adopt(map, 0, sizeof(map), &requests);
	CHECK_EQ(memcmp(map, expected, sizeof(map)), 0);
	CHECK_EQ(device_config(dev.fd).plugged_size, 1007 * 4 * KiB);
}

/* All missing blocks in one request, as far as 16 bits can count them. */
TEST(windows_plugs_the_longest_run_at_once)
{
	uint64_t requested = 65535 * 4 * KiB;

	start(65535 * 4 * KiB, 4 * KiB);
	CHECK_EQ(guest_plug(&guest, 0, 65535), ACK);
	CHECK_EQ(device_config(dev.fd).plugged_size, requested);
	CHECK_WRITES(dev.mem, 1);
	CHECK_WRITES(dev.mem + requested - 1, 1);
	/* The driver unplugs each range that it could free. */
	requested = 16 * MiB;
	CHECK_EQ(resize(requested), 0);
	for (uint64_t at = 65535; at > requested / (4 * KiB);) {
		uint64_t left = at - requested / (4 * KiB);
		uint64_t nr = left < 512 ? left : 512;

		at -= nr;
		CHECK_EQ(guest_unplug(&guest, at, nr), ACK);
	}
	CHECK_EQ(device_config(dev.fd).plugged_size, requested);
	CHECK_READS(dev.mem, 1);
	CHECK_REFUSED(dev.mem + requested);
}

/*
 * Every interrupt wakes it, so it repeats at once what was answered BUSY. That
 * must not keep a CPU of the host busy: so the device takes its time. (An upper
 * bound of answers in a time that is measured: slowness cannot fail it.)
 */
TEST(windows_retries_busy_at_once_and_burns_no_cpu)
{
	uint64_t begin, elapsed, generation;
	unsigned int responses = 0;
	int fd = start_pinned(), ret;

	CHECK_EQ(resize(0), 0);
	begin = ktap_now_ms();
	do {
		CHECK_EQ(guest_unplug(&guest, 0, 4), BUSY);
		responses++;
		elapsed = ktap_now_ms() - begin;
	} while (elapsed < 2000);
	ktap_context("%u answers in %llu ms", responses,
		     (unsigned long long)elapsed);
	CHECK(responses <= elapsed / 10 + 2);
	/* The administrator is served meanwhile, and the guest gets through. */
	CHECK_EQ(genl_value(dev.id, VHOST_MEM_A_REGION_REQUESTED_SIZE), 0);
	generation = device_generation(dev.fd);
	close(fd);
	while ((ret = guest_unplug(&guest, 0, 4)) == BUSY)
		if (ktap_now_ms() - begin > 60000)
			break;
	CHECK_EQ(ret, ACK);
	CHECK(device_generation(dev.fd) >= generation);
	/* Responses other than BUSY are not delayed: a few thousand in a row. */
	for (int i = 0; i < 2000; i++)
		CHECK_EQ(guest_state(&guest, 0, 32),
			 VIRTIO_MEM_STATE_UNPLUGGED);
}

/* A device reset while the queue rests after BUSY does not lose the queue. */
TEST(device_reset_while_it_takes_its_time)
{
	int fd = start_pinned();

	for (int i = 0; i < 50; i++) {
		CHECK_EQ(guest_unplug(&guest, 0, 1), BUSY);
		guest_restart(&guest);
		CHECK_EQ(guest_state(&guest, 0, 4), VIRTIO_MEM_STATE_PLUGGED);
	}
	CHECK_EQ(guest_unplug_all(&guest), BUSY);
	/* Neither does closing the device. */
	close(dev.fd);
	CHECK_REFUSED(dev.mem);
	close(fd);
}

/* --- Linux --- */

/*
 * At its start it unplugs what a predecessor has left, and repeats that until it
 * succeeds; then it plugs what is requested, with one request under way.
 */
TEST(linux_unplugs_leftovers_at_its_start)
{
	uint64_t generation;
	int fd, ret;

	start(256 * MiB, 2 * MiB);
	CHECK_EQ(guest_plug(&guest, 10, 50), ACK);
	memset(dev.mem + 20 * MiB, 0x4c, 100 * MiB);
	guest_restart(&guest);
	CHECK_EQ(device_config(dev.fd).plugged_size, 100 * MiB);
	fd = pin_memory(dev.mem + 20 * MiB, PAGE);
	if (fd >= 0) {
		generation = device_generation(dev.fd);
		CHECK_EQ(guest_unplug_all(&guest), BUSY);
		close(fd);
		do {
			guest_wait_config_change(&guest, &generation);
			ret = guest_unplug_all(&guest);
		} while (ret == BUSY);
		CHECK_EQ(ret, ACK);
	} else {
		CHECK_EQ(guest_unplug_all(&guest), ACK);
	}
	CHECK_EQ(device_config(dev.fd).plugged_size, 0);
	for (uint64_t at = 0; at < 128; at += 64)
		CHECK_EQ(guest_plug(&guest, at, 64), ACK);
	CHECK_READS(dev.mem + 20 * MiB, 0);
	CHECK_EQ(device_config(dev.fd).plugged_size, 256 * MiB);
}

/*
 * It repeats at once what was answered NACK, until the configuration tells it
 * that no more is wanted: so whenever NACK comes, it has to tell that already.
 */
TEST(linux_finds_the_reason_of_a_nack_in_the_configuration)
{
	struct virtio_mem_config config;
	unsigned int nacks = 0;
	struct genl nl;

	start(128 * MiB, 2 * MiB);
	CHECK_EQ(genl_open(&nl), 0);
	for (unsigned int i = 0; i < 300; i++) {
		uint64_t first = i % 64;
		int ret;

		/* The administrator sets another size just before PLUG. */
		CHECK_EQ(genl_set(&nl, dev.id, i * 7 % 65 * 2 * MiB, NULL), 0);
		ret = guest_plug(&guest, first, 1);
		config = device_config(dev.fd);
		if (ret == NACK) {
			nacks++;
			CHECK(config.plugged_size + dev.block >
			      config.requested_size);
		} else if (ret == VIRTIO_MEM_RESP_ERROR) {
			CHECK(device_plugged(&dev, first));
			CHECK_EQ(guest_unplug(&guest, first, 1), ACK);
		} else {
			CHECK_EQ(ret, ACK);
			CHECK(config.plugged_size <= config.requested_size);
		}
	}
	CHECK(nacks > 10);
}

/* --- both --- */

/* A driver that is reloaded repeatedly finds the blocks that it left plugged. */
TEST(blocks_outlast_drivers)
{
	start(64 * MiB, 2 * MiB);
	for (unsigned int i = 0; i < 32; i++) {
		CHECK_EQ(guest_plug(&guest, i, 1), ACK);
		CHECK_WRITES(dev.mem + i * 2 * MiB, i + 1);
		guest_restart(&guest);
		for (unsigned int j = 0; j <= i; j++)
			CHECK_READS(dev.mem + j * 2 * MiB, j + 1);
		CHECK_EQ(guest_state(&guest, 0, i + 1),
			 VIRTIO_MEM_STATE_PLUGGED);
	}
}

int main(int argc, char **argv)
{
	return ktap_main(argc, argv);
}
