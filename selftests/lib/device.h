/* SPDX-License-Identifier: GPL-2.0 */
/*
 * /dev/vhost-mem as a VMM uses it, and accesses to its memory that survive a signal.
 * Functions that return int return 0 or a negative errno unless stated otherwise.
 */
#ifndef _SELFTESTS_DEVICE_H
#define _SELFTESTS_DEVICE_H

#include <linux/vhost.h>
#include <linux/vhost_mem.h>
#include <linux/virtio_config.h>
#include <linux/virtio_ring.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "ktap.h"

#define KiB 1024ULL
#define MiB (1024 * KiB)
#define GiB (1024 * MiB)

#define PAGE 4096ULL
#define HUGE (2 * MiB)

#define DEVICE_PATH "/dev/vhost-mem"
/* Where tests put regions in the guest's address space. */
#define GUEST_ADDR (16 * GiB)

/* The system's headers may be older. */
#ifndef VIRTIO_MEM_F_PERSISTENT_SUSPEND
#define VIRTIO_MEM_F_PERSISTENT_SUSPEND 2
#endif

#define FEATURE(bit) (1ULL << (bit))
#define FEATURES_INACCESSIBLE						\
	(FEATURE(VIRTIO_F_VERSION_1) |					\
	 FEATURE(VIRTIO_MEM_F_UNPLUGGED_INACCESSIBLE))

/**
 * struct device - an open device with its region
 * @fd: The open file.
 * @id: The region's number.
 * @flags: enum vhost_mem_create_flags.
 * @size: Bytes of the region.
 * @block: Bytes of a device block.
 * @mem: The whole region mapped, aligned to HUGE.
 */
struct device {
	int fd;
	uint32_t id;
	uint32_t flags;
	uint64_t size;
	uint64_t block;
	unsigned char *mem;
};

int device_open(void);
/* ioctl() that returns 0 or a negative errno. */
int device_ioctl(int fd, unsigned long cmd, void *arg);
/* With VHOST_MEM_CREATE_HUGETLB the pages are of 2 MiB. */
int device_create(int fd, uint64_t size, uint64_t block, uint32_t flags,
		  const char *name, uint32_t *id);
int device_set(int fd, unsigned long cmd, uint64_t value);
int device_range(int fd, unsigned long cmd, uint64_t addr, uint64_t length);

/* A device whose blocks can be plugged. Ends the test if it cannot be created. */
struct device device_new(uint64_t size, uint64_t block, uint32_t flags);
void device_close(struct device *dev);
unsigned char *device_map(int fd, uint64_t size);

/* Blocks by number. */
int device_plug(struct device *dev, uint64_t first, uint64_t nr);
int device_unplug(struct device *dev, uint64_t first, uint64_t nr);
/*
 * Repeat one of them for half a minute while something holds on to the blocks: what was
 * let go is free after a second or two.
 */
int device_soon(int (*change)(struct device *dev, uint64_t first, uint64_t nr),
		struct device *dev, uint64_t first, uint64_t nr);
struct virtio_mem_config device_config(int fd);
/* Changes when the guest has to get a configuration change notification. */
uint64_t device_generation(int fd);
/* Get or set the block map of @nr blocks from @first on. */
int device_block_map(int fd, unsigned long cmd, uint64_t first, uint64_t nr,
		     uint64_t *map);
bool device_plugged(struct device *dev, uint64_t block);
uint64_t device_count_plugged(struct device *dev);

/*
 * Access memory by the CPU. They return 0, or the signal that the access has raised;
 * any thread can use them.
 */
int touch_read(const volatile void *at, unsigned char *value);
int touch_write(volatile void *at, unsigned char value);
#define CHECK_READS(at, expected)					\
	do {								\
		unsigned char _v = 0xee;				\
		CHECK_EQ(touch_read(at, &_v), 0);			\
		CHECK_EQ(_v, expected);					\
	} while (0)
#define CHECK_WRITES(at, value) CHECK_EQ(touch_write(at, value), 0)
/* The memory can neither be read nor written. */
#define CHECK_REFUSED(at)						\
	do {								\
		unsigned char _v;					\
		CHECK_EQ(touch_read(at, &_v), SIGBUS);			\
		CHECK_EQ(touch_write(at, 1), SIGBUS);			\
	} while (0)
/* Accesses to an unplugged block have the effect that the device was created with. */
#define CHECK_UNPLUGGED(dev, at)					\
	do {								\
		if ((dev)->flags & VHOST_MEM_CREATE_READABLE)		\
			CHECK_READS(at, 0);				\
		else							\
			CHECK_EQ(touch_read(at, &(unsigned char){ 0 }),	\
				 SIGBUS);				\
		CHECK_EQ(touch_write(at, 0xaa), SIGBUS);		\
		if ((dev)->flags & VHOST_MEM_CREATE_READABLE)		\
			CHECK_READS(at, 0);				\
	} while (0)

/* Bytes of a field ("Shmem") of a file like /proc/meminfo, or 0. */
uint64_t proc_field(const char *path, const char *field);
/* The same for the mapping in /proc/self/smaps that contains an address. */
uint64_t smaps_field(const void *at, const char *field);
/* Number of mappings in a range of addresses. */
unsigned int maps_count(const void *from, uint64_t length);
/* Write a string to a file. */
int write_file(const char *path, const char *text);
/*
 * Pin memory as for DMA, by an AF_XDP socket or io_uring. Returns a descriptor that
 * keeps it pinned until it is closed (and shortly after), or a negative errno; -ENOSYS
 * if this kernel has neither.
 */
int pin_memory(void *at, uint64_t length);
/* Run a function in a child. Returns its result (0..255), or -signal. */
int in_child(int (*fn)(void *arg), void *arg);

#endif /* _SELFTESTS_DEVICE_H */
