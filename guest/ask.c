// SPDX-License-Identifier: GPL-2.0
/*
 * Asking the device for another size: because a user wishes it, or because memory
 * is short. A user's wish is said as it is, once. What is asked for otherwise
 * follows from what the device wants by then, and is not asked for when memory is
 * under way.
 */
#include <linux/math.h>
#include <linux/minmax.h>

#include "guest.h"

/* A user waits so long for an answer, and looks for it later otherwise. */
#define WISH_WAIT	(5 * HZ)
/* Between two that are not a user's; and after a denial, growing. */
#define ASK_INTERVAL	HZ
#define PAUSE_MIN	(1 * HZ)
#define PAUSE_MAX	(60 * HZ)

/**
 * vmg_wish - a user wishes another size
 * @vmg: The device.
 * @size: The size, as the device could request it.
 *
 * Return: 0, also if there is no answer yet; a negative errno.
 */
int vmg_wish(struct vmg *vmg, u64 size)
{
	struct vmg_voice *voice = &vmg->voice;
	long rc;

	if (!vmg_has_voice(vmg))
		return -EOPNOTSUPP;
	spin_lock(&voice->lock);
	voice->wish = size;
	voice->verdict = VMG_UNANSWERED;
	voice->wish_pending = true;
	spin_unlock(&voice->lock);
	wake_up(&vmg->wait);
	rc = wait_event_killable_timeout(voice->changed,
					 READ_ONCE(voice->verdict) != VMG_UNANSWERED ||
					 !vmg_has_voice(vmg), WISH_WAIT);
	return min(rc, 0L);
}

static bool next_wish(struct vmg_voice *voice, u64 *size)
{
	bool pending;

	spin_lock(&voice->lock);
	pending = voice->wish_pending;
	WRITE_ONCE(voice->wish_pending, false);
	*size = voice->wish;
	spin_unlock(&voice->lock);
	return pending;
}

/* Whether what the device wants us to have is still to come. */
static bool under_way(const struct vmg *vmg)
{
	return vmg->requested > vmg->nr_plugged ||
	       vmg->nr_given < vmg->nr_plugged || READ_ONCE(vmg->nr_offline);
}

/* Why to ask for more memory, or 0; and what to ask for. */
static u16 next_own(struct vmg *vmg, u64 *size)
{
	struct vmg_voice *voice = &vmg->voice;
	u16 reason = xchg(&voice->reason, 0);

	if (!reason || time_before(jiffies, voice->next_ask))
		return 0;
	/* The last verdict may be known before what follows from it. */
	vmg_read_config(vmg);
	*size = roundup(vmg->requested_size + READ_ONCE(voice->ask_step),
			vmg->step * vmg->piece_size);
	*size = min(*size, vmg->region_size);
	if (*size <= vmg->requested_size || under_way(vmg))
		return 0;
	WRITE_ONCE(voice->denied, false);
	WRITE_ONCE(voice->next_ask, jiffies + ASK_INTERVAL);
	return reason;
}

/**
 * vmg_next_ask - make a message of a size to ask for, if there is one
 * @vmg: The device.
 * @req: The message.
 *
 * Context: The worker.
 * Return: whether there is one.
 */
bool vmg_next_ask(struct vmg *vmg, struct vhost_mem_voice_req *req)
{
	u16 reason;
	u64 size;

	if (next_wish(&vmg->voice, &size))
		reason = VHOST_MEM_VOICE_REASON_USER;
	else
		reason = next_own(vmg, &size);
	if (!reason)
		return false;
	req->type = cpu_to_virtio16(vmg->vdev, VHOST_MEM_REQ_ASK);
	req->code = cpu_to_virtio16(vmg->vdev, reason);
	req->u.ask.size = cpu_to_virtio64(vmg->vdev, size);
	return true;
}

static void own_verdict(struct vmg_voice *voice, int verdict)
{
	if (verdict == VHOST_MEM_VOICE_VERDICT_DENIED) {
		voice->pause = clamp_t(unsigned long, 2 * voice->pause,
				       PAUSE_MIN, PAUSE_MAX);
		WRITE_ONCE(voice->next_ask, jiffies + voice->pause);
		WRITE_ONCE(voice->denied, true);
	} else {
		voice->pause = 0;
	}
}

/**
 * vmg_verdict - the device has answered a message of vmg_next_ask()
 * @vmg: The device.
 * @req: The message.
 * @verdict: The answer.
 */
void vmg_verdict(struct vmg *vmg, const struct vhost_mem_voice_req *req,
		 int verdict)
{
	struct vmg_voice *voice = &vmg->voice;

	/* One that is not known is none to be encouraged by. */
	if (verdict > VHOST_MEM_VOICE_VERDICT_LATER)
		verdict = VHOST_MEM_VOICE_VERDICT_DENIED;
	if (virtio16_to_cpu(vmg->vdev, req->code) !=
	    VHOST_MEM_VOICE_REASON_USER) {
		own_verdict(voice, verdict);
		return;
	}
	spin_lock(&voice->lock);
	/* If there is another wish by now, this was the answer to an old one. */
	if (!voice->wish_pending)
		WRITE_ONCE(voice->verdict, verdict);
	spin_unlock(&voice->lock);
}
