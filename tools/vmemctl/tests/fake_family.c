// SPDX-License-Identifier: GPL-2.0
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <netlink/attr.h>
#include <netlink/genl/genl.h>
#include <linux/genetlink.h>

#include "fake_family.h"

void fake_family_message(struct nl_msg *msg, int cmd, uint16_t id,
			 const char *name, uint32_t group_id, const char *group)
{
	struct nlattr *groups, *one;

	if (!genlmsg_put(msg, 0, 0, GENL_ID_CTRL, 0, 0, cmd, 2))
		abort();
	nla_put_u16(msg, CTRL_ATTR_FAMILY_ID, id);
	nla_put_string(msg, CTRL_ATTR_FAMILY_NAME, name);
	nla_put_u32(msg, CTRL_ATTR_VERSION, 1);
	nla_put_u32(msg, CTRL_ATTR_HDRSIZE, 0);
	nla_put_u32(msg, CTRL_ATTR_MAXATTR, 0);
	groups = nla_nest_start(msg, CTRL_ATTR_MCAST_GROUPS);
	one = nla_nest_start(msg, 1);
	nla_put_u32(msg, CTRL_ATTR_MCAST_GRP_ID, group_id);
	nla_put_string(msg, CTRL_ATTR_MCAST_GRP_NAME, group);
	nla_nest_end(msg, one);
	nla_nest_end(msg, groups);
}

void fake_record(const void *data, size_t len)
{
	const char *path = getenv("FAKE_RECORD");
	int fd;

	/* What is shorter than a message stands for a loss. */
	if (!path || len < sizeof(struct nlmsghdr))
		return;
	fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, data, len) != (ssize_t)len)
		abort();
	close(fd);
}
