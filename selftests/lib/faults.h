/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Failures of allocations and copies, by the kernel's fault injection: the n-th one of a
 * task, or some of those of chosen tasks. See the kernel's
 * Documentation/fault-injection/fault-injection.rst.
 */
#ifndef _SELFTESTS_FAULTS_H
#define _SELFTESTS_FAULTS_H

#include <stdbool.h>

/*
 * Kinds of failures. Slab allocates pages whenever it happens to need them, so each
 * kind is counted alone; otherwise failures of another kind would be skipped by chance.
 */
enum fault_kind { SLAB, PAGES, USERCOPY, FAULT_KINDS };

extern const char *const fault_attr[FAULT_KINDS];
/* The errno with which a call should fail. */
extern const int fault_error[FAULT_KINDS];

/* --- the n-th one of a task --- */

/* Skips the test on a kernel without fault injection. */
void fault_init(void);
/* Only this kind fails from now on; with FAULT_KINDS, all do. */
void fault_select(enum fault_kind kind);
/* The fail-nth file of the calling task. */
int fault_open(void);
/* Make the n-th possible failure of a task happen. */
void fault_arm(int fd, unsigned int n);
/* Disarm; returns whether the failure has happened. */
bool fault_disarm(int fd);

/* --- some of those of chosen tasks --- */

/*
 * From now on one of a hundred allocations of each chosen task fails, by slab or by pages.
 * Returns false on a kernel without fault injection.
 */
bool fault_chance_begin(void);
void fault_chance_end(void);
/*
 * The make-it-fail file of a thread of this process. Threads that it starts are chosen as
 * it is.
 */
int fault_chance_open(const char *thread);
/* Choose the task of such a file, or do not any more. */
void fault_chance(int fd, bool chosen);

#endif /* _SELFTESTS_FAULTS_H */
