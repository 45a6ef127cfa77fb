/* SPDX-License-Identifier: GPL-2.0 */
/* What commands share that name a job, or a region whose job is meant. */
#ifndef VMEMCTL_JOBS_H
#define VMEMCTL_JOBS_H

#include "command.h"
#include "job.h"

/* Widths of the columns that were printed so far; begins as { 0 }. */
#define JOB_COLUMNS	11
struct job_table {
	int widths[JOB_COLUMNS];
	bool titles;	/* were printed */
};

/* Prints rows for @nr jobs, as wide as those before; below a line with titles. */
void job_rows(FILE *file, struct job_table *table, const struct job *jobs, size_t nr);

/* Prints @nr jobs as one JSON object. */
void job_json(FILE *file, const struct job *jobs, size_t nr);

/*
 * Gets job @id. Returns an exit status, after saying what is wrong if it is not
 * STATUS_OK.
 */
int select_job(struct vnl *nl, uint64_t id, struct job *job);

#endif /* VMEMCTL_JOBS_H */
