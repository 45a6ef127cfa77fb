// SPDX-License-Identifier: GPL-2.0
/*
 * The clock of the fake kernel, see "clock" and "sigint" in fake_regions.h: what is tested
 * with it does not depend on how fast the machine is.
 */
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "fake_regions.h"

#define NS_IN_S		1000000000LL
/* What an event costs: who gets one after the other does not wait for ever. */
#define NS_OF_EVENT	1000000

static int64_t now_ns = 1000 * NS_IN_S;

/* The program sleeps with nothing to wait for: what comes is a signal, or the time's end. */
static void sleep_for(int64_t ns)
{
	static bool told;

	if (plays("sigint") && !told) {
		told = true;
		kill(getpid(), SIGINT);
	} else if (ns > 0) {
		now_ns += ns;
	}
}

/* In place of libc's. */

int clock_gettime(clockid_t clock, struct timespec *ts)
{
	if (clock != CLOCK_MONOTONIC || !plays("clock"))
		return syscall(SYS_clock_gettime, clock, ts);
	*ts = (struct timespec){ .tv_sec = now_ns / NS_IN_S, .tv_nsec = now_ns % NS_IN_S };
	return 0;
}

int ppoll(struct pollfd *fds, nfds_t nr, const struct timespec *time, const sigset_t *mask)
{
	const struct timespec none = { 0 };
	bool fake = plays("clock") || plays("sigint");
	int ret;

	if (!fake)
		return syscall(SYS_ppoll, fds, nr, time, mask, NSIG / 8);
	ret = syscall(SYS_ppoll, fds, nr, &none, NULL, NSIG / 8);
	if (ret) {
		now_ns += NS_OF_EVENT;
		return ret;
	}
	sleep_for(time->tv_sec * NS_IN_S + time->tv_nsec);
	/* A signal that was blocked comes now. */
	return syscall(SYS_ppoll, fds, nr, &none, mask, NSIG / 8);
}

int poll(struct pollfd *fds, nfds_t nr, int ms)
{
	int ret;

	if (!plays("sigint"))
		return syscall(SYS_poll, fds, nr, ms);
	ret = syscall(SYS_poll, fds, nr, 0);
	if (!ret && ms)
		sleep_for(0);
	return ret;
}
