// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stddef.h>

#include "ktap.h"
#include "vmemctl.h"
#include "wait.h"

#define M (1ULL << 20)
#define G (1ULL << 30)

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

TEST(wait_decide)
{
	static const struct {
		const char *what;
		struct wait_state state;
		enum wait_decision decision;
		int status;
		const char *text;
	} cases[] = {
		{ "reached",
		  { .target = 2 * G, .requested = 2 * G, .plugged = 2 * G,
		    .elapsed_ms = 1250, .timeout_ms = -1 },
		  WAIT_REACHED, 0, "vm1: 2 GiB plugged after 1.2 s" },
		{ "reached though the time is over",
		  { .target = 2 * G, .requested = 2 * G, .plugged = 2 * G,
		    .elapsed_ms = 5000, .timeout_ms = 5000 },
		  WAIT_REACHED, 0, "vm1: 2 GiB plugged after 5 s" },
		{ "reached though interrupted",
		  { .target = 0, .timeout_ms = -1, .interrupted = true },
		  WAIT_REACHED, 0, "vm1: 0 B plugged after 0 s" },
		{ "more, for ever",
		  { .target = 2 * G, .requested = 2 * G, .plugged = 512 * M,
		    .elapsed_ms = 100LL * 86400 * 1000, .timeout_ms = -1 },
		  WAIT_MORE, 0,
		  "vm1: 512 MiB of 2 GiB plugged after 2400 h 0 min; 1.5 GiB left" },
		{ "more",
		  { .target = 2 * G, .requested = 2 * G, .plugged = 2 * G - 2 * M,
		    .elapsed_ms = 29999, .timeout_ms = 30000 },
		  WAIT_MORE, 0, "vm1: 2046 MiB of 2 GiB plugged after 29 s; 2 MiB left" },
		{ "timeout",
		  { .target = 2 * G, .requested = 2 * G, .plugged = 1536 * M,
		    .elapsed_ms = 30000, .timeout_ms = 30000 },
		  WAIT_TIMEOUT, 3,
		  "vm1: 1.5 GiB of 2 GiB plugged after 30 s; 512 MiB left" },
		{ "timeout of 0",
		  { .target = 2 * G, .requested = 2 * G },
		  WAIT_TIMEOUT, 3, "vm1: 0 B of 2 GiB plugged after 0 s; 2 GiB left" },
		{ "timeout, shrinking",
		  { .target = 2 * G, .requested = 2 * G, .plugged = 3 * G,
		    .elapsed_ms = 125000, .timeout_ms = 120000 },
		  WAIT_TIMEOUT, 3,
		  "vm1: 3 GiB still plugged after 2 min 5 s, 2 GiB requested; 1 GiB left to unplug" },
		{ "changed",
		  { .target = 2 * G, .requested = 4 * G, .plugged = 1 * G,
		    .elapsed_ms = 1000, .timeout_ms = -1 },
		  WAIT_CHANGED, 3,
		  "vm1: somebody else has changed the requested size from 2 GiB to 4 GiB; 1 GiB plugged after 1 s" },
		{ "changed, though what we wanted is plugged",
		  { .target = 2 * G, .requested = 4 * G, .plugged = 2 * G,
		    .timeout_ms = -1 },
		  WAIT_CHANGED, 3,
		  "vm1: somebody else has changed the requested size from 2 GiB to 4 GiB; 2 GiB plugged after 0 s" },
		{ "gone",
		  { .target = 2 * G, .requested = 2 * G, .plugged = 1 * G,
		    .elapsed_ms = 65000, .timeout_ms = 1000, .gone = true,
		    .interrupted = true },
		  WAIT_GONE, 4,
		  "vm1: the region is gone, with 1 GiB of 2 GiB plugged after 1 min 5 s" },
		{ "gone with everything plugged",
		  { .target = 2 * G, .requested = 2 * G, .plugged = 2 * G,
		    .timeout_ms = -1, .gone = true },
		  WAIT_GONE, 4,
		  "vm1: the region is gone, with 2 GiB of 2 GiB plugged after 0 s" },
		{ "nobody is there, for a while",
		  { .target = 2 * G, .requested = 2 * G, .plugged = 1 * G,
		    .elapsed_ms = 100000, .timeout_ms = -1, .hopeless_ms = 29999 },
		  WAIT_MORE, 0, "vm1: 1 GiB of 2 GiB plugged after 1 min 40 s; 1 GiB left" },
		{ "nobody is there, for too long",
		  { .target = 2 * G, .requested = 2 * G, .plugged = 1 * G,
		    .elapsed_ms = 100000, .timeout_ms = -1, .hopeless_ms = 30000,
		    .reason = "no driver" },
		  WAIT_HOPELESS, 3,
		  "vm1: 1 GiB of 2 GiB plugged after 1 min 40 s; 1 GiB left: no driver; use --timeout none to wait all the same" },
		{ "nobody is there, but we insist",
		  { .target = 2 * G, .requested = 2 * G, .plugged = 1 * G,
		    .elapsed_ms = 100000, .timeout_ms = -1, .hopeless_ms = 90000,
		    .insist = true },
		  WAIT_MORE, 0, "vm1: 1 GiB of 2 GiB plugged after 1 min 40 s; 1 GiB left" },
		{ "interrupted",
		  { .target = 2 * G, .requested = 2 * G, .plugged = 1 * G,
		    .elapsed_ms = 500, .timeout_ms = 100, .interrupted = true },
		  WAIT_INTERRUPTED, 130,
		  "vm1: 1 GiB of 2 GiB plugged after 0.5 s; 1 GiB left" },
	};
	enum wait_decision decision;
	char text[WAIT_TEXT_MAX];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		decision = wait_decide(&cases[i].state);
		EXPECT_EQ(cases[i].what, decision, cases[i].decision);
		EXPECT_EQ(cases[i].what, wait_status(decision), cases[i].status);
		EXPECT_TEXT(cases[i].what,
			    wait_text(text, "vm1", &cases[i].state, decision),
			    cases[i].text);
	}
}

/* Time counts only while nobody is there. */
TEST(wait_hope)
{
	struct wait_state state = { 0 };

	wait_note_hope(&state, true, 20000);
	EXPECT_EQ("hopeless", state.hopeless_ms, 20000);
	wait_note_hope(&state, false, 25000);
	EXPECT_EQ("hopeless", state.hopeless_ms, 0);
	wait_note_hope(&state, true, 26000);
	wait_note_hope(&state, true, 27000);
	EXPECT_EQ("hopeless", state.hopeless_ms, 2000);
	EXPECT_EQ("elapsed", state.elapsed_ms, 27000);
}

TEST(wait_sleep)
{
	static const struct {
		int64_t elapsed, timeout;
		int ms;
	} cases[] = {
		{ 0, -1, 1000 },
		{ 1000000, -1, 1000 },
		{ 0, 5000, 1000 },
		{ 4500, 5000, 500 },
		{ 4999, 5000, 1 },
		{ 5000, 5000, 0 },
		{ 6000, 5000, 0 },
		{ 0, 1000000000000LL, 1000 },
	};
	struct wait_state state = { 0 };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		state.elapsed_ms = cases[i].elapsed;
		state.timeout_ms = cases[i].timeout;
		EXPECT_EQ("sleep", wait_sleep_ms(&state), cases[i].ms);
	}
}

TEST(wait_timeout)
{
	static const struct {
		const char *text;
		int64_t ms;	/* < 0: refused */
	} cases[] = {
		{ "0", 0 },
		{ "30", 30000 },
		{ "30s", 30000 },
		{ "0.5", 500 },
		{ "1.5m", 90000 },
		{ "2h", 7200000 },
		{ "0.0015", 1 },
		{ "500ms", 500 },
		{ "0ms", 0 },
		{ "1.9ms", 1 },
		{ "86400000ms", 86400000 },
		{ "0.1234567890123456789s", 123 },
		{ "1000000000", 1000000000000LL },
		{ "", -1 },
		{ "s", -1 },
		{ "-1", -1 },
		{ "+1", -1 },
		{ ".5", -1 },
		{ "1.", -1 },
		{ "1.s", -1 },
		{ "1d", -1 },
		{ "1m s", -1 },
		{ "1s m", -1 },
		{ "1sm", -1 },
		{ "1msm", -1 },
		{ "1Ms", -1 },
		{ "1000000001ms", -1 },
		{ "1 s", -1 },
		{ "1h30", -1 },
		{ "inf", -1 },
		{ "1000000001", -1 },
		{ "1000000000h", -1 },
		{ "99999999999999999999999999", -1 },
	};
	int64_t ms;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		ms = -1;
		EXPECT_EQ(cases[i].text, time_parse(cases[i].text, &ms),
			  cases[i].ms < 0 ? -EINVAL : 0);
		EXPECT_EQ(cases[i].text, ms, cases[i].ms);
	}
}
