// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vhost-mem-pci: the PCI device, which is also the memory device that the machine,
 * the monitor and management software see.
 */

#include "qemu/osdep.h"
#include "block/aio.h"
#include "hw/mem/memory-device.h"
#include "qapi/error.h"
#include "qemu/error-report.h"
#include "qemu/main-loop.h"
#include "vhost-mem.h"

/* One interrupt for the configuration, one for the virtqueue. */
#define VHOST_MEM_NVECTORS 2

typedef struct VHostMemPCI {
    VHostMemPCIParent parent_obj;
    VHostMem vdev;
} VHostMemPCI;

DECLARE_INSTANCE_CHECKER(VHostMemPCI, VHOST_MEM_PCI, TYPE_VHOST_MEM_PCI)

static void vhost_mem_pci_realize(VirtIOPCIProxy *proxy, Error **errp)
{
    VHostMemPCI *s = VHOST_MEM_PCI(proxy);

    if (proxy->nvectors == DEV_NVECTORS_UNSPECIFIED) {
        proxy->nvectors = VHOST_MEM_NVECTORS;
    }
    virtio_pci_force_virtio_1(proxy);
    qdev_realize(DEVICE(&s->vdev), BUS(&proxy->bus), errp);
}

static uint64_t vhost_mem_pci_get_addr(const MemoryDeviceState *md)
{
    return VHOST_MEM_PCI(md)->vdev.addr;
}

static void vhost_mem_pci_set_addr(MemoryDeviceState *md, uint64_t addr,
                                   Error **errp)
{
    VHOST_MEM_PCI(md)->vdev.addr = addr;
}

static uint64_t vhost_mem_pci_get_plugged_size(const MemoryDeviceState *md,
                                               Error **errp)
{
    VHostMemSizes sizes;

    vhost_mem_get_sizes(&VHOST_MEM_PCI(md)->vdev, &sizes);
    return sizes.plugged;
}

static MemoryRegion *vhost_mem_pci_get_memory_region(MemoryDeviceState *md,
                                                     Error **errp)
{
    return vhost_mem_get_memory_region(&VHOST_MEM_PCI(md)->vdev, errp);
}

static uint64_t vhost_mem_pci_get_min_alignment(const MemoryDeviceState *md)
{
    return VHOST_MEM_PCI(md)->vdev.block_size;
}

/*
 * Reported as a virtio-mem device, which it is to the guest and to management
 * software. So QMP and HMP need no change.
 */
static void vhost_mem_pci_fill_device_info(const MemoryDeviceState *md,
                                           MemoryDeviceInfo *info)
{
    VHostMem *vdev = &VHOST_MEM_PCI(md)->vdev;
    VirtioMEMDeviceInfo *vi = g_new0(VirtioMEMDeviceInfo, 1);
    VHostMemSizes sizes;

    vhost_mem_get_sizes(vdev, &sizes);
    vhost_mem_info_set_id(vi, DEVICE(md)->id);
    vi->memaddr = vdev->addr;
    vi->node = vdev->node;
    vi->requested_size = sizes.requested;
    vi->size = sizes.plugged;
    vi->max_size = vdev->region_size;
    vi->block_size = vdev->block_size;
    /* There is no memory backend: name the device itself. */
    vi->memdev = object_get_canonical_path(OBJECT(vdev));

    info->u.virtio_mem.data = vi;
    info->type = MEMORY_DEVICE_INFO_KIND_VIRTIO_MEM;
}

#ifdef VHOST_MEM_HAVE_MD_PCI
/*
 * Runs after the bus has got the unplug request. If the bus has refused it, the
 * device is not told, but no unplug is pending then. Otherwise the unplug is pending
 * until the guest acknowledges it or the VM is reset; a PCI guest cannot refuse.
 */
static void vhost_mem_pci_unplug_requested(void *opaque)
{
    DeviceState *dev = opaque;
    VHostMem *vdev = &VHOST_MEM_PCI(dev)->vdev;
    int ret;

    if (dev->realized && !dev->pending_deleted_event) {
        ret = vhost_mem_fd_set_leaving(vdev, false);
        if (ret) {
            error_report("vhost-mem %s: cannot allow resizing again: %s",
                         vhost_mem_label(vdev), strerror(-ret));
        }
    }
    object_unref(OBJECT(dev));
}

/*
 * The administrator can request a larger size at any time, and the guest would plug
 * memory that then vanishes. So tell the kernel before looking at the sizes.
 */
static void vhost_mem_pci_unplug_request_check(VirtIOMDPCI *vmd, Error **errp)
{
    VHostMem *vdev = &VHOST_MEM_PCI(vmd)->vdev;
    const char *label = vhost_mem_label(vdev);
    VHostMemSizes sizes;
    int ret;

    ret = vhost_mem_fd_set_leaving(vdev, true);
    if (ret) {
        error_setg_errno(errp, -ret, "vhost-mem device '%s' cannot be unplugged",
                         label);
        return;
    }
    vhost_mem_get_sizes(vdev, &sizes);
    if (sizes.plugged) {
        error_setg(errp, "vhost-mem device '%s' cannot be unplugged: the guest"
                   " still has 0x%" PRIx64 " bytes of its memory", label,
                   sizes.plugged);
    } else if (sizes.requested) {
        error_setg(errp, "vhost-mem device '%s' cannot be unplugged: its"
                   " requested-size is 0x%" PRIx64 ", not 0", label,
                   sizes.requested);
    }
    object_ref(OBJECT(vmd));
    aio_bh_schedule_oneshot(qemu_get_aio_context(),
                            vhost_mem_pci_unplug_requested, vmd);
}
#endif

VHOST_MEM_PROPERTIES vhost_mem_pci_properties[] = {
    DEFINE_PROP_BIT("ioeventfd", VirtIOPCIProxy, flags,
                    VIRTIO_PCI_FLAG_USE_IOEVENTFD_BIT, true),
    DEFINE_PROP_UINT32("vectors", VirtIOPCIProxy, nvectors,
                       DEV_NVECTORS_UNSPECIFIED),
    VHOST_MEM_PROPERTIES_END
};

static void vhost_mem_pci_class_init(ObjectClass *klass, VHostMemClassData *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    MemoryDeviceClass *mdc = MEMORY_DEVICE_CLASS(klass);
    PCIDeviceClass *pc = PCI_DEVICE_CLASS(klass);

    VIRTIO_PCI_CLASS(klass)->realize = vhost_mem_pci_realize;
    dc->desc = "virtio memory device served by the host's kernel";
    set_bit(DEVICE_CATEGORY_MISC, dc->categories);
    device_class_set_props(dc, vhost_mem_pci_properties);
    pc->revision = VIRTIO_PCI_ABI_VERSION;
    pc->class_id = PCI_CLASS_OTHERS;

    mdc->get_addr = vhost_mem_pci_get_addr;
    mdc->set_addr = vhost_mem_pci_set_addr;
    mdc->get_plugged_size = vhost_mem_pci_get_plugged_size;
    mdc->get_memory_region = vhost_mem_pci_get_memory_region;
    mdc->get_min_alignment = vhost_mem_pci_get_min_alignment;
    mdc->fill_device_info = vhost_mem_pci_fill_device_info;
#ifdef VHOST_MEM_HAVE_MD_PCI
    VIRTIO_MD_PCI_CLASS(klass)->unplug_request_check =
        vhost_mem_pci_unplug_request_check;
#endif
}

static void vhost_mem_pci_instance_init(Object *obj)
{
    static const char * const aliases[] = {
        VHOST_MEM_PROP_SIZE,
        VHOST_MEM_PROP_REGION_SIZE,
        VHOST_MEM_PROP_REQUESTED_SIZE,
    };
    VHostMemPCI *s = VHOST_MEM_PCI(obj);
    size_t i;

    vhost_mem_plug_wrap_machine();
    virtio_instance_init_common(obj, &s->vdev, sizeof(s->vdev),
                                TYPE_VHOST_MEM);
    s->vdev.proxy = DEVICE(obj);
    for (i = 0; i < ARRAY_SIZE(aliases); i++) {
        object_property_add_alias(obj, aliases[i], OBJECT(&s->vdev),
                                  aliases[i]);
    }
}

static const VirtioPCIDeviceTypeInfo vhost_mem_pci_info = {
    .base_name = TYPE_VHOST_MEM_PCI,
    .generic_name = "vhost-mem-pci",
    .parent = VHOST_MEM_PCI_PARENT,
    .instance_size = sizeof(VHostMemPCI),
    .instance_init = vhost_mem_pci_instance_init,
    .class_init = vhost_mem_pci_class_init,
#ifndef VHOST_MEM_HAVE_MD_PCI
    .interfaces = (InterfaceInfo[]) {
        { TYPE_MEMORY_DEVICE },
        { }
    },
#endif
};

void vhost_mem_pci_register_types(void)
{
    virtio_pci_types_register(&vhost_mem_pci_info);
}

vhost_mem_type_init(vhost_mem_pci_register_types)
