// SPDX-License-Identifier: GPL-2.0
/* See peer.h. */
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "genl.h"
#include "peer.h"
#include "stalls.h"
#include "vring.h"

#define NR_BLOCKS 64
/* Seconds after which something counts as hanging, under emulation and load. */
#define HANGS 120

static void stall_in_ioctl(int fd, uint64_t random)
{
	struct stalled stalled = stalled_new(16 * PAGE, NULL, 0);
	struct device dev = { .fd = fd };

	switch (random % 4) {
	case 0:
		stalls_get_block_map(&dev, &stalled);
		break;
	case 1:
		stalls_get_config(&dev, &stalled);
		break;
	case 2:
		stalls_any_argument(&dev, &stalled);
		break;
	default:
		device_ioctl(fd, VHOST_GET_FEATURES, stalled.mem);
	}
}

static void stall_worker(struct device *dev)
{
	struct stalled stalled = stalled_new(16 * PAGE, NULL, 0);

	stalls_own_and_kick(dev, &stalled);
}

static void plug_by_queue(struct device *dev)
{
	struct guest guest;

	guest_init(&guest, dev, 16, 0);
	guest_setup(&guest);
	if (!guest_start(&guest))
		guest_plug(&guest, 0, NR_BLOCKS);
}

static void peer(enum peer_kind kind, int fd, uint64_t random,
		 _Atomic uint32_t *id)
{
	struct device dev;

	if (kind == PEER_STALLS_IN_IOCTL) {
		stall_in_ioctl(fd, random);
		return;
	}
	dev = device_new(NR_BLOCKS * HUGE, HUGE, VHOST_MEM_CREATE_PREALLOC);
	atomic_store(id, dev.id);
	if (kind == PEER_STALLS_WORKER)
		stall_worker(&dev);
	else if (kind == PEER_PLUGS_BY_IOCTL)
		device_plug(&dev, 0, NR_BLOCKS);
	else
		plug_by_queue(&dev);
}

static bool gone_before(pid_t pid, time_t end, int *status)
{
	while (waitpid(pid, status, WNOHANG) != pid) {
		if (time(NULL) > end)
			return false;
		usleep(2000);
	}
	return true;
}

const char *peer_run(enum peer_kind kind, int fd, uint64_t random)
{
	time_t end = time(NULL) + HANGS;
	const char *wrong = NULL;
	_Atomic uint32_t *id;
	int status;
	pid_t pid;

	id = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
		  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (id == MAP_FAILED)
		return NULL;
	pid = fork();
	if (!pid) {
		peer(kind, fd, random, id);
		for (;;)
			pause();
	}
	if (pid > 0) {
		usleep(random / 64 % 200000);
		kill(pid, SIGKILL);
		if (!gone_before(pid, end, &status))
			wrong = "a killed peer is not gone";
		else if (WIFEXITED(status) && WEXITSTATUS(status) != KTAP_SKIP)
			wrong = "a peer ended by itself";
		else if (atomic_load(id) &&
			 !genl_gone_before(atomic_load(id), end))
			wrong = "a killed peer's region is not gone";
	}
	munmap((void *)id, PAGE);
	return wrong;
}
