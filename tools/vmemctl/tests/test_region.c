// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <netlink/attr.h>
#include <netlink/genl/genl.h>

#include "fixture.h"
#include "ktap.h"
#include "out.h"

static int decode(struct region *region, struct nl_msg *msg)
{
	int ret = region_decode(region, nlmsg_hdr(msg));

	nlmsg_free(msg);
	return ret;
}

TEST(region_decode)
{
	const struct region *want;
	struct region got;
	int i;

	for (i = 0; i < NR_FIXTURE_REGIONS; i++) {
		want = &fixture_regions[i];
		memset(&got, 0xff, sizeof(got));
		EXPECT_EQ(want->name,
			  decode(&got, fixture_message(VHOST_MEM_CMD_REGION_GET, want)), 0);
		EXPECT_EQ(want->name, got.present, want->present);
		EXPECT_EQ(want->name, got.id, want->id);
		EXPECT_TEXT(want->name, got.name, want->name);
		EXPECT_EQ(want->name, got.pid, want->pid);
		EXPECT_TEXT(want->name, got.comm, want->comm);
		EXPECT_EQ(want->name, got.state, want->state);
		if (i == REGION_EVIL)	/* has no more */
			continue;
		EXPECT_EQ(want->name, got.unplugged, want->unplugged);
		EXPECT_EQ(want->name, got.node, want->node);
		EXPECT_EQ(want->name, got.addr, want->addr);
		EXPECT_EQ(want->name, got.block_size, want->block_size);
		EXPECT_EQ(want->name, got.size, want->size);
		EXPECT_EQ(want->name, got.usable_size, want->usable_size);
		EXPECT_EQ(want->name, got.requested_size, want->requested_size);
		EXPECT_EQ(want->name, got.plugged_size, want->plugged_size);
		EXPECT_EQ(want->name, got.backed_size, want->backed_size);
		EXPECT_EQ(want->name, got.requests, want->requests);
		EXPECT_EQ(want->name, got.refused_faults, want->refused_faults);
		EXPECT_EQ(want->name, got.limit, want->limit);
		EXPECT_EQ(want->name, got.violation_addr, want->violation_addr);
		EXPECT_EQ(want->name, got.violation_access, want->violation_access);
		EXPECT_EQ(want->name, got.progress, want->progress);
		EXPECT_EQ(want->name, got.requested_ago, want->requested_ago);
		EXPECT_EQ(want->name, got.request_ago, want->request_ago);
		EXPECT_EQ(want->name, got.policy, want->policy);
		EXPECT_EQ(want->name, got.policy_max, want->policy_max);
		EXPECT_EQ(want->name, got.policy_step, want->policy_step);
		EXPECT_EQ(want->name, got.policy_interval, want->policy_interval);
		EXPECT_EQ(want->name, got.proposed_size, want->proposed_size);
		EXPECT_EQ(want->name, got.proposal_reason, want->proposal_reason);
		EXPECT_EQ(want->name, got.proposal_ago, want->proposal_ago);
		EXPECT_EQ(want->name, got.proposal_decision, want->proposal_decision);
		EXPECT_EQ(want->name, got.guest_status, want->guest_status);
		EXPECT_EQ(want->name, got.guest_reclaimable, want->guest_reclaimable);
		EXPECT_EQ(want->name, got.hint_page_size, want->hint_page_size);
		EXPECT_EQ(want->name, got.hint_block_size, want->hint_block_size);
		EXPECT_EQ(want->name, got.hint_align, want->hint_align);
		EXPECT_EQ(want->name, got.hint_addr_limit, want->hint_addr_limit);
	}
}

/* What is encoded comes back, the padding aside, which has no value. */
TEST(region_encode)
{
	struct region got;
	struct nl_msg *msg;
	int i;

	for (i = 0; i < NR_FIXTURE_REGIONS; i++) {
		msg = nlmsg_alloc();
		if (!msg || !genlmsg_put(msg, 0, 0, FIXTURE_FAMILY, 0, 0,
					 VHOST_MEM_CMD_REGION_SET, 1))
			abort();
		EXPECT_EQ("encode", region_encode(msg, &fixture_regions[i]), 0);
		EXPECT_EQ("encode", decode(&got, msg), 0);
		EXPECT("encode", !memcmp(&got, &fixture_regions[i], sizeof(got)));
	}

	msg = nlmsg_alloc_size(NLMSG_HDRLEN + 64);
	if (!msg)
		abort();
	EXPECT_EQ("no room", region_encode(msg, &fixture_regions[0]), -ENOMEM);
	nlmsg_free(msg);
}

static struct nl_msg *message_with_id(void)
{
	static const struct region region = { .present = ATTR_BIT(ID), .id = 1 };

	return fixture_message(VHOST_MEM_CMD_REGION_GET, &region);
}

TEST(region_decode_odd)
{
	struct region region = { 0 };
	char text[300];
	struct nl_msg *msg;

	EXPECT_EQ("no id", decode(&region, fixture_message(1, &region)), -EBADMSG);

	msg = message_with_id();
	nla_put_u16(msg, VHOST_MEM_A_REGION_PID, 1);
	EXPECT_EQ("u32 too short", decode(&region, msg), -EBADMSG);

	msg = message_with_id();
	nla_put_u32(msg, VHOST_MEM_A_REGION_SIZE, 1);
	EXPECT_EQ("u64 too short", decode(&region, msg), -EBADMSG);

	msg = message_with_id();
	nla_put_u32(msg, VHOST_MEM_A_REGION_LIMIT, 1);
	EXPECT_EQ("limit too short", decode(&region, msg), -EBADMSG);

	msg = message_with_id();
	nla_put_u16(msg, VHOST_MEM_A_REGION_VIOLATION_ACCESS, 1);
	EXPECT_EQ("access too short", decode(&region, msg), -EBADMSG);

	msg = message_with_id();
	nla_put_u32(msg, VHOST_MEM_A_REGION_PROPOSED_SIZE, 1);
	EXPECT_EQ("proposal too short", decode(&region, msg), -EBADMSG);

	msg = message_with_id();
	nla_put_u16(msg, VHOST_MEM_A_REGION_PROPOSAL_DECISION, 1);
	EXPECT_EQ("decision too short", decode(&region, msg), -EBADMSG);

	msg = message_with_id();
	nla_put(msg, VHOST_MEM_A_REGION_NAME, 3, "abc");
	EXPECT_EQ("string without NUL", decode(&region, msg), -EBADMSG);

	msg = message_with_id();
	nla_put(msg, VHOST_MEM_A_REGION_NAME, 0, "");
	EXPECT_EQ("string of no bytes", decode(&region, msg), -EBADMSG);

	msg = message_with_id();
	nlmsg_hdr(msg)->nlmsg_len = NLMSG_HDRLEN;
	EXPECT_EQ("no genetlink header", decode(&region, msg), -EBADMSG);

	/* An attribute from the future, and padding */
	msg = message_with_id();
	nla_put_u64(msg, VHOST_MEM_A_REGION_MAX + 1, 7);
	nla_put(msg, VHOST_MEM_A_REGION_PAD, 0, "");
	EXPECT_EQ("unknown attribute", decode(&region, msg), 0);
	EXPECT_EQ("unknown attribute", region.present, ATTR_BIT(ID));

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	msg = message_with_id();
	nla_put_string(msg, VHOST_MEM_A_REGION_NAME, text);
	EXPECT_EQ("long name", decode(&region, msg), 0);
	EXPECT_EQ("long name", strlen(region.name), REGION_STRING_MAX - 1);
}

/* Nothing is missing in what was generated from the YAML. */
TEST(attr_table)
{
	int i;

	for (i = 1; i <= VHOST_MEM_A_REGION_MAX; i++) {
		/* Pads and nests are neither printed nor set. */
		if (i == VHOST_MEM_A_REGION_PAD || i == VHOST_MEM_A_REGION_ENDED_JOB ||
		    i == VHOST_MEM_A_REGION_CHANGE || i == VHOST_MEM_A_REGION_CHANGED)
			continue;
		EXPECT("name", region_attrs[i].name);
		EXPECT(region_attrs[i].name, *attr_label(i));
		EXPECT(region_attrs[i].name, region_policy[i].type);
		EXPECT(region_attrs[i].name,
		       region_attrs[i].kind != ATTR_ENUM || region_attrs[i].nr_values);
	}
	for (i = 0; i < VHOST_MEM_CMD_REGION_CREATED_NTF; i++)
		EXPECT("no event", !attr_event_name(i));
	for (; i <= VHOST_MEM_CMD_MAX; i++)
		EXPECT("event", attr_event_name(i) || i == VHOST_MEM_CMD_JOB_GET ||
		       i == VHOST_MEM_CMD_JOB_CANCEL || i >= VHOST_MEM_CMD_POOL_GET);
}

/* What out_*() print. */
struct capture {
	struct out out;
	char *text;
	size_t len;
};

static void capture_open(struct capture *c, bool json)
{
	memset(c, 0, sizeof(*c));
	c->out.json = json;
	c->out.file = open_memstream(&c->text, &c->len);
	if (!c->out.file)
		abort();
}

static void capture_check(struct capture *c, const char *what, const char *want)
{
	fclose(c->out.file);
	EXPECT_TEXT(what, c->text, want);
	free(c->text);
}

static void rows_of(struct rows *rows, int nr)
{
	struct region_list list = { 0 };
	int i;

	for (i = nr - 1; i >= 0; i--) {
		if (region_list_add(&list, &fixture_regions[i]))
			abort();
	}
	region_list_sort(&list);
	if (rows_make(rows, &list))
		abort();
	region_list_free(&list);
}

static const char vm1_json[] =
	"{\"id\":1,\"name\":\"vm1\",\"pid\":1234,\"comm\":\"qemu-system-x86\","
	"\"state\":\"running\",\"unplugged\":\"inaccessible\",\"node\":1,"
	"\"addr\":5368709120,\"block-size\":2097152,\"size\":8589934592,"
	"\"usable-size\":4294967296,\"requested-size\":3221225472,"
	"\"plugged-size\":2147483648,\"backed-size\":1610612736,"
	"\"requests\":1030,\"refused-faults\":2,\"limit\":8589934592,"
	"\"violation-addr\":12884897792,\"violation-access\":\"write\","
	"\"progress\":\"stalled\",\"requested-ago\":95000,\"request-ago\":40000,"
	"\"policy\":\"manual\",\"policy-max\":6442450944,\"policy-step\":268435456,"
	"\"policy-interval\":1000,\"proposed-size\":4294967296,"
	"\"proposal-reason\":\"pressure\",\"proposal-ago\":3000,\"proposal-decision\":\"pending\","
	"\"guest-status\":\"not-online\",\"guest-reclaimable\":134217728,"
	"\"hint-page-size\":4096,\"hint-block-size\":134217728,"
	"\"hint-align\":268435456,\"hint-addr-limit\":70368744177664,"
	"\"limbo-size\":0,\"sequence\":4711}";

static const char evil_json[] =
	"{\"id\":4000000000,\"name\":\"\\u001b[2J\\\",\\\"id\\\":9,\\u00ff\","
	"\"pid\":0,\"comm\":\"a\\\\b\\u000a\u00fc\",\"state\":77}";

TEST(out_list_text)
{
	struct capture c;
	struct rows rows;

	rows_of(&rows, 0);
	capture_open(&c, false);
	out_rows(&c.out, &rows);
	capture_check(&c, "none", "No memory regions: no VM uses vhost-mem.\n");
	rows_free(&rows);

	rows_of(&rows, NR_FIXTURE_REGIONS);
	capture_open(&c, false);
	out_rows(&c.out, &rows);
	capture_check(&c, "all",
"        ID  NAME            VMM                   NODE  STATE           BLOCK  PLUGGED  REQUESTED    MAX  WHY\n"
"         1  vm1             qemu-system-x86/1234     1  running         2 MiB    2 GiB      3 GiB  8 GiB  guest stalled, says not-online  [#####+++............]\n"
"         2  twin            cloud-hyperviso/4242     -  stopped       128 MiB  1.5 GiB        0 B  1 TiB                                  [-...................]\n"
"         3  twin            cloud-hyperviso/4242     -  stopped       128 MiB  1.5 GiB        0 B  1 TiB                                  [-...................]\n"
"4000000000  ?[2J\",\"id\":9,?  a\\b???                   -  unknown (77)        -        -          -      -                                  [....................]\n"
"4 regions: 5 GiB plugged, 3 GiB requested, 2056 GiB max\n");
	rows_free(&rows);
}

TEST(out_list_utf8)
{
	struct capture c;
	struct rows rows;

	rows_of(&rows, 1);
	capture_open(&c, false);
	c.out.style.utf8 = true;
	out_rows(&c.out, &rows);
	capture_check(&c, "blocks",
"ID  NAME  VMM                   NODE  STATE    BLOCK  PLUGGED  REQUESTED    MAX  WHY\n"
" 1  vm1   qemu-system-x86/1234     1  running  2 MiB    2 GiB      3 GiB  8 GiB  guest stalled, says not-online  [█████▒▒▒░░░░░░░░░░░░]\n"
"1 region: 2 GiB plugged, 3 GiB requested, 8 GiB max\n");
	rows_free(&rows);
}

TEST(out_list_json)
{
	struct rows rows;
	struct capture c;
	char want[4096];

	rows_of(&rows, 0);
	capture_open(&c, true);
	out_rows(&c.out, &rows);
	capture_check(&c, "none", "{\"region\":{}}\n");
	rows_free(&rows);

	rows_of(&rows, NR_FIXTURE_REGIONS);
	rows.rows[1] = rows.rows[REGION_EVIL];
	rows.nr = 2;
	capture_open(&c, true);
	out_rows(&c.out, &rows);
	snprintf(want, sizeof(want), "{\"region\":{\"1\":%s,\"4000000000\":%s}}\n",
		 vm1_json, evil_json);
	capture_check(&c, "two", want);
	rows_free(&rows);
}

TEST(out_region_text)
{
	struct capture c;

	capture_open(&c, false);
	out_region(&c.out, &fixture_regions[REGION_VM1]);
	capture_check(&c, "vm1",
"ID:               1\n"
"Name:             vm1\n"
"VMM PID:          1234\n"
"VMM:              qemu-system-x86\n"
"State:            running\n"
"Unplugged blocks: inaccessible\n"
"Guest NUMA node:  1\n"
"Guest address:    0x140000000\n"
"Block size:       2 MiB (2097152 bytes)\n"
"Maximum:          8 GiB (8589934592 bytes)\n"
"Limit:            none\n"
"Usable:           4 GiB (4294967296 bytes)\n"
"Requested:        3 GiB (3221225472 bytes)\n"
"Plugged:          2 GiB (2147483648 bytes) [#####+++............]\n"
"Resize:           stalled: the guest makes no progress; it may be unable to do more now (requested 1 min 35 s ago, last request 40 s ago)\n"
"Guest says:       not-online: plugged memory is not online yet; it could give back 128 MiB\n"
"Guest proposes:   4 GiB, memory is short, 3 s ago: pending\n"
"Policy:           manual\n"
"Guest suggests:   pages of 4 KiB, blocks of 128 MiB, multiples of 256 MiB, addresses below 0x400000000000\n"
"Backed:           1.5 GiB (1610612736 bytes), 75.0% of plugged\n"
"Requests:         1030\n"
"Refused faults:   2, the last a write at 0x2fffff000\n");

	capture_open(&c, false);
	out_region(&c.out, &fixture_regions[REGION_EVIL]);
	capture_check(&c, "evil",
"ID:               4000000000\n"
"Name:             ?[2J\",\"id\":9,?\n"
"VMM PID:          -\n"
"VMM:              a\\b???\n"
"State:            unknown (77)\n"
"Unplugged blocks: -\n"
"Guest NUMA node:  -\n"
"Guest address:    -\n"
"Block size:       -\n"
"Maximum:          -\n"
"Limit:            -\n"
"Usable:           -\n"
"Requested:        -\n"
"Plugged:          -\n"
"Resize:           -\n"
"Backed:           -\n"
"Requests:         -\n"
"Refused faults:   -\n");
}

/* The lines of @region that limits and violations are in. */
static void check_lines(const char *what, const struct region *region,
			const char *limit, const char *faults)
{
	struct capture c;
	char want[256];

	capture_open(&c, false);
	out_region(&c.out, region);
	fclose(c.out.file);
	snprintf(want, sizeof(want), "\nLimit:            %s\nUsable: ", limit);
	if (!strstr(c.text, want))
		ktap_wrong("%s: no limit %s in\n%s", what, limit,
			  c.text);
	snprintf(want, sizeof(want), "\nRefused faults:   %s\n", faults);
	if (!strstr(c.text, want))
		ktap_wrong("%s: no faults %s in\n%s", what, faults,
			  c.text);
	free(c.text);
}

TEST(out_region_limit_violation)
{
	struct region r = fixture_regions[REGION_VM1];

	check_lines("twin", &fixture_regions[REGION_TWIN2],
		    "512 GiB (549755813888 bytes)", "0");
	r.limit = 0;
	r.violation_access = VHOST_MEM_ACCESS_READ;
	check_lines("read", &r, "0 B (0 bytes)", "2, the last a read at 0x2fffff000");
	r.limit = r.size - r.block_size;
	r.violation_access = 9;
	check_lines("access of the future", &r, "8190 MiB (8587837440 bytes)",
		    "2, the last an access at 0x2fffff000");
	r.present &= ~(ATTR_BIT(SIZE) | ATTR_BIT(VIOLATION_ACCESS));
	r.size = 0;
	r.limit = 0;
	check_lines("no size, no access", &r, "0 B (0 bytes)",
		    "2, the last an access at 0x2fffff000");
	r.present &= ~(ATTR_BIT(LIMIT) | ATTR_BIT(VIOLATION_ADDR));
	check_lines("neither", &r, "-", "2");
}

/* An attribute that show knows nothing special of has a line all the same. */
TEST(out_region_default_line)
{
	struct region r = fixture_regions[REGION_VM1];
	struct capture c;

	r.present |= ATTR_BIT(EXPECTED_REQUESTED_SIZE);
	r.expected_requested_size = 4096;
	capture_open(&c, false);
	out_region(&c.out, &r);
	fclose(c.out.file);
	EXPECT("line", strstr(c.text, "\nExpected requested size: 4 KiB (4096 bytes)\n"));
	free(c.text);
}

TEST(region_limit)
{
	struct region r = fixture_regions[REGION_TWIN2];

	EXPECT_EQ("limit", region_limit(&r), 512 * GIB);
	r.present &= ~ATTR_BIT(LIMIT);
	EXPECT_EQ("no limit", region_limit(&r), 1024 * GIB);
}

TEST(out_region_json)
{
	struct capture c;
	char want[2048];
	struct region region;

	capture_open(&c, true);
	out_region(&c.out, &fixture_regions[REGION_VM1]);
	snprintf(want, sizeof(want), "{\"region\":{\"1\":%s}}\n", vm1_json);
	capture_check(&c, "vm1", want);

	region = (struct region){
		.present		= ATTR_BIT(ID) | VIOLATION_ATTRS,
		.id			= 5,
		.violation_access	= VHOST_MEM_ACCESS_READ,
	};
	capture_open(&c, true);
	out_region(&c.out, &region);
	capture_check(&c, "read",
		      "{\"region\":{\"5\":{\"id\":5,\"violation-addr\":0,\"violation-access\":\"read\"}}}\n");

	region = (struct region){
		.present	= ATTR_BIT(ID) | ATTR_BIT(POLICY) | ATTR_BIT(PROPOSAL_REASON) |
				  ATTR_BIT(PROPOSAL_DECISION) | ATTR_BIT(GUEST_STATUS),
		.id		= 5,
		.policy		= 3,
		.proposal_reason	= 5,
		.proposal_decision	= UINT32_MAX,
		.guest_status	= 6,
	};
	capture_open(&c, true);
	out_region(&c.out, &region);
	capture_check(&c, "enums of the future",
		      "{\"region\":{\"5\":{\"id\":5,\"policy\":3,\"proposal-reason\":5,\"proposal-decision\":4294967295,\"guest-status\":6}}}\n");

	region = (struct region){
		.present		= ATTR_BIT(ID) | VIOLATION_ATTRS,
		.id			= 5,
	};
	region.violation_access = 9;
	capture_open(&c, true);
	out_region(&c.out, &region);
	capture_check(&c, "access of the future",
		      "{\"region\":{\"5\":{\"id\":5,\"violation-addr\":0,\"violation-access\":9}}}\n");
}

TEST(out_event)
{
	const struct region *vm1 = &fixture_regions[REGION_VM1];
	const struct region *evil = &fixture_regions[REGION_EVIL];
	struct region limited = *vm1;
	struct capture c;
	char want[2048];

	limited.limit = 6 * GIB;
	setenv("TZ", "UTC", 1);
	capture_open(&c, false);
	out_event(&c.out, 1767323045, "resized", vm1);
	out_event(&c.out, 1767323045, "resized", &limited);
	out_event(&c.out, 1767323045, "violation", vm1);
	out_event(&c.out, 1767323046, "violation", evil);
	out_event(&c.out, 1767323046, "proposal", vm1);
	out_event(&c.out, 1767323046, "proposal", evil);
	out_event(&c.out, 1767323046, "gone", evil);
	out_missed(&c.out, 1767323046, "resized", vm1);
	out_events_lost(&c.out, 1767323045);
	capture_check(&c, "text",
"2026-01-02 03:04:05  resized      1  vm1           plugged 2 GiB, requested 3 GiB, max 8 GiB\n"
"2026-01-02 03:04:05  resized      1  vm1           plugged 2 GiB, requested 3 GiB, limit 6 GiB, max 8 GiB\n"
"2026-01-02 03:04:05  violation    1  vm1           write at 0x2fffff000, 2 refused so far\n"
"2026-01-02 03:04:06  violation  4000000000  ?[2J\",\"id\":9,?  -, - refused so far\n"
"2026-01-02 03:04:06  proposal     1  vm1           proposes 4 GiB, memory is short, 3 s ago: pending; says not-online; policy manual; plugged 2 GiB, requested 3 GiB\n"
"2026-01-02 03:04:06  proposal   4000000000  ?[2J\",\"id\":9,?  plugged -, requested -, max -\n"
"2026-01-02 03:04:06  gone       4000000000  ?[2J\",\"id\":9,?  plugged -, requested -, max -\n"
"2026-01-02 03:04:06  resized      1  vm1           plugged 2 GiB, requested 3 GiB, max 8 GiB (missed)\n");

	capture_open(&c, true);
	out_event(&c.out, 1767323045, "resized", vm1);
	out_events_lost(&c.out, 1767323045);
	out_event(&c.out, 1767323045, "violation", vm1);
	setenv("TZ", "NPT-5:45", 1);
	tzset();
	out_missed(&c.out, 1767323046, "gone", evil);
	snprintf(want, sizeof(want),
		 "{\"event\":\"resized\",\"region\":%s,\"time\":\"2026-01-02T03:04:05+00:00\"}\n"
		 "{\"event\":\"lost\",\"time\":\"2026-01-02T03:04:05+00:00\"}\n"
		 "{\"event\":\"violation\",\"region\":%s,\"time\":\"2026-01-02T03:04:05+00:00\"}\n"
		 "{\"event\":\"gone\",\"region\":%s,\"time\":\"2026-01-02T08:49:06+05:45\",\"missed\":true}\n",
		 vm1_json, vm1_json, evil_json);
	capture_check(&c, "json", want);
}
