/* SPDX-License-Identifier: GPL-2.0 */
/*
 * When 'vmemctl resize --wait' ends, and what it prints then. Pure functions;
 * resize.c does the waiting.
 */
#ifndef VMEMCTL_WAIT_H
#define VMEMCTL_WAIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A lost event delays progress by at most this much. */
#define WAIT_POLL_MS	1000

/* How long the wait may look hopeless before it ends. */
#define WAIT_HOPELESS_MS	30000

#define WAIT_TEXT_MAX	512

enum wait_decision {
	WAIT_MORE,
	WAIT_REACHED,
	WAIT_TIMEOUT,
	WAIT_CHANGED,
	WAIT_GONE,
	WAIT_INTERRUPTED,
	WAIT_HOPELESS,
};

struct wait_state {
	uint64_t target;	/* the requested size that was set */
	uint64_t requested;	/* as of the last message of the kernel */
	uint64_t plugged;
	int64_t elapsed_ms;
	int64_t timeout_ms;	/* < 0: for ever */
	int64_t hopeless_ms;	/* how long nobody has been able to do it */
	bool insist;		/* wait even if it looks hopeless */
	const char *reason;	/* why it is not done; or NULL */
	bool gone;
	bool interrupted;
};

enum wait_decision wait_decide(const struct wait_state *state);

/* Notes whether it looks hopeless at @now_ms after the start. */
void wait_note_hope(struct wait_state *state, bool hopeless, int64_t now_ms);

/* The exit status of vmemctl for a decision that is not WAIT_MORE. */
int wait_status(enum wait_decision decision);

/* Maximum time to sleep until the next look at the region, in milliseconds. */
int wait_sleep_ms(const struct wait_state *state);

/* One line about the region called @title; @buf has WAIT_TEXT_MAX bytes. */
char *wait_text(char *buf, const char *title, const struct wait_state *state,
		enum wait_decision decision);

#endif /* VMEMCTL_WAIT_H */
