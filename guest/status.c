// SPDX-License-Identifier: GPL-2.0
/*
 * Saying how a resize goes: why the requested size is not reached, and how much
 * could be given back. The device is told what has changed, and not too often.
 */
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/sizes.h>

#include "guest.h"

/* Between two of them; also how long memory may move without a word about it. */
#define STATUS_INTERVAL	HZ
/* How often to look at what could be given back. */
#define SPARE_INTERVAL	(10 * HZ)
/* What is not worth a word. */
#define SPARE_CHANGE	SZ_64M

/* Where something in use stands in the way, that is what is left of it. */
static u64 spare(const struct vmg *vmg)
{
	if (vmg->voice.status == VHOST_MEM_VOICE_STATUS_UNMOVABLE)
		return 0;
	return min_t(u64, PFN_PHYS(max(si_mem_available(), 0L)),
		     vmg->nr_plugged * vmg->piece_size);
}

/**
 * vmg_status_pass - the worker begins with a resize
 * @vmg: The device.
 */
void vmg_status_pass(struct vmg *vmg)
{
	vmg->voice.pass = jiffies;
}

/**
 * vmg_status_moving - memory is being taken offline
 * @vmg: The device. Requests may be in flight.
 *
 * What has been tried before, and is tried again, is not news.
 */
void vmg_status_moving(struct vmg *vmg)
{
	if (vmg->retry_ms ||
	    time_before(jiffies, vmg->voice.pass + STATUS_INTERVAL))
		return;
	vmg->voice.status = VHOST_MEM_VOICE_STATUS_MOVING;
	vmg->voice.spare = spare(vmg);
	vmg_speak(vmg);
}

static u16 status_of(const struct vmg *vmg, int rc)
{
	if (rc == -ENOMEM)
		return VHOST_MEM_VOICE_STATUS_NO_MEMORY;
	if (rc == -ENOSPC)
		return VHOST_MEM_VOICE_STATUS_NOT_ONLINE;
	if (vmg->nr_plugged * vmg->piece_size == vmg->requested_size)
		return VHOST_MEM_VOICE_STATUS_NONE;
	if (rc == -EBUSY && vmg->nr_plugged > vmg->requested)
		return VHOST_MEM_VOICE_STATUS_UNMOVABLE;
	return VHOST_MEM_VOICE_STATUS_OTHER;
}

/**
 * vmg_status_done - the worker has ended a resize
 * @vmg: The device.
 * @rc: 0, or a negative errno.
 */
void vmg_status_done(struct vmg *vmg, int rc)
{
	/* Then it is not over, only another one. */
	if (!vmg_interrupted(vmg))
		vmg->voice.status = status_of(vmg, rc);
	vmg->voice.spare = spare(vmg);
}

static bool has_changed(const struct vmg *vmg)
{
	const struct vmg_voice *voice = &vmg->voice;
	u64 change = max_t(u64, vmg->nr_plugged * vmg->piece_size / 8,
			   SPARE_CHANGE);

	return voice->status != voice->said_status ||
	       max(voice->spare, voice->said_spare) -
	       min(voice->spare, voice->said_spare) >= change;
}

/**
 * vmg_status_update - look at what could be given back
 * @vmg: The device.
 *
 * Return: jiffies until it should be called again.
 */
unsigned long vmg_status_update(struct vmg *vmg)
{
	vmg->voice.spare = spare(vmg);
	/* One that came too early for a message. */
	if (has_changed(vmg) && time_before(jiffies, vmg->voice.next_status))
		return STATUS_INTERVAL;
	return vmg->nr_plugged ? SPARE_INTERVAL : MAX_SCHEDULE_TIMEOUT;
}

/**
 * vmg_next_status - make a message of how it goes, if that has changed
 * @vmg: The device.
 * @req: The message.
 *
 * Context: The worker.
 * Return: whether there is one.
 */
bool vmg_next_status(struct vmg *vmg, struct vhost_mem_voice_req *req)
{
	struct vmg_voice *voice = &vmg->voice;

	if (!has_changed(vmg) || time_before(jiffies, voice->next_status))
		return false;
	voice->said_status = voice->status;
	voice->said_spare = voice->spare;
	voice->next_status = jiffies + STATUS_INTERVAL;
	req->type = cpu_to_virtio16(vmg->vdev, VHOST_MEM_REQ_STATUS);
	req->code = cpu_to_virtio16(vmg->vdev, voice->status);
	req->u.state.spare = cpu_to_virtio64(vmg->vdev, voice->spare);
	return true;
}
