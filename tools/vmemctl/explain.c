// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "explain.h"
#include "units.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#define POLICY		VHOST_MEM_A_REGION_POLICY
#define POLICY_MAX	VHOST_MEM_A_REGION_POLICY_MAX
#define POLICY_STEP	VHOST_MEM_A_REGION_POLICY_STEP
#define POLICY_INTERVAL	VHOST_MEM_A_REGION_POLICY_INTERVAL
#define PROPOSED_SIZE	VHOST_MEM_A_REGION_PROPOSED_SIZE
#define PROPOSAL_REASON	VHOST_MEM_A_REGION_PROPOSAL_REASON
#define PROPOSAL_AGO	VHOST_MEM_A_REGION_PROPOSAL_AGO
#define PROPOSAL_DECISION	VHOST_MEM_A_REGION_PROPOSAL_DECISION
#define GUEST_STATUS	VHOST_MEM_A_REGION_GUEST_STATUS
#define GUEST_RECLAIMABLE	VHOST_MEM_A_REGION_GUEST_RECLAIMABLE
#define HINT_PAGE_SIZE	VHOST_MEM_A_REGION_HINT_PAGE_SIZE
#define HINT_BLOCK_SIZE	VHOST_MEM_A_REGION_HINT_BLOCK_SIZE
#define HINT_ALIGN	VHOST_MEM_A_REGION_HINT_ALIGN
#define HINT_ADDR_LIMIT	VHOST_MEM_A_REGION_HINT_ADDR_LIMIT

static const char *const progress_reasons[] = {
	[VHOST_MEM_PROGRESS_PENDING]	= "the guest is being notified",
	[VHOST_MEM_PROGRESS_WORKING]	= "the guest is working on it",
	[VHOST_MEM_PROGRESS_SILENT]	= "the guest was notified, but does not react",
	[VHOST_MEM_PROGRESS_STALLED]	= "the guest makes no progress; it may be unable to do more now",
	[VHOST_MEM_PROGRESS_NO_DRIVER]	= "no driver has started in the guest",
	[VHOST_MEM_PROGRESS_STOPPED]	= "the VM is paused, or the guest's driver was stopped",
	[VHOST_MEM_PROGRESS_BROKEN]	= "the guest has corrupted its request queue",
	[VHOST_MEM_PROGRESS_FROZEN]	= "the VM is being migrated",
	[VHOST_MEM_PROGRESS_PINNED]	= "memory to be unplugged is in use on the host",
	[VHOST_MEM_PROGRESS_NO_MEMORY]	= "the host has too little memory",
	[VHOST_MEM_PROGRESS_REFUSED]	= "the guest tries to plug more than is requested",
	[VHOST_MEM_PROGRESS_ERROR]	= "the guest's requests are malformed",
	[VHOST_MEM_PROGRESS_POOL_FULL]	= "it waits for memory of its pool; see 'vmemctl pool'",
	[VHOST_MEM_PROGRESS_POOL_TOO_SMALL] =
		"its pool is too small, less what is promised to others; see 'vmemctl pool'",
	[VHOST_MEM_PROGRESS_NO_HUGE_PAGES] = "the host's pool of huge pages is used up",
	[VHOST_MEM_PROGRESS_VMM_SILENT]	= "the VMM does not react, so the guest has not been notified",
	[VHOST_MEM_PROGRESS_UNCONFIRMED] = "the VMM does not map, or unmap, the memory for DMA of devices",
};

/* A state that says more than the progress. */
static const char *state_reason(const struct region *region)
{
	if (!region_has(region, VHOST_MEM_A_REGION_STATE))
		return NULL;
	if (region->state == VHOST_MEM_STATE_ORPHANED)
		return "the VMM has exited, and another process holds the device";
	if (region->state == VHOST_MEM_STATE_ENDED)
		return "the VMM has closed the device";
	return NULL;
}

static bool is_done(const struct region *region)
{
	return region_has(region, VHOST_MEM_A_REGION_PROGRESS) &&
	       region->progress == VHOST_MEM_PROGRESS_DONE;
}

const char *progress_reason(const struct region *region)
{
	const char *reason = state_reason(region);

	if (reason && !is_done(region))
		return reason;
	if (!region_has(region, VHOST_MEM_A_REGION_PROGRESS) ||
	    region->progress >= ARRAY_SIZE(progress_reasons))
		return NULL;
	return progress_reasons[region->progress];
}

const char *progress_obstacle(const struct region *region)
{
	if (region_has(region, VHOST_MEM_A_REGION_PROGRESS) && !state_reason(region) &&
	    (region->progress == VHOST_MEM_PROGRESS_PENDING ||
	     region->progress == VHOST_MEM_PROGRESS_WORKING))
		return NULL;
	return progress_reason(region);
}

bool progress_is_hopeless(const struct region *region)
{
	if (is_done(region))
		return false;
	if (state_reason(region))
		return true;
	return region_has(region, VHOST_MEM_A_REGION_PROGRESS) &&
	       (region->progress == VHOST_MEM_PROGRESS_NO_DRIVER ||
		region->progress == VHOST_MEM_PROGRESS_POOL_TOO_SMALL ||
		region->progress == VHOST_MEM_PROGRESS_STOPPED);
}

bool limit_binds(const struct region *region)
{
	if (!region_is_limited(region))
		return false;
	return region->requested_size >= region->limit ||
	       (region_has(region, PROPOSED_SIZE) && region->proposed_size > region->limit);
}

static const char *const proposal_reasons[] = {
	[VHOST_MEM_REASON_USER]		= "a user asked for it",
	[VHOST_MEM_REASON_PRESSURE]	= "memory is short",
	[VHOST_MEM_REASON_OOM]		= "there is no memory left",
	[VHOST_MEM_REASON_IDLE]		= "it has more than it uses",
};

static const char *const status_obstacles[] = {
	[VHOST_MEM_GUEST_STATUS_NO_MEMORY]	= "it lacks the memory to manage more memory",
	[VHOST_MEM_GUEST_STATUS_UNMOVABLE]	= "memory to give back is in use and cannot be moved",
	[VHOST_MEM_GUEST_STATUS_NOT_ONLINE]	= "plugged memory is not online yet",
	[VHOST_MEM_GUEST_STATUS_MOVING]		= "it is moving data out of memory to give back",
	[VHOST_MEM_GUEST_STATUS_OTHER]		= "for a reason of its own",
};

/* Appends to @buf, after @separator unless it is empty. */
static void __attribute__((format(printf, 3, 4)))
add(char *buf, const char *separator, const char *fmt, ...)
{
	size_t len = strlen(buf);
	va_list ap;

	if (len)
		len += snprintf(buf + len, PROPOSAL_TEXT_MAX - len, "%s", separator);
	if (len >= PROPOSAL_TEXT_MAX)
		return;
	va_start(ap, fmt);
	vsnprintf(buf + len, PROPOSAL_TEXT_MAX - len, fmt, ap);
	va_end(ap);
}

/* A value that is newer than this program is shown as its number. */
static void add_enum(char *buf, const char *separator, int attr, uint32_t value)
{
	const char *name = attr_enum_name(&region_attrs[attr], value);

	if (name)
		add(buf, separator, "%s", name);
	else
		add(buf, separator, "unknown (%u)", value);
}

/* Not rounded, as somebody has set it: "1 s", "1500 ms", "24 h" */
static void add_interval(char *buf, const char *separator, uint64_t ms)
{
	static const struct {
		uint64_t ms;
		const char *unit;
	} units[] = { { 3600000, "h" }, { 60000, "min" }, { 1000, "s" }, { 1, "ms" } };
	size_t i;

	for (i = 0; units[i].ms > 1 && (!ms || ms % units[i].ms); i++)
		;
	add(buf, separator, "every %" PRIu64 " %s", ms / units[i].ms, units[i].unit);
}

char *proposal_grant_terms(char *buf, const struct region *region)
{
	char size[SIZE_TEXT_MAX];

	*buf = '\0';
	if (region_has(region, POLICY_MAX))
		add(buf, ", ", "up to %s", size_format(size, region->policy_max));
	if (region_has(region, POLICY_STEP))
		add(buf, ", ", "by %s", size_format(size, region->policy_step));
	if (region_has(region, POLICY_INTERVAL))
		add_interval(buf, ", ", region->policy_interval);
	return buf;
}

char *proposal_policy(char *buf, const struct region *region)
{
	char terms[PROPOSAL_TEXT_MAX];

	*buf = '\0';
	if (!region_has(region, POLICY))
		return buf;
	add_enum(buf, "", POLICY, region->policy);
	if (region->policy == VHOST_MEM_POLICY_AUTO &&
	    *proposal_grant_terms(terms, region))
		add(buf, " ", "%s", terms);
	return buf;
}

static const char *const short_reasons[] = {
	[VHOST_MEM_PROGRESS_PENDING]	= "guest notified",
	[VHOST_MEM_PROGRESS_WORKING]	= "guest working",
	[VHOST_MEM_PROGRESS_SILENT]	= "guest silent",
	[VHOST_MEM_PROGRESS_STALLED]	= "guest stalled",
	[VHOST_MEM_PROGRESS_NO_DRIVER]	= "no driver",
	[VHOST_MEM_PROGRESS_STOPPED]	= "VM paused",
	[VHOST_MEM_PROGRESS_BROKEN]	= "queue corrupt",
	[VHOST_MEM_PROGRESS_FROZEN]	= "migrating",
	[VHOST_MEM_PROGRESS_PINNED]	= "pinned on host",
	[VHOST_MEM_PROGRESS_NO_MEMORY]	= "host is short",
	[VHOST_MEM_PROGRESS_REFUSED]	= "guest exceeds",
	[VHOST_MEM_PROGRESS_ERROR]	= "bad requests",
	[VHOST_MEM_PROGRESS_VMM_SILENT]	= "VMM silent",
	[VHOST_MEM_PROGRESS_POOL_FULL]	= "waits for pool",
	[VHOST_MEM_PROGRESS_POOL_TOO_SMALL] = "pool too small",
	[VHOST_MEM_PROGRESS_NO_HUGE_PAGES] = "no huge pages",
	[VHOST_MEM_PROGRESS_UNCONFIRMED] = "no DMA mapping",
};

/* A reason that has no short words yet is told by its name. */
static void add_short_reason(char *buf, const struct region *region)
{
	if (state_reason(region))
		add(buf, "; ", region->state == VHOST_MEM_STATE_ENDED ? "closed" :
							     "VMM exited");
	else if (region->progress < ARRAY_SIZE(short_reasons) &&
		 short_reasons[region->progress])
		add(buf, "; ", "%s", short_reasons[region->progress]);
	else
		add_enum(buf, "; ", VHOST_MEM_A_REGION_PROGRESS, region->progress);
	if (region_has(region, GUEST_STATUS) &&
	    region->guest_status != VHOST_MEM_GUEST_STATUS_NONE)
		add_enum(buf, ", says ", GUEST_STATUS, region->guest_status);
}

char *progress_short(char *buf, const struct region *region)
{
	char size[SIZE_TEXT_MAX];

	*buf = '\0';
	if (limit_binds(region))
		add(buf, "; ", "at limit");
	if (region_has(region, VHOST_MEM_A_REGION_PROGRESS) && !is_done(region))
		add_short_reason(buf, region);
	if (region->limbo_size)
		add(buf, "; ", "%s not free yet", size_format(size, region->limbo_size));
	return buf;
}

static void add_reason(char *buf, const struct region *region)
{
	if (!region_has(region, PROPOSAL_REASON) ||
	    region->proposal_reason == VHOST_MEM_REASON_OTHER)
		return;
	if (region->proposal_reason < ARRAY_SIZE(proposal_reasons))
		add(buf, ", ", "%s", proposal_reasons[region->proposal_reason]);
	else
		add(buf, ", ", "reason unknown (%u)", region->proposal_reason);
}

char *proposed_size(char *buf, const struct region *region)
{
	char text[TIME_TEXT_MAX];

	*buf = '\0';
	if (!region_has(region, PROPOSED_SIZE))
		return buf;
	size_format(buf, region->proposed_size);
	add_reason(buf, region);
	if (region_has(region, PROPOSAL_AGO))
		add(buf, ", ", "%s ago", time_format(text, region->proposal_ago));
	return buf;
}

char *proposal_decision(char *buf, const struct region *region)
{
	*buf = '\0';
	if (region_has(region, PROPOSAL_DECISION))
		add_enum(buf, "", PROPOSAL_DECISION, region->proposal_decision);
	return buf;
}

char *proposal_answered(char *buf, const struct region *region)
{
	if (*proposed_size(buf, region) && region_has(region, PROPOSAL_DECISION))
		add_enum(buf, ": ", PROPOSAL_DECISION, region->proposal_decision);
	return buf;
}

const char *proposal_obstacle(const struct region *region)
{
	if (!region_has(region, GUEST_STATUS) ||
	    region->guest_status >= ARRAY_SIZE(status_obstacles))
		return NULL;
	return status_obstacles[region->guest_status];
}

char *proposal_status(char *buf, const struct region *region)
{
	const char *obstacle = proposal_obstacle(region);
	char size[SIZE_TEXT_MAX];

	*buf = '\0';
	if (region_has(region, GUEST_STATUS) &&
	    region->guest_status == VHOST_MEM_GUEST_STATUS_NONE)
		add(buf, "", "nothing stands in the way");
	else if (region_has(region, GUEST_STATUS))
		add_enum(buf, "", GUEST_STATUS, region->guest_status);
	if (obstacle)
		add(buf, ": ", "%s", obstacle);
	if (region_has(region, GUEST_RECLAIMABLE))
		add(buf, "; ", "it could give back %s",
		    size_format(size, region->guest_reclaimable));
	return buf;
}

char *proposal_hints(char *buf, const struct region *region)
{
	char size[SIZE_TEXT_MAX];

	*buf = '\0';
	if (region_has(region, HINT_PAGE_SIZE))
		add(buf, ", ", "pages of %s", size_format(size, region->hint_page_size));
	if (region_has(region, HINT_BLOCK_SIZE))
		add(buf, ", ", "blocks of %s", size_format(size, region->hint_block_size));
	if (region_has(region, HINT_ALIGN))
		add(buf, ", ", "multiples of %s", size_format(size, region->hint_align));
	if (region_has(region, HINT_ADDR_LIMIT))
		add(buf, ", ", "addresses below 0x%" PRIx64, region->hint_addr_limit);
	return buf;
}

char *proposal_event(char *buf, const struct region *region)
{
	char proposal[PROPOSAL_TEXT_MAX];

	*buf = '\0';
	if (*proposal_answered(proposal, region))
		add(buf, "", "proposes %s", proposal);
	if (region_has(region, GUEST_STATUS)) {
		add(buf, "; ", "says ");
		add_enum(buf, "", GUEST_STATUS, region->guest_status);
	}
	if (*proposal_policy(proposal, region))
		add(buf, "; ", "policy %s", proposal);
	return buf;
}
