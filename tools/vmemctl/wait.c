// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "units.h"
#include "vmemctl.h"
#include "wait.h"

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

char *wait_text(char *buf, const char *title, const struct wait_state *state,
		enum wait_decision decision)
{
	char plugged[SIZE_TEXT_MAX], target[SIZE_TEXT_MAX], left[SIZE_TEXT_MAX];
	char requested[SIZE_TEXT_MAX], after[32];

	size_format(plugged, state->plugged);
	size_format(target, state->target);
	time_format(after, state->elapsed_ms);

	switch (decision) {
	case WAIT_REACHED:
		snprintf(buf, WAIT_TEXT_MAX, "%s: %s plugged after %s", title, plugged,
			 after);
		return buf;
	case WAIT_CHANGED:
		snprintf(buf, WAIT_TEXT_MAX,
			 "%s: somebody else has changed the requested size from %s to %s; %s plugged after %s",
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
			 "; use --timeout none to wait all the same");
	return buf;
}
