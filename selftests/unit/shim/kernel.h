/* SPDX-License-Identifier: GPL-2.0 */
/*
 * As much of the kernel as the files need that are tested in user space. Every
 * <linux/...> header that they name leads here, see Makefile. One thread: locks
 * only check that they are balanced.
 */
#ifndef _VHOST_MEM_SHIM_KERNEL_H
#define _VHOST_MEM_SHIM_KERNEL_H

#include <assert.h>
#include <endian.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/types.h>

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __s64 s64;

#define __user
#define cpu_to_le16 htole16
#define cpu_to_le64 htole64

/* math */
#define BIT_ULL(n) (1ULL << (n))
#define SZ_64M 0x4000000ULL
#define SZ_2G 0x80000000ULL
#define SZ_4G 0x100000000ULL
#define ALIGN(x, a) (((x) + ((a) - 1)) & ~((__typeof__(x))(a) - 1))
#define IS_ALIGNED(x, a) (((x) & ((__typeof__(x))(a) - 1)) == 0)
#define min(a, b) ((a) < (b) ? (a) : (b))
#define max(a, b) ((a) > (b) ? (a) : (b))
#define U64_MAX		UINT64_MAX
#define min3(a, b, c) min(a, min(b, c))
#define min_t(type, a, b) min((type)(a), (type)(b))
#define ilog2(n) (63 - __builtin_clzll(n))
#define swap(a, b) \
	do { __typeof__(a) _t = (a); (a) = (b); (b) = _t; } while (0)
#define is_power_of_2(n) ((n) != 0 && ((n) & ((n) - 1)) == 0)
#define check_add_overflow __builtin_add_overflow
#define check_sub_overflow __builtin_sub_overflow
#define check_mul_overflow __builtin_mul_overflow
#define BUILD_BUG_ON(cond)						\
	do { _Static_assert(!(cond), #cond); } while (0)

/* bitmaps; byte by byte, so that they cannot share a mistake with anything */
#define BITS_PER_LONG 64
#define BITS_TO_LONGS(n) (((n) + 63) / 64)
#define BIT_WORD(n) ((n) / 64)

static inline bool test_bit(u64 bit, const unsigned long *map)
{
	return map[bit / 64] >> (bit % 64) & 1;
}

static inline u64 find_bit(const unsigned long *map, u64 end, u64 bit, bool set)
{
	while (bit < end && test_bit(bit, map) != set)
		bit++;
	return bit < end ? bit : end;
}

#define find_next_bit(map, end, from) find_bit(map, end, from, true)
#define find_next_zero_bit(map, end, from) find_bit(map, end, from, false)

static inline void bitmap_set(unsigned long *map, unsigned int from,
			      unsigned int nr)
{
	for (; nr; nr--, from++)
		map[from / 64] |= 1UL << (from % 64);
}

static inline void bitmap_clear(unsigned long *map, unsigned int from,
				unsigned int nr)
{
	for (; nr; nr--, from++)
		map[from / 64] &= ~(1UL << (from % 64));
}

static inline void bitmap_to_arr64(u64 *to, const unsigned long *map,
				   unsigned int nr)
{
	for (unsigned int i = 0; i < BITS_TO_LONGS(nr); i++)
		to[i] = map[i];
	if (nr % 64)
		to[nr / 64] &= (1ULL << (nr % 64)) - 1;
}

/* strings */
#define strscpy(to, from, size) ((void)snprintf(to, size, "%s", from))

/* memory; the test can let the next allocation fail */
#define GFP_KERNEL_ACCOUNT 0
#define __GFP_RETRY_MAYFAIL 0
#define __GFP_NOWARN 0
extern bool shim_out_of_memory;

static inline void *kvcalloc(size_t n, size_t size, int flags)
{
	(void)flags;
	return shim_out_of_memory ? NULL : calloc(n, size);
}

#define kvfree(p) free(p)

/* locks */
struct mutex { int held; };
typedef struct { int held; unsigned long since; } spinlock_t;
struct rw_semaphore { int held; };
#define mutex_lock(l) do { assert(!(l)->held); (l)->held = 1; } while (0)
#define mutex_unlock(l) do { assert((l)->held); (l)->held = 0; } while (0)
#define spin_lock mutex_lock
#define spin_unlock mutex_unlock
#define lockdep_assert_held(l) assert((l)->held)

#define mutex_lock_killable(l) ({ mutex_lock(l); 0; })
#define down_read_killable(l) ({ mutex_lock(l); 0; })
#define up_read mutex_unlock
#define down_write mutex_lock
#define up_write mutex_unlock

typedef struct { int counter; } atomic_t;
#define atomic_inc(v) ((v)->counter++)
#define atomic_dec(v) ((v)->counter--)
#define atomic_read(v) ((v)->counter)
typedef struct { s64 counter; } atomic64_t;
#define ATOMIC64_INIT(i) { i }
#define atomic64_inc(v) ((v)->counter++)
#define atomic64_inc_return(v) (++(v)->counter)
#define atomic64_read(v) ((v)->counter)

struct pid;
struct file;
struct page;
struct work_struct { int scheduled; void (*fn)(struct work_struct *work); };
struct delayed_work { int scheduled; };
struct vm_operations_struct { int unused; };
struct vm_area_struct;
struct vm_fault;
struct wait_queue_entry { int unused; };
struct workqueue_struct;
typedef unsigned int vm_fault_t;
#define TASK_COMM_LEN 16
#define HZ 1000
#define msecs_to_jiffies(ms) (ms)
typedef s64 ktime_t;
#define ktime_get() 0LL
#define ktime_ms_delta(a, b) ((a) - (b))
#define ktime_after(a, b) ((a) > (b))
#define READ_ONCE(x) (x)
#define WRITE_ONCE(x, value) ((x) = (value))
#define cond_resched() ((void)0)
/* Newer than the system's headers may be. */
#define VIRTIO_MEM_F_PERSISTENT_SUSPEND 2

#define queue_delayed_work(wq, work, delay) ((void)(wq), (work)->scheduled++)
#define schedule_delayed_work(work, delay) ((work)->scheduled++)
#define cancel_delayed_work_sync(work) ((work)->scheduled = 0)

struct list_head { struct list_head *next, *prev; };
struct sk_buff;

/* Stands for an eventfd that is signalled. */
struct eventfd_ctx { int signals; };

#define TP_PROTO(args...) args
#pragma GCC diagnostic ignored "-Wunused-parameter"
#define TRACE_EVENT(name, proto, args...)				\
	static inline void __attribute__((unused)) trace_##name(proto) { }

#endif /* _VHOST_MEM_SHIM_KERNEL_H */
