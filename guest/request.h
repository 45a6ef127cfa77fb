/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _VHOST_MEM_GUEST_REQUEST_H
#define _VHOST_MEM_GUEST_REQUEST_H

#include <linux/types.h>

#include "queue.h"

/* Maximum number of requests in flight. More would not keep the device busier. */
#define VMG_REQUESTS	16

/**
 * struct vmg_requests - requests in flight
 * @slots: VMG_REQUESTS slots for requests.
 * @nr: Number of requests in flight.
 * @error: First error since vmg_reap_all(), a negative errno; or 0. Either a request has
 *	failed, or what its @acked has to do. It ends the resize.
 *
 * Worker only.
 */
struct vmg_requests {
	struct vmg_request *slots;
	unsigned int nr;
	int error;
};

int vmg_requests_init(struct vmg *vmg);
void vmg_requests_exit(struct vmg *vmg);
unsigned long vmg_in_flight(const struct vmg *vmg);
void vmg_reap_for_room(struct vmg *vmg);
int vmg_reap_all(struct vmg *vmg);
unsigned long vmg_request_max(const struct vmg *vmg);
int vmg_send(struct vmg *vmg, u16 type, unsigned long first, unsigned long nr,
	     vmg_acked_t acked);
int vmg_unplug_all(struct vmg *vmg);
int vmg_state(struct vmg *vmg, u64 addr, unsigned long nr_blocks);

#endif /* _VHOST_MEM_GUEST_REQUEST_H */
