// SPDX-License-Identifier: GPL-2.0
/*
 * A fake kernel: linked into vmemctl-fake, it replaces the libc functions that libnl
 * calls for netlink sockets, and answers what is sent. All of vmemctl and libnl in
 * front of it is real.
 *
 * The words of the environment variable FAKE say what to simulate; see fake_regions.h.
 * FAKE_RECORD is a file to which each message that is received is appended. FAKE_COUNT is
 * one for the numbers of calls of sendmsg(), recvmsg() and openat().
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <netlink/attr.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>
#include <linux/genetlink.h>

#include "fake_defaults.h"
#include "fake_family.h"
#include "fake_jobs.h"
#include "fake_leases.h"
#include "fake_many.h"
#include "fake_pools.h"
#include "fake_regions.h"
#include "fake_stats.h"
#include "fixture.h"

#define GROUP_EVENTS	7
#define NR_MANY		1000
#define MAX_FDS		64

/* One byte instead of a message: the receiver gets ENOBUFS. */
#define LOST		"L"
/* An odd byte behind a message: not from the kernel. */
#define SPOOFED_PORT	4711

struct fake_socket {
	bool used;
	bool events;
	int peer;
	struct nlmsghdr dump;	/* of many regions */
	uint32_t next;		/* the one that is next in it; 0: there is no dump */
};

static struct fake_socket sockets[MAX_FDS];
static struct region regions[NR_FIXTURE_REGIONS];
static bool resized, refused;

static int dumps, steps;
static unsigned int sent, received, opened;

static struct fake_socket *fake_socket(int fd)
{
	return fd >= 0 && fd < MAX_FDS && sockets[fd].used ? &sockets[fd] : NULL;
}

static void deliver(const struct fake_socket *s, const void *data, size_t len)
{
	fake_record(data, len);
	if (write(s->peer, data, len) != (ssize_t)len)
		abort();
}

static void reply(const struct fake_socket *s, const struct nlmsghdr *request,
		  struct nl_msg *msg, int type, int flags)
{
	struct nlmsghdr *nlh = nlmsg_hdr(msg);

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = flags;
	nlh->nlmsg_seq = request->nlmsg_seq;
	nlh->nlmsg_pid = request->nlmsg_pid;
	deliver(s, nlh, nlh->nlmsg_len);
	nlmsg_free(msg);
}

static void reply_error_at(const struct fake_socket *s, const struct nlmsghdr *request,
			   int err, const char *text, uint32_t offset)
{
	struct nlmsgerr body = { .error = err, .msg = *request };
	struct nl_msg *msg = nlmsg_alloc();

	if (!msg || !nlmsg_put(msg, 0, 0, NLMSG_ERROR, 0, 0) ||
	    nlmsg_append(msg, &body, sizeof(body), NLMSG_ALIGNTO) < 0)
		abort();
	if (text)
		nla_put_string(msg, NLMSGERR_ATTR_MSG, text);
	if (offset)
		nla_put_u32(msg, NLMSGERR_ATTR_OFFS, offset);
	reply(s, request, msg, NLMSG_ERROR,
	      NLM_F_CAPPED | (text || offset ? NLM_F_ACK_TLVS : 0));
}

static void reply_error(const struct fake_socket *s, const struct nlmsghdr *request,
			int err, const char *text)
{
	reply_error_at(s, request, err, text, 0);
}

static void event(int cmd, const struct region *region)
{
	struct nl_msg *msg = fixture_message(cmd, region);
	int fd;

	for (fd = 0; fd < MAX_FDS; fd++) {
		if (sockets[fd].used && sockets[fd].events && !plays("noevents"))
			deliver(&sockets[fd], nlmsg_hdr(msg), nlmsg_hdr(msg)->nlmsg_len);
	}
	nlmsg_free(msg);
}

static void module_unloaded(const struct fake_socket *s)
{
	struct nl_msg *msg = nlmsg_alloc();

	if (!msg)
		abort();
	fake_family_message(msg, CTRL_CMD_DELFAMILY, FIXTURE_FAMILY, VHOST_MEM_FAMILY_NAME,
			    GROUP_EVENTS, VHOST_MEM_MCGRP_EVENTS);
	deliver(s, nlmsg_hdr(msg), nlmsg_hdr(msg)->nlmsg_len);
	nlmsg_free(msg);
}

static void get_family(const struct fake_socket *s, struct nlmsghdr *nlh)
{
	struct nlattr *tb[CTRL_ATTR_MAX + 1];
	struct nl_msg *msg;
	const char *name;

	if (genlmsg_parse(nlh, 0, tb, CTRL_ATTR_MAX, NULL) < 0 ||
	    !tb[CTRL_ATTR_FAMILY_NAME])
		abort();
	name = nla_get_string(tb[CTRL_ATTR_FAMILY_NAME]);
	msg = nlmsg_alloc();
	if (!msg)
		abort();
	if (!strcmp(name, "nlctrl")) {
		fake_family_message(msg, CTRL_CMD_NEWFAMILY, GENL_ID_CTRL, name,
				    GENL_ID_CTRL, "notify");
	} else if (!strcmp(name, VHOST_MEM_FAMILY_NAME) &&
		   (plays("regions") || plays("empty"))) {
		fake_family_message(msg, CTRL_CMD_NEWFAMILY, FIXTURE_FAMILY, name,
				    GROUP_EVENTS, VHOST_MEM_MCGRP_EVENTS);
	} else {
		nlmsg_free(msg);
		reply_error(s, nlh, -ENOENT, NULL);
		return;
	}
	reply(s, nlh, msg, GENL_ID_CTRL, 0);
	reply_error(s, nlh, 0, NULL);
}

/* The end of a dump. */
static void reply_done(const struct fake_socket *s, const struct nlmsghdr *nlh, int err,
		       int flags)
{
	struct nl_msg *msg = nlmsg_alloc();

	if (!msg || !nlmsg_put(msg, 0, 0, NLMSG_DONE, 0, 0) ||
	    nlmsg_append(msg, &err, sizeof(err), NLMSG_ALIGNTO) < 0)
		abort();
	if (err == -EBUSY) {
		nla_put_string(msg, NLMSGERR_ATTR_MSG, "the list is locked");
		flags |= NLM_F_ACK_TLVS;
	}
	reply(s, nlh, msg, NLMSG_DONE, flags);
}

static void reply_jobs(const struct fake_socket *s, const struct nlmsghdr *nlh,
		       uint32_t region)
{
	int err = region && !fake_job_last(region) ? -ENOENT : 0;
	const struct job *job;
	int i;

	for (i = 0; (job = fake_job_nth(i)); i++) {
		if (!region || job->region == region)
			reply(s, nlh, fake_job_message(job), FIXTURE_FAMILY, NLM_F_MULTI);
	}
	reply_done(s, nlh, err, NLM_F_MULTI);
}

static void reply_job(const struct fake_socket *s, const struct nlmsghdr *nlh,
		      const struct job *job)
{
	if (job)
		reply(s, nlh, fake_job_message(job), FIXTURE_FAMILY, 0);
	reply_error(s, nlh, job ? 0 : -ENOENT, NULL);
}

/* The job of @region that began last has ended. */
static void job_event(const struct region *region)
{
	struct region told = *region;

	told.present |= ATTR_BIT(ENDED_JOB);
	told.ended_job = *fake_job_last(region->id);
	event(VHOST_MEM_CMD_REGION_JOB_NTF, &told);
}

static void reply_region(const struct fake_socket *s, const struct nlmsghdr *nlh,
			 const struct region *region, int flags)
{
	reply(s, nlh, fixture_message(VHOST_MEM_CMD_REGION_GET, region), FIXTURE_FAMILY,
	      flags);
}

/* What happens while events are lost: before the second dump, and before the third. */
static void miss_something(void)
{
	struct region old = regions[REGION_VM1];
	int fd, i;

	for (i = 0; i < NR_FIXTURE_REGIONS && plays("missed"); i++)
		regions[i].sequence = 4711 + 10 * dumps;
	if (plays("missed") && dumps == 1) {
		fake_job_set(&regions[REGION_VM1], 4 * GIB, VHOST_MEM_ORIGIN_ADMIN, "missed");
		regions[REGION_VM1].requested_size = 4 * GIB;
		regions[REGION_VM1].plugged_size = 4 * GIB;
		regions[REGION_VM1].refused_faults++;
		regions[REGION_TWIN3].policy = VHOST_MEM_POLICY_MANUAL;
		regions[REGION_TWIN2].id = 5;
		/* j17 is superseded by j18, which is done; only the latter is told. */
		fake_job_look(&regions[REGION_VM1]);
		if (plays("jobs"))
			job_event(&regions[REGION_VM1]);
		/* Still in the queue, and then one after others that are lost. */
		old.sequence = 4720;
		event(VHOST_MEM_CMD_REGION_PLUGGED_NTF, &old);
		old = regions[REGION_VM1];
		old.sequence = 4725;
		event(VHOST_MEM_CMD_REGION_RESIZED_NTF, &old);
	}
	for (fd = 0; fd < MAX_FDS && dumps == (plays("missed") ? 2 : 1); fd++) {
		if (sockets[fd].used && sockets[fd].events)
			module_unloaded(&sockets[fd]);
	}
}

/* As the kernel does it: not before somebody reads, as they do not all fit. */
static void dump_next_of_many(struct fake_socket *s, int fd)
{
	struct region region = regions[REGION_VM1];
	char byte;

	if (!s->next || recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0)
		return;
	region.id = s->next;
	snprintf(region.name, sizeof(region.name), "vm%u", region.id);
	if (s->next <= NR_MANY)
		reply_region(s, &s->dump, &region, NLM_F_MULTI);
	else
		reply_done(s, &s->dump, 0, NLM_F_MULTI);
	s->next = s->next <= NR_MANY ? s->next + 1 : 0;
}

static void dump(struct fake_socket *s, const struct nlmsghdr *nlh)
{
	int err = plays("dumperr") ? -EBUSY : 0, flags = NLM_F_MULTI, i;

	if ((plays("intr") && !dumps) || plays("intrforever"))
		flags |= NLM_F_DUMP_INTR;
	if (plays("missed") || plays("gap"))
		miss_something();
	dumps++;
	if (plays("many")) {
		s->dump = *nlh;
		s->next = 1;
		return;
	}
	/* Not in the order of their ids. */
	for (i = NR_FIXTURE_REGIONS - 1; i >= 0 && plays("regions"); i--)
		reply_region(s, nlh, &regions[i], flags);
	reply_done(s, nlh, err, flags);
}

static struct region *find_region(uint32_t id)
{
	int i;

	for (i = 0; i < NR_FIXTURE_REGIONS && plays("regions"); i++) {
		if (regions[i].id == id)
			return &regions[i];
	}
	return NULL;
}

/* What happens between our resize and the next get. */
static void life_goes_on(struct region *region)
{
	uint64_t step = 512 * MIB;
	struct region wrong;

	if (plays("violation")) {
		wrong = *region;
		wrong.plugged_size = region->requested_size;
		wrong.requested_size = 7 * GIB;
		event(VHOST_MEM_CMD_REGION_VIOLATION_NTF, &wrong);
	}
	if (plays("other")) {
		fake_job_set(region, 4 * GIB, VHOST_MEM_ORIGIN_VMM, NULL);
		region->requested_size = 4 * GIB;
		event(VHOST_MEM_CMD_REGION_RESIZED_NTF, region);
	}
	if (!plays("plug") || region->plugged_size == region->requested_size)
		return;
	if (region->plugged_size < region->requested_size)
		region->plugged_size += step;
	else
		region->plugged_size -= step;
	fake_job_look(region);
	event(VHOST_MEM_CMD_REGION_PLUGGED_NTF, region);
}

static void get(const struct fake_socket *s, const struct nlmsghdr *nlh, uint32_t id)
{
	struct region *region = find_region(id);

	if (!region || (resized && (plays("gone") || plays("unload"))) ||
	    (refused && plays("vanish"))) {
		reply_error(s, nlh, -ENOENT, NULL);
		return;
	}
	if (resized)
		life_goes_on(region);
	reply_region(s, nlh, region, 0);
	reply_error(s, nlh, 0, NULL);
}

static int set_decision(const struct fake_socket *s, const struct nlmsghdr *nlh,
		       struct region *region, struct nlattr *decision)
{
	if (nla_get_u32(decision) != VHOST_MEM_DECISION_DENIED)
		abort();
	if (!region_has(region, VHOST_MEM_A_REGION_PROPOSED_SIZE) ||
	    region->proposal_decision != VHOST_MEM_DECISION_PENDING) {
		reply_error(s, nlh, -ENOENT, NULL);
		return -ENOENT;
	}
	region->proposal_decision = VHOST_MEM_DECISION_DENIED;
	return 0;
}

/* vmemctl must not set attributes that the module does not send. */
static void check_known(const struct region *region, struct nlattr **tb)
{
	bool any = false;
	int i;

	for (i = VHOST_MEM_A_REGION_ID + 1; i <= VHOST_MEM_A_REGION_MAX; i++) {
		if (!tb[i])
			continue;
		any = true;
		if (!region_has(region, i) &&
		    ((i != VHOST_MEM_A_REGION_PROPOSAL_DECISION &&
		      i != VHOST_MEM_A_REGION_NOTE &&
		      i != VHOST_MEM_A_REGION_EXPECTED_REQUESTED_SIZE) || plays("old")))
			abort();
	}
	if (!any)
		abort();
}

/* As the kernel does it: the limit first. Returns 0 or -errno. */
static int set_all(const struct fake_socket *s, const struct nlmsghdr *nlh,
		   struct region *region, struct nlattr **tb)
{
	struct nlattr *requested = tb[VHOST_MEM_A_REGION_REQUESTED_SIZE];
	struct nlattr *decision = tb[VHOST_MEM_A_REGION_PROPOSAL_DECISION];
	struct nlattr *expected = tb[VHOST_MEM_A_REGION_EXPECTED_REQUESTED_SIZE];
	uint64_t bytes;
	char text[128];

	check_known(region, tb);
	if (plays("restless") || (plays("steps") && !steps++))
		region->requested_size += GIB;
	if (expected && nla_get_u64(expected) != region->requested_size) {
		reply_error(s, nlh, -ESTALE, "the requested size is not the expected one");
		return -ESTALE;
	}
	if (plays("proposalrace"))
		region->proposed_size = 8 * GIB;
	if (tb[VHOST_MEM_A_REGION_RESERVED] &&
	    nla_get_u64(tb[VHOST_MEM_A_REGION_RESERVED]) > 4 * GIB) {
		reply_error(s, nlh, -ENOBUFS, "the pool has no room for it: default has 1 free");
		return -ENOBUFS;
	}
	fake_region_set_rules(region, tb);
	if (!requested)
		return decision ? set_decision(s, nlh, region, decision) : 0;
	bytes = nla_get_u64(requested);
	if (plays("race"))
		region->limit = GIB;
	if (bytes > region->limit && !plays("old")) {
		snprintf(text, sizeof(text),
			 "requested size exceeds the limit: %llu, limit %llu",
			 (unsigned long long)bytes, (unsigned long long)region->limit);
		reply_error(s, nlh, -EDQUOT, text);
		return -EDQUOT;
	}
	fake_job_set(region, bytes, VHOST_MEM_ORIGIN_ADMIN,
		     tb[VHOST_MEM_A_REGION_NOTE] ?
		     nla_get_string(tb[VHOST_MEM_A_REGION_NOTE]) : NULL);
	region->requested_size = bytes;
	if (!plays("nodriver"))
		region->progress = bytes == region->plugged_size ?
				   VHOST_MEM_PROGRESS_DONE :
				   VHOST_MEM_PROGRESS_PENDING;
	return 0;
}

static void set(const struct fake_socket *s, const struct nlmsghdr *nlh, uint32_t id,
		struct nlattr **tb)
{
	struct region *region = find_region(id);
	const char *text = NULL;
	int fd, ret;

	refused = true;
	ret = region ? fake_region_refuses(region, tb, &text) : 0;
	if (!region || plays("enoent")) {
		reply_error(s, nlh, -ENOENT, NULL);
	} else if (plays("extack")) {
		reply_error(s, nlh, -EINVAL, "no multiple of the\033 block size");
	} else if (plays("eperm")) {
		reply_error(s, nlh, -EPERM, NULL);
	} else if (plays("einval")) {
		reply_error(s, nlh, -EINVAL, NULL);
	} else if (plays("edquot")) {
		reply_error(s, nlh, -EDQUOT, NULL);
	} else if (ret) {
		reply_error(s, nlh, ret, text);
		event(VHOST_MEM_CMD_REGION_PLUGGED_NTF, region);
	} else if (!set_all(s, nlh, region, tb)) {
		resized = true;
		refused = false;
		event(VHOST_MEM_CMD_REGION_RESIZED_NTF, region);
		for (fd = 0; fd < MAX_FDS; fd++) {
			if (!sockets[fd].used || !sockets[fd].events)
				continue;
			if (plays("lost"))
				deliver(&sockets[fd], LOST, 1);
			if (plays("unload"))
				module_unloaded(&sockets[fd]);
		}
		if (plays("goneevent"))
			event(VHOST_MEM_CMD_REGION_GONE_NTF, region);
		reply_region(s, nlh, region, 0);
		reply_error(s, nlh, 0, NULL);
	}
}

static void cancel(const struct fake_socket *s, const struct nlmsghdr *nlh, uint64_t id,
		   bool revert)
{
	const struct job *job = fake_job_find(id);
	struct region *region = job ? find_region(job->region) : NULL;

	if (plays("eperm")) {
		reply_error(s, nlh, -EPERM, NULL);
		return;
	}
	if (region && plays("raced")) {
		region->plugged_size = region->requested_size;
		fake_job_look(region);
	}
	if (!region || !fake_job_cancel(region, id, revert)) {
		reply_error(s, nlh, -ENOENT, "there is no such job, or it has ended: 17");
		return;
	}
	job_event(region);
	reply_job(s, nlh, job);
}

static void handle_job(const struct fake_socket *s, struct nlmsghdr *nlh)
{
	struct nlattr *tb[VHOST_MEM_A_JOB_MAX + 1];
	uint32_t region;
	uint64_t id;

	if (genlmsg_parse(nlh, 0, tb, VHOST_MEM_A_JOB_MAX, NULL) < 0)
		abort();
	id = tb[VHOST_MEM_A_JOB_ID] ? nla_get_u64(tb[VHOST_MEM_A_JOB_ID]) : 0;
	region = tb[VHOST_MEM_A_JOB_REGION] ? nla_get_u32(tb[VHOST_MEM_A_JOB_REGION]) : 0;
	if (genlmsg_hdr(nlh)->cmd == VHOST_MEM_CMD_JOB_CANCEL)
		cancel(s, nlh, id, tb[VHOST_MEM_A_JOB_REVERT]);
	else if (nlh->nlmsg_flags & NLM_F_DUMP)
		reply_jobs(s, nlh, region);
	else
		reply_job(s, nlh, fake_job_find(id));
}

static void dump_pools(const struct fake_socket *s, const struct nlmsghdr *nlh)
{
	const struct fake_pool *pool;

	for (int i = 0; (pool = fake_pool_nth(i)); i++)
		reply(s, nlh, fake_pool_message(pool), FIXTURE_FAMILY, NLM_F_MULTI);
	reply_done(s, nlh, 0, NLM_F_MULTI);
}

static void handle_pools(const struct fake_socket *s, struct nlmsghdr *nlh)
{
	struct nlattr *tb[VHOST_MEM_A_POOL_MAX + 1];
	int ret, cmd = genlmsg_hdr(nlh)->cmd;
	const struct fake_pool *pool;
	const char *text = NULL;

	if (!plays("pools"))
		return reply_error(s, nlh, -EOPNOTSUPP, NULL);
	if (nlh->nlmsg_flags & NLM_F_DUMP)
		return dump_pools(s, nlh);
	if (genlmsg_parse(nlh, 0, tb, VHOST_MEM_A_POOL_MAX, NULL) < 0 ||
	    !tb[VHOST_MEM_A_POOL_NAME])
		abort();
	ret = cmd != VHOST_MEM_CMD_POOL_GET && plays("eperm") ? -EPERM :
	      fake_pool_do(cmd, tb, &pool, &text);
	if (!ret && pool)
		reply(s, nlh, fake_pool_message(pool), FIXTURE_FAMILY, 0);
	reply_error(s, nlh, ret, text);
}

static void handle_leases(const struct fake_socket *s, struct nlmsghdr *nlh)
{
	const char *text = NULL;
	int ret;

	if (nlh->nlmsg_flags & NLM_F_DUMP) {
		reply(s, nlh, fake_lease_message(), FIXTURE_FAMILY, NLM_F_MULTI);
		reply_done(s, nlh, 0, NLM_F_MULTI);
		return;
	}
	ret = plays("eperm") ? -EPERM : fake_lease_do(nlh, &text);
	if (!ret && genlmsg_hdr(nlh)->cmd != VHOST_MEM_CMD_LEASE_DEL)
		reply(s, nlh, fake_lease_message(), FIXTURE_FAMILY, 0);
	reply_error(s, nlh, ret, text);
}

static void deliver_defaults(void)
{
	struct nl_msg *msg = fake_defaults_message(VHOST_MEM_CMD_DEFAULTS_NTF);
	int fd;

	nlmsg_hdr(msg)->nlmsg_type = FIXTURE_FAMILY;
	for (fd = 0; fd < MAX_FDS; fd++) {
		if (sockets[fd].used && sockets[fd].events)
			deliver(&sockets[fd], nlmsg_hdr(msg), nlmsg_hdr(msg)->nlmsg_len);
	}
	nlmsg_free(msg);
}

static void handle_defaults(const struct fake_socket *s, struct nlmsghdr *nlh)
{
	int ret = 0, cmd = genlmsg_hdr(nlh)->cmd;
	const char *text = NULL;

	if (!plays("defaults"))
		ret = -EOPNOTSUPP;
	else if (plays("eperm"))
		ret = -EPERM;
	else if (cmd == VHOST_MEM_CMD_DEFAULTS_SET)
		ret = fake_defaults_set(nlh, &text);
	if (!ret && cmd == VHOST_MEM_CMD_DEFAULTS_SET)
		deliver_defaults();
	if (!ret)
		reply(s, nlh, fake_defaults_message(cmd), FIXTURE_FAMILY, 0);
	reply_error(s, nlh, ret, text);
}

static void reply_stats(const struct fake_socket *s, struct nlmsghdr *nlh)
{
	for (int i = 0; plays("stats") && i < 2; i++)
		reply(s, nlh, fake_stats_message(&regions[i]), FIXTURE_FAMILY, NLM_F_MULTI);
	reply_done(s, nlh, plays("stats") ? 0 : -EOPNOTSUPP, NLM_F_MULTI);
}

static void set_many(const struct fake_socket *s, struct nlmsghdr *nlh)
{
	struct fake_many many = { .find = find_region };
	struct nl_msg *msg = fake_many_set(&many, nlh);

	resized = !many.error;
	if (msg)
		reply(s, nlh, msg, FIXTURE_FAMILY, 0);
	reply_error_at(s, nlh, many.error, many.text, many.offset);
}

static void handle_region(struct fake_socket *s, struct nlmsghdr *nlh)
{
	struct nlattr *tb[VHOST_MEM_A_REGION_MAX + 1];
	uint32_t id = 0;

	if (genlmsg_parse(nlh, 0, tb, VHOST_MEM_A_REGION_MAX, NULL) < 0)
		abort();
	if (tb[VHOST_MEM_A_REGION_ID])
		id = nla_get_u32(tb[VHOST_MEM_A_REGION_ID]);

	if (genlmsg_hdr(nlh)->cmd == VHOST_MEM_CMD_REGION_SET)
		set(s, nlh, id, tb);
	else if (nlh->nlmsg_flags & NLM_F_DUMP)
		dump(s, nlh);
	else
		get(s, nlh, id);
}

static void handle(struct fake_socket *s, struct nlmsghdr *nlh)
{
	int cmd = genlmsg_hdr(nlh)->cmd;

	if (nlh->nlmsg_type == GENL_ID_CTRL)
		get_family(s, nlh);
	else if (cmd == VHOST_MEM_CMD_JOB_GET || cmd == VHOST_MEM_CMD_JOB_CANCEL)
		handle_job(s, nlh);
	else if (cmd >= VHOST_MEM_CMD_POOL_GET && cmd <= VHOST_MEM_CMD_POOL_DEL)
		handle_pools(s, nlh);
	else if (cmd >= VHOST_MEM_CMD_LEASE_GET && cmd <= VHOST_MEM_CMD_LEASE_DEL)
		handle_leases(s, nlh);
	else if (cmd == VHOST_MEM_CMD_DEFAULTS_GET || cmd == VHOST_MEM_CMD_DEFAULTS_SET)
		handle_defaults(s, nlh);
	else if (cmd == VHOST_MEM_CMD_REGION_SET_MANY)
		set_many(s, nlh);
	else if (cmd == VHOST_MEM_CMD_STATS_GET)
		reply_stats(s, nlh);
	else
		handle_region(s, nlh);
}

static void tell_story(const struct fake_socket *s)
{
	struct region vm1 = regions[REGION_VM1];

	event(VHOST_MEM_CMD_REGION_CREATED_NTF, &vm1);
	event(VHOST_MEM_CMD_REGION_RESIZED_NTF, &vm1);
	if (plays("lost"))
		deliver(s, LOST, 1);
	event(VHOST_MEM_CMD_REGION_PLUGGED_NTF, &vm1);
	event(VHOST_MEM_CMD_REGION_GET, &vm1);		/* no event */
	event(VHOST_MEM_CMD_REGION_VIOLATION_NTF, &vm1);
	event(VHOST_MEM_CMD_REGION_PROPOSAL_NTF, &vm1);
	if (plays("defaults"))
		deliver_defaults();
	if (plays("ended")) {
		fake_job_set(&regions[REGION_VM1], 4 * GIB, VHOST_MEM_ORIGIN_ADMIN, "a\033b");
		fake_job_cancel(&regions[REGION_VM1], regions[REGION_VM1].job, false);
		job_event(&regions[REGION_VM1]);
	}
	event(VHOST_MEM_CMD_REGION_GONE_NTF, &regions[REGION_EVIL]);
	module_unloaded(s);
}

static void subscribed(struct fake_socket *s)
{
	struct region old = regions[REGION_VM1];

	s->events = true;
	if (plays("stale")) {
		old.requested_size = 7 * GIB;
		event(VHOST_MEM_CMD_REGION_RESIZED_NTF, &old);
	}
	if (plays("spoof"))
		event(VHOST_MEM_CMD_REGION_GONE_NTF, &old);
	if (plays("story"))
		tell_story(s);
	if (plays("missed")) {
		event(VHOST_MEM_CMD_REGION_RESIZED_NTF, &old);
		deliver(s, LOST, 1);
		event(VHOST_MEM_CMD_REGION_PLUGGED_NTF, &old);
	}
	if (plays("gap")) {
		event(VHOST_MEM_CMD_REGION_RESIZED_NTF, &old);
		old.sequence += 2;
		event(VHOST_MEM_CMD_REGION_PLUGGED_NTF, &old);
	}
}

__attribute__((destructor)) static void write_counts(void)
{
	const char *path = getenv("FAKE_COUNT");
	FILE *file = path ? fopen(path, "w") : NULL;

	if (!file)
		return;
	fprintf(file, "%u %u %u\n", sent, received, opened);
	fclose(file);
}

/* In place of libc's. Sockets that are not netlink go to the real kernel. */

int socket(int domain, int type, int protocol)
{
	int pair[2];

	if (domain != AF_NETLINK)
		return syscall(SYS_socket, domain, type, protocol);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | (type & SOCK_CLOEXEC), 0, pair) ||
	    pair[0] >= MAX_FDS)
		abort();
	sockets[pair[0]] = (struct fake_socket){ .used = true, .peer = pair[1] };
	fake_regions_load(regions);
	return pair[0];
}

/* As proc.c opens what it reads. */
int openat(int dir, const char *path, int flags, ...)
{
	if (flags & O_CREAT)
		abort();
	opened++;
	return syscall(SYS_openat, dir, path, flags, 0);
}

/* Do not depend on whether the real kernel has the module. */
int access(const char *path, int mode)
{
	if (!strcmp(path, "/sys/module/vhost_mem"))
		return plays("netns") ? 0 : -1;
	return syscall(SYS_faccessat, AT_FDCWD, path, mode);
}

int bind(int fd, const struct sockaddr *addr, socklen_t len)
{
	return fake_socket(fd) ? 0 : syscall(SYS_bind, fd, addr, len);
}

int getsockname(int fd, struct sockaddr *restrict addr, socklen_t *restrict len)
{
	struct sockaddr_nl nl = { .nl_family = AF_NETLINK, .nl_pid = getpid() };

	if (!fake_socket(fd))
		return syscall(SYS_getsockname, fd, addr, len);
	*len = sizeof(nl);
	memcpy(addr, &nl, sizeof(nl));
	return 0;
}

int setsockopt(int fd, int level, int option, const void *value, socklen_t len)
{
	struct fake_socket *s = fake_socket(fd);

	if (!s)
		return syscall(SYS_setsockopt, fd, level, option, value, len);
	if (level == SOL_NETLINK && option == NETLINK_ADD_MEMBERSHIP &&
	    *(const int *)value == GROUP_EVENTS)
		subscribed(s);
	return 0;
}

ssize_t sendmsg(int fd, const struct msghdr *msg, int flags)
{
	struct fake_socket *s = fake_socket(fd);

	if (!s)
		return syscall(SYS_sendmsg, fd, msg, flags);
	if (msg->msg_iovlen != 1)
		abort();
	sent++;
	handle(s, msg->msg_iov[0].iov_base);
	return msg->msg_iov[0].iov_len;
}

ssize_t recvmsg(int fd, struct msghdr *msg, int flags)
{
	struct sockaddr_nl from = { .nl_family = AF_NETLINK };
	struct fake_socket *s = fake_socket(fd);
	ssize_t ret;
	char lost;

	if (s && plays("spoof") && s->events)
		from.nl_pid = SPOOFED_PORT;
	if (s) {
		received++;
		dump_next_of_many(s, fd);
	}
	ret = syscall(SYS_recvmsg, fd, msg, flags);
	if (!s || ret < 0)
		return ret;
	if (ret == sizeof(lost)) {
		if (flags & MSG_PEEK)
			recv(fd, &lost, sizeof(lost), 0);
		errno = ENOBUFS;
		return -1;
	}
	memcpy(msg->msg_name, &from, sizeof(from));
	msg->msg_namelen = sizeof(from);
	return ret;
}
