// SPDX-License-Identifier: GPL-2.0
/*
 * References: does anybody else hold memory of a region that is to be freed?
 *
 * A page that somebody refers to outlives its removal from the page cache: one
 * that is pinned for DMA, and just as well one that was put into a pipe by
 * vmsplice(). Whoever plugs, touches, refers, unplugs and plugs again would hold
 * more memory than was ever plugged. The unit of that is the folio: a reference
 * to 4 KiB keeps all 2 MiB.
 *
 * Why a look at a folio is final: its blocks are closed (gate.c), so no fault can
 * map it again, and page tables and the page cache are the only ways to it.
 *  - A fault that was under way holds the folio's lock until the page is mapped.
 *    So the folio is locked first, then unmapped, then looked at.
 *  - GUP-fast takes a reference without any lock, and gives it back unless the
 *    page table entry is still there. One that succeeds has taken its reference
 *    before we cleared the entry.
 *  - A reference of ours, by the batch, keeps the folio from being split or
 *    migrated meanwhile.
 *  - Memory that is swapped out is not referred to: reclaim, too, unmaps a folio
 *    and then keeps it if there are references.
 *
 * The kernel itself refers to a folio for moments: batches of the LRU, one for
 * each CPU, and whoever isolates folios to reclaim, migrate or compact. So what
 * looks referred to is looked at again, after the batches were drained.
 */

#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/pagevec.h>
#include <linux/workqueue.h>

#include "guard.h"

#define REFERENCE_WAIT_US	1000

/*
 * Drain this CPU's batches. The function for it is not exported; but releasing a
 * batch of folios does it, as their last references may lie there.
 */
static long reference_drain_cpu(void *data)
{
	struct folio_batch batch;
	struct folio *folio = data;

	folio_batch_init(&batch);
	folio_get(folio);
	folio_batch_add(&batch, folio);
	folio_batch_release(&batch);
	return 0;
}

static void reference_drain(struct folio *folio)
{
	int cpu;

	/* If one goes offline meanwhile, its batches are drained by that. */
	for_each_online_cpu(cpu)
		work_on_cpu(cpu, reference_drain_cpu, folio);
}

/* The folio is locked and in the page cache, which has a reference a page. */
static bool reference_is_foreign(struct folio *folio)
{
	/*
	 * memory_failure() keeps a reference to broken memory for good. Nobody
	 * can use that.
	 */
	if (folio_test_hwpoison(folio) ||
	    (folio_test_large(folio) && folio_test_has_hwpoisoned(folio)))
		return false;
	return folio_ref_count(folio) > folio_nr_pages(folio) + 1;
}

static bool reference_look(struct address_space *mapping, struct folio *folio)
{
	bool foreign = false;

	folio_lock(folio);
	/* It may have been swapped out. */
	if (folio->mapping == mapping) {
		if (folio_mapped(folio))
			unmap_mapping_range(mapping, folio_pos(folio),
					    folio_size(folio), 1);
		foreign = reference_is_foreign(folio);
	}
	folio_unlock(folio);
	return foreign;
}

static bool reference_stays(struct vhost_mem_look *look, struct folio *folio)
{
	struct address_space *mapping = look->file->f_mapping;

	while (reference_look(mapping, folio)) {
		if (!look->drained) {
			look->drained = true;
			reference_drain(folio);
			continue;
		}
		if (!look->waits)
			return true;
		look->waits--;
		usleep_range(REFERENCE_WAIT_US, 2 * REFERENCE_WAIT_US);
	}
	return false;
}

/**
 * vhost_mem_reference_find() - find memory that somebody else refers to
 * @look: Where to look, and when to stop. Where something is found, @look->pos
 *	and @look->found_end are its first byte and the first byte behind it.
 *
 * Context: The range's blocks are closed to faults. May sleep.
 * Return: 1 if there is some; 0 if there is none up to @look->end; -ECANCELED if
 * @look->interrupts was not 0.
 */
int vhost_mem_reference_find(struct vhost_mem_look *look)
{
	pgoff_t index = look->pos >> PAGE_SHIFT;
	pgoff_t last = (look->end - 1) >> PAGE_SHIFT;
	struct folio_batch batch;
	unsigned int i;
	int ret = 0;

	folio_batch_init(&batch);
	while (!ret && look->pos < look->end &&
	       filemap_get_folios(look->file->f_mapping, &index, last, &batch)) {
		for (i = 0; !ret && i < folio_batch_count(&batch); i++) {
			struct folio *folio = batch.folios[i];

			if (!reference_stays(look, folio))
				continue;
			look->pos = max_t(u64, look->pos, folio_pos(folio));
			look->found_end = min_t(u64, look->end,
						folio_pos(folio) +
						folio_size(folio));
			ret = 1;
		}
		folio_batch_release(&batch);
		if (!ret && look->interrupts && atomic_read(look->interrupts))
			ret = -ECANCELED;
		cond_resched();
	}
	return ret;
}

/**
 * vhost_mem_reference_zero() - clear memory that cannot be freed
 * @file: The shmem file of a region.
 * @pos: First byte; page aligned.
 * @end: First byte behind; page aligned.
 *
 * Context: The range's blocks are closed to faults. May sleep.
 */
void vhost_mem_reference_zero(struct file *file, u64 pos, u64 end)
{
	struct address_space *mapping = file->f_mapping;
	pgoff_t index = pos >> PAGE_SHIFT;
	struct folio_batch batch;
	unsigned int i;
	u64 from, to;

	folio_batch_init(&batch);
	while (filemap_get_folios(mapping, &index, (end - 1) >> PAGE_SHIFT,
				  &batch)) {
		for (i = 0; i < folio_batch_count(&batch); i++) {
			struct folio *folio = batch.folios[i];

			folio_lock(folio);
			if (folio->mapping == mapping) {
				from = max_t(u64, pos, folio_pos(folio));
				to = min_t(u64, end, folio_pos(folio) +
						     folio_size(folio));
				folio_zero_range(folio,
						 from - folio_pos(folio),
						 to - from);
				/* Or swapping would lose the zeroes. */
				folio_mark_dirty(folio);
			}
			folio_unlock(folio);
		}
		folio_batch_release(&batch);
		cond_resched();
	}
}
