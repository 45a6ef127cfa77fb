/* SPDX-License-Identifier: GPL-2.0 */
/*
 * drivers/vhost/vhost.h is private to the kernel. scripts/kernel/write-vhost-h writes its
 * structures, and the prototypes of its functions, from the type information of the
 * target kernel's own vhost.ko; or takes the file from the source that the kernel was
 * built from. Not needed in the kernel tree, where the module would include "../vhost.h".
 *
 * The prototypes below are those that the module was written for. The compiler compares
 * them with the kernel's ("conflicting types"), and layout.h has it compare the offset
 * and size of each member ("static assertion failed"). Either error means that the
 * module cannot be used with this kernel as it is.
 */
#ifndef _VHOST_MEM_COMPAT_VHOST_H
#define _VHOST_MEM_COMPAT_VHOST_H

#include <linux/build_bug.h>
#include <linux/stddef.h>

#include <vhost-private/vhost.h>
#include <vhost-private/layout.h>

void vhost_poll_queue(struct vhost_poll *poll);
void vhost_dev_flush(struct vhost_dev *dev);
bool vhost_exceeds_weight(struct vhost_virtqueue *vq, int pkts, int total_len);
void vhost_dev_init(struct vhost_dev *dev, struct vhost_virtqueue **vqs,
		    int nvqs, int iov_limit, int weight, int byte_weight,
		    bool use_worker,
		    int (*msg_handler)(struct vhost_dev *dev, u32 asid,
				       struct vhost_iotlb_msg *msg));
long vhost_dev_set_owner(struct vhost_dev *dev);
bool vhost_dev_has_owner(struct vhost_dev *dev);
long vhost_dev_check_owner(struct vhost_dev *dev);
struct vhost_iotlb *vhost_dev_reset_owner_prepare(void);
void vhost_dev_reset_owner(struct vhost_dev *dev, struct vhost_iotlb *umem);
void vhost_dev_cleanup(struct vhost_dev *dev);
void vhost_dev_stop(struct vhost_dev *dev);
long vhost_dev_ioctl(struct vhost_dev *dev, unsigned int ioctl,
		     void __user *argp);
long vhost_vring_ioctl(struct vhost_dev *dev, unsigned int ioctl,
		       void __user *argp);
bool vhost_vq_access_ok(struct vhost_virtqueue *vq);
bool vhost_log_access_ok(struct vhost_dev *dev);
int vhost_get_vq_desc(struct vhost_virtqueue *vq, struct iovec iov[],
		      unsigned int iov_size, unsigned int *out_num,
		      unsigned int *in_num, struct vhost_log *log,
		      unsigned int *log_num);
int vhost_vq_init_access(struct vhost_virtqueue *vq);
int vhost_add_used(struct vhost_virtqueue *vq, unsigned int head, int len);
void vhost_signal(struct vhost_dev *dev, struct vhost_virtqueue *vq);
void vhost_disable_notify(struct vhost_dev *dev, struct vhost_virtqueue *vq);
bool vhost_enable_notify(struct vhost_dev *dev, struct vhost_virtqueue *vq);
int vhost_log_write(struct vhost_virtqueue *vq, struct vhost_log *log,
		    unsigned int log_num, u64 len, struct iovec *iov,
		    int count);
int vq_meta_prefetch(struct vhost_virtqueue *vq);

/**
 * vhost_mem_vq_put_back() - give back the descriptor chain that was got last
 * @vq: The virtqueue; its mutex is held, and no chain was used since.
 *
 * What vhost_discard_vq_desc() does for one chain. That has one more argument since 6.19,
 * for VIRTIO_F_IN_ORDER only, which the device does not offer.
 */
static inline void vhost_mem_vq_put_back(struct vhost_virtqueue *vq)
{
	vq->last_avail_idx--;
}

#ifdef VHOST_H_FROM_BTF

/* Type information has neither macros nor inline functions. */
#define vq_err(vq, fmt, ...) do {				\
	pr_debug(pr_fmt(fmt), ##__VA_ARGS__);			\
	if ((vq)->error_ctx)					\
		eventfd_signal((vq)->error_ctx);		\
} while (0)

/**
 * vhost_vq_set_backend() - set what serves a virtqueue
 * @vq: The virtqueue; its mutex is held.
 * @private_data: NULL stops the virtqueue.
 */
static inline void vhost_vq_set_backend(struct vhost_virtqueue *vq,
					void *private_data)
{
	vq->private_data = private_data;
}

/**
 * vhost_vq_get_backend() - what serves a virtqueue
 * @vq: The virtqueue; its mutex is held.
 *
 * Return: What was set, or NULL.
 */
static inline void *vhost_vq_get_backend(struct vhost_virtqueue *vq)
{
	return vq->private_data;
}

/**
 * vhost_has_feature() - whether a feature was negotiated
 * @vq: The virtqueue; its mutex is held.
 * @bit: The feature's number, below 64.
 *
 * Return: Whether it was.
 */
static inline bool vhost_has_feature(struct vhost_virtqueue *vq, int bit)
{
	return vq->acked_features & BIT_ULL(bit);
}

/* Queues only run with VIRTIO_F_VERSION_1, and so are little-endian. */
static inline u16 vhost16_to_cpu(struct vhost_virtqueue *vq, __virtio16 val)
{
	return __virtio16_to_cpu(true, val);
}

static inline __virtio16 cpu_to_vhost16(struct vhost_virtqueue *vq, u16 val)
{
	return __cpu_to_virtio16(true, val);
}

static inline u64 vhost64_to_cpu(struct vhost_virtqueue *vq, __virtio64 val)
{
	return __virtio64_to_cpu(true, val);
}

#endif /* VHOST_H_FROM_BTF */

#endif /* _VHOST_MEM_COMPAT_VHOST_H */
