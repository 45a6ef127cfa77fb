/* SPDX-License-Identifier: GPL-2.0 */
/* What the guest is told about its request, in the host's byte order. */
#ifndef _VHOST_MEM_RESPONSE_H
#define _VHOST_MEM_RESPONSE_H

#include <linux/types.h>

/**
 * struct vhost_mem_response - the response to a request
 * @type: VIRTIO_MEM_RESP_*.
 * @state: VIRTIO_MEM_STATE_* for a STATE request, VHOST_MEM_REPORT_DECISION_*
 *	for a proposal; 0 unless @type is VIRTIO_MEM_RESP_ACK.
 * @error: 0 or the negative errno that became @type. Not for the guest.
 */
struct vhost_mem_response {
	u16 type;
	u16 state;
	int error;
};

u16 vhost_mem_response_type(int error);

#endif /* _VHOST_MEM_RESPONSE_H */
