// SPDX-License-Identifier: GPL-2.0
/*
 * From which NUMA node of the host the huge pages of a region come: from those that the
 * cpuset of the VMM allows, and that the memory policy of the thread which plugs says.
 *
 * tier: full
 */
#include <dirent.h>
#include <fcntl.h>
#include <linux/mempolicy.h>
#include <sys/syscall.h>

#include "cgroup.h"
#include "hugetlb.h"
#include "vring.h"

#define EACH 8	/* pages in the pool of each of two nodes */

static uint64_t node_number(int node, const char *file, int64_t set)
{
	char path[128], text[32] = "";
	int fd;

	snprintf(path, sizeof(path),
		 "/sys/devices/system/node/node%d/hugepages/hugepages-2048kB/%s",
		 node, file);
	if (set >= 0) {
		snprintf(text, sizeof(text), "%d", (int)set);
		write_file(path, text);
	}
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0)
		ktap_skip("no node %d", node);
	close(fd);
	return strtoull(text, NULL, 10);
}

static void make_pools(void)
{
	hugetlb_pool(0);
	for (int node = 0; node < 2; node++)
		if (node_number(node, "nr_hugepages", EACH) != EACH)
			ktap_skip("no pool of huge pages on node %d", node);
}

static void check_free(uint64_t node0, uint64_t node1)
{
	CHECK_EQ(node_number(0, "free_hugepages", -1), node0);
	CHECK_EQ(node_number(1, "free_hugepages", -1), node1);
}

static void bind_to_node(int node)
{
	unsigned long nodes = 1UL << node;

	CHECK_EQ(syscall(SYS_set_mempolicy, MPOL_BIND, &nodes, 8), 0);
}

/* Since Linux 6.4 it is a thread of the process. */
static bool worker_is_a_thread(void)
{
	DIR *dir = opendir("/proc/self/task");
	struct dirent *entry;
	int threads = 0;

	CHECK(dir);
	while ((entry = readdir(dir)))
		threads += entry->d_name[0] != '.';
	closedir(dir);
	return threads > 1;
}

static struct guest new_guest(struct device *dev)
{
	struct guest guest;

	guest_init(&guest, dev, 16, 0);
	guest_setup(&guest);
	CHECK_EQ(guest_start(&guest), 0);
	return guest;
}

TEST(cpuset_of_the_vmm)
{
	struct cgroup cgroup;
	struct device dev;
	struct guest guest;

	make_pools();
	if (write_file("/sys/fs/cgroup/cgroup.subtree_control", "+cpuset"))
		ktap_skip("no cpuset controller");
	cgroup = cgroup_new("nodes");
	cgroup_set(&cgroup, "cpuset.mems", 1);
	cgroup_enter(&cgroup);
	dev = device_new(2 * EACH * HUGE, HUGE, VHOST_MEM_CREATE_HUGETLB);
	guest = new_guest(&dev);
	CHECK_EQ(guest_plug(&guest, 0, EACH - 1), VIRTIO_MEM_RESP_ACK);
	check_free(EACH, 1);
	/* The other node's pages are not taken, however many there are. */
	CHECK_EQ(guest_plug(&guest, EACH, 2), VIRTIO_MEM_RESP_BUSY);
	CHECK_EQ(guest_plug(&guest, EACH, 1), VIRTIO_MEM_RESP_ACK);
	check_free(EACH, 0);
	guest_free(&guest);
	device_close(&dev);
	check_free(EACH, EACH);
}

TEST(policy_of_the_thread)
{
	struct device dev;
	struct guest guest;
	bool thread;

	make_pools();
	dev = device_new(2 * EACH * HUGE, HUGE, VHOST_MEM_CREATE_HUGETLB);
	bind_to_node(1);
	CHECK_EQ(device_plug(&dev, 0, EACH), 0);
	check_free(EACH, 0);
	CHECK_EQ(device_plug(&dev, EACH, 1), -ENOSR);
	CHECK_EQ(device_unplug(&dev, 0, EACH), 0);
	/* A worker that is a thread has that of the owner, a kernel thread has none. */
	guest = new_guest(&dev);
	thread = worker_is_a_thread();
	ktap_say("the worker is %s", thread ? "a thread" : "a kernel thread");
	CHECK_EQ(guest_plug(&guest, 0, EACH), VIRTIO_MEM_RESP_ACK);
	if (thread)
		check_free(EACH, 0);
	CHECK_EQ(guest_plug(&guest, EACH, 1),
		 thread ? VIRTIO_MEM_RESP_BUSY : VIRTIO_MEM_RESP_ACK);
	guest_free(&guest);
	device_close(&dev);
}

/* mbind() of the mapping decides nothing: pages are there before it is looked at. */
TEST(policy_of_the_mapping)
{
	unsigned long nodes = 2;
	struct device dev;

	make_pools();
	dev = device_new(2 * EACH * HUGE, HUGE, VHOST_MEM_CREATE_HUGETLB);
	if (syscall(SYS_mbind, dev.mem, dev.size, MPOL_BIND, &nodes, 8, 0))
		ktap_say("mbind: %s", strerror(errno));
	CHECK_EQ(device_plug(&dev, 0, 2 * EACH), 0);
	check_free(0, 0);
	device_close(&dev);
}

int main(int argc, char **argv)
{
	int ret = ktap_main(argc, argv);

	hugetlb_pool_of(HUGE, 0);
	return ret;
}
