// SPDX-License-Identifier: GPL-2.0
/* See genl.h. */

#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <poll.h>
#include <sys/socket.h>

#include "genl.h"
#include "ktap.h"

struct message {
	struct nlmsghdr nl;
	struct genlmsghdr genl;
	char attrs[4096];
};

const struct nlattr *genl_next(const void *attrs, size_t length, size_t *at)
{
	const struct nlattr *attr = attrs + *at;

	if (*at + NLA_HDRLEN > length || attr->nla_len < NLA_HDRLEN ||
	    *at + attr->nla_len > length)
		return NULL;
	*at += NLA_ALIGN(attr->nla_len);
	return attr;
}

static const void *attr_data(const struct nlattr *attr)
{
	return (const char *)attr + NLA_HDRLEN;
}

static void parse_job(const void *attrs, size_t length, struct genl_job *job)
{
	const struct nlattr *attr;
	size_t at = 0;

	memset(job, 0, sizeof(*job));
	while ((attr = genl_next(attrs, length, &at))) {
		int type = attr->nla_type & NLA_TYPE_MASK;
		size_t len = attr->nla_len - NLA_HDRLEN;
		const void *data = attr_data(attr);

		if (type > VHOST_MEM_A_JOB_MAX)
			continue;
		job->attrs |= 1ULL << type;
		if (type == VHOST_MEM_A_JOB_NAME)
			snprintf(job->name, sizeof(job->name), "%s",
				 (const char *)data);
		else if (type == VHOST_MEM_A_JOB_COMM)
			snprintf(job->comm, sizeof(job->comm), "%s",
				 (const char *)data);
		else if (type == VHOST_MEM_A_JOB_NOTE)
			snprintf(job->note, sizeof(job->note), "%s",
				 (const char *)data);
		else if (len == 4)
			job->value[type] = *(const uint32_t *)data;
		else if (len == 8)
			memcpy(&job->value[type], data, 8);
	}
}

static void parse_region(const struct nlmsghdr *nl, struct genl_region *region)
{
	const struct genlmsghdr *genl = NLMSG_DATA(nl);
	const void *attrs = genl + 1;
	size_t length = nl->nlmsg_len - NLMSG_HDRLEN - GENL_HDRLEN;
	const struct nlattr *attr;
	size_t at = 0;
	/* The numbers of these attributes are others; see pools.c, leases.c and defaults.c. */
	bool pool = genl->cmd == VHOST_MEM_CMD_POOL_GET ||
		    genl->cmd == VHOST_MEM_CMD_POOL_SET ||
		    genl->cmd == VHOST_MEM_CMD_LEASE_GET ||
		    genl->cmd == VHOST_MEM_CMD_LEASE_ADD ||
		    genl->cmd >= VHOST_MEM_CMD_DEFAULTS_GET;

	memset(region, 0, sizeof(*region));
	region->cmd = genl->cmd;
	while ((attr = genl_next(attrs, length, &at))) {
		int type = attr->nla_type & NLA_TYPE_MASK;
		size_t len = attr->nla_len - NLA_HDRLEN;
		const void *data = attr_data(attr);

		if (type > VHOST_MEM_A_REGION_MAX)
			continue;
		region->attrs |= 1ULL << type;
		if (pool && len != 4 && len != 8)
			continue;
		if (!pool && type == VHOST_MEM_A_REGION_NAME)
			snprintf(region->name, sizeof(region->name), "%s",
				 (const char *)data);
		else if (!pool && type == VHOST_MEM_A_REGION_POOL)
			snprintf(region->pool, sizeof(region->pool), "%s",
				 (const char *)data);
		else if (!pool && type == VHOST_MEM_A_REGION_COMM)
			snprintf(region->comm, sizeof(region->comm), "%s",
				 (const char *)data);
		else if (type == VHOST_MEM_A_REGION_ENDED_JOB)
			parse_job(data, len, &region->ended_job);
		else if (len == 4)
			region->value[type] = *(const uint32_t *)data;
		else if (len == 8)
			memcpy(&region->value[type], data, 8);
	}
}

static void parse_text(struct genl *nl, const struct nlmsghdr *hdr)
{
	const struct nlmsgerr *err = NLMSG_DATA(hdr);
	size_t at = NLMSG_HDRLEN + sizeof(*err);
	const struct nlattr *attr;

	nl->text[0] = 0;
	nl->offset = -1;
	if (!(hdr->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	if (!(hdr->nlmsg_flags & NLM_F_CAPPED))
		at += err->msg.nlmsg_len - sizeof(err->msg);
	while ((attr = genl_next(hdr, hdr->nlmsg_len, &at))) {
		if (attr->nla_type == NLMSGERR_ATTR_MSG)
			snprintf(nl->text, sizeof(nl->text), "%s",
				 (const char *)attr_data(attr));
		else if (attr->nla_type == NLMSGERR_ATTR_OFFS)
			nl->offset = *(const uint32_t *)attr_data(attr) -
				     NLMSG_HDRLEN - GENL_HDRLEN;
	}
}

size_t genl_put(void *buffer, size_t used, uint16_t type, const void *data,
		size_t length)
{
	struct nlattr *attr = buffer + used;

	attr->nla_type = type;
	attr->nla_len = NLA_HDRLEN + length;
	memcpy(attr + 1, data, length);
	return used + NLA_ALIGN(attr->nla_len);
}

static int send_message(struct genl *nl, uint16_t family, uint8_t cmd,
			uint16_t flags, const void *attrs, size_t length)
{
	struct message msg = {
		.nl = {
			.nlmsg_len = NLMSG_LENGTH(GENL_HDRLEN + length),
			.nlmsg_type = family,
			.nlmsg_flags = NLM_F_REQUEST | flags,
			.nlmsg_seq = ++nl->seq,
		},
		.genl = { .cmd = cmd, .version = 1 },
	};

	memcpy(msg.attrs, attrs, length);
	nl->text[0] = 0;
	nl->interrupted = false;
	return send(nl->fd, &msg, msg.nl.nlmsg_len, 0) < 0 ? -errno : 0;
}

/* Calls @fn for each message that responses, until the last. */
static int receive(struct genl *nl,
		   void (*fn)(const struct nlmsghdr *msg, void *arg), void *arg)
{
	_Alignas(8) static __thread char buffer[32768];

	for (;;) {
		ssize_t len = recv(nl->fd, buffer, sizeof(buffer), 0);
		struct nlmsghdr *msg = (void *)buffer;

		if (len < 0)
			return -errno;
		for (; NLMSG_OK(msg, len); msg = NLMSG_NEXT(msg, len)) {
			if (msg->nlmsg_seq != nl->seq)
				continue;
			if (msg->nlmsg_flags & NLM_F_DUMP_INTR)
				nl->interrupted = true;
			if (msg->nlmsg_type == NLMSG_DONE)
				return *(int *)NLMSG_DATA(msg);
			if (msg->nlmsg_type == NLMSG_ERROR) {
				parse_text(nl, msg);
				return *(int *)NLMSG_DATA(msg);
			}
			fn(msg, arg);
		}
	}
}

static void take_region(const struct nlmsghdr *msg, void *arg)
{
	if (arg)
		parse_region(msg, arg);
}

int genl_request(struct genl *nl, uint8_t cmd, const void *attrs, size_t length,
		 struct genl_region *region)
{
	int ret = send_message(nl, nl->family, cmd, NLM_F_ACK, attrs, length);

	return ret ? ret : receive(nl, take_region, region);
}

struct asking {
	void (*fn)(const void *attrs, size_t length, void *arg);
	void *arg;
};

static void take_answer(const struct nlmsghdr *msg, void *arg)
{
	struct asking *asking = arg;

	asking->fn((char *)NLMSG_DATA(msg) + GENL_HDRLEN,
		   msg->nlmsg_len - NLMSG_HDRLEN - GENL_HDRLEN, asking->arg);
}

int genl_ask(struct genl *nl, uint8_t cmd, const void *attrs, size_t length,
	     void (*fn)(const void *attrs, size_t length, void *arg), void *arg)
{
	struct asking asking = { .fn = fn, .arg = arg };
	int ret = send_message(nl, nl->family, cmd, NLM_F_ACK, attrs, length);

	return ret ? ret : receive(nl, take_answer, &asking);
}

static void take_family(const struct nlmsghdr *msg, void *arg)
{
	const void *attrs = (char *)NLMSG_DATA(msg) + GENL_HDRLEN;
	size_t length = msg->nlmsg_len - NLMSG_HDRLEN - GENL_HDRLEN, at = 0;
	const struct nlattr *attr, *group, *member;
	struct genl *nl = arg;

	while ((attr = genl_next(attrs, length, &at))) {
		size_t g = 0, m = 0;

		if (attr->nla_type == CTRL_ATTR_FAMILY_ID)
			nl->family = *(const uint16_t *)attr_data(attr);
		if ((attr->nla_type & NLA_TYPE_MASK) != CTRL_ATTR_MCAST_GROUPS)
			continue;
		group = genl_next(attr_data(attr), attr->nla_len - NLA_HDRLEN,
				  &g);
		while (group && (member = genl_next(attr_data(group),
						    group->nla_len - NLA_HDRLEN,
						    &m)))
			if (member->nla_type == CTRL_ATTR_MCAST_GRP_ID)
				nl->group = *(const uint32_t *)attr_data(member);
	}
}

int genl_open(struct genl *nl)
{
	char attrs[64];
	int one = 1, ret;
	size_t length;

	memset(nl, 0, sizeof(*nl));
	nl->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	if (nl->fd < 0)
		return -errno;
	setsockopt(nl->fd, SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof(one));
	setsockopt(nl->fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &one,
		   sizeof(one));
	length = genl_put(attrs, 0, CTRL_ATTR_FAMILY_NAME,
			  VHOST_MEM_FAMILY_NAME, sizeof(VHOST_MEM_FAMILY_NAME));
	ret = send_message(nl, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, NLM_F_ACK,
			   attrs, length);
	return ret ? ret : receive(nl, take_family, nl);
}

int genl_get(struct genl *nl, uint32_t id, struct genl_region *region)
{
	char attrs[64];
	size_t length = genl_put(attrs, 0, VHOST_MEM_A_REGION_ID, &id, 4);

	return genl_request(nl, VHOST_MEM_CMD_REGION_GET, attrs, length,
			    region);
}

int genl_set_u64(struct genl *nl, uint32_t id, uint16_t attr, uint64_t value,
		 struct genl_region *region)
{
	char attrs[64];
	size_t length;

	length = genl_put(attrs, 0, VHOST_MEM_A_REGION_ID, &id, 4);
	length = genl_put(attrs, length, attr, &value, 8);
	return genl_request(nl, VHOST_MEM_CMD_REGION_SET, attrs, length,
			    region);
}

int genl_set(struct genl *nl, uint32_t id, uint64_t requested,
	     struct genl_region *region)
{
	return genl_set_u64(nl, id, VHOST_MEM_A_REGION_REQUESTED_SIZE, requested,
			    region);
}

int genl_limit(struct genl *nl, uint32_t id, uint64_t limit)
{
	return genl_set_u64(nl, id, VHOST_MEM_A_REGION_LIMIT, limit, NULL);
}

struct dump {
	struct genl_region *regions;
	int max, count;
};

static void take_dump(const struct nlmsghdr *msg, void *arg)
{
	struct dump *dump = arg;

	if (dump->count < dump->max)
		parse_region(msg, &dump->regions[dump->count]);
	dump->count++;
}

int genl_dump(struct genl *nl, struct genl_region *regions, int max)
{
	struct dump dump = { .regions = regions, .max = max };
	int ret = send_message(nl, nl->family, VHOST_MEM_CMD_REGION_GET,
			       NLM_F_DUMP, NULL, 0);

	if (!ret)
		ret = receive(nl, take_dump, &dump);
	return ret ? ret : dump.count;
}

struct each {
	void (*fn)(const struct genl_region *region, void *arg);
	void *arg;
};

static void take_each(const struct nlmsghdr *msg, void *arg)
{
	struct genl_region region;
	struct each *each = arg;

	parse_region(msg, &region);
	each->fn(&region, each->arg);
}

int genl_count_regions(void)
{
	struct genl nl;
	int count;

	CHECK_EQ(genl_open(&nl), 0);
	count = genl_dump(&nl, NULL, 0);
	close(nl.fd);
	return count;
}

bool genl_gone_before(uint32_t id, time_t end)
{
	struct genl_region region;
	struct genl nl;
	int ret;

	CHECK_EQ(genl_open(&nl), 0);
	while (!(ret = genl_get(&nl, id, &region)) && time(NULL) <= end)
		usleep(10000);
	close(nl.fd);
	return ret == -ENOENT;
}

int genl_dump_each(struct genl *nl,
		   void (*fn)(const struct genl_region *region, void *arg),
		   void *arg)
{
	struct each each = { .fn = fn, .arg = arg };
	int ret = send_message(nl, nl->family, VHOST_MEM_CMD_REGION_GET,
			       NLM_F_DUMP, NULL, 0);

	return ret ? ret : receive(nl, take_each, &each);
}

struct job_dump {
	struct genl_job *jobs;
	int max, count;
};

static void take_job(const struct nlmsghdr *msg, void *arg)
{
	struct job_dump *dump = arg;

	if (dump->count < dump->max)
		parse_job((char *)NLMSG_DATA(msg) + GENL_HDRLEN,
			  msg->nlmsg_len - NLMSG_HDRLEN - GENL_HDRLEN,
			  &dump->jobs[dump->count]);
	dump->count++;
}

int genl_job(struct genl *nl, uint8_t cmd, const void *attrs, size_t length,
	     struct genl_job *job)
{
	struct job_dump dump = { .jobs = job, .max = !!job };
	int ret = send_message(nl, nl->family, cmd, NLM_F_ACK, attrs, length);

	return ret ? ret : receive(nl, take_job, &dump);
}

int genl_job_get(struct genl *nl, uint64_t id, struct genl_job *job)
{
	char attrs[64];
	size_t length = genl_put(attrs, 0, VHOST_MEM_A_JOB_ID, &id, 8);

	return genl_job(nl, VHOST_MEM_CMD_JOB_GET, attrs, length, job);
}

int genl_job_cancel(struct genl *nl, uint64_t id, bool revert,
		    struct genl_job *job)
{
	char attrs[64];
	size_t length = genl_put(attrs, 0, VHOST_MEM_A_JOB_ID, &id, 8);

	if (revert)
		length = genl_put(attrs, length, VHOST_MEM_A_JOB_REVERT, "", 0);
	return genl_job(nl, VHOST_MEM_CMD_JOB_CANCEL, attrs, length, job);
}

int genl_job_dump(struct genl *nl, uint32_t region, struct genl_job *jobs,
		  int max)
{
	struct job_dump dump = { .jobs = jobs, .max = max };
	char attrs[64];
	size_t length = 0;
	int ret;

	if (region)
		length = genl_put(attrs, 0, VHOST_MEM_A_JOB_REGION, &region, 4);
	ret = send_message(nl, nl->family, VHOST_MEM_CMD_JOB_GET, NLM_F_DUMP,
			   attrs, length);
	if (!ret)
		ret = receive(nl, take_job, &dump);
	return ret ? ret : dump.count;
}

int genl_listen(struct genl *nl)
{
	return setsockopt(nl->fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP,
			  &nl->group, sizeof(nl->group)) ? -errno : 0;
}

int genl_listen_roomy(struct genl *nl)
{
	int room = 8 << 20;

	if (setsockopt(nl->fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)))
		return -errno;
	return genl_listen(nl);
}

int genl_event(struct genl *nl, int timeout_ms, struct genl_region *region)
{
	struct pollfd poll_fd = { .fd = nl->fd, .events = POLLIN };
	_Alignas(8) char buffer[8192];
	ssize_t len;

	if (poll(&poll_fd, 1, timeout_ms) != 1)
		return -ETIMEDOUT;
	len = recv(nl->fd, buffer, sizeof(buffer), 0);
	if (len < 0)
		return -errno;
	parse_region((void *)buffer, region);
	return 0;
}

uint64_t genl_value(uint32_t id, int attr)
{
	struct genl_region region;
	struct genl nl;

	CHECK_EQ(genl_open(&nl), 0);
	CHECK_EQ(genl_get(&nl, id, &region), 0);
	CHECK(region.attrs & 1ULL << attr);
	close(nl.fd);
	return region.value[attr];
}

void genl_becomes(uint32_t id, int attr, uint64_t value)
{
	for (int n = 0; genl_value(id, attr) != value; n++) {
		CHECK(n < 3000);
		usleep(10000);
	}
}
