// SPDX-License-Identifier: GPL-2.0
/*
 * The guest's voice: what it wishes, how it gets on, what would suit it; and what
 * the administrator's policy makes of a wish.
 *
 * Documentation/virt/vhost-mem-voice.rst. The guest is not believed anything: what
 * it says is kept for the administrator to see, and a wish is for the policy to
 * decide. One that is repeated without end costs a lock and a few assignments each
 * time, in the worker that is accounted to the VM, and one event each 100 ms.
 */

#include <linux/build_bug.h>
#include <linux/errno.h>
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/minmax.h>

#include "geometry.h"
#include "request.h"
#include "vhost_mem.h"

/* Of a guest that talks without end, tell ten times a second. */
#define VHOST_MEM_VOICE_DELAY	msecs_to_jiffies(100)

/* At first. */
#define VHOST_MEM_POLICY_INTERVAL	1000

/**
 * vhost_mem_voice_init() - deny everything
 * @region: The region, not published yet; its sizes are known.
 *
 * Context: Any.
 */
void vhost_mem_voice_init(struct vhost_mem_region *region)
{
	region->voice.policy = (struct vhost_mem_voice_policy) {
		.policy		= VHOST_MEM_POLICY_DENY,
		.max		= region->size,
		.step		= region->size,
		.interval_ms	= VHOST_MEM_POLICY_INTERVAL,
	};
}

/* Say it to those who listen, with what else comes soon. */
static void voice_tell_listeners(struct vhost_mem_region *region)
{
	schedule_delayed_work(&region->voice_work, VHOST_MEM_VOICE_DELAY);
}

/* Does it wait for an answer? */
static bool wish_waits(const struct vhost_mem_wish *wish)
{
	return wish->valid && wish->verdict == VHOST_MEM_VERDICT_LATER;
}

/*
 * Grant a wish as far as the policy goes. At most one change of the requested size
 * in an interval, in whatever direction: each of them is an event and an interrupt.
 */
static enum vhost_mem_verdict voice_grant(struct vhost_mem_region *region,
					  u64 size)
{
	const struct vhost_mem_voice_policy *policy = &region->voice.policy;
	u64 most = min(policy->max, region->limit);
	struct vhost_mem_voice *voice = &region->voice;
	u64 requested = region->requested_size;
	ktime_t now = ktime_get();
	u64 since = ktime_ms_delta(now, voice->changed);
	u64 target = size;

	lockdep_assert_held(&region->config_lock);

	if (size > requested) {
		/* The most may be less than what is requested. */
		if (most <= requested)
			return VHOST_MEM_VERDICT_DENIED;
		/* A sum of two sizes of regions does not overflow. */
		target = min3(size, most, requested + policy->step);
	}
	if (voice->changed && since < policy->interval_ms)
		return VHOST_MEM_VERDICT_LATER;
	voice->changed = now;
	vhost_mem_config_request(region, target);
	return target == size ? VHOST_MEM_VERDICT_GRANTED :
				VHOST_MEM_VERDICT_PARTLY;
}

static enum vhost_mem_verdict voice_decide(struct vhost_mem_region *region,
					   u64 size)
{
	lockdep_assert_held(&region->config_lock);

	if (size == region->requested_size)
		return VHOST_MEM_VERDICT_GRANTED;
	/* Nobody could grant it either. */
	if (region->closed || (region->leaving && size > region->requested_size))
		return VHOST_MEM_VERDICT_DENIED;
	switch (region->voice.policy.policy) {
	case VHOST_MEM_POLICY_GRANT:
		return voice_grant(region, size);
	case VHOST_MEM_POLICY_ASK:
		return VHOST_MEM_VERDICT_LATER;
	case VHOST_MEM_POLICY_DENY:
		break;
	}
	return VHOST_MEM_VERDICT_DENIED;
}

static int voice_ask(struct vhost_mem_region *region,
		     const struct vhost_mem_message *message,
		     struct vhost_mem_answer *answer)
{
	struct vhost_mem_voice *voice = &region->voice;
	u64 old, size = message->value;
	bool resized;
	int ret;

	BUILD_BUG_ON((int)VHOST_MEM_REASON_IDLE !=
		     VHOST_MEM_VOICE_REASON_IDLE);
	BUILD_BUG_ON((int)VHOST_MEM_VERDICT_LATER !=
		     VHOST_MEM_VOICE_VERDICT_LATER);

	if (message->code > VHOST_MEM_VOICE_REASON_IDLE)
		return -EINVAL;
	ret = vhost_mem_geometry_check_requested(size, region->size,
						 region->block_size);
	if (ret)
		return ret;

	spin_lock(&region->config_lock);
	old = region->requested_size;
	voice->wish = (struct vhost_mem_wish) {
		.size		= size,
		.reason		= message->code,
		.time		= ktime_get(),
		.verdict	= voice_decide(region, size),
		.valid		= true,
	};
	answer->state = voice->wish.verdict;
	/* What is denied is not worth an event each time. */
	if (voice->wish.verdict != VHOST_MEM_VERDICT_DENIED ||
	    voice->policy.policy != VHOST_MEM_POLICY_DENY)
		voice_tell_listeners(region);
	resized = region->requested_size != old;
	spin_unlock(&region->config_lock);
	/* Not more often than the policy's interval. */
	if (resized)
		vhost_mem_netlink_notify(region,
					 VHOST_MEM_CMD_REGION_RESIZED_NTF);
	return 0;
}

static int voice_status(struct vhost_mem_region *region,
			const struct vhost_mem_message *message)
{
	struct vhost_mem_voice *voice = &region->voice;

	BUILD_BUG_ON((int)VHOST_MEM_GUEST_STATUS_OTHER !=
		     VHOST_MEM_VOICE_STATUS_OTHER);

	if (message->code > VHOST_MEM_VOICE_STATUS_OTHER)
		return -EINVAL;
	if (message->value > region->size)
		return -ERANGE;

	spin_lock(&region->config_lock);
	voice->status = message->code;
	voice->spare = message->value;
	voice->has_status = true;
	voice_tell_listeners(region);
	spin_unlock(&region->config_lock);
	return 0;
}

static int voice_hints(struct vhost_mem_region *region,
		       const struct vhost_mem_message *message)
{
	struct vhost_mem_voice *voice = &region->voice;

	if (message->code)
		return -EINVAL;
	/* They are shifted by. */
	if (message->page_shift >= 64 || message->block_shift >= 64 ||
	    message->align_shift >= 64)
		return -ERANGE;

	spin_lock(&region->config_lock);
	voice->addr_limit = message->value;
	voice->page_shift = message->page_shift;
	voice->block_shift = message->block_shift;
	voice->align_shift = message->align_shift;
	voice->has_hints = true;
	voice_tell_listeners(region);
	spin_unlock(&region->config_lock);
	return 0;
}

/**
 * vhost_mem_voice_serve() - hear what the guest says
 * @region: The region, published.
 * @message: A copy that the guest cannot change any more.
 * @answer: Filled in, every member.
 *
 * Context: May sleep. Takes region->config_lock.
 */
void vhost_mem_voice_serve(struct vhost_mem_region *region,
			   const struct vhost_mem_message *message,
			   struct vhost_mem_answer *answer)
{
	int ret = -EINVAL;

	*answer = (struct vhost_mem_answer){};
	if (!message->reserved) {
		switch (message->type) {
		case VHOST_MEM_REQ_ASK:
			ret = voice_ask(region, message, answer);
			break;
		case VHOST_MEM_REQ_STATUS:
			ret = voice_status(region, message);
			break;
		case VHOST_MEM_REQ_HINTS:
			ret = voice_hints(region, message);
			break;
		}
	}
	answer->type = vhost_mem_answer_type(ret);
}

/**
 * vhost_mem_voice_requested() - the requested size has changed
 * @region: The region, published.
 * @old: What it was.
 *
 * A wish that waits is granted by that, or partly, if it was changed towards it.
 *
 * Context: region->config_lock held.
 */
void vhost_mem_voice_requested(struct vhost_mem_region *region, u64 old)
{
	struct vhost_mem_wish *wish = &region->voice.wish;
	u64 now = region->requested_size;

	lockdep_assert_held(&region->config_lock);

	if (!wish_waits(wish))
		return;
	if (now == wish->size)
		wish->verdict = VHOST_MEM_VERDICT_GRANTED;
	else if ((old < now && now < wish->size) ||
		 (wish->size < now && now < old))
		wish->verdict = VHOST_MEM_VERDICT_PARTLY;
}

/**
 * vhost_mem_voice_forget() - another guest, or none, is to come
 * @region: The region, published.
 *
 * The policy stays: it is the administrator's.
 *
 * Context: region->config_lock held.
 */
void vhost_mem_voice_forget(struct vhost_mem_region *region)
{
	struct vhost_mem_voice *voice = &region->voice;

	lockdep_assert_held(&region->config_lock);

	voice->wish.valid = false;
	voice->has_status = false;
	voice->has_hints = false;
}

/**
 * vhost_mem_voice_set_policy() - set what becomes of the guest's wishes
 * @region: The region, published.
 * @policy: It; the administrator's, and checked.
 *
 * Context: Takes region->config_lock.
 */
void vhost_mem_voice_set_policy(struct vhost_mem_region *region,
				const struct vhost_mem_voice_policy *policy)
{
	struct vhost_mem_wish *wish = &region->voice.wish;

	spin_lock(&region->config_lock);
	region->voice.policy = *policy;
	/* Nothing waits that nobody will decide. */
	if (policy->policy == VHOST_MEM_POLICY_DENY && wish_waits(wish))
		wish->verdict = VHOST_MEM_VERDICT_DENIED;
	voice_tell_listeners(region);
	spin_unlock(&region->config_lock);
}

/**
 * vhost_mem_voice_deny() - deny the wish that waits for the administrator
 * @region: The region, published.
 *
 * Context: Takes region->config_lock.
 * Return: 0; -ENOENT if none does.
 */
int vhost_mem_voice_deny(struct vhost_mem_region *region)
{
	struct vhost_mem_wish *wish = &region->voice.wish;
	int ret = -ENOENT;

	spin_lock(&region->config_lock);
	if (wish_waits(wish)) {
		wish->verdict = VHOST_MEM_VERDICT_DENIED;
		voice_tell_listeners(region);
		ret = 0;
	}
	spin_unlock(&region->config_lock);
	return ret;
}
