// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <netlink/attr.h>
#include <netlink/msg.h>

#include "fixture.h"
#include "ktap.h"
#include "nl.h"

/* An NLMSG_ERROR, with the request that it is about of @echo bytes. */
static struct nl_msg *error_message(int err, int flags, uint32_t echo)
{
	struct nlmsgerr body = { .error = err, .msg = { .nlmsg_len = echo } };
	struct nl_msg *msg = nlmsg_alloc();

	if (!msg || !nlmsg_put(msg, 0, 1, NLMSG_ERROR, 0, flags) ||
	    nlmsg_append(msg, &body, sizeof(body), 0) < 0)
		abort();
	if (!(flags & NLM_F_CAPPED) && echo > sizeof(body.msg) && echo < 1000 &&
	    !nlmsg_reserve(msg, NLMSG_ALIGN(echo) - sizeof(body.msg), 0))
		abort();
	return msg;
}

static void check(const char *what, struct nl_msg *msg, int want_ret,
		  const char *want_text)
{
	char text[32] = "stale";

	EXPECT_EQ(what, vnl_parse_error(nlmsg_hdr(msg), text, sizeof(text)), want_ret);
	EXPECT_TEXT(what, text, want_text);
	nlmsg_free(msg);
}

TEST(nl_parse_error)
{
	int err = -EBUSY;
	struct nl_msg *msg;

	check("plain", error_message(-EPERM, NLM_F_CAPPED, 20), -EPERM, "");

	check("positive", error_message(EPERM, NLM_F_CAPPED, 20), -EBADMSG, "");
	check("no errno", error_message(INT_MIN, NLM_F_CAPPED, 20), -EBADMSG, "");

	msg = error_message(-EINVAL, NLM_F_CAPPED | NLM_F_ACK_TLVS, 36);
	nla_put_u32(msg, NLMSGERR_ATTR_OFFS, 28);
	nla_put_string(msg, NLMSGERR_ATTR_MSG, "not a multiple");
	check("capped", msg, -EINVAL, "not a multiple");

	msg = error_message(-EINVAL, NLM_F_ACK_TLVS, 37);
	nla_put_string(msg, NLMSGERR_ATTR_MSG, "not a multiple");
	check("request echoed", msg, -EINVAL, "not a multiple");

	msg = error_message(-EINVAL, NLM_F_CAPPED | NLM_F_ACK_TLVS, 36);
	nla_put_string(msg, NLMSGERR_ATTR_MSG,
		       "a text that is longer than the buffer that it has to fit");
	check("cut", msg, -EINVAL, "a text that is longer than the ");

	msg = error_message(-EINVAL, NLM_F_CAPPED | NLM_F_ACK_TLVS, 36);
	nla_put_u32(msg, NLMSGERR_ATTR_OFFS, 28);
	check("without text", msg, -EINVAL, "");

	check("no attributes", error_message(-EINVAL, NLM_F_CAPPED | NLM_F_ACK_TLVS, 36),
	      -EINVAL, "");
	check("echo too short", error_message(-EINVAL, NLM_F_ACK_TLVS, 3), -EINVAL, "");
	check("echo too long", error_message(-EINVAL, NLM_F_ACK_TLVS, 0xfffffff0),
	      -EINVAL, "");

	msg = nlmsg_alloc();
	if (!msg || !nlmsg_put(msg, 0, 1, NLMSG_DONE, 0, NLM_F_ACK_TLVS) ||
	    nlmsg_append(msg, &err, sizeof(err), NLMSG_ALIGNTO) < 0)
		abort();
	nla_put_string(msg, NLMSGERR_ATTR_MSG, "not now");
	check("failed dump", msg, -EBUSY, "not now");

	msg = nlmsg_alloc();
	if (!msg || !nlmsg_put(msg, 0, 1, NLMSG_DONE, 0, 0))
		abort();
	check("empty end of dump", msg, 0, "");
}
