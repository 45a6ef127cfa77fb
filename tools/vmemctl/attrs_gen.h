/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Written by scripts/regen-netlink from Documentation/netlink/specs/vhost_mem.yaml.
 * Do not edit.
 */

#ifndef VMEMCTL_ATTRS_GEN_H
#define VMEMCTL_ATTRS_GEN_H

#include <stdbool.h>
#include <stdint.h>

/* More than the specification allows; what is longer gets cut. */
#define REGION_STRING_MAX	128

/* A job as the kernel described it in one message. */
struct job {
	uint64_t present;		/* bit n: attribute n was in the message */
	uint64_t id;
	uint32_t region;
	char name[REGION_STRING_MAX];
	uint32_t origin;		/* enum origin */
	uint32_t pid;
	char comm[REGION_STRING_MAX];
	char note[REGION_STRING_MAX];
	uint64_t from;			/* bytes */
	uint64_t target;		/* bytes */
	uint64_t plugged_before;	/* bytes */
	uint64_t plugged;		/* bytes */
	uint32_t state;			/* enum job-state */
	uint32_t reason;		/* enum progress */
	uint64_t started_ago;		/* ms */
	uint64_t ended_ago;		/* ms */
	bool revert;
};

/* A region as the kernel described it in one message. */
struct region {
	uint64_t present;		/* bit n: attribute n was in the message */
	uint32_t id;
	char name[REGION_STRING_MAX];
	uint32_t pid;
	char comm[REGION_STRING_MAX];
	uint32_t state;			/* enum state */
	uint32_t unplugged;		/* enum unplugged */
	uint32_t node;
	uint64_t addr;			/* guest physical */
	uint64_t block_size;		/* bytes */
	uint64_t size;			/* bytes */
	uint64_t usable_size;		/* bytes */
	uint64_t requested_size;	/* bytes */
	uint64_t plugged_size;		/* bytes */
	uint64_t backed_size;		/* bytes */
	uint64_t requests;
	uint64_t refused_faults;
	uint64_t limit;			/* bytes */
	uint64_t violation_addr;	/* guest physical */
	uint32_t violation_access;	/* enum access */
	uint32_t progress;		/* enum progress */
	uint64_t requested_ago;		/* ms */
	uint64_t request_ago;		/* ms */
	uint32_t policy;		/* enum policy */
	uint64_t policy_max;		/* bytes */
	uint64_t policy_step;		/* bytes */
	uint64_t policy_interval;	/* ms */
	uint64_t proposed_size;		/* bytes */
	uint32_t proposal_reason;	/* enum reason */
	uint64_t proposal_ago;		/* ms */
	uint32_t proposal_decision;	/* enum decision */
	uint32_t guest_status;		/* enum guest-status */
	uint64_t guest_reclaimable;	/* bytes */
	uint64_t hint_page_size;	/* bytes */
	uint64_t hint_block_size;	/* bytes */
	uint64_t hint_align;		/* bytes */
	uint64_t hint_addr_limit;	/* guest physical */
	uint64_t limbo_size;		/* bytes */
	bool leaving;
	uint64_t expected_requested_size;	/* bytes */
	uint64_t sequence;
	uint64_t job;
	char note[REGION_STRING_MAX];
	struct job ended_job;
	char pool[REGION_STRING_MAX];
	uint64_t reserved;		/* bytes */
	uint64_t minimum;		/* bytes */
	uint64_t charged;		/* bytes */
	uint32_t rules;
	uint64_t page_size;		/* bytes */
	bool pages_reserved;
};

/* A pool as the kernel described it in one message. */
struct pool {
	uint64_t present;		/* bit n: attribute n was in the message */
	char name[REGION_STRING_MAX];
	uint64_t size;			/* bytes */
	bool unlimited;
	uint64_t charged;		/* bytes */
	uint64_t reserved;		/* bytes */
	uint64_t earmarked;		/* bytes */
	uint64_t over;			/* bytes */
	uint32_t regions;
	uint32_t waiting;
	uint64_t leased;		/* bytes */
	uint32_t leases;
};

/* A lease as the kernel described it in one message. */
struct lease {
	uint64_t present;		/* bit n: attribute n was in the message */
	uint64_t number;
	char name[REGION_STRING_MAX];
	char pool[REGION_STRING_MAX];
	uint64_t size;			/* bytes */
	uint32_t user;
	uint64_t time;			/* ms */
	uint64_t expires_in;		/* ms */
};

/* A defaults as the kernel described it in one message. */
struct defaults {
	uint64_t present;		/* bit n: attribute n was in the message */
	uint64_t limit;			/* bytes */
	uint64_t minimum;		/* bytes */
	char pool[REGION_STRING_MAX];
	uint32_t policy;		/* enum policy */
	uint64_t policy_max;		/* bytes */
	uint64_t policy_step;		/* bytes */
	uint64_t policy_interval;	/* ms */
};

/* A stats as the kernel described it in one message. */
struct stats {
	uint64_t present;		/* bit n: attribute n was in the message */
	uint32_t id;
	char name[REGION_STRING_MAX];
	uint64_t requests;
	uint64_t busy_frozen;
	uint64_t busy_pinned;
	uint64_t busy_pool;
	uint64_t busy_interrupted;
	uint64_t busy_no_memory;
	uint64_t interrupts;
	uint64_t wakes;
	uint64_t busy_no_huge_pages;
	uint64_t busy_unconfirmed;
};

/* A requests as the kernel described it in one message. */
struct requests {
	uint64_t present;		/* bit n: attribute n was in the message */
	uint32_t type;			/* enum request-type */
	uint64_t ack;
	uint64_t nack;
	uint64_t busy;
	uint64_t error;
};

#endif /* VMEMCTL_ATTRS_GEN_H */
