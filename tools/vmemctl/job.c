// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <netlink/attr.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>

#include "escape.h"
#include "job.h"
#include "region.h"

/* A dump is repeated if the list of regions changed meanwhile. */
#define DUMP_TRIES	16

bool job_has_ended(const struct job *job)
{
	return job->state != VHOST_MEM_JOB_STATE_WAITING &&
	       job->state != VHOST_MEM_JOB_STATE_RUNNING;
}

bool job_parse(const char *text, uint64_t *id)
{
	if (*text++ != 'j' || !*text || text[strspn(text, "0123456789")])
		return false;
	errno = 0;
	*id = strtoull(text, NULL, 10);
	/* No job has the number 0, so that one is unknown. */
	if (errno)
		*id = 0;
	return true;
}

char *job_title(char *buf, size_t size, const struct job *job)
{
	if (job->name[0])
		return escape_text(buf, size, job->name);
	snprintf(buf, size, "region %u", job->region);
	return buf;
}

char *job_by(char *buf, size_t size, const struct job *job)
{
	size_t len;

	escape_text(buf, size, job->comm[0] ? job->comm : "-");
	len = strlen(buf);
	if (job->pid)
		snprintf(buf + len, size - len, "/%u", job->pid);
	return buf;
}

int job_decode(struct job *job, struct nlmsghdr *nlh)
{
	memset(job, 0, sizeof(*job));
	job->present = attrs_decode(job, job_attrs, job_policy, VHOST_MEM_A_JOB_MAX, nlh);
	return job_has(job, VHOST_MEM_A_JOB_ID) ? 0 : -EBADMSG;
}

static int compare_id(const void *a, const void *b)
{
	const struct job *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

void job_list_free(struct job_list *list)
{
	free(list->jobs);
	list->jobs = NULL;
	list->nr = 0;
}

static int add_reply(struct nlmsghdr *nlh, void *arg)
{
	struct job_list *list = arg;
	struct job *jobs;
	struct job job;
	int ret;

	ret = job_decode(&job, nlh);
	if (ret)
		return ret;
	jobs = reallocarray(list->jobs, list->nr + 1, sizeof(*jobs));
	if (!jobs)
		return -ENOMEM;
	list->jobs = jobs;
	list->jobs[list->nr++] = job;
	return 0;
}

static int take_reply(struct nlmsghdr *nlh, void *arg)
{
	return job_decode(arg, nlh);
}

static int ask(struct vnl *nl, int cmd, uint64_t id, bool revert, struct job *job)
{
	struct nl_msg *msg = vnl_message(nl, cmd, 0);
	int ret;

	if (!msg)
		return -ENOMEM;
	if (nla_put_u64(msg, VHOST_MEM_A_JOB_ID, id) < 0 ||
	    (revert && nla_put_flag(msg, VHOST_MEM_A_JOB_REVERT) < 0)) {
		nlmsg_free(msg);
		return -ENOMEM;
	}
	memset(job, 0, sizeof(*job));
	ret = vnl_talk(nl, msg, take_reply, job, NULL);
	return ret || job_has(job, VHOST_MEM_A_JOB_ID) ? ret : -EBADMSG;
}

int vnl_job_get(struct vnl *nl, uint64_t id, struct job *job)
{
	return ask(nl, VHOST_MEM_CMD_JOB_GET, id, false, job);
}

int vnl_job_cancel(struct vnl *nl, uint64_t id, bool revert, struct job *job)
{
	return ask(nl, VHOST_MEM_CMD_JOB_CANCEL, id, revert, job);
}

int vnl_job_dump(struct vnl *nl, uint32_t region, struct job_list *list)
{
	bool interrupted = true;
	struct nl_msg *msg;
	int tries, ret = 0;

	memset(list, 0, sizeof(*list));
	for (tries = 0; tries < DUMP_TRIES && !ret && interrupted; tries++) {
		job_list_free(list);
		msg = vnl_message(nl, VHOST_MEM_CMD_JOB_GET, NLM_F_DUMP);
		if (!msg)
			return -ENOMEM;
		if (region && nla_put_u32(msg, VHOST_MEM_A_JOB_REGION, region) < 0) {
			nlmsg_free(msg);
			return -ENOMEM;
		}
		ret = vnl_talk(nl, msg, add_reply, list, &interrupted);
	}
	if (!ret && interrupted) {
		snprintf(nl->text, sizeof(nl->text), "the list keeps changing; try again");
		ret = -EAGAIN;
	}
	if (ret)
		job_list_free(list);
	else if (list->nr)
		qsort(list->jobs, list->nr, sizeof(*list->jobs), compare_id);
	return ret;
}
