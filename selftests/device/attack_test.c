// SPDX-License-Identifier: GPL-2.0
/*
 * What somebody would try who wants at unplugged memory: each system call that
 * works on memory or on the file behind it. They may fail or do something
 * sensible; afterwards unplugged is unplugged, and plugged memory is intact.
 *
 * tier: full
 */
#include <fcntl.h>
#include <limits.h>
#include <linux/kvm.h>
#include <linux/mempolicy.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "device.h"
#include "genl.h"
#include "victim.h"

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif

#ifndef MADV_SOFT_OFFLINE
#define MADV_SOFT_OFFLINE 101
#endif

/*
 * A mapping that is put over another one: it may be gone (as after mmap() with
 * MAP_FIXED that fails), or be guarded like the first one.
 */
static void check_no_more_access(struct device *dev, unsigned char *mem)
{
	for (uint64_t at = 0; at < dev->size; at += dev->block) {
		if (touch_write(mem + at, 0x6b))
			continue;
		CHECK_READS(mem + at, 0x6b);
	}
	for (uint64_t at = 0; at < dev->size; at += dev->block) {
		uint64_t block = at / dev->block;

		/* If anything was written, it was to the plugged blocks. */
		if (!touch_write(mem + at, 0x6b))
			CHECK(block == 2 || block == 3);
	}
}

static void attack_remap_file_pages(struct device *dev)
{
	for (uint64_t i = 0; i < VICTIM_BLOCKS; i++)
		for (uint64_t j = 0; j < VICTIM_BLOCKS; j++) {
			unsigned char *mem = device_map(dev->fd, dev->size);

			CHECK(mem);
			syscall(SYS_remap_file_pages, mem + i * dev->block,
				dev->block, 0, j * dev->block / PAGE, 0);
			check_no_more_access(dev, mem);
			victim_check(dev);
			munmap(mem, dev->size);
		}
	syscall(SYS_remap_file_pages, dev->mem, dev->size, 0, 0, 0);
	victim_check(dev);
	syscall(SYS_remap_file_pages, dev->mem, dev->size, 0, 0, MAP_NONBLOCK);
	victim_check(dev);
	/* Beyond the end. */
	syscall(SYS_remap_file_pages, dev->mem, dev->size, 0, 1, 0);
	check_no_more_access(dev, dev->mem);
	dev->mem = device_map(dev->fd, dev->size);
	CHECK(dev->mem);
}

TEST(remap_file_pages)
{
	victim_each(attack_remap_file_pages);
}

static void attack_mremap(struct device *dev)
{
	CHECK(mremap(dev->mem, dev->size, dev->size + PAGE, MREMAP_MAYMOVE) ==
	      MAP_FAILED);
	CHECK(mremap(dev->mem, dev->size, 2 * dev->size, 0) == MAP_FAILED);
	CHECK(mremap(dev->mem + dev->size - dev->block, dev->block,
		     2 * dev->block, MREMAP_MAYMOVE) == MAP_FAILED);
	/* A second mapping, of a part, larger than the first. */
	CHECK(mremap(dev->mem, 0, dev->size + PAGE, MREMAP_MAYMOVE) ==
	      MAP_FAILED);
	CHECK(mremap(dev->mem, dev->size, dev->size,
		     MREMAP_MAYMOVE | MREMAP_DONTUNMAP) == MAP_FAILED);
}

TEST(mremap_does_not_grow)
{
	victim_each(attack_mremap);
}

static void map_files_path(struct device *dev, char *path)
{
	sprintf(path, "/proc/self/map_files/%lx-%lx", (unsigned long)dev->mem,
		(unsigned long)(dev->mem + dev->size));
}

static void attack_map_files(struct device *dev)
{
	char path[64], again[64];
	int fd;

	map_files_path(dev, path);
	CHECK_EQ(open(path, O_RDWR), -1);
	CHECK_EQ(errno, EPERM);
	CHECK_EQ(open(path, O_RDONLY), -1);
	CHECK_EQ(open(path, O_RDWR | O_TRUNC), -1);
	fd = open(path, O_PATH);
	if (fd < 0)
		return;
	sprintf(again, "/proc/self/fd/%d", fd);
	CHECK_EQ(open(again, O_RDWR), -1);
	CHECK(mmap(NULL, dev->size, PROT_READ, MAP_SHARED, fd, 0) ==
	      MAP_FAILED);
	CHECK(linkat(fd, "", AT_FDCWD, "/tmp/stolen", AT_EMPTY_PATH) < 0);
	close(fd);
	CHECK(link(path, "/tmp/stolen") < 0);
}

TEST(map_files_cannot_be_opened)
{
	victim_each(attack_map_files);
}

static void attack_truncate(struct device *dev)
{
	char path[64];

	map_files_path(dev, path);
	CHECK_EQ(truncate(path, 0), -1);
	CHECK_EQ(truncate(path, dev->size + PAGE), -1);
	CHECK_EQ(truncate(path, 3 * dev->block), -1);
}

/* truncate() takes a path and opens no file. */
TEST(map_files_cannot_be_truncated)
{
	victim_each(attack_truncate);
}

#define SYS_FILE_SETATTR 469	/* since 6.17 */

/* That takes a path and opens no file, either. */
static void attack_attributes(struct device *dev)
{
	static const uint64_t flags[] = { 0x8 /* immutable */, 0x10 /* append */, 0 };
	unsigned char *plugged = dev->mem + 2 * dev->block;
	char path[64];

	map_files_path(dev, path);
	for (size_t i = 0; i < sizeof(flags) / sizeof(*flags); i++) {
		/* As in struct file_attr. */
		uint64_t attr[3] = { flags[i] };

		if (syscall(SYS_FILE_SETATTR, AT_FDCWD, path, attr, sizeof(attr), 0) &&
		    errno == ENOSYS)
			ktap_skip("no file_setattr()");
		victim_check(dev);
		CHECK_EQ(device_unplug(dev, 2, 1), 0);
		CHECK_UNPLUGGED(dev, plugged);
		CHECK_EQ(genl_value(dev->id, VHOST_MEM_A_REGION_BACKED_SIZE),
			 dev->block);
		CHECK_EQ(device_plug(dev, 2, 1), 0);
		CHECK_READS(plugged, 0);
		memset(plugged, 0x6b, dev->block);
	}
}

TEST(map_files_attributes)
{
	victim_each(attack_attributes);
}

TEST(map_files_after_the_end)
{
	struct device dev = victim_new(2 * MiB, 0);
	char path[64];
	int fd;

	map_files_path(&dev, path);
	fd = open(path, O_PATH);
	if (fd < 0)
		ktap_skip("%s: %s", path, strerror(errno));
	device_close(&dev);
	sprintf(path, "/proc/self/fd/%d", fd);
	fd = open(path, O_RDWR);
	/* An ordinary file that has nothing in it, or none. */
	if (fd >= 0) {
		unsigned char *mem = mmap(NULL, HUGE, PROT_READ | PROT_WRITE,
					  MAP_SHARED, fd, 2 * HUGE);

		if (mem != MAP_FAILED)
			CHECK_READS(mem, 0);
	}
}

static void attack_madvise(struct device *dev)
{
	static const int harmless[] = {
		MADV_NORMAL, MADV_RANDOM, MADV_SEQUENTIAL, MADV_WILLNEED,
		MADV_DONTNEED, MADV_FREE, MADV_MERGEABLE,
		MADV_UNMERGEABLE, MADV_HUGEPAGE, MADV_COLLAPSE,
		MADV_NOHUGEPAGE, MADV_COLD, MADV_PAGEOUT, MADV_DONTNEED,
		MADV_WILLNEED, MADV_WIPEONFORK, MADV_KEEPONFORK,
		MADV_POPULATE_READ, MADV_COLD, MADV_PAGEOUT,
		MADV_POPULATE_WRITE, 24 /* MADV_DONTNEED_LOCKED */,
		102 /* MADV_GUARD_INSTALL */, 103,
	};

	for (size_t i = 0; i < sizeof(harmless) / sizeof(*harmless); i++) {
		madvise(dev->mem, dev->size, harmless[i]);
		victim_check(dev);
		/* Not the whole of a block, or of a huge page. */
		madvise(dev->mem + dev->block, 5 * dev->block, harmless[i]);
		if (dev->block > PAGE)
			madvise(dev->mem + PAGE, dev->size - 3 * PAGE,
				harmless[i]);
		victim_check(dev);
	}
	/* This empties what is plugged, and changes nothing else. */
	CHECK_EQ(madvise(dev->mem, dev->size, MADV_REMOVE), 0);
	CHECK_EQ(genl_value(dev->id, VHOST_MEM_A_REGION_BACKED_SIZE), 0);
	CHECK_READS(dev->mem + 2 * dev->block, 0);
	CHECK_READS(dev->mem + 4 * dev->block - 1, 0);
	memset(dev->mem + 2 * dev->block, 0x6b, 2 * dev->block);
	victim_check(dev);
	CHECK_EQ(madvise(dev->mem, dev->block, MADV_POPULATE_WRITE), -1);
	CHECK_EQ(errno, EFAULT);
	CHECK_EQ(madvise(dev->mem + 2 * dev->block, 2 * dev->block,
			 MADV_POPULATE_WRITE), 0);
	/* MADV_DODUMP is refused: core dumps do not have the memory of VMs. */
	CHECK_EQ(madvise(dev->mem, dev->size, MADV_DODUMP), -1);
	CHECK_EQ(maps_count(dev->mem, dev->size), 1);
}

TEST(madvise)
{
	victim_each(attack_madvise);
}

static void attack_mprotect(struct device *dev)
{
	static const int prots[] = {
		PROT_READ, PROT_READ | PROT_WRITE, PROT_NONE,
		PROT_READ | PROT_WRITE, PROT_READ | PROT_WRITE | PROT_EXEC,
		PROT_READ, PROT_WRITE, PROT_READ | PROT_WRITE,
	};

	for (size_t i = 0; i < sizeof(prots) / sizeof(*prots); i++) {
		CHECK_EQ(mprotect(dev->mem, dev->size, prots[i]), 0);
		if (prots[i] == (PROT_READ | PROT_WRITE))
			victim_check(dev);
	}
}

TEST(mprotect_makes_nothing_writable)
{
	victim_each(attack_mprotect);
}

static void attack_process_vm(struct device *dev)
{
	char data[64] = "data";
	struct iovec local = { data, sizeof(data) };
	struct iovec remote = { dev->mem, sizeof(data) };
	bool readable = dev->flags & VHOST_MEM_CREATE_READABLE;

	CHECK_EQ(process_vm_writev(getpid(), &local, 1, &remote, 1, 0), -1);
	CHECK_EQ(errno, EFAULT);
	CHECK_EQ(process_vm_readv(getpid(), &local, 1, &remote, 1, 0),
		 readable ? (int)sizeof(data) : -1);
	if (readable)
		CHECK_EQ(data[0], 0);
	/* From plugged into unplugged memory. */
	remote.iov_base = dev->mem + 4 * dev->block - 32;
	CHECK_EQ(process_vm_readv(getpid(), &local, 1, &remote, 1, 0),
		 readable ? (int)sizeof(data) : 32);
	CHECK_EQ(data[31], 0x6b);
	CHECK_EQ(process_vm_writev(getpid(), &local, 1, &remote, 1, 0), 32);
}

TEST(process_vm_readv_and_writev)
{
	victim_each(attack_process_vm);
}

static void attack_proc_mem(struct device *dev)
{
	int fd = open("/proc/self/mem", O_RDWR);
	bool readable = dev->flags & VHOST_MEM_CREATE_READABLE;
	char data[16] = "data";

	CHECK(fd >= 0);
	CHECK_EQ(pwrite(fd, data, sizeof(data), (uintptr_t)dev->mem), -1);
	CHECK_EQ(pread(fd, data, sizeof(data), (uintptr_t)dev->mem),
		 readable ? (int)sizeof(data) : -1);
	/* It ignores the protection of mappings. */
	CHECK_EQ(mprotect(dev->mem, dev->size, PROT_READ), 0);
	CHECK_EQ(pwrite(fd, data, sizeof(data), (uintptr_t)dev->mem), -1);
	CHECK_EQ(mprotect(dev->mem, dev->size, PROT_NONE), 0);
	CHECK_EQ(pwrite(fd, data, sizeof(data), (uintptr_t)dev->mem), -1);
	CHECK_EQ(mprotect(dev->mem, dev->size, PROT_READ | PROT_WRITE), 0);
	close(fd);
}

TEST(proc_self_mem)
{
	victim_each(attack_proc_mem);
}

static void attack_ptrace(struct device *dev)
{
	bool readable = dev->flags & VHOST_MEM_CREATE_READABLE;
	int status;
	pid_t pid;

	pid = fork();
	if (!pid) {
		ptrace(PTRACE_TRACEME, 0, 0, 0);
		raise(SIGSTOP);
		_exit(0);
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK(WIFSTOPPED(status));
	CHECK_EQ(ptrace(PTRACE_POKEDATA, pid, dev->mem, 1), -1);
	errno = 0;
	ptrace(PTRACE_PEEKDATA, pid, dev->mem, 0);
	CHECK_EQ(errno != 0, !readable);
	errno = 0;
	CHECK_EQ(ptrace(PTRACE_PEEKDATA, pid, dev->mem + 2 * dev->block, 0),
		 0x6b6b6b6b6b6b6b6bL);
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
}

TEST(ptrace_of_a_child)
{
	victim_each(attack_ptrace);
}

static void attack_mlock(struct device *dev)
{
	mlock(dev->mem, dev->size);
	victim_check(dev);
	munlock(dev->mem + dev->block, 2 * dev->block);
	victim_check(dev);
	mlock2(dev->mem, dev->size, MLOCK_ONFAULT);
	victim_check(dev);
	munlock(dev->mem, dev->size);
	victim_check(dev);
	mlockall(MCL_CURRENT | MCL_FUTURE);
	victim_check(dev);
	munlockall();
	mlockall(MCL_CURRENT | MCL_ONFAULT);
	victim_check(dev);
	/* Locked memory can be unplugged. */
	CHECK_EQ(device_unplug(dev, 2, 2), 0);
	CHECK_UNPLUGGED(dev, dev->mem + 2 * dev->block);
	CHECK_EQ(genl_value(dev->id, VHOST_MEM_A_REGION_BACKED_SIZE), 0);
	CHECK_EQ(device_plug(dev, 2, 2), 0);
	munlockall();
	memset(dev->mem + 2 * dev->block, 0x6b, 2 * dev->block);
}

TEST(mlock_of_a_partly_plugged_region)
{
	victim_each(attack_mlock);
}

/* Modes and features, of which the system's headers may not have all. */
#define UFFD_MINOR	4
#define UFFD_RWP	8
#define UFFD_WP_ASYNC	(1 << 13 | 1 << 15)	/* and WP_UNPOPULATED */
#define UFFD_HAS_RWP	(1 << 17)
#define UFFD_RWP_ASYNC	(1 << 17 | 1 << 18)
#define UFFD_RWPROTECT	_IOWR(UFFDIO, 9, struct uffdio_writeprotect)

/* Fill, map or protect each block, as whoever serves faults would. */
static void attack_as_pager(struct device *dev, int fd, unsigned char *source)
{
	for (uint64_t block = 0; block < VICTIM_BLOCKS; block++) {
		struct uffdio_range range = {
			(uintptr_t)dev->mem + block * dev->block, dev->block
		};
		struct uffdio_copy copy = {
			.dst = range.start,
			.src = (uintptr_t)source,
			.len = range.len,
		};
		struct uffdio_zeropage zero = { .range = range };
		struct uffdio_continue map = { .range = range };
		struct uffdio_writeprotect protect = { range, 1 };

		CHECK_EQ(ioctl(fd, UFFDIO_COPY, &copy), -1);
		CHECK_EQ(ioctl(fd, UFFDIO_ZEROPAGE, &zero), -1);
		CHECK_EQ(ioctl(fd, UFFDIO_CONTINUE, &map), -1);
		CHECK_EQ(ioctl(fd, UFFDIO_WRITEPROTECT, &protect), -1);
		CHECK_EQ(ioctl(fd, UFFD_RWPROTECT, &protect), -1);
	}
}

/* What shared memory can be registered for, a region cannot. */
static void attack_userfaultfd(struct device *dev)
{
	static const uint64_t modes[] = {
		UFFDIO_REGISTER_MODE_MISSING, UFFDIO_REGISTER_MODE_WP,
		UFFD_MINOR, UFFDIO_REGISTER_MODE_MISSING | UFFD_MINOR,
		UFFD_RWP, UFFDIO_REGISTER_MODE_MISSING | UFFD_RWP,
	};
	static const uint64_t features[] = {
		0, UFFD_WP_ASYNC, UFFD_HAS_RWP, UFFD_RWP_ASYNC,
		UFFD_WP_ASYNC | UFFD_RWP_ASYNC,
	};
	unsigned char *source = mmap(NULL, HUGE, PROT_READ | PROT_WRITE,
				     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int registered = 0;

	for (size_t f = 0; f < sizeof(features) / sizeof(*features); f++)
		for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++) {
			struct uffdio_register reg = {
				.range = { (uintptr_t)dev->mem, dev->size },
				.mode = modes[i],
			};
			struct uffdio_register other = {
				.range = { (uintptr_t)source, HUGE },
				.mode = modes[i],
			};
			struct uffdio_api api = {
				.api = UFFD_API, .features = features[f],
			};
			int fd = syscall(SYS_userfaultfd, O_CLOEXEC);

			if (fd < 0)
				ktap_skip("userfaultfd: %s", strerror(errno));
			if (!ioctl(fd, UFFDIO_API, &api)) {
				CHECK_EQ(ioctl(fd, UFFDIO_REGISTER, &reg), -1);
				registered += !ioctl(fd, UFFDIO_REGISTER, &other);
				attack_as_pager(dev, fd, source);
				victim_check(dev);
			}
			close(fd);
		}
	CHECK(registered);
	munmap(source, HUGE);
}

TEST(userfaultfd)
{
	victim_each(attack_userfaultfd);
}

static void attack_vmsplice(struct device *dev)
{
	bool readable = dev->flags & VHOST_MEM_CREATE_READABLE;
	struct iovec iov = { dev->mem, PAGE };
	char page[PAGE], zero[PAGE] = { 0 };
	int fds[2];

	CHECK_EQ(pipe(fds), 0);
	CHECK_EQ(vmsplice(fds[1], &iov, 1, SPLICE_F_GIFT),
		 readable ? (int)PAGE : -1);
	if (readable) {
		int fd = memfd_create("sink", 0);

		/* The page must not be taken away into another file. */
		CHECK_EQ(splice(fds[0], NULL, fd, NULL, PAGE, SPLICE_F_MOVE),
			 PAGE);
		CHECK_EQ(pwrite(fd, "attack", 6, 0), 6);
		CHECK_READS(dev->mem, 0);
		close(fd);
		/* A page in a pipe survives that its block is plugged. */
		CHECK_EQ(vmsplice(fds[1], &iov, 1, 0), PAGE);
		CHECK_EQ(device_plug(dev, 0, 1), 0);
		memset(dev->mem, 0x55, PAGE);
		CHECK_EQ(read(fds[0], page, PAGE), PAGE);
		CHECK(!memcmp(page, zero, PAGE));
		CHECK_EQ(device_unplug(dev, 0, 1), 0);
	}
	/* Plugged memory in a pipe is not unplugged (references.c has more). */
	iov.iov_base = dev->mem + 2 * dev->block;
	CHECK_EQ(vmsplice(fds[1], &iov, 1, 0), PAGE);
	CHECK_EQ(device_unplug(dev, 2, 1), -EBUSY);
	CHECK_EQ(read(fds[0], page, PAGE), PAGE);
	CHECK_EQ(device_unplug(dev, 2, 1), 0);
	CHECK_UNPLUGGED(dev, dev->mem + 2 * dev->block);
	CHECK_EQ(device_plug(dev, 2, 1), 0);
	CHECK_READS(dev->mem + 2 * dev->block, 0);
	memset(dev->mem + 2 * dev->block, 0x6b, dev->block);
	close(fds[0]);
	close(fds[1]);
}

TEST(vmsplice_and_gifts)
{
	victim_each(attack_vmsplice);
}

/* Pin memory for any time. */
static void attack_pin(struct device *dev)
{
	unsigned char *at = dev->mem + 2 * dev->block;
	int fd = pin_memory(dev->mem, PAGE);

	if (fd == -ENOSYS)
		ktap_skip("no AF_XDP");
	CHECK_EQ(fd, -EFAULT);
	fd = pin_memory(at, PAGE);
	if (fd < 0) {
		/* From 6.6 on, because page_mkwrite() is there. */
		CHECK(dev->flags & VHOST_MEM_CREATE_READABLE);
		return;
	}
	CHECK_EQ(device_unplug(dev, 2, 1), -EBUSY);
	CHECK_EQ(device_unplug(dev, 2, 2), -EBUSY);
	victim_check(dev);
	/* Other blocks can be unplugged. */
	CHECK_EQ(device_unplug(dev, 3, 1), 0);
	CHECK_UNPLUGGED(dev, dev->mem + 3 * dev->block);
	/* A system reset unplugs all the same. Nobody gets the pages afterwards. */
	CHECK_EQ(device_set(dev->fd, VHOST_MEM_SYSTEM_RESET, 0), 0);
	CHECK_UNPLUGGED(dev, at);
	CHECK_EQ(genl_value(dev->id, VHOST_MEM_A_REGION_LIMBO_SIZE), dev->block);
	CHECK(genl_value(dev->id, VHOST_MEM_A_REGION_BACKED_SIZE) <= dev->block);
	CHECK_EQ(device_plug(dev, 2, 2), -EBUSY);
	close(fd);
	for (int i = 0; device_plug(dev, 2, 2); i++) {
		CHECK(i < 3000);
		usleep(10000);
	}
	CHECK_READS(at, 0);
	memset(at, 0x6b, 2 * dev->block);
	/* Pin memory once more, and unpin it. */
	fd = pin_memory(at, dev->block);
	CHECK(fd >= 0);
	CHECK_EQ(device_unplug(dev, 2, 1), -EBUSY);
	close(fd);
	for (int i = 0; device_unplug(dev, 2, 1); i++) {
		CHECK(i < 3000);
		usleep(10000);
	}
	CHECK_EQ(device_plug(dev, 2, 1), 0);
	memset(at, 0x6b, dev->block);
}

TEST(pinned_pages)
{
	victim_each(attack_pin);
}

static void attack_numa(struct device *dev)
{
	unsigned long nodes = 1;
	void *pages[4] = {
		dev->mem, dev->mem + 2 * dev->block, dev->mem + 4 * dev->block,
		dev->mem + dev->size - PAGE,
	};
	int status[4], to[4] = { 0 };

	syscall(SYS_mbind, dev->mem, dev->size, MPOL_BIND, &nodes, 64,
		MPOL_MF_MOVE | MPOL_MF_STRICT);
	victim_check(dev);
	syscall(SYS_mbind, dev->mem, dev->size, MPOL_BIND, &nodes, 64,
		MPOL_MF_MOVE_ALL);
	victim_check(dev);
	syscall(SYS_move_pages, 0, 4, pages, to, status, MPOL_MF_MOVE_ALL);
	victim_check(dev);
	syscall(SYS_migrate_pages, 0, 64, &nodes, &nodes);
}

TEST(numa_migration)
{
	victim_each(attack_numa);
}

static void attack_by_the_administrator(struct device *dev)
{
	write_file("/proc/sys/vm/drop_caches", "3");
	victim_check(dev);
	write_file("/proc/sys/vm/compact_memory", "1");
	victim_check(dev);
	for (char what[] = "1"; what[0] <= '5'; what[0]++) {
		write_file("/proc/self/clear_refs", what);
		victim_check(dev);
	}
}

TEST(caches_compaction_clear_refs)
{
	victim_each(attack_by_the_administrator);
}

static void attack_pagemap(struct device *dev)
{
	int fd = open("/proc/self/pagemap", O_RDONLY);
	uint64_t entries[64];
	unsigned char vec[VICTIM_BLOCKS * HUGE / PAGE];

	CHECK(fd >= 0);
	for (uint64_t at = 0; at < dev->size; at += 64 * PAGE)
		pread(fd, entries, sizeof(entries),
		      (uintptr_t)(dev->mem + at) / PAGE * 8);
	close(fd);
	CHECK_EQ(mincore(dev->mem, dev->size, vec), 0);
	CHECK_EQ(vec[2 * dev->block / PAGE] & 1, 1);
	smaps_field(dev->mem, "Rss");
}

TEST(pagemap_and_mincore)
{
	victim_each(attack_pagemap);
}

static void do_nothing(int sig)
{
	(void)sig;
}

/* Hardware errors of memory, simulated. */
TEST(memory_error_in_a_plugged_page)
{
	struct device dev = victim_new(2 * MiB, 0);
	struct sigaction ignore = { .sa_handler = do_nothing }, old;
	unsigned char value;

	/* A process that can handle the error gets a signal. */
	sigaction(SIGBUS, &ignore, &old);
	if (madvise(dev.mem + 2 * dev.block, PAGE, MADV_HWPOISON))
		ktap_skip("MADV_HWPOISON: %s", strerror(errno));
	sigaction(SIGBUS, &old, NULL);
	CHECK_EQ(touch_read(dev.mem + 2 * dev.block, &value), SIGBUS);
	CHECK_READS(dev.mem + 2 * dev.block + PAGE, 0x6b);
	CHECK_REFUSED(dev.mem);
	CHECK_EQ(device_unplug(&dev, 2, 1), 0);
	CHECK_REFUSED(dev.mem + 2 * dev.block);
	CHECK_EQ(device_plug(&dev, 2, 1), 0);
	CHECK_READS(dev.mem + 2 * dev.block, 0);
}

static void memory_error_in_a_zero_page(uint64_t block)
{
	struct device dev = device_new(4 * block, block,
				       VHOST_MEM_CREATE_READABLE);
	struct sigaction ignore = { .sa_handler = do_nothing }, old;
	unsigned char value;

	CHECK_READS(dev.mem, 0);
	sigaction(SIGBUS, &ignore, &old);
	madvise(dev.mem, PAGE, MADV_SOFT_OFFLINE);
	CHECK_READS(dev.mem, 0);
	if (madvise(dev.mem, PAGE, MADV_HWPOISON) && errno == EPERM)
		ktap_skip("MADV_HWPOISON: %s", strerror(errno));
	sigaction(SIGBUS, &old, NULL);
	/* Reads may fail from now on, and nothing else. */
	for (uint64_t at = 0; at < dev.size; at += PAGE)
		touch_read(dev.mem + at, &value);
	CHECK_EQ(device_plug(&dev, 0, 1), 0);
	CHECK_WRITES(dev.mem, 1);
	CHECK_READS(dev.mem, 1);
	device_close(&dev);
}

TEST(memory_error_in_the_small_zero_page)
{
	memory_error_in_a_zero_page(4 * KiB);
}

/*
 * The injection takes every compound page for a transparent huge page. With
 * lockdep, the kernel then warns that it looks for the memory cgroup of a page
 * charged as kernel memory without RCU, which ours is; nothing else comes of it.
 */
TEST(memory_error_in_the_huge_zero_page)
{
	if (ktap_has_lockdep())
		ktap_skip("lockdep warns about the injection itself");
	memory_error_in_a_zero_page(2 * MiB);
}

/* Since 6.11; the system's header may be older. */
struct pre_fault {
	uint64_t gpa;
	uint64_t size;
	uint64_t flags;
	uint64_t padding[5];
};
#define PRE_FAULT_MEMORY	_IOWR(KVMIO, 0xd5, struct pre_fault)
#define CAP_PRE_FAULT_MEMORY	236

/* Have KVM map a block without a guest that accesses it: 0 or a negative errno. */
static int pre_fault(int vcpu, struct device *dev, uint64_t block)
{
	/* It tells of memory that cannot be had as of broken memory. */
	struct sigaction ignore = { .sa_handler = do_nothing }, old;
	struct pre_fault range;
	int ret;

	sigaction(SIGBUS, &ignore, &old);
	for (int i = 0; i < 100; i++) {
		range = (struct pre_fault){
			.gpa = GUEST_ADDR + block * dev->block,
			.size = dev->block,
		};
		ret = device_ioctl(vcpu, PRE_FAULT_MEMORY, &range);
		if (ret != -EINTR && ret != -EAGAIN)
			break;
	}
	sigaction(SIGBUS, &old, NULL);
	return ret;
}

static void attack_kvm(struct device *dev)
{
	bool readable = dev->flags & VHOST_MEM_CREATE_READABLE;
	struct kvm_userspace_memory_region slot = {
		.guest_phys_addr = GUEST_ADDR,
		.memory_size = dev->size,
		.userspace_addr = (uintptr_t)dev->mem,
	};
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC), vm, vcpu;

	if (kvm < 0)
		ktap_skip("/dev/kvm: %s", strerror(errno));
	vm = ioctl(kvm, KVM_CREATE_VM, 0);
	CHECK(vm >= 0);
	if (ioctl(vm, KVM_CHECK_EXTENSION, CAP_PRE_FAULT_MEMORY) <= 0)
		ktap_skip("no KVM_PRE_FAULT_MEMORY");
	vcpu = ioctl(vm, KVM_CREATE_VCPU, 0);
	CHECK(vcpu >= 0);
	CHECK_EQ(ioctl(vm, KVM_SET_USER_MEMORY_REGION, &slot), 0);
	for (uint64_t block = 0; block < VICTIM_BLOCKS; block++) {
		bool plugged = block == 2 || block == 3;

		CHECK_EQ(!pre_fault(vcpu, dev, block), plugged || readable);
	}
	victim_check(dev);
	/* What KVM has mapped it has to let go. */
	CHECK_EQ(device_unplug(dev, 2, 1), 0);
	CHECK_UNPLUGGED(dev, dev->mem + 2 * dev->block);
	CHECK_EQ(!pre_fault(vcpu, dev, 2), readable);
	CHECK_EQ(genl_value(dev->id, VHOST_MEM_A_REGION_BACKED_SIZE), dev->block);
	CHECK_EQ(device_plug(dev, 2, 1), 0);
	CHECK_EQ(pre_fault(vcpu, dev, 2), 0);
	memset(dev->mem + 2 * dev->block, 0x6b, dev->block);
	close(vcpu);
	close(vm);
	close(kvm);
}

TEST(kvm_maps_memory_in_advance)
{
	victim_each(attack_kvm);
}

int main(int argc, char **argv)
{
	return ktap_main(argc, argv);
}
