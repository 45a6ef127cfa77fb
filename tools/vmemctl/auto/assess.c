// SPDX-License-Identifier: GPL-2.0
#include "assess.h"
#include "bytes.h"

uint64_t vm_min(const struct vm_sample *vm)
{
	return smaller(up(vm->min, vm->block), down(vm->max, vm->block));
}

uint64_t vm_max(const struct vm_sample *vm)
{
	return down(vm->max, vm->block);
}

void vm_state_init(struct vm_state *state, const struct vm_sample *vm, int64_t now_ms,
		   int64_t requested_ago_ms)
{
	*state = (struct vm_state){
		.known		= true,
		.requested	= vm->requested,
		.plugged	= vm->plugged,
		.grown_ms	= now_ms - requested_ago_ms,
		.shrunk_ms	= now_ms - DECIDE_STEP_MS,
		.answered_ms	= now_ms - DECIDE_PROPOSAL_MS,
	};
}

void assess_state(struct vm_state *state, const struct vm_sample *vm, int64_t now)
{
	if (!state->known)
		vm_state_init(state, vm, now, DECIDE_HOLD_MS);
	if (minus(vm->requested, state->requested) >= DECIDE_DEAD_BYTES)
		state->grown_ms = now;
	/* A step in the right direction: it follows. */
	if (state->backoff_ms &&
	    (state->stuck_growing ? vm->plugged > state->plugged :
				    vm->plugged < state->plugged)) {
		state->backoff_ms = 0;
		state->retry_ms = now;
	}
}

static uint32_t next_backoff(uint32_t interval)
{
	if (!interval)
		return DECIDE_BACKOFF_MIN_MS;
	return interval < DECIDE_BACKOFF_MAX_MS / 2 ? interval * 2 : DECIDE_BACKOFF_MAX_MS;
}

/*
 * Is this VM left out, as it does not follow? When the interval is over, it takes part in
 * a decision again; if that does not help, the next interval is twice as long.
 */
static bool is_left_out(struct vm_state *state, const struct vm_sample *vm, int64_t now)
{
	bool first = !state->backoff_ms;

	/* It may well do the opposite. */
	if (!first && (state->stuck_growing ? vm->plugged > vm->requested :
					      vm->plugged < vm->requested))
		return false;
	if (!first && now < state->retry_ms)
		return true;
	if (vm->progress != VM_STUCK)
		return false;
	state->stuck_growing = vm->plugged < vm->requested;
	state->backoff_ms = next_backoff(state->backoff_ms);
	state->retry_ms = now + state->backoff_ms;
	return first;
}

/* Does its last estimate say that it has less left than the mark at which guests ask? */
static bool is_below_mark(const struct vm_sample *vm)
{
	return !vm->reported || vm->reclaimable < vm->plugged / DECIDE_MARK_DIV;
}

/*
 * A proposal counts until what it led to was requested, or until the guest's estimate, if
 * newer, says something else, or until it is old.
 */
static bool is_waiting(const struct vm_sample *vm, const struct vm_state *state,
		       int64_t now)
{
	int64_t age = vm->proposal_ago_ms;

	return vm->proposed && vm->proposed >= vm->requested &&
	       now - age > state->answered_ms &&
	       (age < DECIDE_SETTLE_MS || (age < DECIDE_PROPOSAL_MS && is_below_mark(vm)));
}

/*
 * A VM that asks again as soon as it has what it asked for grows faster than by a tenth
 * each second: it gets twice as much each time, up to as much as it has.
 */
static uint64_t headroom(const struct plan *plan, const struct vm_state *state,
			 uint64_t used, int64_t now)
{
	uint64_t part = used / DECIDE_HEADROOM_DIV;

	if (plan->wants && now - state->answered_ms < DECIDE_AGAIN_MS)
		part = smaller(part << state->again, used);
	return part;
}

void assess(const struct vm_sample *vm, struct vm_state *state, int64_t now,
	    struct plan *plan, struct decision *d)
{
	uint64_t used, least = vm_min(vm), most = vm_max(vm);

	plan->wants = is_waiting(vm, state, now);
	if (vm->reported && plan->wants)
		/* Its last estimate may be old; it asks when it has less than this. */
		used = vm->plugged - smaller(vm->reclaimable, vm->plugged / DECIDE_MARK_DIV);
	else if (vm->reported)
		used = minus(vm->plugged, vm->reclaimable);
	else
		used = vm->shrink_silent ? least : vm->plugged;
	d->need = used;
	d->want = plus(used, headroom(plan, state, used, now));
	if (plan->wants) {
		if (!vm->reported || vm->reclaimable < vm->plugged / (2 * DECIDE_MARK_DIV) ||
		    now - state->answered_ms < DECIDE_AGAIN_MS)
			d->need = larger(d->want, vm->proposed);
		d->want = larger(d->want, vm->proposed);
		d->is_short = true;
	} else if (now - state->grown_ms < DECIDE_SETTLE_MS) {
		/* What it got is not in its estimate yet. */
		d->want = smaller(d->want, vm->requested);
	} else {
		d->is_short = vm->reported &&
			      plus(used, used / DECIDE_SHORT_DIV) > vm->requested;
	}
	plan->used = smaller(up(used, vm->block), most);
	d->want = clamp(up(d->want, vm->block), least, most);
	plan->need = smaller(clamp(up(d->need, vm->block), least, most), d->want);
	plan->left_out = is_left_out(state, vm, now);
}
