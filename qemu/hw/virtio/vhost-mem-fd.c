// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vhost-mem: the open file of /dev/vhost-mem. All ioctls of the device's own are
 * issued here, and their errors turned into messages.
 */

#include "qemu/osdep.h"
#include <sys/ioctl.h>
#include "qapi/error.h"
#include "qemu/bitmap.h"
#include "qemu/cutils.h"
#include "qemu/units.h"
#include "vhost-mem.h"

/* Blocks of the block map in one ioctl; a multiple of 64. */
#define VHOST_MEM_BITMAP_CHUNK (1ULL << 16)

/* The file as the user named it, for messages. */
static char *vhost_mem_fd_label(const VHostMem *s)
{
    return s->vhostfd ? g_strdup_printf("vhostfd '%s'", s->vhostfd) :
                        g_strdup_printf("'%s'", s->dev ? s->dev :
                                        VHOST_MEM_DEFAULT_DEV);
}

static int vhost_mem_ioctl(int fd, unsigned long request, void *arg)
{
    int ret;

    do {
        ret = ioctl(fd, request, arg);
    } while (ret < 0 && errno == EINTR);
    return ret < 0 ? -errno : 0;
}

static int vhost_mem_ioctl_value(const VHostMem *s, unsigned long request,
                                 uint64_t value)
{
    struct vhost_mem_value arg = {
        .size = sizeof(arg),
        .value = value,
    };

    return vhost_mem_ioctl(s->fd, request, &arg);
}

/* Returns whether it was the lease. */
static bool vhost_mem_fd_explain_lease(const VHostMem *s, int err, Error **errp)
{
    if (!s->reservation) {
        return false;
    }
    switch (err) {
    case E2BIG:
        error_setg(errp, "reservation %" PRIu64 ": the vhost_mem module is too"
                   " old for reservations", s->reservation);
        return true;
    case ENOENT:
        error_setg(errp, "reservation %" PRIu64 " does not exist",
                   s->reservation);
        return true;
    case ESTALE:
        error_setg(errp, "reservation %" PRIu64 " was used or dropped, or has"
                   " expired", s->reservation);
        return true;
    case EACCES:
        error_setg(errp, "reservation %" PRIu64 " is for another user than the"
                   " one who has opened the device file", s->reservation);
        return true;
    case ERANGE:
        error_setg(errp, "reservation %" PRIu64 " is larger than size 0x%" PRIx64
                   ", or size with block-size 0x%" PRIx64 " is beyond the"
                   " kernel's limit", s->reservation, s->region_size,
                   s->block_size);
        return true;
    case EINVAL:
        error_setg(errp, "reservation %" PRIu64 " is not a multiple of the block"
                   " size (block-size 0x%" PRIx64 ")", s->reservation,
                   s->block_size);
        return true;
    default:
        return false;
    }
}

/* One of the host's numbers about pages of page-size; 0 if it has none. */
static uint64_t vhost_mem_fd_pool(const VHostMem *s, const char *name)
{
    g_autofree char *path = g_strdup_printf("/sys/kernel/mm/hugepages/hugepages-%"
                                            PRIu64 "kB/%s", s->page_size / KiB,
                                            name);
    g_autofree char *text = NULL;

    return g_file_get_contents(path, &text, NULL, NULL) ?
           g_ascii_strtoull(text, NULL, 10) : 0;
}

/* @who has too few pages to do @what with so many bytes. */
static void vhost_mem_fd_explain_pool(const VHostMem *s, const char *who,
                                      const char *what, uint64_t size,
                                      Error **errp)
{
    uint64_t free = vhost_mem_fd_pool(s, "free_hugepages");
    uint64_t reserved = vhost_mem_fd_pool(s, "resv_hugepages");

    error_setg(errp, "%s has too few huge pages to %s 0x%" PRIx64 ": it takes %"
               PRIu64 " of page-size 0x%" PRIx64 ", and %" PRIu64 " are free and"
               " not reserved (see /sys/kernel/mm/hugepages)", who, what, size,
               size / s->page_size, s->page_size, free - MIN(free, reserved));
}

/* Returns whether it was the kind of memory. */
static bool vhost_mem_fd_explain_hugetlb(const VHostMem *s, int err, Error **errp)
{
    if (!vhost_mem_is_hugetlb(s)) {
        return false;
    }
    switch (err) {
    case E2BIG:
        error_setg(errp, "the vhost_mem module is too old for backing=hugetlb");
        return true;
    case EOPNOTSUPP:
        error_setg(errp, "the host has no huge pages of page-size 0x%" PRIx64
                   ", or the vhost_mem module cannot guard them on its kernel%s",
                   s->page_size,
                   s->reserved ? ", or is too old for reserved=on" : "");
        return true;
    case ENOSR:
        if (s->reserved) {
            vhost_mem_fd_explain_pool(s, "the host's pool", "reserve size",
                                      s->region_size, errp);
        } else {
            error_setg(errp, "the host's pool has no free huge page of page-size"
                       " 0x%" PRIx64 " (see /sys/kernel/mm/hugepages)",
                       s->page_size);
        }
        return true;
    default:
        return false;
    }
}

int vhost_mem_fd_create_region(VHostMem *s, int fd, Error **errp)
{
    const bool numa = current_machine->numa_state &&
                      current_machine->numa_state->num_nodes > 0;
    struct vhost_mem_create_region arg = {
        .size = sizeof(arg),
        .region_size = s->region_size,
        .block_size = s->block_size,
        .reservation = s->reservation,
        .page_size = s->page_size,
    };
    g_autofree char *file = vhost_mem_fd_label(s);
    int ret;

    if (vhost_mem_is_readable(s)) {
        arg.flags |= VHOST_MEM_CREATE_READABLE;
    }
    if (numa) {
        arg.flags |= VHOST_MEM_CREATE_NODE;
        arg.node_id = s->node;
    }
    if (s->prealloc) {
        arg.flags |= VHOST_MEM_CREATE_PREALLOC;
    }
    if (vhost_mem_is_hugetlb(s)) {
        arg.flags |= VHOST_MEM_CREATE_HUGETLB;
    }
    if (s->reserved) {
        arg.flags |= VHOST_MEM_CREATE_RESERVED;
    }
    pstrcpy(arg.name, sizeof(arg.name), s->region_name);

    ret = vhost_mem_ioctl(fd, VHOST_MEM_CREATE_REGION, &arg);
    if (vhost_mem_fd_explain_hugetlb(s, -ret, errp) ||
        vhost_mem_fd_explain_lease(s, -ret, errp)) {
        return ret;
    }
    switch (-ret) {
    case 0:
        if (s->region_name[0]) {
            pstrcpy(s->region_label, sizeof(s->region_label), s->region_name);
        } else {
            snprintf(s->region_label, sizeof(s->region_label), "%u", arg.id);
        }
        break;
    case ENOTTY:
        error_setg(errp, "%s is not a file of %s", file, VHOST_MEM_DEFAULT_DEV);
        break;
    case EEXIST:
        error_setg(errp, "%s has a memory region already: every vhost-mem"
                   " device needs an open file of its own", file);
        break;
    case ERANGE:
        error_setg(errp, "size 0x%" PRIx64 " with block-size 0x%" PRIx64 " is"
                   " beyond the kernel's limit", s->region_size, s->block_size);
        break;
    case EOPNOTSUPP:
        error_setg(errp, "the vhost_mem module does not support unplugged=%s%s%s",
                   vhost_mem_is_readable(s) ? "readable" : "inaccessible",
                   s->prealloc ? " with prealloc=on" : "",
                   numa ? " with a NUMA node" : "");
        break;
    default:
        error_setg_errno(errp, -ret, "%s: the kernel refused a memory region"
                         " of size 0x%" PRIx64 " with block-size 0x%" PRIx64
                         ", node %" PRIu32 ", name '%s'", file, s->region_size,
                         s->block_size, s->node, s->region_name);
    }
    return ret;
}

/*
 * A descriptor of the memory alone, for QEMU's RAM block: it can be punched and
 * passed to other processes. An older kernel module has none; there it is the file
 * that controls the device.
 */
int vhost_mem_fd_get_memory(int fd, Error **errp)
{
    struct vhost_mem_value arg = {
        .size = sizeof(arg),
    };
    int memory_fd;

    do {
        memory_fd = ioctl(fd, VHOST_MEM_GET_MEMORY_FD, &arg);
    } while (memory_fd < 0 && errno == EINTR);
    if (memory_fd < 0 && errno == ENOTTY) {
        memory_fd = qemu_dup(fd);
    }
    if (memory_fd < 0) {
        memory_fd = -errno;
        error_setg_errno(errp, -memory_fd, "vhost-mem: cannot get a descriptor of"
                         " the memory");
    }
    return memory_fd;
}

int vhost_mem_fd_set_address(const VHostMem *s, Error **errp)
{
    int ret = vhost_mem_ioctl_value(s, VHOST_MEM_SET_ADDRESS, s->addr);

    if (ret == -ERANGE) {
        error_setg(errp, "memory region 0x%" PRIx64 "-0x%" PRIx64 " is beyond"
                   " the highest guest address that vhost-mem supports, 0x%llx",
                   s->addr, s->addr + s->region_size - 1,
                   VHOST_MEM_ADDRESS_LIMIT - 1);
    } else if (ret) {
        error_setg_errno(errp, -ret, "vhost-mem: the kernel refused guest"
                         " address 0x%" PRIx64, s->addr);
    }
    return ret;
}

/* @what names the value in the error message. */
static int set_size(const VHostMem *s, unsigned long request, uint64_t size,
                    const char *what, Error **errp)
{
    int ret = vhost_mem_ioctl_value(s, request, size);

    if (ret) {
        error_setg_errno(errp, -ret, "vhost-mem: the kernel refused %s"
                         " 0x%" PRIx64, what, size);
    }
    return ret;
}

int vhost_mem_fd_set_requested_size(const VHostMem *s, uint64_t size,
                                    Error **errp)
{
    return set_size(s, VHOST_MEM_SET_REQUESTED_SIZE, size, "requested-size",
                    errp);
}

int vhost_mem_fd_set_config_call(const VHostMem *s, int eventfd, Error **errp)
{
    struct vhost_mem_fd arg = {
        .size = sizeof(arg),
        .fd = eventfd,
    };
    int ret = vhost_mem_ioctl(s->fd, VHOST_MEM_SET_CONFIG_CALL, &arg);

    if (ret) {
        error_setg_errno(errp, -ret, "vhost-mem: the kernel refused the"
                         " eventfd for configuration changes");
    }
    return ret;
}

int vhost_mem_fd_set_confirm(const VHostMem *s, int eventfd,
                             uint32_t timeout_ms)
{
    struct vhost_mem_set_confirm arg = {
        .size = sizeof(arg),
        .fd = eventfd,
        .timeout_ms = timeout_ms,
    };

    return vhost_mem_ioctl(s->fd, VHOST_MEM_SET_CONFIRM, &arg);
}

int vhost_mem_fd_get_pending(const VHostMem *s,
                             struct vhost_mem_pending *pending)
{
    *pending = (struct vhost_mem_pending) {
        .size = sizeof(*pending),
    };
    return vhost_mem_ioctl(s->fd, VHOST_MEM_GET_PENDING, pending);
}

int vhost_mem_fd_confirm(const VHostMem *s, uint64_t seq, uint32_t result)
{
    struct vhost_mem_confirm arg = {
        .size = sizeof(arg),
        .seq = seq,
        .result = result,
    };

    return vhost_mem_ioctl(s->fd, VHOST_MEM_CONFIRM, &arg);
}

int vhost_mem_fd_set_running(const VHostMem *s, bool running)
{
    return vhost_mem_ioctl_value(s, VHOST_MEM_SET_RUNNING, running);
}

int vhost_mem_fd_system_reset(const VHostMem *s)
{
    return vhost_mem_ioctl_value(s, VHOST_MEM_SYSTEM_RESET, 0);
}

int vhost_mem_fd_set_frozen(const VHostMem *s, bool frozen)
{
    return vhost_mem_ioctl_value(s, VHOST_MEM_SET_FROZEN, frozen);
}

int vhost_mem_fd_set_leaving(const VHostMem *s, bool leaving)
{
    int ret = vhost_mem_ioctl_value(s, VHOST_MEM_SET_LEAVING, leaving);

    /* An older kernel module lets the size be changed meanwhile. */
    return ret == -ENOTTY ? 0 : ret;
}

int vhost_mem_fd_set_usable_size(const VHostMem *s, uint64_t size,
                                 Error **errp)
{
    return set_size(s, VHOST_MEM_SET_USABLE_SIZE, size, "usable size", errp);
}

int vhost_mem_fd_get_config(const VHostMem *s,
                            struct vhost_mem_config *config)
{
    *config = (struct vhost_mem_config) {
        .size = sizeof(*config),
    };
    return vhost_mem_ioctl(s->fd, VHOST_MEM_GET_CONFIG, config);
}

static int vhost_mem_fd_block_map(const VHostMem *s, unsigned long request,
                                  uint64_t *bitmap, uint64_t first_block,
                                  uint64_t nr_blocks)
{
    uint64_t done;
    int ret = 0;

    for (done = 0; done < nr_blocks && !ret; done += VHOST_MEM_BITMAP_CHUNK) {
        struct vhost_mem_block_map arg = {
            .size = sizeof(arg),
            .first_block = first_block + done,
            .nr_blocks = MIN(nr_blocks - done, VHOST_MEM_BITMAP_CHUNK),
            .bitmap = (uintptr_t)(bitmap + done / 64),
        };

        ret = vhost_mem_ioctl(s->fd, request, &arg);
    }
    return ret;
}

int vhost_mem_fd_get_block_map(const VHostMem *s, uint64_t *bitmap,
                               uint64_t first_block, uint64_t nr_blocks)
{
    return vhost_mem_fd_block_map(s, VHOST_MEM_GET_BLOCK_MAP, bitmap,
                                  first_block, nr_blocks);
}

int vhost_mem_fd_set_block_map(const VHostMem *s, uint64_t *bitmap,
                               uint64_t nr_blocks, Error **errp)
{
    int ret = vhost_mem_fd_block_map(s, VHOST_MEM_SET_BLOCK_MAP, bitmap, 0,
                                     nr_blocks);
    uint64_t size;

    if (!ret) {
        return 0;
    }
    size = s->block_size * bitmap_count_one((unsigned long *)bitmap, nr_blocks);
    if (ret == -ENOSR && vhost_mem_is_hugetlb(s)) {
        vhost_mem_fd_explain_pool(s, "the host's pool, or the VM's cgroup,",
                                  "plug", size, errp);
    } else {
        error_setg_errno(errp, -ret, "the kernel refused to plug 0x%" PRIx64
                         " bytes", size);
    }
    return ret;
}

void vhost_mem_fd_explain_owner(const VHostMem *s, int err, Error **errp)
{
    g_autofree char *file = vhost_mem_fd_label(s);

    /* Only VHOST_SET_OWNER fails with this in vhost_dev_init(). */
    if (err == -EBUSY) {
        error_prepend(errp, "%s has an owner already; it must be a file that"
                      " nobody else uses: ", file);
    } else {
        error_prepend(errp, "%s: ", file);
    }
}
