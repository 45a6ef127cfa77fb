// SPDX-License-Identifier: GPL-2.0
/*
 * Whatever comes from the netlink socket must not break vmemctl, and what it
 * prints of that is JSON, or printable ASCII.
 *
 * The input is what the kernel sends: valid messages, malformed ones, and
 * nonsense. It is delivered in place of libc's functions for sockets, so all of
 * nl.c and libnl is on the way.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <netlink/attr.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>

#include <linux/genetlink.h>

#include "command.h"
#include "escape.h"
#include "explain.h"
#include "fixture.h"
#include "fuzz.h"
#include "job.h"
#include "json.h"
#include "proc.h"

#define MESSAGE_MAX	4096
#define NAME_MAX_BYTES	80
#define PORT		4242

/* Names that are alike. */
#define NR_NAMES	4
static const char *const names[NR_NAMES] = { "vm1", "vm12", "vm", "" };

struct input {
	const uint8_t *data;
	size_t len;
};

static struct input in;
static bool asked_for_family, listening;
static uint32_t last_seq;

/* The message that is to be received next. */
static _Alignas(8) char message[MESSAGE_MAX];
static size_t message_len;
static int message_error;

static uint8_t take(void)
{
	if (!in.len)
		return 0;
	in.len--;
	return *in.data++;
}

static size_t take_bytes(void *to, size_t len)
{
	if (len > in.len)
		len = in.len;
	memcpy(to, in.data, len);
	in.data += len;
	in.len -= len;
	return len;
}

/* In place of error(): the linker sees to that. */
void __wrap_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

void __wrap_error(const char *fmt, ...)
{
	char text[1024], safe[sizeof(text)], *p;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	for (p = escape_text(safe, sizeof(safe), text); *p; p++)
		assert(*p >= 0x20 && *p < 0x7f);
}

/* Of the attribute's own type, or of any length. */
static void put_attr(struct nl_msg *msg)
{
	int type = take() % (VHOST_MEM_A_REGION_MAX + 3);
	size_t len = take();
	char data[256];

	/* One in eight is of any length, mostly of a wrong one. */
	if (type <= VHOST_MEM_A_REGION_MAX && take() % 8) {
		switch (region_attrs[type].kind) {
		case ATTR_U32:
		case ATTR_ENUM:
			len = sizeof(uint32_t);
			break;
		case ATTR_COUNT:
		case ATTR_SIZE:
		case ATTR_ADDR:
		case ATTR_MS:
			len = sizeof(uint64_t);
			break;
		default:
			break;
		}
	}
	memset(data, 0, sizeof(data));
	take_bytes(data, len);
	nla_put(msg, type, len, data);
}

static struct nl_msg *region_message(int cmd)
{
	struct nl_msg *msg = nlmsg_alloc_size(MESSAGE_MAX);
	int nr = take() % 24;

	assert(msg);
	genlmsg_put(msg, 0, 0, FIXTURE_FAMILY, 0, 0, cmd, VHOST_MEM_FAMILY_VERSION);
	nla_put_u32(msg, VHOST_MEM_A_REGION_ID, 1 + take() % 4);
	nla_put_string(msg, VHOST_MEM_A_REGION_NAME, names[take() % NR_NAMES]);
	while (nr--)
		put_attr(msg);
	return msg;
}

static struct nl_msg *family_message(int cmd)
{
	struct nl_msg *msg = nlmsg_alloc();
	struct nlattr *groups, *one;

	assert(msg);
	genlmsg_put(msg, 0, 0, GENL_ID_CTRL, 0, 0, cmd, 2);
	nla_put_u16(msg, CTRL_ATTR_FAMILY_ID, FIXTURE_FAMILY);
	nla_put_string(msg, CTRL_ATTR_FAMILY_NAME, VHOST_MEM_FAMILY_NAME);
	groups = nla_nest_start(msg, CTRL_ATTR_MCAST_GROUPS);
	one = nla_nest_start(msg, 1);
	nla_put_u32(msg, CTRL_ATTR_MCAST_GRP_ID, 7);
	nla_put_string(msg, CTRL_ATTR_MCAST_GRP_NAME, VHOST_MEM_MCGRP_EVENTS);
	nla_nest_end(msg, one);
	nla_nest_end(msg, groups);
	return msg;
}

static struct nl_msg *error_message(int type, int err)
{
	struct nlmsgerr body = { .error = err };
	struct nl_msg *msg = nlmsg_alloc();
	int flags = 0;
	char text[64];
	size_t len;

	assert(msg);
	if (err)
		flags = NLM_F_ACK_TLVS | (take() % 2 ? NLM_F_CAPPED : 0);
	/* Not capped, it is how much of the request comes back. */
	if (!(flags & NLM_F_CAPPED))
		body.msg.nlmsg_len = sizeof(body.msg) + (int8_t)take();
	nlmsg_put(msg, 0, 0, type, 0, flags);
	nlmsg_append(msg, &body, type == NLMSG_ERROR ? sizeof(body) : sizeof(err), 0);
	if (err) {
		len = take_bytes(text, take() % sizeof(text));
		nla_put(msg, NLMSGERR_ATTR_MSG, len, text);
	}
	return msg;
}

/* Bytes that are no message, but have a head with a length that fits. */
static void raw_message(void)
{
	struct nlmsghdr *nlh = (void *)message;
	size_t len = take() * 4;

	memset(message, 0, sizeof(*nlh));
	len = take_bytes(message, len);
	message_len = len < sizeof(*nlh) ? sizeof(*nlh) : len;
	nlh->nlmsg_len = message_len;
	if (take() % 2)
		nlh->nlmsg_type = take() % 2 ? FIXTURE_FAMILY : GENL_ID_CTRL;
}

static void set_message(struct nl_msg *msg, int flags)
{
	struct nlmsghdr *nlh = nlmsg_hdr(msg);

	nlh->nlmsg_flags |= flags;
	message_len = nlh->nlmsg_len;
	assert(message_len <= sizeof(message));
	memcpy(message, nlh, message_len);
	nlmsg_free(msg);
}

/* Anything, from anybody: also what does not belong to the last request. */
static void spoil_message(void)
{
	struct nlmsghdr *nlh = (void *)message;
	uint8_t how = take();

	nlh->nlmsg_seq = listening ? 0 : last_seq;
	nlh->nlmsg_pid = PORT;
	if (how < 200)
		return;
	if (how < 220)
		message[take() * 4 % message_len] = take();
	else if (how < 235)
		message_len -= take() % message_len;
	else if (how < 245)
		nlh->nlmsg_len = take();
	else
		nlh->nlmsg_seq++;
	if (message_len < sizeof(*nlh))
		message_len = sizeof(*nlh);
}

/* Makes the next message; false at the end of the input. */
static bool next_message(void)
{
	uint8_t kind;

	message_error = 0;
	if (asked_for_family) {
		asked_for_family = false;
		set_message(family_message(CTRL_CMD_NEWFAMILY), 0);
		spoil_message();
		return true;
	}
	if (!in.len)
		return false;
	kind = take();
	switch (kind % 10) {
	default:
		set_message(region_message(listening ? take() % (VHOST_MEM_CMD_MAX + 1) :
					   VHOST_MEM_CMD_REGION_GET),
			    kind & 64 ? 0 : NLM_F_MULTI |
			    (kind > 240 ? NLM_F_DUMP_INTR : 0));
		break;
	case 4:
		set_message(error_message(NLMSG_DONE, 0), NLM_F_MULTI);
		break;
	case 5:
		set_message(error_message(NLMSG_ERROR, 0), 0);
		break;
	case 6:
		set_message(error_message(take() % 2 ? NLMSG_ERROR : NLMSG_DONE,
					  -(take() % 128)), 0);
		break;
	case 7:
		raw_message();
		break;
	case 8:
		set_message(family_message(take() % 5), 0);
		break;
	case 9:
		message_error = ENOBUFS;
		message_len = 1;
		return true;
	}
	spoil_message();
	return true;
}

/* In place of libc's. */

int socket(int domain, int type, int protocol)
{
	(void)domain;
	(void)type;
	(void)protocol;
	return open("/dev/null", O_RDWR | O_CLOEXEC);
}

int bind(int fd, const struct sockaddr *addr, socklen_t len)
{
	(void)fd;
	(void)addr;
	(void)len;
	return 0;
}

int getsockname(int fd, struct sockaddr *restrict addr, socklen_t *restrict len)
{
	struct sockaddr_nl nl = { .nl_family = AF_NETLINK, .nl_pid = PORT };

	(void)fd;
	*len = sizeof(nl);
	memcpy(addr, &nl, sizeof(nl));
	return 0;
}

int setsockopt(int fd, int level, int option, const void *value, socklen_t len)
{
	(void)fd;
	(void)level;
	(void)option;
	(void)value;
	(void)len;
	return 0;
}

ssize_t sendmsg(int fd, const struct msghdr *msg, int flags)
{
	const struct nlmsghdr *nlh = msg->msg_iov[0].iov_base;

	(void)fd;
	(void)flags;
	last_seq = nlh->nlmsg_seq;
	asked_for_family = nlh->nlmsg_type == GENL_ID_CTRL;
	message_len = 0;
	return msg->msg_iov[0].iov_len;
}

ssize_t recvmsg(int fd, struct msghdr *msg, int flags)
{
	struct sockaddr_nl from = { .nl_family = AF_NETLINK };
	size_t room = msg->msg_iov[0].iov_len, len = message_len;

	(void)fd;
	if (!message_len && !next_message()) {
		errno = listening ? EAGAIN : ECONNRESET;
		return -1;
	}
	len = message_len;
	if (message_error) {
		message_len = 0;
		errno = message_error;
		return -1;
	}
	memcpy(msg->msg_iov[0].iov_base, message, len < room ? len : room);
	memcpy(msg->msg_name, &from, sizeof(from));
	msg->msg_namelen = sizeof(from);
	msg->msg_controllen = 0;
	msg->msg_flags = len > room ? MSG_TRUNC : 0;
	if (!(flags & MSG_PEEK))
		message_len = 0;
	return flags & MSG_TRUNC || len < room ? len : room;
}

/* What is printed */

struct printed {
	struct out out;
	char *text;
	size_t len;
};

static void begin(struct printed *p, bool json)
{
	memset(p, 0, sizeof(*p));
	p->out.file = open_memstream(&p->text, &p->len);
	p->out.json = json;
	assert(p->out.file);
}

static void check(struct printed *p)
{
	size_t i;

	fclose(p->out.file);
	if (p->out.json) {
		assert(json_is_line(p->text, p->len));
	} else {
		assert(p->len && p->text[p->len - 1] == '\n');
		for (i = 0; i < p->len; i++)
			assert(p->text[i] == '\n' ||
			       (p->text[i] >= 0x20 && p->text[i] < 0x7f));
	}
	free(p->text);
}

/* Whatever is in the attributes, no text is cut. */
static void print_proposal(const struct region *region)
{
	char buf[PROPOSAL_TEXT_MAX];

	assert(strlen(proposal_policy(buf, region)) < sizeof(buf) - 1);
	assert(strlen(proposal_answered(buf, region)) < sizeof(buf) - 1);
	assert(strlen(proposal_status(buf, region)) < sizeof(buf) - 1);
	assert(strlen(proposal_hints(buf, region)) < sizeof(buf) - 1);
	assert(strlen(proposal_event(buf, region)) < sizeof(buf) - 1);
	assert(strlen(progress_short(buf, region)) < sizeof(buf) - 1);
}

static void print_region(const struct region *region)
{
	struct printed p;
	int json;

	assert(region_has(region, VHOST_MEM_A_REGION_ID));
	assert(memchr(region->name, 0, sizeof(region->name)));
	assert(memchr(region->comm, 0, sizeof(region->comm)));
	print_proposal(region);
	for (json = 0; json < 2; json++) {
		begin(&p, json);
		out_region(&p.out, region);
		check(&p);
	}
}

static void print_job(const struct job *job)
{
	char text[REGION_STRING_MAX + 16], *c;
	struct printed p;

	assert(job_has(job, VHOST_MEM_A_JOB_ID));
	begin(&p, true);
	out_json_object(p.out.file, job, job->present, job_attrs, VHOST_MEM_A_JOB_MAX);
	fputc('\n', p.out.file);
	check(&p);
	job_title(text, sizeof(text), job);
	for (c = text; *c; c++)
		assert(*c >= 0x20 && *c < 0x7f);
	job_by(text, sizeof(text), job);
	for (c = text; *c; c++)
		assert(*c >= 0x20 && *c < 0x7f);
}

static void do_jobs(struct vnl *nl)
{
	struct job_list list;
	struct job job;
	size_t i;
	int ret;

	if (take() % 2) {
		ret = vnl_job_cancel(nl, 17, take() % 2, &job);
		if (!ret)
			print_job(&job);
	} else {
		ret = vnl_job_dump(nl, take() % 2, &list);
		for (i = 0; !ret && i < list.nr; i++)
			print_job(&list.jobs[i]);
		if (!ret)
			job_list_free(&list);
	}
	if (ret)
		vnl_complain(nl, ret, "jobs");
}

static void print_list(const struct region_list *list)
{
	struct printed p;
	struct rows rows;
	int json;

	assert(!rows_make(&rows, list));
	for (json = 0; json < 2; json++) {
		begin(&p, json);
		out_rows(&p.out, &rows);
		check(&p);
		/* Any width. */
		begin(&p, false);
		p.out.style.width = take();
		out_rows(&p.out, &rows);
		check(&p);
	}
	rows_free(&rows);
}

static void print_event(const char *event, const struct region *region, void *arg)
{
	struct printed p;
	int json;

	(void)arg;
	for (json = 0; json < 2; json++) {
		begin(&p, json);
		out_event(&p.out, 0, event, region);
		check(&p);
	}
}

static void do_dump(struct vnl *nl)
{
	struct region_list list;
	size_t i;
	int ret;

	ret = vnl_dump(nl, &list);
	if (ret) {
		assert(ret < 0 && !list.regions);
		vnl_complain(nl, ret, "listing");
		return;
	}
	for (i = 1; i < list.nr; i++)
		assert(list.regions[i - 1].id <= list.regions[i].id);
	print_list(&list);
	region_list_free(&list);
}

/* Some names are digits, which are ids. */
static void do_select(struct vnl *nl)
{
	struct region region = { 0 };
	char name[NAME_MAX_BYTES] = "";
	int status;

	if (take() % 2)
		strcpy(name, names[take() % NR_NAMES]);
	else
		take_bytes(name, take() % sizeof(name));
	name[sizeof(name) - 1] = '\0';
	status = select_region(nl, name, &region);
	assert(status == STATUS_OK || status == STATUS_USAGE ||
	       status == STATUS_REFUSED);
	if (status != STATUS_OK)
		return;
	assert(name[0]);
	if (name[strspn(name, "0123456789")])
		assert(!strcmp(region.name, name));
	print_region(&region);
}

static void do_set(struct vnl *nl)
{
	struct region change = {
		.present	= ATTR_BIT(ID) | ATTR_BIT(POLICY) | ATTR_BIT(POLICY_MAX),
		.id		= 1,
		.policy		= VHOST_MEM_POLICY_AUTO,
		.policy_max	= 1 << 30,
	};
	struct region region = { 0 };
	int ret;

	switch (take() % 2) {
	case 0:
		ret = vnl_set_requested(nl, 1, 1 << 30, NULL, &region);
		break;
	default:
		ret = vnl_set(nl, &change, &region);
	}
	assert(ret <= 0);
	if (!ret)
		print_region(&region);
	else
		vnl_complain(nl, ret, "resizing");
}

static void do_events(struct vnl *nl)
{
	size_t left;
	int ret;

	ret = vnl_subscribe(nl);
	if (ret) {
		vnl_complain(nl, ret, "subscribing");
		return;
	}
	listening = true;
	do {
		left = in.len;
		ret = vnl_read_events(nl, print_event, NULL);
		if (ret)
			vnl_complain(nl, ret, "reading events");
	} while (in.len && in.len < left && ret != -ENODEV);
}

/* Without libnl in between, which would not deliver everything. */
static void decode_bytes(void)
{
	struct nlmsghdr *nlh;
	struct region region;
	struct job job;
	char text[32];
	uint8_t kind = take();

	if (kind % 3 == 0)
		set_message(region_message(take()), 0);
	else if (kind % 3 == 1)
		set_message(error_message(NLMSG_ERROR, -22), 0);
	else
		raw_message();
	if (take() % 2)
		spoil_message();
	/* In memory of just its size: reads beyond it are seen. */
	nlh = malloc(message_len);
	assert(nlh);
	memcpy(nlh, message, message_len);
	nlh->nlmsg_len = message_len;
	vnl_parse_error(nlh, text, sizeof(text));
	assert(memchr(text, 0, sizeof(text)));
	if (!region_decode(&region, nlh))
		print_region(&region);
	if (!job_decode(&job, nlh))
		print_job(&job);
	free(nlh);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct vnl nl;
	uint8_t what;

	proc_dir = "/nonexistent";
	in = (struct input){ data, len };
	asked_for_family = listening = false;
	message_len = 0;
	what = take();
	if (what % 8 == 0) {
		decode_bytes();
		return 0;
	}
	if (vnl_open(&nl))
		return 0;
	switch (what % 5) {
	case 4:
		do_jobs(&nl);
		break;
	case 0:
		do_set(&nl);
		break;
	case 1:
		do_dump(&nl);
		break;
	case 2:
		do_select(&nl);
		break;
	default:
		do_events(&nl);
	}
	vnl_close(&nl);
	return 0;
}
