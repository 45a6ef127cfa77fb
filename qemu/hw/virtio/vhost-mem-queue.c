// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vhost-mem: starting and stopping the request virtqueue, which the kernel serves.
 */

#include "qemu/osdep.h"
#include "qemu/error-report.h"
#include "hw/virtio/virtio-bus.h"
#include "vhost-mem.h"

static BusState *vhost_mem_bus(VHostMem *s)
{
    return qdev_get_parent_bus(DEVICE(s));
}

static void vhost_mem_report(VHostMem *s, const char *what, int err)
{
    error_report("vhost-mem %s: %s: %s", vhost_mem_label(s), what,
                 strerror(-err));
}

static void vhost_mem_start(VHostMem *s)
{
    VirtIODevice *vdev = VIRTIO_DEVICE(s);
    BusState *bus = vhost_mem_bus(s);
    VirtioBusClass *k = VIRTIO_BUS_GET_CLASS(bus);
    int ret;

    /* ioeventfd: the guest's kicks bypass QEMU. */
    ret = vhost_dev_enable_notifiers(&s->vhost_dev, vdev);
    if (ret < 0) {
        vhost_mem_report(s, "cannot set up the guest's notifications", ret);
        return;
    }
    /* irqfd: the kernel's interrupts bypass QEMU. */
    ret = k->set_guest_notifiers(bus->parent, s->vhost_dev.nvqs, true);
    if (ret < 0) {
        vhost_mem_report(s, "cannot set up the interrupts", ret);
        goto fail_guest_notifiers;
    }

    s->vhost_dev.acked_features = vdev->guest_features;
    ret = vhost_dev_start(&s->vhost_dev, vdev, true);
    if (ret < 0) {
        vhost_mem_report(s, "cannot start vhost", ret);
        goto fail_start;
    }
    /* vhost_dev_start() leaves this to the device. */
    vhost_virtqueue_mask(&s->vhost_dev, vdev, 0, false);

    ret = vhost_mem_fd_set_running(s, true);
    if (ret < 0) {
        vhost_mem_report(s, "cannot start the request queue", ret);
        goto fail_running;
    }
    return;

fail_running:
    vhost_dev_stop(&s->vhost_dev, vdev, true);
fail_start:
    k->set_guest_notifiers(bus->parent, s->vhost_dev.nvqs, false);
fail_guest_notifiers:
    vhost_dev_disable_notifiers(&s->vhost_dev, vdev);
}

void vhost_mem_stop(VHostMem *s)
{
    VirtIODevice *vdev = VIRTIO_DEVICE(s);
    BusState *bus = vhost_mem_bus(s);
    VirtioBusClass *k = VIRTIO_BUS_GET_CLASS(bus);
    int ret;

    if (!vhost_dev_is_started(&s->vhost_dev)) {
        return;
    }
    /*
     * Once this returns, the kernel no longer touches the ring, so the position
     * that vhost_dev_stop() reads is final. If it fails, the rest has to be
     * stopped all the same.
     */
    ret = vhost_mem_fd_set_running(s, false);
    if (ret < 0) {
        vhost_mem_report(s, "cannot stop the request queue", ret);
    }
    vhost_dev_stop(&s->vhost_dev, vdev, true);
    ret = k->set_guest_notifiers(bus->parent, s->vhost_dev.nvqs, false);
    if (ret < 0) {
        vhost_mem_report(s, "cannot release the interrupts", ret);
    }
    vhost_dev_disable_notifiers(&s->vhost_dev, vdev);
}

/* Also called when the VM stops and continues, with an unchanged status. */
void vhost_mem_set_status(VirtIODevice *vdev, uint8_t status)
{
    VHostMem *s = VHOST_MEM(vdev);
    bool start = virtio_device_should_start(vdev, status);

    if (start != vhost_dev_is_started(&s->vhost_dev)) {
        if (start) {
            vhost_mem_start(s);
        } else {
            vhost_mem_stop(s);
        }
    }
}

/*
 * QEMU 10.0 also calls this for the configuration interrupt, with a negative index.
 * QEMU raises that one itself: there is nothing to mask.
 */
void vhost_mem_guest_notifier_mask(VirtIODevice *vdev, int idx, bool mask)
{
    if (idx >= 0) {
        vhost_virtqueue_mask(&VHOST_MEM(vdev)->vhost_dev, vdev, idx, mask);
    }
}

bool vhost_mem_guest_notifier_pending(VirtIODevice *vdev, int idx)
{
    return idx >= 0 &&
           vhost_virtqueue_pending(&VHOST_MEM(vdev)->vhost_dev, idx);
}
