// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Does the running QEMU lay out its structures as the source that the plug-in was
 * built from? The source may not be exactly that of the program: a mirror may lack
 * the distribution's latest changes.
 *
 * A program without debug information still has the sizes of all QOM types, and the
 * offsets of properties and of parts of device states. And what QEMU does with a
 * structure shows which members it reads where. This checks the types that the
 * device is derived from, calls or fills in, and types of QEMU's that contain the
 * other structures that it uses.
 */

#include "qemu/osdep.h"
#include <sys/resource.h>
#include <sys/wait.h>
#include "hw/hotplug.h"
#include "hw/mem/memory-device.h"
#include "hw/pci/pci.h"
#include "hw/pci/pci_bus.h"
#include "hw/qdev-properties.h"
#include "hw/resettable.h"
#include "hw/virtio/vhost-vsock.h"
#include "hw/virtio/virtio-bus.h"
#include "hw/virtio/virtio-mem.h"
#include "hw/vmstate-if.h"
#include "qom/object_interfaces.h"
#include "../hw/virtio/vhost-mem.h"
#include "identity.h"

/* Far more than the check takes. */
#define PLUGIN_LAYOUT_SECONDS 30

/*
 * The beginning of QEMU's TypeImpl, which no header declares; can_read_sizes()
 * verifies it.
 */
typedef struct TypeSizes {
    const char *name;
    size_t class_size;
    size_t instance_size;
} TypeSizes;

static bool complain(const char *what, uint64_t here, uint64_t there)
{
    fprintf(stderr, "vhost-mem: this plug-in was built from another source than"
            " this QEMU: %s is %" PRIu64 " here, and %" PRIu64 " there."
            " vhost-mem-pci is not available.\n"
            "vhost-mem: build one from the exact source of this QEMU: make -C"
            " qemu QEMU_SRC=<source> O=<directory of the plug-ins>\n", what, here,
            there);
    return false;
}

static bool same(const char *what, uint64_t here, uint64_t there)
{
    return here == there || complain(what, here, there);
}

/* Anything but what QEMU could come upon by itself. */
static const TypeInfo probe_info = {
    .name = "vhost-mem-layout",
    .parent = TYPE_OBJECT,
    .abstract = true,
    .instance_size = sizeof(Object) + 0x1238,
    .class_size = sizeof(ObjectClass) + 0x4568,
};

static const TypeSizes *sizes_of(const char *type)
{
    const ObjectClass *class = object_class_by_name(type);

    return class ? (const TypeSizes *)class->type : NULL;
}

/* The sizes of a type that was just registered have to be read back. */
static bool can_read_sizes(void)
{
    const TypeSizes *sizes;

    type_register_static(&probe_info);
    sizes = sizes_of(probe_info.name);
    if (!sizes) {
        return complain("the number of types registered", 0, 1);
    }
    return same("the class size of a type", sizes->class_size,
                probe_info.class_size) &&
           same("the instance size of a type", sizes->instance_size,
                probe_info.instance_size) &&
           same("the length of a type's name", strlen(sizes->name),
                strlen(probe_info.name));
}

/* A size of 0 is not checked: the type has none, or the device does not use it. */
static const struct {
    const char *type;
    size_t instance_size;
    size_t class_size;
} types[] = {
    { TYPE_OBJECT, sizeof(Object), sizeof(ObjectClass) },
    { TYPE_DEVICE, sizeof(DeviceState), sizeof(DeviceClass) },
    { TYPE_BUS, sizeof(BusState), sizeof(BusClass) },
    { TYPE_MACHINE, sizeof(MachineState), sizeof(MachineClass) },
    { TYPE_MEMORY_REGION, sizeof(MemoryRegion), 0 },
    { TYPE_PCI_DEVICE, sizeof(PCIDevice), sizeof(PCIDeviceClass) },
    { TYPE_PCI_BUS, sizeof(PCIBus), sizeof(PCIBusClass) },
    { TYPE_VIRTIO_DEVICE, sizeof(VirtIODevice), sizeof(VirtioDeviceClass) },
    { TYPE_VIRTIO_BUS, sizeof(VirtioBusState), sizeof(VirtioBusClass) },
    { TYPE_VIRTIO_PCI, sizeof(VirtIOPCIProxy), sizeof(VirtioPCIClass) },
    { TYPE_HOTPLUG_HANDLER, 0, sizeof(HotplugHandlerClass) },
    { TYPE_MEMORY_DEVICE, 0, sizeof(MemoryDeviceClass) },
    { TYPE_RAM_DISCARD_MANAGER, 0, sizeof(RamDiscardManagerClass) },
    { TYPE_RESETTABLE_INTERFACE, 0, sizeof(ResettableClass) },
    { TYPE_USER_CREATABLE, 0, sizeof(UserCreatableClass) },
    { TYPE_VMSTATE_IF, 0, sizeof(VMStateIfClass) },
    { TYPE_IOTHREAD, sizeof(IOThread), 0 },
    /* These contain a vhost_dev with its queues, and lists of listeners. */
    { TYPE_VHOST_VSOCK, sizeof(VHostVSock), 0 },
    { TYPE_VIRTIO_MEM, sizeof(VirtIOMEM), 0 },
#ifdef VHOST_MEM_HAVE_MD_PCI
    { TYPE_VIRTIO_MD_PCI, sizeof(VirtIOMDPCI), sizeof(VirtIOMDPCIClass) },
#endif
#ifndef VHOST_MEM_HAVE_MIGRATION_EVENT
    { TYPE_MIGRATION, sizeof(MigrationState), 0 },
#endif
};

static bool type_sizes_match(void)
{
    size_t i;

    for (i = 0; i < ARRAY_SIZE(types); i++) {
        const TypeSizes *sizes = sizes_of(types[i].type);
        g_autofree char *instance = NULL, *class = NULL;

        if (!sizes) {
            fprintf(stderr, "vhost-mem: this QEMU has no type '%s', by which this"
                    " plug-in makes sure of its structures: vhost-mem-pci is not"
                    " available\n", types[i].type);
            return false;
        }
        instance = g_strdup_printf("the size of an object of type '%s'",
                                   types[i].type);
        class = g_strdup_printf("the size of the class of type '%s'",
                                types[i].type);
        if ((types[i].instance_size &&
             !same(instance, sizes->instance_size, types[i].instance_size)) ||
            (types[i].class_size &&
             !same(class, sizes->class_size, types[i].class_size))) {
            return false;
        }
    }
    return true;
}

static unsigned int probe_classes;

static void probe_class_init(ObjectClass *class, VHostMemClassData *data)
{
    probe_classes++;
}

/* Makes QEMU read all structures that describe a PCI device type. */
static const VirtioPCIDeviceTypeInfo pci_probe_info = {
    .base_name = "vhost-mem-layout-pci",
    .parent = TYPE_VIRTIO_PCI,
    .instance_size = sizeof(VirtIOPCIProxy) + 0x1238,
    .class_size = sizeof(VirtioPCIClass) + 0x4568,
    .class_init = probe_class_init,
};

static bool pci_types_match(void)
{
    const TypeSizes *sizes;

    virtio_pci_types_register(&pci_probe_info);
    sizes = sizes_of(pci_probe_info.base_name);
    if (!sizes) {
        return complain("the number of PCI types registered", 0, 1);
    }
    return same("the instance size of a PCI type", sizes->instance_size,
                pci_probe_info.instance_size) &&
           same("the class size of a PCI type", sizes->class_size,
                pci_probe_info.class_size) &&
           same("the number of PCI classes initialized", probe_classes, 1);
}

static const Property *find_property(const DeviceClass *class, const char *name)
{
    const Property *prop;

#ifdef VHOST_MEM_HAVE_PROPERTY_COUNT
    for (prop = class->props_; prop < class->props_ + class->props_count_;
         prop++) {
#else
    for (prop = class->props_; prop->name; prop++) {
#endif
        if (!strcmp(prop->name, name)) {
            return prop;
        }
    }
    return NULL;
}

/* Offsets of members of VirtIODevice, by QEMU's own property tables. */
static bool properties_match(void)
{
    static const struct {
        const char *name;
        size_t offset;
    } members[] = {
        { "indirect_desc", offsetof(VirtIODevice, host_features) },
        { "use-started", offsetof(VirtIODevice, use_started) },
        { "use-disabled-flag", offsetof(VirtIODevice, use_disabled_flag) },
        { "x-disable-legacy-check",
          offsetof(VirtIODevice, disable_legacy_check) },
    };
    const DeviceClass *class =
        DEVICE_CLASS(object_class_by_name(TYPE_VIRTIO_DEVICE));
    size_t i;

    /* Before following pointers: does the second entry begin where expected? */
    if (!same("the type of a property", (uintptr_t)class->props_[1].info,
              (uintptr_t)&qdev_prop_bit64)) {
        return false;
    }
    for (i = 0; i < ARRAY_SIZE(members); i++) {
        const Property *prop = find_property(class, members[i].name);
        g_autofree char *what = g_strdup_printf("the place of '%s'",
                                                members[i].name);

        if (!same(what, prop ? prop->offset : 0, members[i].offset)) {
            return false;
        }
    }
    return true;
}

/* The layout of state descriptions, by that of QEMU's own virtio-mem. */
static bool states_match(void)
{
    const VirtioDeviceClass *class =
        VIRTIO_DEVICE_CLASS(object_class_by_name(TYPE_VIRTIO_MEM));
    const VMStateField *fields = class->vmsd->fields;

    return same("the type of a part of a device's state",
                (uintptr_t)fields[3].info, (uintptr_t)&vmstate_info_uint64) &&
           same("the place of a part of a device's state", fields[3].offset,
                offsetof(VirtIOMEM, requested_size)) &&
           same("the size of a part of a device's state", fields[3].size,
                sizeof(uint64_t)) &&
           same("the length of a part's name", strlen(fields[3].name),
                strlen("requested_size"));
}

static bool memory_regions_match(void)
{
    const uint64_t size = 0x123456789000, align = 0x20000000;
    /* Never used nor freed. */
    MemoryRegion *mr = g_new0(MemoryRegion, 1);

    memory_region_init(mr, NULL, NULL, size);
    mr->align = align;
    return same("the alignment of a memory region",
                memory_region_get_alignment(mr), align) &&
           same("the size of a memory region", int128_get64(mr->size), size);
}

static bool everything_matches(void)
{
    return can_read_sizes() && type_sizes_match() && pci_types_match() &&
           properties_match() && states_match() && memory_regions_match();
}

/*
 * In a child process: a QEMU that misreads the structures that it is given may do
 * anything. And the types registered for the check are gone with the child.
 */
bool plugin_layout_matches(void)
{
    static const struct rlimit no_core;
    int status;
    pid_t pid;

    pid = fork();
    if (pid < 0) {
        fprintf(stderr, "vhost-mem: cannot check QEMU's structures: %s."
                " vhost-mem-pci is not available\n", strerror(errno));
        return false;
    }
    if (!pid) {
        setrlimit(RLIMIT_CORE, &no_core);
        alarm(PLUGIN_LAYOUT_SECONDS);
        _exit(everything_matches() ? EXIT_SUCCESS : EXIT_FAILURE);
    }
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    if (WIFSIGNALED(status)) {
        return complain("the signal that ended the check of QEMU's structures",
                        WTERMSIG(status), 0);
    }
    return WEXITSTATUS(status) == EXIT_SUCCESS;
}
