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
#include "stalled.h"
#include "vring.h"

#define NR_BLOCKS 64
/* Seconds after which something counts as hanging, under emulation and load. */
#define HANGS 120

static void stall_in_ioctl(int fd, uint64_t random)
{
	struct stalled stalled = stalled_new(16 * PAGE, NULL, 0);
	uint32_t *size;

	/* The size is the last thing that can be read: nothing is ever done. */
	size = (void *)(stalled.mem - sizeof(*size));
	switch (random % 4) {
	case 0:
		device_block_map(fd, VHOST_MEM_GET_BLOCK_MAP, 0, NR_BLOCKS,
				 (void *)stalled.mem);
		break;
	case 1:
		*size = sizeof(struct vhost_mem_config);
		device_ioctl(fd, VHOST_MEM_GET_CONFIG, size);
		break;
	case 2:
		*size = sizeof(struct vhost_mem_range);
		device_ioctl(fd, VHOST_MEM_PLUG, size);
		break;
	default:
		device_ioctl(fd, VHOST_GET_FEATURES, stalled.mem);
	}
}

static void stall_worker(struct device *dev)
{
	struct stalled stalled = stalled_new(16 * PAGE, NULL, 0);
	struct guest guest;

	guest_init(&guest, dev, 16, 0);
	guest.desc = (void *)stalled.mem;
	guest_setup(&guest);
	if (guest_start(&guest))
		return;
	guest_offer(&guest, 0);
	guest_kick(&guest);
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

static bool region_gone_before(uint32_t id, time_t end)
{
	struct genl_region region;
	struct genl nl;
	int ret;

	if (genl_open(&nl))
		return false;
	while (!(ret = genl_get(&nl, id, &region)) && time(NULL) <= end)
		usleep(5000);
	close(nl.fd);
	return ret == -ENOENT;
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
			 !region_gone_before(atomic_load(id), end))
			wrong = "a killed peer's region is not gone";
	}
	munmap((void *)id, PAGE);
	return wrong;
}
