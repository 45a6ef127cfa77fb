// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vhost-mem: the configuration space, which belongs to the kernel. It can change
 * at any time, by the guest's requests and by the host's administrator.
 */

#include "qemu/osdep.h"
#include "qapi/error.h"
#include "qemu/error-report.h"
#include "qemu/main-loop.h"
#include "vhost-mem.h"

static void vhost_mem_read_config(const VHostMem *s,
                                  struct vhost_mem_config *config)
{
    int ret = vhost_mem_fd_get_config(s, config);

    /* Not expected. Give the guest the last known values. */
    if (ret) {
        error_report_once("vhost-mem %s: cannot read the configuration: %s",
                          vhost_mem_label(s), strerror(-ret));
        config->generation = s->seen.generation;
        config->config = (struct virtio_mem_config) {
            .block_size = cpu_to_le64(s->block_size),
            .node_id = cpu_to_le16(s->node),
            .addr = cpu_to_le64(s->addr),
            .region_size = cpu_to_le64(s->region_size),
            .usable_region_size = cpu_to_le64(s->seen.usable),
            .plugged_size = cpu_to_le64(s->seen.plugged),
            .requested_size = cpu_to_le64(s->seen.requested),
        };
    }
}

/*
 * Read from the kernel each time: after a response to a request, the guest relies
 * on a plugged size that includes it.
 */
void vhost_mem_get_config(VirtIODevice *vdev, uint8_t *config)
{
    struct vhost_mem_config data;

    vhost_mem_read_config(VHOST_MEM(vdev), &data);
    memcpy(config, &data.config, sizeof(data.config));
}

void vhost_mem_get_sizes(VHostMem *s, VHostMemSizes *sizes)
{
    struct vhost_mem_config data;

    vhost_mem_read_config(s, &data);
    sizes->usable = le64_to_cpu(data.config.usable_region_size);
    sizes->plugged = le64_to_cpu(data.config.plugged_size);
    sizes->requested = le64_to_cpu(data.config.requested_size);
    sizes->generation = data.generation;
}

static void vhost_mem_send_size_event(VHostMem *s, uint64_t size)
{
    Object *obj = s->proxy ? OBJECT(s->proxy) : OBJECT(s);
    g_autofree char *path = object_get_canonical_path(obj);

    vhost_mem_size_change_event(DEVICE(obj)->id, size, path);
}

static void vhost_mem_config_changed(EventNotifier *notifier)
{
    VHostMem *s = container_of(notifier, VHostMem, config_call);
    VHostMemSizes old = s->seen, new;

    if (!event_notifier_test_and_clear(notifier)) {
        return;
    }
    vhost_mem_get_sizes(s, &new);
    s->seen = new;

    if (new.plugged != old.plugged) {
        vhost_mem_send_size_event(s, new.plugged);
    }
    /*
     * The plugged size changes by the guest's own requests only, so it is not
     * notified of that. The kernel increments the generation when the guest has
     * to be notified, also if no size has changed: a driver then repeats what was
     * answered BUSY.
     */
    if (new.generation != old.generation) {
        virtio_notify_config(VIRTIO_DEVICE(s));
    }
}

int vhost_mem_config_start(VHostMem *s, Error **errp)
{
    struct vhost_mem_config config;
    int ret;

    /* Fail now: vhost_mem_read_config() cannot report an error later. */
    ret = vhost_mem_fd_get_config(s, &config);
    if (ret) {
        error_setg_errno(errp, -ret, "vhost-mem: cannot read the configuration"
                         " from the kernel; if the vhost_mem module is older or"
                         " newer than this device, build both again");
        return ret;
    }
    ret = event_notifier_init(&s->config_call, 0);
    if (ret < 0) {
        error_setg_errno(errp, -ret, "vhost-mem: cannot create an eventfd");
        return ret;
    }
    ret = vhost_mem_fd_set_config_call(s,
                                       event_notifier_get_fd(&s->config_call),
                                       errp);
    if (ret) {
        event_notifier_cleanup(&s->config_call);
        return ret;
    }
    vhost_mem_get_sizes(s, &s->seen);
    event_notifier_set_handler(&s->config_call, vhost_mem_config_changed);
    return 0;
}

void vhost_mem_config_stop(VHostMem *s)
{
    vhost_mem_fd_set_config_call(s, -1, NULL);
    event_notifier_set_handler(&s->config_call, NULL);
    event_notifier_cleanup(&s->config_call);
}
