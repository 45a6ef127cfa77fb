// SPDX-License-Identifier: GPL-2.0
/*
 * The administrator's interfaces: generic netlink and tracepoints.
 *
 * tier: quick
 */

#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>

#include "device.h"
#include "genl.h"
#include "vring.h"

#define ATTR(name) (1ULL << VHOST_MEM_A_REGION_##name)
#define VALUE(region, name) ((region).value[VHOST_MEM_A_REGION_##name])
#define EVENT_MS 10000
#define TRACING "/sys/kernel/tracing/"

static const uint64_t always = ATTR(ID) | ATTR(NAME) | ATTR(PID) | ATTR(COMM) |
	ATTR(STATE) | ATTR(UNPLUGGED) | ATTR(BLOCK_SIZE) | ATTR(SIZE) |
	ATTR(USABLE_SIZE) | ATTR(REQUESTED_SIZE) | ATTR(PLUGGED_SIZE) |
	ATTR(BACKED_SIZE) | ATTR(REQUESTS) | ATTR(REFUSED_FAULTS) |
	ATTR(POLICY) | ATTR(POLICY_MAX) | ATTR(POLICY_STEP) |
	ATTR(POLICY_INTERVAL);

static struct genl nl;

/* Attributes that are always there, that may be, and that are not. */
static bool has_attrs(const struct genl_region *region, uint64_t more)
{
	uint64_t optional = ATTR(ADDR) | ATTR(NODE);

	return (region->attrs & always) == always &&
	       (region->attrs & optional) == more;
}

static void open_nl(void)
{
	CHECK_EQ(genl_open(&nl), 0);
}

/* Before 6.2 the texts come without values. */
static bool text_has(const char *text)
{
	if (!strstr(nl.text, text)) {
		ktap_say("text: \"%s\"", nl.text);
		return false;
	}
	return true;
}

TEST(get_has_every_attribute)
{
	struct genl_region region;
	uint32_t id;
	int fd;

	open_nl();
	fd = device_open();
	CHECK_EQ(device_create(fd, 64 * MiB, 2 * MiB, 0, "vm-7", &id), 0);
	CHECK_EQ(genl_get(&nl, id, &region), 0);
	CHECK_EQ(region.cmd, VHOST_MEM_CMD_REGION_GET);
	CHECK(has_attrs(&region, 0));
	CHECK_EQ(VALUE(region, ID), id);
	CHECK(!strcmp(region.name, "vm-7"));
	CHECK(!strcmp(region.comm, "netlink"));
	CHECK_EQ(VALUE(region, PID), getpid());
	CHECK_EQ(VALUE(region, STATE), VHOST_MEM_STATE_STOPPED);
	CHECK_EQ(VALUE(region, UNPLUGGED), VHOST_MEM_UNPLUGGED_INACCESSIBLE);
	CHECK_EQ(VALUE(region, BLOCK_SIZE), 2 * MiB);
	CHECK_EQ(VALUE(region, SIZE), 64 * MiB);
	CHECK_EQ(VALUE(region, USABLE_SIZE), 0);
	CHECK_EQ(VALUE(region, REQUESTED_SIZE), 0);
	CHECK_EQ(VALUE(region, PLUGGED_SIZE), 0);
	CHECK_EQ(VALUE(region, BACKED_SIZE), 0);
	CHECK_EQ(VALUE(region, REQUESTS), 0);
	CHECK_EQ(VALUE(region, REFUSED_FAULTS), 0);
	CHECK_EQ(device_set(fd, VHOST_MEM_SET_ADDRESS, 0), 0);
	CHECK_EQ(genl_get(&nl, id, &region), 0);
	CHECK(has_attrs(&region, ATTR(ADDR)));
	CHECK_EQ(VALUE(region, ADDR), 0);
	close(fd);
	CHECK_EQ(genl_get(&nl, id, &region), -ENOENT);
}

TEST(get_of_a_region_with_a_node)
{
	struct vhost_mem_create_region arg = {
		.size = sizeof(arg),
		.flags = VHOST_MEM_CREATE_NODE | VHOST_MEM_CREATE_READABLE,
		.region_size = 64 * MiB,
		.block_size = 4 * MiB,
		.node_id = 65535,
	};
	struct genl_region region;
	int fd = device_open();

	open_nl();
	CHECK_EQ(device_ioctl(fd, VHOST_MEM_CREATE_REGION, &arg), 0);
	CHECK_EQ(genl_get(&nl, arg.id, &region), 0);
	CHECK(has_attrs(&region, ATTR(NODE)));
	CHECK_EQ(VALUE(region, NODE), 65535);
	CHECK_EQ(VALUE(region, UNPLUGGED), VHOST_MEM_UNPLUGGED_READABLE);
	CHECK_EQ(region.name[0], 0);
}

TEST(get_errors)
{
	struct genl_region region;

	open_nl();
	CHECK_EQ(genl_get(&nl, 999999, &region), -ENOENT);
	CHECK(text_has("there is no such region"));
	CHECK_EQ(genl_get(&nl, UINT32_MAX, &region), -ENOENT);
	CHECK_EQ(genl_get(&nl, 0, &region), -ERANGE);
	CHECK(nl.text[0]);
	CHECK_EQ(genl_request(&nl, VHOST_MEM_CMD_REGION_GET, NULL, 0, &region),
		 -EINVAL);
	CHECK(text_has("the id of a region is missing"));
}

TEST(ids_are_not_reused_soon)
{
	uint32_t last = 0, id;

	for (int i = 0; i < 20; i++) {
		int fd = device_open();

		CHECK_EQ(device_create(fd, 2 * MiB, 2 * MiB, 0, "", &id), 0);
		CHECK(id > last);
		last = id;
		close(fd);
	}
}

TEST(policy_is_strict)
{
	struct device dev = device_new(64 * MiB, 2 * MiB, 0);
	struct genl_region region;
	uint64_t size = 2 * MiB;
	char attrs[256];
	size_t length;

	open_nl();
	/* Too short, too long, and attributes that are not of this command. */
	length = genl_put(attrs, 0, VHOST_MEM_A_REGION_ID, &dev.id, 2);
	CHECK(genl_request(&nl, VHOST_MEM_CMD_REGION_GET, attrs, length,
			   &region) < 0);
	length = genl_put(attrs, 0, VHOST_MEM_A_REGION_ID, &size, 8);
	CHECK(genl_request(&nl, VHOST_MEM_CMD_REGION_GET, attrs, length,
			   &region) < 0);
	length = genl_put(attrs, 0, VHOST_MEM_A_REGION_ID, &dev.id, 4);
	length = genl_put(attrs, length, VHOST_MEM_A_REGION_REQUESTED_SIZE,
			  &size, 8);
	CHECK_EQ(genl_request(&nl, VHOST_MEM_CMD_REGION_GET, attrs, length,
			      &region), -EINVAL);
	length = genl_put(attrs, 0, VHOST_MEM_A_REGION_ID, &dev.id, 4);
	length = genl_put(attrs, length, VHOST_MEM_A_REGION_NAME, "x", 2);
	length = genl_put(attrs, length, VHOST_MEM_A_REGION_REQUESTED_SIZE,
			  &size, 8);
	CHECK_EQ(genl_request(&nl, VHOST_MEM_CMD_REGION_SET, attrs, length,
			      &region), -EINVAL);
	length = genl_put(attrs, 0, VHOST_MEM_A_REGION_ID, &dev.id, 4);
	length = genl_put(attrs, length, VHOST_MEM_A_REGION_REQUESTED_SIZE,
			  &size, 4);
	CHECK(genl_request(&nl, VHOST_MEM_CMD_REGION_SET, attrs, length,
			   &region) < 0);
	length = genl_put(attrs, 0, VHOST_MEM_A_REGION_ID, &dev.id, 4);
	length = genl_put(attrs, length, 4000, &size, 8);
	length = genl_put(attrs, length, VHOST_MEM_A_REGION_REQUESTED_SIZE,
			  &size, 8);
	CHECK_EQ(genl_request(&nl, VHOST_MEM_CMD_REGION_SET, attrs, length,
			      &region), -EINVAL);
	/* Commands that are none: notifications, and unknown ones. */
	length = genl_put(attrs, 0, VHOST_MEM_A_REGION_ID, &dev.id, 4);
	for (int cmd = VHOST_MEM_CMD_REGION_CREATED_NTF; cmd < 256; cmd++) {
		if (cmd > VHOST_MEM_CMD_REGION_PROPOSAL_NTF &&
		    cmd <= VHOST_MEM_CMD_MAX)
			continue;
		CHECK_EQ(genl_request(&nl, cmd, attrs, length, &region),
			 -EOPNOTSUPP);
	}
	CHECK_EQ(device_config(dev.fd).requested_size, 64 * MiB);
}

TEST(set)
{
	struct device dev = device_new(8 * GiB, 2 * MiB, 0);
	struct genl_region region;

	open_nl();
	CHECK_EQ(genl_set(&nl, dev.id, 0, &region), 0);
	CHECK_EQ(VALUE(region, REQUESTED_SIZE), 0);
	CHECK_EQ(region.cmd, VHOST_MEM_CMD_REGION_SET);
	CHECK_EQ(device_set(dev.fd, VHOST_MEM_SYSTEM_RESET, 0), 0);
	CHECK_EQ(genl_set(&nl, dev.id, 2 * MiB, &region), 0);
	CHECK_EQ(VALUE(region, REQUESTED_SIZE), 2 * MiB);
	CHECK_EQ(VALUE(region, USABLE_SIZE), 4 * GiB + 2 * MiB);
	CHECK_EQ(device_config(dev.fd).requested_size, 2 * MiB);
	CHECK_EQ(device_config(dev.fd).usable_region_size, 4 * GiB + 2 * MiB);
	CHECK_EQ(genl_set(&nl, dev.id, 8 * GiB, &region), 0);
	CHECK_EQ(VALUE(region, USABLE_SIZE), 8 * GiB);
}

TEST(set_errors)
{
	struct device dev = device_new(1 * GiB, 2 * MiB, 0);
	uint64_t size = 2 * MiB;
	char attrs[64];
	size_t length;

	open_nl();
	CHECK_EQ(genl_set(&nl, dev.id, 1 * MiB, NULL), -EINVAL);
	CHECK(text_has("size is no multiple of the block size"));
	CHECK_EQ(genl_set(&nl, dev.id, UINT64_MAX, NULL), -EINVAL);
	CHECK_EQ(genl_set(&nl, dev.id, 1 * GiB + 2 * MiB, NULL), -ERANGE);
	CHECK(text_has("size exceeds the region size"));
	CHECK_EQ(genl_set(&nl, dev.id, 0 - 2 * MiB, NULL), -ERANGE);
	CHECK_EQ(genl_set(&nl, 999999, 2 * MiB, NULL), -ENOENT);
	CHECK(text_has("there is no such region"));
	CHECK_EQ(genl_set(&nl, 0, 2 * MiB, NULL), -ERANGE);
	length = genl_put(attrs, 0, VHOST_MEM_A_REGION_ID, &dev.id, 4);
	CHECK_EQ(genl_request(&nl, VHOST_MEM_CMD_REGION_SET, attrs, length,
			      NULL), -EINVAL);
	CHECK(text_has("requested size"));
	length = genl_put(attrs, 0, VHOST_MEM_A_REGION_REQUESTED_SIZE, &size,
			  8);
	CHECK_EQ(genl_request(&nl, VHOST_MEM_CMD_REGION_SET, attrs, length,
			      NULL), -EINVAL);
	CHECK(text_has("the id of a region is missing"));
	CHECK_EQ(device_config(dev.fd).requested_size, 1 * GiB);
}

TEST(texts_have_values_where_kernels_can)
{
	struct device dev = device_new(1 * GiB, 2 * MiB, 0);
	int major = 0, minor = 0;
	struct utsname name;

	uname(&name);
	sscanf(name.release, "%d.%d", &major, &minor);
	if (major < 6 || (major == 6 && minor < 2))
		ktap_skip("not in %s", name.release);
	open_nl();
	CHECK_EQ(genl_set(&nl, dev.id, 3 * GiB, NULL), -ERANGE);
	CHECK(strstr(nl.text, "3221225472"));
	CHECK(strstr(nl.text, "1073741824"));
	CHECK_EQ(genl_set(&nl, 999999, 0, NULL), -ENOENT);
	CHECK(strstr(nl.text, "999999"));
}

/* Only what everybody may know of a region. */
static bool is_public(const struct genl_region *region)
{
	const uint64_t private = ATTR(ADDR) | ATTR(REFUSED_FAULTS) |
		ATTR(VIOLATION_ADDR) | ATTR(VIOLATION_ACCESS) | ATTR(POLICY) |
		ATTR(POLICY_MAX) | ATTR(POLICY_STEP) | ATTR(POLICY_INTERVAL);
	const uint64_t public = always & ~private;

	return (region->attrs & public) == public && !(region->attrs & private);
}

/* Neither address nor violations, and no events; nor any change. */
static int not_admin(struct genl *own, uint32_t id)
{
	_Alignas(8) char attrs[64];
	struct genl_region region;
	uint64_t number = 1;
	size_t length;

	CHECK_EQ(genl_get(own, id, &region), 0);
	CHECK(is_public(&region));
	CHECK(genl_dump(own, &region, 1) >= 1);
	CHECK(is_public(&region));
	CHECK_EQ(genl_set(own, id, 2 * MiB, NULL), -EPERM);
	CHECK_EQ(genl_limit(own, id, 2 * MiB), -EPERM);
	length = genl_put(attrs, 0, VHOST_MEM_A_POOL_NAME, "p", 2);
	CHECK_EQ(genl_request(own, VHOST_MEM_CMD_POOL_DEL, attrs, length, NULL), -EPERM);
	length = genl_put(attrs, length, VHOST_MEM_A_POOL_SIZE, &number, 8);
	CHECK_EQ(genl_request(own, VHOST_MEM_CMD_POOL_SET, attrs, length, NULL), -EPERM);
	length = genl_put(attrs, 0, VHOST_MEM_A_JOB_ID, &number, 8);
	CHECK_EQ(genl_request(own, VHOST_MEM_CMD_JOB_CANCEL, attrs, length, NULL), -EPERM);
	return 0;
}

/* What an unprivileged user can do; with sockets opened before and after. */
static int unprivileged(void *arg)
{
	struct device *dev = arg;
	struct genl own;

	CHECK_EQ(setgid(65534), 0);
	CHECK_EQ(setuid(65534), 0);
	CHECK_EQ(genl_open(&own), 0);
	CHECK_EQ(not_admin(&own, dev->id), 0);
	CHECK_EQ(genl_listen(&own), -EPERM);
	CHECK_EQ(genl_set(&own, 999999, 2 * MiB, NULL), -EPERM);
	/* A socket of somebody else does not lend its rights. */
	CHECK_EQ(not_admin(&nl, dev->id), 0);
	return 0;
}

TEST(eperm_without_cap_net_admin)
{
	struct device dev = device_new(64 * MiB, 2 * MiB, 0);

	CHECK_EQ(device_set(dev.fd, VHOST_MEM_SET_ADDRESS, 4 * GiB), 0);
	open_nl();
	CHECK_EQ(in_child(unprivileged, &dev), 0);
	CHECK_EQ(device_config(dev.fd).requested_size, 64 * MiB);
}

static void drop_capability(int cap)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2];

	CHECK_EQ(syscall(SYS_capget, &header, data), 0);
	data[cap / 32].effective &= ~(1U << cap % 32);
	CHECK_EQ(syscall(SYS_capset, &header, data), 0);
}

/* A container that configures the host's network. */
static int network_admin(void *arg)
{
	struct device *dev = arg;

	drop_capability(CAP_SYS_RESOURCE);
	open_nl();
	CHECK_EQ(not_admin(&nl, dev->id), 0);
	CHECK(text_has("CAP_SYS_RESOURCE"));
	return 0;
}

TEST(eperm_for_who_only_administrates_networks)
{
	struct device dev = device_new(64 * MiB, 2 * MiB, 0);

	CHECK_EQ(device_set(dev.fd, VHOST_MEM_SET_ADDRESS, 4 * GiB), 0);
	CHECK_EQ(in_child(network_admin, &dev), 0);
	CHECK_EQ(device_config(dev.fd).requested_size, 64 * MiB);
}

/* Root in a user namespace of one's own is not the administrator. */
static int own_user_namespace(void *arg)
{
	struct device *dev = arg;
	struct genl own;

	if (unshare(CLONE_NEWUSER))
		return KTAP_SKIP;
	CHECK_EQ(genl_open(&own), 0);
	CHECK_EQ(not_admin(&own, dev->id), 0);
	return 0;
}

TEST(eperm_in_another_user_namespace)
{
	struct device dev = device_new(64 * MiB, 2 * MiB, 0);
	int ret = in_child(own_user_namespace, &dev);

	if (ret == KTAP_SKIP)
		ktap_skip("no user namespaces");
	CHECK_EQ(ret, 0);
}

static int own_network_namespace(void *arg)
{
	struct genl own;

	(void)arg;
	if (unshare(CLONE_NEWNET))
		return KTAP_SKIP;
	CHECK_EQ(genl_open(&own), -ENOENT);
	/* The family's number of another namespace does not work either. */
	own.family = nl.family;
	CHECK_EQ(genl_dump(&own, NULL, 0), -ENOENT);
	own.group = nl.group;
	genl_listen(&own);
	close(device_open());
	return 0;
}

TEST(other_network_namespaces_see_nothing)
{
	int ret;

	open_nl();
	ret = in_child(own_network_namespace, NULL);
	if (ret == KTAP_SKIP)
		ktap_skip("no network namespaces");
	CHECK_EQ(ret, 0);
}

static int inside_pid_namespace(void *arg)
{
	struct device dev = device_new(2 * MiB, 2 * MiB, 0);
	uint32_t outer = *(uint32_t *)arg;

	/* Our PID in this namespace, and 0 for processes that are not in it. */
	CHECK_EQ(genl_value(dev.id, VHOST_MEM_A_REGION_PID), getpid());
	CHECK_EQ(getpid(), 1);
	CHECK_EQ(genl_value(outer, VHOST_MEM_A_REGION_PID), 0);
	return 0;
}

static int own_pid_namespace(void *arg)
{
	if (unshare(CLONE_NEWPID))
		return KTAP_SKIP;
	return in_child(inside_pid_namespace, arg);
}

TEST(pid_is_that_of_the_readers_namespace)
{
	struct device dev = device_new(2 * MiB, 2 * MiB, 0);
	int ret = in_child(own_pid_namespace, &dev.id);

	if (ret == KTAP_SKIP)
		ktap_skip("no PID namespaces");
	CHECK_EQ(ret, 0);
}

TEST(dump_of_many_regions)
{
	static struct genl_region regions[400];
	uint32_t first, id = 0;
	bool seen[300] = { false };
	int fds[300], count;

	open_nl();
	for (int i = 0; i < 300; i++) {
		fds[i] = device_open();
		CHECK_EQ(device_create(fds[i], 2 * MiB, 2 * MiB, 0,
				       "a-rather-long-name-of-a-region-to-fill-messages",
				       &id), 0);
		if (!i)
			first = id;
	}
	count = genl_dump(&nl, regions, 400);
	CHECK_EQ(count, 300);
	for (int i = 0; i < count; i++) {
		CHECK(has_attrs(&regions[i], 0));
		id = VALUE(regions[i], ID) - first;
		CHECK(id < 300 && !seen[id]);
		seen[id] = true;
	}
	for (int i = 0; i < 300; i += 2)
		close(fds[i]);
	CHECK_EQ(genl_dump(&nl, regions, 400), 150);
	for (int i = 1; i < 300; i += 2)
		close(fds[i]);
	CHECK_EQ(genl_dump(&nl, regions, 400), 0);
}

/* The next event of a kind about a region. */
static struct genl_region next_event(struct genl *listener, uint32_t id,
				     uint8_t cmd)
{
	struct genl_region region;

	do {
		int ret = genl_event(listener, EVENT_MS, &region);

		if (ret)
			ktap_say("no event %u", cmd);
		CHECK_EQ(ret, 0);
	} while (VALUE(region, ID) != id || region.cmd != cmd);
	return region;
}

TEST(events)
{
	struct genl_region event;
	struct guest guest;
	struct device dev;

	open_nl();
	CHECK_EQ(genl_listen(&nl), 0);
	dev = device_new(64 * MiB, 2 * MiB, 0);
	CHECK_EQ(genl_event(&nl, EVENT_MS, &event), 0);
	CHECK_EQ(event.cmd, VHOST_MEM_CMD_REGION_CREATED_NTF);
	CHECK_EQ(VALUE(event, ID), dev.id);
	/* As it is when that is sent: perhaps with its address already. */
	CHECK(has_attrs(&event, event.attrs & ATTR(ADDR)));
	CHECK_EQ(VALUE(event, PID), getpid());
	event = next_event(&nl, dev.id, VHOST_MEM_CMD_REGION_RESIZED_NTF);
	CHECK_EQ(VALUE(event, REQUESTED_SIZE), 64 * MiB);
	CHECK_EQ(VALUE(event, ADDR), GUEST_ADDR);

	CHECK_EQ(device_plug(&dev, 0, 3), 0);
	event = next_event(&nl, dev.id, VHOST_MEM_CMD_REGION_PLUGGED_NTF);
	CHECK_EQ(VALUE(event, PLUGGED_SIZE), 6 * MiB);
	/* A refused change is no event. */
	CHECK_EQ(device_plug(&dev, 0, 3), -EEXIST);
	CHECK_EQ(genl_event(&nl, 300, &event), -ETIMEDOUT);
	CHECK_EQ(device_set(dev.fd, VHOST_MEM_SYSTEM_RESET, 0), 0);
	event = next_event(&nl, dev.id, VHOST_MEM_CMD_REGION_PLUGGED_NTF);
	CHECK_EQ(VALUE(event, PLUGGED_SIZE), 0);

	guest_init(&guest, &dev, 64, 0);
	guest_setup(&guest);
	CHECK_EQ(guest_start(&guest), 0);
	event = next_event(&nl, dev.id, VHOST_MEM_CMD_REGION_PLUGGED_NTF);
	CHECK_EQ(VALUE(event, STATE), VHOST_MEM_STATE_RUNNING);
	CHECK_EQ(guest_plug(&guest, 0, 1), VIRTIO_MEM_RESP_ACK);
	event = next_event(&nl, dev.id, VHOST_MEM_CMD_REGION_PLUGGED_NTF);
	CHECK_EQ(VALUE(event, PLUGGED_SIZE), 2 * MiB);
	guest_offer(&guest, 9999);
	guest_kick(&guest);
	event = next_event(&nl, dev.id, VHOST_MEM_CMD_REGION_PLUGGED_NTF);
	CHECK_EQ(VALUE(event, STATE), VHOST_MEM_STATE_BROKEN);
	CHECK_EQ(guest_stop(&guest), 0);
	event = next_event(&nl, dev.id, VHOST_MEM_CMD_REGION_PLUGGED_NTF);
	CHECK_EQ(VALUE(event, STATE), VHOST_MEM_STATE_STOPPED);

	device_close(&dev);
	event = next_event(&nl, dev.id, VHOST_MEM_CMD_REGION_GONE_NTF);
	/* No event follows. */
	CHECK_EQ(genl_event(&nl, 500, &event), -ETIMEDOUT);
}

TEST(bursts_are_merged)
{
	struct device dev = device_new(1 * GiB, 2 * MiB, 0);
	struct genl_region event;
	int count = 0;

	open_nl();
	CHECK_EQ(genl_listen(&nl), 0);
	for (int i = 0; i < 400; i++)
		CHECK_EQ(device_plug(&dev, i, 1), 0);
	do {
		event = next_event(&nl, dev.id,
				   VHOST_MEM_CMD_REGION_PLUGGED_NTF);
		count++;
	} while (VALUE(event, PLUGGED_SIZE) != 400 * 2 * MiB);
	ktap_say("%d events for 400 changes", count);
	CHECK(count < 300);
}

TEST(events_without_listeners_and_with_a_deaf_one)
{
	struct device dev = device_new(64 * MiB, 2 * MiB, 0);
	struct genl deaf;

	/* Its buffer overflows; others do not notice. */
	CHECK_EQ(genl_open(&deaf), 0);
	CHECK_EQ(genl_listen(&deaf), 0);
	open_nl();
	for (int i = 0; i < 3000; i++)
		CHECK_EQ(genl_set(&nl, dev.id, i % 32 * 2 * MiB, NULL), 0);
	close(deaf.fd);
	CHECK_EQ(genl_set(&nl, dev.id, 0, NULL), 0);
}

TEST(counters)
{
	struct device dev = device_new(64 * MiB, 2 * MiB, 0);
	struct guest guest;

	CHECK_REFUSED(dev.mem);
	CHECK_REFUSED(dev.mem + 2 * MiB);
	CHECK_EQ(genl_value(dev.id, VHOST_MEM_A_REGION_REFUSED_FAULTS), 4);
	guest_init(&guest, &dev, 64, 0);
	guest_setup(&guest);
	CHECK_EQ(guest_start(&guest), 0);
	for (int i = 0; i < 5; i++)
		CHECK_EQ(guest_state(&guest, 0, 1),
			 VIRTIO_MEM_STATE_UNPLUGGED);
	CHECK_EQ(genl_value(dev.id, VHOST_MEM_A_REGION_REQUESTS), 5);
	CHECK_EQ(genl_value(dev.id, VHOST_MEM_A_REGION_STATE),
		 VHOST_MEM_STATE_RUNNING);
}

static bool trace_has(const char *text)
{
	FILE *file = fopen(TRACING "trace", "re");
	bool found = false;
	char line[512];

	CHECK(file);
	while (fgets(line, sizeof(line), file))
		found |= strstr(line, text) != NULL;
	fclose(file);
	if (!found)
		ktap_say("not in the trace: %s", text);
	return found;
}

/* A change of the limit, of the requested size, or of both. */
static int set_limit(uint32_t id, const uint64_t *limit,
		     const uint64_t *requested, struct genl_region *region)
{
	char attrs[64];
	size_t length;

	length = genl_put(attrs, 0, VHOST_MEM_A_REGION_ID, &id, 4);
	if (limit)
		length = genl_put(attrs, length, VHOST_MEM_A_REGION_LIMIT,
				  limit, 8);
	if (requested)
		length = genl_put(attrs, length,
				  VHOST_MEM_A_REGION_REQUESTED_SIZE, requested,
				  8);
	return genl_request(&nl, VHOST_MEM_CMD_REGION_SET, attrs, length,
			    region);
}

TEST(limit_is_the_administrators)
{
	struct device dev = device_new(1 * GiB, 2 * MiB, 0);
	const uint64_t low = 512 * MiB, odd = 1 * MiB, high = 2 * GiB;
	const uint64_t full = 1 * GiB;
	struct genl_region region;

	open_nl();
	CHECK_EQ(genl_value(dev.id, VHOST_MEM_A_REGION_LIMIT), 1 * GiB);
	/* It lowers what is requested. */
	CHECK_EQ(set_limit(dev.id, &low, NULL, &region), 0);
	CHECK_EQ(VALUE(region, LIMIT), low);
	CHECK_EQ(VALUE(region, REQUESTED_SIZE), low);
	CHECK_EQ(device_config(dev.fd).requested_size, low);
	/* The owner cannot get past it. */
	CHECK_EQ(device_set(dev.fd, VHOST_MEM_SET_REQUESTED_SIZE,
			    low + 2 * MiB), -EDQUOT);
	CHECK_EQ(device_set(dev.fd, VHOST_MEM_SET_REQUESTED_SIZE, low), 0);
	CHECK_EQ(device_plug(&dev, 0, 256), 0);
	CHECK_EQ(device_plug(&dev, 256, 1), -ENOSPC);
	/* The administrator has to change the limit first. */
	CHECK_EQ(genl_set(&nl, dev.id, full, NULL), -EDQUOT);
	CHECK(text_has("requested size exceeds the limit"));
	CHECK_EQ(set_limit(dev.id, &odd, NULL, NULL), -EINVAL);
	CHECK_EQ(set_limit(dev.id, &high, NULL, NULL), -ERANGE);
	/* All or nothing. */
	CHECK_EQ(set_limit(dev.id, &full, &odd, NULL), -EINVAL);
	CHECK_EQ(set_limit(dev.id, &full, &high, NULL), -ERANGE);
	CHECK_EQ(genl_value(dev.id, VHOST_MEM_A_REGION_LIMIT), low);
	CHECK_EQ(set_limit(dev.id, &full, &full, &region), 0);
	CHECK_EQ(VALUE(region, REQUESTED_SIZE), full);
	CHECK_EQ(VALUE(region, LIMIT), full);
	/* A reset of the system does not lift it. */
	CHECK_EQ(set_limit(dev.id, &low, NULL, NULL), 0);
	CHECK_EQ(device_set(dev.fd, VHOST_MEM_SYSTEM_RESET, 0), 0);
	CHECK_EQ(genl_value(dev.id, VHOST_MEM_A_REGION_LIMIT), low);
}

TEST(violations_are_events)
{
	struct device dev = device_new(64 * MiB, 2 * MiB, 0);
	struct genl_region event, region;
	unsigned char value;

	open_nl();
	CHECK_EQ(genl_get(&nl, dev.id, &region), 0);
	CHECK(!(region.attrs & 1U << VHOST_MEM_A_REGION_VIOLATION_ADDR));
	CHECK_EQ(genl_listen_roomy(&nl), 0);
	CHECK_EQ(touch_write(dev.mem + 6 * MiB + PAGE, 1), SIGBUS);
	event = next_event(&nl, dev.id, VHOST_MEM_CMD_REGION_VIOLATION_NTF);
	CHECK_EQ(VALUE(event, REFUSED_FAULTS), 1);
	CHECK_EQ(VALUE(event, VIOLATION_ADDR), GUEST_ADDR + 6 * MiB + PAGE);
	CHECK_EQ(VALUE(event, VIOLATION_ACCESS), VHOST_MEM_ACCESS_WRITE);
	/* Many violations are few events; the last one has the last violation. */
	for (int i = 0; i < 2000; i++)
		CHECK_EQ(touch_read(dev.mem + i * PAGE, &value), SIGBUS);
	for (int i = 0; ; i++) {
		event = next_event(&nl, dev.id,
				   VHOST_MEM_CMD_REGION_VIOLATION_NTF);
		CHECK(i < 1000);
		if (VALUE(event, REFUSED_FAULTS) == 2001)
			break;
	}
	CHECK_EQ(VALUE(event, VIOLATION_ADDR), GUEST_ADDR + 1999 * PAGE);
	CHECK_EQ(VALUE(event, VIOLATION_ACCESS), VHOST_MEM_ACCESS_READ);
	/* Also of a mapping that has outlived the device: nobody is told. */
	close(dev.fd);
	next_event(&nl, dev.id, VHOST_MEM_CMD_REGION_GONE_NTF);
	CHECK_EQ(touch_read(dev.mem, &value), SIGBUS);
	CHECK_EQ(genl_event(&nl, 500, &event), -ETIMEDOUT);
}

TEST(tracepoints)
{
	static const char *const names[] = {
		"request", "response", "resize", "refused",
	};
	struct device dev = device_new(64 * MiB, 2 * MiB, 0);
	struct guest guest;
	char text[256];

	if (access(TRACING "trace", R_OK))
		ktap_skip("no tracefs");
	for (int i = 0; i < 4; i++) {
		sprintf(text, TRACING "events/vhost_mem/vhost_mem_%s/enable",
			names[i]);
		CHECK_EQ(write_file(text, "1"), 0);
	}
	guest_init(&guest, &dev, 64, 0);
	guest_setup(&guest);
	CHECK_EQ(guest_start(&guest), 0);
	CHECK_EQ(guest_plug(&guest, 1, 2), VIRTIO_MEM_RESP_ACK);
	CHECK_EQ(guest_plug(&guest, 1, 2), VIRTIO_MEM_RESP_ERROR);
	CHECK_EQ(device_set(dev.fd, VHOST_MEM_SET_REQUESTED_SIZE, 0), 0);
	CHECK_REFUSED(dev.mem);
	CHECK_EQ(write_file(TRACING "events/vhost_mem/enable", "0"), 0);

	sprintf(text, "vhost_mem_request: id=%u type=plug addr=0x%llx nb_blocks=2",
		dev.id, GUEST_ADDR + 2 * MiB);
	CHECK(trace_has(text));
	sprintf(text, "vhost_mem_response: id=%u request=plug type=ack state=0 latency_ns=",
		dev.id);
	CHECK(trace_has(text));
	CHECK(trace_has("request=plug type=error"));
	sprintf(text, "vhost_mem_resize: id=%u requested=0 from=%llu usable=%llu plugged=%llu",
		dev.id, 64 * MiB, 64 * MiB, 4 * MiB);
	CHECK(trace_has(text));
	sprintf(text, "vhost_mem_refused: id=%u addr=0x%llx access=read",
		dev.id, GUEST_ADDR);
	CHECK(trace_has(text));
	CHECK(trace_has("access=write"));
}

int main(int argc, char **argv)
{
	return ktap_main(argc, argv);
}
