// SPDX-License-Identifier: GPL-2.0
/*
 * Faults in a region of plugged blocks, and in a memfd: how long it takes to write to
 * each page for the first time. With small pages, and with huge ones; by one thread, and
 * by two in halves of the memory. In turn, for each round.
 *
 * Usage: faults MIB ROUNDS. Prints lines "METRIC DEVICE ROUND NANOSECONDS", for one page.
 */
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <time.h>

#include "device.h"

/* The block size below which a region has no huge pages. */
#define SMALL_BLOCK	(1 * MiB)

struct memory {
	const char *name;
	struct device dev;	/* ours */
	int fd;			/* the memfd */
	unsigned char *mem;
	uint64_t size;
};

struct part {
	pthread_t thread;
	unsigned char *mem;
	uint64_t size, step;
};

static void *write_all(void *arg)
{
	struct part *part = arg;
	uint64_t at;

	for (at = 0; at < part->size; at += part->step)
		*(volatile unsigned char *)(part->mem + at) = 1;
	return NULL;
}

static uint64_t fault(struct memory *m, uint64_t page, unsigned int threads)
{
	struct part parts[2];
	uint64_t begin = ktap_now_ns();
	unsigned int i;

	for (i = 0; i < threads; i++) {
		parts[i] = (struct part){
			.mem = m->mem + i * (m->size / threads),
			.size = m->size / threads,
			.step = page,
		};
		CHECK_EQ(pthread_create(&parts[i].thread, NULL, write_all, &parts[i]), 0);
	}
	for (i = 0; i < threads; i++)
		pthread_join(parts[i].thread, NULL);
	return ktap_now_ns() - begin;
}

/* As QEMU does it with the memory of a VM. */
static void advise(struct memory *m, uint64_t page)
{
	CHECK_EQ(madvise(m->mem, m->size, page == HUGE ? MADV_HUGEPAGE : MADV_NOHUGEPAGE), 0);
}

static void open_ours(struct memory *m, uint64_t size, uint64_t page)
{
	*m = (struct memory){ .name = "ours", .size = size, .fd = -1 };
	m->dev = device_new(size, page == HUGE ? HUGE : SMALL_BLOCK, 0);
	m->mem = m->dev.mem;
	advise(m, page);
	CHECK_EQ(device_plug(&m->dev, 0, size / m->dev.block), 0);
}

static void open_memfd(struct memory *m, uint64_t size, uint64_t page)
{
	unsigned char *mem;

	*m = (struct memory){ .name = "plain-memfd", .size = size };
	m->fd = memfd_create("faults", MFD_CLOEXEC);
	CHECK(m->fd >= 0);
	CHECK_EQ(ftruncate(m->fd, size), 0);
	mem = mmap(NULL, size + HUGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	CHECK(mem != MAP_FAILED);
	mem += -(uintptr_t)mem % HUGE;
	m->mem = mmap(mem, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, m->fd, 0);
	CHECK(m->mem != MAP_FAILED);
	advise(m, page);
}

static void empty(struct memory *m)
{
	if (m->fd < 0) {
		CHECK_EQ(device_unplug(&m->dev, 0, m->size / m->dev.block), 0);
		CHECK_EQ(device_plug(&m->dev, 0, m->size / m->dev.block), 0);
	} else {
		CHECK_EQ(fallocate(m->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, m->size), 0);
	}
}

static void close_memory(struct memory *m)
{
	if (m->fd < 0) {
		device_close(&m->dev);
	} else {
		munmap(m->mem, m->size);
		close(m->fd);
	}
}

static void compare(uint64_t size, uint64_t page, int rounds)
{
	struct memory memories[2];
	unsigned int threads, i;
	int round;

	open_ours(&memories[0], size, page);
	open_memfd(&memories[1], size, page);
	for (round = 0; round <= rounds; round++) {
		for (threads = 1; threads <= 2; threads++) {
			for (i = 0; i < 2; i++) {
				struct memory *m = &memories[(i + round) % 2];
				uint64_t ns = fault(m, page, threads);

				/* The pages have the size that they are to have. */
				CHECK_EQ(smaps_field(m->mem, "ShmemPmdMapped"),
					 page == HUGE ? size : 0);
				/* The first round finds everything cold. */
				if (round)
					printf("fault-%s-%u %s %d %llu\n", page == HUGE ? "2m" : "4k",
					       threads, m->name, round,
					       (unsigned long long)(ns / (size / page)));
				empty(m);
			}
		}
	}
	for (i = 0; i < 2; i++)
		close_memory(&memories[i]);
}

int main(int argc, char **argv)
{
	uint64_t size;
	int rounds;

	if (argc != 3) {
		fprintf(stderr, "Usage: faults MIB ROUNDS\n");
		return 2;
	}
	size = strtoull(argv[1], NULL, 0) * MiB;
	rounds = atoi(argv[2]);
	compare(size, PAGE, rounds);
	compare(size, HUGE, rounds);
	return 0;
}
