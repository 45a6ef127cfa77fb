// SPDX-License-Identifier: GPL-2.0
/*
 * What growing and shrinking have in common: when to stop, how requests are sent
 * one after the other, and how to unplug what Linux does not have.
 *
 * Between any two requests of a resize responses are handled, and a message is sent
 * if there is one: here, and where a resize waits.
 */
#include <linux/minmax.h>

#include "guest.h"
#include "resize.h"

/**
 * vmg_more - whether to go on with a resize
 * @vmg: The device.
 * @need: Subblocks that are left.
 *
 * Errors of requests in flight are known by and by.
 *
 * Context: The worker.
 * Return: whether there is something left, and nothing against it.
 */
bool vmg_more(struct vmg *vmg, unsigned long need)
{
	return need && !vmg->requests.error && !vmg_interrupted(vmg);
}

/**
 * vmg_request - have the device plug or unplug subblocks
 * @vmg: The device.
 * @type: VIRTIO_MEM_REQ_PLUG or VIRTIO_MEM_REQ_UNPLUG.
 * @first: First subblock, at the begin of a plug granule.
 * @nr: Subblocks, a multiple of a plug granule.
 * @acked: Called for some of them when the device has done it: from here, for those of
 *	earlier requests also, or from whatever reaps later.
 *
 * Context: The worker. May sleep. vmg->map.lock is not held.
 * Return: 0, or a negative errno, which ends the resize, if it could not be sent.
 */
int vmg_request(struct vmg *vmg, u16 type, unsigned long first, unsigned long nr,
		vmg_acked_t acked)
{
	unsigned long most = vmg_request_max(vmg), now;
	int rc = 0;

	lockdep_assert_not_held(&vmg->map.lock);
	vmg_speak(vmg);
	for (; nr && !rc; first += now, nr -= now) {
		now = min(nr, most);
		vmg_reap_for_room(vmg);
		rc = vmg_send(vmg, type, first, now, acked);
	}
	vmg_reap(vmg);
	if (rc)
		vmg->requests.error = vmg->requests.error ?: rc;
	return rc;
}

static void unplugged(struct vmg *vmg, unsigned long first, unsigned long nr)
{
	vmg_set_plugged(vmg, first, nr, false);
}

/**
 * vmg_unplug_held - unplug subblocks that Linux does not have
 * @vmg: The device. What was sent before is about other subblocks.
 * @first: First subblock to look at.
 * @end: Subblock behind the last one.
 * @need: How many to unplug at most; what is asked for is taken from it.
 *
 * Context: The worker. May sleep.
 */
void vmg_unplug_held(struct vmg *vmg, unsigned long first, unsigned long end,
		     unsigned long *need)
{
	unsigned long nr;

	for (; vmg_more(vmg, *need); first += nr) {
		first = vmg_find_held(vmg, first, &nr);
		if (first >= end)
			return;
		/*
		 * What has been sent before is still in the map. Everything
		 * sent here is in one direction, so it is behind us.
		 */
		nr = min3(nr, end - first, *need);
		if (vmg_request(vmg, VIRTIO_MEM_REQ_UNPLUG, first, nr, unplugged))
			return;
		*need -= nr;
	}
}
