// SPDX-License-Identifier: GPL-2.0
/*
 * Linux's memory management as the driver sees it: memory blocks that go online and
 * offline with notifications, pages that are free, in use, or taken, and zones.
 */
#include "guest/device.h"
#include "sim.h"

struct page *sim_pages;
struct pglist_data sim_node;
struct notifier_block *sim_memory_nb, *sim_oom_nb, *sim_kept_oom_nb, *sim_pm_nb;
struct resource iomem_resource;
long sim_free_swap;

/* Of the region, in the kernel's zone and the movable one. */
static long free_pages[2], managed_pages[2];
static online_page_callback_t online_callback = generic_online_page;

u64 sim_block_addr(unsigned long block)
{
	return PFN_PHYS(sim.first_pfn + block * sim.block_pages);
}

static struct sim_block *block_of(unsigned long pfn)
{
	REQUIRE(pfn >= sim.first_pfn && pfn < sim.end_pfn);
	return &sim.blocks[(pfn - sim.first_pfn) / sim.block_pages];
}

void mm_init(void)
{
	u64 first = ALIGN(sim.addr, sim.memory_block);
	u64 end = ALIGN_DOWN(sim.addr + sim.size, sim.memory_block);

	sim.first_pfn = PHYS_PFN(first);
	sim.block_pages = PHYS_PFN(sim.memory_block);
	sim.nr_blocks = end > first ? (end - first) / sim.memory_block : 0;
	sim.end_pfn = sim.first_pfn + sim.nr_blocks * sim.block_pages;
	sim.blocks = calloc(sim.nr_blocks + 1, sizeof(*sim.blocks));
	sim_pages = calloc(sim.end_pfn + 1, sizeof(*sim_pages));
	sim.boot_free = BOOT_PAGES;
	free_pages[0] = 0;
	free_pages[1] = 0;
	managed_pages[0] = 0;
	managed_pages[1] = 0;
	sim_free_swap = 0;
	iomem_resource = (struct resource){ 0 };
	online_callback = generic_online_page;
}

void mm_exit(void)
{
	free(sim.blocks);
	free(sim_pages);
}

/* Whether Linux, or somebody who has got it from Linux, may use a page. */
bool mm_has(unsigned long pfn)
{
	if (pfn < sim.first_pfn || pfn >= sim.end_pfn || !block_of(pfn)->online)
		return false;
	return !sim_pages[pfn].offline;
}

static void set_use(struct page *page, enum sim_use use)
{
	bool movable = block_of(page_to_pfn(page))->movable;

	free_pages[movable] += (use == SIM_FREE) - (page->use == SIM_FREE);
	page->use = use;
	page->refs = use == SIM_PINNED ? 2 : use != SIM_FREE;
	page->mapping = use == SIM_KERNEL || use == SIM_ALLOCATED ? NULL : &sim;
	page->_mapcount.counter = page->mapping && use != SIM_FREE ? 0 : -1;
	page->private = 0;
}

bool sim_is_written(const struct page *page)
{
	return page->use == SIM_WRITEBACK &&
	       time_before(jiffies, sim.writeback_end);
}

void mm_set_use(unsigned long pfn, enum sim_use use)
{
	REQUIRE(mm_has(pfn));
	set_use(&sim_pages[pfn], use);
}

unsigned long mm_count(enum sim_use use)
{
	unsigned long pfn, nr = 0;

	for (pfn = sim.first_pfn; pfn < sim.end_pfn; pfn++)
		nr += mm_has(pfn) && sim_pages[pfn].use == use;
	return nr;
}

void mm_free_all(void)
{
	unsigned long pfn;

	for (pfn = sim.first_pfn; pfn < sim.end_pfn; pfn++)
		if (mm_has(pfn) && sim_pages[pfn].use != SIM_ALLOCATED)
			set_use(&sim_pages[pfn], SIM_FREE);
	sim.boot_free = BOOT_PAGES;
}

void mm_check(void)
{
	unsigned long pfn;
	long managed = 0, nr_free = 0;

	/* Pages are on their way. */
	if (sim_vmg() && sim_vmg()->map.lock.held)
		return;
	for (pfn = sim.first_pfn; pfn < sim.end_pfn; pfn++) {
		if (!mm_has(pfn)) {
			/* Somebody would free it, or the block would go offline. */
			if (block_of(pfn)->online && !block_of(pfn)->isolated)
				REQUIRE(sim_pages[pfn].refs == !(pfn % pageblock_nr_pages));
			continue;
		}
		managed++;
		nr_free += sim_pages[pfn].use == SIM_FREE;
		REQUIRE(device_is_plugged(PFN_PHYS(pfn)));
		REQUIRE(!queue_covers(PFN_PHYS(pfn), VIRTIO_MEM_REQ_UNPLUG));
	}
	REQUIRE(managed == managed_pages[0] + managed_pages[1]);
	REQUIRE(nr_free == free_pages[0] + free_pages[1]);
}

/* --- who holds the hotplug lock --- */

static void lock_hotplug(void)
{
	struct vmg *vmg = sim_vmg();

	REQUIRE(!vmg || !vmg->map.lock.held);
	while (sim.hotplug_locked)
		sim_wait(sim_end(MAX_SCHEDULE_TIMEOUT), false);
	sim.hotplug_locked = true;
	sim.hotplug_since = jiffies;
}

static void unlock_hotplug(void)
{
	if (!sim.hotplug_by_user)
		sim.longest_hotplug = max(sim.longest_hotplug,
					  jiffies - sim.hotplug_since);
	sim.hotplug_locked = false;
}

static int notify(unsigned long action, unsigned long block)
{
	struct memory_notify arg = {
		.start_pfn = sim.first_pfn + block * sim.block_pages,
		.nr_pages = sim.block_pages,
	};

	return sim_memory_nb ?
	       sim_memory_nb->notifier_call(sim_memory_nb, action, &arg) :
	       NOTIFY_DONE;
}

/* --- going online --- */

void generic_online_page(struct page *page, unsigned int order)
{
	unsigned long pfn = page_to_pfn(page), end = pfn + (1UL << order);

	for (; pfn < end; pfn++) {
		page = pfn_to_page(pfn);
		/* As it was initialized. */
		REQUIRE(page->use == SIM_NONE && page->offline && page->refs == 1);
		REQUIRE(device_is_plugged(PFN_PHYS(pfn)));
		REQUIRE(!queue_covers(PFN_PHYS(pfn), VIRTIO_MEM_REQ_UNPLUG));
		page->offline = false;
		set_use(page, SIM_FREE);
		managed_pages[block_of(pfn)->movable]++;
	}
}

int set_online_page_callback(online_page_callback_t callback)
{
	if (online_callback != generic_online_page)
		return -EINVAL;
	online_callback = callback;
	return 0;
}

int restore_online_page_callback(online_page_callback_t callback)
{
	REQUIRE(online_callback == callback);
	online_callback = generic_online_page;
	return 0;
}

bool page_ref_freeze(struct page *page, int refs)
{
	if (page->refs != refs)
		return false;
	page->refs = 0;
	return true;
}

void adjust_managed_page_count(struct page *page, long nr)
{
	managed_pages[block_of(page_to_pfn(page))->movable] += nr;
}

static int online_block(unsigned long i, bool movable)
{
	struct sim_block *block = &sim.blocks[i];
	unsigned long pfn = PHYS_PFN(sim_block_addr(i));
	unsigned long end = pfn + sim.block_pages;

	REQUIRE(block->present && !block->online);
	if (notify(MEM_GOING_ONLINE, i) == NOTIFY_BAD) {
		notify(MEM_CANCEL_ONLINE, i);
		return -EBUSY;
	}
	for (; pfn < end; pfn++)
		sim_pages[pfn] = (struct page){ .offline = true, .refs = 1 };
	block->online = true;
	block->movable = movable;
	for (pfn = end - sim.block_pages; pfn < end; pfn += MAX_ORDER_NR_PAGES)
		online_callback(pfn_to_page(pfn), ilog2(MAX_ORDER_NR_PAGES));
	notify(MEM_ONLINE, i);
	return 0;
}

int mm_user_online(unsigned long block, bool movable)
{
	int rc;

	REQUIRE(!sim.hotplug_locked);
	sim.hotplug_locked = true;
	sim.hotplug_by_user = true;
	rc = online_block(block, movable);
	sim.hotplug_by_user = false;
	sim.hotplug_locked = false;
	return rc;
}

/* --- moving what is in use --- */

static bool is_target(unsigned long pfn)
{
	return mm_has(pfn) && sim_pages[pfn].use == SIM_FREE &&
	       !block_of(pfn)->isolated;
}

/* Moves a page away from @first to @end, and itself. */
static bool move_page(struct page *page, unsigned long first, unsigned long end)
{
	unsigned long pfn;

	if (sim.boot_free > 64) {
		sim.boot_free--;
		set_use(page, SIM_FREE);
		return true;
	}
	for (pfn = sim.first_pfn; pfn < sim.end_pfn; pfn++) {
		if ((pfn < first || pfn >= end) && is_target(pfn)) {
			set_use(&sim_pages[pfn], page->use);
			set_use(page, SIM_FREE);
			return true;
		}
	}
	if (page->use != SIM_HUGE && sim_free_swap) {
		sim_free_swap--;
		set_use(page, SIM_FREE);
		return true;
	}
	return false;
}

int alloc_contig_range(unsigned long start, unsigned long end, int type, int gfp)
{
	unsigned long pfn;
	struct page *page;

	(void)gfp;
	REQUIRE(type == MIGRATE_MOVABLE);
	REQUIRE(start < end && !(start % pageblock_nr_pages) &&
		!(end % pageblock_nr_pages) && block_of(start)->online);
	REQUIRE(block_of(start) == block_of(end - 1));
	sim.contig_calls++;
	if (sim.contig_fails) {
		sim.contig_fails--;
		if (sim.contig_failed)
			sim.contig_failed();
		return -EBUSY;
	}
	if (sim_random(100) < sim.faults.contig)
		return sim_random(2) ? -EBUSY : -EAGAIN;
	for (pfn = start; pfn < end; pfn++) {
		page = pfn_to_page(pfn);
		if (page->use == SIM_FREE)
			continue;
		while (page->use == SIM_WRITEBACK &&
		       time_before(jiffies, sim.writeback_end)) {
			sim.slept = true;
			sim_wait(sim.writeback_end, false);
		}
		if (page->use == SIM_WRITEBACK)
			set_use(page, SIM_MOVABLE);
		if ((page->use != SIM_MOVABLE && page->use != SIM_HUGE) ||
		    !move_page(page, start, end))
			return -EBUSY;
	}
	for (pfn = start; pfn < end; pfn++) {
		set_use(pfn_to_page(pfn), SIM_TAKEN);
		pfn_to_page(pfn)->refs = 1;
	}
	return 0;
}

/* --- going offline --- */

static int offline_begin(unsigned long i)
{
	struct sim_block *block = &sim.blocks[i];
	unsigned long pfn = PHYS_PFN(sim_block_addr(i));
	unsigned long end = pfn + sim.block_pages;

	REQUIRE(block->online && !block->isolated);
	for (; pfn < end; pfn++)
		if (sim_pages[pfn].reserved ||
		    (!sim_pages[pfn].offline && (sim_pages[pfn].use == SIM_KERNEL ||
						 sim_pages[pfn].use == SIM_ALLOCATED)))
			return -EBUSY;
	block->isolated = true;
	if (notify(MEM_GOING_OFFLINE, i) == NOTIFY_BAD) {
		notify(MEM_CANCEL_OFFLINE, i);
		block->isolated = false;
		return -EBUSY;
	}
	return 0;
}

/* Whether nothing is in use any more: 0, or an error, of which -EAGAIN is none. */
static int offline_try(unsigned long i)
{
	unsigned long pfn = PHYS_PFN(sim_block_addr(i));
	unsigned long end = pfn + sim.block_pages;
	struct page *page;
	int rc = 0;

	for (; pfn < end; pfn++) {
		page = pfn_to_page(pfn);
		if (page->offline && page->refs)
			return -EBUSY;
		if (page->offline || page->use == SIM_FREE)
			continue;
		if (page->use == SIM_WRITEBACK) {
			/* A sleep that no signal ends. */
			while (!sim.in_step &&
			       time_before(jiffies, sim.writeback_end))
				sim_wait(sim.writeback_end, false);
			if (!time_before(jiffies, sim.writeback_end))
				page->use = SIM_MOVABLE;
		}
		if (page->use == SIM_HUGE) {
			/* Those of the pool that are free are dissolved. */
			sim.huge--;
			set_use(page, SIM_FREE);
		} else if (page->use == SIM_MOVABLE && move_page(page, 0, 0)) {
			sim.migrated += !sim.hotplug_by_user;
		} else {
			rc = -EAGAIN;
		}
	}
	return rc;
}

static void offline_end(unsigned long i, bool offline)
{
	struct sim_block *block = &sim.blocks[i];
	unsigned long pfn = PHYS_PFN(sim_block_addr(i));
	unsigned long end = pfn + sim.block_pages;

	if (offline) {
		for (; pfn < end; pfn++) {
			if (sim_pages[pfn].offline)
				continue;
			managed_pages[block->movable]--;
			set_use(&sim_pages[pfn], SIM_NONE);
		}
		block->online = false;
	}
	notify(offline ? MEM_OFFLINE : MEM_CANCEL_OFFLINE, i);
	block->isolated = false;
}

int mm_user_offline_begin(unsigned long block)
{
	int rc;

	REQUIRE(!sim.hotplug_locked);
	sim.hotplug_locked = true;
	sim.hotplug_by_user = true;
	rc = offline_begin(block);
	if (rc) {
		sim.hotplug_by_user = false;
		sim.hotplug_locked = false;
	} else {
		sim.user_block = block;
	}
	return rc;
}

void mm_user_offline_end(bool give_up)
{
	long block = sim.user_block;

	offline_end(block, !give_up && !offline_try(block));
	sim.user_block = -1;
	sim.hotplug_by_user = false;
	sim.hotplug_locked = false;
}

static int offline_block(unsigned long block)
{
	int rc = offline_begin(block);

	if (rc)
		return rc;
	while ((rc = signal_pending(current) ? -EINTR : offline_try(block)) == -EAGAIN)
		sim_wait(jiffies + HZ / 10, false);
	offline_end(block, !rc);
	return rc;
}

static unsigned long block_at(u64 addr)
{
	REQUIRE(addr % sim.memory_block == 0);
	REQUIRE(addr >= sim_block_addr(0) && addr < sim_block_addr(sim.nr_blocks));
	return (addr - sim_block_addr(0)) / sim.memory_block;
}

int offline_and_remove_memory(u64 start, u64 size)
{
	unsigned long first = block_at(start), i;
	unsigned long end = first + size / sim.memory_block;
	bool *was_online;
	int rc = 0;

	REQUIRE(size && size % sim.memory_block == 0 && end <= sim.nr_blocks);
	lock_hotplug();
	sim.offline_calls++;
	was_online = calloc(end, sizeof(*was_online));
	for (i = first; i < end && !rc; i++) {
		REQUIRE(sim.blocks[i].present);
		was_online[i] = sim.blocks[i].online;
		if (was_online[i])
			rc = offline_block(i);
	}
	for (i = first; i < end; i++) {
		if (!rc)
			sim.blocks[i].present = false;
		else if (was_online[i] && !sim.blocks[i].online)
			online_block(i, sim.blocks[i].movable);
	}
	free(was_online);
	unlock_hotplug();
	return rc;
}

int remove_memory(u64 start, u64 size)
{
	unsigned long first = block_at(start), i;
	unsigned long end = first + size / sim.memory_block;
	int rc = 0;

	lock_hotplug();
	for (i = first; i < end; i++)
		if (sim.blocks[i].online)
			rc = -EBUSY;
	for (i = first; i < end && !rc; i++)
		sim.blocks[i].present = false;
	unlock_hotplug();
	return rc;
}

int add_memory_driver_managed(int nid, u64 start, u64 size, const char *name,
			      int flags)
{
	unsigned long first = block_at(start), i;
	unsigned long end = first + size / sim.memory_block;
	u64 most = max(SZ_512M, sim.device_block);

	REQUIRE(nid == 1 && name && flags & MHP_NID_IS_MGID);
	REQUIRE(size && size % sim.memory_block == 0 && end <= sim.nr_blocks);
	REQUIRE(size <= max(most, sim.memory_block));
	lock_hotplug();
	sim.add_calls++;
	if (sim_random(100) < sim.faults.add) {
		unlock_hotplug();
		return -ENOMEM;
	}
	for (i = first; i < end; i++) {
		REQUIRE(!sim.blocks[i].present);
		sim.blocks[i] = (struct sim_block){ .present = true };
	}
	for (i = first; i < end && sim.policy != SIM_OFFLINE; i++)
		online_block(i, sim.policy == SIM_ONLINE_MOVABLE);
	unlock_hotplug();
	return 0;
}

unsigned long memory_block_size_bytes(void)
{
	return sim.memory_block;
}

struct range mhp_get_pluggable_range(bool need_mapping)
{
	(void)need_mapping;
	return (struct range){ .end = (1ULL << 46) - 1 };
}

int memory_group_register_dynamic(int nid, unsigned long unit_pages)
{
	REQUIRE(!nid && unit_pages % sim.block_pages == 0);
	return 1;
}

int memory_group_unregister(int mgid)
{
	unsigned long i;

	REQUIRE(mgid == 1);
	for (i = 0; i < sim.nr_blocks; i++)
		REQUIRE(!sim.blocks[i].present);
	return 0;
}

struct resource *__request_region(struct resource *parent, u64 start, u64 size,
				  const char *name, int flags)
{
	struct resource *resource;

	if (parent->size)
		return NULL;
	parent->size = size;
	resource = sim_alloc(sizeof(*resource));
	*resource = (struct resource){ start, size, flags | IORESOURCE_BUSY, name };
	return resource;
}

int release_resource(struct resource *resource)
{
	iomem_resource.size -= resource->size;
	return 0;
}

/* --- how much there is --- */

long zone_page_state(struct zone *zone, int item)
{
	bool movable = zone == &sim_node.node_zones[ZONE_MOVABLE];

	if (item != NR_FREE_PAGES)
		return 0;
	return free_pages[movable] + (movable ? sim.others * MAX_ORDER_NR_PAGES : sim.boot_free);
}

long zone_managed_pages(struct zone *zone)
{
	bool movable = zone == &sim_node.node_zones[ZONE_MOVABLE];

	return managed_pages[movable] + (movable ? 0 : BOOT_PAGES);
}

enum zone_type page_zonenum(struct page *page)
{
	bool movable = page->outside ? page->movable : block_of(page_to_pfn(page))->movable;

	return movable ? ZONE_MOVABLE : ZONE_NORMAL;
}

long si_mem_available(void)
{
	return sim.boot_free + free_pages[0] + free_pages[1];
}

unsigned long totalram_pages(void)
{
	return BOOT_PAGES + managed_pages[0] + managed_pages[1];
}

static bool is_free_chunk(unsigned long pfn, unsigned long nr, bool movable)
{
	unsigned long end = pfn + nr;

	for (; pfn < end; pfn++)
		if (!is_target(pfn) || block_of(pfn)->movable != movable)
			return false;
	return true;
}

/* Pages of the region. The first that are free, or for user space any. */
static struct page *alloc_region(unsigned long nr, bool movable)
{
	unsigned long first = ALIGN(sim.first_pfn, nr), chunks, skip, pfn, i, n;

	chunks = sim.end_pfn > first ? (sim.end_pfn - first) / nr : 0;
	skip = movable ? sim_random(chunks) : 0;
	for (n = 0; n < chunks; n++) {
		pfn = first + (skip + n) % chunks * nr;
		if (!is_free_chunk(pfn, nr, movable))
			continue;
		for (i = 0; i < nr; i++) {
			mm_set_use(pfn + i, SIM_ALLOCATED);
			sim_pages[pfn + i].refs = !i;
		}
		return pfn_to_page(pfn);
	}
	return NULL;
}

/* Memory of the kernel: from a block of its zone if there is one, as Linux does. */
struct page *alloc_pages(int gfp, unsigned int order)
{
	unsigned long nr = 1UL << order;
	struct page *page;

	(void)gfp;
	page = alloc_region(nr, false);
	if (page)
		return page;
	if (sim.boot_free < (long)nr)
		return NULL;
	/* Those of boot memory are only counted; one stands for all. */
	sim.boot_free -= nr;
	page = calloc(1, sizeof(*page));
	page->outside = true;
	return page;
}

/* Memory of user space: of the movable zone, ours or another's, and then the kernel's. */
struct page *alloc_pages_node(int nid, int gfp, unsigned int order)
{
	struct page *page = NULL;

	REQUIRE(!nid && gfp & __GFP_MOVABLE && gfp & __GFP_THISNODE);
	/* Others would be kept waiting. */
	REQUIRE(!(gfp & __GFP_RECLAIM));
	REQUIRE(!sim.init_on_alloc);
	if (sim_random(100) < sim.faults.alloc)
		return NULL;
	if (!sim.others || sim_random(2))
		page = alloc_region(1UL << order, true);
	if (page || !sim.others)
		return page ?: alloc_pages(gfp, order);
	sim.others--;
	sim.others_taken++;
	sim.most_others_taken = max(sim.most_others_taken, sim.others_taken);
	page = calloc(1, sizeof(*page));
	page->outside = true;
	page->movable = true;
	return page;
}

bool sim_init_on_alloc(void)
{
	return sim.init_on_alloc;
}

/* With the number of free chunks of the movable zone, for each size. */
struct pglist_data *sim_node_data(void)
{
	struct free_area *areas = sim_node.node_zones[ZONE_MOVABLE].free_area;
	unsigned long pfn, nr;
	unsigned int order;

	for (order = 0; order < ARRAY_SIZE(sim_node.node_zones[0].free_area); order++)
		areas[order].nr_free = 0;
	for (pfn = sim.first_pfn; pfn < sim.end_pfn; pfn += nr) {
		for (order = ilog2(MAX_ORDER_NR_PAGES); order; order--)
			if (!(pfn & ((1UL << order) - 1)) && pfn + (1UL << order) <= sim.end_pfn &&
			    is_free_chunk(pfn, 1UL << order, true))
				break;
		nr = 1UL << order;
		areas[order].nr_free += order || is_free_chunk(pfn, 1, true);
	}
	areas[ilog2(MAX_ORDER_NR_PAGES)].nr_free += sim.others;
	return &sim_node;
}

/* What was allocated at once, or is given back to Linux. */
void __free_pages(struct page *page, unsigned int order)
{
	unsigned long nr = 1UL << order, pfn = page_to_pfn(page), i;

	if (page->outside) {
		/* Nobody else's memory is marked, or freed twice. */
		REQUIRE(!page->offline);
		sim.boot_free += page->movable ? 0 : nr;
		sim.others += page->movable;
		sim.others_taken -= page->movable;
		free(page);
		return;
	}
	REQUIRE(nr <= MAX_ORDER_NR_PAGES && !(pfn % nr));
	for (i = 0; i < nr; i++) {
		REQUIRE(page[i].use == SIM_ALLOCATED || page[i].use == SIM_TAKEN ||
			page[i].use == SIM_NONE);
		REQUIRE(!page[i].offline && page[i].refs == !i);
		REQUIRE(device_is_plugged(PFN_PHYS(pfn + i)));
		REQUIRE(!queue_covers(PFN_PHYS(pfn + i), VIRTIO_MEM_REQ_UNPLUG));
		set_use(page + i, SIM_FREE);
	}
}
