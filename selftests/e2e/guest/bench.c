// SPDX-License-Identifier: GPL-2.0
/*
 * bench: runs in a guest, with bench_mem.ko, and prints measurements as lines "OPERATION
 * SLOT ROUND NANOSECONDS". A SLOT is a memory device by its PCI slot.
 *
 *   requests WHAT 0 ROUNDS SLOT...   requests of each device in turn: WHAT is "single"
 *                                    (one block), "polled" (the same, without
 *                                    interrupts), "each" (the same as "single",
 *                                    each is measured), "many" (128 MiB), or "all" (1 GiB,
 *                                    UNPLUG_ALL)
 *   pause WHAT AMOUNT ROUND SLOT     plug so many MiB in requests of 128 MiB ("plug"),
 *                                    touch them ("touch"), unplug them ("unplug"), or
 *                                    sleep so many milliseconds ("idle"). Meanwhile,
 *                                    once a millisecond, another virtual CPU has QEMU
 *                                    read an I/O port: "port" is the longest time of it
 *   together all MIB ROUND SLOT...   all of them plug MIB at once, and unplug it
 *   together sparse MIB ROUND SLOT   plug that, and write a word to each GiB
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/virtio_mem.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "bench_mem.h"

#define MANY	64		/* blocks of what Linux plugs at once on x86 */
#define MOST	32768		/* blocks, of the 65535 that a request can have */
#define SLOTS	16
#define PORT	0x80		/* QEMU answers, under its big lock, and does nothing */

struct slot {
	const char *name;
	int fd;
	struct bench_mem_info info;
};

static struct slot slots[SLOTS];
static int nr_slots;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ULL + t.tv_nsec;
}

static void pin(int cpu)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(cpu, &cpus);
	if (sched_setaffinity(0, sizeof(cpus), &cpus))
		die("sched_setaffinity");
}

static void open_slot(const char *name)
{
	struct slot *slot = &slots[nr_slots++];
	char path[64];

	if (nr_slots > SLOTS) {
		fprintf(stderr, "bench: too many devices\n");
		exit(2);
	}
	slot->name = name;
	snprintf(path, sizeof(path), "/dev/bench-mem-%s", name);
	slot->fd = open(path, O_RDWR);
	if (slot->fd < 0 || ioctl(slot->fd, BENCH_MEM_INFO, &slot->info))
		die(path);
}

/* Ends the program if the device does not do it: then nothing is to be compared. */
static uint64_t request(struct slot *slot, uint16_t type, uint64_t first,
			uint16_t nr, bool poll)
{
	struct bench_mem_request r = {
		.type = type, .first = first, .nr = nr, .poll = poll,
	};

	if (ioctl(slot->fd, BENCH_MEM_REQUEST, &r))
		die("BENCH_MEM_REQUEST");
	if (r.response != VIRTIO_MEM_RESP_ACK) {
		fprintf(stderr, "bench: slot %s: request %u of %u blocks from %llu on: response %u\n",
			slot->name, type, nr, (unsigned long long)first, r.response);
		exit(1);
	}
	return r.ns;
}

static uint64_t touch(struct slot *slot, uint64_t first, uint64_t nr, uint64_t step)
{
	struct bench_mem_touch t = { .first = first, .nr = nr, .step = step };

	if (ioctl(slot->fd, BENCH_MEM_TOUCH, &t))
		die("BENCH_MEM_TOUCH");
	return t.ns;
}

static uint64_t blocks(struct slot *slot, uint64_t mib)
{
	return (mib << 20) / slot->info.block;
}

/* Plug or unplug blocks as Linux does, a memory block with each request. */
static uint64_t request_each(struct slot *slot, uint16_t type, uint64_t nr)
{
	uint64_t first, ns = 0;

	for (first = 0; first < nr; first += MANY)
		ns += request(slot, type, first, nr - first < MANY ? nr - first : MANY, false);
	return ns;
}

static void print(const char *what, struct slot *slot, int round, uint64_t ns)
{
	printf("%s %s %d %llu\n", what, slot->name, round, (unsigned long long)ns);
}

/* What is not a request. */
#define TOUCH	0xfffe
#define END	0xffff

struct step {
	const char *what;	/* NULL: it is not measured */
	uint16_t type;
};

#define PLUG	VIRTIO_MEM_REQ_PLUG
#define UNPLUG	VIRTIO_MEM_REQ_UNPLUG

static const struct step single[] = {
	{ "plug-1", PLUG }, { "state-1", VIRTIO_MEM_REQ_STATE }, { "unplug-1", UNPLUG },
	{ NULL, PLUG }, { NULL, TOUCH }, { "unplug-1-touched", UNPLUG }, { NULL, END }
};

static const struct step polled[] = {
	{ "plug-1-polled", PLUG }, { "state-1-polled", VIRTIO_MEM_REQ_STATE },
	{ "unplug-1-polled", UNPLUG }, { NULL, END }
};

/* The same as "single", with a line for each request. */
static const struct step each[] = {
	{ "plug-1", PLUG }, { "state-1", VIRTIO_MEM_REQ_STATE }, { "unplug-1", UNPLUG },
	{ "plug-1-again", PLUG }, { NULL, TOUCH }, { "unplug-1-touched", UNPLUG }, { NULL, END }
};

static const struct step many[] = {
	{ "plug-64", PLUG }, { "unplug-64", UNPLUG }, { NULL, PLUG },
	{ "touch-64", TOUCH }, { "unplug-64-touched", UNPLUG }, { NULL, END }
};

static const struct step all[] = {
	{ NULL, PLUG }, { NULL, TOUCH }, { "unplug-all", VIRTIO_MEM_REQ_UNPLUG_ALL },
	{ NULL, END }
};

static const struct {
	const char *name;
	const struct step *steps;
	unsigned int nr;	/* blocks */
} sequences[] = {
	{ "single", single, 1 }, { "polled", polled, 1 }, { "each", each, 1 },
	{ "many", many, MANY }, { "all", all, 512 },
};

/* All devices do a step before any does the next one. */
static void run_step(const struct step *step, int round, uint64_t nr, bool poll)
{
	uint64_t ns;
	int i;

	for (i = 0; i < nr_slots; i++) {
		/* None is always the first. */
		struct slot *slot = &slots[(i + round) % nr_slots];

		if (step->type == TOUCH)
			ns = touch(slot, 0, nr, 4096);
		else if (step->type == PLUG && nr > MANY)
			ns = request_each(slot, PLUG, nr);
		else
			ns = request(slot, step->type, 0, nr, poll);
		/* The first round finds everything cold. */
		if (step->what && round)
			print(step->what, slot, round, ns);
	}
}

static int do_requests(const char *name, int rounds)
{
	const struct step *step;
	unsigned int i;
	int round;

	for (i = 0; i < sizeof(sequences) / sizeof(*sequences); i++) {
		if (strcmp(sequences[i].name, name))
			continue;
		for (round = 0; round <= rounds; round++)
			for (step = sequences[i].steps; step->type != END; step++)
				run_step(step, round, sequences[i].nr,
					 sequences[i].steps == polled);
		return 0;
	}
	return 2;
}

static volatile bool ended;

/*
 * Returns the longest time, as a number. The kernel reads the port: an emulated host refuses
 * that to a program of its guest, whatever ioperm() says.
 */
static void *watch_port(void *unused)
{
	uint64_t longest = 0, begin, ns;
	int fd = open("/dev/port", O_RDONLY);
	char byte;

	(void)unused;
	pin(1);
	if (fd < 0)
		die("/dev/port");
	while (!ended) {
		begin = now();
		if (pread(fd, &byte, 1, PORT) != 1)
			die("/dev/port");
		ns = now() - begin;
		if (ns > longest)
			longest = ns;
		usleep(1000);
	}
	close(fd);
	return (void *)(uintptr_t)longest;
}

static int do_pause(const char *what, uint64_t amount, int round)
{
	struct slot *slot = &slots[0];
	uint64_t ns = 0;
	pthread_t thread;
	void *longest;

	if (pthread_create(&thread, NULL, watch_port, NULL))
		die("pthread_create");
	if (!strcmp(what, "plug"))
		ns = request_each(slot, PLUG, blocks(slot, amount));
	else if (!strcmp(what, "touch"))
		ns = touch(slot, 0, blocks(slot, amount), 4096);
	else if (!strcmp(what, "unplug"))
		ns = request_each(slot, UNPLUG, blocks(slot, amount));
	else
		usleep(amount * 1000);
	ended = true;
	pthread_join(thread, &longest);
	print("port", slot, round, (uintptr_t)longest);
	if (ns)
		print("took", slot, round, ns);
	return 0;
}

static pthread_barrier_t barrier;

struct together {
	pthread_t thread;
	struct slot *slot;
	uint64_t mib;
	uint16_t type;
};

static void *request_together(void *arg)
{
	struct together *t = arg;

	pthread_barrier_wait(&barrier);
	request_each(t->slot, t->type, blocks(t->slot, t->mib));
	return NULL;
}

/* From when all are about to begin to when the last one is done. */
static uint64_t all_together(uint16_t type, uint64_t mib)
{
	struct together threads[SLOTS];
	uint64_t begin;
	int i;

	pthread_barrier_init(&barrier, NULL, nr_slots + 1);
	for (i = 0; i < nr_slots; i++) {
		threads[i] = (struct together){ .slot = &slots[i], .mib = mib, .type = type };
		if (pthread_create(&threads[i].thread, NULL, request_together, &threads[i]))
			die("pthread_create");
	}
	begin = now();
	pthread_barrier_wait(&barrier);
	for (i = 0; i < nr_slots; i++)
		pthread_join(threads[i].thread, NULL);
	return now() - begin;
}

static int do_together(const char *what, uint64_t mib, int round)
{
	struct slot *slot = &slots[0];
	uint64_t nr = blocks(slot, mib), first, ns = 0;

	if (!strcmp(what, "sparse")) {
		for (first = 0; first < nr; first += MOST)
			ns += request(slot, PLUG, first, nr - first < MOST ? nr - first : MOST, false);
		print("plug", slot, round, ns);
		print("touch", slot, round, touch(slot, 0, nr, 1 << 30));
		return 0;
	}
	print("plug", &slots[0], round, all_together(PLUG, mib));
	print("unplug", &slots[0], round, all_together(UNPLUG, mib));
	return 0;
}

/* argument N of the program, as a number */
static uint64_t number(char **argv, int n)
{
	return strtoull(argv[n], NULL, 0);
}

int main(int argc, char **argv)
{
	int i;

	/* All have a word, two numbers, and slots. */
	if (argc < 6) {
		fprintf(stderr, "bench: wrong arguments: see bench.c\n");
		return 2;
	}
	for (i = 5; i < argc; i++)
		open_slot(argv[i]);
	if (!strcmp(argv[1], "together"))
		return do_together(argv[2], number(argv, 3), number(argv, 4));
	pin(0);
	if (!strcmp(argv[1], "requests"))
		return do_requests(argv[2], number(argv, 4));
	if (!strcmp(argv[1], "pause"))
		return do_pause(argv[2], number(argv, 3), number(argv, 4));
	return 2;
}
