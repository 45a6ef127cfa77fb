// SPDX-License-Identifier: GPL-2.0
/*
 * One decision, in four steps, each a loop over the VMs:
 *
 *  1. assess: what a VM needs, or why it is not managed
 *  2. share: what each should have of the pool
 *  3. shrink: who gives back, and how much
 *  4. grow: who gets what is free now; what is given back arrives later
 *
 * A VM costs the pool the larger of what it has plugged and what is requested: memory to
 * be given back counts until it is unplugged, and what was promised counts at once.
 */
#include <stdlib.h>

#include "assess.h"
#include "bytes.h"
#include "decide.h"
#include "share.h"

struct decide_room {
	struct plan *plans;
	struct share *shares;
	struct share **order;
};

/* One decision. */
struct round {
	struct vm_state *states;
	const struct sample *sample;
	struct decision *decisions;
	struct plan *plans;
	uint64_t charged;	/* bytes, as things are */
	uint64_t coming;	/* bytes of that which are on their way back */
	uint64_t wanted;	/* bytes that VMs lack which are short */
	uint64_t urgent;	/* bytes of that for which others have to give back */
	uint64_t excess;	/* bytes that VMs could give back */
};

struct decide_room *decide_room_new(size_t nr)
{
	struct decide_room *room = calloc(1, sizeof(*room));

	if (!room)
		return NULL;
	room->plans = calloc(nr ? nr : 1, sizeof(*room->plans));
	room->shares = calloc(nr ? nr : 1, sizeof(*room->shares));
	room->order = calloc(nr ? nr : 1, sizeof(*room->order));
	if (room->plans && room->shares && room->order)
		return room;
	decide_room_free(room);
	return NULL;
}

void decide_room_free(struct decide_room *room)
{
	if (!room)
		return;
	free(room->plans);
	free(room->shares);
	free(room->order);
	free(room);
}

static uint64_t charge_of(const struct vm_sample *vm, uint64_t target)
{
	return larger(vm->plugged, target);
}

static bool makes_sense(const struct vm_sample *vm)
{
	return vm->block && vm->weight && vm->weight <= DECIDE_WEIGHT_MAX &&
	       vm->max >= vm->block;
}

static bool is_managed(const struct vm_sample *vm, struct decision *d)
{
	if (!makes_sense(vm))
		d->reason = DECIDE_BAD;
	else if (vm->exempt)
		d->reason = DECIDE_EXEMPT;
	else if (vm->progress == VM_AWAY)
		d->reason = DECIDE_AWAY;
	else if (!vm->reported && !vm->proposed && !vm->shrink_silent)
		d->reason = DECIDE_SILENT;
	else
		return true;
	return false;
}

/* --- 2. share --- */

/*
 * First what VMs need: headroom is for nobody while another VM lacks what it needs. If
 * all have that, the rest is divided as headroom.
 */
static void share_pool(struct round *r, struct decide_room *room, size_t nr,
		       uint64_t pool)
{
	u128 needs = 0;
	size_t i;

	for (i = 0; i < r->sample->nr; i++) {
		if (r->plans[i].share)
			needs += r->plans[i].need;
	}
	for (i = 0; i < r->sample->nr; i++) {
		const struct vm_sample *vm = &r->sample->vms[i];
		struct plan *plan = &r->plans[i];

		if (!plan->share)
			continue;
		*plan->share = (struct share){
			.low	= needs <= pool ? plan->need : vm_min(vm),
			.high	= needs <= pool ? r->decisions[i].want : plan->need,
			.block	= vm->block,
			.weight	= vm->weight,
		};
	}
	share_out(room->shares, nr, pool, room->order);
}

/* --- 3. shrink --- */

static uint64_t dead_band(const struct vm_sample *vm)
{
	return larger(larger(DECIDE_DEAD_BYTES, vm->requested / DECIDE_DEAD_DIV), vm->block);
}

/* For how long a VM keeps what it got, in ms. */
static int64_t hold_of(const struct vm_sample *vm, uint64_t gap)
{
	return gap > vm->requested / DECIDE_LARGE_DIV ? DECIDE_SETTLE_MS : DECIDE_HOLD_MS;
}

/* How much VM @i should grow or could shrink, regardless of the others. */
static void compare(struct round *r, size_t i, bool over)
{
	const struct vm_sample *vm = &r->sample->vms[i];
	const struct vm_state *state = &r->states[i];
	struct decision *d = &r->decisions[i];
	struct plan *plan = &r->plans[i];
	uint64_t share = d->share, gap;

	if (vm->requested > vm_max(vm)) {
		d->target = share;
		d->reason = DECIDE_SHRINK_MAX;
		return;
	}
	if (vm->requested < vm_min(vm))
		d->is_short = true;
	if (share > vm->requested) {
		gap = share - vm->requested;
		if (plan->left_out && state->stuck_growing)
			d->reason = DECIDE_STUCK;
		else if (d->is_short)
			plan->grow = gap;
		return;
	}
	if (!over && share < plan->used)
		share = plan->used;
	gap = down(minus(vm->requested, share), vm->block);
	if (d->share < plan->used && vm->requested - d->share >= vm->requested / DECIDE_FAIR_DIV &&
	    r->sample->now_ms - state->grown_ms >= DECIDE_HOLD_MS)
		plan->unfair = down(vm->requested - d->share, vm->block);
	if (!gap && !plan->unfair)
		return;
	d->reason = DECIDE_SPARE;
	if (!over && gap < DECIDE_DEAD_SHRINK * dead_band(vm))
		d->reason = DECIDE_KEEP;
	else if (!over && r->sample->now_ms - state->grown_ms < hold_of(vm, gap))
		d->reason = DECIDE_HOLD;
	else
		plan->excess = gap;
}

/* How many parts, of DECIDE_STEP_DIV, VMs give back of what they do not need. */
static unsigned int parts_of_step(const struct round *r, enum decide_reason *why)
{
	const struct sample *sample = r->sample;
	uint64_t times;

	if (sample->pressure >= DECIDE_PRESSURE) {
		/* With the square of the pressure, from the threshold on. */
		*why = DECIDE_SHRINK_PRESSURE;
		times = (uint64_t)sample->pressure * sample->pressure /
			((uint64_t)DECIDE_PRESSURE * DECIDE_PRESSURE);
		return smaller(times, DECIDE_STEP_DIV);
	}
	*why = DECIDE_SHRINK_FULL;
	return plus(r->charged, r->wanted) >
	       (u128)sample->pool * DECIDE_FULL_PERCENT / 100;
}

/* Takes at least @bytes back, if that is possible. Returns how many. */
static uint64_t give_back(struct round *r, size_t i, uint64_t bytes,
			  enum decide_reason why)
{
	const struct vm_sample *vm = &r->sample->vms[i];
	struct decision *d = &r->decisions[i];

	bytes = smaller(up(bytes, vm->block), larger(r->plans[i].excess, r->plans[i].unfair));
	if (bytes) {
		d->target = up(vm->requested - bytes, vm->block);
		d->reason = why;
	}
	return bytes;
}

/*
 * Those who have more than they need cover at once what others lack who are short, in
 * proportion to what they have too much, less what is on its way back already. For
 * headroom, and to keep a part of the pool free, there is time.
 */
static void shrink(struct round *r)
{
	const struct sample *sample = r->sample;
	enum decide_reason why_slow, why_now = DECIDE_SHRINK_SHORT;
	unsigned int slow = parts_of_step(r, &why_slow);
	uint64_t now, seen = 0, given = 0;
	bool waits = plus(r->charged, r->wanted) > sample->pool;
	size_t i;

	now = minus(minus(plus(r->charged, r->urgent), r->coming), sample->pool);
	now = smaller(now, r->excess);
	if (minus(r->charged, r->coming) > sample->pool)
		why_now = DECIDE_SHRINK_OVER;
	for (i = 0; i < sample->nr; i++) {
		uint64_t excess = r->plans[i].excess, part, step = 0;

		if (!excess && !r->plans[i].unfair)
			continue;
		/* What rounding to blocks takes too much from one, others need not give. */
		seen = plus(seen, excess);
		part = r->excess ? minus((u128)now * seen / r->excess, given) : 0;
		if (sample->now_ms - r->states[i].shrunk_ms >= DECIDE_STEP_MS)
			step = larger(excess, waits ? r->plans[i].unfair : 0) /
			       DECIDE_STEP_DIV * slow;
		else if (slow)
			r->decisions[i].reason = DECIDE_STEP;
		if (part >= step)
			given += give_back(r, i, part, why_now);
		else
			given += give_back(r, i, step, why_slow);
	}
}

/* --- 4. grow --- */

/* What growing costs the pool, beyond what is charged already. */
static uint64_t cost_of(const struct vm_sample *vm, uint64_t grow)
{
	return minus(charge_of(vm, plus(vm->requested, grow)), charge_of(vm, vm->requested));
}

/*
 * Gives what is free to those who are short, in proportion to what they lack. Returns what
 * is left.
 */
static uint64_t grow(struct round *r)
{
	uint64_t bytes = minus(r->sample->pool, r->charged), lack = r->wanted;
	uint64_t seen = 0, given = 0;
	size_t i;

	for (i = 0; i < r->sample->nr; i++) {
		const struct vm_sample *vm = &r->sample->vms[i];
		struct decision *d = &r->decisions[i];
		uint64_t lacks = r->plans[i].grow, cost, part;

		if (!lacks)
			continue;
		cost = cost_of(vm, lacks);
		seen = plus(seen, cost);
		part = cost;
		/* What rounding to blocks keeps from one, the next ones get. */
		if (lack > bytes)
			part = smaller(cost, minus((u128)bytes * seen / lack, given));
		/* What is plugged beyond what is requested costs nothing. */
		part = plus(vm->requested, lacks - cost + part);
		d->target = larger(down(part, vm->block), vm->requested);
		/* Crumbs are not worth it; together they may be. */
		if (d->target < d->share && d->target - vm->requested < dead_band(vm))
			d->target = vm->requested;
		given += cost_of(vm, d->target - vm->requested);
		if (d->target == d->share)
			d->reason = DECIDE_GROW;
		else
			d->reason = d->target > vm->requested ? DECIDE_GROW_PART : DECIDE_WAIT;
	}
	return bytes - given;
}

/* A VM that does not grow keeps nothing that others could have. */
static void cancel(struct round *r, size_t i)
{
	const struct vm_sample *vm = &r->sample->vms[i];
	struct decision *d = &r->decisions[i];
	uint64_t has = clamp(up(vm->plugged, vm->block), vm_min(vm), vm_max(vm));

	d->reason = DECIDE_STUCK;
	if (has < vm->requested) {
		d->target = has;
		d->reason = DECIDE_CANCEL;
	}
}

/* --- all of it --- */

/* What is free is for whoever is first to need it, in proportion to the weights. */
static void set_ceilings(struct round *r, uint64_t room)
{
	uint64_t weights = 0;
	size_t i;

	for (i = 0; i < r->sample->nr; i++) {
		if (r->plans[i].share)
			weights += r->sample->vms[i].weight;
	}
	for (i = 0; i < r->sample->nr; i++) {
		const struct vm_sample *vm = &r->sample->vms[i];
		struct decision *d = &r->decisions[i];

		d->ceiling = d->target;
		if (!r->plans[i].share || r->plans[i].left_out)
			continue;
		/* Where it is asked to shrink, it keeps what it still holds. */
		d->ceiling = plus(d->target, (u128)room * vm->weight / weights);
		d->ceiling = smaller(down(d->ceiling, vm->block), vm_max(vm));
		d->ceiling = larger(d->ceiling, d->target);
	}
}

static void remember(struct round *r, struct decide_totals *totals)
{
	size_t i;

	totals->changes = 0;
	totals->charged = 0;
	for (i = 0; i < r->sample->nr; i++) {
		const struct vm_sample *vm = &r->sample->vms[i];
		const struct decision *d = &r->decisions[i];
		struct vm_state *state = &r->states[i];

		totals->charged = plus(totals->charged, charge_of(vm, d->target));
		totals->changes += d->target != vm->requested;
		if (minus(d->target, vm->requested) >= DECIDE_DEAD_BYTES)
			state->grown_ms = r->sample->now_ms;
		/* Taking back what nobody had is no shrink. */
		if (d->target < vm->requested && d->reason != DECIDE_CANCEL)
			state->shrunk_ms = r->sample->now_ms;
		if (r->plans[i].wants && d->target >= d->share) {
			if (r->sample->now_ms - state->answered_ms >= DECIDE_AGAIN_MS)
				state->again = 0;
			state->again += state->again < DECIDE_AGAIN_MAX;
			state->answered_ms = r->sample->now_ms;
		}
		state->requested = d->target;
		state->plugged = vm->plugged;
	}
}

/* Steps 1 and 2. */
static void look(struct round *r, struct decide_room *room)
{
	const struct sample *sample = r->sample;
	uint64_t fixed = 0;
	size_t i, nr = 0;

	for (i = 0; i < sample->nr; i++) {
		const struct vm_sample *vm = &sample->vms[i];
		struct decision *d = &r->decisions[i];
		struct plan *plan = &r->plans[i];

		*plan = (struct plan){ 0 };
		*d = (struct decision){ .target = vm->requested, .share = vm->requested };
		assess_state(&r->states[i], vm, sample->now_ms);
		r->charged = plus(r->charged, charge_of(vm, vm->requested));
		if (!is_managed(vm, d)) {
			fixed = plus(fixed, charge_of(vm, vm->requested));
			continue;
		}
		assess(vm, &r->states[i], sample->now_ms, plan, d);
		/* It does not give back: it may only get more than it has. */
		if (plan->left_out && vm->plugged > vm->requested && d->want <= vm->plugged) {
			d->reason = DECIDE_STUCK;
			fixed = plus(fixed, vm->plugged);
			continue;
		}
		plan->share = &room->shares[nr++];
	}
	share_pool(r, room, nr, minus(sample->pool, fixed));
	for (i = 0; i < sample->nr; i++) {
		if (r->plans[i].share)
			r->decisions[i].share = r->plans[i].share->got;
	}
}

void decide(struct vm_state *states, const struct sample *sample,
	    struct decision *decisions, struct decide_totals *totals,
	    struct decide_room *room)
{
	struct round r = {
		.states = states, .sample = sample, .decisions = decisions,
		.plans = room->plans,
	};
	uint64_t left;
	bool over;
	size_t i;

	look(&r, room);
	for (i = 0; i < sample->nr; i++) {
		const struct vm_sample *vm = &sample->vms[i];

		if (r.plans[i].share && !r.plans[i].left_out)
			r.coming = plus(r.coming, minus(vm->plugged, vm->requested));
	}
	over = minus(r.charged, r.coming) > sample->pool;
	for (i = 0; i < sample->nr; i++) {
		const struct vm_sample *vm = &sample->vms[i];
		struct plan *plan = &r.plans[i];
		uint64_t cost;

		if (!plan->share)
			continue;
		if (plan->left_out && vm->plugged < vm->requested) {
			cancel(&r, i);
			continue;
		}
		compare(&r, i, over);
		cost = cost_of(vm, plan->grow);
		r.wanted = plus(r.wanted, cost);
		if (cost >= dead_band(vm) || (cost && vm->requested < vm_min(vm)))
			r.urgent = plus(r.urgent, cost);
		r.excess = plus(r.excess, plan->excess);
	}
	shrink(&r);
	left = grow(&r);
	set_ceilings(&r, left);
	remember(&r, totals);
	totals->pool = sample->pool;
	totals->waiting = minus(r.wanted, minus(minus(sample->pool, r.charged), left));
}
