/* SPDX-License-Identifier: GPL-2.0 */
/* The jobs of the fake kernel; see fake_kernel.c. */
#ifndef VMEMCTL_FAKE_JOBS_H
#define VMEMCTL_FAKE_JOBS_H

#include <stdbool.h>
#include <stdint.h>

#include <netlink/msg.h>

#include "job.h"
#include "region.h"

/* @jobs: there are some; @none: there are none, but the module has jobs. */
void fake_jobs_load(struct region *regions, bool jobs, bool none);

/* In the order in which they began; NULL behind the last. */
const struct job *fake_job_nth(int n);
const struct job *fake_job_find(uint64_t id);
const struct job *fake_job_last(uint32_t region);
/* A message with it; not freed. */
struct nl_msg *fake_job_message(const struct job *job);

/* A size is about to be requested. @note: may be NULL. */
void fake_job_set(struct region *region, uint64_t target, uint32_t origin,
		  const char *note);
/* The plugged size may have changed. */
void fake_job_look(struct region *region);
/* Requests another size. False if the job has ended. */
bool fake_job_cancel(struct region *region, uint64_t id, bool revert);

#endif /* VMEMCTL_FAKE_JOBS_H */
