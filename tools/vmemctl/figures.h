/* SPDX-License-Identifier: GPL-2.0 */
/* Figures of regions: from messages, and what they come to between two of them. */
#ifndef VMEMCTL_FIGURES_H
#define VMEMCTL_FIGURES_H

#include <stddef.h>
#include <stdint.h>

#include "attrs.h"
#include "nl.h"

#define FIGURES_TYPES	(VHOST_MEM_REQUEST_TYPE_OTHER + 1)

/* The requests of one type. */
struct figures_type {
	struct requests requests;
	uint64_t latency[VHOST_MEM_LATENCY_BUCKETS];
	bool has_latency;
};

/* A type of which there was no request is all zero. */
struct figures {
	struct stats stats;
	struct figures_type types[FIGURES_TYPES];
};

struct figures_list {
	struct figures *figures;
	size_t nr;
};

/* Fills @figures from a message. Returns 0, or -EBADMSG if there is no id. */
int figures_decode(struct figures *figures, struct nlmsghdr *nlh);

/* In the order of their ids. -EOPNOTSUPP: the module is too old. */
int vnl_figures_dump(struct vnl *nl, struct figures_list *list);
const struct figures *figures_find(const struct figures_list *list, uint32_t id);
void figures_list_free(struct figures_list *list);

/* Takes away from @now what was counted @before, which may be NULL. */
void figures_subtract(struct figures *now, const struct figures *before);

/*
 * Microseconds of which @percent of the plug and unplug requests took less; 0 if there was
 * none, or latencies are not shown; UINT64_MAX beyond the last bucket.
 */
uint64_t figures_latency(const struct figures *figures, unsigned int percent);

#endif /* VMEMCTL_FIGURES_H */
