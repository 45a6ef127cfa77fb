/* SPDX-License-Identifier: GPL-2.0 */
/* Jobs: from messages, their names, lists of them. */
#ifndef VMEMCTL_JOB_H
#define VMEMCTL_JOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/netlink.h>

#include "attrs.h"
#include "nl.h"

struct job_list {
	struct job *jobs;
	size_t nr;
};

static inline bool job_has(const struct job *job, int attr)
{
	return job->present & 1ULL << attr;
}

/* Has the job ended? A state that is newer than this program counts as an end. */
bool job_has_ended(const struct job *job);

/* "j17", and nothing else, is a job. Returns whether it is one, with its number. */
bool job_parse(const char *text, uint64_t *id);

/* The region of a job, made safe to print: its name, or "region 3". */
char *job_title(char *buf, size_t size, const struct job *job);

/* Who has started it, made safe to print: "qemu/1234", "-" if nothing is known. */
char *job_by(char *buf, size_t size, const struct job *job);

#define JOB_TEXT_MAX	1024

/*
 * A job that has ended as part of a line, "j17 superseded (stalled): 1 GiB to 3 GiB, 2 GiB
 * plugged; by admin, vmemctl/99; note", in @buf of JOB_TEXT_MAX bytes. Returns it.
 */
char *job_ended(char *buf, const struct job *job);

/*
 * Fills @job from a message of the family. Returns 0, or -EBADMSG if an attribute is
 * malformed or there is no id.
 */
int job_decode(struct job *job, struct nlmsghdr *nlh);

void job_list_free(struct job_list *list);

/* The functions of nl.h for jobs. -ENOENT: there is no such job. */
int vnl_job_get(struct vnl *nl, uint64_t id, struct job *job);
/* -ENOENT: it has ended. */
int vnl_job_cancel(struct vnl *nl, uint64_t id, bool revert, struct job *job);
/* Those of a region, or with 0 of all; in the order in which they began. */
int vnl_job_dump(struct vnl *nl, uint32_t region, struct job_list *list);

#endif /* VMEMCTL_JOB_H */
