// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vhost-mem: the device, its properties and its life cycle.
 */

#include "qemu/osdep.h"
#include "qapi/error.h"
#include "qapi/visitor.h"
#include "qemu/error-report.h"
#include "qemu/units.h"
#include "hw/virtio/virtio-bus.h"
#include "migration/vmstate.h"
#include "vhost-mem.h"

#define VHOST_MEM_QUEUE_SIZE 128

/*
 * Feature bits that the kernel decides on: of these, those that it does not offer
 * are withheld from the guest. Other bits are QEMU's own business.
 */
static const int vhost_mem_feature_bits[] = {
    VIRTIO_F_NOTIFY_ON_EMPTY,
    VIRTIO_RING_F_INDIRECT_DESC,
    VIRTIO_RING_F_EVENT_IDX,
    VIRTIO_F_VERSION_1,
    VIRTIO_F_RING_PACKED,
    VIRTIO_F_IOMMU_PLATFORM,
    VIRTIO_F_RING_RESET,
    VIRTIO_F_IN_ORDER,
    VIRTIO_MEM_F_ACPI_PXM,
    VIRTIO_MEM_F_UNPLUGGED_INACCESSIBLE,
    VHOST_MEM_F_GUEST_REPORT,
#ifdef VHOST_MEM_HAVE_RESET_TYPE
    VIRTIO_MEM_F_PERSISTENT_SUSPEND,
#endif
    VHOST_INVALID_FEATURE_BIT
};

static uint64_t vhost_mem_get_features(VirtIODevice *vdev, uint64_t features,
                                       Error **errp)
{
    VHostMem *s = VHOST_MEM(vdev);

    virtio_add_feature(&features, VIRTIO_MEM_F_ACPI_PXM);
    virtio_add_feature(&features, VIRTIO_MEM_F_UNPLUGGED_INACCESSIBLE);
    /* Guest reports go to the kernel; QEMU does not see them. */
    if (s->report) {
        virtio_add_feature(&features, VHOST_MEM_F_GUEST_REPORT);
    }
#ifdef VHOST_MEM_HAVE_RESET_TYPE
    /*
     * QEMU 7.2 cannot tell a wakeup from a reset, and would unplug the memory
     * of a guest that wakes up. Without this feature a guest with plugged memory
     * does not suspend.
     */
    virtio_add_feature(&features, VIRTIO_MEM_F_PERSISTENT_SUSPEND);
#endif
    return vhost_get_features(&s->vhost_dev, vhost_mem_feature_bits, features);
}

static int vhost_mem_validate_features(VirtIODevice *vdev)
{
    /*
     * A driver unaware that unplugged memory is inaccessible would read it, and
     * the VM would stop. Refuse the driver instead.
     */
    if (virtio_host_has_feature(vdev, VIRTIO_MEM_F_UNPLUGGED_INACCESSIBLE) &&
        !virtio_vdev_has_feature(vdev, VIRTIO_MEM_F_UNPLUGGED_INACCESSIBLE)) {
        return -EFAULT;
    }
    return 0;
}

static struct vhost_dev *vhost_mem_get_vhost(VirtIODevice *vdev)
{
    return &VHOST_MEM(vdev)->vhost_dev;
}

static void vhost_mem_handle_output(VirtIODevice *vdev, VirtQueue *vq)
{
    /* The kernel serves the queue. */
}

/*
 * An access of a virtual CPU to unplugged memory is normally reported with its
 * address (vhost-mem-fault.c). If KVM fails without raising a signal, the reason
 * is unknown: all that can be said is that unplugged memory is a possible one.
 */
static void vhost_mem_vm_state_change(void *opaque, bool running,
                                      RunState state)
{
    VHostMem *s = opaque;

    if (running) {
        vhost_mem_reset_vm_starts(s);
        vhost_mem_migration_vm_started(s);
    }
    if (running || state != RUN_STATE_INTERNAL_ERROR ||
        vhost_mem_fault_is_stopping()) {
        return;
    }
    warn_report("vhost-mem %s: the VM has stopped with an internal error; if"
                " KVM reported 'Bad address', the guest may have accessed"
                " unplugged memory in 0x%" PRIx64 "-0x%" PRIx64 ": see the"
                " refused faults in 'vmemctl show %s'", vhost_mem_label(s),
                s->addr, s->addr + s->region_size - 1, s->region_label);
}

static bool vhost_mem_start_vhost(VHostMem *s, Error **errp)
{
    int fd, ret;

    /* vhost_dev_cleanup() closes the descriptor that vhost_dev_init() gets. */
    fd = qemu_dup(s->fd);
    if (fd < 0) {
        error_setg_errno(errp, errno, "vhost-mem: cannot duplicate the file"
                         " descriptor of the memory region");
        return false;
    }

    s->vhost_dev.nvqs = 1;
    s->vhost_dev.vqs = &s->vhost_vq;
    s->vhost_dev.vq_index_end = 1;
    ret = vhost_dev_init(&s->vhost_dev, (void *)(uintptr_t)fd,
                         VHOST_BACKEND_TYPE_KERNEL, 0, errp);
    if (ret < 0) {
        vhost_mem_fd_explain_owner(s, ret, errp);
        return false;
    }
    if (!virtio_has_feature(s->vhost_dev.features, VIRTIO_F_VERSION_1)) {
        error_setg(errp, "vhost-mem: the kernel module does not offer"
                   " VIRTIO_F_VERSION_1");
        vhost_dev_cleanup(&s->vhost_dev);
        return false;
    }
    return true;
}

static void vhost_mem_realize(DeviceState *dev, Error **errp)
{
    VirtIODevice *vdev = VIRTIO_DEVICE(dev);
    VHostMem *s = VHOST_MEM(dev);

    /* The machine has not asked for the region or chosen its address. */
    if (s->fd < 0 || !s->addr) {
        error_setg(errp, "the machine does not support vhost-mem: it does not"
                   " plug it as a memory device");
        return;
    }
    if (!vhost_mem_confirm_require(s, errp)) {
        return;
    }
    if (vhost_mem_fd_set_address(s, errp) ||
        vhost_mem_config_start(s, errp)) {
        goto fail_config;
    }
    if (!vhost_mem_migration_register(s, errp)) {
        goto fail_migration;
    }
    if (vhost_mem_fd_set_requested_size(s, s->requested_size, errp)) {
        goto fail_vhost;
    }

    virtio_init(vdev, VIRTIO_ID_MEM, sizeof(struct virtio_mem_config));
    s->vq = virtio_add_queue(vdev, VHOST_MEM_QUEUE_SIZE,
                             vhost_mem_handle_output);
    if (!vhost_mem_start_vhost(s, errp)) {
        virtio_delete_queue(s->vq);
        virtio_cleanup(vdev);
        goto fail_vhost;
    }

    memory_region_set_ram_discard_manager(&s->mr, RAM_DISCARD_MANAGER(s));
    vhost_mem_reset_register(s);
    vhost_mem_fault_register(s);
    s->vmstate = vhost_mem_add_vm_state_handler(dev,
                                                vhost_mem_vm_state_change, s);
    return;

fail_vhost:
    vhost_mem_migration_unregister(s);
fail_migration:
    vhost_mem_config_stop(s);
fail_config:
    vhost_mem_confirm_unrequire(s);
}

static void vhost_mem_unrealize(DeviceState *dev)
{
    VirtIODevice *vdev = VIRTIO_DEVICE(dev);
    VHostMem *s = VHOST_MEM(dev);

    qemu_del_vm_change_state_handler(s->vmstate);
    vhost_mem_fault_unregister(s);
    vhost_mem_reset_unregister(s);
    memory_region_set_ram_discard_manager(&s->mr, NULL);
    vhost_mem_stop(s);
    vhost_dev_cleanup(&s->vhost_dev);
    virtio_delete_queue(s->vq);
    virtio_cleanup(vdev);
    vhost_mem_migration_unregister(s);
    vhost_mem_config_stop(s);
    vhost_mem_confirm_unrequire(s);
}

/* As for virtio-mem: the plugged size once the device is realized. */
static void vhost_mem_get_size(Object *obj, Visitor *v, const char *name,
                               void *opaque, Error **errp)
{
    VHostMem *s = VHOST_MEM(obj);
    uint64_t value = s->region_size;
    VHostMemSizes sizes;

    if (DEVICE(obj)->realized) {
        vhost_mem_get_sizes(s, &sizes);
        value = sizes.plugged;
    }
    visit_type_size(v, name, &value, errp);
}

static void vhost_mem_set_size(Object *obj, Visitor *v, const char *name,
                               void *opaque, Error **errp)
{
    VHostMem *s = VHOST_MEM(obj);

    /* The region exists before the device is realized. */
    if (s->fd >= 0) {
        error_setg(errp, "'%s' cannot be changed: set '%s'", name,
                   VHOST_MEM_PROP_REQUESTED_SIZE);
        return;
    }
    visit_type_size(v, name, &s->region_size, errp);
}

static void vhost_mem_get_region_size(Object *obj, Visitor *v, const char *name,
                                      void *opaque, Error **errp)
{
    visit_type_size(v, name, &VHOST_MEM(obj)->region_size, errp);
}

static void vhost_mem_get_requested_size(Object *obj, Visitor *v,
                                         const char *name, void *opaque,
                                         Error **errp)
{
    VHostMem *s = VHOST_MEM(obj);
    uint64_t value = s->requested_size;
    VHostMemSizes sizes;

    if (DEVICE(obj)->realized) {
        vhost_mem_get_sizes(s, &sizes);
        value = sizes.requested;
    }
    visit_type_size(v, name, &value, errp);
}

static void vhost_mem_set_requested_size(Object *obj, Visitor *v,
                                         const char *name, void *opaque,
                                         Error **errp)
{
    VHostMem *s = VHOST_MEM(obj);
    uint64_t value;

    if (!visit_type_size(v, name, &value, errp)) {
        return;
    }
    /* Before that, the other properties may not be set yet. */
    if (DEVICE(obj)->realized) {
        /* The unplug was allowed as nothing was plugged or requested. */
        if (s->proxy && s->proxy->pending_deleted_event) {
            error_setg(errp, "'%s' cannot be changed while the device is being"
                       " unplugged", name);
            return;
        }
        if (!vhost_mem_check_requested_size(s, value, errp) ||
            vhost_mem_fd_set_requested_size(s, value, errp)) {
            return;
        }
    }
    s->requested_size = value;
}

static void vhost_mem_instance_init(Object *obj)
{
    VHostMem *s = VHOST_MEM(obj);

    s->fd = -1;
    s->fault_slot = -1;
    QLIST_INIT(&s->discard_listeners);

    object_property_add(obj, VHOST_MEM_PROP_SIZE, "size", vhost_mem_get_size,
                        vhost_mem_set_size, NULL, NULL);
    object_property_set_description(obj, VHOST_MEM_PROP_SIZE,
                                    "set: size of the memory region;"
                                    " get: plugged size");
    object_property_add(obj, VHOST_MEM_PROP_REGION_SIZE, "size",
                        vhost_mem_get_region_size, NULL, NULL, NULL);
    object_property_set_description(obj, VHOST_MEM_PROP_REGION_SIZE,
                                    "get: size of the memory region");
    object_property_add(obj, VHOST_MEM_PROP_REQUESTED_SIZE, "size",
                        vhost_mem_get_requested_size,
                        vhost_mem_set_requested_size, NULL, NULL);
    object_property_set_description(obj, VHOST_MEM_PROP_REQUESTED_SIZE,
                                    "how much the guest should have");
}

static void vhost_mem_instance_finalize(Object *obj)
{
    error_free(VHOST_MEM(obj)->region_error);
}

VHOST_MEM_PROPERTIES vhost_mem_properties[] = {
    DEFINE_PROP_STRING(VHOST_MEM_PROP_DEV, VHostMem, dev),
    DEFINE_PROP_STRING(VHOST_MEM_PROP_VHOSTFD, VHostMem, vhostfd),
    DEFINE_PROP_STRING(VHOST_MEM_PROP_NAME, VHostMem, name),
    DEFINE_PROP_STRING(VHOST_MEM_PROP_UNPLUGGED, VHostMem, unplugged),
    DEFINE_PROP_STRING(VHOST_MEM_PROP_BACKING, VHostMem, backing),
    DEFINE_PROP_SIZE(VHOST_MEM_PROP_PAGE_SIZE, VHostMem, page_size, 0),
    DEFINE_PROP_BOOL(VHOST_MEM_PROP_RESERVED, VHostMem, reserved, false),
    DEFINE_PROP_STRING(VHOST_MEM_PROP_HOST_NODES, VHostMem, host_nodes),
    DEFINE_PROP_STRING(VHOST_MEM_PROP_POLICY, VHostMem, policy),
    DEFINE_PROP_SIZE(VHOST_MEM_PROP_BLOCK_SIZE, VHostMem, block_size, 2 * MiB),
    DEFINE_PROP_UINT64(VHOST_MEM_PROP_ADDR, VHostMem, addr, 0),
    DEFINE_PROP_UINT32(VHOST_MEM_PROP_NODE, VHostMem, node, 0),
    DEFINE_PROP_BOOL(VHOST_MEM_PROP_PREALLOC, VHostMem, prealloc, false),
    DEFINE_PROP_UINT64(VHOST_MEM_PROP_RESERVATION, VHostMem, reservation, 0),
    DEFINE_PROP_BOOL(VHOST_MEM_PROP_GUEST_REPORT, VHostMem, report, true),
    VHOST_MEM_PROPERTIES_END
};

static const VMStateDescription vhost_mem_vmstate = {
    .name = TYPE_VHOST_MEM,
    .version_id = 1,
    .minimum_version_id = 1,
    .fields = (VMStateField[]) {
        VMSTATE_VIRTIO_DEVICE,
        VMSTATE_END_OF_LIST()
    },
};

static const struct {
    const char *name;
    const char *text;
} vhost_mem_descriptions[] = {
    { VHOST_MEM_PROP_DEV, "the device file, " VHOST_MEM_DEFAULT_DEV " by default" },
    { VHOST_MEM_PROP_VHOSTFD, "an open device file instead: number or name" },
    { VHOST_MEM_PROP_NAME, "the region's name for the administrator, the id by"
      " default" },
    { VHOST_MEM_PROP_UNPLUGGED, "unplugged memory is 'inaccessible' (default) or"
      " 'readable'" },
    { VHOST_MEM_PROP_BACKING, "'shmem' (default), or 'hugetlb': huge pages of the"
      " host's pool" },
    { VHOST_MEM_PROP_PAGE_SIZE, "with hugetlb: 2M (default) or 1G" },
    { VHOST_MEM_PROP_RESERVED, "with hugetlb: reserve pages for all of the size, or"
      " do not start" },
    { VHOST_MEM_PROP_HOST_NODES, "NUMA nodes of the host, e.g. 0-1; needs policy" },
    { VHOST_MEM_PROP_POLICY, "'default', 'preferred', 'bind' or 'interleave'" },
    { VHOST_MEM_PROP_BLOCK_SIZE, "the unit of plugging, a power of two" },
    { VHOST_MEM_PROP_ADDR, "guest address of the region, 0 for any" },
    { VHOST_MEM_PROP_NODE, "NUMA node of the guest" },
    { VHOST_MEM_PROP_PREALLOC, "allocate memory when it is plugged" },
    { VHOST_MEM_PROP_RESERVATION, "number of the lease with which memory was"
      " reserved for this device, 0 for none" },
    { VHOST_MEM_PROP_GUEST_REPORT, "the guest may report its state and propose"
      " a size" },
};

#ifdef VHOST_MEM_HAVE_STATUS_RESULT
static int vhost_mem_class_set_status(VirtIODevice *vdev, uint8_t status)
{
    vhost_mem_set_status(vdev, status);
    return 0;
}
#else
#define vhost_mem_class_set_status vhost_mem_set_status
#endif

static void vhost_mem_class_init(ObjectClass *klass, VHostMemClassData *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    VirtioDeviceClass *vdc = VIRTIO_DEVICE_CLASS(klass);
    size_t i;

    device_class_set_props(dc, vhost_mem_properties);
    for (i = 0; i < ARRAY_SIZE(vhost_mem_descriptions); i++) {
        object_class_property_set_description(klass,
                                              vhost_mem_descriptions[i].name,
                                              vhost_mem_descriptions[i].text);
    }
    dc->vmsd = &vhost_mem_vmstate;
    set_bit(DEVICE_CATEGORY_MISC, dc->categories);

    vdc->realize = vhost_mem_realize;
    vdc->unrealize = vhost_mem_unrealize;
    vdc->get_features = vhost_mem_get_features;
    vdc->validate_features = vhost_mem_validate_features;
    vdc->get_config = vhost_mem_get_config;
    vdc->set_status = vhost_mem_class_set_status;
    vdc->guest_notifier_mask = vhost_mem_guest_notifier_mask;
    vdc->guest_notifier_pending = vhost_mem_guest_notifier_pending;
    vdc->get_vhost = vhost_mem_get_vhost;
    vdc->vmsd = &vhost_mem_vmstate_sizes;

    vhost_mem_discard_class_init(klass);
}

static const TypeInfo vhost_mem_info = {
    .name = TYPE_VHOST_MEM,
    .parent = TYPE_VIRTIO_DEVICE,
    .instance_size = sizeof(VHostMem),
    .instance_init = vhost_mem_instance_init,
    .instance_finalize = vhost_mem_instance_finalize,
    .class_init = vhost_mem_class_init,
    .interfaces = (InterfaceInfo[]) {
        { TYPE_RAM_DISCARD_MANAGER },
        { }
    },
};

void vhost_mem_register_types(void)
{
    type_register_static(&vhost_mem_info);
    vhost_mem_reset_register_types();
}

vhost_mem_type_init(vhost_mem_register_types)
