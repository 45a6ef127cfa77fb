// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vhost-mem: the memory region. The kernel owns the memory. QEMU maps all of it
 * once, whatever part is plugged.
 */

#include "qemu/osdep.h"
#include "qapi/error.h"
#include "qemu/error-report.h"
#include "qemu/rcu.h"
#include "vhost-mem.h"

/*
 * Size of a transparent huge page: what a page of page table entries maps, each of
 * which has 8 bytes, on x86-64 and arm64.
 */
static uint64_t vhost_mem_thp_size(void)
{
    uint64_t page_size = qemu_real_host_page_size();

    return page_size / 8 * page_size;
}

typedef struct VHostMemFile {
    struct rcu_head rcu;
    int fd;
} VHostMemFile;

static void vhost_mem_file_close(VHostMemFile *file)
{
    close(file->fd);
    g_free(file);
}

static void vhost_mem_region_destroy(MemoryRegion *mr)
{
    VHostMemFile *file = g_new0(VHostMemFile, 1);

    /* Unmaps the region after an RCU grace period. */
    qemu_ram_free(mr->ram_block);
    /* Closing the file unplugs every block: not before the region is unmapped. */
    file->fd = container_of(mr, VHostMem, mr)->fd;
    call_rcu(file, vhost_mem_file_close, rcu);
}

/*
 * Like memory_region_init_ram_from_fd(), but with an alignment. Without one the
 * host address is aligned to small pages only, and no block could be mapped by a
 * huge page.
 */
static bool vhost_mem_region_map(VHostMem *s, int fd, Error **errp)
{
    MemoryRegion *mr = &s->mr;
    int memory_fd = vhost_mem_fd_get_memory(fd, errp);

    if (memory_fd < 0) {
        return false;
    }
    memory_region_init(mr, OBJECT(s), TYPE_VHOST_MEM, s->region_size);
    mr->align = s->block_size;
    mr->ram_block = vhost_mem_ram_alloc_from_fd(mr, s->region_size, memory_fd,
                                                errp);
    if (!mr->ram_block) {
        object_unparent(OBJECT(mr));
        close(memory_fd);
        return false;
    }
    mr->ram = true;
    mr->terminates = true;
    mr->destructor = vhost_mem_region_destroy;

    /*
     * QEMU enables huge pages for all memory. One that covers several blocks
     * would have to be split, or kept, whenever one of these is unplugged.
     */
    if (s->block_size < vhost_mem_thp_size() &&
        madvise(memory_region_get_ram_ptr(mr), s->region_size,
                MADV_NOHUGEPAGE) < 0 && errno != EINVAL) {
        /* EINVAL: the host's kernel has no huge pages. */
        warn_report("vhost-mem %s: cannot keep the host from using huge pages:"
                    " %s", vhost_mem_label(s), strerror(errno));
    }
    return true;
}

static void vhost_mem_region_create(VHostMem *s, Error **errp)
{
    int fd;

    if (!vhost_mem_check_properties(s, errp)) {
        return;
    }
    fd = vhost_mem_fd_open(s, errp);
    if (fd < 0) {
        return;
    }
    if (vhost_mem_fd_create_region(s, fd, errp) ||
        !vhost_mem_numa_apply(s, fd, errp) ||
        !vhost_mem_region_map(s, fd, errp)) {
        close(fd);
        return;
    }
    s->fd = fd;
}

/*
 * The machine calls this before the device is realized, to learn the size and the
 * alignment, and again afterwards. QEMU 10.0 ignores the error of the first call.
 * Creation is tried once only, and its error kept: it consumes vhostfd, whose number
 * may belong to another file on the next call.
 */
MemoryRegion *vhost_mem_get_memory_region(VHostMem *s, Error **errp)
{
    if (s->fd < 0 && !s->region_error) {
        vhost_mem_region_create(s, &s->region_error);
    }
    if (s->region_error) {
        error_propagate(errp, error_copy(s->region_error));
        return NULL;
    }
    return &s->mr;
}
