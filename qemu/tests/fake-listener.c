// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Listeners that are told what is plugged, like those of vfio-pci: in QEMU itself only
 * devices of the host have them. They remember what they would have mapped for DMA.
 *
 * Built with QEMU's headers, as the plug-in is. The fake is also loaded into programs
 * that are not QEMU, so data of QEMU is referred to weakly.
 */
#include "qemu/osdep.h"
#include "block/aio.h"
#include "exec/address-spaces.h"
#include "exec/memory.h"
#include "qemu/main-loop.h"

#include "fake-vhost-mem.h"

#pragma weak address_space_memory

#define FAKE_LISTENERS 3
#define FAKE_BLOCKS 2048

struct fake_listener {
    MemoryListener memory_listener;
    RamDiscardListener listener;
    MemoryRegion *mr;
    /* The part of the region that it listens to. */
    uint64_t offset, size;
    /* Where the region begins. */
    uint64_t address;
    /* With which it cannot map, or 0. */
    int error;
    bool mapped[FAKE_BLOCKS];
};

static struct fake_listener fake_listeners[FAKE_LISTENERS];

static struct fake *fake_listened(void)
{
    return &fakes[nr_fakes - 1];
}

static int fake_notify(RamDiscardListener *rdl, MemoryRegionSection *section,
                       bool map)
{
    struct fake_listener *l = container_of(rdl, struct fake_listener, listener);
    const uint64_t block_size = fake_listened()->region.block_size;
    const uint64_t start = section->offset_within_region;
    const uint64_t size = int128_get64(section->size);
    uint64_t i;
    int ret = 0;

    pthread_mutex_lock(&fake_lock);
    fake_log("listener %d %s %" PRIu64 "+%" PRIu64 "\n",
             (int)(l - fake_listeners), map ? "map" : "unmap", start >> 20,
             size >> 20);
    if (section->offset_within_address_space - start != l->address ||
        start < l->offset || start + size > l->offset + l->size) {
        fake_log("BUG: not of this listener\n");
    }
    if (map && l->error) {
        ret = -l->error;
    }
    for (i = start / block_size; !ret && i < (start + size) / block_size; i++) {
        if (map && l->mapped[i]) {
            fake_log("BUG: mapped twice\n");
        }
        if (map && !fake_is_accessible(fake_listened(), (i + 1) * block_size)) {
            fake_log("BUG: mapped what is unplugged\n");
        }
        l->mapped[i] = map;
    }
    pthread_mutex_unlock(&fake_lock);
    return ret;
}

static int fake_notify_populate(RamDiscardListener *rdl,
                                MemoryRegionSection *section)
{
    return fake_notify(rdl, section, true);
}

static void fake_notify_discard(RamDiscardListener *rdl,
                                MemoryRegionSection *section)
{
    fake_notify(rdl, section, false);
}

static void fake_region_add(MemoryListener *ml, MemoryRegionSection *section)
{
    struct fake_listener *l = container_of(ml, struct fake_listener,
                                           memory_listener);
    MemoryRegionSection part = *section;

    if (!memory_region_has_ram_discard_manager(section->mr)) {
        return;
    }
    l->mr = section->mr;
    l->address = section->offset_within_address_space;
    part.offset_within_region = l->offset;
    part.offset_within_address_space += l->offset;
    part.size = int128_make64(l->size);
    ram_discard_listener_init(&l->listener, fake_notify_populate,
                              fake_notify_discard, true);
    ram_discard_manager_register_listener(
        memory_region_get_ram_discard_manager(l->mr), &l->listener, &part);
}

static void fake_region_del(MemoryListener *ml, MemoryRegionSection *section)
{
    struct fake_listener *l = container_of(ml, struct fake_listener,
                                           memory_listener);

    if (l->mr && l->mr == section->mr) {
        ram_discard_manager_unregister_listener(
            memory_region_get_ram_discard_manager(l->mr), &l->listener);
        l->mr = NULL;
    }
}

static void fake_listen_now(void *opaque)
{
    struct fake_listener *l = opaque;

    l->memory_listener = (MemoryListener) {
        .name = "fake",
        .region_add = fake_region_add,
        .region_del = fake_region_del,
    };
    memory_listener_register(&l->memory_listener, &address_space_memory);
    fake_log("listening\n");
}

static void fake_unlisten_now(void *opaque)
{
    struct fake_listener *l = opaque;

    memory_listener_unregister(&l->memory_listener);
    fake_log("not listening\n");
}

/* QEMU's main thread does it, as for the hot-plug of a device. */
void fake_listen(unsigned int number, uint64_t offset, uint64_t size)
{
    struct fake_listener *l = &fake_listeners[number];

    l->offset = offset;
    l->size = size;
    aio_bh_schedule_oneshot(qemu_get_aio_context(), fake_listen_now, l);
}

void fake_unlisten(unsigned int number)
{
    aio_bh_schedule_oneshot(qemu_get_aio_context(), fake_unlisten_now,
                            &fake_listeners[number]);
}

void fake_listener_fails(unsigned int number, int error)
{
    fake_listeners[number].error = error;
}

bool fake_is_mapped(uint64_t offset, uint64_t length)
{
    const uint64_t block_size = fake_listened()->region.block_size;
    uint64_t i;
    int n;

    for (n = 0; n < FAKE_LISTENERS; n++) {
        for (i = offset; fake_listeners[n].mr && i < offset + length;
             i += block_size) {
            if (fake_listeners[n].mapped[i / block_size]) {
                return true;
            }
        }
    }
    return false;
}

const char *fake_listeners_mapped(char *text, size_t size)
{
    uint64_t bytes[FAKE_LISTENERS] = { 0 };
    int n, i;

    for (n = 0; n < FAKE_LISTENERS; n++) {
        for (i = 0; i < FAKE_BLOCKS; i++) {
            bytes[n] += fake_listeners[n].mapped[i] *
                        fake_listened()->region.block_size;
        }
    }
    snprintf(text, size, "%" PRIu64 ",%" PRIu64 ",%" PRIu64, bytes[0] >> 20,
             bytes[1] >> 20, bytes[2] >> 20);
    return text;
}
