/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a guest wishes, what it says of itself, and what becomes of that, in words.
 * Each function writes what the kernel told to @buf, which has WISH_TEXT_MAX bytes,
 * and returns it: "" if that was nothing.
 */
#ifndef VMEMCTL_WISH_H
#define VMEMCTL_WISH_H

#include "region.h"

#define WISH_TEXT_MAX	256

/* "ask", "grant up to 4 GiB, by 256 MiB, every 1 s" */
char *wish_policy(char *buf, const struct region *region);

/* The part after "grant", whatever the policy is. */
char *wish_grant_terms(char *buf, const struct region *region);

/* "2 GiB, memory is short, 3 s ago", and the same with ": later" */
char *wish_size(char *buf, const struct region *region);
char *wish_answered(char *buf, const struct region *region);

/* "denied"; "unknown (7)" for a verdict that is newer than this program. */
char *wish_verdict(char *buf, const struct region *region);

/* "moving: it moves away what is in use; it could give back 512 MiB" */
char *wish_status(char *buf, const struct region *region);

/* "pages of 4 KiB, blocks of 128 MiB", and the other hints */
char *wish_hints(char *buf, const struct region *region);

/* What is new of all that, for an event: "wishes 2 GiB: later; policy ask" */
char *wish_event(char *buf, const struct region *region);

/* What keeps the guest from having what is requested; NULL: it names nothing. */
const char *wish_obstacle(const struct region *region);

#endif /* VMEMCTL_WISH_H */
