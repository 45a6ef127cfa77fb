// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vhost-mem: has plugged memory mapped for the DMA of devices (vfio-pci), and confirms
 * that to the kernel, which answers the guest after it.
 *
 * Only while there is such a device, that is a listener: otherwise the kernel asks for
 * nothing, and QEMU has no part in a request. All of it happens in the main loop, so a
 * change that was fetched is confirmed before anything else can happen to the device.
 */

#include "qemu/osdep.h"
#include "qapi/error.h"
#include "qemu/error-report.h"
#include "qemu/main-loop.h"
#include "vhost-mem.h"

/* Milliseconds for which the main loop may be busy until a request is answered BUSY. */
#define VHOST_MEM_CONFIRM_MS 10000

static void vhost_mem_confirm_plug(VHostMem *s,
                                   const struct vhost_mem_pending *pending)
{
    uint32_t result = VHOST_MEM_CONFIRM_DONE;
    int ret = vhost_mem_listeners_populate(s, pending->offset, pending->length);

    if (ret) {
        error_report_once("vhost-mem %s: cannot map 0x%" PRIx64 " bytes at offset"
                          " 0x%" PRIx64 " for DMA: %s", vhost_mem_label(s),
                          (uint64_t)pending->length, (uint64_t)pending->offset,
                          strerror(-ret));
        result = VHOST_MEM_CONFIRM_FAILED;
    }
    ret = vhost_mem_fd_confirm(s, pending->seq, result);
    if (ret) {
        error_report("vhost-mem %s: cannot confirm that memory is mapped for DMA:"
                     " %s", vhost_mem_label(s), strerror(-ret));
        if (result == VHOST_MEM_CONFIRM_DONE) {
            vhost_mem_listeners_discard(s, pending->offset, pending->length);
            vhost_mem_fd_confirm(s, pending->seq, VHOST_MEM_CONFIRM_FAILED);
        }
    }
}

/* Makes memory that stays plugged available to devices again. */
static int vhost_mem_confirm_undo_unplug(VHostMem *s,
                                         const struct vhost_mem_pending *pending)
{
    if (pending->type == VHOST_MEM_PENDING_UNPLUG_ALL) {
        return vhost_mem_listeners_populate_plugged(s);
    }
    return vhost_mem_listeners_populate(s, pending->offset, pending->length);
}

static void vhost_mem_confirm_unplug(VHostMem *s,
                                     const struct vhost_mem_pending *pending)
{
    uint32_t result = VHOST_MEM_CONFIRM_FAILED;
    int ret;

    if (pending->type == VHOST_MEM_PENDING_UNPLUG_ALL) {
        vhost_mem_listeners_discard_plugged(s);
    } else {
        vhost_mem_listeners_discard(s, pending->offset, pending->length);
    }
    ret = vhost_mem_fd_confirm(s, pending->seq, VHOST_MEM_CONFIRM_DONE);
    if (!ret) {
        return;
    }
    /*
     * Somebody else uses the memory. The guest goes on using it, too, so devices
     * have to reach it. If they cannot, it must not stay with the guest.
     */
    if (vhost_mem_confirm_undo_unplug(s, pending)) {
        result = VHOST_MEM_CONFIRM_FORCE;
    }
    if (ret != -ESTALE) {
        ret = vhost_mem_fd_confirm(s, pending->seq, result);
    }
    if (ret) {
        error_report("vhost-mem %s: cannot confirm that memory is not mapped for"
                     " DMA: %s", vhost_mem_label(s), strerror(-ret));
    }
}

static void vhost_mem_confirm_handle(EventNotifier *notifier)
{
    VHostMem *s = container_of(notifier, VHostMem, confirm_call);
    struct vhost_mem_pending pending;

    /*
     * Without a change it was cancelled, or the signal is that of an earlier one: there
     * is nothing to do.
     */
    if (!event_notifier_test_and_clear(notifier) ||
        vhost_mem_fd_get_pending(s, &pending)) {
        return;
    }
    if (pending.type == VHOST_MEM_PENDING_PLUG) {
        vhost_mem_confirm_plug(s, &pending);
    } else {
        vhost_mem_confirm_unplug(s, &pending);
    }
}

/*
 * Memory is unplugged at the guest's request. Devices that want all of the guest's memory
 * pinned all the time would keep stale pages. vfio-pci can do without that, if the kernel
 * waits for it to map and unmap; readable memory cannot be pinned by newer kernels.
 */
bool vhost_mem_confirm_require(VHostMem *s, Error **errp)
{
    s->coordinated = !vhost_mem_is_readable(s) &&
                     !vhost_mem_fd_set_confirm(s, -1, 0);
    if (s->coordinated) {
        if (!ram_block_coordinated_discard_require(true)) {
            return true;
        }
        error_setg(errp, "vhost-mem cannot be used together with devices that pin"
                   " the guest's memory (vhost-vdpa, an nvme:// drive; but vfio-pci"
                   " can be), and this VM has one");
        return false;
    }
    if (!ram_block_discard_require(true)) {
        return true;
    }
    error_setg(errp, "vhost-mem cannot be used together with devices that pin the"
               " guest's memory (vfio-pci, vhost-vdpa, an nvme:// drive)%s, and"
               " this VM has one", vhost_mem_is_readable(s) ?
               " with unplugged=readable" : ": the vhost_mem module is too old");
    return false;
}

void vhost_mem_confirm_unrequire(const VHostMem *s)
{
    if (s->coordinated) {
        ram_block_coordinated_discard_require(false);
    } else {
        ram_block_discard_require(false);
    }
}

int vhost_mem_confirm_start(VHostMem *s)
{
    int ret = event_notifier_init(&s->confirm_call, 0);

    if (ret < 0) {
        return ret;
    }
    event_notifier_set_handler(&s->confirm_call, vhost_mem_confirm_handle);
    ret = vhost_mem_fd_set_confirm(s, event_notifier_get_fd(&s->confirm_call),
                                   VHOST_MEM_CONFIRM_MS);
    if (ret) {
        event_notifier_set_handler(&s->confirm_call, NULL);
        event_notifier_cleanup(&s->confirm_call);
    }
    return ret;
}

void vhost_mem_confirm_stop(VHostMem *s)
{
    /* It was not started, which has been reported. */
    if (!s->confirm_call.initialized) {
        return;
    }
    vhost_mem_fd_set_confirm(s, -1, 0);
    event_notifier_set_handler(&s->confirm_call, NULL);
    event_notifier_cleanup(&s->confirm_call);
}
