// SPDX-License-Identifier: GPL-2.0
/*
 * What growing and shrinking have in common: when to stop, how to send a range as
 * requests one after the other, and how to unplug what is not exposed.
 *
 * Between any two requests of a resize, responses are handled and a guest report is sent
 * if there is one.
 */
#include <linux/minmax.h>

#include "guest.h"
#include "resize.h"

/**
 * vmg_more - whether to continue a resize
 * @vmg: The device.
 * @need: Number of subblocks that are still to be plugged or unplugged.
 *
 * Errors of requests in flight become known only when they are reaped.
 *
 * Context: The worker.
 * Return: whether something is left to do, no request has failed so far, and the resize
 * was not interrupted.
 */
bool vmg_more(struct vmg *vmg, unsigned long need)
{
	return need && !vmg->requests.error && !vmg_interrupted(vmg);
}

/**
 * vmg_request - have the device plug or unplug subblocks
 * @vmg: The device.
 * @type: VIRTIO_MEM_REQ_PLUG or VIRTIO_MEM_REQ_UNPLUG.
 * @first: First subblock, at the start of a plug granule.
 * @nr: Number of subblocks, a multiple of the plug granule.
 * @acked: Called for the subblocks of each request that gets an ACK, when it is reaped:
 *	in here or later. The @acked of earlier requests may be called in here, too.
 *
 * Context: The worker. May sleep. vmg->map.lock is not held.
 * Return: 0, or a negative errno if a request could not be sent, which ends the resize.
 */
int vmg_request(struct vmg *vmg, u16 type, unsigned long first, unsigned long nr,
		vmg_acked_t acked)
{
	unsigned long most = vmg_request_max(vmg), now;
	int rc = 0;

	vmg_assert_worker(vmg);

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

/* The vmg_acked_t of UNPLUG requests. */
static void unplugged(struct vmg *vmg, unsigned long first, unsigned long nr)
{
	vmg_set_plugged(vmg, first, nr, false);
}

/**
 * vmg_unplug - unplug subblocks
 * @vmg: The device.
 * @first: First subblock, at the start of a plug granule. None of them is exposed, and no
 *	request in flight is about them.
 * @nr: Number of subblocks, a multiple of the plug granule.
 *
 * They stay plugged in the map until the response is reaped: in here or later.
 *
 * Context: The worker. May sleep. vmg->map.lock is not held.
 * Return: 0, or a negative errno if a request could not be sent, which ends the resize.
 */
int vmg_unplug(struct vmg *vmg, unsigned long first, unsigned long nr)
{
	return vmg_request(vmg, VIRTIO_MEM_REQ_UNPLUG, first, nr, unplugged);
}

/**
 * vmg_unplug_unexposed - unplug subblocks that are not exposed to Linux
 * @vmg: The device. No request in flight is about these subblocks.
 * @first: First subblock to look at.
 * @end: First subblock behind the range.
 * @need: Maximum number of subblocks to unplug. Reduced by the number of those for
 *	which requests were sent.
 *
 * Context: The worker. May sleep. vmg->map.lock is not held.
 */
void vmg_unplug_unexposed(struct vmg *vmg, unsigned long first, unsigned long end,
			  unsigned long *need)
{
	unsigned long nr;

	for (; vmg_more(vmg, *need); first += nr) {
		first = vmg_find_unexposed(vmg, first, &nr);
		if (first >= end)
			return;
		/*
		 * Subblocks stay plugged in the map until the response arrives. None is
		 * sent twice, because this loop only goes forward.
		 */
		nr = min3(nr, end - first, *need);
		if (vmg_unplug(vmg, first, nr))
			return;
		*need -= nr;
	}
}
