/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Processes that a test of races runs beside what it tests: a peer stalls in the kernel,
 * or is in the middle of a long request, and is killed at some moment of that.
 */
#ifndef _SELFTESTS_PEER_H
#define _SELFTESTS_PEER_H

#include "device.h"

/**
 * enum peer_kind - what a peer does until it is killed
 * @PEER_STALLS_IN_IOCTL: It passes memory whose page faults do not end to an ioctl of
 *	the device that it was given. Nothing of that device changes.
 * @PEER_STALLS_WORKER: The worker of its own device stalls, in such a ring.
 * @PEER_PLUGS_BY_IOCTL: It plugs 128 MiB of preallocated memory of its own device.
 * @PEER_PLUGS_BY_QUEUE: Its guest does.
 */
enum peer_kind {
	PEER_STALLS_IN_IOCTL,
	PEER_STALLS_WORKER,
	PEER_PLUGS_BY_IOCTL,
	PEER_PLUGS_BY_QUEUE,
	PEER_KINDS
};

/*
 * Run a peer and kill it, at a moment that follows from @random within a fifth of a
 * second. Returns NULL when it was gone soon, and with it its own region; otherwise what
 * is wrong. May be called by several threads.
 */
const char *peer_run(enum peer_kind kind, int fd, uint64_t random);

#endif /* _SELFTESTS_PEER_H */
