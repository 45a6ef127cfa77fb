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
#include "grow.h"
#include "job.h"
#include "region.h"
#include "units.h"

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

/* The name of a value, or its number where it is newer than this program. */
static char *value_name(char *buf, size_t size, const struct job *job, int i)
{
	const struct attr *attr = &job_attrs[i];
	uint32_t value = region_u32(job, attr);
	const char *name = attr_enum_name(attr, value);

	if (name)
		snprintf(buf, size, "%s", name);
	else
		snprintf(buf, size, "unknown (%u)", value);
	return buf;
}

char *job_ended(char *buf, const struct job *job)
{
	char from[SIZE_TEXT_MAX], target[SIZE_TEXT_MAX], plugged[SIZE_TEXT_MAX];
	char state[32], reason[32], origin[32], text[REGION_STRING_MAX * 2];
	size_t len;

	len = snprintf(buf, JOB_TEXT_MAX, "j%" PRIu64 " %s", job->id,
		       value_name(state, sizeof(state), job, VHOST_MEM_A_JOB_STATE));
	/* That it is done is its reason, too. */
	if (job->reason != VHOST_MEM_PROGRESS_DONE)
		len += snprintf(buf + len, JOB_TEXT_MAX - len, " (%s)",
				value_name(reason, sizeof(reason), job, VHOST_MEM_A_JOB_REASON));
	len += snprintf(buf + len, JOB_TEXT_MAX - len,
			": %s to %s, %s plugged; by %s, %s", size_format(from, job->from),
			size_format(target, job->target), size_format(plugged, job->plugged),
			value_name(origin, sizeof(origin), job, VHOST_MEM_A_JOB_ORIGIN),
			job_by(text, sizeof(text), job));
	if (job->note[0])
		snprintf(buf + len, JOB_TEXT_MAX - len, "; %s",
			 escape_text(text, sizeof(text), job->note));
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
	jobs = grow(list->jobs, list->nr, sizeof(*jobs));
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
