// SPDX-License-Identifier: GPL-2.0
/* The description of a region: the attributes of a netlink message. */

#include <linux/ktime.h>
#include <linux/pid.h>
#include <net/netlink.h>

#include "netlink_put.h"
#include "vhost_mem.h"

static bool netlink_put_u64(struct sk_buff *skb, int attr, u64 value)
{
	return !nla_put_u64_64bit(skb, attr, value, VHOST_MEM_A_REGION_PAD);
}

/* The variable part of a region, at one point in time. */
struct netlink_snapshot {
	u64 sequence;
	u64 backed;
	struct vhost_mem_sizes sizes;
	char pool[VHOST_MEM_NAME_MAX];
	u64 reserved;
	u64 charged;
	struct vhost_mem_violations violations;
	enum vhost_mem_state state;
	struct vhost_mem_progress_info progress;
	struct vhost_mem_report report;
	bool leaving;
	u64 job;
	u32 rules;
};

/* Sequence number of the last event. */
static atomic64_t netlink_sequence;

/* A region that is not published any more has no pool, and nothing of it. */
static void netlink_look_at_share(const struct vhost_mem_region *region,
				  struct netlink_snapshot *shot)
{
	const struct vhost_mem_pool *pool = region->share.pool;

	lockdep_assert_held(&region->config_lock);

	strscpy(shot->pool, pool ? pool->name : "", sizeof(shot->pool));
	shot->reserved = region->share.reserved;
	shot->charged = vhost_mem_pool_charge_of_locked(region);
}

/*
 * Take a snapshot. The sequence number is taken under the same lock as the rest, so a
 * listener can tell whether an event or a reply has the newer state of the region.
 */
static void netlink_look(struct vhost_mem_region *region, bool event,
			 struct netlink_snapshot *shot)
{
	const struct vhost_mem_job *job;

	/*
	 * Read the backed size before the plugged size. Memory is freed before the
	 * plugged size shrinks, so in this order no more is seen backed than plugged,
	 * except for what a PLUG under way has already allocated, or opened and the
	 * guest touched, see blocks.c.
	 */
	shot->backed = vhost_mem_guard_backed(region);
	spin_lock(&region->config_lock);
	shot->sequence = event ? atomic64_inc_return(&netlink_sequence) :
				 atomic64_read(&netlink_sequence);
	shot->sizes = region->sizes;
	netlink_look_at_share(region, shot);
	shot->leaving = region->leaving;
	shot->rules = region->rules;
	shot->state = region->state;
	shot->violations = region->violations;
	shot->report = region->report;
	vhost_mem_progress_get_locked(region, &shot->progress);
	job = vhost_mem_job_last_locked(region);
	shot->job = job ? job->id : 0;
	spin_unlock(&region->config_lock);
}

static bool netlink_put_progress(struct sk_buff *skb,
				 const struct vhost_mem_progress_info *progress)
{
	return !nla_put_u32(skb, VHOST_MEM_A_REGION_PROGRESS,
			    progress->progress) &&
	       netlink_put_u64(skb, VHOST_MEM_A_REGION_REQUESTED_AGO,
			       progress->requested_ms) &&
	       (!progress->responded ||
		netlink_put_u64(skb, VHOST_MEM_A_REGION_REQUEST_AGO,
				progress->responded_ms));
}

static bool netlink_put_sizes(struct sk_buff *skb,
			      const struct netlink_snapshot *shot)
{
	return !nla_put_u32(skb, VHOST_MEM_A_REGION_STATE, shot->state) &&
	       netlink_put_u64(skb, VHOST_MEM_A_REGION_USABLE_SIZE,
			       shot->sizes.usable) &&
	       netlink_put_u64(skb, VHOST_MEM_A_REGION_REQUESTED_SIZE,
			       shot->sizes.requested) &&
	       netlink_put_u64(skb, VHOST_MEM_A_REGION_PLUGGED_SIZE,
			       shot->sizes.plugged) &&
	       netlink_put_u64(skb, VHOST_MEM_A_REGION_BACKED_SIZE,
			       shot->backed) &&
	       netlink_put_u64(skb, VHOST_MEM_A_REGION_LIMIT, shot->sizes.limit) &&
	       netlink_put_u64(skb, VHOST_MEM_A_REGION_LIMBO_SIZE,
			       shot->sizes.limbo) &&
	       (!shot->leaving ||
		!nla_put_flag(skb, VHOST_MEM_A_REGION_LEAVING)) &&
	       netlink_put_progress(skb, &shot->progress);
}

static bool netlink_put_share(struct sk_buff *skb,
			      const struct netlink_snapshot *shot)
{
	return (!shot->pool[0] ||
		!nla_put_string(skb, VHOST_MEM_A_REGION_POOL, shot->pool)) &&
	       netlink_put_u64(skb, VHOST_MEM_A_REGION_RESERVED, shot->reserved) &&
	       netlink_put_u64(skb, VHOST_MEM_A_REGION_MINIMUM,
			       shot->sizes.minimum) &&
	       netlink_put_u64(skb, VHOST_MEM_A_REGION_CHARGED, shot->charged);
}

static bool netlink_put_violation(struct sk_buff *skb,
				  const struct netlink_snapshot *shot)
{
	return netlink_put_u64(skb, VHOST_MEM_A_REGION_REFUSED_FAULTS,
			       shot->violations.count) &&
	       (!shot->violations.count ||
		(netlink_put_u64(skb, VHOST_MEM_A_REGION_VIOLATION_ADDR,
				 shot->sizes.addr +
				 shot->violations.offset) &&
		 !nla_put_u32(skb, VHOST_MEM_A_REGION_VIOLATION_ACCESS,
			      shot->violations.access)));
}

static bool netlink_put_policy(struct sk_buff *skb,
			       const struct vhost_mem_report_policy *policy)
{
	return !nla_put_u32(skb, VHOST_MEM_A_REGION_POLICY, policy->policy) &&
	       netlink_put_u64(skb, VHOST_MEM_A_REGION_POLICY_MAX,
			       policy->max) &&
	       netlink_put_u64(skb, VHOST_MEM_A_REGION_POLICY_STEP,
			       policy->step) &&
	       netlink_put_u64(skb, VHOST_MEM_A_REGION_POLICY_INTERVAL,
			       policy->interval_ms);
}

static bool netlink_put_proposal(struct sk_buff *skb,
				 const struct vhost_mem_proposal *proposal)
{
	if (!proposal->valid)
		return true;
	return netlink_put_u64(skb, VHOST_MEM_A_REGION_PROPOSED_SIZE, proposal->size) &&
	       !nla_put_u32(skb, VHOST_MEM_A_REGION_PROPOSAL_REASON,
			    proposal->reason) &&
	       netlink_put_u64(skb, VHOST_MEM_A_REGION_PROPOSAL_AGO,
			       ktime_ms_delta(ktime_get(), proposal->time)) &&
	       !nla_put_u32(skb, VHOST_MEM_A_REGION_PROPOSAL_DECISION,
			    proposal->decision);
}

static bool netlink_put_hints(struct sk_buff *skb,
			      const struct vhost_mem_report *report)
{
	return netlink_put_u64(skb, VHOST_MEM_A_REGION_HINT_PAGE_SIZE,
			       1ULL << report->page_shift) &&
	       netlink_put_u64(skb, VHOST_MEM_A_REGION_HINT_BLOCK_SIZE,
			       1ULL << report->block_shift) &&
	       netlink_put_u64(skb, VHOST_MEM_A_REGION_HINT_ALIGN,
			       1ULL << report->align_shift) &&
	       netlink_put_u64(skb, VHOST_MEM_A_REGION_HINT_ADDR_LIMIT,
			       report->addr_limit);
}

static bool netlink_put_report(struct sk_buff *skb,
			       const struct vhost_mem_report *report)
{
	return netlink_put_policy(skb, &report->policy) &&
	       netlink_put_proposal(skb, &report->proposal) &&
	       (!report->has_status ||
		(!nla_put_u32(skb, VHOST_MEM_A_REGION_GUEST_STATUS,
			      report->status) &&
		 netlink_put_u64(skb, VHOST_MEM_A_REGION_GUEST_RECLAIMABLE,
				 report->reclaimable))) &&
	       (!report->has_hints || netlink_put_hints(skb, report));
}

/*
 * Guest addresses help whoever attacks the guest, and the rest tells what its users do.
 * An administrator of networks only, as in many containers, has no need of them.
 */
static bool netlink_put_private(struct sk_buff *skb,
				const struct netlink_snapshot *shot)
{
	return (!shot->sizes.addr_valid ||
		netlink_put_u64(skb, VHOST_MEM_A_REGION_ADDR, shot->sizes.addr)) &&
	       netlink_put_violation(skb, shot) &&
	       netlink_put_report(skb, &shot->report);
}

/**
 * vhost_mem_netlink_put() - put the description of a region into a message
 * @skb: The message.
 * @region: The region.
 * @reader: Who reads it.
 *
 * Context: Any but interrupts. The region is kept from being freed. Takes
 * region->config_lock.
 * Return: Whether there was room for it in the message.
 */
bool vhost_mem_netlink_put(struct sk_buff *skb, struct vhost_mem_region *region,
			   const struct vhost_mem_netlink_reader *reader)
{
	u32 unplugged = region->traits.flags & VHOST_MEM_CREATE_READABLE ?
			VHOST_MEM_UNPLUGGED_READABLE :
			VHOST_MEM_UNPLUGGED_INACCESSIBLE;
	struct netlink_snapshot shot;

	netlink_look(region, reader->event, &shot);

	return !nla_put_u32(skb, VHOST_MEM_A_REGION_ID, region->id) &&
	       !nla_put_string(skb, VHOST_MEM_A_REGION_NAME, region->name) &&
	       !nla_put_u32(skb, VHOST_MEM_A_REGION_PID,
			    pid_nr_ns(region->creator.pid, reader->ns)) &&
	       !nla_put_string(skb, VHOST_MEM_A_REGION_COMM, region->creator.comm) &&
	       !nla_put_u32(skb, VHOST_MEM_A_REGION_UNPLUGGED, unplugged) &&
	       (!(region->traits.flags & VHOST_MEM_CREATE_NODE) ||
		!nla_put_u32(skb, VHOST_MEM_A_REGION_NODE, region->traits.node_id)) &&
	       netlink_put_u64(skb, VHOST_MEM_A_REGION_BLOCK_SIZE,
			       region->block_size) &&
	       netlink_put_u64(skb, VHOST_MEM_A_REGION_SIZE, region->size) &&
	       (!region->traits.page_size ||
		netlink_put_u64(skb, VHOST_MEM_A_REGION_PAGE_SIZE,
				region->traits.page_size)) &&
	       (!(region->traits.flags & VHOST_MEM_CREATE_RESERVED) ||
		!nla_put_flag(skb, VHOST_MEM_A_REGION_PAGES_RESERVED)) &&
	       netlink_put_u64(skb, VHOST_MEM_A_REGION_SEQUENCE,
			       shot.sequence) &&
	       netlink_put_sizes(skb, &shot) &&
	       netlink_put_share(skb, &shot) &&
	       !nla_put_u32(skb, VHOST_MEM_A_REGION_RULES, shot.rules) &&
	       netlink_put_u64(skb, VHOST_MEM_A_REGION_REQUESTS,
			       atomic64_read(&region->stats.served)) &&
	       (!shot.job ||
		netlink_put_u64(skb, VHOST_MEM_A_REGION_JOB, shot.job)) &&
	       (!reader->admin || netlink_put_private(skb, &shot));
}

/**
 * vhost_mem_netlink_number() - give a message that was kept the next sequence number
 * @nla: The attribute VHOST_MEM_A_REGION_SEQUENCE of the message. The region was no
 *	longer published when the message was made, so no newer state of it has been
 *	sent.
 *
 * Context: Any.
 */
void vhost_mem_netlink_number(struct nlattr *nla)
{
	u64 sequence = atomic64_inc_return(&netlink_sequence);

	memcpy(nla_data(nla), &sequence, sizeof(sequence));
}
