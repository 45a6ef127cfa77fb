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
#define cancel_delayed_work cancel_delayed_work_sync
#define INIT_WORK(work, f) ((void)((work)->scheduled = 0, (work)->fn = (f)))
#define container_of(ptr, type, member) \
	((type *)((char *)(ptr) - __builtin_offsetof(type, member)))

#define DECLARE_DELAYED_WORK(name, f)					\
	struct delayed_work name = { 0 };				\
	void (*const name##_fn)(struct work_struct *work) = (f)

#define kzalloc(size, flags) (shim_out_of_memory ? NULL : calloc(1, size))
#define kfree(p) free(p)

#define ERR_PTR(error) ((void *)(long)(error))
#define PTR_ERR(ptr) ((long)(ptr))
#define IS_ERR(ptr) ((unsigned long)(ptr) >= (unsigned long)-4095)

typedef struct { u32 val; } kuid_t;
#define uid_eq(a, b) ((a).val == (b).val)

/* The test's clock. */
extern unsigned long shim_jiffies;
#define jiffies shim_jiffies
#define time_before(a, b) ((long)((a) - (b)) < 0)
#define time_after_eq(a, b) (!time_before(a, b))
#define jiffies_to_msecs(j) ((unsigned int)(j))

/*
 * Steps through lists, and the most of them for which a spin lock was held: that must not
 * depend on how long a list is.
 */
extern unsigned long shim_steps, shim_steps_held;

#undef spin_lock
#undef spin_unlock
#define spin_lock(l)							\
	do {								\
		mutex_lock(l);						\
		(l)->since = shim_steps;				\
	} while (0)
#define spin_unlock(l)							\
	do {								\
		if (shim_steps - (l)->since > shim_steps_held)		\
			shim_steps_held = shim_steps - (l)->since;	\
		mutex_unlock(l);					\
	} while (0)

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
	shim_steps++;
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

/* Between two neighbours in another list. */
static inline void list_splice_between(struct list_head *from, struct list_head *before,
				       struct list_head *after)
{
	shim_steps++;
	if (list_empty(from))
		return;
	from->next->prev = before;
	from->prev->next = after;
	before->next = from->next;
	after->prev = from->prev;
	INIT_LIST_HEAD(from);
}

static inline void list_splice_init(struct list_head *from, struct list_head *to)
{
	list_splice_between(from, to, to->next);
}

static inline void list_splice_tail_init(struct list_head *from, struct list_head *to)
{
	list_splice_between(from, to->prev, to);
}

#define list_entry(entry, type, member) \
	((type *)((char *)(entry) - __builtin_offsetof(type, member)))
#define list_first_entry(list, type, member) \
	list_entry((list)->next, type, member)
#define list_for_each_entry(at, list, member)				\
	for (at = list_entry((list)->next, __typeof__(*at), member);	\
	     &at->member != (list);					\
	     shim_steps++,						\
	     at = list_entry(at->member.next, __typeof__(*at), member))
#define list_for_each_entry_safe(at, n, list, member)			\
	for (at = list_entry((list)->next, __typeof__(*at), member),	\
	     n = list_entry(at->member.next, __typeof__(*at), member);	\
	     &at->member != (list);					\
	     shim_steps++,						\
	     at = n, n = list_entry(n->member.next, __typeof__(*n), member))

#endif /* _VHOST_MEM_SHIM_HOST_KERNEL_H */
