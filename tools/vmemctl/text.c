// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <string.h>

#include "escape.h"
#include "explain.h"
#include "job.h"
#include "text.h"
#include "units.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#define NAME		VHOST_MEM_A_REGION_NAME
#define PID		VHOST_MEM_A_REGION_PID
#define COMM		VHOST_MEM_A_REGION_COMM
#define STATE		VHOST_MEM_A_REGION_STATE
#define NODE		VHOST_MEM_A_REGION_NODE
#define BLOCK_SIZE	VHOST_MEM_A_REGION_BLOCK_SIZE
#define SIZE		VHOST_MEM_A_REGION_SIZE
#define LIMIT		VHOST_MEM_A_REGION_LIMIT
#define USABLE_SIZE	VHOST_MEM_A_REGION_USABLE_SIZE
#define REQUESTED_SIZE	VHOST_MEM_A_REGION_REQUESTED_SIZE
#define PLUGGED_SIZE	VHOST_MEM_A_REGION_PLUGGED_SIZE
#define BACKED_SIZE	VHOST_MEM_A_REGION_BACKED_SIZE
#define REFUSED_FAULTS	VHOST_MEM_A_REGION_REFUSED_FAULTS
#define PROGRESS	VHOST_MEM_A_REGION_PROGRESS
#define VIOLATION_ADDR	VHOST_MEM_A_REGION_VIOLATION_ADDR
#define LIMBO_SIZE	VHOST_MEM_A_REGION_LIMBO_SIZE
#define LEAVING		VHOST_MEM_A_REGION_LEAVING

/* The longest label is "Unplugged blocks". */
#define LABEL_WIDTH	17
#define CLOCK_MAX	32

/* A guest that has had memory for that long should be using some of it. */
#define HARDLY_USED_MS	60000

static unsigned int cells_of(uint64_t size, uint64_t max)
{
	unsigned int cells;

	if (!size)
		return 0;
	if (size >= max)
		return BAR_CELLS;
	while (max > UINT64_MAX / (2 * BAR_CELLS)) {
		max >>= 1;
		size >>= 1;
	}
	cells = (size * 2 * BAR_CELLS + max) / (2 * max);
	if (!cells)
		return 1;
	return cells < BAR_CELLS ? cells : BAR_CELLS - 1;
}

char *bar_format(char *buf, uint64_t plugged, uint64_t requested, uint64_t max,
		 bool utf8)
{
	static const char *const glyphs[2][4] = {
		{ "#", "+", "-", "." },
		{ "\u2588", "\u2592", "\u2593", "\u2591" },
	};
	unsigned int have = cells_of(plugged, max);
	unsigned int want = cells_of(requested, max);
	const char *glyph;
	unsigned int i;
	char *p = buf;

	*p++ = '[';
	for (i = 0; i < BAR_CELLS; i++) {
		if (i < have)
			glyph = glyphs[utf8][i < want ? 0 : 2];
		else
			glyph = glyphs[utf8][i < want ? 1 : 3];
		p = stpcpy(p, glyph);
	}
	strcpy(p, "]");
	return buf;
}

char *text_value(char *buf, const struct region *region, int i)
{
	const struct attr *attr = &region_attrs[i];
	const char *name;

	snprintf(buf, CELL_MAX, "-");
	if (!region_has(region, i))
		return buf;

	switch (attr->kind) {
	case ATTR_U32:
		/* PID 0: the process is not visible in this PID namespace. */
		if (i != PID || region_u32(region, attr))
			snprintf(buf, CELL_MAX, "%u", region_u32(region, attr));
		break;
	case ATTR_ENUM:
		name = attr_enum_name(attr, region_u32(region, attr));
		if (name)
			snprintf(buf, CELL_MAX, "%s", name);
		else
			snprintf(buf, CELL_MAX, "unknown (%u)", region_u32(region, attr));
		break;
	case ATTR_COUNT:
		snprintf(buf, CELL_MAX, "%s%" PRIu64, i == VHOST_MEM_A_REGION_JOB ? "j" : "",
			 region_u64(region, attr));
		break;
	case ATTR_SIZE:
		size_format(buf, region_u64(region, attr));
		break;
	case ATTR_ADDR:
		snprintf(buf, CELL_MAX, "0x%" PRIx64, region_u64(region, attr));
		break;
	case ATTR_MS:
		time_format(buf, region_u64(region, attr));
		break;
	case ATTR_STRING:
		if (*region_string(region, attr))
			escape_text(buf, CELL_MAX, region_string(region, attr));
		break;
	case ATTR_FLAG:
		snprintf(buf, CELL_MAX, "yes");
		break;
	case ATTR_NEST:
	case ATTR_PAD:
		break;
	}
	return buf;
}

/* The lines of 'vmemctl show': the order of the YAML, but related sizes together. */
static const int shown[] = {
	VHOST_MEM_A_REGION_ID, NAME, PID, COMM, STATE, VHOST_MEM_A_REGION_UNPLUGGED,
	NODE, VHOST_MEM_A_REGION_ADDR, BLOCK_SIZE, SIZE, LIMIT, USABLE_SIZE,
	REQUESTED_SIZE, PLUGGED_SIZE, PROGRESS, BACKED_SIZE, VHOST_MEM_A_REGION_REQUESTS,
	REFUSED_FAULTS,
};

/* Attributes that are part of other lines, or not shown. */
static const int shown_elsewhere[] = {
	VIOLATION_ADDR, VHOST_MEM_A_REGION_VIOLATION_ACCESS,
	VHOST_MEM_A_REGION_REQUESTED_AGO, VHOST_MEM_A_REGION_REQUEST_AGO,
	VHOST_MEM_A_REGION_POLICY, VHOST_MEM_A_REGION_POLICY_MAX,
	VHOST_MEM_A_REGION_POLICY_STEP, VHOST_MEM_A_REGION_POLICY_INTERVAL,
	VHOST_MEM_A_REGION_RULES,
	VHOST_MEM_A_REGION_PROPOSED_SIZE, VHOST_MEM_A_REGION_PROPOSAL_REASON,
	VHOST_MEM_A_REGION_PROPOSAL_AGO, VHOST_MEM_A_REGION_PROPOSAL_DECISION,
	VHOST_MEM_A_REGION_GUEST_STATUS, VHOST_MEM_A_REGION_GUEST_RECLAIMABLE,
	VHOST_MEM_A_REGION_HINT_PAGE_SIZE, VHOST_MEM_A_REGION_HINT_BLOCK_SIZE,
	VHOST_MEM_A_REGION_HINT_ALIGN, VHOST_MEM_A_REGION_HINT_ADDR_LIMIT,
	LIMBO_SIZE, LEAVING, VHOST_MEM_A_REGION_SEQUENCE, VHOST_MEM_A_REGION_ENDED_JOB,
};


/* "write at 0x140000000"; "-" without a refused access. */
static char *text_violation(char *buf, const struct region *region)
{
	const struct attr *access = &region_attrs[VHOST_MEM_A_REGION_VIOLATION_ACCESS];
	const char *name = NULL;

	snprintf(buf, CELL_MAX, "-");
	if (!region_has(region, VIOLATION_ADDR))
		return buf;
	if (region_has(region, VHOST_MEM_A_REGION_VIOLATION_ACCESS))
		name = attr_enum_name(access, region->violation_access);
	snprintf(buf, CELL_MAX, "%s at 0x%" PRIx64, name ? name : "access",
		 region->violation_addr);
	return buf;
}

/* Why a resize is not done, and since when: ": <reason> (requested 40 s ago)". */
static void text_progress(FILE *file, const struct region *region)
{
	const char *reason = progress_reason(region);
	char ago[TIME_TEXT_MAX];

	if (!reason)
		return;
	fprintf(file, ": %s", reason);
	if (!region_has(region, VHOST_MEM_A_REGION_REQUESTED_AGO))
		return;
	fprintf(file, " (requested %s ago", time_format(ago, region->requested_ago));
	if (region_has(region, VHOST_MEM_A_REGION_REQUEST_AGO))
		fprintf(file, ", last request %s ago",
			time_format(ago, region->request_ago));
	fputc(')', file);
}

/*
 * A guest that has had what was requested for a while, and does not use it. An old
 * driver may have added it without anybody bringing it online.
 */
static bool is_hardly_used(const struct region *region)
{
	return region_has(region, PROGRESS) &&
	       region->progress == VHOST_MEM_PROGRESS_DONE &&
	       region_has(region, VHOST_MEM_A_REGION_REQUESTED_AGO) &&
	       region->requested_ago >= HARDLY_USED_MS &&
	       region->backed_size < region->plugged_size / 16;
}

/* What follows the value of an attribute that the kernel sent. */
static void text_note(FILE *file, const struct region *region, int i, bool utf8)
{
	char bar[BAR_TEXT_MAX], violation[CELL_MAX];

	if (i == BACKED_SIZE && region->plugged_size)
		fprintf(file, ", %.1f%% of plugged%s",
			100.0 * region->backed_size / region->plugged_size,
			is_hardly_used(region) ?
			": the guest has hardly touched it, and may keep it offline" : "");
	if (i == PLUGGED_SIZE && region->size)
		fprintf(file, " %s",
			bar_format(bar, region->plugged_size, region->requested_size,
				   region->size, utf8));
	if (i == PROGRESS)
		text_progress(file, region);
	if (i == REFUSED_FAULTS && region_has(region, VIOLATION_ADDR)) {
		text_violation(violation, region);
		fprintf(file, ", the last %s %s", *violation == 'a' ? "an" : "a",
			violation);
	}
}

static void text_label(FILE *file, const char *label)
{
	int width = LABEL_WIDTH - (int)strlen(label);

	fprintf(file, "%s:%*s", label, width > 1 ? width : 1, "");
}

/*
 * What a guest reports has labels that say so, as nobody has confirmed it. There are
 * no such lines if the guest reports nothing, or the module is too old.
 */
static void text_guest(FILE *file, const struct region *region)
{
	static const struct {
		const char *label;
		char *(*text)(char *buf, const struct region *region);
	} lines[] = {
		{ "Guest says",		proposal_status },
		{ "Guest proposes",	proposal_answered },
		{ "Policy",		proposal_policy },
		{ "Guest suggests",	proposal_hints },
	};
	char buf[PROPOSAL_TEXT_MAX];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(lines); i++) {
		if (!*lines[i].text(buf, region))
			continue;
		text_label(file, lines[i].label);
		fprintf(file, "%s\n", buf);
	}
}

/* Lines that are there only if they apply. */
static void text_ending(FILE *file, const struct region *region)
{
	char size[SIZE_TEXT_MAX];

	if (region_has(region, LIMBO_SIZE) && region->limbo_size) {
		text_label(file, attr_label(LIMBO_SIZE));
		fprintf(file, "%s (%" PRIu64 " bytes): unplugged, and referenced elsewhere on the host\n",
			size_format(size, region->limbo_size), region->limbo_size);
	}
	if (region_has(region, LEAVING)) {
		text_label(file, attr_label(LEAVING));
		fputs("the device is being removed from the VM; it cannot get more\n",
		      file);
	}
}

static void text_line(FILE *file, const struct region *region, int i, bool utf8)
{
	char value[CELL_MAX];

	text_label(file, attr_label(i));
	if (i == LIMIT && region_has(region, i) && !region_is_limited(region)) {
		fputs("none\n", file);
		return;
	}
	fputs(text_value(value, region, i), file);
	if (region_attrs[i].kind == ATTR_SIZE && region_has(region, i))
		fprintf(file, " (%" PRIu64 " bytes)",
			region_u64(region, &region_attrs[i]));
	if (region_has(region, i))
		text_note(file, region, i, utf8);
	fputc('\n', file);
}

static bool contains(const int *attrs, size_t nr, int i)
{
	while (nr--) {
		if (attrs[nr] == i)
			return true;
	}
	return false;
}

/* Attributes without special text, if the kernel sent them. */
static void text_others(FILE *file, const struct region *region, bool utf8)
{
	int i;

	for (i = 1; i <= VHOST_MEM_A_REGION_MAX; i++) {
		if (region_has(region, i) && !contains(shown, ARRAY_SIZE(shown), i) &&
		    !contains(shown_elsewhere, ARRAY_SIZE(shown_elsewhere), i))
			text_line(file, region, i, utf8);
	}
}

void text_region(FILE *file, const struct region *region, bool utf8)
{
	size_t line;

	for (line = 0; line < ARRAY_SIZE(shown); line++) {
		text_line(file, region, shown[line], utf8);
		if (shown[line] == PROGRESS)
			text_guest(file, region);
		if (shown[line] == BACKED_SIZE)
			text_ending(file, region);
	}
	text_others(file, region, utf8);
}

/* What the administrator looks for in 'vmemctl jobs'. */
static void event_job(FILE *file, const struct region *region)
{
	if (region_has(region, VHOST_MEM_A_REGION_JOB))
		fprintf(file, ", job j%" PRIu64, region->job);
}

static void event_sizes(FILE *file, const struct region *region)
{
	char plugged[CELL_MAX], requested[CELL_MAX], limit[CELL_MAX], max[CELL_MAX];

	fprintf(file, "plugged %s, requested %s, ",
		text_value(plugged, region, PLUGGED_SIZE),
		text_value(requested, region, REQUESTED_SIZE));
	if (region_is_limited(region))
		fprintf(file, "limit %s, ", text_value(limit, region, LIMIT));
	fprintf(file, "max %s", text_value(max, region, SIZE));
}

static char *text_clock(char *buf, time_t when)
{
	struct tm tm;

	localtime_r(&when, &tm);
	strftime(buf, CLOCK_MAX, "%Y-%m-%d %H:%M:%S", &tm);
	return buf;
}

void text_event(FILE *file, time_t when, const char *event,
		const struct region *region, bool missed)
{
	char name[CELL_MAX], violation[CELL_MAX], count[CELL_MAX], clock[CLOCK_MAX];
	char proposal[PROPOSAL_TEXT_MAX], job[JOB_TEXT_MAX];

	fprintf(file, "%s  %-9s  %3u  %-12s  ", text_clock(clock, when), event, region->id,
		text_value(name, region, NAME));
	if (!strcmp(event, "violation"))
		fprintf(file, "%s, %s refused so far",
			text_violation(violation, region),
			text_value(count, region, REFUSED_FAULTS));
	else if (!strcmp(event, "stalled") && progress_reason(region))
		fprintf(file, "%s; plugged %s, requested %s",
			progress_reason(region),
			text_value(count, region, PLUGGED_SIZE),
			text_value(violation, region, REQUESTED_SIZE));
	else if (!strcmp(event, "proposal") && *proposal_event(proposal, region))
		fprintf(file, "%s; plugged %s, requested %s", proposal,
			text_value(count, region, PLUGGED_SIZE),
			text_value(violation, region, REQUESTED_SIZE));
	else if (!strcmp(event, "job") && region_has(region, VHOST_MEM_A_REGION_ENDED_JOB))
		fputs(job_ended(job, &region->ended_job), file);
	else
		event_sizes(file, region);
	if (!strcmp(event, "resized"))
		event_job(file, region);
	fputs(missed ? " (missed)\n" : "\n", file);
}

static bool defaults_have(const struct defaults *defaults, int attr)
{
	return defaults->present & 1ULL << attr;
}

/* As that of a region. */
static char *defaults_policy_text(char *buf, const struct defaults *defaults)
{
	struct region region = {
		.present	= REGION_BIT(VHOST_MEM_A_REGION_POLICY) |
				  REGION_BIT(VHOST_MEM_A_REGION_POLICY_INTERVAL),
		.policy		= defaults->policy,
		.policy_max	= defaults->policy_max,
		.policy_step	= defaults->policy_step,
		.policy_interval = defaults->policy_interval,
	};

	if (defaults_have(defaults, VHOST_MEM_A_DEFAULTS_POLICY_MAX))
		region.present |= REGION_BIT(VHOST_MEM_A_REGION_POLICY_MAX);
	if (defaults_have(defaults, VHOST_MEM_A_DEFAULTS_POLICY_STEP))
		region.present |= REGION_BIT(VHOST_MEM_A_REGION_POLICY_STEP);
	return proposal_policy(buf, &region);
}

void text_defaults(FILE *file, const struct defaults *defaults)
{
	char pool[CELL_MAX], policy[PROPOSAL_TEXT_MAX], size[SIZE_TEXT_MAX];

	if (defaults_have(defaults, VHOST_MEM_A_DEFAULTS_LIMIT))
		fprintf(file, "new regions: limit %s", size_format(size, defaults->limit));
	else
		fputs("new regions: no limit", file);
	if (defaults->minimum)
		fprintf(file, ", minimum %s", size_format(size, defaults->minimum));
	fprintf(file, ", pool %s, policy %s\n", escape_text(pool, sizeof(pool), defaults->pool),
		defaults_policy_text(policy, defaults));
}

void text_defaults_event(FILE *file, time_t when, const struct defaults *defaults)
{
	char clock[CLOCK_MAX];

	fprintf(file, "%s  %-9s  ", text_clock(clock, when), "defaults");
	text_defaults(file, defaults);
}
