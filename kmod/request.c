// SPDX-License-Identifier: GPL-2.0
/* Requests of the guest: serve them, and choose the response. */

#include <linux/build_bug.h>
#include <linux/errno.h>
#include <linux/overflow.h>
#include <linux/virtio_mem.h>

#include "blocks.h"
#include "config.h"
#include "request.h"
#include "response.h"
#include "vhost_mem.h"

/**
 * vhost_mem_request_serve() - serve a request
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
		/* The specification does not say; ERROR tells the driver that it is unknown. */
		ret = -EINVAL;
	}
	response->type = vhost_mem_response_type(ret);
	vhost_mem_config_answered(region, ret);
	if (response->type == VIRTIO_MEM_RESP_BUSY)
		vhost_mem_config_retry_later(region);
}
