/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The differences between QEMU 7.2, 10.0 and 10.2 that matter to this device. The
 * other files are written for 10.0, and use the names defined here where another
 * one has another interface.
 */
#ifndef HW_VIRTIO_VHOST_MEM_COMPAT_H
#define HW_VIRTIO_VHOST_MEM_COMPAT_H

#include "hw/boards.h"
#include "hw/qdev-properties.h"
#include "hw/virtio/virtio-pci.h"
#include "migration/blocker.h"
#include "migration/misc.h"
#include "migration/vmstate.h"
#include "qapi/qapi-events-machine.h"

#if QEMU_VERSION_MAJOR == 10 && \
    (QEMU_VERSION_MINOR == 0 || QEMU_VERSION_MINOR == 2)
#include "hw/resettable.h"
#include "hw/virtio/virtio-md-pci.h"
#include "migration/options.h"
#include "system/iothread.h"
#include "system/numa.h"
#include "system/reset.h"
#include "system/runstate.h"
#include "system/system.h"
#if QEMU_VERSION_MINOR == 2
#include "qapi/error.h"
#include "system/ram_addr.h"
#else
#include "exec/ram_addr.h"
#endif
#elif QEMU_VERSION_MAJOR == 7 && QEMU_VERSION_MINOR == 2
#include "exec/ram_addr.h"
#include "migration/migration.h"
#include "migration/ram.h"
#include "sysemu/iothread.h"
#include "sysemu/numa.h"
#include "sysemu/reset.h"
#include "sysemu/runstate.h"
#include "sysemu/sysemu.h"
#else
#error "the vhost-mem device is written for QEMU 7.2, 10.0 and 10.2"
#endif

#if QEMU_VERSION_MAJOR == 10

/*
 * The machines treat every child of this type as a memory device, so that
 * vhost-mem-plug.c is not needed.
 */
#define VHOST_MEM_HAVE_MD_PCI 1
#define VHOST_MEM_PCI_PARENT TYPE_VIRTIO_MD_PCI
typedef VirtIOMDPCI VHostMemPCIParent;

/* A reset has a type: a wakeup must not unplug memory. */
#define VHOST_MEM_HAVE_RESET_TYPE 1

/* A device's state can be sent before all memory. */
#define VHOST_MEM_HAVE_EARLY_SETUP 1

/* A notifier can refuse a migration that begins. */
#define VHOST_MEM_HAVE_MIGRATION_EVENT 1
typedef NotifierWithReturn VHostMemMigrationNotifier;
typedef MigrationNotifyFunc VHostMemMigrationNotifyFn;

static inline void
vhost_mem_add_migration_notifier(VHostMemMigrationNotifier *notifier,
                                 VHostMemMigrationNotifyFn function)
{
    migration_add_notifier(notifier, function);
}

static inline void
vhost_mem_remove_migration_notifier(VHostMemMigrationNotifier *notifier)
{
    migration_remove_notifier(notifier);
}

/* Is the memory not migrated because both sides share it? */
static inline bool vhost_mem_ram_is_ignored(RAMBlock *block)
{
    return migrate_ram_is_ignored(block);
}

/* A new QEMU cannot take over the region of this one. */
static inline bool vhost_mem_block_other_modes(Error **reason, Error **errp)
{
    error_setg(reason, "vhost-mem: its memory cannot be kept across an update of"
               " QEMU: set the migration mode to 'normal'");
#if QEMU_VERSION_MINOR == 2
    return migrate_add_blocker_modes(reason, BIT(MIG_MODE_CPR_REBOOT) |
                                     BIT(MIG_MODE_CPR_TRANSFER) |
                                     BIT(MIG_MODE_CPR_EXEC), errp) == 0;
#else
    return migrate_add_blocker_modes(reason, errp, MIG_MODE_CPR_REBOOT,
                                     MIG_MODE_CPR_TRANSFER, -1) == 0;
#endif
}

static inline void vhost_mem_unblock_other_modes(Error **reason)
{
    migrate_del_blocker(reason);
}

/* A list of properties has a length instead of an end marker. */
#define VHOST_MEM_HAVE_PROPERTY_COUNT 1
#define VHOST_MEM_PROPERTIES static const Property
#define VHOST_MEM_PROPERTIES_END

static inline RAMBlock *vhost_mem_ram_alloc_from_fd(MemoryRegion *mr,
                                                    uint64_t size, int fd,
                                                    Error **errp)
{
    return qemu_ram_alloc_from_fd(size, size, NULL, mr,
                                  RAM_SHARED | RAM_NORESERVE, fd, 0, false,
                                  errp);
}

static inline void vhost_mem_size_change_event(const char *id, uint64_t size,
                                               const char *qom_path)
{
    qapi_event_send_memory_device_size_change(id, size, qom_path);
}

/* The value of mem-lock; NULL if it is off. */
static inline const char *vhost_mem_memory_lock(void)
{
    return is_mlock_on_fault(mlock_state) ? "on-fault" :
           should_mlock(mlock_state) ? "on" : NULL;
}

static inline void vhost_mem_info_set_id(VirtioMEMDeviceInfo *info,
                                         const char *id)
{
    info->id = g_strdup(id);
}

#else /* 7.2 */

#define VHOST_MEM_PCI_PARENT TYPE_VIRTIO_PCI
typedef VirtIOPCIProxy VHostMemPCIParent;

typedef Notifier VHostMemMigrationNotifier;
typedef void (*VHostMemMigrationNotifyFn)(Notifier *notifier, void *data);

static inline void
vhost_mem_add_migration_notifier(VHostMemMigrationNotifier *notifier,
                                 VHostMemMigrationNotifyFn function)
{
    notifier->notify = function;
    add_migration_state_change_notifier(notifier);
}

static inline void
vhost_mem_remove_migration_notifier(VHostMemMigrationNotifier *notifier)
{
    remove_migration_state_change_notifier(notifier);
}

static inline bool vhost_mem_ram_is_ignored(RAMBlock *block)
{
    return ramblock_is_ignored(block);
}

/* QEMU 7.2 has no other modes. */
static inline bool vhost_mem_block_other_modes(Error **reason, Error **errp)
{
    return true;
}

static inline void vhost_mem_unblock_other_modes(Error **reason)
{
}

#define VHOST_MEM_PROPERTIES static Property
#define VHOST_MEM_PROPERTIES_END DEFINE_PROP_END_OF_LIST(),

static inline RAMBlock *vhost_mem_ram_alloc_from_fd(MemoryRegion *mr,
                                                    uint64_t size, int fd,
                                                    Error **errp)
{
    return qemu_ram_alloc_from_fd(size, mr, RAM_SHARED | RAM_NORESERVE, fd,
                                  0, false, errp);
}

static inline void vhost_mem_size_change_event(const char *id, uint64_t size,
                                               const char *qom_path)
{
    qapi_event_send_memory_device_size_change(!!id, id, size, qom_path);
}

static inline const char *vhost_mem_memory_lock(void)
{
    return enable_mlock ? "on" : NULL;
}

static inline void vhost_mem_info_set_id(VirtioMEMDeviceInfo *info,
                                         const char *id)
{
    info->has_id = !!id;
    info->id = g_strdup(id);
}

#endif

#if QEMU_VERSION_MAJOR == 10 && QEMU_VERSION_MINOR == 2

/* What a class's initializer is given. */
typedef const void VHostMemClassData;

/* A device can fail to take a status that the guest sets. */
#define VHOST_MEM_HAVE_STATUS_RESULT 1

/* A listener's function can fail for discarded parts, too. */
#define VHOST_MEM_HAVE_REPLAY_RESULT 1
typedef ReplayRamDiscardState VHostMemReplayPopulatedFn;
typedef ReplayRamDiscardState VHostMemReplayDiscardedFn;

static inline VMChangeStateEntry *
vhost_mem_add_vm_state_handler(DeviceState *dev, VMChangeStateHandler *function,
                               void *opaque)
{
    return qdev_add_vm_change_state_handler(dev, function, NULL, opaque);
}

static inline int vhost_mem_vmstate_save(QEMUFile *f,
                                         const VMStateDescription *vmsd,
                                         void *opaque)
{
    Error *err = NULL;
    int ret = vmstate_save_state(f, vmsd, opaque, NULL, &err);

    if (err) {
        error_report_err(err);
    }
    return ret;
}

static inline int vhost_mem_vmstate_load(QEMUFile *f,
                                         const VMStateDescription *vmsd,
                                         void *opaque, int version_id)
{
    Error *err = NULL;
    int ret = vmstate_load_state(f, vmsd, opaque, version_id, &err);

    if (err) {
        error_report_err(err);
    }
    return ret;
}

#else /* 7.2, 10.0 */

typedef void VHostMemClassData;
typedef ReplayRamPopulate VHostMemReplayPopulatedFn;
typedef ReplayRamDiscard VHostMemReplayDiscardedFn;

static inline VMChangeStateEntry *
vhost_mem_add_vm_state_handler(DeviceState *dev, VMChangeStateHandler *function,
                               void *opaque)
{
    return qdev_add_vm_change_state_handler(dev, function, opaque);
}

static inline int vhost_mem_vmstate_save(QEMUFile *f,
                                         const VMStateDescription *vmsd,
                                         void *opaque)
{
    return vmstate_save_state(f, vmsd, opaque, NULL);
}

static inline int vhost_mem_vmstate_load(QEMUFile *f,
                                         const VMStateDescription *vmsd,
                                         void *opaque, int version_id)
{
    return vmstate_load_state(f, vmsd, opaque, version_id);
}

#endif

#endif /* HW_VIRTIO_VHOST_MEM_COMPAT_H */
