/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A region without memory, and a model of it: one byte a block, and the rules
 * of the specification written down a second time, as plainly as possible.
 */
#ifndef _VHOST_MEM_UNIT_REGION_H
#define _VHOST_MEM_UNIT_REGION_H

#include <linux/types.h>

#include "blocks.h"
#include "change.h"
#include "config.h"
#include "confirm.h"
#include "migrate.h"
#include "report.h"
#include "request.h"
#include "response.h"
#include "vhost_mem.h"

#define MODEL_BLOCKS_MAX 1024

struct model {
	u64 addr;
	u64 block_size;
	u64 nr_blocks;
	u64 usable;
	u64 requested;
	u64 limit;
	u8 plugged[MODEL_BLOCKS_MAX];
	u8 limbo[MODEL_BLOCKS_MAX];
};

/* What becomes of a change that the VMM is asked to confirm. */
enum unit_answer {
	UNIT_DONE,
	UNIT_FAILED,
	UNIT_FORCE,
	UNIT_CANCEL,
	UNIT_STOP,
	UNIT_ANSWERS
};

struct unit_region {
	struct vhost_mem_region region;
	struct eventfd_ctx call;
	struct eventfd_ctx asks;
	struct delayed_work resume;
	enum unit_answer answer;
	struct model model;
};

/*
 * Every page is pinned: unplugging fails unless it is forced, and then memory is in
 * limbo. There is no memory, for a region that allocates it when it is plugged. As with
 * hugetlb, the first block is referenced when nothing can be undone any more: it is in
 * limbo after a PLUG without memory, or an UNPLUG.
 */
extern bool unit_pinned, unit_no_memory, unit_reached;

void unit_region_init(struct unit_region *unit, u64 nr_blocks, u64 block_size,
		      u64 addr);
void unit_region_free(struct unit_region *unit);

/* Each does the same to region and model, and aborts if they differ. */
u16 unit_request(struct unit_region *unit, u16 type, u64 addr, u16 nb_blocks);
/* Whether the VMM is asked, and what it says of each request from now on. */
void unit_confirm(struct unit_region *unit, bool on, enum unit_answer answer);
int unit_resize(struct unit_region *unit, u64 requested);
/* What is no limit is made one. */
void unit_limit(struct unit_region *unit, u64 limit);
/* A proposal of the guest, of any size and with any reason, under a policy. */
void unit_proposal(struct unit_region *unit, const struct vhost_mem_report_policy *policy,
	       u64 size, u16 reason);
/* VHOST_MEM_PLUG and VHOST_MEM_UNPLUG, and the unplugging of all blocks. */
int unit_range(struct unit_region *unit, bool plug, u64 addr, u64 length);
int unit_reset(struct unit_region *unit, bool force);
/* Look whether memory in limbo is free now: if nothing is pinned any more. */
void unit_retry_limbo(struct unit_region *unit);
void unit_compare(struct unit_region *unit);

#endif /* _VHOST_MEM_UNIT_REGION_H */
