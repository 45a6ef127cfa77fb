// SPDX-License-Identifier: GPL-2.0
/*
 * wrong_device.ko: a virtio memory device inside the guest that gives the responses
 * that it is told to, to test a driver with those that a good device gives rarely or
 * never. Its region begins at @addr; the machine needs memory there that the kernel
 * does not know of (mem=).
 *
 * Parameters "plug", "unplug", "unplug_all" and "report" are the responses to those
 * requests: an enum of the specification, or any number; -1 for a response that has no
 * length, -2 for none until the parameter changes. A request is done if and only if
 * it is answered 0 (ACK). Write "requested" to set the requested size, in MiB.
 */
#include <linux/io.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/sizes.h>
#include <linux/vhost_mem_report.h>
#include <linux/virtio.h>
#include <linux/virtio_config.h>
#include <linux/virtio_mem.h>
#include <linux/virtio_ring.h>
#include <linux/workqueue.h>

#include "compat/find_vqs.h"

#define NO_LENGTH	(-1)
#define NO_ANSWER	(-2)
#define QUEUE_SIZE	32

/* What is negotiated if the driver has it. */
#define FEATURES (BIT_ULL(VIRTIO_F_VERSION_1) | \
		  BIT_ULL(VIRTIO_MEM_F_UNPLUGGED_INACCESSIBLE) | \
		  BIT_ULL(VHOST_MEM_F_GUEST_REPORT))

static struct virtio_mem_config config = {
	.block_size = SZ_2M,
	.addr = SZ_1G,
	.region_size = SZ_512M,
	.usable_region_size = SZ_512M,
};

module_param_named(addr, config.addr, ullong, 0444);
module_param_named(size, config.region_size, ullong, 0444);
module_param_named(usable, config.usable_region_size, ullong, 0444);
module_param_named(block, config.block_size, ullong, 0444);
module_param_named(plugged, config.plugged_size, ullong, 0444);

/* Answers. */
static int plug, unplug, unplug_all, report;
module_param(plug, int, 0644);
module_param(unplug, int, 0644);
module_param(unplug_all, int, 0644);
module_param(report, int, 0644);

/* How often it was asked. */
static unsigned int plugs, unplugs, unplug_alls, reports;
module_param(plugs, uint, 0444);
module_param(unplugs, uint, 0444);
module_param(unplug_alls, uint, 0444);
module_param(reports, uint, 0444);

static struct platform_device *parent;
static struct virtio_device device;
static u8 device_status;
static struct virtqueue *queue;
static u16 next_avail;
/* Protects @queue and what the worker has of it. */
static DEFINE_MUTEX(queue_mutex);

static void serve(struct work_struct *work);
static DECLARE_DELAYED_WORK(serving, serve);

static int set_requested(const char *value, const struct kernel_param *param)
{
	u64 mib;
	int rc = kstrtou64(value, 0, &mib);

	if (rc)
		return rc;
	config.requested_size = mib * SZ_1M;
	if (device_status & VIRTIO_CONFIG_S_DRIVER_OK)
		virtio_config_changed(&device);
	return 0;
}

static const struct kernel_param_ops requested_ops = {
	.set = set_requested,
};

module_param_cb(requested, &requested_ops, NULL, 0200);

static int do_request(const struct virtio_mem_req *req,
		      struct virtio_mem_resp *resp)
{
	u64 size = le16_to_cpu(req->u.plug.nb_blocks) * config.block_size;
	int response;

	switch (le16_to_cpu(req->type)) {
	case VIRTIO_MEM_REQ_PLUG:
		response = READ_ONCE(plug);
		plugs += response != NO_ANSWER;
		config.plugged_size += response ? 0 : size;
		return response;
	case VIRTIO_MEM_REQ_UNPLUG:
		response = READ_ONCE(unplug);
		unplugs += response != NO_ANSWER;
		config.plugged_size -= response ? 0 : size;
		return response;
	case VIRTIO_MEM_REQ_UNPLUG_ALL:
		response = READ_ONCE(unplug_all);
		unplug_alls += response != NO_ANSWER;
		if (!response)
			config.plugged_size = 0;
		return response;
	case VHOST_MEM_REQ_PROPOSAL:
		resp->u.state.state = cpu_to_le16(VHOST_MEM_REPORT_DECISION_DENIED);
		fallthrough;
	case VHOST_MEM_REQ_STATUS:
	case VHOST_MEM_REQ_HINTS:
		response = READ_ONCE(report);
		reports += response != NO_ANSWER;
		return response;
	default:
		return VIRTIO_MEM_RESP_ERROR;
	}
}

/* Answers the request with this descriptor. False if it has to wait. */
static bool response_one(struct vring *vring, u16 head)
{
	struct vring_desc *desc = vring->desc + head, *next;
	struct virtio_mem_resp *resp;
	struct vring_used_elem *used;
	u16 used_idx;
	int response;

	if (le16_to_cpu(desc->flags) & VRING_DESC_F_INDIRECT) {
		desc = phys_to_virt(le64_to_cpu(desc->addr));
		next = desc + 1;
	} else {
		next = vring->desc + le16_to_cpu(desc->next);
	}
	resp = phys_to_virt(le64_to_cpu(next->addr));
	response = do_request(phys_to_virt(le64_to_cpu(desc->addr)), resp);
	if (response == NO_ANSWER)
		return false;
	if (response != NO_LENGTH)
		resp->type = cpu_to_le16(response);
	used_idx = le16_to_cpu(vring->used->idx);
	used = &vring->used->ring[used_idx % vring->num];
	used->id = cpu_to_le32(head);
	used->len = cpu_to_le32(response == NO_LENGTH ? 0 : sizeof(*resp));
	/* The element is there before the index says so. */
	smp_store_release(&vring->used->idx, cpu_to_le16(used_idx + 1));
	return true;
}

static void serve(struct work_struct *work)
{
	struct vring vring;
	bool answered = false;
	u16 head;

	mutex_lock(&queue_mutex);
	if (queue) {
		vring = *virtqueue_get_vring(queue);
		/* What the driver wrote before the index is read after it. */
		while (next_avail != le16_to_cpu(smp_load_acquire(&vring.avail->idx))) {
			head = le16_to_cpu(vring.avail->ring[next_avail % vring.num]);
			if (!response_one(&vring, head)) {
				schedule_delayed_work(&serving, HZ / 10);
				break;
			}
			next_avail++;
			answered = true;
		}
		if (answered)
			vring_interrupt(0, queue);
	}
	mutex_unlock(&queue_mutex);
}

static bool notify(struct virtqueue *vq)
{
	mod_delayed_work(system_wq, &serving, 0);
	return true;
}

static void device_get(struct virtio_device *vdev, unsigned int offset,
		       void *buf, unsigned int len)
{
	if (offset + len <= sizeof(config))
		memcpy(buf, (void *)&config + offset, len);
}

static void device_set(struct virtio_device *vdev, unsigned int offset,
		       const void *buf, unsigned int len)
{
}

static u8 device_get_status(struct virtio_device *vdev)
{
	return device_status;
}

static void device_set_status(struct virtio_device *vdev, u8 value)
{
	device_status = value;
}

static void device_reset(struct virtio_device *vdev)
{
	device_status = 0;
}

static u64 device_get_features(struct virtio_device *vdev)
{
	return FEATURES;
}

static int device_finalize_features(struct virtio_device *vdev)
{
	return 0;
}

static const char *device_bus_name(struct virtio_device *vdev)
{
	return "wrong_device";
}

static void device_del_vqs(struct virtio_device *vdev)
{
	struct virtqueue *vq;

	mutex_lock(&queue_mutex);
	vq = queue;
	queue = NULL;
	mutex_unlock(&queue_mutex);
	cancel_delayed_work_sync(&serving);
	if (vq)
		vring_del_virtqueue(vq);
}

static int find_vq(struct virtio_device *vdev, struct virtqueue **vq,
		   vq_callback_t *callback, const char *name)
{
	*vq = vring_create_virtqueue(0, QUEUE_SIZE, SMP_CACHE_BYTES, vdev, true,
				     false, false, notify, callback, name);
	if (!*vq)
		return -ENOMEM;
	mutex_lock(&queue_mutex);
	next_avail = 0;
	queue = *vq;
	mutex_unlock(&queue_mutex);
	return 0;
}

static const struct virtio_config_ops device_ops = {
	.get = device_get,
	.set = device_set,
	.get_status = device_get_status,
	.set_status = device_set_status,
	.reset = device_reset,
	.find_vqs = compat_find_vqs,
	.del_vqs = device_del_vqs,
	.get_features = device_get_features,
	.finalize_features = device_finalize_features,
	.bus_name = device_bus_name,
};

static void device_release(struct device *dev)
{
}

static int __init wrong_device_init(void)
{
	int rc;

	parent = platform_device_register_simple(KBUILD_MODNAME, -1, NULL, 0);
	if (IS_ERR(parent))
		return PTR_ERR(parent);
	device.dev.parent = &parent->dev;
	device.dev.release = device_release;
	device.id.device = VIRTIO_ID_MEM;
	device.config = &device_ops;
	rc = register_virtio_device(&device);
	if (rc)
		platform_device_unregister(parent);
	return rc;
}

static void __exit wrong_device_exit(void)
{
	unregister_virtio_device(&device);
	platform_device_unregister(parent);
}

module_init(wrong_device_init);
module_exit(wrong_device_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("A virtio memory device that responds as it is told to");
