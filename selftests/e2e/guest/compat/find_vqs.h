/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Before 6.11 a transport was given an array of each property of its queues, now
 * one of structures (c502eb85c34e, "virtio: introduce virtio_queue_info struct and
 * find_vqs_info() config op"). Here there is one queue.
 */
#ifndef _SELFTESTS_COMPAT_FIND_VQS_H
#define _SELFTESTS_COMPAT_FIND_VQS_H

#include <linux/virtio_config.h>

static int find_vq(struct virtio_device *vdev, struct virtqueue **vq,
		   vq_callback_t *callback, const char *name);

#ifdef HAVE_VIRTQUEUE_INFO
static int compat_find_vqs(struct virtio_device *vdev, unsigned int nvqs,
			   struct virtqueue *vqs[],
			   struct virtqueue_info vqs_info[],
			   struct irq_affinity *desc)
{
	return nvqs == 1 ? find_vq(vdev, vqs, vqs_info[0].callback,
				   vqs_info[0].name) : -EINVAL;
}
#else
static int compat_find_vqs(struct virtio_device *vdev, unsigned int nvqs,
			   struct virtqueue *vqs[], vq_callback_t *callbacks[],
			   const char * const names[], const bool *ctx,
			   struct irq_affinity *desc)
{
	return nvqs == 1 ? find_vq(vdev, vqs, callbacks[0], names[0]) : -EINVAL;
}
#endif

#endif /* _SELFTESTS_COMPAT_FIND_VQS_H */
