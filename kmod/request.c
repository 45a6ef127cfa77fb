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

/* Carry out a request. Returns 0 or a negative errno, from which the response follows. */
static int request_do(struct vhost_mem_region *region,
		      const struct vhost_mem_request *request,
		      struct vhost_mem_outcome *outcome, u16 *state)
{
	u64 nb_blocks = request->nb_blocks;
	enum vhost_mem_blkmap_state blocks;
	u64 length;
	int ret;

	lockdep_assert_held(&region->blocks_lock);

	if (check_mul_overflow(region->block_size, nb_blocks, &length))
		length = 0;	/* far beyond any region: refused as malformed */

	switch (request->type) {
	case VIRTIO_MEM_REQ_PLUG:
		return vhost_mem_blocks_plug_range(region, request->addr,
						   length, outcome);
	case VIRTIO_MEM_REQ_UNPLUG:
		return vhost_mem_blocks_unplug_range(region, request->addr,
						     length, outcome);
	case VIRTIO_MEM_REQ_UNPLUG_ALL:
		return vhost_mem_blocks_unplug_every(region, false, outcome);
	case VIRTIO_MEM_REQ_STATE:
		BUILD_BUG_ON((int)VHOST_MEM_BLKMAP_PLUGGED !=
			     VIRTIO_MEM_STATE_PLUGGED);
		BUILD_BUG_ON((int)VHOST_MEM_BLKMAP_UNPLUGGED !=
			     VIRTIO_MEM_STATE_UNPLUGGED);
		BUILD_BUG_ON((int)VHOST_MEM_BLKMAP_MIXED !=
			     VIRTIO_MEM_STATE_MIXED);
		ret = vhost_mem_blocks_state(region, request->addr, length,
					     &blocks);
		if (!ret)
			*state = blocks;
		return ret;
	}
	/* The specification does not say; ERROR tells the driver that it is unknown. */
	return -EINVAL;
}

/**
 * vhost_mem_request_serve() - serve a request
 * @region: The region.
 * @request: The request, a copy that the guest cannot change any more.
 * @response: Filled in, every member. If its error is -EINPROGRESS there is none yet: the
 *	VMM was asked to confirm the change, see confirm.c.
 *
 * Check, change and commit are one step under region->blocks_lock.
 *
 * Context: May sleep. Takes region->blocks_lock and region->config_lock.
 */
void vhost_mem_request_serve(struct vhost_mem_region *region,
			     const struct vhost_mem_request *request,
			     struct vhost_mem_response *response)
{
	struct vhost_mem_outcome outcome = { .request = true };

	*response = (struct vhost_mem_response){};
	mutex_lock(&region->blocks_lock);
	outcome.error = request_do(region, request, &outcome,
				   &response->state);
	if (outcome.error == -EINPROGRESS) {
		/* The answer is committed, and with it the response noted, later. */
		region->asked.request = *request;
		outcome.request = false;
	}
	vhost_mem_blocks_commit(region, &outcome);
	mutex_unlock(&region->blocks_lock);
	response->error = outcome.error;
	response->type = vhost_mem_response_type(outcome.error);
}
