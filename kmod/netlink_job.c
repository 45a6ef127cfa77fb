// SPDX-License-Identifier: GPL-2.0
/* Jobs in the generic netlink family: get, cancel, and the last one of an event. */

#include <linux/err.h>
#include <linux/ktime.h>
#include <linux/pid_namespace.h>
#include <net/genetlink.h>

#include "change.h"
#include "job.h"
#include "netlink_dump.h"
#include "netlink_gen.h"
#include "netlink_job.h"
#include "netlink_put.h"
#include "netlink_reply.h"
#include "netlink_rights.h"
#include "registry.h"
#include "vhost_mem.h"

/**
 * vhost_mem_netlink_get_cause() - the sender of a command, and the note in it
 * @info: The command; its attributes are those of a region.
 * @cause: Filled in. Does not outlive the command.
 *
 * Context: A netlink command, in its sender's process.
 * Return: 0; -EINVAL, with an explanation, if the note has control characters.
 */
int vhost_mem_netlink_get_cause(struct genl_info *info,
				struct vhost_mem_cause *cause)
{
	struct nlattr *note = info->attrs[VHOST_MEM_A_REGION_NOTE];
	char *c;

	vhost_mem_cause_current(cause, VHOST_MEM_ORIGIN_ADMIN);
	if (!note)
		return 0;
	/* The policy has checked that it ends, and that it fits. */
	nla_strscpy(cause->note, note, sizeof(cause->note));
	for (c = cause->note; *c; c++) {
		if (*c > 0 && *c < ' ') {
			NL_SET_ERR_MSG_ATTR(info->extack, note,
					    "a note must not have control characters");
			return -EINVAL;
		}
	}
	return 0;
}

static bool job_put_u64(struct sk_buff *skb, int attr, u64 value)
{
	return !nla_put_u64_64bit(skb, attr, value, VHOST_MEM_A_JOB_PAD);
}

static bool job_put_cause(struct sk_buff *skb,
			  const struct vhost_mem_cause *cause,
			  const struct vhost_mem_netlink_reader *reader)
{
	return !nla_put_u32(skb, VHOST_MEM_A_JOB_ORIGIN, cause->origin) &&
	       !nla_put_u32(skb, VHOST_MEM_A_JOB_PID,
			    pid_nr_ns(cause->pid, reader->ns)) &&
	       !nla_put_string(skb, VHOST_MEM_A_JOB_COMM, cause->comm) &&
	       (!cause->note[0] || !reader->admin ||
		!nla_put_string(skb, VHOST_MEM_A_JOB_NOTE, cause->note));
}

/*
 * The attributes of a job. At most 300 bytes; so the jobs that a region remembers and
 * the one that has not ended fit into the smallest message of a dump.
 */
static bool job_put_locked(struct sk_buff *skb,
			   const struct vhost_mem_region *region,
			   const struct vhost_mem_job *job,
			   const struct vhost_mem_netlink_reader *reader)
{
	bool ended = job != &region->jobs.current_job;
	struct vhost_mem_progress_info info;
	ktime_t now = ktime_get();

	lockdep_assert_held(&region->config_lock);

	vhost_mem_progress_get_locked(region, &info);
	return job_put_u64(skb, VHOST_MEM_A_JOB_ID, job->id) &&
	       !nla_put_u32(skb, VHOST_MEM_A_JOB_REGION, region->id) &&
	       !nla_put_string(skb, VHOST_MEM_A_JOB_NAME, region->name) &&
	       job_put_cause(skb, &job->cause, reader) &&
	       job_put_u64(skb, VHOST_MEM_A_JOB_FROM, job->from) &&
	       job_put_u64(skb, VHOST_MEM_A_JOB_TARGET, job->target) &&
	       job_put_u64(skb, VHOST_MEM_A_JOB_PLUGGED_BEFORE,
			   job->plugged_before) &&
	       job_put_u64(skb, VHOST_MEM_A_JOB_PLUGGED,
			   ended ? job->plugged : region->sizes.plugged) &&
	       !nla_put_u32(skb, VHOST_MEM_A_JOB_STATE, job->state) &&
	       !nla_put_u32(skb, VHOST_MEM_A_JOB_REASON,
			    ended ? job->reason : info.progress) &&
	       job_put_u64(skb, VHOST_MEM_A_JOB_STARTED_AGO,
			   ktime_ms_delta(now, job->started)) &&
	       (!ended ||
		job_put_u64(skb, VHOST_MEM_A_JOB_ENDED_AGO,
			    ktime_ms_delta(now, job->ended)));
}

/**
 * vhost_mem_netlink_put_ended_job() - put the job that ended last into an event
 * @skb: The message, with the description of the region. Nothing is put if no job has
 *	ended.
 * @region: The region.
 *
 * Context: Any but interrupts. The region is kept from being freed. Takes
 * region->config_lock.
 * Return: Whether there was room for it in the message.
 */
bool vhost_mem_netlink_put_ended_job(struct sk_buff *skb,
				     struct vhost_mem_region *region)
{
	const struct vhost_mem_netlink_reader reader = {
		.ns	= &init_pid_ns,
		.admin	= true,
	};
	const struct vhost_mem_job *job;
	struct nlattr *nest;
	bool done = true;

	spin_lock(&region->config_lock);
	job = vhost_mem_job_ended_locked(region);
	if (job) {
		nest = nla_nest_start(skb, VHOST_MEM_A_REGION_ENDED_JOB);
		done = nest && job_put_locked(skb, region, job, &reader);
		if (done)
			nla_nest_end(skb, nest);
	}
	spin_unlock(&region->config_lock);
	return done;
}

/* As in netlink_put.c: what the administrator notes is not for everybody. */
static struct vhost_mem_netlink_reader job_reader(const struct sk_buff *skb)
{
	return (struct vhost_mem_netlink_reader) {
		.ns	= task_active_pid_ns(current),
		.admin	= vhost_mem_netlink_is_admin(skb),
	};
}

/* Put a job of @region into a reply: by its number, or the last one if that is 0. */
static int job_fill(struct sk_buff *reply, struct vhost_mem_region *region,
		    const struct vhost_mem_netlink_reader *reader, u64 id)
{
	const struct vhost_mem_job *job;
	int ret = -ENOENT;

	spin_lock(&region->config_lock);
	job = id ? vhost_mem_job_find_locked(region, id) :
		   vhost_mem_job_last_locked(region);
	if (job)
		ret = job_put_locked(reply, region, job, reader) ? 0 : -EMSGSIZE;
	spin_unlock(&region->config_lock);
	return ret;
}

static int job_get(struct sk_buff *reply, const struct sk_buff *skb,
		   struct genl_info *info)
{
	const struct vhost_mem_netlink_reader reader = job_reader(skb);
	struct nlattr *only = info->attrs[VHOST_MEM_A_JOB_REGION];
	struct nlattr *attr = info->attrs[VHOST_MEM_A_JOB_ID];
	struct vhost_mem_region *region;
	unsigned long n = 0;
	int ret = -ENOENT;
	u64 id = 0;

	vhost_mem_registry_assert_locked();

	if (attr) {
		id = nla_get_u64(attr);
		while (id && ret == -ENOENT &&
		       (region = vhost_mem_registry_next(&n))) {
			ret = job_fill(reply, region, &reader, id);
			n++;
		}
	} else {
		region = vhost_mem_registry_find(nla_get_u32(only));
		if (region)
			ret = job_fill(reply, region, &reader, 0);
	}
	if (ret == -ENOENT && attr)
		NL_SET_ERR_MSG_ATTR_VALUES(info->extack, attr,
					   "there is no such job", ": %llu",
					   id);
	else if (ret == -ENOENT)
		NL_SET_ERR_MSG_ATTR_VALUES(info->extack, only,
					   "there is no job of such a region",
					   ": %u", nla_get_u32(only));
	return ret;
}

/* Explain why a job was not cancelled. */
static void job_explain(struct genl_info *info, int error, u64 id)
{
	struct nlattr *attr = info->attrs[VHOST_MEM_A_JOB_ID];

	switch (error) {
	case -ENOENT:
		NL_SET_ERR_MSG_ATTR_VALUES(info->extack, attr,
					   "there is no such job, or it has ended",
					   ": %llu", id);
		break;
	case -EDQUOT:
		NL_SET_ERR_MSG_ATTR_VALUES(info->extack, attr,
					   "the limit is below what would be requested",
					   ": job %llu", id);
		break;
	case -EDOM:
		NL_SET_ERR_MSG_ATTR_VALUES(info->extack, attr,
					   "the minimum is above what would be requested",
					   ": job %llu", id);
		break;
	case -ESHUTDOWN:
		NL_SET_ERR_MSG_ATTR_VALUES(info->extack, attr,
					   "the device is being removed from the VM",
					   ": job %llu", id);
		break;
	}
}

static int job_cancel(struct sk_buff *reply, const struct sk_buff *skb,
		      struct genl_info *info)
{
	const struct vhost_mem_netlink_reader reader = job_reader(skb);
	u64 id = nla_get_u64(info->attrs[VHOST_MEM_A_JOB_ID]);
	bool revert = info->attrs[VHOST_MEM_A_JOB_REVERT];
	struct vhost_mem_region *region;
	struct vhost_mem_cause cause;
	unsigned long n = 0;
	int ret = -ENOENT;

	vhost_mem_registry_assert_locked();

	vhost_mem_cause_current(&cause, VHOST_MEM_ORIGIN_ADMIN);
	while (ret == -ENOENT && (region = vhost_mem_registry_next(&n))) {
		ret = vhost_mem_change_cancel(region, id, revert, &cause);
		n++;
	}
	if (ret) {
		job_explain(info, ret, id);
		return ret;
	}
	/* The VMM may have pushed the job out of the ring since then. */
	ret = job_fill(reply, region, &reader, id);
	if (ret == -ENOENT)
		ret = job_put_u64(reply, VHOST_MEM_A_JOB_ID, id) ?
		      0 : -EMSGSIZE;
	return ret;
}

/* The operations are documented in Documentation/netlink/specs/vhost_mem.yaml. */
int vhost_mem_nl_job_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	if (!info->attrs[VHOST_MEM_A_JOB_REGION] &&
	    GENL_REQ_ATTR_CHECK(info, VHOST_MEM_A_JOB_ID)) {
		NL_SET_ERR_MSG(info->extack,
			       "neither the id of a job nor that of a region is there");
		return -EINVAL;
	}
	return vhost_mem_netlink_reply(skb, info, VHOST_MEM_CMD_JOB_GET,
				       job_get);
}

int vhost_mem_nl_job_cancel_doit(struct sk_buff *skb, struct genl_info *info)
{
	int ret = vhost_mem_netlink_check_admin(skb, info);

	if (ret)
		return ret;
	if (GENL_REQ_ATTR_CHECK(info, VHOST_MEM_A_JOB_ID)) {
		NL_SET_ERR_MSG(info->extack, "the id of a job is missing");
		return -EINVAL;
	}
	return vhost_mem_netlink_reply(skb, info, VHOST_MEM_CMD_JOB_GET,
				       job_cancel);
}

/* Either all jobs of a region are put into the message, or none. */
static int job_dump_region(struct sk_buff *skb, struct vhost_mem_region *region,
			   struct netlink_callback *cb)
{
	const struct vhost_mem_netlink_reader reader = job_reader(cb->skb);
	unsigned char *mark = skb_tail_pointer(skb);
	const struct vhost_mem_job *job;
	unsigned int n = 0;
	int ret = 0;
	void *hdr;

	spin_lock(&region->config_lock);
	while (!ret && (job = vhost_mem_job_nth_locked(region, n++))) {
		hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid,
				  cb->nlh->nlmsg_seq, &vhost_mem_nl_family,
				  NLM_F_MULTI, VHOST_MEM_CMD_JOB_GET);
		if (!hdr || !job_put_locked(skb, region, job, &reader)) {
			ret = -EMSGSIZE;
			break;
		}
		genl_dump_check_consistent(cb, hdr);
		genlmsg_end(skb, hdr);
	}
	spin_unlock(&region->config_lock);
	if (ret)
		nlmsg_trim(skb, mark);
	return ret;
}

/* All of it is one message. */
static int job_dump_one(struct sk_buff *skb, u32 id,
			struct netlink_callback *cb)
{
	struct vhost_mem_region *region;

	if (cb->args[0])
		return 0;
	cb->args[0] = 1;
	region = vhost_mem_registry_find(id);
	if (!region) {
		NL_SET_ERR_MSG(cb->extack, "there is no such region");
		return -ENOENT;
	}
	return job_dump_region(skb, region, cb);
}

int vhost_mem_nl_job_get_dumpit(struct sk_buff *skb,
				struct netlink_callback *cb)
{
	struct nlattr *only = genl_dump_attrs(cb)[VHOST_MEM_A_JOB_REGION];
	int ret;

	if (!only)
		return vhost_mem_netlink_dump(skb, cb, job_dump_region);
	vhost_mem_registry_lock();
	cb->seq = vhost_mem_registry_generation();
	ret = job_dump_one(skb, nla_get_u32(only), cb);
	vhost_mem_registry_unlock();
	return skb->len ?: ret;
}
