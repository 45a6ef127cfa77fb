// SPDX-License-Identifier: GPL-2.0-or-later
/* The open files of the fake, their memory, and its log. */
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fake-vhost-mem.h"

struct fake fakes[FAKE_REGIONS];
unsigned int nr_fakes;
pthread_mutex_t fake_lock = PTHREAD_MUTEX_INITIALIZER;

void fake_log(const char *fmt, ...)
{
    const char *path = getenv("FAKE_VHOST_MEM_LOG");
    char line[256];
    va_list args;
    int fd, len;

    if (!path) {
        return;
    }
    va_start(args, fmt);
    len = vsnprintf(line, sizeof(line), fmt, args);
    va_end(args);
    fd = syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_APPEND | O_CREAT,
                 0644);
    if (fd < 0 || write(fd, line, len) != len) {
        abort();
    }
    close(fd);
}

int fake_injected_error(const char *name)
{
    const char *fail = getenv("FAKE_VHOST_MEM_FAIL");
    size_t len = strlen(name);

    if (fail && !strncmp(fail, name, len) && fail[len] == '=') {
        return atoi(fail + len + 1);
    }
    return 0;
}

static ino_t fake_inode(int fd)
{
    struct stat st;

    return fstat(fd, &st) < 0 ? 0 : st.st_ino;
}

/* Both kinds of file are found by their inode, of which there are duplicates. */
struct fake *fake_find(int fd)
{
    const ino_t inode = fake_inode(fd);
    unsigned int i;

    for (i = 0; i < nr_fakes; i++) {
        if (inode && fakes[i].inode == inode) {
            return &fakes[i];
        }
    }
    return NULL;
}

struct fake *fake_find_memory(int fd)
{
    const ino_t inode = fake_inode(fd);
    unsigned int i;

    for (i = 0; i < nr_fakes; i++) {
        if (inode && fakes[i].memory_inode == inode) {
            return &fakes[i];
        }
    }
    return NULL;
}

int fake_adopt(int fd)
{
    int memory_fd = memfd_create("vhost-mem-memory", MFD_CLOEXEC);

    if (memory_fd < 0 || !fake_inode(fd) || nr_fakes == FAKE_REGIONS) {
        abort();
    }
    pthread_mutex_lock(&fake_lock);
    fakes[nr_fakes++] = (struct fake) {
        .inode = fake_inode(fd),
        .memory_inode = fake_inode(memory_fd),
        .memory_fd = memory_fd,
        .config_call = -1,
        .confirm_call = -1,
    };
    pthread_mutex_unlock(&fake_lock);
    return fd;
}

void fake_resize(struct fake *f)
{
    uint64_t size = f->config.plugged_size;

    if (f->pending.type == VHOST_MEM_PENDING_PLUG) {
        size += f->pending.length;
    }
    if (f->mapped && !(f->region.flags & VHOST_MEM_CREATE_READABLE) &&
        ftruncate(f->memory_fd, size) < 0) {
        abort();
    }
}

bool fake_is_accessible(struct fake *f, uint64_t end)
{
    struct stat st;

    return fstat(f->memory_fd, &st) == 0 && (uint64_t)st.st_size >= end;
}

void fake_signal(struct fake *f)
{
    const uint64_t one = 1;

    if (f->config_call >= 0 &&
        write(f->config_call, &one, sizeof(one)) != sizeof(one)) {
        abort();
    }
}

void fake_set_usable(struct fake *f, bool shrink)
{
    uint64_t usable = f->config.requested_size ?
                      f->config.requested_size + FAKE_USABLE_EXTENT : 0;

    if (usable > f->region.region_size) {
        usable = f->region.region_size;
    }
    if (shrink || usable > f->config.usable_region_size) {
        f->config.usable_region_size = usable;
    }
}
