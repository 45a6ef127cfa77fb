// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>

#include "../units.h"
#include "decide.h"

static const char *const why[] = {
	[DECIDE_KEEP]		= "near enough",
	[DECIDE_GROW]		= "it needs more",
	[DECIDE_GROW_PART]	= "as much as is free now",
	[DECIDE_WAIT]		= "it needs more, and nothing is free",
	[DECIDE_SHRINK_SHORT]	= "other VMs are short",
	[DECIDE_SHRINK_OVER]	= "more than the pool is requested",
	[DECIDE_SHRINK_FULL]	= "the pool is nearly full",
	[DECIDE_SHRINK_PRESSURE] = "the host is short",
	[DECIDE_SHRINK_MAX]	= "it has more than its maximum",
	[DECIDE_SPARE]		= "more than it needs, and nobody needs that",
	[DECIDE_HOLD]		= "more than it needs, but it grew less than a minute ago",
	[DECIDE_STEP]		= "more than it needs, but it shrank less than 30 s ago",
	[DECIDE_CANCEL]		= "it cannot grow now",
	[DECIDE_STUCK]		= "it does not follow, and is left out",
	[DECIDE_SILENT]		= "not managed: it says nothing",
	[DECIDE_AWAY]		= "not managed: no driver, or the VM is stopped",
	[DECIDE_EXEMPT]		= "not managed: a rule says so",
	[DECIDE_BAD]		= "not managed: block size, maximum or weight make no sense",
};

/* "; needs 3 GiB (plugged 4 GiB - reclaimable 1 GiB)" and the like. */
static int need_text(char *buf, size_t size, const struct vm_sample *vm,
		     const struct decision *d)
{
	char need[SIZE_TEXT_MAX], a[SIZE_TEXT_MAX], b[SIZE_TEXT_MAX];

	size_format(need, d->need);
	if (d->is_short && d->need == vm->proposed)
		return snprintf(buf, size, "; proposes %s, plugged %s", need,
				size_format(a, vm->plugged));
	if (vm->reported)
		return snprintf(buf, size, "; needs %s (plugged %s - reclaimable %s)", need,
				size_format(a, vm->plugged),
				size_format(b, vm->reclaimable));
	return snprintf(buf, size, "; needs %s, as nothing is reported", need);
}

char *decide_text(char *buf, const struct sample *sample, size_t i,
		  const struct vm_state *state, const struct decision *d)
{
	const struct vm_sample *vm = &sample->vms[i];
	char a[SIZE_TEXT_MAX], b[SIZE_TEXT_MAX];
	int len;

	size_format(a, vm->requested);
	size_format(b, d->target);
	if (d->target != vm->requested)
		len = snprintf(buf, DECIDE_TEXT_MAX, "%s %s -> %s: %s",
			       d->target > vm->requested ? "grow" : "shrink", a, b,
			       why[d->reason]);
	else
		len = snprintf(buf, DECIDE_TEXT_MAX, "keep %s: %s", a, why[d->reason]);
	if (d->reason >= DECIDE_SILENT)
		return buf;
	len += need_text(buf + len, DECIDE_TEXT_MAX - len, vm, d);
	len += snprintf(buf + len, DECIDE_TEXT_MAX - len, "; with headroom %s, share %s",
			size_format(a, d->want), size_format(b, d->share));
	if (d->reason == DECIDE_STUCK || d->reason == DECIDE_CANCEL)
		snprintf(buf + len, DECIDE_TEXT_MAX - len, "; tried again in %lld s",
			 (long long)(state->retry_ms - sample->now_ms) / 1000);
	return buf;
}
