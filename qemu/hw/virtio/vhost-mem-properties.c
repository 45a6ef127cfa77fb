// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vhost-mem: can the device be started with its properties?
 */

#include "qemu/osdep.h"
#include "qapi/error.h"
#include "qemu/cutils.h"
#include "qemu/units.h"
#include "vhost-mem.h"

/*
 * The administrator types the region's name or number in a shell. So a name must
 * not be a number, nor contain anything that needs quoting.
 */
static bool vhost_mem_check_name(const char *what, const char *name,
                                 Error **errp)
{
    const char *p;
    bool number = true;

    if (strlen(name) >= VHOST_MEM_NAME_MAX) {
        error_setg(errp, "%s '%s' is too long for the name of a memory region:"
                   " it has %zu bytes of at most %d", what, name, strlen(name),
                   VHOST_MEM_NAME_MAX - 1);
        return false;
    }
    for (p = name; *p; p++) {
        if (*p <= ' ' || *p > '~') {
            error_setg(errp, "%s '%s' cannot be the name of a memory region:"
                       " only printable ASCII characters without blanks are"
                       " allowed", what, name);
            return false;
        }
        number = number && g_ascii_isdigit(*p);
    }
    if (*name && number) {
        error_setg(errp, "%s '%s' cannot be the name of a memory region: it is"
                   " a number", what, name);
        return false;
    }
    return true;
}

static bool vhost_mem_choose_name(VHostMem *s, Error **errp)
{
    const char *name = "";
    Error *err = NULL;

    if (s->name) {
        name = s->name;
        if (!vhost_mem_check_name("name", name, errp)) {
            return false;
        }
    } else if (s->proxy && s->proxy->id) {
        name = s->proxy->id;
        if (!vhost_mem_check_name("id", name, errp)) {
            error_append_hint(errp, "Give another name with name=.\n");
            return false;
        }
    } else if (qemu_get_vm_name()) {
        name = qemu_get_vm_name();
        /* The VM's name was chosen for other purposes: only warn. */
        if (!vhost_mem_check_name("the VM's name", name, &err)) {
            warn_reportf_err(err, "vhost-mem: the memory region has no name: ");
            name = "";
        }
    }
    pstrcpy(s->region_name, sizeof(s->region_name), name);
    return true;
}

bool vhost_mem_check_requested_size(const VHostMem *s, uint64_t size,
                                    Error **errp)
{
    if (!QEMU_IS_ALIGNED(size, s->block_size)) {
        error_setg(errp, "requested-size 0x%" PRIx64 " is not a multiple of the"
                   " block size (block-size 0x%" PRIx64 ")", size,
                   s->block_size);
        return false;
    }
    if (size > s->region_size) {
        error_setg(errp, "requested-size 0x%" PRIx64 " is more than the size of"
                   " the memory region (size 0x%" PRIx64 ")", size,
                   s->region_size);
        return false;
    }
    return true;
}

/* After the block size was checked. */
static bool vhost_mem_check_backing(VHostMem *s, Error **errp)
{
    if (s->backing && strcmp(s->backing, "shmem") && !vhost_mem_is_hugetlb(s)) {
        error_setg(errp, "backing '%s' is unknown: it can be 'shmem' or"
                   " 'hugetlb'", s->backing);
        return false;
    }
    if (!vhost_mem_is_hugetlb(s)) {
        if (s->page_size) {
            error_setg(errp, "page-size 0x%" PRIx64 " needs backing=hugetlb",
                       s->page_size);
        } else if (s->reserved) {
            error_setg(errp, "reserved=on needs backing=hugetlb");
        }
        return !s->page_size && !s->reserved;
    }
    if (!s->page_size) {
        s->page_size = 2 * MiB;
    }
    if (!is_power_of_2(s->page_size)) {
        error_setg(errp, "page-size 0x%" PRIx64 " is not a power of two",
                   s->page_size);
        return false;
    }
    if (s->block_size < s->page_size) {
        error_setg(errp, "block-size 0x%" PRIx64 " is smaller than page-size"
                   " 0x%" PRIx64, s->block_size, s->page_size);
        return false;
    }
    if (vhost_mem_is_readable(s)) {
        error_setg(errp, "backing=hugetlb and unplugged=readable exclude each"
                   " other");
        return false;
    }
    if (s->host_nodes) {
        error_setg(errp, "backing=hugetlb and host-nodes exclude each other: the"
                   " host takes pages from the pool of the node that it likes");
        return false;
    }
    return true;
}

bool vhost_mem_check_properties(VHostMem *s, Error **errp)
{
    const uint64_t page_size = qemu_real_host_page_size();
    const int nb_nodes = current_machine->numa_state ?
                         current_machine->numa_state->num_nodes : 0;

    if (s->dev && s->vhostfd) {
        error_setg(errp, "dev '%s' and vhostfd '%s' exclude each other", s->dev,
                   s->vhostfd);
        return false;
    }
    if (s->unplugged && strcmp(s->unplugged, "inaccessible") &&
        strcmp(s->unplugged, "readable")) {
        error_setg(errp, "unplugged '%s' is unknown: it can be 'inaccessible'"
                   " or 'readable'", s->unplugged);
        return false;
    }
    if (!is_power_of_2(s->block_size)) {
        error_setg(errp, "block-size 0x%" PRIx64 " is not a power of two",
                   s->block_size);
        return false;
    }
    if (s->block_size < page_size) {
        error_setg(errp, "block-size 0x%" PRIx64 " is smaller than the page"
                   " size 0x%" PRIx64, s->block_size, page_size);
        return false;
    }
    if (!vhost_mem_check_backing(s, errp)) {
        return false;
    }
    if (!s->region_size) {
        error_setg(errp, "size is missing or 0: it is the size of the memory"
                   " region, to which the VM can grow");
        return false;
    }
    if (!QEMU_IS_ALIGNED(s->region_size, s->block_size)) {
        error_setg(errp, "size 0x%" PRIx64 " is not a multiple of the block"
                   " size (block-size 0x%" PRIx64 ")", s->region_size,
                   s->block_size);
        return false;
    }
    if (s->region_size / s->block_size > VHOST_MEM_BLOCKS_MAX) {
        error_setg(errp, "size 0x%" PRIx64 " makes 0x%" PRIx64 " blocks of"
                   " block-size 0x%" PRIx64 ": at most 0x%llx are possible",
                   s->region_size, s->region_size / s->block_size,
                   s->block_size, VHOST_MEM_BLOCKS_MAX);
        return false;
    }
    if (!vhost_mem_check_requested_size(s, s->requested_size, errp)) {
        return false;
    }
    if (!QEMU_IS_ALIGNED(s->addr, s->block_size)) {
        error_setg(errp, "memaddr 0x%" PRIx64 " is not a multiple of the block"
                   " size (block-size 0x%" PRIx64 ")", s->addr, s->block_size);
        return false;
    }
    if (s->node >= MAX(nb_nodes, 1)) {
        error_setg(errp, "node %" PRIu32 " does not exist: the machine has %d"
                   " NUMA node%s", s->node, nb_nodes, nb_nodes == 1 ? "" : "s");
        return false;
    }
    if (!vhost_mem_numa_check(s, errp)) {
        return false;
    }
    if (vhost_mem_memory_lock()) {
        error_setg(errp, "vhost-mem does not work with '-overcommit mem-lock=%s':"
                   " its memory is plugged and unplugged, and cannot be locked",
                   vhost_mem_memory_lock());
        return false;
    }
    return vhost_mem_choose_name(s, errp);
}
