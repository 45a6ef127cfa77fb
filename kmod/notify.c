// SPDX-License-Identifier: GPL-2.0
/*
 * Events: when, in which order and at what rate they are sent to listeners.
 *
 * A netlink socket whose reader is too slow overflows and loses messages. VMMs and
 * guests are hostile, and can cause events without end. So no event is sent where
 * it happens. It sets a bit of its region; after a short delay, in which further
 * events are merged with it, the region is queued at its source, the process that
 * created it; and one work item sends the events of all sources round-robin, one at
 * a time and at a bounded rate. A VM that causes a flood only uses up its own turns:
 * an event of another VM waits for at most one turn of each source that has
 * something to send.
 *
 * A message describes the region at the time when it is sent, so merging events
 * loses nothing but intermediate states. The message GONE is made when the region is
 * closed, and sent when the region no longer exists. It is made only if CREATED was
 * sent, which bounds their number by that of the regions that existed at a time;
 * their memory is accounted to the task that closes the region. A region that is
 * closed before CREATED was sent is not reported at all.
 */

#include <linux/bitops.h>
#include <linux/err.h>
#include <linux/hashtable.h>
#include <linux/jiffies.h>
#include <linux/mutex.h>
#include <linux/pid.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include "notify.h"
#include "vhost_mem.h"

/* A burst of changes of a region becomes one event of each kind. */
#define NOTIFY_DELAY	msecs_to_jiffies(50)

/*
 * 500 events a second: a listener with the default receive buffer, which holds
 * some 100 of them, may sleep for 200 ms.
 */
#define NOTIFY_BATCH	10
#define NOTIFY_INTERVAL	msecs_to_jiffies(20)

/**
 * struct vhost_mem_notify_source - a process that has created regions
 * @hash: Entry in notify_sources.
 * @ready: Entry in notify_ready while there is something to send.
 * @regions: Regions whose events are due.
 * @late: Messages about regions that are gone; sent first.
 * @pid: The process. Constant.
 * @users: Number of regions, plus messages in @late.
 *
 * Protected by vhost_mem_notify_lock.
 */
struct vhost_mem_notify_source {
	struct hlist_node hash;
	struct list_head ready;
	struct list_head regions;
	struct sk_buff_head late;
	struct pid *pid;
	unsigned int users;
};

static void notify_work_fn(struct work_struct *work);

/* Protects the variables below, the sources, and each region's notify. Innermost. */
static DEFINE_SPINLOCK(vhost_mem_notify_lock);
static DEFINE_HASHTABLE(notify_sources, 6);
static LIST_HEAD(notify_ready);		/* sources, in turn */
static LIST_HEAD(notify_waiting);	/* regions, by due */
static unsigned long notify_next;	/* jiffies; nothing is sent earlier */

/* Held while a message about a region is made, so that the region stays. */
static DEFINE_MUTEX(vhost_mem_notify_mutex);

static const struct vhost_mem_notify_sender *notify_sender;
static DECLARE_DELAYED_WORK(notify_work, notify_work_fn);

static void source_put(struct vhost_mem_notify_source *source)
{
	lockdep_assert_held(&vhost_mem_notify_lock);

	if (--source->users)
		return;
	hash_del(&source->hash);
	list_del(&source->ready);
	put_pid(source->pid);
	kfree(source);
}

/* Put the source on the list of ready ones, or take it off, as it has events or not. */
static void source_queue(struct vhost_mem_notify_source *source)
{
	lockdep_assert_held(&vhost_mem_notify_lock);

	if (list_empty(&source->regions) && skb_queue_empty(&source->late))
		list_del_init(&source->ready);
	else if (list_empty(&source->ready))
		list_add_tail(&source->ready, &notify_ready);
}

/* Schedule the work item for the next due event, but no earlier than the rate allows. */
static void notify_schedule(void)
{
	struct vhost_mem_notify *first;
	unsigned long at = notify_next;

	lockdep_assert_held(&vhost_mem_notify_lock);

	if (list_empty(&notify_ready)) {
		first = list_first_entry_or_null(&notify_waiting,
						 struct vhost_mem_notify, node);
		if (!first)
			return;
		if (time_after(first->due, at))
			at = first->due;
	}
	mod_delayed_work(system_dfl_wq, &notify_work,
			 time_after(at, jiffies) ? at - jiffies : 0);
}

static void notify_move_due(void)
{
	struct vhost_mem_notify *notify;

	lockdep_assert_held(&vhost_mem_notify_lock);

	while ((notify = list_first_entry_or_null(&notify_waiting,
						  struct vhost_mem_notify,
						  node)) &&
	       time_after_eq(jiffies, notify->due)) {
		list_move_tail(&notify->node, &notify->source->regions);
		source_queue(notify->source);
	}
}

/* Take the next event of a source: a finished message, or a region and an event. */
static struct sk_buff *source_take(struct vhost_mem_notify_source *source,
				   struct vhost_mem_region **region,
				   enum vhost_mem_event *event)
{
	struct sk_buff *skb = __skb_dequeue(&source->late);
	struct vhost_mem_notify *notify;

	lockdep_assert_held(&vhost_mem_notify_lock);

	*region = NULL;
	if (skb)
		return skb;
	notify = list_first_entry(&source->regions, struct vhost_mem_notify,
				  node);
	*region = container_of(notify, struct vhost_mem_region, notify);
	*event = __ffs(notify->pending);
	notify->announced = true;
	WRITE_ONCE(notify->pending, notify->pending & ~BIT(*event));
	/* The regions of a source take turns, too. */
	if (notify->pending)
		list_move_tail(&notify->node, &source->regions);
	else
		list_del_init(&notify->node);
	return NULL;
}

static void notify_send(struct sk_buff *skb, bool late)
{
	if (IS_ERR(skb))
		notify_sender->lost();
	else if (skb)
		notify_sender->send(skb, late);
}

/* Send the event whose turn it is. Returns false if there is none. */
static bool notify_send_next(void)
{
	struct vhost_mem_notify_source *source;
	struct vhost_mem_region *region;
	enum vhost_mem_event event;
	struct sk_buff *skb;

	mutex_lock(&vhost_mem_notify_mutex);
	spin_lock(&vhost_mem_notify_lock);
	notify_move_due();
	source = list_first_entry_or_null(&notify_ready,
					  struct vhost_mem_notify_source,
					  ready);
	if (!source) {
		spin_unlock(&vhost_mem_notify_lock);
		mutex_unlock(&vhost_mem_notify_mutex);
		return false;
	}
	skb = source_take(source, &region, &event);
	/* To the end of the queue, or out of it. */
	list_del_init(&source->ready);
	source_queue(source);
	if (skb)
		source_put(source);
	spin_unlock(&vhost_mem_notify_lock);

	if (region)
		skb = notify_sender->make(region, event, false);
	mutex_unlock(&vhost_mem_notify_mutex);
	notify_send(skb, !region);
	return true;
}

static void notify_work_fn(struct work_struct *work)
{
	int sent = 0;

	while (sent < NOTIFY_BATCH && notify_send_next())
		sent++;
	spin_lock(&vhost_mem_notify_lock);
	if (sent)
		notify_next = jiffies + NOTIFY_INTERVAL;
	notify_schedule();
	spin_unlock(&vhost_mem_notify_lock);
}

/* An event that joins others of its region becomes due with them. */
static void notify_add(struct vhost_mem_notify *notify,
		       enum vhost_mem_event event)
{
	lockdep_assert_held(&vhost_mem_notify_lock);

	WRITE_ONCE(notify->pending, notify->pending | BIT(event));
	if (!list_empty(&notify->node))
		return;
	notify->due = jiffies + NOTIFY_DELAY;
	list_add_tail(&notify->node, &notify_waiting);
	if (list_is_first(&notify->node, &notify_waiting))
		notify_schedule();
}

/**
 * vhost_mem_notify() - make an event pending
 * @region: The region. If it is not published, nothing happens.
 * @event: The event, neither CREATED nor GONE.
 *
 * Context: region->config_lock held, in the same section as the change itself: if
 * the work item has already cleared the pending bit, it has not read the region yet,
 * so its message includes the change.
 */
void vhost_mem_notify(struct vhost_mem_region *region,
		      enum vhost_mem_event event)
{
	struct vhost_mem_notify *notify = &region->notify;

	lockdep_assert_held(&region->config_lock);

	/* One VM's flood must not contend for the lock that all share. */
	if (READ_ONCE(notify->pending) & BIT(event))
		return;
	spin_lock(&vhost_mem_notify_lock);
	if (notify->live)
		notify_add(notify, event);
	spin_unlock(&vhost_mem_notify_lock);
}

/**
 * vhost_mem_notify_created() - make the event CREATED pending, and allow others
 * @region: The region, just published.
 *
 * Context: Any but interrupts.
 */
void vhost_mem_notify_created(struct vhost_mem_region *region)
{
	spin_lock(&vhost_mem_notify_lock);
	region->notify.live = true;
	notify_add(&region->notify, VHOST_MEM_EVENT_CREATED);
	spin_unlock(&vhost_mem_notify_lock);
}

/* Make a message about a region that is going, and queue it at the source. */
static void notify_add_late(struct vhost_mem_region *region,
			    enum vhost_mem_event event)
{
	struct vhost_mem_notify_source *source = region->notify.source;
	struct sk_buff *skb = notify_sender->make(region, event, true);

	if (IS_ERR_OR_NULL(skb)) {
		notify_send(skb, true);
		return;
	}
	spin_lock(&vhost_mem_notify_lock);
	__skb_queue_tail(&source->late, skb);
	source->users++;
	source_queue(source);
	notify_schedule();
	spin_unlock(&vhost_mem_notify_lock);
}

/**
 * vhost_mem_notify_gone() - queue the event GONE, and take the others back
 * @region: The region, not published any more. When this returns no event of it is
 *	pending or becomes pending, and notify.c does not access it any more.
 *
 * Context: May sleep, until a message that is being made is finished.
 */
void vhost_mem_notify_gone(struct vhost_mem_region *region)
{
	struct vhost_mem_notify *notify = &region->notify;
	struct vhost_mem_notify_source *source = notify->source;
	unsigned long pending;
	bool announced;

	spin_lock(&vhost_mem_notify_lock);
	notify->live = false;
	list_del_init(&notify->node);
	source_queue(source);
	pending = notify->pending;
	announced = notify->announced;
	spin_unlock(&vhost_mem_notify_lock);

	/* Wait for a message about this region that is being made. */
	mutex_lock(&vhost_mem_notify_mutex);
	mutex_unlock(&vhost_mem_notify_mutex);

	if (announced) {
		/* The only event that GONE does not replace. */
		if (pending & BIT(VHOST_MEM_EVENT_VIOLATION))
			notify_add_late(region, VHOST_MEM_EVENT_VIOLATION);
		notify_add_late(region, VHOST_MEM_EVENT_GONE);
	}
	vhost_mem_notify_free(region);
}

/**
 * vhost_mem_notify_init() - prepare a region for events
 * @region: The region; its pid is known.
 *
 * Context: May sleep.
 * Return: 0 or -ENOMEM.
 */
int vhost_mem_notify_init(struct vhost_mem_region *region)
{
	struct vhost_mem_notify_source *source, *new;

	INIT_LIST_HEAD(&region->notify.node);
	new = kzalloc(sizeof(*new), GFP_KERNEL_ACCOUNT);
	if (!new)
		return -ENOMEM;

	spin_lock(&vhost_mem_notify_lock);
	hash_for_each_possible(notify_sources, source, hash,
			       (unsigned long)region->creator.pid) {
		if (source->pid == region->creator.pid)
			goto found;
	}
	source = new;
	new = NULL;
	source->pid = get_pid(region->creator.pid);
	INIT_LIST_HEAD(&source->ready);
	INIT_LIST_HEAD(&source->regions);
	__skb_queue_head_init(&source->late);
	hash_add(notify_sources, &source->hash, (unsigned long)source->pid);
found:
	source->users++;
	region->notify.source = source;
	spin_unlock(&vhost_mem_notify_lock);
	kfree(new);
	return 0;
}

/**
 * vhost_mem_notify_free() - undo vhost_mem_notify_init()
 * @region: The region; not published, or gone.
 *
 * Context: Any but interrupts.
 */
void vhost_mem_notify_free(struct vhost_mem_region *region)
{
	struct vhost_mem_notify_source *source = region->notify.source;

	if (!source)
		return;
	region->notify.source = NULL;
	spin_lock(&vhost_mem_notify_lock);
	source_put(source);
	spin_unlock(&vhost_mem_notify_lock);
}

/**
 * vhost_mem_notify_start() - set who sends events
 * @sender: The sender.
 *
 * Context: Module initialization, before there is a region.
 */
void vhost_mem_notify_start(const struct vhost_mem_notify_sender *sender)
{
	notify_sender = sender;
	notify_next = jiffies;
}

/**
 * vhost_mem_notify_stop() - send what is left, and stop the work item
 *
 * Regions pin the module, so there is none any more, and only messages about regions
 * that are gone can be left. cancel_delayed_work_sync() waits until the function has
 * returned to the workqueue's code, so none of the module's code runs after it.
 *
 * Context: Module exit; or failed initialization.
 */
void vhost_mem_notify_stop(void)
{
	cancel_delayed_work_sync(&notify_work);
	while (notify_send_next())
		cond_resched();
}
