// SPDX-License-Identifier: GPL-2.0
/*
 * touch REPORT [OP ADDR LEN CPU]...: access guest physical memory, past every
 * driver (rogue_map.ko). Each OP runs on a virtual CPU of its own, and all start
 * at once:
 *
 *   write    write a value made of the address into the first 8 bytes of each page
 *   verify   check that they still have it
 *   read     read all of it, and check that it is 0
 *   bytes    read all of it, byte by byte
 *   hammer   write, again and again
 *
 * An access that the host refuses never ends, and stops the VM. So the progress of
 * each OP is not only printed at its end but recorded all the time, in the page
 * at the guest physical address REPORT, where the host can read it: see struct
 * report. There, too, the host says when to start.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <string.h>

#include "rogue.h"

#define PAGE	4096UL
#define VALUE(addr)	((addr) ^ 0x726f677565ULL << 20)
#define TOUCHERS_MAX	16

struct progress {
	uint64_t started;	/* pages that were going to be accessed */
	uint64_t done;		/* pages of which that is over */
	uint64_t bytes;		/* that were read by "bytes" */
	uint64_t wrong;		/* values that were not as expected */
};

struct report {
	struct progress progress[TOUCHERS_MAX];
	uint64_t ready;		/* mapped and waiting */
	uint64_t go;		/* not 0: start */
};

struct toucher {
	pthread_t thread;
	const char *op;
	uint64_t addr, len;
	int cpu;
	volatile char *memory;
	volatile struct progress *progress;
};

static volatile struct report *report;

static void touch_page(struct toucher *t, uint64_t offset)
{
	volatile uint64_t *words = (volatile void *)(t->memory + offset);
	uint64_t value = VALUE(t->addr + offset);
	size_t i;

	if (!strcmp(t->op, "verify")) {
		t->progress->wrong += words[0] != value;
	} else if (!strcmp(t->op, "read")) {
		for (i = 0; i < PAGE / sizeof(*words); i++)
			t->progress->wrong += words[i] != 0;
	} else if (!strcmp(t->op, "bytes")) {
		for (i = 0; i < PAGE; i++) {
			(void)t->memory[offset + i];
			t->progress->bytes++;
		}
	} else {
		words[0] = value;
	}
}

static void *touch(void *arg)
{
	struct toucher *t = arg;
	uint64_t offset;
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(t->cpu, &cpus);
	if (sched_setaffinity(0, sizeof(cpus), &cpus)) {
		perror("sched_setaffinity");
		exit(2);
	}
	__atomic_add_fetch(&report->ready, 1, __ATOMIC_SEQ_CST);
	while (!report->go)
		sched_yield();
	do {
		for (offset = 0; offset < t->len; offset += PAGE) {
			t->progress->started++;
			touch_page(t, offset);
			t->progress->done++;
		}
	} while (!strcmp(t->op, "hammer"));
	return NULL;
}

int main(int argc, char **argv)
{
	static struct toucher touchers[TOUCHERS_MAX];
	int i, nr = (argc - 2) / 4;

	if (argc < 6 || argc % 4 != 2 || nr > TOUCHERS_MAX) {
		fprintf(stderr, "usage: touch REPORT [OP ADDR LEN CPU]...\n");
		return 2;
	}
	report = rogue_map(strtoull(argv[1], NULL, 0), PAGE);
	memset((void *)report->progress, 0, sizeof(report->progress));
	report->ready = 0;
	for (i = 0; i < nr; i++) {
		struct toucher *t = &touchers[i];

		t->op = argv[2 + 4 * i];
		t->addr = strtoull(argv[3 + 4 * i], NULL, 0);
		t->len = strtoull(argv[4 + 4 * i], NULL, 0);
		t->cpu = atoi(argv[5 + 4 * i]);
		t->memory = rogue_map(t->addr, t->len);
		t->progress = &report->progress[i];
	}
	for (i = 0; i < nr; i++)
		if (pthread_create(&touchers[i].thread, NULL, touch,
				   &touchers[i]))
			return perror("pthread_create"), 2;
	for (i = 0; i < nr; i++) {
		pthread_join(touchers[i].thread, NULL);
		printf("%s: %llu pages, %llu wrong\n", touchers[i].op,
		       (unsigned long long)touchers[i].progress->done,
		       (unsigned long long)touchers[i].progress->wrong);
	}
	return 0;
}
