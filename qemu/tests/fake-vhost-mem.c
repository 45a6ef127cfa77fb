// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A stand-in for /dev/vhost-mem inside the process that uses it, so that the
 * QEMU device can be tested without the kernel module. It is put into QEMU by
 * LD_PRELOAD, behind the plug-in, and replaces open(), ioctl() and mmap() for
 * that one file.
 *
 * The device's file is an empty memfd, the region's memory is another one. Plugged
 * memory is always the first part of the region: that memfd is exactly so long that
 * an access to the rest is SIGBUS, as it is with the kernel module. The guest's
 * requests are not served; what they would do is done by commands from the test.
 *
 * Environment:
 *   FAKE_VHOST_MEM_LOG      file to which every ioctl is written
 *   FAKE_VHOST_MEM_CONTROL  path of a Unix datagram socket to create for the
 *                           commands below
 *   FAKE_VHOST_MEM_FAIL     "NAME=ERRNO": this ioctl (or OPEN) fails, with the
 *                           error number
 *   FAKE_VHOST_MEM_SLOW     "NAME": this ioctl takes half a second
 *   FAKE_VHOST_MEM_DEV      the file to replace, default /dev/vhost-mem
 *   FAKE_VHOST_MEM_LOADED   if set, /sys tells that the module is loaded
 *   FAKE_VHOST_MEM_NODE     "MODE UID GID": what stat() says of the file, with an
 *                           octal mode; the user is 1000 in the group 2000 only
 *   FAKE_VHOST_MEM_FD       number of an inherited descriptor of a memfd that
 *                           becomes such a file, too
 *   FAKE_VHOST_MEM_NO_VERSION_1  if set, VIRTIO_F_VERSION_1 is not offered
 *   FAKE_VHOST_MEM_NO_LOG_ALL  if set, VHOST_F_LOG_ALL is not offered
 *
 * Commands, for the region that was created last:
 *   plug SIZE          the guest has plugged or unplugged memory
 *   request SIZE       the administrator wants another size
 *   usable SIZE        the usable region has another size
 *   fill SEED          the guest has written to all plugged memory: each 64-bit
 *                      word is the seed plus its offset in the region
 *   discard OFFSET SIZE  QEMU frees memory of the region, as for a balloon
 *   pin 1              a device needs all guest memory to stay as it is
 *   vmstop STATE       QEMU stops the VM in this state (number of RunState)
 *   cpu-fault OFFSET   a virtual CPU has accessed this unplugged byte of the
 *                      region, with KVM; happens when the VM continues
 *   memory-error ADDR  the hardware reports a memory error to the main thread,
 *                      when that issues the next ioctl
 */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>
#include <linux/vhost.h>
#include <linux/vhost_mem.h>
#include <linux/vhost_mem_report.h>
#include <linux/virtio_config.h>
#include <linux/virtio_ring.h>

#define FAKE_REGIONS 8
#define FAKE_USABLE_EXTENT (256ULL << 20)

#ifndef VIRTIO_MEM_F_PERSISTENT_SUSPEND
#define VIRTIO_MEM_F_PERSISTENT_SUSPEND 2
#endif

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
    struct vhost_mem_create_region region;
    struct virtio_mem_config config;
    uint64_t generation;
};

static struct fake fakes[FAKE_REGIONS];
static unsigned int nr_fakes;
static pthread_mutex_t fake_lock = PTHREAD_MUTEX_INITIALIZER;
static uintptr_t fake_memory_error;
static uintptr_t fake_cpu_fault;

static void __attribute__((format(printf, 1, 2))) fake_log(const char *fmt, ...)
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

static int fake_injected_error(const char *name)
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
static struct fake *fake_find(int fd)
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

static struct fake *fake_find_memory(int fd)
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

static int fake_adopt(int fd)
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
    };
    pthread_mutex_unlock(&fake_lock);
    return fd;
}

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

static void fake_resize(struct fake *f)
{
    if (f->mapped && !(f->region.flags & VHOST_MEM_CREATE_READABLE) &&
        ftruncate(f->memory_fd, f->config.plugged_size) < 0) {
        abort();
    }
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

static void fake_signal(struct fake *f)
{
    const uint64_t one = 1;

    if (f->config_call >= 0 &&
        write(f->config_call, &one, sizeof(one)) != sizeof(one)) {
        abort();
    }
}

static void fake_set_usable(struct fake *f, bool shrink)
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

static int fake_create(struct fake *f, struct vhost_mem_create_region *arg)
{
    const uint32_t known = VHOST_MEM_CREATE_READABLE | VHOST_MEM_CREATE_NODE |
                           VHOST_MEM_CREATE_PREALLOC;

    if (f->created) {
        return EEXIST;
    }
    if (arg->flags & ~known) {
        return EOPNOTSUPP;
    }
    if (arg->reserved || arg->name[VHOST_MEM_NAME_MAX - 1] ||
        !arg->region_size || arg->region_size % arg->block_size ||
        (!(arg->flags & VHOST_MEM_CREATE_NODE) && arg->node_id)) {
        return EINVAL;
    }
    fake_log("CREATE_REGION region_size=0x%llx block_size=0x%llx flags=%u"
             " node=%u name='%s'\n", arg->region_size, arg->block_size,
             arg->flags, arg->node_id, arg->name);
    if (ftruncate(f->memory_fd, arg->region_size) < 0) {
        return ENOMEM;
    }
    f->created = true;
    f->region = *arg;
    f->config.block_size = arg->block_size;
    f->config.region_size = arg->region_size;
    f->config.node_id = arg->node_id;
    arg->id = f - fakes + 1;
    return 0;
}

static int fake_block_map(struct fake *f, const struct vhost_mem_block_map *arg)
{
    uint64_t *bitmap = (uint64_t *)(uintptr_t)arg->bitmap;
    const uint64_t plugged = f->config.plugged_size / f->config.block_size;
    uint64_t i;

    if (arg->first_block % 64 || !arg->nr_blocks ||
        arg->first_block + arg->nr_blocks >
        f->region.region_size / f->region.block_size) {
        return EINVAL;
    }
    memset(bitmap, 0, (arg->nr_blocks + 63) / 64 * 8);
    for (i = 0; i < arg->nr_blocks; i++) {
        bitmap[i / 64] |= (uint64_t)(arg->first_block + i < plugged) << i % 64;
    }
    return 0;
}

static int fake_set_block_map(struct fake *f,
                              const struct vhost_mem_block_map *arg)
{
    const uint64_t *bitmap = (const uint64_t *)(uintptr_t)arg->bitmap;
    uint64_t i, nr = 0;

    if (arg->first_block % 64 || !arg->nr_blocks ||
        arg->first_block + arg->nr_blocks >
        f->region.region_size / f->region.block_size) {
        return EINVAL;
    }
    for (i = 0; i < arg->nr_blocks; i++) {
        if (bitmap[i / 64] & 1ULL << i % 64) {
            /* The fake has no other kind of map. */
            if (f->config.plugged_size !=
                arg->first_block * f->region.block_size || nr != i) {
                abort();
            }
            nr++;
        }
    }
    fake_log("SET_BLOCK_MAP first=%llu nr=%llu plugged=%" PRIu64 "\n",
             arg->first_block, arg->nr_blocks, nr);
    if (f->running) {
        return EBUSY;
    }
    if (f->frozen) {
        return EAGAIN;
    }
    if (nr && (arg->first_block + nr) * f->region.block_size >
        f->config.usable_region_size) {
        return ERANGE;
    }
    f->config.plugged_size += nr * f->region.block_size;
    fake_resize(f);
    fake_signal(f);
    return 0;
}

static const struct {
    unsigned long request;
    const char *name;
    bool quiet;
    /* Of the structures that begin with their size; else 0. */
    size_t size;
} fake_requests[] = {
    { VHOST_MEM_CREATE_REGION, "CREATE_REGION", true,
      sizeof(struct vhost_mem_create_region) },
    { VHOST_MEM_SET_ADDRESS, "SET_ADDRESS", true,
      sizeof(struct vhost_mem_value) },
    { VHOST_MEM_SET_REQUESTED_SIZE, "SET_REQUESTED_SIZE", true,
      sizeof(struct vhost_mem_value) },
    { VHOST_MEM_SET_RUNNING, "SET_RUNNING", true,
      sizeof(struct vhost_mem_value) },
    { VHOST_MEM_SYSTEM_RESET, "SYSTEM_RESET", true,
      sizeof(struct vhost_mem_value) },
    { VHOST_MEM_SET_CONFIG_CALL, "SET_CONFIG_CALL", false,
      sizeof(struct vhost_mem_fd) },
    { VHOST_MEM_GET_CONFIG, "GET_CONFIG", true,
      sizeof(struct vhost_mem_config) },
    { VHOST_MEM_GET_BLOCK_MAP, "GET_BLOCK_MAP", false,
      sizeof(struct vhost_mem_block_map) },
    { VHOST_MEM_SET_BLOCK_MAP, "SET_BLOCK_MAP", true,
      sizeof(struct vhost_mem_block_map) },
    { VHOST_MEM_SET_USABLE_SIZE, "SET_USABLE_SIZE", true,
      sizeof(struct vhost_mem_value) },
    { VHOST_MEM_SET_FROZEN, "SET_FROZEN", true,
      sizeof(struct vhost_mem_value) },
    { VHOST_MEM_SET_LEAVING, "SET_LEAVING", true,
      sizeof(struct vhost_mem_value) },
    { VHOST_MEM_GET_MEMORY_FD, "GET_MEMORY_FD", false,
      sizeof(struct vhost_mem_value) },
    { VHOST_SET_OWNER, "SET_OWNER", false, 0 },
    { VHOST_GET_FEATURES, "GET_FEATURES", false, 0 },
    { VHOST_SET_FEATURES, "SET_FEATURES", true, 0 },
    { VHOST_SET_MEM_TABLE, "SET_MEM_TABLE", false, 0 },
    { VHOST_SET_LOG_BASE, "SET_LOG_BASE", false, 0 },
    { VHOST_SET_VRING_NUM, "SET_VRING_NUM", false, 0 },
    { VHOST_SET_VRING_BASE, "SET_VRING_BASE", true, 0 },
    { VHOST_GET_VRING_BASE, "GET_VRING_BASE", false, 0 },
    { VHOST_SET_VRING_ADDR, "SET_VRING_ADDR", false, 0 },
    { VHOST_SET_VRING_KICK, "SET_VRING_KICK", false, 0 },
    { VHOST_SET_VRING_CALL, "SET_VRING_CALL", false, 0 },
    { VHOST_SET_VRING_ERR, "SET_VRING_ERR", false, 0 },
};

static int fake_value(struct fake *f, const char *name,
                      const struct vhost_mem_value *arg)
{
    fake_log("%s 0x%llx\n", name, arg->value);
    if (arg->reserved) {
        return EINVAL;
    }
    if (!strcmp(name, "SET_ADDRESS")) {
        if (arg->value + f->region.region_size > VHOST_MEM_ADDRESS_LIMIT) {
            return ERANGE;
        }
        f->config.addr = arg->value;
    } else if (!strcmp(name, "SET_LEAVING")) {
        f->leaving = arg->value;
    } else if (!strcmp(name, "SET_REQUESTED_SIZE")) {
        if (f->leaving && arg->value > f->config.requested_size) {
            return ESHUTDOWN;
        }
        f->config.requested_size = arg->value;
        f->generation++;
        fake_set_usable(f, false);
        fake_signal(f);
    } else if (!strcmp(name, "SET_RUNNING")) {
        if (!f->owned) {
            return EPERM;
        }
        f->running = arg->value;
    } else if (!strcmp(name, "SET_USABLE_SIZE")) {
        if (f->running) {
            return EBUSY;
        }
        if (arg->value > f->region.region_size) {
            return ERANGE;
        }
        if (arg->value > f->config.usable_region_size) {
            f->config.usable_region_size = arg->value;
            fake_signal(f);
        }
    } else if (!strcmp(name, "SET_FROZEN")) {
        if (f->frozen && !arg->value) {
            f->generation++;
            fake_signal(f);
        }
        f->frozen = arg->value;
    } else if (f->frozen) {
        return EAGAIN;
    } else {
        f->config.plugged_size = 0;
        fake_set_usable(f, true);
        fake_resize(f);
        fake_signal(f);
    }
    return 0;
}

/* Returns 0 and what ioctl() returns, or an errno value. */
static int fake_ioctl(struct fake *f, unsigned long request, void *arg,
                      int *result)
{
    const char *name = NULL;
    bool quiet = false;
    size_t i, size = 0;
    int err;

    for (i = 0; i < sizeof(fake_requests) / sizeof(*fake_requests); i++) {
        if (fake_requests[i].request == request) {
            name = fake_requests[i].name;
            quiet = fake_requests[i].quiet;
            size = fake_requests[i].size;
        }
    }
    if (!name) {
        return ENOTTY;
    }
    err = fake_injected_error(name);
    if (err) {
        return err;
    }
    if (getenv("FAKE_VHOST_MEM_SLOW") &&
        !strcmp(getenv("FAKE_VHOST_MEM_SLOW"), name)) {
        usleep(500000);
    }
    if (!quiet) {
        fake_log("%s\n", name);
    }
    if (size) {
        if (*(uint32_t *)arg != size) {
            return EINVAL;
        }
        if (!f->created && request != VHOST_MEM_CREATE_REGION) {
            return ENODEV;
        }
    }

    switch (request) {
    case VHOST_MEM_CREATE_REGION:
        return fake_create(f, arg);
    case VHOST_MEM_SET_ADDRESS:
    case VHOST_MEM_SET_REQUESTED_SIZE:
    case VHOST_MEM_SET_RUNNING:
    case VHOST_MEM_SYSTEM_RESET:
    case VHOST_MEM_SET_USABLE_SIZE:
    case VHOST_MEM_SET_FROZEN:
    case VHOST_MEM_SET_LEAVING:
        return fake_value(f, name, arg);
    case VHOST_MEM_GET_MEMORY_FD:
        *result = fcntl(f->memory_fd, F_DUPFD_CLOEXEC, 0);
        return *result < 0 ? errno : 0;
    case VHOST_MEM_SET_CONFIG_CALL:
        if (f->config_call >= 0) {
            close(f->config_call);
        }
        f->config_call = ((struct vhost_mem_fd *)arg)->fd;
        if (f->config_call >= 0) {
            f->config_call = fcntl(f->config_call, F_DUPFD_CLOEXEC, 0);
        }
        return 0;
    case VHOST_MEM_GET_CONFIG:
        ((struct vhost_mem_config *)arg)->config = f->config;
        ((struct vhost_mem_config *)arg)->generation = f->generation;
        return 0;
    case VHOST_MEM_GET_BLOCK_MAP:
        return fake_block_map(f, arg);
    case VHOST_MEM_SET_BLOCK_MAP:
        return fake_set_block_map(f, arg);
    case VHOST_SET_OWNER:
        err = f->owned ? EBUSY : 0;
        f->owned = true;
        return err;
    case VHOST_GET_FEATURES:
        *(uint64_t *)arg = 1ULL << VIRTIO_RING_F_INDIRECT_DESC |
            1ULL << VIRTIO_RING_F_EVENT_IDX |
            1ULL << VIRTIO_MEM_F_PERSISTENT_SUSPEND;
        if (!getenv("FAKE_VHOST_MEM_NO_VERSION_1")) {
            *(uint64_t *)arg |= 1ULL << VIRTIO_F_VERSION_1;
        }
        if (!getenv("FAKE_VHOST_MEM_NO_GUEST_REPORT")) {
            *(uint64_t *)arg |= 1ULL << VHOST_MEM_F_GUEST_REPORT;
        }
        if (!getenv("FAKE_VHOST_MEM_NO_LOG_ALL")) {
            *(uint64_t *)arg |= 1ULL << VHOST_F_LOG_ALL;
        }
        if (!(f->region.flags & VHOST_MEM_CREATE_READABLE)) {
            *(uint64_t *)arg |= 1ULL << VIRTIO_MEM_F_UNPLUGGED_INACCESSIBLE;
        }
        if (f->region.flags & VHOST_MEM_CREATE_NODE) {
            *(uint64_t *)arg |= 1ULL << VIRTIO_MEM_F_ACPI_PXM;
        }
        return 0;
    case VHOST_SET_FEATURES:
        fake_log("SET_FEATURES 0x%" PRIx64 "\n", *(uint64_t *)arg);
        return 0;
    case VHOST_SET_VRING_BASE:
        fake_log("SET_VRING_BASE %u\n", ((struct vhost_vring_state *)arg)->num);
        f->vring_base = ((struct vhost_vring_state *)arg)->num;
        return f->running ? EBUSY : 0;
    case VHOST_GET_VRING_BASE:
        if (f->running) {
            fake_log("BUG: GET_VRING_BASE while running\n");
        }
        /* As if the guest had made three requests. */
        ((struct vhost_vring_state *)arg)->num = f->vring_base + 3;
        return 0;
    default:
        return 0;
    }
}

/* A thread can send this kind of signal to nobody but itself. */
static void fake_raise_sigbus(int code, uintptr_t address)
{
    siginfo_t info = {
        .si_signo = SIGBUS,
        .si_code = code,
        .si_addr = (void *)address,
    };

    info.si_addr_lsb = 12;
    if (syscall(SYS_rt_tgsigqueueinfo, getpid(), syscall(SYS_gettid), SIGBUS,
                &info) < 0) {
        abort();
    }
}

/* What the device calls in the thread of a virtual CPU. */
int pthread_sigmask(int how, const sigset_t *set, sigset_t *old)
{
    uintptr_t address = fake_cpu_fault;

    if (sigprocmask(how, set, old) < 0) {
        return errno;
    }
    if (address && how == SIG_UNBLOCK && syscall(SYS_gettid) != getpid()) {
        fake_cpu_fault = 0;
        fake_raise_sigbus(BUS_MCEERR_AR, address);
    }
    return 0;
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

static void fake_vmstop(int state)
{
    void (*prepare)(void) = dlsym(RTLD_DEFAULT,
                                  "qemu_system_vmstop_request_prepare");
    void (*request)(int) = dlsym(RTLD_DEFAULT, "qemu_system_vmstop_request");

    if (!prepare || !request) {
        abort();
    }
    prepare();
    request(state);
}

static void fake_pin(void)
{
    int (*disable)(bool) = dlsym(RTLD_DEFAULT, "ram_block_discard_disable");

    if (!disable) {
        abort();
    }
    fake_log("pin: %d\n", disable(true));
}

static void fake_discard(struct fake *f, char *range)
{
    void *(*find)(void *, bool, uint64_t *) =
        dlsym(RTLD_DEFAULT, "qemu_ram_block_from_host");
    int (*discard)(void *, uint64_t, size_t) =
        dlsym(RTLD_DEFAULT, "ram_block_discard_range");
    uint64_t offset;
    void *block;

    if (!find || !discard) {
        abort();
    }
    block = find(f->mapped + strtoull(range, &range, 0), false, &offset);
    fake_log("discarded: %d\n",
             discard(block, offset, strtoull(range, NULL, 0)));
}

static void fake_fill(struct fake *f, uint64_t seed)
{
    uint64_t *words = (uint64_t *)f->mapped;
    uint64_t offset;

    for (offset = 0; offset < f->config.plugged_size; offset += 8) {
        words[offset / 8] = seed + offset;
    }
    fake_log("filled\n");
}

static void fake_command(char *command)
{
    struct fake *f = &fakes[nr_fakes ? nr_fakes - 1 : 0];
    char *value = strchr(command, ' ');

    if (!value) {
        abort();
    }
    *value++ = '\0';
    if (!strcmp(command, "plug")) {
        f->config.plugged_size = strtoull(value, NULL, 0);
        fake_resize(f);
    } else if (!strcmp(command, "request")) {
        f->config.requested_size = strtoull(value, NULL, 0);
        f->generation++;
        fake_set_usable(f, false);
    } else if (!strcmp(command, "usable")) {
        f->config.usable_region_size = strtoull(value, NULL, 0);
        f->generation++;
    } else if (!strcmp(command, "fill")) {
        fake_fill(f, strtoull(value, NULL, 0));
        return;
    } else if (!strcmp(command, "discard")) {
        fake_discard(f, value);
        return;
    } else if (!strcmp(command, "pin")) {
        fake_pin();
        return;
    } else if (!strcmp(command, "vmstop")) {
        fake_vmstop(atoi(value));
        return;
    } else if (!strcmp(command, "cpu-fault")) {
        fake_cpu_fault = (uintptr_t)f->mapped + strtoull(value, NULL, 0);
        return;
    } else if (!strcmp(command, "memory-error")) {
        fake_memory_error = strtoull(value, NULL, 0);
        return;
    } else {
        abort();
    }
    fake_signal(f);
}

static void *fake_control(void *opaque)
{
    int fd = (intptr_t)opaque;
    char command[128];
    ssize_t len;

    for (;;) {
        len = recv(fd, command, sizeof(command) - 1, 0);
        if (len <= 0) {
            return NULL;
        }
        command[len] = '\0';
        pthread_mutex_lock(&fake_lock);
        fake_command(command);
        pthread_mutex_unlock(&fake_lock);
    }
}

static void __attribute__((constructor)) fake_init(void)
{
    const char *path = getenv("FAKE_VHOST_MEM_CONTROL");
    const char *inherited = getenv("FAKE_VHOST_MEM_FD");
    struct sockaddr_un sa = { .sun_family = AF_UNIX };
    pthread_t thread;
    sigset_t all, old;
    int fd;

    /* Not in the programs on the way to QEMU. */
    if (!path || strncmp(program_invocation_short_name, "qemu-system-", 12)) {
        return;
    }
    if (inherited) {
        fake_adopt(atoi(inherited));
    }
    fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    strncpy(sa.sun_path, path, sizeof(sa.sun_path) - 1);
    if (fd < 0 || bind(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0) {
        /* "qemu --version" of the wrapper was here before. */
        return;
    }
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    if (pthread_create(&thread, NULL, fake_control, (void *)(intptr_t)fd)) {
        abort();
    }
    pthread_sigmask(SIG_SETMASK, &old, NULL);
}
