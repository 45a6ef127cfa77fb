// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <netlink/attr.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>

#include <linux/genetlink.h>

#include "escape.h"
#include "nl.h"
#include "vmemctl.h"

/* A dump is repeated if the list changed meanwhile. */
#define DUMP_TRIES		16
/* Then the caller can look at the clock, even on a busy host. */
#define EVENTS_AT_ONCE		64
#define EVENTS_BUFFER_BYTES	(1 << 20)
/* No error of the kernel has a larger number. */
#define ERRNO_MAX		4095

/* A request and its replies, for libnl's callbacks. */
struct talk {
	struct vnl *nl;
	struct region *region;		/* do: the reply goes here */
	struct region_list *list;	/* dump: the replies go here */
	vnl_reply_fn *fn;		/* or to this one, with @arg */
	void *arg;
	bool replied;
	bool done;
	bool interrupted;
	int ret;
};

struct reading {
	struct vnl *nl;
	vnl_event_fn *fn;
	void *arg;
	bool unloaded;
};

/* An attribute of an extended ACK, or NULL. */
static struct nlattr *find_ack_attr(const struct nlmsghdr *nlh, int type)
{
	const struct nlmsgerr *err = nlmsg_data(nlh);
	int len = nlmsg_datalen(nlh), skip;

	if (len < (int)sizeof(int) || !(nlh->nlmsg_flags & NLM_F_ACK_TLVS))
		return NULL;
	skip = NLMSG_ALIGN(sizeof(int));
	if (nlh->nlmsg_type == NLMSG_ERROR) {
		if (len < (int)sizeof(*err))
			return NULL;
		skip = sizeof(*err);
		if (!(nlh->nlmsg_flags & NLM_F_CAPPED)) {
			if (err->msg.nlmsg_len < sizeof(err->msg) ||
			    err->msg.nlmsg_len > (unsigned int)len)
				return NULL;
			skip += NLMSG_ALIGN(err->msg.nlmsg_len - sizeof(err->msg));
		}
	}
	if (skip >= len)
		return NULL;
	return nla_find((struct nlattr *)((char *)err + skip), len - skip, type);
}

int vnl_parse_error(const struct nlmsghdr *nlh, char *text, size_t size)
{
	struct nlattr *nla;
	int ret;

	text[0] = '\0';
	if (nlmsg_datalen(nlh) < (int)sizeof(ret))
		return 0;
	memcpy(&ret, nlmsg_data(nlh), sizeof(ret));
	/* Callers negate it, and take 0 for success. */
	if (ret > 0 || ret < -ERRNO_MAX)
		ret = -EBADMSG;
	nla = find_ack_attr(nlh, NLMSGERR_ATTR_MSG);
	if (nla)
		nla_strlcpy(text, nla, size);
	return ret;
}

/* Where in the message the attribute begins that the kernel refused; 0: unknown. */
static uint32_t parse_offset(const struct nlmsghdr *nlh)
{
	struct nlattr *nla = find_ack_attr(nlh, NLMSGERR_ATTR_OFFS);

	return nla && nla_len(nla) >= (int)sizeof(uint32_t) ? nla_get_u32(nla) : 0;
}

/* For failures of libnl, whose error numbers are its own. */
static int fail_libnl(struct vnl *nl, int nlerr)
{
	snprintf(nl->text, sizeof(nl->text), "%s", nl_geterror(nlerr));
	return nlerr == -NLE_NOMEM ? -ENOMEM : -EIO;
}

void vnl_complain(const struct vnl *nl, int ret, const char *fmt, ...)
{
	char context[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(context, sizeof(context), fmt, ap);
	va_end(ap);
	error("%s: %s", context, nl->text[0] ? nl->text : strerror(-ret));
}

int vnl_refused(const struct vnl *nl, int ret, const char *fmt, ...)
{
	char context[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(context, sizeof(context), fmt, ap);
	va_end(ap);
	/* strerror() would mislead. */
	if (ret == -EPERM && !nl->text[0])
		error("%s needs CAP_NET_ADMIN and CAP_SYS_RESOURCE (run as root)", context);
	else
		vnl_complain(nl, ret, "%s", context);
	return STATUS_REFUSED;
}

/* A container does not see the family, as regions belong to the host. */
static void complain_of_no_family(void)
{
	if (access("/sys/module/vhost_mem", F_OK))
		error("the vhost_mem module is not loaded (modprobe vhost_mem)");
	else
		error("the vhost_mem module can be reached only from the initial network namespace");
}

int vnl_open(struct vnl *nl)
{
	int on = 1, ret;

	memset(nl, 0, sizeof(*nl));
	nl->requests = nl_socket_alloc();
	if (!nl->requests) {
		vnl_complain(nl, -ENOMEM, "opening a netlink socket");
		return -ENOMEM;
	}
	ret = genl_connect(nl->requests);
	if (ret < 0) {
		ret = fail_libnl(nl, ret);
		vnl_complain(nl, ret, "opening a netlink socket");
		goto err_close;
	}
	/* Failure only means less helpful messages. */
	setsockopt(nl_socket_get_fd(nl->requests), SOL_NETLINK, NETLINK_EXT_ACK, &on,
		   sizeof(on));
	setsockopt(nl_socket_get_fd(nl->requests), SOL_NETLINK, NETLINK_CAP_ACK, &on,
		   sizeof(on));

	/* The kernel loads the module by the family's alias, if it can. */
	ret = genl_ctrl_resolve(nl->requests, VHOST_MEM_FAMILY_NAME);
	if (ret == -NLE_OBJ_NOTFOUND) {
		complain_of_no_family();
		ret = -ENOENT;
		goto err_close;
	}
	if (ret < 0) {
		ret = fail_libnl(nl, ret);
		vnl_complain(nl, ret, "resolving the netlink family \"%s\"",
			     VHOST_MEM_FAMILY_NAME);
		goto err_close;
	}
	nl->family = ret;
	return 0;

err_close:
	vnl_close(nl);
	return ret;
}

void vnl_close(struct vnl *nl)
{
	nl_socket_free(nl->events);
	nl_socket_free(nl->requests);
	nl->events = NULL;
	nl->requests = NULL;
}

static int on_reply(struct nl_msg *msg, void *arg)
{
	struct talk *talk = arg;
	struct region region;

	if (nlmsg_hdr(msg)->nlmsg_type != talk->nl->family)
		return NL_SKIP;
	if (talk->fn) {
		if (!talk->ret)
			talk->ret = talk->fn(nlmsg_hdr(msg), talk->arg);
		talk->replied = true;
		return NL_OK;
	}
	if (region_decode(&region, nlmsg_hdr(msg))) {
		talk->ret = -EBADMSG;
		return NL_SKIP;
	}
	if (talk->region)
		*talk->region = region;
	else if (!talk->ret)
		talk->ret = region_list_add(talk->list, &region);
	talk->replied = true;
	return NL_OK;
}

static int on_ack(struct nl_msg *msg, void *arg)
{
	struct talk *talk = arg;

	(void)msg;
	talk->done = true;
	return NL_STOP;
}

/* The end of a dump, which may carry an error: libnl ignores that. */
static int on_finish(struct nl_msg *msg, void *arg)
{
	struct talk *talk = arg;
	int ret;

	ret = vnl_parse_error(nlmsg_hdr(msg), talk->nl->text, sizeof(talk->nl->text));
	if (ret < 0)
		talk->ret = ret;
	talk->done = true;
	return NL_OK;
}

static int on_error(struct sockaddr_nl *who, struct nlmsgerr *err, void *arg)
{
	const struct nlmsghdr *nlh;
	struct talk *talk = arg;

	(void)who;
	nlh = (const struct nlmsghdr *)((const char *)err - NLMSG_HDRLEN);
	talk->ret = vnl_parse_error(nlh, talk->nl->text, sizeof(talk->nl->text));
	talk->nl->offset = parse_offset(nlh);
	talk->done = true;
	return NL_STOP;
}

static int on_interrupted(struct nl_msg *msg, void *arg)
{
	struct talk *talk = arg;

	(void)msg;
	talk->interrupted = true;
	return NL_OK;
}

/* Sends @msg, frees it, and reads until the kernel has answered. */
static int talk_to_kernel(struct talk *talk, struct nl_msg *msg)
{
	struct vnl *nl = talk->nl;
	struct nl_cb *cb;
	int ret;

	nl->text[0] = '\0';
	nl->offset = 0;
	cb = nl_cb_alloc(NL_CB_DEFAULT);
	if (!cb) {
		nlmsg_free(msg);
		return -ENOMEM;
	}
	nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, on_reply, talk);
	nl_cb_set(cb, NL_CB_ACK, NL_CB_CUSTOM, on_ack, talk);
	nl_cb_set(cb, NL_CB_FINISH, NL_CB_CUSTOM, on_finish, talk);
	nl_cb_set(cb, NL_CB_DUMP_INTR, NL_CB_CUSTOM, on_interrupted, talk);
	nl_cb_err(cb, NL_CB_CUSTOM, on_error, talk);

	ret = nl_send_auto(nl->requests, msg);
	nlmsg_free(msg);
	while (ret >= 0 && !talk->done)
		ret = nl_recvmsgs(nl->requests, cb);
	nl_cb_put(cb);
	if (ret < 0 && !talk->done)
		return fail_libnl(nl, ret);
	return talk->ret;
}

static struct nl_msg *request(struct vnl *nl, int cmd, int flags, uint32_t id)
{
	struct nl_msg *msg = nlmsg_alloc();

	if (!msg)
		return NULL;
	if (!genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, nl->family, 0, flags, cmd,
			 VHOST_MEM_FAMILY_VERSION) ||
	    (id && nla_put_u32(msg, VHOST_MEM_A_REGION_ID, id) < 0)) {
		nlmsg_free(msg);
		return NULL;
	}
	return msg;
}

struct nl_msg *vnl_message(struct vnl *nl, int cmd, int flags)
{
	return request(nl, cmd, flags, 0);
}

int vnl_talk(struct vnl *nl, struct nl_msg *msg, vnl_reply_fn *fn, void *arg,
	     bool *interrupted)
{
	bool dump = nlmsg_hdr(msg)->nlmsg_flags & NLM_F_DUMP;
	struct talk talk = { .nl = nl, .fn = fn, .arg = arg };
	int ret;

	ret = talk_to_kernel(&talk, msg);
	if (interrupted)
		*interrupted = talk.interrupted;
	return ret || !fn || dump || talk.replied ? ret : -EBADMSG;
}

static int ask_for_region(struct vnl *nl, struct nl_msg *msg, struct region *region)
{
	struct talk talk = { .nl = nl, .region = region };
	int ret;

	ret = talk_to_kernel(&talk, msg);
	return ret || talk.replied ? ret : -EBADMSG;
}

int vnl_get(struct vnl *nl, uint32_t id, struct region *region)
{
	struct nl_msg *msg = request(nl, VHOST_MEM_CMD_REGION_GET, 0, id);

	return msg ? ask_for_region(nl, msg, region) : -ENOMEM;
}

int vnl_set(struct vnl *nl, const struct region *change, struct region *region)
{
	struct nl_msg *msg = request(nl, VHOST_MEM_CMD_REGION_SET, 0, 0);

	if (!msg)
		return -ENOMEM;
	if (region_encode(msg, change)) {
		nlmsg_free(msg);
		return -ENOMEM;
	}
	return ask_for_region(nl, msg, region);
}

int vnl_set_requested(struct vnl *nl, uint32_t id, uint64_t bytes,
		      const uint64_t *expected, struct region *region)
{
	struct region change = {
		.present	= REGION_BIT(VHOST_MEM_A_REGION_ID) |
				  REGION_BIT(VHOST_MEM_A_REGION_REQUESTED_SIZE),
		.id		= id,
		.requested_size	= bytes,
	};

	if (expected) {
		change.present |= REGION_BIT(VHOST_MEM_A_REGION_EXPECTED_REQUESTED_SIZE);
		change.expected_requested_size = *expected;
	}
	return vnl_set(nl, &change, region);
}

int vnl_dump(struct vnl *nl, struct region_list *list)
{
	struct talk talk;
	struct nl_msg *msg;
	int tries, ret;

	for (tries = 0; tries < DUMP_TRIES; tries++) {
		memset(list, 0, sizeof(*list));
		memset(&talk, 0, sizeof(talk));
		talk.nl = nl;
		talk.list = list;
		msg = request(nl, VHOST_MEM_CMD_REGION_GET, NLM_F_DUMP, 0);
		ret = msg ? talk_to_kernel(&talk, msg) : -ENOMEM;
		if (!ret && !talk.interrupted) {
			region_list_sort(list);
			return 0;
		}
		region_list_free(list);
		if (ret)
			return ret;
	}
	snprintf(nl->text, sizeof(nl->text), "the list keeps changing; try again");
	return -EAGAIN;
}

int vnl_subscribe(struct vnl *nl)
{
	int group, ret;

	nl->text[0] = '\0';
	nl->events = nl_socket_alloc();
	if (!nl->events)
		return -ENOMEM;
	ret = genl_connect(nl->events);
	if (ret < 0)
		return fail_libnl(nl, ret);
	nl_socket_set_buffer_size(nl->events, EVENTS_BUFFER_BYTES, 0);
	nl_socket_set_nonblocking(nl->events);

	group = genl_ctrl_resolve_grp(nl->requests, VHOST_MEM_FAMILY_NAME,
				      VHOST_MEM_MCGRP_EVENTS);
	if (group < 0)
		return fail_libnl(nl, group);
	ret = nl_socket_add_membership(nl->events, group);
	if (ret < 0)
		return fail_libnl(nl, ret);

	/* To notice that the module is unloaded; events work without this. */
	group = genl_ctrl_resolve_grp(nl->requests, "nlctrl", "notify");
	if (group >= 0)
		nl_socket_add_membership(nl->events, group);
	return 0;
}

int vnl_events_fd(const struct vnl *nl)
{
	return nl_socket_get_fd(nl->events);
}

/* Does this message of nlctrl say that our family is gone? */
static bool is_unload(const struct vnl *nl, struct nlmsghdr *nlh)
{
	struct nlattr *tb[CTRL_ATTR_MAX + 1];

	return genlmsg_valid_hdr(nlh, 0) &&
	       genlmsg_hdr(nlh)->cmd == CTRL_CMD_DELFAMILY &&
	       genlmsg_parse(nlh, 0, tb, CTRL_ATTR_MAX, NULL) >= 0 &&
	       tb[CTRL_ATTR_FAMILY_ID] &&
	       nla_len(tb[CTRL_ATTR_FAMILY_ID]) >= (int)sizeof(uint16_t) &&
	       nla_get_u16(tb[CTRL_ATTR_FAMILY_ID]) == nl->family;
}

static void on_defaults(const struct reading *reading, struct nlmsghdr *nlh)
{
	struct defaults defaults = { 0 };

	if (!reading->nl->on_defaults)
		return;
	defaults.present = attrs_decode(&defaults, defaults_attrs, defaults_policy,
					VHOST_MEM_A_DEFAULTS_MAX, nlh);
	reading->nl->on_defaults(&defaults, reading->arg);
}

static int on_event(struct nl_msg *msg, void *arg)
{
	struct nlmsghdr *nlh = nlmsg_hdr(msg);
	struct reading *reading = arg;
	struct region region;
	const char *event;

	if (nlmsg_get_src(msg)->nl_pid)		/* not from the kernel */
		return NL_SKIP;
	if (nlh->nlmsg_type == GENL_ID_CTRL) {
		if (is_unload(reading->nl, nlh))
			reading->unloaded = true;
		return NL_OK;
	}
	if (nlh->nlmsg_type != reading->nl->family || !genlmsg_valid_hdr(nlh, 0))
		return NL_SKIP;
	if (genlmsg_hdr(nlh)->cmd == VHOST_MEM_CMD_DEFAULTS_NTF) {
		on_defaults(reading, nlh);
		return NL_OK;
	}
	event = attr_event_name(genlmsg_hdr(nlh)->cmd);
	if (event && !region_decode(&region, nlh))
		reading->fn(event, &region, reading->arg);
	return NL_OK;
}

static int no_sequence(struct nl_msg *msg, void *arg)
{
	(void)msg;
	(void)arg;
	return NL_OK;
}

int vnl_read_events(struct vnl *nl, vnl_event_fn *fn, void *arg)
{
	struct reading reading = { .nl = nl, .fn = fn, .arg = arg };
	struct nl_cb *cb;
	int n, ret = 0;

	nl->text[0] = '\0';
	cb = nl_cb_alloc(NL_CB_DEFAULT);
	if (!cb)
		return -ENOMEM;
	nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, on_event, &reading);
	nl_cb_set(cb, NL_CB_SEQ_CHECK, NL_CB_CUSTOM, no_sequence, NULL);

	for (n = 0; n < EVENTS_AT_ONCE && !ret && !reading.unloaded; n++)
		ret = nl_recvmsgs(nl->events, cb);
	nl_cb_put(cb);

	if (reading.unloaded) {
		snprintf(nl->text, sizeof(nl->text),
			 "the vhost_mem module was unloaded");
		return -ENODEV;
	}
	if (!ret || ret == -NLE_AGAIN)
		return 0;
	/* libnl has one number for ENOBUFS and ENOMEM; either loses events. */
	return ret == -NLE_NOMEM ? -ENOBUFS : fail_libnl(nl, ret);
}
