// SPDX-License-Identifier: GPL-2.0-or-later
/* The functions of libc that take the fake's files, in place of libc's own. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fake-vhost-mem.h"

static int fake_open(void)
{
    return fake_adopt(memfd_create("vhost-mem-device", MFD_CLOEXEC));
}

static bool fake_is_ours(const char *path)
{
    const char *dev = getenv("FAKE_VHOST_MEM_DEV");

    return !strcmp(path, dev ? dev : "/dev/vhost-mem");
}

static int fake_open_path(const char *path, int flags, mode_t mode)
{
    int err;

    if (!fake_is_ours(path)) {
        return syscall(SYS_openat, AT_FDCWD, path, flags, mode);
    }
    err = fake_injected_error("OPEN");
    if (err) {
        errno = err;
        return -1;
    }
    return fake_open();
}

int open(const char *path, int flags, ...)
{
    va_list args;
    mode_t mode;

    va_start(args, flags);
    mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(args, mode_t) : 0;
    va_end(args);
    return fake_open_path(path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
    va_list args;
    mode_t mode;

    va_start(args, flags);
    mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(args, mode_t) : 0;
    va_end(args);
    return fake_open_path(path, flags | O_LARGEFILE, mode);
}

int access(const char *path, int mode)
{
    if (getenv("FAKE_VHOST_MEM_LOADED") &&
        !strcmp(path, "/sys/module/vhost_mem")) {
        return 0;
    }
    return syscall(SYS_access, path, mode);
}

int stat64(const char *path, struct stat64 *st)
{
    const char *node = getenv("FAKE_VHOST_MEM_NODE");

    if (!node || !fake_is_ours(path)) {
        return syscall(SYS_newfstatat, AT_FDCWD, path, st, 0);
    }
    memset(st, 0, sizeof(*st));
    if (sscanf(node, "%o %u %u", &st->st_mode, &st->st_uid, &st->st_gid) != 3) {
        errno = EACCES;
        return -1;
    }
    st->st_mode |= S_IFCHR;
    return 0;
}

int stat(const char *path, struct stat *st)
{
    return stat64(path, (struct stat64 *)st);
}

uid_t geteuid(void)
{
    return getenv("FAKE_VHOST_MEM_NODE") ? 1000 : syscall(SYS_geteuid);
}

gid_t getegid(void)
{
    return getenv("FAKE_VHOST_MEM_NODE") ? 2000 : syscall(SYS_getegid);
}

int getgroups(int size, gid_t *groups)
{
    return getenv("FAKE_VHOST_MEM_NODE") ? 0 :
           syscall(SYS_getgroups, size, groups);
}

void *mmap64(void *addr, size_t len, int prot, int flags, int fd,
             off64_t offset)
{
    void *ret;
    struct fake *f;

    f = fd >= 0 ? fake_find(fd) : NULL;
    if (f) {
        fd = f->memory_fd;
    } else if (fd >= 0) {
        f = fake_find_memory(fd);
    }
    ret = (void *)syscall(SYS_mmap, addr, len, prot, flags, fd, offset);
    if (f && ret != MAP_FAILED) {
        fake_log("mmap length=0x%zx offset=0x%" PRIx64 " shared=%d"
                 " aligned=%d\n", len, (uint64_t)offset, !!(flags & MAP_SHARED),
                 !((uintptr_t)ret % f->region.block_size));
        f->mapped = ret;
        fake_resize(f);
    }
    return ret;
}

void *mmap(void *addr, size_t len, int prot, int flags, int fd, off_t offset)
{
    return mmap64(addr, len, prot, flags, fd, offset);
}

/* The device's file has no memory to punch, for the kernel above its driver. */
int fallocate64(int fd, int mode, off64_t offset, off64_t len)
{
    struct fake *f = fake_find_memory(fd);

    if (fake_find(fd)) {
        errno = ENODEV;
        return -1;
    }
    if (f) {
        fake_log("fallocate mode=%d offset=0x%" PRIx64 " length=0x%" PRIx64 "\n",
                 mode, (uint64_t)offset, (uint64_t)len);
    }
    return syscall(SYS_fallocate, fd, mode, offset, len);
}

int fallocate(int fd, int mode, off_t offset, off_t len)
{
    return fallocate64(fd, mode, offset, len);
}

int madvise(void *addr, size_t len, int advice)
{
    if (advice == MADV_NOHUGEPAGE) {
        fake_log("madvise NOHUGEPAGE 0x%zx\n", len);
    }
    return syscall(SYS_madvise, addr, len, advice);
}

int ioctl(int fd, unsigned long request, ...)
{
    struct fake *f = NULL;
    va_list args;
    int err, result = 0;
    void *arg;

    va_start(args, request);
    arg = va_arg(args, void *);
    va_end(args);

    if (_IOC_TYPE(request) == VHOST_MEM_VIRTIO) {
        f = fake_find(fd);
    }
    if (!f) {
        return syscall(SYS_ioctl, fd, request, arg);
    }
    if (fake_memory_error && syscall(SYS_gettid) == getpid()) {
        fake_raise_sigbus(BUS_MCEERR_AO, fake_memory_error);
        fake_memory_error = 0;
    }
    pthread_mutex_lock(&fake_lock);
    err = fake_ioctl(f, request, arg, &result);
    pthread_mutex_unlock(&fake_lock);
    if (err) {
        errno = err;
        return -1;
    }
    return result;
}
