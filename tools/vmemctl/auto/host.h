/* SPDX-License-Identifier: GPL-2.0 */
/* What the kernel tells of the host's memory. */
#ifndef VMEMCTL_AUTO_HOST_H
#define VMEMCTL_AUTO_HOST_H

#include "fleet.h"

/*
 * Fills in time, pressure, total and available. Without /proc/pressure/memory the
 * pressure is 0. Returns 0, or a negative errno after saying what cannot be read.
 */
int host_read(struct fleet_host *host);

/*
 * A file that poll() reports POLLPRI for, at once when tasks of the host have waited for
 * memory for 150 ms within 2 s. Returns its descriptor, or a negative errno.
 */
int host_open_pressure(void);

/* For tests, from the contents of the files; -EBADMSG if these are something else. */
int host_parse_meminfo(struct fleet_host *host, const char *text);
int host_parse_pressure(struct fleet_host *host, const char *text);

#endif /* VMEMCTL_AUTO_HOST_H */
