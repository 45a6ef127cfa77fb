// SPDX-License-Identifier: GPL-2.0
/*
 * References: is memory of a region that is to be freed referenced elsewhere?
 *
 * A page that is referenced outlives its removal from the page cache, be it pinned
 * for DMA or held in a pipe after vmsplice(). A VMM that plugged, touched,
 * referenced, unplugged and plugged again would hold more memory than was ever
 * plugged. The unit is the folio: a reference to 4 KiB keeps all 2 MiB.
 *
 * The kernel itself holds transient references: the per-CPU batches of the LRU, and
 * reclaim, migration and compaction while they have isolated a folio. So a folio that
 * seems to be referenced is checked again after the batches were drained.
 */

#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/folio_batch.h>
#include <linux/fs.h>
#include <linux/jiffies.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/percpu.h>
#include <linux/workqueue.h>

#include "backing.h"
#include "guard.h"
#include "vhost_mem.h"

#define REFERENCE_WAIT_US	1000

/* Maximum number of additional waits for other CPUs to drain. */
#define REFERENCE_DRAIN_WAITS	200

static struct workqueue_struct *reference_wq;
static DEFINE_PER_CPU(struct work_struct, reference_drain_work);
static unsigned long reference_drained;		/* jiffies; races are harmless */

/*
 * lru_add_drain() is not exported. Releasing a batch of folios drains this CPU's
 * batches, too, because they may hold the last references.
 */
static void reference_drain(struct folio *folio)
{
	struct folio_batch batch;

	folio_batch_init(&batch);
	folio_get(folio);
	folio_batch_add(&batch, folio);
	folio_batch_release(&batch);
}

static void reference_drain_cpu(struct work_struct *work)
{
	reference_drain(page_folio(ZERO_PAGE(0)));
}

/*
 * Queue work that drains the batches of every CPU. Nobody waits for the work itself,
 * because a CPU may never get to it. At most once per jiffy, as every guest can cause
 * it.
 */
static void reference_drain_all(void)
{
	int cpu;

	if (!time_after(jiffies, READ_ONCE(reference_drained)))
		return;
	WRITE_ONCE(reference_drained, jiffies);
	/* Going offline drains the batches of a CPU, too. */
	for_each_online_cpu(cpu)
		queue_work_on(cpu, reference_wq,
			      per_cpu_ptr(&reference_drain_work, cpu));
}

static bool reference_drain_is_pending(void)
{
	int cpu;

	for_each_online_cpu(cpu)
		if (work_busy(per_cpu_ptr(&reference_drain_work, cpu)))
			return true;
	return false;
}

/**
 * vhost_mem_reference_stays() - is a folio referenced elsewhere, and not only for now?
 * @look: A search that includes the folio.
 * @folio: The folio; one reference is the caller's.
 *
 * Context: The folio's blocks are closed or shut. May sleep.
 * Return: Whether it is.
 */
bool vhost_mem_reference_stays(struct vhost_mem_look *look,
			       struct folio *folio)
{
	while (look->region->guard.backing->referenced(look, folio)) {
		if (!look->waits)
			return true;
		if (look->waits == VHOST_MEM_LOOK_WAITS) {
			look->waits--;
			reference_drain(folio);
			continue;
		}
		reference_drain_all();
		usleep_range(REFERENCE_WAIT_US, 2 * REFERENCE_WAIT_US);
		/* Give slow CPUs more time to drain, but not without bound. */
		if (look->drain_waits < REFERENCE_DRAIN_WAITS &&
		    reference_drain_is_pending())
			look->drain_waits++;
		else
			look->waits--;
	}
	return false;
}

/**
 * vhost_mem_reference_init() - prepare for draining the batches of other CPUs
 *
 * Context: Module initialization.
 * Return: 0 or -ENOMEM.
 */
int vhost_mem_reference_init(void)
{
	int cpu;

	for_each_possible_cpu(cpu)
		INIT_WORK(per_cpu_ptr(&reference_drain_work, cpu),
			  reference_drain_cpu);
	/*
	 * A workqueue of its own, so that work items that wait for a gate do not
	 * delay the drain for which the gate waits.
	 */
	reference_drained = jiffies;
	reference_wq = alloc_workqueue("vhost_mem_drain",
				       WQ_MEM_RECLAIM | WQ_PERCPU, 0);
	return reference_wq ? 0 : -ENOMEM;
}

/**
 * vhost_mem_reference_exit() - undo vhost_mem_reference_init()
 *
 * Context: Module exit, or failed initialization.
 */
void vhost_mem_reference_exit(void)
{
	destroy_workqueue(reference_wq);
}

/**
 * vhost_mem_reference_exceeds() - are there more references to a folio than expected?
 * @folio: The folio.
 * @expected: Number of references.
 *
 * Context: The caller knows why there will not be more.
 * Return: Whether there are.
 */
bool vhost_mem_reference_exceeds(struct folio *folio, long expected)
{
	/*
	 * memory_failure() never drops its reference to broken memory, and nobody
	 * can use that memory.
	 */
	if (folio_test_hwpoison(folio) ||
	    (folio_test_large(folio) &&
	     folio_test_has_hwpoisoned(folio)))
		return false;
	return folio_ref_count(folio) > expected;
}

/**
 * vhost_mem_reference_find() - find memory that is referenced elsewhere
 * @look: The search. If a folio is found, @look->pos and @look->found_end are set to
 *	its first byte and the first byte behind it, clamped to the range.
 *
 * Context: The range is closed to faults. May sleep.
 * Return: 1 if a folio was found; 0 if there is none up to @look->end; -ECANCELED if
 * @look->interrupts was not 0.
 */
int vhost_mem_reference_find(struct vhost_mem_look *look)
{
	const struct vhost_mem_guard *guard = &look->region->guard;
	struct address_space *mapping = guard->file->f_mapping;
	pgoff_t index = look->pos >> guard->index_shift;
	pgoff_t last = (look->end - 1) >> guard->index_shift;
	struct folio_batch batch;
	unsigned int i;
	int ret = 0;

	folio_batch_init(&batch);
	while (!ret && look->pos < look->end &&
	       filemap_get_folios(mapping, &index, last, &batch)) {
		for (i = 0; !ret && i < folio_batch_count(&batch); i++) {
			struct folio *folio = batch.folios[i];
			u64 pos = (u64)folio->index << guard->index_shift;

			if (!vhost_mem_reference_stays(look, folio))
				continue;
			look->pos = max(look->pos, pos);
			look->found_end = min_t(u64, look->end,
						pos + folio_size(folio));
			ret = 1;
		}
		folio_batch_release(&batch);
		if (!ret && look->interrupts && atomic_read(look->interrupts))
			ret = -ECANCELED;
		cond_resched();
	}
	return ret;
}
