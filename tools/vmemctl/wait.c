// SPDX-License-Identifier: GPL-2.0
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "size.h"
#include "vmemctl.h"
#include "wait.h"

/* About 31 years: enough, and no sum of two overflows. */
#define TIME_MAX_MS	1000000000000LL

enum wait_decision wait_decide(const struct wait_state *state)
{
	if (state->gone)
		return WAIT_GONE;
	if (state->requested != state->target)
		return WAIT_CHANGED;
	if (state->plugged == state->target)
		return WAIT_REACHED;
	if (state->interrupted)
		return WAIT_INTERRUPTED;
	if (state->timeout_ms >= 0 && state->elapsed_ms >= state->timeout_ms)
		return WAIT_TIMEOUT;
	if (!state->insist && state->hopeless_ms >= WAIT_HOPELESS_MS)
		return WAIT_HOPELESS;
	return WAIT_MORE;
}

void wait_note_hope(struct wait_state *state, bool hopeless, int64_t now_ms)
{
	state->hopeless_ms = hopeless ?
			     state->hopeless_ms + now_ms - state->elapsed_ms : 0;
	state->elapsed_ms = now_ms;
}

int wait_status(enum wait_decision decision)
{
	switch (decision) {
	case WAIT_MORE:
	case WAIT_REACHED:
		return STATUS_OK;
	case WAIT_TIMEOUT:
	case WAIT_CHANGED:
	case WAIT_HOPELESS:
		return STATUS_NOT_REACHED;
	case WAIT_GONE:
		return STATUS_GONE;
	case WAIT_INTERRUPTED:
		return STATUS_INTERRUPTED;
	}
	return STATUS_REFUSED;
}

int wait_sleep_ms(const struct wait_state *state)
{
	int64_t left = state->timeout_ms - state->elapsed_ms;

	if (state->timeout_ms < 0 || left > WAIT_POLL_MS)
		return WAIT_POLL_MS;
	return left > 0 ? left : 0;
}

char *wait_duration(char *buf, int64_t ms)
{
	int64_t s = ms / 1000;

	if (ms < 10000 && ms % 1000 >= 100)
		snprintf(buf, 32, "%" PRId64 ".%" PRId64 " s", s, ms % 1000 / 100);
	else if (s < 60)
		snprintf(buf, 32, "%" PRId64 " s", s);
	else if (s < 3600)
		snprintf(buf, 32, "%" PRId64 " min %" PRId64 " s", s / 60, s % 60);
	else
		snprintf(buf, 32, "%" PRId64 " h %" PRId64 " min", s / 3600,
			 s % 3600 / 60);
	return buf;
}

char *wait_text(char *buf, const char *title, const struct wait_state *state,
		enum wait_decision decision)
{
	char plugged[SIZE_TEXT_MAX], target[SIZE_TEXT_MAX], left[SIZE_TEXT_MAX];
	char requested[SIZE_TEXT_MAX], after[32];

	size_format(plugged, state->plugged);
	size_format(target, state->target);
	wait_duration(after, state->elapsed_ms);

	switch (decision) {
	case WAIT_REACHED:
		snprintf(buf, WAIT_TEXT_MAX, "%s: %s plugged after %s", title, plugged,
			 after);
		return buf;
	case WAIT_CHANGED:
		snprintf(buf, WAIT_TEXT_MAX,
			 "%s: somebody else changed the requested size from %s to %s; %s plugged after %s",
			 title, target, size_format(requested, state->requested),
			 plugged, after);
		return buf;
	case WAIT_GONE:
		snprintf(buf, WAIT_TEXT_MAX,
			 "%s: the region is gone, with %s of %s plugged after %s",
			 title, plugged, target, after);
		return buf;
	case WAIT_MORE:
	case WAIT_TIMEOUT:
	case WAIT_INTERRUPTED:
	case WAIT_HOPELESS:
		break;
	}
	if (state->plugged <= state->target)
		snprintf(buf, WAIT_TEXT_MAX, "%s: %s of %s plugged after %s; %s left",
			 title, plugged, target, after,
			 size_format(left, state->target - state->plugged));
	else
		snprintf(buf, WAIT_TEXT_MAX,
			 "%s: %s still plugged after %s, %s requested; %s left to unplug",
			 title, plugged, after, target,
			 size_format(left, state->plugged - state->target));
	if (decision != WAIT_MORE && state->reason)
		snprintf(buf + strlen(buf), WAIT_TEXT_MAX - strlen(buf), ": %s",
			 state->reason);
	if (decision == WAIT_HOPELESS)
		snprintf(buf + strlen(buf), WAIT_TEXT_MAX - strlen(buf),
			 "; use --timeout none to wait nevertheless");
	return buf;
}

int wait_parse_time(const char *text, int64_t *ms)
{
	int64_t value = 0, scale = 1000;
	const char *p;

	if (!isdigit((unsigned char)*text))
		return -EINVAL;
	for (p = text; isdigit((unsigned char)*p); p++) {
		value = value * 10 + (*p - '0') * scale;
		if (value > TIME_MAX_MS)
			return -EINVAL;
	}
	if (*p == '.') {
		if (!isdigit((unsigned char)*++p))
			return -EINVAL;
		for (; isdigit((unsigned char)*p); p++) {
			scale /= 10;	/* below a millisecond: ignored */
			value += (*p - '0') * scale;
		}
	}
	if (!strcmp(p, "ms"))
		value /= 1000;
	else if (!strcmp(p, "m"))
		value *= 60;
	else if (!strcmp(p, "h"))
		value *= 3600;
	else if (*p && strcmp(p, "s"))
		return -EINVAL;
	if (value > TIME_MAX_MS)
		return -EINVAL;
	*ms = value;
	return 0;
}
