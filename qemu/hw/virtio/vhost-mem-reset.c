// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vhost-mem: a system reset unplugs every block. A reset of the virtio device does
 * not: it happens whenever a driver is loaded or unloaded, and plugged memory has
 * to stay.
 */

#include "qemu/osdep.h"
#include "block/aio.h"
#include "qemu/error-report.h"
#include "qemu/main-loop.h"
#include "vhost-mem.h"

static void vhost_mem_system_reset(VHostMem *s)
{
    int ret;

    /*
     * This runs before the virtio device is reset, perhaps while the queue is
     * being served. The guest that filled the queue is gone.
     */
    vhost_mem_stop(s);
    /*
     * A dump in the background reads what was plugged when it began, and reading
     * a page that was unplugged since would kill QEMU. The VM cannot run before the
     * dump ends, so this can wait until the VM runs.
     */
    s->reset_is_due = qemu_system_dump_in_progress();
    if (s->reset_is_due) {
        return;
    }
    /* Before it is unplugged, or it could not be freed. */
    vhost_mem_listeners_discard_plugged(s);
    ret = vhost_mem_fd_system_reset(s);
    if (ret && vhost_mem_listeners_populate_plugged(s)) {
        error_report("vhost-mem %s: memory that stays plugged cannot be mapped for"
                     " DMA", vhost_mem_label(s));
    }
    if (ret == -EAGAIN && vhost_mem_migration_is_frozen(s)) {
        /* The new guest's driver unplugs everything after the migration. */
        return;
    }
    if (ret) {
        error_report("vhost-mem %s: cannot unplug all memory: %s",
                     vhost_mem_label(s), strerror(-ret));
    }
}

/* Called before the guest runs, so before it can plug anything. */
void vhost_mem_reset_vm_starts(VHostMem *s)
{
    if (s->reset_is_due) {
        vhost_mem_system_reset(s);
    }
}

#ifdef VHOST_MEM_HAVE_RESET_TYPE

#define TYPE_VHOST_MEM_RESET "vhost-mem-system-reset"

/*
 * A separate object: a resettable child of the device would be reset with the
 * virtio device as well.
 */
OBJECT_DECLARE_SIMPLE_TYPE(VHostMemReset, VHOST_MEM_RESET)

struct VHostMemReset {
    Object parent;
    ResettableState state;
    VHostMem *device;
};

static ResettableState *vhost_mem_reset_get_state(Object *obj)
{
    return &VHOST_MEM_RESET(obj)->state;
}

static void vhost_mem_reset_hold(Object *obj, ResetType type)
{
    VHostMem *s = VHOST_MEM_RESET(obj)->device;

    /* A guest that wakes up keeps its memory. */
    if (s && type != RESET_TYPE_WAKEUP) {
        vhost_mem_system_reset(s);
    }
}

static void vhost_mem_reset_class_init(ObjectClass *klass, VHostMemClassData *data)
{
    ResettableClass *rc = RESETTABLE_CLASS(klass);

    rc->get_state = vhost_mem_reset_get_state;
    rc->phases.hold = vhost_mem_reset_hold;
}

static const TypeInfo vhost_mem_reset_info = {
    .name = TYPE_VHOST_MEM_RESET,
    .parent = TYPE_OBJECT,
    .instance_size = sizeof(VHostMemReset),
    .class_init = vhost_mem_reset_class_init,
    .interfaces = (InterfaceInfo[]) {
        { TYPE_RESETTABLE_INTERFACE },
        { }
    },
};

void vhost_mem_reset_register_types(void)
{
    type_register_static(&vhost_mem_reset_info);
}

void vhost_mem_reset_register(VHostMem *s)
{
    s->reset = VHOST_MEM_RESET(object_new(TYPE_VHOST_MEM_RESET));
    s->reset->device = s;
    qemu_register_resettable(OBJECT(s->reset));
}

static void vhost_mem_reset_leave(void *opaque)
{
    qemu_unregister_resettable(OBJECT(opaque));
    object_unref(OBJECT(opaque));
}

/*
 * A system reset removes devices whose unplug the guest has not acknowledged. QEMU
 * is iterating over its list of resettables then, so leave that list later.
 */
void vhost_mem_reset_unregister(VHostMem *s)
{
    s->reset->device = NULL;
    aio_bh_schedule_oneshot(qemu_get_aio_context(), vhost_mem_reset_leave,
                            s->reset);
    s->reset = NULL;
}

#else

void vhost_mem_reset_register_types(void)
{
}

static void vhost_mem_reset_handler(void *opaque)
{
    vhost_mem_system_reset(opaque);
}

void vhost_mem_reset_register(VHostMem *s)
{
    qemu_register_reset(vhost_mem_reset_handler, s);
}

void vhost_mem_reset_unregister(VHostMem *s)
{
    qemu_unregister_reset(vhost_mem_reset_handler, s);
}

#endif
