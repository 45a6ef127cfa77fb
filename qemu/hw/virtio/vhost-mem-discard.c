// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vhost-mem: tells the rest of QEMU which blocks are plugged, so that a dump or a
 * migration does not read the others, which would kill QEMU.
 *
 * The answer is true when it is given. It stays true while the virtqueue is stopped, as
 * for a dump, or the region is frozen, as during a migration; and while there is a
 * listener, which is notified before anything changes (vhost-mem-confirm.c).
 */

#include "qemu/osdep.h"
#include "qemu/bitops.h"
#include "qemu/error-report.h"
#include "vhost-mem.h"

typedef int (*VHostMemRangeFn)(MemoryRegionSection *section, void *fn,
                               void *opaque);

/*
 * Reads the block map for the blocks *first to *end - 1, which cover the section.
 * Bit 0 of the result is block *first, a multiple of 64.
 */
static unsigned long *vhost_mem_read_map(const VHostMem *s,
                                         const MemoryRegionSection *section,
                                         uint64_t *first, uint64_t *end)
{
    const uint64_t start = section->offset_within_region;
    const uint64_t size = int128_get64(section->size);
    unsigned long *map;
    int ret;

    QEMU_BUILD_BUG_ON(sizeof(unsigned long) != sizeof(uint64_t));
    *first = QEMU_ALIGN_DOWN(start / s->block_size, 64);
    *end = DIV_ROUND_UP(start + size, s->block_size);
    map = g_new0(unsigned long, DIV_ROUND_UP(*end - *first, 64));

    ret = vhost_mem_fd_get_block_map(s, (uint64_t *)map, *first, *end - *first);
    if (ret) {
        /* A block not known to be plugged must not be touched. */
        error_report("vhost-mem %s: cannot read the block map: %s",
                     vhost_mem_label(s), strerror(-ret));
        memset(map, 0, DIV_ROUND_UP(*end - *first, 64) * sizeof(*map));
    }
    return map;
}

/*
 * Calls @call for each run of blocks that are plugged (or unplugged, by @plugged),
 * clipped to the section. Stops at the first result that is not 0, and returns it.
 */
static int vhost_mem_for_each_run(const VHostMem *s,
                                  const MemoryRegionSection *section,
                                  bool plugged, VHostMemRangeFn call, void *fn,
                                  void *opaque)
{
    const uint64_t section_start = section->offset_within_region;
    const uint64_t section_end = section_start + int128_get64(section->size);
    g_autofree unsigned long *map = NULL;
    uint64_t first, end, run, run_end;
    int ret = 0;

    map = vhost_mem_read_map(s, section, &first, &end);
    for (run = section_start / s->block_size; run < end && !ret;
         run = run_end) {
        MemoryRegionSection part = *section;
        uint64_t start, stop;

        run_end = first + (test_bit(run - first, map) ?
                           find_next_zero_bit(map, end - first, run - first) :
                           find_next_bit(map, end - first, run - first));
        if (test_bit(run - first, map) != plugged) {
            continue;
        }
        start = MAX(run * s->block_size, section_start);
        stop = MIN(run_end * s->block_size, section_end);
        part.offset_within_region = start;
        part.offset_within_address_space += start - section_start;
        part.size = int128_make64(stop - start);
        ret = call(&part, fn, opaque);
    }
    return ret;
}

static int vhost_mem_call_populated(MemoryRegionSection *section, void *fn,
                                    void *opaque)
{
    return ((VHostMemReplayPopulatedFn)fn)(section, opaque);
}

static int vhost_mem_call_discarded(MemoryRegionSection *section, void *fn,
                                    void *opaque)
{
#ifdef VHOST_MEM_HAVE_REPLAY_RESULT
    return ((VHostMemReplayDiscardedFn)fn)(section, opaque);
#else
    ((VHostMemReplayDiscardedFn)fn)(section, opaque);
    return 0;
#endif
}

/* Maps memory of a listener, or unmaps it if @fn is NULL. */
static int vhost_mem_call_listener(MemoryRegionSection *section, void *fn,
                                   void *opaque)
{
    RamDiscardListener *listener = opaque;

    if (fn) {
        return listener->notify_populate(listener, section);
    }
    listener->notify_discard(listener, section);
    return 0;
}

static int vhost_mem_call_stop(MemoryRegionSection *section, void *fn,
                               void *opaque)
{
    return 1;
}

static uint64_t vhost_mem_min_granularity(const RamDiscardManager *rdm,
                                          const MemoryRegion *mr)
{
    return VHOST_MEM(rdm)->block_size;
}

static bool vhost_mem_is_populated(const RamDiscardManager *rdm,
                                   const MemoryRegionSection *section)
{
    return !vhost_mem_for_each_run(VHOST_MEM(rdm), section, false,
                                   vhost_mem_call_stop, NULL, NULL);
}

static int vhost_mem_replay_populated(const RamDiscardManager *rdm,
                                      MemoryRegionSection *section,
                                      VHostMemReplayPopulatedFn fn,
                                      void *opaque)
{
    return vhost_mem_for_each_run(VHOST_MEM(rdm), section, true,
                                  vhost_mem_call_populated, fn, opaque);
}

#ifdef VHOST_MEM_HAVE_REPLAY_RESULT
static int vhost_mem_replay_discarded(const RamDiscardManager *rdm,
                                      MemoryRegionSection *section,
                                      VHostMemReplayDiscardedFn fn,
                                      void *opaque)
{
    return vhost_mem_for_each_run(VHOST_MEM(rdm), section, false,
                                  vhost_mem_call_discarded, fn, opaque);
}
#else
static void vhost_mem_replay_discarded(const RamDiscardManager *rdm,
                                       MemoryRegionSection *section,
                                       VHostMemReplayDiscardedFn fn,
                                       void *opaque)
{
    vhost_mem_for_each_run(VHOST_MEM(rdm), section, false,
                           vhost_mem_call_discarded, fn, opaque);
}
#endif

static void vhost_mem_register_listener(RamDiscardManager *rdm,
                                        RamDiscardListener *listener,
                                        MemoryRegionSection *section)
{
    VHostMem *s = VHOST_MEM(rdm);
    MemoryRegionSection own = *section;
    int ret;

    /*
     * Without the flat view. That may have a BAR of the very device that listens, which
     * would hold a reference to it: the device would not go when it is unplugged.
     */
    own.fv = NULL;
    listener->section = memory_region_section_new_copy(&own);
    if (QLIST_EMPTY(&s->discard_listeners)) {
        /* From here on the block map changes only when this thread has its way. */
        ret = vhost_mem_confirm_start(s);
        if (ret) {
            error_report("vhost-mem %s: cannot have changes confirmed: %s",
                         vhost_mem_label(s), strerror(-ret));
        }
    }
    QLIST_INSERT_HEAD(&s->discard_listeners, listener, next);
    ret = vhost_mem_for_each_run(s, section, true, vhost_mem_call_listener,
                                 listener, listener);
    if (ret) {
        error_report("vhost-mem %s: cannot announce plugged memory: %s",
                     vhost_mem_label(s), strerror(-ret));
    }
}

static void vhost_mem_unregister_listener(RamDiscardManager *rdm,
                                          RamDiscardListener *listener)
{
    VHostMem *s = VHOST_MEM(rdm);

    vhost_mem_for_each_run(s, listener->section, true,
                           vhost_mem_call_listener, NULL, listener);
    memory_region_section_free_copy(listener->section);
    listener->section = NULL;
    QLIST_REMOVE(listener, next);
    if (QLIST_EMPTY(&s->discard_listeners)) {
        vhost_mem_confirm_stop(s);
    }
}

/* The part of a listener's section that lies in a range of the region; or false. */
static bool vhost_mem_clip(const RamDiscardListener *listener, uint64_t offset,
                           uint64_t length, MemoryRegionSection *part)
{
    const uint64_t section_start = listener->section->offset_within_region;
    const uint64_t section_end = section_start +
                                 int128_get64(listener->section->size);
    const uint64_t start = MAX(offset, section_start);
    const uint64_t end = MIN(offset + length, section_end);

    if (start >= end) {
        return false;
    }
    *part = *listener->section;
    part->offset_within_region = start;
    part->offset_within_address_space += start - section_start;
    part->size = int128_make64(end - start);
    return true;
}

/* Of the listeners before @end in the list, or of all. */
static void vhost_mem_discard_until(VHostMem *s, uint64_t offset,
                                    uint64_t length,
                                    const RamDiscardListener *end)
{
    RamDiscardListener *listener;
    MemoryRegionSection part;

    QLIST_FOREACH(listener, &s->discard_listeners, next) {
        if (listener == end) {
            break;
        }
        if (vhost_mem_clip(listener, offset, length, &part)) {
            listener->notify_discard(listener, &part);
        }
    }
}

void vhost_mem_listeners_discard(VHostMem *s, uint64_t offset, uint64_t length)
{
    vhost_mem_discard_until(s, offset, length, NULL);
}

int vhost_mem_listeners_populate(VHostMem *s, uint64_t offset, uint64_t length)
{
    RamDiscardListener *listener;
    MemoryRegionSection part;
    int ret;

    QLIST_FOREACH(listener, &s->discard_listeners, next) {
        if (!vhost_mem_clip(listener, offset, length, &part)) {
            continue;
        }
        /* One that fails has undone its own part. */
        ret = listener->notify_populate(listener, &part);
        if (ret) {
            vhost_mem_discard_until(s, offset, length, listener);
            return ret;
        }
    }
    return 0;
}

void vhost_mem_listeners_discard_plugged(VHostMem *s)
{
    RamDiscardListener *listener;

    QLIST_FOREACH(listener, &s->discard_listeners, next) {
        vhost_mem_for_each_run(s, listener->section, true,
                               vhost_mem_call_listener, NULL, listener);
    }
}

int vhost_mem_listeners_populate_plugged(VHostMem *s)
{
    RamDiscardListener *listener;
    int ret = 0;

    QLIST_FOREACH(listener, &s->discard_listeners, next) {
        ret = vhost_mem_for_each_run(s, listener->section, true,
                                     vhost_mem_call_listener, listener,
                                     listener);
        if (ret) {
            /* Who has nothing mapped, or a part, is none the worse for it. */
            vhost_mem_listeners_discard_plugged(s);
            break;
        }
    }
    return ret;
}

void vhost_mem_discard_class_init(ObjectClass *klass)
{
    RamDiscardManagerClass *rdmc = RAM_DISCARD_MANAGER_CLASS(klass);

    rdmc->get_min_granularity = vhost_mem_min_granularity;
    rdmc->is_populated = vhost_mem_is_populated;
    rdmc->replay_populated = vhost_mem_replay_populated;
    rdmc->replay_discarded = vhost_mem_replay_discarded;
    rdmc->register_listener = vhost_mem_register_listener;
    rdmc->unregister_listener = vhost_mem_unregister_listener;
}
