/* SPDX-License-Identifier: GPL-2.0 */
/*
 * When 'vmemctl resize --wait' ends, and what it says then. Pure functions;
 * resize.c does the waiting.
 */
#ifndef VMEMCTL_WAIT_H
#define VMEMCTL_WAIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A lost event delays progress by that much at most. */
#define WAIT_POLL_MS	1000

/* For that long it may look as if the wait was in vain. */
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
	int64_t hopeless_ms;	/* for that long nobody has been there to do it */
	bool insist;		/* wait nevertheless */
	const char *reason;	/* why it is not done; or NULL */
	bool gone;
	bool interrupted;
};

enum wait_decision wait_decide(const struct wait_state *state);

/* It is @now_ms after the start: can the guest do it, as it is now? */
void wait_note_hope(struct wait_state *state, bool hopeless, int64_t now_ms);

/* The exit status of vmemctl for a decision that is not WAIT_MORE. */
int wait_status(enum wait_decision decision);

/* Milliseconds to sleep at most until the next look at the region. */
int wait_sleep_ms(const struct wait_state *state);

/* One line about the region called @title; @buf has WAIT_TEXT_MAX bytes. */
char *wait_text(char *buf, const char *title, const struct wait_state *state,
		enum wait_decision decision);

/* Reads 30, 1.5m, 2h or 500ms. Returns 0 or -EINVAL. */
int wait_parse_time(const char *text, int64_t *ms);

/* "0.4 s", "12 s", "2 min 5 s", "1 h 2 min"; @buf has 32 bytes. */
char *wait_duration(char *buf, int64_t ms);

#endif /* VMEMCTL_WAIT_H */
