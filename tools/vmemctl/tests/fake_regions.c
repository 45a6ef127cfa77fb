// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <netlink/attr.h>

#include "fake_jobs.h"
#include "fake_regions.h"
#include "fixture.h"

bool plays(const char *word)
{
	const char *fake = getenv("FAKE"), *p;
	size_t len = strlen(word);

	for (p = fake ? fake : ""; (p = strstr(p, word)); p++) {
		if ((p == fake || p[-1] == ',') && (!p[len] || p[len] == ','))
			return true;
	}
	return false;
}

void fake_regions_load(struct region *regions)
{
	static bool started;
	int i;

	if (started)
		return;
	started = true;
	memcpy(regions, fixture_regions, sizeof(fixture_regions));
	fake_jobs_load(regions, plays("jobs"), plays("nojobs"));
	if (plays("strangers"))
		regions[REGION_TWIN3].pid++;
	if (plays("limit"))
		regions[REGION_VM1].limit = 6 * GIB;
	if (plays("pools")) {
		regions[REGION_VM1].present |= ATTR_BIT(POOL) | ATTR_BIT(RESERVED) |
					       ATTR_BIT(MINIMUM) | ATTR_BIT(CHARGED);
		strcpy(regions[REGION_VM1].pool, "default");
		regions[REGION_VM1].charged = 2 * GIB;
	}
	if (plays("defaults")) {
		const char *rules = getenv("FAKE_RULES");

		regions[REGION_VM1].present |= ATTR_BIT(RULES);
		regions[REGION_VM1].rules = rules ? strtoul(rules, NULL, 10) : 0;
	}
	if (plays("twins"))
		regions[REGION_TWIN3].pid = 1234;
	if (plays("nodriver"))
		regions[REGION_VM1].progress = VHOST_MEM_PROGRESS_NO_DRIVER;
	if (plays("orphaned"))
		regions[REGION_VM1].state = VHOST_MEM_STATE_ORPHANED;
	if (plays("offline")) {
		regions[REGION_VM1].requested_size = regions[REGION_VM1].plugged_size;
		regions[REGION_VM1].progress = VHOST_MEM_PROGRESS_DONE;
		regions[REGION_VM1].backed_size = 2 * MIB;
	}
	if (plays("limbo"))
		regions[REGION_VM1].limbo_size = 512 * MIB;
	if (plays("leaving")) {
		regions[REGION_VM1].present |= ATTR_BIT(LEAVING);
		regions[REGION_VM1].leaving = true;
	}
	if (plays("silent"))
		regions[REGION_VM1].present &= ~REPORT_ATTRS;
	if (plays("granted"))
		regions[REGION_VM1].proposal_decision = VHOST_MEM_DECISION_GRANTED;
	if (plays("proposalmore"))
		regions[REGION_VM1].proposed_size = 8 * GIB;
	for (i = 0; i < NR_FIXTURE_REGIONS && (plays("missed") || plays("gap")); i++) {
		regions[i].present |= ATTR_BIT(SEQUENCE);
		regions[i].sequence = 4711;
	}
	for (i = 0; i < NR_FIXTURE_REGIONS && plays("old"); i++)
		regions[i].present &= ~(ATTR_BIT(LIMIT) | ATTR_BIT(PROGRESS) |
					NO_LINE_ATTRS);
}

/* The kernel refuses other values. */
static bool is_policy(struct nlattr **tb)
{
	uint64_t ms = tb[VHOST_MEM_A_REGION_POLICY_INTERVAL] ?
		      nla_get_u64(tb[VHOST_MEM_A_REGION_POLICY_INTERVAL]) : 1000;

	return ms >= 100 && ms <= 86400000 &&
	       (!tb[VHOST_MEM_A_REGION_POLICY] ||
		nla_get_u32(tb[VHOST_MEM_A_REGION_POLICY]) <= VHOST_MEM_POLICY_AUTO);
}

static void set_policy(struct region *region, struct nlattr **tb)
{
	if (!is_policy(tb))
		abort();
	if (tb[VHOST_MEM_A_REGION_POLICY])
		region->policy = nla_get_u32(tb[VHOST_MEM_A_REGION_POLICY]);
	if (tb[VHOST_MEM_A_REGION_POLICY_MAX])
		region->policy_max = nla_get_u64(tb[VHOST_MEM_A_REGION_POLICY_MAX]);
	if (tb[VHOST_MEM_A_REGION_POLICY_STEP])
		region->policy_step = nla_get_u64(tb[VHOST_MEM_A_REGION_POLICY_STEP]);
	if (tb[VHOST_MEM_A_REGION_POLICY_INTERVAL])
		region->policy_interval =
			nla_get_u64(tb[VHOST_MEM_A_REGION_POLICY_INTERVAL]);
}

int fake_region_refuses(struct region *region, struct nlattr **tb, const char **text)
{
	static int times;

	if (!plays("refuses") || !tb[VHOST_MEM_A_REGION_POOL])
		return 0;
	if (++times > 2) {
		region->limit = 7 * GIB;
		return 0;
	}
	*text = "the pool has no room for it: gold has 0 free";
	return -ENOBUFS;
}

void fake_region_set_rules(struct region *region, struct nlattr **tb)
{
	struct nlattr *minimum = tb[VHOST_MEM_A_REGION_MINIMUM];
	struct nlattr *limit = tb[VHOST_MEM_A_REGION_LIMIT];

	if (tb[VHOST_MEM_A_REGION_RESERVED])
		region->reserved = nla_get_u64(tb[VHOST_MEM_A_REGION_RESERVED]);
	if (tb[VHOST_MEM_A_REGION_POOL])
		snprintf(region->pool, sizeof(region->pool), "%s",
			 nla_get_string(tb[VHOST_MEM_A_REGION_POOL]));
	if (minimum) {
		region->minimum = nla_get_u64(minimum);
		if (region->requested_size < region->minimum)
			region->requested_size = region->minimum;
	}
	if (limit) {
		region->limit = nla_get_u64(limit);
		if (region->requested_size > region->limit)
			region->requested_size = region->limit;
	}
	if (tb[VHOST_MEM_A_REGION_RULES])
		region->rules = nla_get_u32(tb[VHOST_MEM_A_REGION_RULES]);
	if (tb[VHOST_MEM_A_REGION_RULES] && plays("refuses"))
		kill(getpid(), SIGINT);
	set_policy(region, tb);
}
