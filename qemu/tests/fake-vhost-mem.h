/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the parts of the fake share. Only what replaces a function of libc is
 * visible to QEMU.
 *
 *   fake-vhost-mem.c  commands from the test
 *   fake-libc.c       the functions of libc that are replaced
 *   fake-ioctl.c      the ioctls
 *   fake-confirm.c    what has to be confirmed
 *   fake-listener.c   listeners of QEMU, built with its headers
 *   fake-sigbus.c     SIGBUS
 *   fake-state.c      the open files
 */
#ifndef FAKE_VHOST_MEM_H
#define FAKE_VHOST_MEM_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <linux/vhost_mem.h>

#define FAKE_REGIONS 8
#define FAKE_USABLE_EXTENT (256ULL << 20)

#pragma GCC visibility push(hidden)

/* One open file. It is recognized by its inode: vhost has a duplicate of it. */
struct fake {
    ino_t inode;
    ino_t memory_inode;
    int memory_fd;
    bool created;
    uint8_t *mapped;
    bool owned;
    bool running;
    bool frozen;
    bool leaving;
    uint64_t vring_base;
    int config_call;
    int confirm_call;
    /* Its type is 0 if nothing waits to be confirmed. */
    struct vhost_mem_pending pending;
    bool fetched;
    /* Memory is in use elsewhere: only a force unplugs it. */
    bool pinned;
    struct vhost_mem_create_region region;
    struct virtio_mem_config config;
    uint64_t generation;
};

/* Entries are only added. fake_lock serializes that, ioctls and commands. */
extern struct fake fakes[FAKE_REGIONS];
extern unsigned int nr_fakes;
extern pthread_mutex_t fake_lock;

/* A line of FAKE_VHOST_MEM_LOG. */
void __attribute__((format(printf, 1, 2))) fake_log(const char *fmt, ...);

/* The errno value with which @name is to fail, or 0. */
int fake_injected_error(const char *name);

/* By a descriptor of the device's file, or of its memory. NULL: of neither. */
struct fake *fake_find(int fd);
struct fake *fake_find_memory(int fd);

/* Makes the memfd @fd a file of the device, and returns it. Takes fake_lock. */
int fake_adopt(int fd);

/* Makes the memory as long as what is plugged, or is to be when that is confirmed. */
void fake_resize(struct fake *f);

/* Whether the memory is as long as that. */
bool fake_is_accessible(struct fake *f, uint64_t end);

/* Tells QEMU that the configuration has changed. */
void fake_signal(struct fake *f);

/* The usable size for the requested size; smaller than now only if @shrink. */
void fake_set_usable(struct fake *f, bool shrink);

/*
 * Returns 0, and in @result what ioctl() returns if that is not 0; or an errno
 * value. With fake_lock held.
 */
int fake_ioctl(struct fake *f, unsigned long request, void *arg, int *result);

/* The guest wants this plugged size; with @all, by UNPLUG_ALL. */
void fake_ask(struct fake *f, uint64_t size, bool all);
void fake_confirm_signal(struct fake *f);
void fake_confirm_cancel(struct fake *f, bool answered);

/* The ioctls: 0 or an errno value. */
int fake_set_confirm(struct fake *f, const struct vhost_mem_set_confirm *arg);
int fake_get_pending(struct fake *f, struct vhost_mem_pending *arg);
int fake_confirm(struct fake *f, const struct vhost_mem_confirm *arg);

/* Listeners, by their number, for a part of the region that was created last. */
void fake_listen(unsigned int number, uint64_t offset, uint64_t size);
void fake_unlisten(unsigned int number);
void fake_listener_fails(unsigned int number, int error);
/* Whether one has mapped a block of the range. With fake_lock held. */
bool fake_is_mapped(uint64_t offset, uint64_t length);
/* MiB that each of them has mapped. With fake_lock held. */
const char *fake_listeners_mapped(char *text, size_t size);

/* Addresses that commands have set, until the signal is raised; else 0. */
extern uintptr_t fake_memory_error;
extern uintptr_t fake_cpu_fault;

/* Sends SIGBUS with @code and @address to the calling thread. */
void fake_raise_sigbus(int code, uintptr_t address);

#pragma GCC visibility pop

#endif /* FAKE_VHOST_MEM_H */
