/* SPDX-License-Identifier: GPL-2.0 */
/*
 * In words: why a guest does not have what is requested, as the host observes it
 * (progress_*()), and what the guest reports and what is decided on that
 * (proposal_*()).
 */
#ifndef VMEMCTL_EXPLAIN_H
#define VMEMCTL_EXPLAIN_H

#include <stdbool.h>

#include "region.h"

/* NULL: there is nothing to explain, or this program does not know the reason. */
const char *progress_reason(const struct region *region);

/* Likewise; also NULL if the guest may be about to do what is requested. */
const char *progress_obstacle(const struct region *region);

/* Can nobody do what is requested, as things are now? */
bool progress_is_hopeless(const struct region *region);

/* Does the limit keep anybody from requesting more than is, or the guest's proposal? */
bool limit_binds(const struct region *region);

/*
 * Each of these writes to @buf, which has PROPOSAL_TEXT_MAX bytes, and returns it:
 * "" if the kernel sent nothing about it.
 */
#define PROPOSAL_TEXT_MAX	256

/*
 * In few words, for a table: "at limit; guest stalled, says not-online; 2 MiB not free
 * yet". "" if the guest has what is requested and nothing else is to be said.
 */
char *progress_short(char *buf, const struct region *region);

/* "manual", "auto up to 4 GiB, by 256 MiB, every 1 s" */
char *proposal_policy(char *buf, const struct region *region);

/* The part after "auto", whatever the policy is. */
char *proposal_grant_terms(char *buf, const struct region *region);

/* "2 GiB, memory is short, 3 s ago", and the same with ": pending" */
char *proposed_size(char *buf, const struct region *region);
char *proposal_answered(char *buf, const struct region *region);

/* "denied"; "unknown (7)" for a decision that is newer than this program. */
char *proposal_decision(char *buf, const struct region *region);

/* "moving: it is moving data out of memory to give back; it could give back 512 MiB" */
char *proposal_status(char *buf, const struct region *region);

/* "pages of 4 KiB, blocks of 128 MiB" and so on: all hints */
char *proposal_hints(char *buf, const struct region *region);

/* All of that which changes, for an event: "proposes 2 GiB: pending; policy manual" */
char *proposal_event(char *buf, const struct region *region);

/* What keeps the guest from having what is requested; NULL: it reports nothing. */
const char *proposal_obstacle(const struct region *region);

#endif /* VMEMCTL_EXPLAIN_H */
