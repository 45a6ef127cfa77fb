// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vhost-mem: the VM's reset unplugs every block. The reset of the virtio device
 * does not: it happens whenever a driver is loaded or unloaded, and what is
 * plugged has to stay.
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
     * This runs before the virtio device is reset, maybe while the queue is
     * being served. The guest that filled it has gone.
     */
    vhost_mem_stop(s);
    /*
     * A dump in the background reads what was plugged when it began, and touching
     * a page that has been unplugged since would end QEMU. The VM cannot run before
     * the dump has ended: so this can wait until it does.
     */
    s->reset_is_due = qemu_system_dump_in_progress();
    if (s->reset_is_due) {
        return;
    }
    ret = vhost_mem_fd_system_reset(s);
    if (ret == -EAGAIN && vhost_mem_migration_is_frozen(s)) {
        /* The new guest's driver wants to unplug it, and will again. */
        return;
    }
    if (ret) {
        error_report("vhost-mem %s: cannot unplug all memory: %s",
                     vhost_mem_label(s), strerror(-ret));
    }
}

/* Before the guest can have anything plugged. */
void vhost_mem_reset_vm_starts(VHostMem *s)
{
    if (s->reset_is_due) {
        vhost_mem_system_reset(s);
    }
}

#ifdef VHOST_MEM_HAVE_RESET_TYPE

#define TYPE_VHOST_MEM_RESET "vhost-mem-system-reset"

/*
 * An object of its own: one that belongs to the device would be reset together
 * with the device, too.
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

    /* A guest that wakes up wants the memory that it had. */
    if (s && type != RESET_TYPE_WAKEUP) {
        vhost_mem_system_reset(s);
    }
}

static void vhost_mem_reset_class_init(ObjectClass *klass, void *data)
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
 * A reset itself takes devices away whose unplug the guest has not answered. Then
 * QEMU is in the middle of its list, which must not change under it.
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
