// SPDX-License-Identifier: GPL-2.0
/*
 * bench_mem.ko: a virtio memory driver that does what programs tell it to, and measures
 * how long the device takes. Nothing is added to the guest's memory. So each device, ours
 * or QEMU's, gets the same requests in the same order.
 */
#include <linux/completion.h>
#include <linux/io.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include <linux/uaccess.h>
#include <linux/virtio.h>
#include <linux/virtio_config.h>
#include <linux/virtio_mem.h>

#include "bench_mem.h"

static uint slots[16];
static int nr_slots;
module_param_array(slots, uint, &nr_slots, 0444);
MODULE_PARM_DESC(slots, "PCI slots of the devices to take; all if there is none");

/* How much is mapped at once. */
#define PIECE	((u64)128 << 20)

struct bench_mem {
	struct virtio_device *vdev;
	struct virtqueue *vq;
	struct miscdevice misc;
	struct bench_mem_info info;
	char name[24];
	struct completion answered;
	/* One request at a time: protects those below, and the queue. */
	struct mutex mutex;
	struct virtio_mem_req req;
	struct virtio_mem_resp resp;
};

static void on_response(struct virtqueue *vq)
{
	struct bench_mem *bench = vq->vdev->priv;

	complete(&bench->answered);
}

/* The interrupt may be that of a response which was polled for: then once more. */
static int wait_for_response(struct bench_mem *bench, bool poll)
{
	unsigned int len;

	while (!virtqueue_get_buf(bench->vq, &len)) {
		if (virtqueue_is_broken(bench->vq))
			return -EIO;
		if (poll)
			cpu_relax();
		else if (!wait_for_completion_timeout(&bench->answered, 300 * HZ))
			return -ETIMEDOUT;
	}
	return 0;
}

static int bench_mem_request(struct bench_mem *bench,
			     struct bench_mem_request *r)
{
	struct scatterlist req, resp, *sgs[] = { &req, &resp };
	ktime_t begin;
	int rc;

	memset(&bench->req, 0, sizeof(bench->req));
	bench->req.type = cpu_to_le16(r->type);
	bench->req.u.plug.addr = cpu_to_le64(bench->info.addr +
					     r->first * bench->info.block);
	bench->req.u.plug.nb_blocks = cpu_to_le16(r->nr);
	bench->resp.type = cpu_to_le16(U16_MAX);
	sg_init_one(&req, &bench->req, sizeof(bench->req));
	sg_init_one(&resp, &bench->resp, sizeof(bench->resp));
	reinit_completion(&bench->answered);
	if (r->poll)
		virtqueue_disable_cb(bench->vq);
	else
		virtqueue_enable_cb(bench->vq);

	begin = ktime_get();
	rc = virtqueue_add_sgs(bench->vq, sgs, 1, 1, bench, GFP_KERNEL);
	if (rc)
		return rc;
	virtqueue_kick(bench->vq);
	rc = wait_for_response(bench, r->poll);
	r->ns = ktime_to_ns(ktime_sub(ktime_get(), begin));
	r->response = le16_to_cpu(bench->resp.type);
	return rc;
}

static int bench_mem_touch(struct bench_mem *bench, struct bench_mem_touch *t)
{
	u64 addr = bench->info.addr + t->first * bench->info.block;
	u64 length = t->nr * bench->info.block, offset, at;

	if (t->step < sizeof(u64) || t->first > bench->info.size / bench->info.block ||
	    length > bench->info.size - t->first * bench->info.block)
		return -EINVAL;
	t->ns = 0;
	for (offset = 0; offset < length; offset += round_up(PIECE, t->step)) {
		u64 piece = min(length - offset, PIECE);
		void *mem = memremap(addr + offset, piece, MEMREMAP_WB);
		ktime_t begin;

		if (!mem)
			return -ENOMEM;
		begin = ktime_get();
		for (at = 0; at < piece; at += t->step)
			WRITE_ONCE(*(u64 *)(mem + at), offset + at + 1);
		t->ns += ktime_to_ns(ktime_sub(ktime_get(), begin));
		memunmap(mem);
		cond_resched();
	}
	return 0;
}

static long bench_mem_ioctl(struct file *file, unsigned int cmd,
			    unsigned long arg)
{
	struct bench_mem *bench = container_of(file->private_data,
					       struct bench_mem, misc);
	union {
		struct bench_mem_request request;
		struct bench_mem_touch touch;
	} u;
	void __user *to = (void __user *)arg;
	long rc;

	if (cmd == BENCH_MEM_INFO)
		return copy_to_user(to, &bench->info, sizeof(bench->info)) ?
			-EFAULT : 0;
	if (cmd != BENCH_MEM_REQUEST && cmd != BENCH_MEM_TOUCH)
		return -ENOTTY;
	if (copy_from_user(&u, to, _IOC_SIZE(cmd)))
		return -EFAULT;
	if (cmd == BENCH_MEM_TOUCH) {
		rc = bench_mem_touch(bench, &u.touch);
	} else {
		mutex_lock(&bench->mutex);
		rc = bench_mem_request(bench, &u.request);
		mutex_unlock(&bench->mutex);
	}
	if (!rc && copy_to_user(to, &u, _IOC_SIZE(cmd)))
		rc = -EFAULT;
	return rc;
}

static const struct file_operations bench_mem_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = bench_mem_ioctl,
};

/* The PCI slot of a device that is to be taken, else a negative errno. */
static int bench_mem_slot(struct virtio_device *vdev)
{
	int slot, i;

	if (!dev_is_pci(vdev->dev.parent))
		return -ENODEV;
	slot = PCI_SLOT(to_pci_dev(vdev->dev.parent)->devfn);
	for (i = 0; i < nr_slots; i++)
		if (slots[i] == slot)
			return slot;
	return nr_slots ? -ENODEV : slot;
}

static int bench_mem_probe(struct virtio_device *vdev)
{
	struct bench_mem *bench;
	int slot = bench_mem_slot(vdev), rc;

	if (slot < 0)
		return slot;
	bench = kzalloc(sizeof(*bench), GFP_KERNEL);
	if (!bench)
		return -ENOMEM;
	bench->vdev = vdev;
	vdev->priv = bench;
	mutex_init(&bench->mutex);
	init_completion(&bench->answered);
	virtio_cread_le(vdev, struct virtio_mem_config, addr, &bench->info.addr);
	virtio_cread_le(vdev, struct virtio_mem_config, region_size,
			&bench->info.size);
	virtio_cread_le(vdev, struct virtio_mem_config, block_size,
			&bench->info.block);
	bench->vq = virtio_find_single_vq(vdev, on_response, "guest-request");
	if (IS_ERR(bench->vq)) {
		rc = PTR_ERR(bench->vq);
		goto out_free;
	}
	virtio_device_ready(vdev);
	snprintf(bench->name, sizeof(bench->name), "bench-mem-%d", slot);
	bench->misc.minor = MISC_DYNAMIC_MINOR;
	bench->misc.name = bench->name;
	bench->misc.fops = &bench_mem_fops;
	rc = misc_register(&bench->misc);
	if (!rc)
		return 0;
	virtio_reset_device(vdev);
	vdev->config->del_vqs(vdev);
out_free:
	kfree(bench);
	return rc;
}

/* The programs have ended: the module is not unloaded before. */
static void bench_mem_remove(struct virtio_device *vdev)
{
	struct bench_mem *bench = vdev->priv;

	misc_deregister(&bench->misc);
	virtio_reset_device(vdev);
	vdev->config->del_vqs(vdev);
	kfree(bench);
}

static const struct virtio_device_id bench_mem_ids[] = {
	{ VIRTIO_ID_MEM, VIRTIO_DEV_ANY_ID },
	{ 0 },
};

static const unsigned int bench_mem_features[] = {
	VIRTIO_MEM_F_UNPLUGGED_INACCESSIBLE,
};

static struct virtio_driver bench_mem_driver = {
	.driver.name = KBUILD_MODNAME,
	.driver.owner = THIS_MODULE,
	.id_table = bench_mem_ids,
	.feature_table = bench_mem_features,
	.feature_table_size = ARRAY_SIZE(bench_mem_features),
	.probe = bench_mem_probe,
	.remove = bench_mem_remove,
};
module_virtio_driver(bench_mem_driver);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Sends requests to virtio memory devices, and measures them");
