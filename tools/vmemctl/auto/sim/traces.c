// SPDX-License-Identifier: GPL-2.0
/* What guests need over time: two hours each, from a fixed seed. */
#include <math.h>

#include "sim.h"

#define SECONDS		1000
#define MINUTES		(60 * SECONDS)

/* Of guest @i and the period @n of the trace, the same in each step: 0 to @below - 1. */
static uint64_t fixed(int i, int64_t n, uint64_t below)
{
	uint64_t x = (uint64_t)n * 0x9e3779b97f4a7c15ULL + (uint64_t)i * 0xbf58476d1ce4e5b9ULL + 1;

	x ^= x >> 30;
	x *= 0xbf58476d1ce4e5b9ULL;
	x ^= x >> 27;
	x *= 0x94d049bb133111ebULL;
	x ^= x >> 31;
	return x % below;
}

static uint64_t gib(double n)
{
	return n <= 0 ? 0 : (uint64_t)(n * SIM_GIB);
}

/* A value that wanders by +-@part of itself, anew each two seconds. */
static double noisy(const struct sim_host *host, int i, double value, double part)
{
	double r = fixed(i, host->now_ms / (2 * SECONDS), 2001);

	return value * (1 + part * (r - 1000) / 1000);
}

/* 0 to 1 in the first @rise ms of a burst of @length ms, 0 after it. */
static double shape(int64_t at, int64_t rise, int64_t length)
{
	if (at < 0 || at >= length)
		return 0;
	return at < rise ? (double)at / rise : 1;
}

/* A burst of 2 to 8 GiB for one to four minutes in each ten. */
static uint64_t bursts(const struct sim_host *host, int i, bool *away)
{
	int64_t period = host->now_ms / (10 * MINUTES), at = host->now_ms % (10 * MINUTES);
	int64_t start = fixed(i, period * 3, 6 * MINUTES);
	int64_t length = MINUTES + fixed(i, period * 3 + 1, 3 * MINUTES);
	double size = 2 + fixed(i, period * 3 + 2, 600) / 100.0;

	(void)away;
	return gib(noisy(host, i, 2, 0.02) + size * shape(at - start, 5 * SECONDS, length));
}

/* A day in two hours; one half of the guests works when the other does not. */
static uint64_t diurnal(const struct sim_host *host, int i, bool *away)
{
	double t = (double)host->now_ms / (SIM_MINUTES * MINUTES) + (i % 2) * 0.5 + i * 0.01;

	(void)away;
	return gib(noisy(host, i, 4.5 - 3 * cos(2 * M_PI * t), 0.02));
}

static uint64_t steady(const struct sim_host *host, int i, bool *away)
{
	(void)away;
	return gib(noisy(host, i, 3 + i % 3, 0.04));
}

/* One guest takes all that it can get; the others have bursts now and then. */
static uint64_t greedy(const struct sim_host *host, int i, bool *away)
{
	int64_t period = host->now_ms / (12 * MINUTES), at = host->now_ms % (12 * MINUTES);
	int64_t start = fixed(i, period, 8 * MINUTES);

	(void)away;
	if (!i)
		return 16 * SIM_GIB;
	return gib(noisy(host, i, 3, 0.03) + 2 * shape(at - start, 5 * SECONDS, 3 * MINUTES));
}

/* More than there is, for half of the time. */
static uint64_t overcommit(const struct sim_host *host, int i, bool *away)
{
	double t = (double)host->now_ms / (30 * MINUTES) + i * 0.03;

	(void)away;
	return gib(noisy(host, i, 3.5 + i % 4 + 0.8 * sin(2 * M_PI * t), 0.02));
}

/* Guests reboot one by one, and twice six of them at once. */
static uint64_t reboots(const struct sim_host *host, int i, bool *away)
{
	int64_t at = (host->now_ms + i * 75 * SECONDS) % (15 * MINUTES);
	int64_t storm = host->now_ms % (60 * MINUTES) - 40 * MINUTES;

	if (i % 2 && storm >= 0 && storm < 2 * MINUTES)
		at = storm;
	*away = host->now_ms > MINUTES && at < 30 * SECONDS;
	return gib(noisy(host, i, 1 + (2.5 + i % 3) * fmin(1, (at - 30.0 * SECONDS) / MINUTES),
			 0.02));
}

/* Jobs of 6 GiB, four minutes each, that move from guest to guest. */
static uint64_t jobs(const struct sim_host *host, int i, bool *away)
{
	int64_t slot = host->now_ms / (4 * MINUTES), at = host->now_ms % (4 * MINUTES);
	bool works = (slot + i) % 3 == 0 && fixed(i, slot, 4);

	(void)away;
	return gib(noisy(host, i, 2, 0.02) +
		   (works ? 6 * shape(at, 10 * SECONDS, 230 * SECONDS) : 0));
}

const struct sim_trace sim_traces[] = {
	{ "bursts", "each guest needs 2 to 8 GiB more for some minutes of each ten",
	  64 * SIM_GIB, bursts },
	{ "diurnal", "a day in two hours, half of the guests by night", 64 * SIM_GIB, diurnal },
	{ "steady", "constant but for noise of 4 %", 64 * SIM_GIB, steady },
	{ "greedy", "one guest takes what it can get", 64 * SIM_GIB, greedy },
	{ "overcommit", "all together need up to a tenth more than there is", 64 * SIM_GIB,
	  overcommit },
	{ "reboots", "guests reboot, twice six at a time", 64 * SIM_GIB, reboots },
	{ "jobs", "jobs of 6 GiB move from guest to guest", 48 * SIM_GIB, jobs },
	{ 0 },
};
