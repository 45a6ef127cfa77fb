/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A model of pools: what each region has, and who waits in which order, written down as
 * plainly as possible.
 */
#ifndef _VHOST_MEM_UNIT_POOL_MODEL_H
#define _VHOST_MEM_UNIT_POOL_MODEL_H

#include "ktap.h"
#include "pool.h"
#include "vhost_mem.h"

#define NR_CLIENTS	8
#define NR_EACH		64
#define NR_REGIONS	(NR_CLIENTS * NR_EACH)
#define NR_POOLS	4

/* The most steps through lists that may be made while a spin lock is held. */
#define SECTION_STEPS	40

enum state { IDLE, WAITS, WOKEN, APART };

/*
 * @fresh: was apart, and has not been the first one since it has joined those who wait
 * @silent: does not answer when it is woken
 */
struct model {
	int pool;
	u64 used, reserved, held;
	enum state state;
	bool fresh;
	u64 want, earmark;
	unsigned long woken_at;
	bool silent;
	unsigned long held_until;
	u64 served, refused;
};

/* Numbers of regions, in their order. */
struct model_list {
	int of[NR_REGIONS];
	int nr;
};

struct model_pool {
	u64 size, hope;
	u64 leased;
	u32 leases;
	struct model_list waits, woken, apart;
};

#define REQUIRE(cond)							\
	do {								\
		if (!(cond)) {						\
			ktap_say("%s:%d: not true: %s", __FILE_NAME__,	\
				 __LINE__, #cond);			\
			ktap_fail();					\
		}							\
	} while (0)

extern struct model model[NR_REGIONS];
extern struct model_pool model_pools[NR_POOLS];

/* The module's. */
extern struct vhost_mem_region regions[NR_REGIONS];
extern struct vhost_mem_pool pools[NR_POOLS];

u64 model_charge(const struct model *m);
u64 model_need(const struct model *m);
u64 model_charged(int pool);
u64 model_promised(int pool);
u64 model_free(int pool);
void model_go(int r, enum state state);
void model_share_out(int pool);
void model_refuse(int r, u64 bytes);
void model_reconsider(int pool);
void model_revoke(int pool);
void model_set_floor(int r, u64 reserved, u64 held);

u64 random_below(u64 n);

/* pool_lease.c: one of the administrator's or a VMM's operations on leases, on both. */
void lease_step(int r);
void lease_expire(void);
void lease_end(void);
/* How many regions have claimed one. */
u64 leases_used(void);

/* pool.c */
void release(struct vhost_mem_region *region);
void close_region(int r);
void create(int r);

void compare_region(int r);
void compare_all(void);
void check_pool(int n);

#endif /* _VHOST_MEM_UNIT_POOL_MODEL_H */
