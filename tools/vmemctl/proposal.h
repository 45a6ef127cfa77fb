/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a guest proposes, what it says of itself, and what becomes of that, in words.
 * Each function writes what the kernel told to @buf, which has PROPOSAL_TEXT_MAX bytes,
 * and returns it: "" if that was nothing.
 */
#ifndef VMEMCTL_PROPOSAL_H
#define VMEMCTL_PROPOSAL_H

#include "region.h"

#define PROPOSAL_TEXT_MAX	256

/* "manual", "auto up to 4 GiB, by 256 MiB, every 1 s" */
char *proposal_policy(char *buf, const struct region *region);

/* The part after "auto", whatever the policy is. */
char *proposal_grant_terms(char *buf, const struct region *region);

/* "2 GiB, memory is short, 3 s ago", and the same with ": pending" */
char *proposed_size(char *buf, const struct region *region);
char *proposal_answered(char *buf, const struct region *region);

/* "denied"; "unknown (7)" for a decision that is newer than this program. */
char *proposal_decision(char *buf, const struct region *region);

/* "moving: it moves away what is in use; it could give back 512 MiB" */
char *proposal_status(char *buf, const struct region *region);

/* "pages of 4 KiB, blocks of 128 MiB", and the other hints */
char *proposal_hints(char *buf, const struct region *region);

/* What is new of all that, for an event: "proposes 2 GiB: pending; policy manual" */
char *proposal_event(char *buf, const struct region *region);

/* What keeps the guest from having what is requested; NULL: it names nothing. */
const char *proposal_obstacle(const struct region *region);

#endif /* VMEMCTL_PROPOSAL_H */
