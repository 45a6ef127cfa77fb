// SPDX-License-Identifier: GPL-2.0
/*
 * Generic netlink messages, from valid to nonsense. Each response has to be well
 * formed and to have sizes that fit together; a change needs the capability.
 */
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <sys/socket.h>

#include "defaults.h"
#include "fuzz.h"

#define BUFFER 2048

struct request {
	struct nlmsghdr nl;
	struct genlmsghdr genl;
	unsigned char attrs[BUFFER];
};

/* Numbers of regions that there are, were, or never will be. */
static uint32_t any_id(struct fuzz_thread *t)
{
	struct fuzz_device *dev = fuzz_device(t);
	struct vhost_mem_config config = { .size = sizeof(config) };

	switch (rnd_below(&t->rnd, 8)) {
	case 0:
		return rnd_below(&t->rnd, 2) ? 0 : UINT32_MAX;
	case 1:
		return rnd(&t->rnd);
	default:
		if (!device_ioctl(dev->fd, VHOST_MEM_GET_CONFIG, &config))
			return config.id;
		return 1;
	}
}

static size_t put_any(struct fuzz_thread *t, void *buffer, size_t used)
{
	static const uint16_t lengths[] = { 0, 1, 2, 3, 4, 4, 7, 8, 8, 9, 64 };
	unsigned char data[64];
	uint16_t type = rnd_below(&t->rnd, VHOST_MEM_A_REGION_MAX + 4);
	uint16_t length = rnd_one_of(&t->rnd, lengths);
	struct nlattr *attr = buffer + used;
	uint64_t size = fuzz_size(t, fuzz_device(t));

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = rnd(&t->rnd);
	if (rnd_once_in(&t->rnd, 2))
		memcpy(data, &size, sizeof(size));
	if (rnd_once_in(&t->rnd, 8))
		type |= NLA_F_NESTED;
	if (rnd_once_in(&t->rnd, 16))
		type |= NLA_F_NET_BYTEORDER;
	if (rnd_once_in(&t->rnd, 16))
		type = rnd(&t->rnd);
	used = genl_put(buffer, used, type, data, length);
	/* One that claims to be longer, or shorter than its own head. */
	if (rnd_once_in(&t->rnd, 16))
		attr->nla_len = rnd_once_in(&t->rnd, 2) ?
				rnd_below(&t->rnd, 8) : rnd(&t->rnd);
	return used;
}

/* What region-set-many takes: changes of regions, and sometimes what is none. */
static size_t put_changes(struct fuzz_thread *t, unsigned char *attrs, size_t used)
{
	for (int nr = rnd_below(&t->rnd, 4); nr; nr--) {
		struct nlattr *nest = (void *)(attrs + used);
		uint64_t size = fuzz_size(t, fuzz_device(t));
		uint32_t id = any_id(t);
		size_t begin = used;

		used = genl_put(attrs, used,
				VHOST_MEM_A_REGION_CHANGE | NLA_F_NESTED, "", 0);
		if (!rnd_once_in(&t->rnd, 16))
			used = genl_put(attrs, used, VHOST_MEM_A_REGION_ID, &id, 4);
		if (!rnd_once_in(&t->rnd, 8))
			used = genl_put(attrs, used,
					VHOST_MEM_A_REGION_REQUESTED_SIZE, &size, 8);
		if (rnd_once_in(&t->rnd, 4))
			used = genl_put(attrs, used, VHOST_MEM_A_REGION_LIMIT, &size, 8);
		if (rnd_once_in(&t->rnd, 8))
			used = put_any(t, attrs, used);
		nest->nla_len = used - begin;
	}
	return used;
}

static size_t put_attrs(struct fuzz_thread *t, unsigned char *attrs)
{
	uint64_t requested = fuzz_size(t, fuzz_device(t));
	uint64_t limit = fuzz_size(t, fuzz_device(t));
	static const uint16_t sizes[] = {
		VHOST_MEM_A_REGION_POLICY_MAX, VHOST_MEM_A_REGION_POLICY_STEP,
	};
	uint64_t more = fuzz_size(t, fuzz_device(t));
	uint64_t interval = 100 + rnd_below(&t->rnd, 100);
	uint32_t decision = VHOST_MEM_DECISION_DENIED;
	uint32_t policy = rnd_below(&t->rnd, 3);
	uint32_t id = any_id(t);
	size_t used = 0;

	if (!rnd_once_in(&t->rnd, 16))
		used = genl_put(attrs, used, VHOST_MEM_A_REGION_ID, &id, 4);
	if (rnd_once_in(&t->rnd, 2))
		used = genl_put(attrs, used, VHOST_MEM_A_REGION_REQUESTED_SIZE,
				&requested, 8);
	if (rnd_once_in(&t->rnd, 4))
		used = genl_put(attrs, used, VHOST_MEM_A_REGION_LIMIT, &limit,
				8);
	if (rnd_once_in(&t->rnd, 4))
		used = genl_put(attrs, used, VHOST_MEM_A_REGION_POLICY, &policy,
				4);
	if (rnd_once_in(&t->rnd, 4))
		used = genl_put(attrs, used, rnd_one_of(&t->rnd, sizes), &more,
				8);
	if (rnd_once_in(&t->rnd, 4))
		used = genl_put(attrs, used, VHOST_MEM_A_REGION_POLICY_INTERVAL,
				&interval, 8);
	if (rnd_once_in(&t->rnd, 8))
		used = genl_put(attrs, used, VHOST_MEM_A_REGION_PROPOSAL_DECISION,
				&decision, 4);
	if (rnd_once_in(&t->rnd, 8))
		used = put_changes(t, attrs, used);
	if (rnd_once_in(&t->rnd, 8))
		for (int nr = rnd_below(&t->rnd, 6); nr; nr--)
			used = put_any(t, attrs, used);
	fuzz_spoil(t, attrs, used + 1);
	return used;
}

static const struct nlattr *next_attr(const void *from, size_t length,
				      size_t *at)
{
	const struct nlattr *attr = from + *at;

	if (*at >= length)
		return NULL;
	*at += NLA_ALIGN(attr->nla_len);
	return attr;
}

/* The attributes of a job, in @length bytes. */
static void check_job(struct fuzz_thread *t, const void *from, size_t length)
{
	static const uint8_t width[VHOST_MEM_A_JOB_MAX + 1] = {
		[VHOST_MEM_A_JOB_ID] = 8,
		[VHOST_MEM_A_JOB_REGION] = 4,
		[VHOST_MEM_A_JOB_ORIGIN] = 4,
		[VHOST_MEM_A_JOB_PID] = 4,
		[VHOST_MEM_A_JOB_FROM] = 8,
		[VHOST_MEM_A_JOB_TARGET] = 8,
		[VHOST_MEM_A_JOB_PLUGGED_BEFORE] = 8,
		[VHOST_MEM_A_JOB_PLUGGED] = 8,
		[VHOST_MEM_A_JOB_STATE] = 4,
		[VHOST_MEM_A_JOB_REASON] = 4,
		[VHOST_MEM_A_JOB_STARTED_AGO] = 8,
		[VHOST_MEM_A_JOB_ENDED_AGO] = 8,
	};
	uint64_t v[VHOST_MEM_A_JOB_MAX + 1] = { 0 };
	const struct nlattr *attr;
	bool ended = false;
	size_t at = 0;

	while ((attr = next_attr(from, length, &at))) {
		if (attr->nla_len < NLA_HDRLEN || at > NLMSG_ALIGN(length) ||
		    attr->nla_type > VHOST_MEM_A_JOB_MAX)
			fuzz_broken(t, "job: attribute %u, length %u",
				    attr->nla_type, attr->nla_len);
		ended |= attr->nla_type == VHOST_MEM_A_JOB_ENDED_AGO;
		if (!width[attr->nla_type])
			continue;
		if (attr->nla_len - NLA_HDRLEN != width[attr->nla_type])
			fuzz_broken(t, "job: attribute %u has %u bytes",
				    attr->nla_type, attr->nla_len - NLA_HDRLEN);
		memcpy(&v[attr->nla_type], attr + 1, width[attr->nla_type]);
	}
	/* What is requested is plugged exactly if the job is done. */
	if (!v[VHOST_MEM_A_JOB_ID] || !v[VHOST_MEM_A_JOB_REGION] ||
	    v[VHOST_MEM_A_JOB_ORIGIN] > VHOST_MEM_ORIGIN_RESET ||
	    v[VHOST_MEM_A_JOB_STATE] > VHOST_MEM_JOB_STATE_GONE ||
	    v[VHOST_MEM_A_JOB_REASON] > VHOST_MEM_PROGRESS_UNCONFIRMED ||
	    ended == (v[VHOST_MEM_A_JOB_STATE] < VHOST_MEM_JOB_STATE_DONE) ||
	    (v[VHOST_MEM_A_JOB_STATE] == VHOST_MEM_JOB_STATE_DONE) !=
	    (v[VHOST_MEM_A_JOB_PLUGGED] == v[VHOST_MEM_A_JOB_TARGET]))
		fuzz_broken(t, "job %lu: origin %lu, state %lu, plugged %#lx, target %#lx",
			    v[VHOST_MEM_A_JOB_ID], v[VHOST_MEM_A_JOB_ORIGIN],
			    v[VHOST_MEM_A_JOB_STATE], v[VHOST_MEM_A_JOB_PLUGGED],
			    v[VHOST_MEM_A_JOB_TARGET]);
}

static void check_region(struct fuzz_thread *t, const struct nlmsghdr *nl)
{
	static const uint8_t width[VHOST_MEM_A_REGION_MAX + 1] = {
		[VHOST_MEM_A_REGION_ID] = 4,
		[VHOST_MEM_A_REGION_PID] = 4,
		[VHOST_MEM_A_REGION_STATE] = 4,
		[VHOST_MEM_A_REGION_UNPLUGGED] = 4,
		[VHOST_MEM_A_REGION_NODE] = 4,
		[VHOST_MEM_A_REGION_ADDR] = 8,
		[VHOST_MEM_A_REGION_BLOCK_SIZE] = 8,
		[VHOST_MEM_A_REGION_SIZE] = 8,
		[VHOST_MEM_A_REGION_USABLE_SIZE] = 8,
		[VHOST_MEM_A_REGION_REQUESTED_SIZE] = 8,
		[VHOST_MEM_A_REGION_PLUGGED_SIZE] = 8,
		[VHOST_MEM_A_REGION_BACKED_SIZE] = 8,
		[VHOST_MEM_A_REGION_REQUESTS] = 8,
		[VHOST_MEM_A_REGION_REFUSED_FAULTS] = 8,
		[VHOST_MEM_A_REGION_LIMIT] = 8,
		[VHOST_MEM_A_REGION_VIOLATION_ADDR] = 8,
		[VHOST_MEM_A_REGION_VIOLATION_ACCESS] = 4,
		[VHOST_MEM_A_REGION_PROGRESS] = 4,
		[VHOST_MEM_A_REGION_REQUESTED_AGO] = 8,
		[VHOST_MEM_A_REGION_REQUEST_AGO] = 8,
		[VHOST_MEM_A_REGION_POLICY] = 4,
		[VHOST_MEM_A_REGION_POLICY_MAX] = 8,
		[VHOST_MEM_A_REGION_POLICY_STEP] = 8,
		[VHOST_MEM_A_REGION_POLICY_INTERVAL] = 8,
		[VHOST_MEM_A_REGION_PROPOSED_SIZE] = 8,
		[VHOST_MEM_A_REGION_PROPOSAL_REASON] = 4,
		[VHOST_MEM_A_REGION_PROPOSAL_AGO] = 8,
		[VHOST_MEM_A_REGION_PROPOSAL_DECISION] = 4,
		[VHOST_MEM_A_REGION_GUEST_STATUS] = 4,
		[VHOST_MEM_A_REGION_GUEST_RECLAIMABLE] = 8,
		[VHOST_MEM_A_REGION_HINT_PAGE_SIZE] = 8,
		[VHOST_MEM_A_REGION_HINT_BLOCK_SIZE] = 8,
		[VHOST_MEM_A_REGION_HINT_ALIGN] = 8,
		[VHOST_MEM_A_REGION_HINT_ADDR_LIMIT] = 8,
		[VHOST_MEM_A_REGION_LIMBO_SIZE] = 8,
		[VHOST_MEM_A_REGION_SEQUENCE] = 8,
		[VHOST_MEM_A_REGION_JOB] = 8,
		[VHOST_MEM_A_REGION_RESERVED] = 8,
		[VHOST_MEM_A_REGION_MINIMUM] = 8,
		[VHOST_MEM_A_REGION_CHARGED] = 8,
		[VHOST_MEM_A_REGION_RULES] = 4,
		[VHOST_MEM_A_REGION_PAGE_SIZE] = 8,
	};
	size_t at = NLMSG_HDRLEN + GENL_HDRLEN;
	uint64_t v[VHOST_MEM_A_REGION_MAX + 1] = { 0 };
	const struct nlattr *attr;

	while ((attr = next_attr(nl, nl->nlmsg_len, &at))) {
		size_t length = attr->nla_len - NLA_HDRLEN;

		bool job = attr->nla_type ==
			   (VHOST_MEM_A_REGION_ENDED_JOB | NLA_F_NESTED);

		if (attr->nla_len < NLA_HDRLEN || at > NLMSG_ALIGN(nl->nlmsg_len) ||
		    (attr->nla_type > VHOST_MEM_A_REGION_MAX && !job))
			fuzz_broken(t, "response: attribute %u, length %u",
				    attr->nla_type, attr->nla_len);
		if (job)
			check_job(t, attr + 1, length);
		if (job || !width[attr->nla_type])
			continue;
		if (length != width[attr->nla_type])
			fuzz_broken(t, "response: attribute %u has %zu bytes",
				    attr->nla_type, length);
		memcpy(&v[attr->nla_type], attr + 1, length);
	}
	if (!v[VHOST_MEM_A_REGION_ID])
		fuzz_broken(t, "response: a region without a number");
	fuzz_check_sizes(t, v[VHOST_MEM_A_REGION_BLOCK_SIZE],
			 v[VHOST_MEM_A_REGION_SIZE],
			 v[VHOST_MEM_A_REGION_USABLE_SIZE],
			 v[VHOST_MEM_A_REGION_REQUESTED_SIZE],
			 v[VHOST_MEM_A_REGION_PLUGGED_SIZE]);
	if (v[VHOST_MEM_A_REGION_LIMIT] > v[VHOST_MEM_A_REGION_SIZE] ||
	    v[VHOST_MEM_A_REGION_LIMIT] % v[VHOST_MEM_A_REGION_BLOCK_SIZE] ||
	    v[VHOST_MEM_A_REGION_REQUESTED_SIZE] > v[VHOST_MEM_A_REGION_LIMIT])
		fuzz_broken(t, "response: requested %#lx, limit %#lx, size %#lx",
			    v[VHOST_MEM_A_REGION_REQUESTED_SIZE],
			    v[VHOST_MEM_A_REGION_LIMIT],
			    v[VHOST_MEM_A_REGION_SIZE]);
	/* Only administrators get these. */
	if (!v[VHOST_MEM_A_REGION_POLICY_INTERVAL])
		return;
	if (v[VHOST_MEM_A_REGION_POLICY] > VHOST_MEM_POLICY_AUTO ||
	    v[VHOST_MEM_A_REGION_POLICY_MAX] > v[VHOST_MEM_A_REGION_SIZE] ||
	    v[VHOST_MEM_A_REGION_POLICY_STEP] % v[VHOST_MEM_A_REGION_BLOCK_SIZE] ||
	    !v[VHOST_MEM_A_REGION_POLICY_STEP] ||
	    v[VHOST_MEM_A_REGION_POLICY_INTERVAL] < 100 ||
	    v[VHOST_MEM_A_REGION_PROPOSED_SIZE] > v[VHOST_MEM_A_REGION_SIZE] ||
	    v[VHOST_MEM_A_REGION_PROPOSAL_REASON] > VHOST_MEM_REASON_IDLE ||
	    v[VHOST_MEM_A_REGION_PROPOSAL_DECISION] > VHOST_MEM_DECISION_PENDING ||
	    v[VHOST_MEM_A_REGION_GUEST_STATUS] > VHOST_MEM_GUEST_STATUS_OTHER ||
	    v[VHOST_MEM_A_REGION_GUEST_RECLAIMABLE] > v[VHOST_MEM_A_REGION_SIZE])
		fuzz_broken(t, "response: policy or proposal out of range");
}

/* Of commands of the family, whatever is in them. */
static bool is_error_known(int error)
{
	static const int known[] = {
		0, EPERM, EINVAL, ENOENT, ERANGE, EDQUOT, EOPNOTSUPP, EBUSY,
		ESTALE, ESHUTDOWN, EDOM, ENOBUFS, ENOSPC, E2BIG,
	};

	for (unsigned int i = 0; i < COUNT(known); i++)
		if (error == -known[i])
			return true;
	return false;
}

static void check_response(struct fuzz_thread *t, const struct nlmsghdr *nl,
			 bool changes)
{
	const struct genlmsghdr *genl = NLMSG_DATA(nl);
	int error;

	if (nl->nlmsg_type == t->nl.family) {
		if (fuzz_unprivileged && (genl->cmd == VHOST_MEM_CMD_REGION_SET ||
					  genl->cmd == VHOST_MEM_CMD_REGION_SET_MANY ||
					  genl->cmd == VHOST_MEM_CMD_POOL_SET ||
					  genl->cmd == VHOST_MEM_CMD_LEASE_ADD ||
					  genl->cmd >= VHOST_MEM_CMD_DEFAULTS_GET))
			fuzz_broken(t, "something was changed without the capability");
		if (genl->cmd == VHOST_MEM_CMD_JOB_GET)
			check_job(t, genl + 1,
				  nl->nlmsg_len - NLMSG_LENGTH(GENL_HDRLEN));
		else if (genl->cmd < VHOST_MEM_CMD_POOL_GET)
			check_region(t, nl);
		return;
	}
	if (nl->nlmsg_type != NLMSG_ERROR)
		return;
	error = *(int *)NLMSG_DATA(nl);
	if (!is_error_known(error))
		fuzz_broken(t, "netlink: %s (%d) is not documented for it",
			    strerror(-error), -error);
	if (changes && error == 0 && fuzz_unprivileged &&
	    nl->nlmsg_seq == t->nl.seq)
		fuzz_broken(t, "a region was changed without the capability");
}

/* Answers are there when send() returns, but for the rest of a dump. */
static void take_answers(struct fuzz_thread *t, bool changes)
{
	_Alignas(8) static __thread char buffer[32768];
	const struct nlmsghdr *nl;
	ssize_t length;

	while ((length = recv(t->nl.fd, buffer, sizeof(buffer),
			      MSG_DONTWAIT)) > 0)
		for (nl = (void *)buffer; length > 0; nl = NLMSG_NEXT(nl, length)) {
			if (!NLMSG_OK(nl, length))
				fuzz_broken(t, "response: %zd bytes left", length);
			check_response(t, nl, changes);
		}
	/* Events that did not fit are lost: that is all that may go wrong. */
	if (length < 0 && errno != EAGAIN && errno != ENOBUFS)
		fuzz_broken(t, "recv: %s", strerror(errno));
}

/* What was set binds devices to come, also those of the next test. */
static void undo_defaults(struct fuzz_thread *t)
{
	struct genl own;

	if (fuzz_unprivileged)
		return;
	if (genl_open(&own) || defaults_reset(&own))
		fuzz_broken(t, "the defaults cannot be reset");
	close(own.fd);
}

void fuzz_netlink(struct fuzz_thread *t)
{
	static const uint8_t cmds[] = {
		VHOST_MEM_CMD_REGION_GET, VHOST_MEM_CMD_REGION_SET,
		VHOST_MEM_CMD_REGION_SET, VHOST_MEM_CMD_JOB_GET,
		VHOST_MEM_CMD_JOB_CANCEL, VHOST_MEM_CMD_REGION_SET_MANY,
		VHOST_MEM_CMD_STATS_GET,
	};
	static const uint16_t flags[] = {
		NLM_F_ACK, NLM_F_ACK, NLM_F_ACK, NLM_F_ACK, NLM_F_DUMP,
		NLM_F_DUMP | NLM_F_ACK, NLM_F_ROOT, NLM_F_ECHO | NLM_F_ACK,
	};
	struct request request = {
		.nl = {
			.nlmsg_type = t->nl.family,
			.nlmsg_flags = NLM_F_REQUEST |
				       rnd_one_of(&t->rnd, flags),
			.nlmsg_seq = ++t->nl.seq,
		},
		.genl = {
			.cmd = rnd_once_in(&t->rnd, 8) ?
			       rnd_below(&t->rnd, VHOST_MEM_CMD_MAX + 3) :
			       rnd_one_of(&t->rnd, cmds),
			.version = VHOST_MEM_FAMILY_VERSION,
		},
	};
	size_t length = put_attrs(t, request.attrs);
	static const uint32_t odd[] = { 0, 1, 15, 16, 19, 20, 24, UINT32_MAX };

	t->what = "netlink";
	if (rnd_once_in(&t->rnd, 16))
		length = rnd_below(&t->rnd, length + 1);
	length += NLMSG_LENGTH(GENL_HDRLEN);
	request.nl.nlmsg_len = length;
	if (rnd_once_in(&t->rnd, 32))
		request.nl.nlmsg_len = rnd_one_of(&t->rnd, odd);
	if (rnd_once_in(&t->rnd, 32))
		request.genl.version = rnd(&t->rnd);
	if (rnd_once_in(&t->rnd, 32))
		request.genl.reserved = rnd(&t->rnd);
	if (rnd_once_in(&t->rnd, 32))
		request.nl.nlmsg_flags = rnd(&t->rnd);
	if (send(t->nl.fd, &request, length, MSG_DONTWAIT) < 0 &&
	    errno != EAGAIN && errno != ENOBUFS && errno != EINVAL)
		fuzz_broken(t, "send: %s", strerror(errno));
	take_answers(t, (request.genl.cmd == VHOST_MEM_CMD_REGION_SET ||
			 request.genl.cmd == VHOST_MEM_CMD_REGION_SET_MANY ||
			 request.genl.cmd == VHOST_MEM_CMD_JOB_CANCEL) &&
			request.nl.nlmsg_flags & NLM_F_REQUEST &&
			request.nl.nlmsg_len == length);
	if (request.genl.cmd == VHOST_MEM_CMD_DEFAULTS_SET)
		undo_defaults(t);
}

/* Listen, or no longer; and sockets that go with something in their queue. */
void fuzz_netlink_group(struct fuzz_thread *t)
{
	int option = rnd_once_in(&t->rnd, 2) ? NETLINK_ADD_MEMBERSHIP :
					       NETLINK_DROP_MEMBERSHIP;
	int group = rnd_once_in(&t->rnd, 8) ? (int)rnd_below(&t->rnd, 64) :
					      (int)t->nl.group;

	t->what = "netlink group";
	if (rnd_once_in(&t->rnd, 8)) {
		close(t->nl.fd);
		if (genl_open(&t->nl))
			fuzz_broken(t, "the netlink family cannot be found");
		return;
	}
	/* Events of other regions do not matter. */
	if (group == (int)t->nl.group || option == NETLINK_DROP_MEMBERSHIP)
		setsockopt(t->nl.fd, SOL_NETLINK, option, &group,
			   sizeof(group));
	take_answers(t, false);
}
