// SPDX-License-Identifier: GPL-2.0
/* What decide() makes of a sample, in numbers, and what it says about that. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "auto/decide.h"
#include "ktap.h"

#define MIB (1ULL << 20)
#define GIB (1ULL << 30)
#define VMS 8
#define NOW 1000000

/* A host under test. */
struct host {
	struct vm_sample vms[VMS];
	struct vm_state states[VMS];
	struct decision d[VMS];
	struct decide_totals totals;
	struct sample sample;
	char text[DECIDE_TEXT_MAX];
};

/* Of all hosts, one after the other. */
static struct decide_room *room;

static struct vm_sample vm(uint64_t plugged, uint64_t reclaimable)
{
	return (struct vm_sample){
		.plugged = plugged, .requested = plugged, .min = GIB, .max = 16 * GIB,
		.block = 2 * MIB, .reclaimable = reclaimable, .weight = 100, .reported = true,
	};
}

static void host_init(struct host *h, size_t nr, uint64_t pool)
{
	memset(h, 0, sizeof(*h));
	h->sample = (struct sample){
		.now_ms = NOW, .pool = pool, .vms = h->vms, .nr = nr,
	};
	if (!room)
		room = decide_room_new(VMS);
	if (!room)
		abort();
}

static void host_decide(struct host *h)
{
	decide(h->states, &h->sample, h->d, &h->totals, room);
}

/* The guests do what is requested, and @ms pass. */
static void host_obey(struct host *h, int64_t ms)
{
	size_t i;

	for (i = 0; i < h->sample.nr; i++) {
		h->vms[i].requested = h->d[i].target;
		if (h->vms[i].progress == VM_STUCK)
			continue;
		h->vms[i].reclaimable += h->vms[i].requested - h->vms[i].plugged;
		h->vms[i].plugged = h->vms[i].requested;
	}
	h->sample.now_ms += ms;
}

static const char *host_text(struct host *h, size_t i)
{
	return decide_text(h->text, &h->sample, i, &h->states[i], &h->d[i]);
}

TEST(auto_grows_who_is_short)
{
	struct host h;

	host_init(&h, 1, 64 * GIB);
	h.vms[0] = vm(4000 * MIB, 100 * MIB);
	host_decide(&h);
	EXPECT_EQ("need", h.d[0].need, 3900 * MIB);
	EXPECT_EQ("a tenth more, in whole blocks", h.d[0].want, 4290 * MIB);
	EXPECT_EQ("target", h.d[0].target, 4290 * MIB);
	EXPECT_EQ("what is free is for it", h.d[0].ceiling, 16 * GIB);
	EXPECT_TEXT("text", host_text(&h, 0),
		    "grow 4000 MiB -> 4290 MiB: it needs more; needs 3900 MiB (plugged 4000 MiB - reclaimable 100 MiB); with headroom 4290 MiB, share 4290 MiB");
	EXPECT_EQ("changes", h.totals.changes, 1);
	EXPECT_EQ("charged", h.totals.charged, 4290 * MIB);
}

TEST(auto_proposal_doubles)
{
	struct host h;
	uint64_t expected[] = { 2254 * MIB, 2706 * MIB, 3790 * MIB, 6822 * MIB };
	size_t i;

	host_init(&h, 1, 64 * GIB);
	h.vms[0] = vm(2 * GIB, 0);
	for (i = 0; i < 4; i++) {
		h.vms[0].reclaimable = 0;
		h.vms[0].proposed = h.vms[0].requested + 128 * MIB;
		host_decide(&h);
		EXPECT_EQ("target", h.d[0].target, expected[i]);
		host_obey(&h, 1000);
	}
	/* Without another proposal what it has is not in its estimate yet. */
	h.vms[0].proposal_ago_ms = 3000;
	h.vms[0].reclaimable = 0;
	host_decide(&h);
	EXPECT_EQ("target", h.d[0].target, expected[3]);
	EXPECT_TEXT("text", host_text(&h, 0),
		    "keep 6822 MiB: near enough; needs 6822 MiB (plugged 6822 MiB - reclaimable 0 B); with headroom 6822 MiB, share 6822 MiB");
}

TEST(auto_proposal_is_bounded)
{
	struct host h;

	host_init(&h, 1, 64 * GIB);
	h.vms[0] = vm(2 * GIB, 0);
	h.vms[0].max = 3 * GIB + MIB;
	h.vms[0].proposed = UINT64_MAX;
	host_decide(&h);
	EXPECT_EQ("its maximum, in whole blocks", h.d[0].target, 3 * GIB);
	host_obey(&h, 120000);
	h.vms[0].reclaimable = UINT64_MAX;
	h.vms[0].proposed = 0;
	h.sample.pressure = 100 * 100;
	host_decide(&h);
	EXPECT_EQ("its minimum", h.d[0].target, GIB);
}

TEST(auto_takes_nothing_that_nobody_needs)
{
	struct host h;

	host_init(&h, 1, 64 * GIB);
	h.vms[0] = vm(8 * GIB, 6 * GIB);
	host_decide(&h);
	EXPECT_EQ("target", h.d[0].target, 8 * GIB);
	EXPECT_TEXT("text", host_text(&h, 0),
		    "keep 8 GiB: more than it needs, and nobody needs that; needs 2 GiB (plugged 8 GiB - reclaimable 6 GiB); with headroom 2254 MiB, share 2254 MiB");
}

TEST(auto_gives_back_when_the_pool_is_nearly_full)
{
	struct host h;

	host_init(&h, 1, 10 * GIB);
	h.vms[0] = vm(8 * GIB, 6 * GIB);
	host_decide(&h);
	EXPECT_EQ("half of the excess of 5938 MiB, in whole blocks", h.d[0].target,
		  8 * GIB - 2970 * MIB);
	EXPECT_TEXT("text", host_text(&h, 0),
		    "shrink 8 GiB -> 5222 MiB: the pool is nearly full; needs 2 GiB (plugged 8 GiB - reclaimable 6 GiB); with headroom 2254 MiB, share 2254 MiB");
	host_obey(&h, 10000);
	h.sample.pool = 6 * GIB;
	host_decide(&h);
	EXPECT_EQ("not twice in 30 s", h.d[0].reason, DECIDE_STEP);
	h.sample.now_ms += 20000;
	host_decide(&h);
	EXPECT_EQ("again", h.d[0].target, 5222 * MIB - 1484 * MIB);
}

TEST(auto_gives_back_at_once_what_others_lack)
{
	struct host h;
	size_t i;

	host_init(&h, 3, 16 * GIB);
	h.vms[0] = vm(8 * GIB, 6 * GIB);
	h.vms[1] = vm(6 * GIB, 5 * GIB);
	h.vms[2] = vm(2 * GIB, 0);
	h.vms[2].proposed = 4 * GIB;
	/* In the middle of the 30 s. */
	for (i = 0; i < 2; i++) {
		vm_state_init(&h.states[i], &h.vms[i], NOW, 120000);
		h.states[i].shrunk_ms = NOW - 10000;
	}
	host_decide(&h);
	/* 2 GiB in proportion to what is too much: 5938 and 5018 MiB. */
	EXPECT_EQ("first", h.d[0].target, 8 * GIB - 1112 * MIB);
	EXPECT_EQ("second", h.d[1].target, 6 * GIB - 936 * MIB);
	EXPECT_EQ("together", h.d[0].target + h.d[1].target, 12 * GIB);
	EXPECT_EQ("reason", h.d[0].reason, DECIDE_SHRINK_SHORT);
	EXPECT_EQ("it waits", h.d[2].reason, DECIDE_WAIT);
	EXPECT_EQ("waiting", h.totals.waiting, 2 * GIB);
	EXPECT_EQ("nothing is free", h.d[2].ceiling, 2 * GIB);
	EXPECT_TEXT("text", host_text(&h, 2),
		    "keep 2 GiB: it needs more, and nothing is free; proposes 4 GiB, plugged 2 GiB; with headroom 4 GiB, share 4 GiB");
	host_obey(&h, 1000);
	h.vms[2].proposal_ago_ms = 1000;
	host_decide(&h);
	EXPECT_EQ("it gets it", h.d[2].target, 4 * GIB);
	EXPECT_EQ("charged", h.totals.charged, 16 * GIB);
}

TEST(auto_holds_after_a_grow)
{
	struct host h;

	host_init(&h, 1, 10 * GIB);
	h.vms[0] = vm(8 * GIB, 2 * GIB);
	vm_state_init(&h.states[0], &h.vms[0], NOW, 30000);
	host_decide(&h);
	EXPECT_EQ("held", h.d[0].reason, DECIDE_HOLD);
	/* More than a quarter is too much of it. */
	h.vms[0].reclaimable = 5 * GIB;
	host_decide(&h);
	EXPECT("not held", h.d[0].target < 8 * GIB);
	vm_state_init(&h.states[0], &h.vms[0], NOW, 5000);
	host_decide(&h);
	EXPECT_EQ("its estimate may be older than the grow", h.d[0].target, 8 * GIB);
}

TEST(auto_leaves_silent_vms_alone)
{
	struct host h;

	host_init(&h, 2, 10 * GIB);
	h.sample.pressure = 10000;
	h.vms[0] = vm(6 * GIB, 0);
	h.vms[0].reported = false;
	h.vms[1] = vm(2 * GIB, 0);
	h.vms[1].progress = VM_AWAY;
	host_decide(&h);
	EXPECT_EQ("silent", h.d[0].target, 6 * GIB);
	EXPECT_TEXT("text", host_text(&h, 0), "keep 6 GiB: not managed: it says nothing");
	EXPECT_TEXT("text", host_text(&h, 1),
		    "keep 2 GiB: not managed: no driver, or the VM is stopped");
	EXPECT_EQ("it costs", h.totals.charged, 8 * GIB);
	h.vms[0].shrink_silent = true;
	host_decide(&h);
	EXPECT_EQ("configured", h.d[0].target, 1128 * MIB);
	EXPECT_EQ("reason", h.d[0].reason, DECIDE_SHRINK_PRESSURE);
}

TEST(auto_leaves_stuck_vms_out)
{
	struct host h;
	int64_t intervals[] = { 10000, 20000, 40000, 80000, 160000, 320000, 600000, 600000 };
	size_t i;

	host_init(&h, 2, 10 * GIB);
	h.vms[0] = vm(8 * GIB, 6 * GIB);
	h.vms[0].requested = 7 * GIB;
	h.vms[0].progress = VM_STUCK;
	h.vms[1] = vm(2 * GIB, 0);
	for (i = 0; i < 8; i++) {
		host_decide(&h);
		EXPECT_EQ("tried again", h.states[0].retry_ms - h.sample.now_ms, intervals[i]);
		h.sample.now_ms = h.states[0].retry_ms - 1;
		h.vms[0].requested = h.d[0].target;
		host_decide(&h);
		EXPECT_EQ("left out", h.d[0].reason, DECIDE_STUCK);
		h.sample.now_ms++;
	}
	EXPECT_TEXT("text", (h.sample.now_ms--, host_decide(&h), host_text(&h, 0)),
		    "keep 2.5 GiB: it does not follow, and is left out; needs 2 GiB (plugged 8 GiB - reclaimable 6 GiB); with headroom 2254 MiB, share 2.5 GiB; tried again in 0 s");
	/* A step, and it is as any other. */
	h.vms[0].plugged -= 2 * MIB;
	host_decide(&h);
	EXPECT_EQ("it follows", h.states[0].backoff_ms, 10000);
}

TEST(auto_cancels_what_is_not_taken)
{
	struct host h;

	host_init(&h, 1, 10 * GIB);
	h.vms[0] = vm(2 * GIB, 0);
	h.vms[0].requested = 4 * GIB;
	h.vms[0].progress = VM_STUCK;
	host_decide(&h);
	EXPECT_EQ("target", h.d[0].target, 2 * GIB);
	EXPECT_TEXT("text", host_text(&h, 0),
		    "shrink 4 GiB -> 2 GiB: it cannot grow now; needs 2 GiB (plugged 2 GiB - reclaimable 0 B); with headroom 2254 MiB, share 2254 MiB; tried again in 10 s");
	EXPECT_EQ("others can have it", h.totals.charged, 2 * GIB);
	h.vms[0].requested = 2 * GIB;
	h.vms[0].progress = VM_DONE;
	h.sample.now_ms += 5000;
	host_decide(&h);
	EXPECT_EQ("not yet", h.d[0].reason, DECIDE_STUCK);
	h.sample.now_ms += 10000;
	host_decide(&h);
	EXPECT_EQ("again", h.d[0].reason, DECIDE_GROW);
}

TEST(auto_shares_by_weight)
{
	struct host h;

	host_init(&h, 2, 14 * GIB);
	h.vms[0] = vm(6 * GIB, 0);
	h.vms[1] = vm(6 * GIB, 0);
	h.vms[1].weight = 300;
	h.vms[0].proposed = h.vms[1].proposed = 16 * GIB;
	host_decide(&h);
	EXPECT_EQ("its minimum and a quarter of the rest", h.d[0].share, 4 * GIB);
	EXPECT_EQ("its minimum and the other three", h.d[1].share, 10 * GIB);
	EXPECT_EQ("what is free", h.d[1].target, 8 * GIB);
	/* What the first uses goes in steps. */
	EXPECT_EQ("unfair", h.d[0].target, 5 * GIB);
}

TEST(auto_keeps_the_pool)
{
	struct host h;

	host_init(&h, 2, 8 * GIB);
	h.vms[0] = vm(8 * GIB, 1 * GIB);
	h.vms[1] = vm(4 * GIB, 1 * GIB);
	host_decide(&h);
	EXPECT_EQ("reason", h.d[0].reason, DECIDE_SHRINK_OVER);
	EXPECT("sum", h.d[0].target + h.d[1].target <= 8 * GIB);
}

static uint64_t any(uint64_t below)
{
	return (((uint64_t)random() << 31) ^ random()) % below;
}

static uint64_t any_size(void)
{
	switch (any(8)) {
	case 0:
		return UINT64_MAX - any(4);
	case 1:
		return any(1 << 20);
	default:
		return any(64) * 128 * MIB + (any(4) ? 0 : any(MIB));
	}
}

static struct vm_sample any_vm(void)
{
	return (struct vm_sample){
		.plugged = any_size(), .requested = any_size(), .min = any_size(),
		.max = any_size(), .block = any(16) ? MIB << any(12) : any(3),
		.reclaimable = any_size(), .proposed = any(2) ? any_size() : 0,
		.proposal_ago_ms = any(60000), .weight = any(10) ? 1 + any(10000) : any(2) * 20000,
		.progress = any(4), .reported = any(4), .shrink_silent = !any(4),
	};
}

static unsigned __int128 charged(const struct host *h, bool targets)
{
	unsigned __int128 sum = 0;
	uint64_t size;
	size_t i;

	for (i = 0; i < h->sample.nr; i++) {
		size = targets ? h->d[i].target : h->vms[i].requested;
		sum += size > h->vms[i].plugged ? size : h->vms[i].plugged;
	}
	return sum;
}

/* What holds whatever a sample says; also for states that follow from nothing. */
static void check_decisions(const struct host *h)
{
	unsigned __int128 before = charged(h, false), after = charged(h, true), ceilings = after;
	size_t i;

	for (i = 0; i < h->sample.nr; i++) {
		const struct vm_sample *v = &h->vms[i];
		const struct decision *d = &h->d[i];
		uint64_t most = v->block ? v->max - v->max % v->block : 0;

		ceilings += d->ceiling - d->target;
		if (d->target == v->requested)
			continue;
		CHECK_EQ(d->target % v->block, 0);
		CHECK(d->target <= most);
		/* Not lowered below the minimum, which is not above the maximum. */
		CHECK(d->target > v->requested || d->target >= v->min || d->target == most);
		CHECK(d->ceiling >= d->target && d->ceiling <= most);
		CHECK(v->progress != VM_AWAY);
		CHECK(v->reported || v->proposed || v->shrink_silent);
	}
	CHECK(after <= h->sample.pool || after <= before);
	CHECK(ceilings <= h->sample.pool || ceilings <= before);
}

TEST(auto_random_samples)
{
	struct host h;
	size_t i, n;

	srandom(2);
	host_init(&h, 0, 0);
	for (n = 0; n < 200000; n++) {
		h.sample.nr = any(VMS + 1);
		h.sample.pool = any(8) ? any(1024) * 256 * MIB : any_size();
		h.sample.pressure = any(4) ? any(3000) : (uint32_t)any(UINT32_MAX);
		h.sample.now_ms = NOW + any(1000000);
		for (i = 0; i < h.sample.nr; i++) {
			h.vms[i] = any_vm();
			if (any(2))
				memset(&h.states[i], 0, sizeof(h.states[i]));
		}
		host_decide(&h);
		check_decisions(&h);
		for (i = 0; i < h.sample.nr; i++)
			CHECK(strlen(host_text(&h, i)) < DECIDE_TEXT_MAX - 1);
	}
}

/*
 * Guests that do at random what is requested, with needs at random: the pool is kept from
 * the beginning, and no VM is turned around more often than once in DECIDE_SETTLE_MS.
 */
TEST(auto_random_lives)
{
	int64_t grown[VMS], now;
	uint64_t used[VMS];
	struct host h;
	size_t i, n, life;

	srandom(3);
	for (life = 0; life < 100; life++) {
		host_init(&h, VMS, 32 * GIB);
		for (i = 0; i < VMS; i++) {
			h.vms[i] = vm(2 * GIB, 0);
			grown[i] = 0;
			used[i] = GIB;
		}
		for (n = 0; n < 2000; n++) {
			for (i = 0; i < VMS; i++) {
				struct vm_sample *v = &h.vms[i];
				int64_t step = any(512 * MIB);

				if (!any(20))
					used[i] = any(10 * GIB);
				if (v->plugged < v->requested)
					v->plugged += (any(v->requested - v->plugged + 1) / v->block +
						       0) * v->block;
				else if (v->plugged > v->requested && used[i] < v->plugged)
					v->plugged -= any(step + 1) / v->block * v->block %
						      (v->plugged - v->requested + 1);
				v->reclaimable = v->plugged > used[i] ? v->plugged - used[i] : 0;
				v->proposed = v->reclaimable < v->plugged / 16 ?
					      v->requested + 128 * MIB : 0;
				v->progress = v->plugged == v->requested ? VM_DONE :
					      any(5) ? VM_MOVING : VM_STUCK;
			}
			host_decide(&h);
			check_decisions(&h);
			CHECK(charged(&h, true) <= 32 * GIB);
			now = h.sample.now_ms;
			for (i = 0; i < VMS; i++) {
				if (h.d[i].target > h.vms[i].requested + DECIDE_DEAD_BYTES)
					grown[i] = now;
				else if (h.d[i].target < h.vms[i].requested &&
					 h.d[i].reason != DECIDE_CANCEL)
					CHECK(now - grown[i] >= DECIDE_SETTLE_MS ||
					      h.d[i].reason == DECIDE_SHRINK_FULL);
				h.vms[i].requested = h.d[i].target;
			}
			h.sample.now_ms += 500 + any(5000);
		}
	}
}

static int64_t now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return ts.tv_sec * 1000000LL + ts.tv_nsec / 1000;
}

/* The goal is 10 ms; with sanitizers, a slow machine must do with five times that. */
TEST(auto_ten_thousand_vms)
{
	const size_t nr = 10000;
	struct vm_sample *vms = calloc(nr, sizeof(*vms));
	struct vm_state *states = calloc(nr, sizeof(*states));
	struct decision *decisions = calloc(nr, sizeof(*decisions));
	struct decide_room *large = decide_room_new(nr);
	struct sample sample = { .now_ms = NOW, .pool = 3 * nr * GIB, .vms = vms, .nr = nr };
	struct decide_totals totals;
	int64_t best = INT64_MAX, start, took;
	size_t i, n;

	if (!vms || !states || !decisions || !large)
		abort();
	srandom(4);
	for (i = 0; i < nr; i++) {
		vms[i] = vm((1 + any(6)) * GIB, any(4) * GIB);
		vms[i].weight = 1 + any(1000);
		vms[i].proposed = any(2) ? vms[i].requested + 128 * MIB : 0;
	}
	for (n = 0; n < 5; n++) {
		start = now_us();
		decide(states, &sample, decisions, &totals, large);
		took = now_us() - start;
		best = took < best ? took : best;
	}
	ktap_say("decide() took %lld us for %zu VMs", (long long)best, nr);
	EXPECT("it is fast", best < 50000);
	free(vms);
	free(states);
	free(decisions);
	decide_room_free(large);
}
