/* SPDX-License-Identifier: GPL-2.0 */
/* What the host's module needs besides kernel.h, which the guest driver's tests share. */
#ifndef _VHOST_MEM_SHIM_HOST_KERNEL_H
#define _VHOST_MEM_SHIM_HOST_KERNEL_H

#include "kernel.h"

#define max3(a, b, c) max(a, max(b, c))

static inline u64 find_last_bit(const unsigned long *map, u64 end)
{
	for (u64 bit = end; bit--; ) {
		if (test_bit(bit, map))
			return bit;
	}
	return end;
}

static inline unsigned int bitmap_weight(const unsigned long *map, unsigned int nr)
{
	unsigned int weight = 0;

	for (unsigned int bit = 0; bit < nr; bit++)
		weight += test_bit(bit, map);
	return weight;
}

#define WARN_ON_ONCE(cond) assert(!(cond))
#define spin_lock_init(l) ((l)->held = 0)
#define mod_delayed_work(wq, work, delay) ((work)->scheduled++)
#define schedule_work(work) ((work)->scheduled++)
#define cancel_work_sync cancel_delayed_work_sync

/* The test's clock. */
extern unsigned long shim_jiffies;
#define jiffies shim_jiffies
#define time_before(a, b) ((long)((a) - (b)) < 0)

/* lists */
#define LIST_HEAD(name) struct list_head name = { &(name), &(name) }

static inline void INIT_LIST_HEAD(struct list_head *list)
{
	list->next = list;
	list->prev = list;
}

static inline bool list_empty(const struct list_head *list)
{
	return list->next == list;
}

static inline void list_add_tail(struct list_head *entry, struct list_head *list)
{
	entry->next = list;
	entry->prev = list->prev;
	entry->prev->next = entry;
	list->prev = entry;
}

static inline void list_del(struct list_head *entry)
{
	entry->prev->next = entry->next;
	entry->next->prev = entry->prev;
	/* Whoever uses it now crashes. */
	entry->next = NULL;
	entry->prev = NULL;
}

static inline void list_move_tail(struct list_head *entry, struct list_head *list)
{
	list_del(entry);
	list_add_tail(entry, list);
}

/* To the front of another list. */
static inline void list_splice_init(struct list_head *from, struct list_head *to)
{
	while (!list_empty(from)) {
		struct list_head *last = from->prev;

		list_del(last);
		list_add_tail(last, to->next);
	}
}

#define list_entry(entry, type, member) \
	((type *)((char *)(entry) - __builtin_offsetof(type, member)))
#define list_first_entry(list, type, member) \
	list_entry((list)->next, type, member)
#define list_for_each_entry(at, list, member)				\
	for (at = list_entry((list)->next, __typeof__(*at), member);	\
	     &at->member != (list);					\
	     at = list_entry(at->member.next, __typeof__(*at), member))
#define list_for_each_entry_safe(at, n, list, member)			\
	for (at = list_entry((list)->next, __typeof__(*at), member),	\
	     n = list_entry(at->member.next, __typeof__(*at), member);	\
	     &at->member != (list);					\
	     at = n, n = list_entry(n->member.next, __typeof__(*n), member))

#endif /* _VHOST_MEM_SHIM_HOST_KERNEL_H */
