// SPDX-License-Identifier: GPL-2.0
/* Requests of the guest: what they do, and how they are answered. */

#include <linux/build_bug.h>
#include <linux/errno.h>
#include <linux/overflow.h>
#include <linux/virtio_mem.h>

#include "request.h"
#include "vhost_mem.h"

/**
 * vhost_mem_response_type() - the response that says how a request ended
 * @error: 0, or an error of the functions of blocks.c.
 *
 * What the guest's driver does next depends on it. After ERROR Linux gives the
 * device up for ever, so only a violation of the protocol may be answered so;
 * after NACK it tries again at once, so NACK needs a requested size in the
 * configuration space that explains it; every trouble of the host is BUSY.
 *
 * Return: VIRTIO_MEM_RESP_*.
 */
u16 vhost_mem_response_type(int error)
{
	switch (error) {
	case 0:
		return VIRTIO_MEM_RESP_ACK;
	case -ENOSPC:
		return VIRTIO_MEM_RESP_NACK;
	case -EINVAL:
	case -ERANGE:
	case -EEXIST:
	case -ENOENT:
		return VIRTIO_MEM_RESP_ERROR;
	default:
		return VIRTIO_MEM_RESP_BUSY;
	}
}

/**
 * vhost_mem_request_serve() - do what a request asks for
 * @region: The region.
 * @request: The request, a copy that the guest cannot change any more.
 * @response: Filled in, every member.
 *
 * Context: May sleep. Takes region->blocks_lock.
 */
void vhost_mem_request_serve(struct vhost_mem_region *region,
			     const struct vhost_mem_request *request,
			     struct vhost_mem_response *response)
{
	u64 nb_blocks = request->nb_blocks;
	enum vhost_mem_blkmap_state state;
	int ret = 0;
	u64 length;

	if (check_mul_overflow(region->block_size, nb_blocks, &length))
		length = 0;	/* far beyond any region: refused as malformed */

	*response = (struct vhost_mem_response){};

	switch (request->type) {
	case VIRTIO_MEM_REQ_PLUG:
		ret = vhost_mem_blocks_plug(region, request->addr, length);
		break;
	case VIRTIO_MEM_REQ_UNPLUG:
		ret = vhost_mem_blocks_unplug(region, request->addr, length);
		break;
	case VIRTIO_MEM_REQ_UNPLUG_ALL:
		ret = vhost_mem_blocks_unplug_all(region, false);
		break;
	case VIRTIO_MEM_REQ_STATE:
		BUILD_BUG_ON((int)VHOST_MEM_BLKMAP_PLUGGED !=
			     VIRTIO_MEM_STATE_PLUGGED);
		BUILD_BUG_ON((int)VHOST_MEM_BLKMAP_UNPLUGGED !=
			     VIRTIO_MEM_STATE_UNPLUGGED);
		BUILD_BUG_ON((int)VHOST_MEM_BLKMAP_MIXED !=
			     VIRTIO_MEM_STATE_MIXED);
		ret = vhost_mem_blocks_state(region, request->addr, length,
					     &state);
		if (!ret)
			response->state = state;
		break;
	default:
		/* The specification is silent; ERROR tells the driver. */
		ret = -EINVAL;
	}
	response->type = vhost_mem_response_type(ret);
	vhost_mem_config_answered(region, ret);
	if (response->type == VIRTIO_MEM_RESP_BUSY)
		vhost_mem_config_retry_later(region);
}
