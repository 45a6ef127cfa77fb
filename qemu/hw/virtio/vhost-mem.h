/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vhost-mem: a memory device whose memory region and request virtqueue belong
 * to the host kernel (/dev/vhost-mem).
 *
 * vhost-mem.c            the device: properties, realize, features
 * vhost-mem-open.c       opening /dev/vhost-mem, and explaining why it failed
 * vhost-mem-fd.c         the open file: ioctls and their error messages
 * vhost-mem-region.c     the region: creation, mmap, memory region
 * vhost-mem-properties.c checking the properties
 * vhost-mem-numa.c       placing the region on host NUMA nodes
 * vhost-mem-config.c     the configuration space and changes of it
 * vhost-mem-queue.c      starting and stopping the request virtqueue
 * vhost-mem-reset.c      system reset
 * vhost-mem-discard.c    which blocks are plugged, for dumps, migration and DMA
 * vhost-mem-confirm.c    mapping for DMA before the guest gets a block, and after
 * vhost-mem-migration.c  migration: what is sent, and what has to wait for it
 * vhost-mem-fault.c      reporting accesses to unplugged memory
 * vhost-mem-pci.c        the PCI device and memory device
 * vhost-mem-plug.c       makes the machines of QEMU 7.2 plug a memory device
 * vhost-mem-compat.h     the differences between QEMU 7.2, 10.0 and 10.2
 */
#ifndef HW_VIRTIO_VHOST_MEM_H
#define HW_VIRTIO_VHOST_MEM_H

#include "hw/virtio/vhost.h"
#include "hw/virtio/virtio.h"
#include "qemu/event_notifier.h"
#include "qom/object.h"
#include "vhost-mem-compat.h"

/* After QEMU's headers, whose copies of the same structures win. */
#include "standard-headers/linux/virtio_mem.h"
#include <linux/vhost_mem.h>
#include <linux/vhost_mem_report.h>

#define TYPE_VHOST_MEM "vhost-mem"
OBJECT_DECLARE_SIMPLE_TYPE(VHostMem, VHOST_MEM)

#define VHOST_MEM_DEFAULT_DEV "/dev/vhost-mem"

#define VHOST_MEM_PROP_ADDR "memaddr"
#define VHOST_MEM_PROP_BACKING "backing"
#define VHOST_MEM_PROP_BLOCK_SIZE "block-size"
#define VHOST_MEM_PROP_DEV "dev"
#define VHOST_MEM_PROP_HOST_NODES "host-nodes"
#define VHOST_MEM_PROP_NAME "name"
#define VHOST_MEM_PROP_NODE "node"
#define VHOST_MEM_PROP_PAGE_SIZE "page-size"
#define VHOST_MEM_PROP_POLICY "policy"
#define VHOST_MEM_PROP_PREALLOC "prealloc"
#define VHOST_MEM_PROP_RESERVATION "reservation"
#define VHOST_MEM_PROP_RESERVED "reserved"
#define VHOST_MEM_PROP_GUEST_REPORT "guest-report"
#define VHOST_MEM_PROP_REGION_SIZE "region-size"
#define VHOST_MEM_PROP_REQUESTED_SIZE "requested-size"
#define VHOST_MEM_PROP_SIZE "size"
#define VHOST_MEM_PROP_UNPLUGGED "unplugged"
#define VHOST_MEM_PROP_VHOSTFD "vhostfd"

/* Sizes of the configuration space, in this machine's byte order. */
typedef struct VHostMemSizes {
    uint64_t usable;
    uint64_t plugged;
    uint64_t requested;
    /* Changes when the guest has to be told. */
    uint64_t generation;
} VHostMemSizes;

typedef struct VHostMemReset VHostMemReset;

typedef struct VHostMemMigration {
    VHostMemMigrationNotifier notifier;
    /* Blocks the migration modes that the device does not support. */
    Error *blocker;
    /* Source: 0 while the region is frozen, else a negative errno. */
    int freeze_result;
    /* Source: the user asked for a background snapshot. */
    bool was_background;
    /* Target: notify the guest of its configuration when the VM starts. */
    bool notify_guest;

    /* What is sent or received; valid while that is going on. */
    uint64_t requested;
    uint64_t usable;
    int32_t nr_blocks;
    unsigned long *map;
} VHostMemMigration;

struct VHostMem {
    VirtIODevice parent_obj;

    /* Properties */
    char *dev;
    char *vhostfd;
    char *name;
    char *unplugged;
    char *backing;
    char *host_nodes;
    char *policy;
    uint64_t region_size;
    uint64_t block_size;
    /* Of the host's pool; 0 with backing=shmem. */
    uint64_t page_size;
    bool reserved;
    uint64_t addr;
    uint32_t node;
    bool prealloc;
    uint64_t reservation;
    bool report;

    /*
     * The initial requested size. Once the device is realized the kernel's
     * value counts, which the host's administrator can change, too.
     */
    uint64_t requested_size;

    /* The PCI device: it has the id, and is what a user sees. */
    DeviceState *proxy;

    /*
     * The device's file, -1 until the region is created. It is closed with mr,
     * which has another one for the memory. vhost has a duplicate because it
     * closes its own.
     */
    int fd;
    /* Why creating the region failed; see vhost_mem_get_memory_region(). */
    Error *region_error;
    /* What the kernel calls the region; empty if it has no name. */
    char region_name[VHOST_MEM_NAME_MAX];
    /* The region's name, else its number, as vmemctl takes it. */
    char region_label[VHOST_MEM_NAME_MAX];
    MemoryRegion mr;

    struct vhost_dev vhost_dev;
    struct vhost_virtqueue vhost_vq;
    VirtQueue *vq;

    /* Signalled by the kernel when one of the sizes may have changed. */
    EventNotifier config_call;
    /* The sizes as of the last signal of config_call. */
    VHostMemSizes seen;

    VHostMemReset *reset;
    /* The VM was reset, but its memory has not been unplugged yet. */
    bool reset_is_due;
    VMChangeStateEntry *vmstate;
    /* Index into the SIGBUS handler's table of regions, or -1. */
    int fault_slot;
    QLIST_HEAD(, RamDiscardListener) discard_listeners;
    /* Devices can be told what to map for DMA, and what to unmap. */
    bool coordinated;
    /* Signalled by the kernel when a change has to be confirmed; with a listener. */
    EventNotifier confirm_call;
    VHostMemMigration migration;
};

/**
 * vhost_mem_label: the name of the device in messages
 * @s: the device
 *
 * Returns: the id, else the kernel's name for the region, else "(no id)".
 */
static inline const char *vhost_mem_label(const VHostMem *s)
{
    if (s->proxy && s->proxy->id) {
        return s->proxy->id;
    }
    return s->region_name[0] ? s->region_name : "(no id)";
}

/* Whether reads of unplugged blocks give zeroes, rather than fail. */
static inline bool vhost_mem_is_readable(const VHostMem *s)
{
    return !g_strcmp0(s->unplugged, "readable");
}

/* Whether the memory is huge pages of the host's pool. */
static inline bool vhost_mem_is_hugetlb(const VHostMem *s)
{
    return !g_strcmp0(s->backing, "hugetlb");
}

/* vhost-mem-properties.c: can the device be started with them? */
bool vhost_mem_check_properties(VHostMem *s, Error **errp);
bool vhost_mem_check_requested_size(const VHostMem *s, uint64_t size,
                                    Error **errp);

/* vhost-mem-numa.c: the properties host-nodes and policy */
bool vhost_mem_numa_check(const VHostMem *s, Error **errp);
/* Applies them to the region of @fd. */
bool vhost_mem_numa_apply(const VHostMem *s, int fd, Error **errp);

/* vhost-mem-open.c: returns a file descriptor or a negative errno */
int vhost_mem_fd_open(const VHostMem *s, Error **errp);

/* vhost-mem-fd.c: each function returns 0 or a negative errno */
int vhost_mem_fd_create_region(VHostMem *s, int fd, Error **errp);
/* Returns a file descriptor of the region's memory, or a negative errno. */
int vhost_mem_fd_get_memory(int fd, Error **errp);
int vhost_mem_fd_set_address(const VHostMem *s, Error **errp);
int vhost_mem_fd_set_requested_size(const VHostMem *s, uint64_t size,
                                    Error **errp);
int vhost_mem_fd_set_config_call(const VHostMem *s, int eventfd, Error **errp);
/* A @eventfd of -1 and a @timeout_ms of 0: nothing has to be confirmed. */
int vhost_mem_fd_set_confirm(const VHostMem *s, int eventfd,
                             uint32_t timeout_ms);
int vhost_mem_fd_get_pending(const VHostMem *s,
                             struct vhost_mem_pending *pending);
int vhost_mem_fd_confirm(const VHostMem *s, uint64_t seq, uint32_t result);
int vhost_mem_fd_set_running(const VHostMem *s, bool running);
int vhost_mem_fd_system_reset(const VHostMem *s);
int vhost_mem_fd_set_frozen(const VHostMem *s, bool frozen);
int vhost_mem_fd_set_leaving(const VHostMem *s, bool leaving);
int vhost_mem_fd_set_usable_size(const VHostMem *s, uint64_t size,
                                 Error **errp);
int vhost_mem_fd_get_config(const VHostMem *s,
                            struct vhost_mem_config *config);
/* @first_block is a multiple of 64. */
int vhost_mem_fd_get_block_map(const VHostMem *s, uint64_t *bitmap,
                               uint64_t first_block, uint64_t nr_blocks);
int vhost_mem_fd_set_block_map(const VHostMem *s, uint64_t *bitmap,
                               uint64_t nr_blocks, Error **errp);
/* Says in @errp what to do about a failure @err of vhost_dev_init(). */
void vhost_mem_fd_explain_owner(const VHostMem *s, int err, Error **errp);

/* vhost-mem-region.c */
MemoryRegion *vhost_mem_get_memory_region(VHostMem *s, Error **errp);

/* vhost-mem-config.c */
void vhost_mem_get_config(VirtIODevice *vdev, uint8_t *config);
void vhost_mem_get_sizes(VHostMem *s, VHostMemSizes *sizes);
int vhost_mem_config_start(VHostMem *s, Error **errp);
void vhost_mem_config_stop(VHostMem *s);

/* vhost-mem-queue.c */
void vhost_mem_set_status(VirtIODevice *vdev, uint8_t status);
void vhost_mem_stop(VHostMem *s);
void vhost_mem_guest_notifier_mask(VirtIODevice *vdev, int idx, bool mask);
bool vhost_mem_guest_notifier_pending(VirtIODevice *vdev, int idx);

/* vhost-mem-reset.c */
void vhost_mem_reset_register_types(void);
void vhost_mem_reset_register(VHostMem *s);
void vhost_mem_reset_unregister(VHostMem *s);
void vhost_mem_reset_vm_starts(VHostMem *s);

/* vhost-mem-discard.c */
void vhost_mem_discard_class_init(ObjectClass *klass);

/* Map or unmap a range, or what is plugged, for all listeners; or a negative errno. */
int vhost_mem_listeners_populate(VHostMem *s, uint64_t offset, uint64_t length);
int vhost_mem_listeners_populate_plugged(VHostMem *s);
void vhost_mem_listeners_discard(VHostMem *s, uint64_t offset, uint64_t length);
void vhost_mem_listeners_discard_plugged(VHostMem *s);

/* vhost-mem-confirm.c */
/*
 * Refuses to coexist with devices that pin memory which the guest can unplug; with those
 * that cannot be told of that only, if possible.
 */
bool vhost_mem_confirm_require(VHostMem *s, Error **errp);
void vhost_mem_confirm_unrequire(const VHostMem *s);
/* While there is a listener. A negative errno: changes are not confirmed. */
int vhost_mem_confirm_start(VHostMem *s);
void vhost_mem_confirm_stop(VHostMem *s);

/* vhost-mem-migration.c */
extern const VMStateDescription vhost_mem_vmstate_sizes;
bool vhost_mem_migration_register(VHostMem *s, Error **errp);
void vhost_mem_migration_unregister(VHostMem *s);
void vhost_mem_migration_vm_started(VHostMem *s);
/* Has the kernel frozen the region? */
bool vhost_mem_migration_is_frozen(const VHostMem *s);

/* vhost-mem-fault.c */
void vhost_mem_fault_register(VHostMem *s);
void vhost_mem_fault_unregister(VHostMem *s);
/* Is the VM about to stop because of an access that was reported? */
bool vhost_mem_fault_is_stopping(void);

/* vhost-mem-plug.c */
#ifdef VHOST_MEM_HAVE_MD_PCI
static inline void vhost_mem_plug_wrap_machine(void)
{
}
#else
void vhost_mem_plug_wrap_machine(void);
#endif
#define TYPE_VHOST_MEM_PCI "vhost-mem-pci-base"

/*
 * In QEMU's tree the types register themselves. The plug-in registers them only
 * after it has verified that it runs in the QEMU that it was built for.
 */
void vhost_mem_register_types(void);
void vhost_mem_pci_register_types(void);
#ifdef VHOST_MEM_PLUGIN
#define vhost_mem_type_init(function)
#else
#define vhost_mem_type_init(function) type_init(function)
#endif

#endif /* HW_VIRTIO_VHOST_MEM_H */
