// SPDX-License-Identifier: GPL-2.0-or-later
/* The kernel's side of each ioctl. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <linux/vhost.h>
#include <linux/vhost_mem_report.h>
#include <linux/virtio_config.h>
#include <linux/virtio_ring.h>

#include "fake-vhost-mem.h"

#ifndef VIRTIO_MEM_F_PERSISTENT_SUSPEND
#define VIRTIO_MEM_F_PERSISTENT_SUSPEND 2
#endif

static int fake_create(struct fake *f, struct vhost_mem_create_region *arg)
{
    const uint32_t known = VHOST_MEM_CREATE_READABLE | VHOST_MEM_CREATE_NODE |
                           VHOST_MEM_CREATE_PREALLOC |
                           VHOST_MEM_CREATE_HUGETLB | VHOST_MEM_CREATE_RESERVED;

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
             " node=%u name='%s' reservation=%llu%s\n", arg->region_size,
             arg->block_size, arg->flags, arg->node_id, arg->name,
             arg->reservation,
             arg->page_size == 2 << 20 ? " page_size=2M" :
             arg->page_size ? " page_size=?" : "");
    if (ftruncate(f->memory_fd, arg->region_size) < 0) {
        return ENOMEM;
    }
    /* Of the leases, one is good: number 17. */
    if (arg->reservation && arg->reservation != 17) {
        return ENOENT;
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
    { VHOST_MEM_SET_CONFIRM, "SET_CONFIRM", true,
      sizeof(struct vhost_mem_set_confirm) },
    { VHOST_MEM_GET_PENDING, "GET_PENDING", true,
      sizeof(struct vhost_mem_pending) },
    { VHOST_MEM_CONFIRM, "CONFIRM", true,
      sizeof(struct vhost_mem_confirm) },
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
        if (!arg->value) {
            fake_confirm_cancel(f, false);
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
        fake_confirm_cancel(f, true);
        if (f->frozen && !arg->value) {
            f->generation++;
            fake_signal(f);
        }
        f->frozen = arg->value;
    } else if (f->frozen) {
        return EAGAIN;
    } else {
        fake_confirm_cancel(f, true);
        if (fake_is_mapped(0, f->region.region_size)) {
            fake_log("BUG: reset while it is mapped\n");
        }
        f->config.plugged_size = 0;
        fake_set_usable(f, true);
        fake_resize(f);
        fake_signal(f);
    }
    return 0;
}

int fake_ioctl(struct fake *f, unsigned long request, void *arg, int *result)
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
    case VHOST_MEM_SET_CONFIRM:
        return fake_set_confirm(f, arg);
    case VHOST_MEM_GET_PENDING:
        return fake_get_pending(f, arg);
    case VHOST_MEM_CONFIRM:
        return fake_confirm(f, arg);
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
