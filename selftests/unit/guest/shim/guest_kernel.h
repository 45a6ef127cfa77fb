/* SPDX-License-Identifier: GPL-2.0 */
/*
 * As much of the kernel as the guest driver needs, on top of what the device's files
 * need. Every <linux/...> header that the driver names leads here, see guest.mk.
 *
 * There is one thread. Whoever waits, sleeps or takes a lock in the worker's name
 * calls sim_step(), in which everybody else acts: the device, user space and time.
 *
 * A page has 512 KiB, so that a region of many GiB has few of them, and constants
 * of the driver in bytes mean what they mean in a kernel.
 */
#ifndef _VHOST_MEM_SHIM_GUEST_KERNEL_H
#define _VHOST_MEM_SHIM_GUEST_KERNEL_H

#include <limits.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "kernel.h"

#define GFP_KERNEL 0
#define GFP_NOWAIT 0
enum { __GFP_HIGHMEM = 1, __GFP_MOVABLE = 2, __GFP_THISNODE = 4,
       __GFP_MEMALLOC = 16, __GFP_RECLAIM = 32 };
#define sort(base, nr, size, compare, swap) qsort(base, nr, size, compare)
#define __init
#define fallthrough __attribute__((fallthrough))
#define ____cacheline_aligned __attribute__((aligned(64)))
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define U16_MAX 0xffff
#define IS_ERR(p) ((unsigned long)(p) >= (unsigned long)-4095)
#define PTR_ERR(p) ((int)(long)(p))
#define IS_ENABLED(x) 0
#define container_of(p, type, member) \
	((type *)((char *)(p) - offsetof(type, member)))

/* math */
#define SZ_1K 0x400
#define SZ_512K 0x80000
#define SZ_1M 0x100000
#define SZ_8M 0x800000
#define SZ_32M 0x2000000
#define SZ_128M 0x8000000
#define SZ_512M 0x20000000
#define SZ_1G 0x40000000
#undef SZ_64M
#define SZ_64M 0x4000000
#define BIT(n) (1UL << (n))
#define __ffs(n) ((unsigned long)__builtin_ctzl(n))
#define ALIGN_DOWN(x, a) ((x) & ~((__typeof__(x))(a) - 1))
#define DIV_ROUND_UP(n, d) (((n) + (d) - 1) / (d))
#define rounddown(x, y) ((x) - (x) % (y))
#define roundup(x, y) (((x) + (y) - 1) / (y) * (y))
#define max_t(type, a, b) max((type)(a), (type)(b))
#define max3(a, b, c) max(a, max(b, c))
#define clamp(v, lo, hi) min(max(v, lo), hi)
#define clamp_t(type, v, lo, hi) clamp((type)(v), (type)(lo), (type)(hi))

/* bits and lists */
static inline bool test_and_set_bit(u64 bit, unsigned long *map)
{
	bool old = test_bit(bit, map);

	bitmap_set(map, bit, 1);
	return old;
}

static inline bool test_and_clear_bit(u64 bit, unsigned long *map)
{
	bool old = test_bit(bit, map);

	bitmap_clear(map, bit, 1);
	return old;
}

#define LIST_HEAD(name) struct list_head name = { &(name), &(name) }
#define INIT_LIST_HEAD(head) ((head)->next = (head)->prev = (head))
#define list_empty(head) ((head)->next == (head))

static inline void list_add(struct list_head *entry, struct list_head *head)
{
	entry->next = head->next;
	entry->prev = head;
	head->next->prev = entry;
	head->next = entry;
}

static inline void list_del(struct list_head *entry)
{
	entry->prev->next = entry->next;
	entry->next->prev = entry->prev;
}

#define list_add_rcu list_add
#define list_del_rcu list_del
#define list_first_entry_or_null(head, type, member) \
	(list_empty(head) ? NULL : container_of((head)->next, type, member))
#define list_for_each_entry(pos, head, member) \
	for (pos = container_of((head)->next, __typeof__(*pos), member); \
	     &pos->member != (head); \
	     pos = container_of(pos->member.next, __typeof__(*pos), member))
#define list_for_each_entry_safe(pos, n, head, member) \
	for (pos = container_of((head)->next, __typeof__(*pos), member), \
	     n = container_of(pos->member.next, __typeof__(*pos), member); \
	     &pos->member != (head); \
	     pos = n, n = container_of(n->member.next, __typeof__(*n), member))
#define list_for_each_entry_srcu(pos, head, member, cond) \
	list_for_each_entry(pos, head, member)
#define DEFINE_STATIC_SRCU(name) static int name
#define srcu_read_lock(s) (*(s))
#define srcu_read_unlock(s, idx) ((void)(idx))
#define srcu_read_lock_held(s) true
#define synchronize_srcu(s) ((void)(s))

/* locks; see sim_lock() for what happens while somebody waits for one */
#define DEFINE_MUTEX(name) struct mutex name
#define mutex_init(l) ((l)->held = 0)
#define spin_lock_init(l) ((l)->held = 0)
#undef mutex_lock
#define mutex_lock(l) \
	do { sim_yield(); assert(!(l)->held); (l)->held = 1; } while (0)
#undef spin_lock
#define spin_lock(l) do { assert(!(l)->held); (l)->held = 1; } while (0)
#define lockdep_assert_not_held(l) assert(!(l)->held)
#define lockdep_assert(cond) assert(cond)
#undef cond_resched
#define cond_resched() sim_yield()
#define might_sleep() ((void)0)
typedef struct { long counter; } atomic_long_t;
#define atomic_long_read(v) ((v)->counter)
#define atomic_long_add(i, v) ((v)->counter += (i))
#define xchg(p, v) \
	({ __typeof__(*(p)) _old = *(p); *(p) = (v); _old; })

void sim_yield(void);

/* memory of our own */
void *sim_alloc(size_t size);
void sim_free(const void *p);
#define kzalloc(size, flags) sim_alloc(size)
#define kcalloc(n, size, flags) sim_alloc((n) * (size))
#define kstrdup(s, flags) strcpy(sim_alloc(strlen(s) + 1), s)
#define kfree(p) sim_free(p)

/* time */
extern unsigned long sim_jiffies;
#define jiffies sim_jiffies
#define time_before(a, b) ((long)((a) - (b)) < 0)
#define MAX_SCHEDULE_TIMEOUT LONG_MAX

struct timer_list {
	void (*fn)(struct timer_list *timer);
	unsigned long expires;
	bool armed;
	struct timer_list *next;
};

void timer_setup(struct timer_list *timer,
		 void (*fn)(struct timer_list *timer), int flags);
int mod_timer(struct timer_list *timer, unsigned long expires);
int timer_delete_sync(struct timer_list *timer);

/* waiting: others act until it is true, or the time is over */
typedef struct { bool woken; } wait_queue_head_t;
#define init_waitqueue_head(wq) ((wq)->woken = false)
#define wake_up(wq) ((wq)->woken = true)
#define wake_up_all wake_up

struct task_struct;
bool sim_wait(unsigned long end, bool idle);
unsigned long sim_end(long timeout);
extern bool sim_killed;
#define ERESTARTSYS 512
/* Who waits looks again only when somebody has said so, or the time is over. */
#define sim_wait_for(wq, cond, timeout, idle, killable)			\
	({								\
		unsigned long _end = sim_end(timeout);			\
		long _left = !!(cond);					\
									\
		(wq).woken = false;					\
									\
		while (!_left && sim_wait(_end, idle)) {		\
			if ((wq).woken || sim_worker.stop) {		\
				(wq).woken = false;			\
				_left = !!(cond);			\
			}						\
			if (!_left && (killable) && sim_killed)		\
				_left = -ERESTARTSYS;			\
		}							\
		_left ? _left : !!(cond);				\
	})
#define wait_event(wq, cond) \
	((void)sim_wait_for(wq, cond, MAX_SCHEDULE_TIMEOUT, false, false))
#define wait_event_idle_timeout(wq, cond, t) \
	sim_wait_for(wq, cond, t, false, false)
#define wait_event_killable_timeout(wq, cond, t) \
	sim_wait_for(wq, cond, t, false, true)
#define wait_event_freezable_timeout(wq, cond, t) \
	sim_wait_for(wq, cond, t, true, false)

/* tasks */
struct task_struct {
	unsigned int flags;
	int (*fn)(void *data);
	void *data;
	bool stop;
	bool signal;
};

extern struct task_struct sim_worker, sim_user, *sim_current;
#define current sim_current
#define PF_KTHREAD 0x00200000
#define kthread_func(task) ((void *)(task)->fn)
#define kthread_should_stop() (sim_worker.stop)
#define kthread_create(f, d, ...) \
	(sim_worker = (struct task_struct){				\
		.flags = PF_KTHREAD, .fn = (f), .data = (d) }, &sim_worker)
#define wake_up_process(task) ((void)(task))
int kthread_stop(struct task_struct *task);
#define set_freezable() ((void)0)
#define allow_signal(sig) ((void)0)
#define flush_signals(task) ((task)->signal = false)
#define send_sig(sig, task, priv) ((task)->signal = true)
#define signal_pending(task) ((task)->signal)

/* modules */
extern int sim_module_refs;
#define THIS_MODULE NULL
#define try_module_get(m) (sim_module_refs++, true)
#define module_put(m) (sim_module_refs--)
#define MODULE_PARM_DESC(name, text)
#define MODULE_DEVICE_TABLE(bus, table)
#define MODULE_AUTHOR(s)
#define MODULE_DESCRIPTION(s)
#define MODULE_LICENSE(s)
#define module_param_cb(name, ops, arg, mode)				\
	bool *sim_param_##name = (arg);					\
	const struct kernel_param_ops *sim_ops_##name = (ops)
#define module_param(name, type, mode) type *sim_param_##name = &(name)
typedef unsigned int uint;
extern uint *sim_param_keep_seconds;
struct kernel_param;
#define param_set_bool(val, kp) ((void)(kp), *sim_param_unplug_online = *(val) == '1', 0)
#define param_get_bool NULL
extern bool *sim_param_unplug_online;
struct kernel_param_ops {
	int (*set)(const char *val, const struct kernel_param *kp);
	int (*get)(char *buf, const struct kernel_param *kp);
};

/* drivers and their messages */
struct device { int unused; };
struct attribute_group;
__attribute__((format(printf, 1, 2))) void sim_log(const char *format, ...);
#define dev_name(dev) "virtio0"
#define dev_err(dev, ...) sim_log(__VA_ARGS__)
#define dev_warn(dev, ...) sim_log(__VA_ARGS__)
#define dev_info(dev, ...) sim_log(__VA_ARGS__)
#define dev_dbg(dev, ...) sim_log(__VA_ARGS__)
void sim_warn(const char *what, const char *file, int line);
#define WARN_ON_ONCE(cond) \
	((cond) ? (sim_warn(#cond, __FILE__, __LINE__), true) : false)

struct resource {
	u64 start, size;
	unsigned long flags;
	const char *name;
};

extern struct resource iomem_resource;
#define IORESOURCE_SYSTEM_RAM 1
#define IORESOURCE_EXCLUSIVE 2
#define IORESOURCE_BUSY 4
struct resource *__request_region(struct resource *parent, u64 start, u64 size,
				  const char *name, int flags);
int release_resource(struct resource *resource);

/* virtio */
struct virtio_device;
struct virtqueue {
	struct virtio_device *vdev;
	unsigned int num_free;
};

struct virtio_config_ops {
	void (*get)(void);
	void (*del_vqs)(struct virtio_device *vdev);
};

struct virtio_device {
	struct device dev;
	void *priv;
	const struct virtio_config_ops *config;
	u64 features;
};

struct virtio_device_id { u32 device, vendor; };
struct virtio_driver {
	struct {
		const char *name;
		const struct attribute_group **dev_groups;
	} driver;
	const struct virtio_device_id *id_table;
	const unsigned int *feature_table;
	unsigned int feature_table_size;
	int (*probe)(struct virtio_device *vdev);
	void (*remove)(struct virtio_device *vdev);
	void (*config_changed)(struct virtio_device *vdev);
	int (*freeze)(struct virtio_device *vdev);
	int (*restore)(struct virtio_device *vdev);
};

#define VIRTIO_ID_MEM 24
#define VIRTIO_DEV_ANY_ID 0xffffffff
#define module_virtio_driver(d) struct virtio_driver *sim_driver = &(d)
#define virtio_has_feature(vdev, bit) ((vdev)->features >> (bit) & 1)
#define virtio_device_ready(vdev) ((void)(vdev))
#define cpu_to_virtio16(vdev, v) ((u16)(v))
#define cpu_to_virtio64(vdev, v) ((u64)(v))
#define virtio16_to_cpu(vdev, v) ((u16)(v))
#define virtio64_to_cpu(vdev, v) ((u64)(v))
struct virtio_mem_config;
void sim_config_get(struct virtio_mem_config *config);
#define virtio_cread_le(vdev, type, member, ptr)			\
	do {								\
		type _config;						\
		(void)(vdev);						\
									\
		sim_config_get(&_config);				\
		*(ptr) = _config.member;				\
	} while (0)
void virtio_reset_device(struct virtio_device *vdev);
struct virtqueue *virtio_find_single_vq(struct virtio_device *vdev,
					void (*done)(struct virtqueue *vq),
					const char *name);
struct scatterlist { void *buf; unsigned int len; };
#define sg_init_one(sg, b, l) \
	(*(sg) = (struct scatterlist){ .buf = (b), .len = (l) })
int virtqueue_add_sgs(struct virtqueue *vq, struct scatterlist **sgs,
		      unsigned int out, unsigned int in, void *data, int gfp);
void *virtqueue_get_buf(struct virtqueue *vq, unsigned int *len);
bool virtqueue_is_broken(struct virtqueue *vq);
#define virtqueue_kick(vq) ((void)(vq))

/* pages */
#define PAGE_SHIFT 19
#define PAGE_SIZE (1UL << PAGE_SHIFT)
#define PHYS_PFN(x) ((unsigned long)((x) >> PAGE_SHIFT))
#define PFN_PHYS(x) ((u64)(x) << PAGE_SHIFT)
#define pageblock_order 2
#define pageblock_nr_pages 4UL
#define MAX_ORDER_NR_PAGES 8
#define get_order(size) ((size) <= PAGE_SIZE ? 0 : ilog2((size) - 1) + 1 - PAGE_SHIFT)

enum sim_use {
	SIM_NONE,	/* Linux does not have it */
	SIM_FREE,
	SIM_MOVABLE,
	SIM_PINNED,	/* has a reference that anybody can see */
	SIM_IMMOBILE,	/* looks movable, and does not move */
	SIM_KERNEL,
	SIM_ALLOCATED,	/* by alloc_pages() */
	SIM_HUGE,	/* of hugetlbfs' pool */
	SIM_WRITEBACK,	/* movable when it is written, see sim.writeback_end */
	SIM_TAKEN,	/* by alloc_contig_range() */
};

struct page {
	void *mapping;
	enum sim_use use;
	bool offline, reserved;
	bool outside, movable;	/* not of the region; and then of the movable zone */
	int refs;
	atomic_t _mapcount;
	unsigned long private;
	struct list_head lru;
};

struct folio {
	union {
		void *mapping;
		struct page page;
	};
};

extern struct page *sim_pages;
#define pfn_to_page(pfn) (sim_pages + (pfn))
#define page_to_pfn(p) ((unsigned long)((p) - sim_pages))
#define page_to_phys(p) ((p)->outside ? 0 : PFN_PHYS(page_to_pfn(p)))
#define page_folio(p) ((struct folio *)(p))
#define folio_pfn(f) page_to_pfn(&(f)->page)
#define folio_nr_pages(f) 1UL
#define folio_page(f, i) (&(f)->page + (i))
#define folio_test_large(f) false
#define folio_entire_mapcount(f) 0
#define folio_test_anon(f) true
#define folio_test_swapcache(f) false
#define folio_test_private(f) false
#define folio_test_locked(f) false
bool sim_is_written(const struct page *page);
#define folio_test_writeback(f) sim_is_written(&(f)->page)
#define folio_test_lru(f) ((f)->page.mapping)
#define folio_ref_count(f) ((f)->page.refs)
#define PageBuddy(p) ((p)->use == SIM_FREE)
#define page_has_movable_ops(p) false
#define PageCompound(p) ((p)->use == SIM_HUGE)
#define PageHuge(p) ((p)->use == SIM_HUGE)
#define compound_head(p) (p)
#define compound_nr(p) 1
#define PageOffline(p) ((p)->offline)
#define __SetPageOffline(p) ((p)->offline = true)
#define __ClearPageOffline(p) ((p)->offline = false)
#define PageReserved(p) ((p)->reserved)
#define ClearPageReserved(p) ((p)->reserved = false)
#define page_ref_count(p) ((p)->refs)
#define set_page_count(p, n) ((p)->refs = (n))
#define page_ref_inc(p) ((p)->refs++)
#define page_ref_dec(p) ((p)->refs--)
bool page_ref_freeze(struct page *page, int refs);
#define page_offline_begin() ((void)0)
#define page_offline_end() ((void)0)
void adjust_managed_page_count(struct page *page, long nr);
#define MIGRATE_MOVABLE 1
int alloc_contig_range(unsigned long start, unsigned long end, int type, int gfp);
void generic_online_page(struct page *page, unsigned int order);
bool sim_init_on_alloc(void);
#define want_init_on_alloc(gfp) sim_init_on_alloc()
struct page *alloc_pages(int gfp, unsigned int order);
struct page *alloc_pages_node(int nid, int gfp, unsigned int order);
void __free_pages(struct page *page, unsigned int order);

/* zones */
enum zone_type { ZONE_NORMAL, ZONE_MOVABLE };
enum { NR_FREE_PAGES, NR_ZONE_INACTIVE_FILE, NR_ZONE_ACTIVE_FILE };
enum { NR_ACTIVE_FILE, NR_INACTIVE_FILE, NR_SLAB_RECLAIMABLE_B,
       NR_KERNEL_MISC_RECLAIMABLE };
struct free_area { unsigned long nr_free; };
struct zone { long lowmem_reserve[2]; struct free_area free_area[4]; };
struct pglist_data { struct zone node_zones[2]; };
extern struct pglist_data sim_node;
struct pglist_data *sim_node_data(void);
#define NODE_DATA(nid) sim_node_data()
#define for_each_online_node(nid) for ((nid) = 0; (nid) < 1; (nid)++)
long zone_page_state(struct zone *zone, int item);
long zone_managed_pages(struct zone *zone);
#define min_wmark_pages(zone) 16
#define global_node_page_state(item) 0L
#define global_node_page_state_pages(item) 0L
enum zone_type page_zonenum(struct page *page);
long si_mem_available(void);
unsigned long totalram_pages(void);
extern long sim_free_swap;
#define get_nr_swap_pages() sim_free_swap
#define memalloc_noreclaim_save() 0
#define memalloc_noreclaim_restore(flags) ((void)(flags))

/* notifiers */
struct notifier_block {
	int (*notifier_call)(struct notifier_block *nb, unsigned long action,
			     void *data);
	int priority;
};

#define NOTIFY_DONE 0
#define NOTIFY_OK 1
#define NOTIFY_BAD 0x8002
extern struct notifier_block *sim_memory_nb, *sim_oom_nb, *sim_pm_nb;
#define register_memory_notifier(nb) (sim_memory_nb = (nb), 0)
#define unregister_memory_notifier(nb) ((void)(nb), sim_memory_nb = NULL)
/* The one for what is kept has a priority; the other asks for more. */
extern struct notifier_block *sim_kept_oom_nb;
#define register_oom_notifier(nb) \
	(*((nb)->priority ? &sim_kept_oom_nb : &sim_oom_nb) = (nb), 0)
#define unregister_oom_notifier(nb) \
	(*((nb)->priority ? &sim_kept_oom_nb : &sim_oom_nb) = NULL)
#define register_pm_notifier(nb) (sim_pm_nb = (nb), 0)
#define unregister_pm_notifier(nb) ((void)(nb), sim_pm_nb = NULL)
#define CONFIG_PM_SLEEP 1
enum { PM_HIBERNATION_PREPARE, PM_RESTORE_PREPARE };
enum { PM_SUSPEND_TO_IDLE, PM_SUSPEND_MEM };
#define pm_suspend_target_state PM_SUSPEND_MEM

/* memory hotplug */
enum { MEM_ONLINE, MEM_GOING_OFFLINE, MEM_OFFLINE, MEM_GOING_ONLINE,
       MEM_CANCEL_ONLINE, MEM_CANCEL_OFFLINE };
struct memory_notify { unsigned long start_pfn, nr_pages; };
struct range { u64 start, end; };
struct range mhp_get_pluggable_range(bool need_mapping);
unsigned long memory_block_size_bytes(void);
typedef void (*online_page_callback_t)(struct page *page, unsigned int order);
int set_online_page_callback(online_page_callback_t callback);
int restore_online_page_callback(online_page_callback_t callback);
int memory_group_register_dynamic(int nid, unsigned long unit_pages);
int memory_group_unregister(int mgid);
#define NUMA_NO_NODE (-1)
#define memory_add_physaddr_to_nid(addr) 0
#define MHP_MERGE_RESOURCE 1
#define MHP_NID_IS_MGID 2
int add_memory_driver_managed(int nid, u64 start, u64 size, const char *name,
			      int flags);
int offline_and_remove_memory(u64 start, u64 size);
int remove_memory(u64 start, u64 size);
#define is_kdump_kernel() false

#endif /* _VHOST_MEM_SHIM_GUEST_KERNEL_H */
