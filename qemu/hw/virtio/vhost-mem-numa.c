// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vhost-mem: the NUMA policy of the region's memory on the host. The kernel keeps
 * it with the region, as for any shared memory: it applies whoever touches a page
 * first, be it a virtual CPU, vhost-net or the kernel itself (prealloc).
 */

#include "qemu/osdep.h"
#include "qapi/error.h"
#include "qemu/bitmap.h"
#include "qemu/ctype.h"
#include "qemu/cutils.h"
#include <sys/mman.h>
#include <sys/syscall.h>
#include "vhost-mem.h"

/* The most nodes that an x86-64 kernel can be built for. */
#define VHOST_MEM_NODES_MAX 1024

/* As in <linux/mempolicy.h>, which QEMU has no copy of. */
enum {
    VHOST_MEM_MPOL_DEFAULT,
    VHOST_MEM_MPOL_PREFERRED,
    VHOST_MEM_MPOL_BIND,
    VHOST_MEM_MPOL_INTERLEAVE,
};

/* The same names as QEMU's memory backends use. */
static const char *const vhost_mem_numa_modes[] = {
    [VHOST_MEM_MPOL_DEFAULT] = "default",
    [VHOST_MEM_MPOL_PREFERRED] = "preferred",
    [VHOST_MEM_MPOL_BIND] = "bind",
    [VHOST_MEM_MPOL_INTERLEAVE] = "interleave",
};

/* "0", "0-3", "0,2-3" */
static bool vhost_mem_numa_parse_nodes(const char *text, unsigned long *nodes)
{
    unsigned int first, last;

    do {
        if (!qemu_isdigit(*text) || qemu_strtoui(text, &text, 10, &first)) {
            return false;
        }
        last = first;
        if (*text == '-' && (!qemu_isdigit(text[1]) ||
                             qemu_strtoui(text + 1, &text, 10, &last))) {
            return false;
        }
        if (last < first || last >= VHOST_MEM_NODES_MAX) {
            return false;
        }
        bitmap_set(nodes, first, last - first + 1);
    } while (*text++ == ',');
    return !text[-1];
}

static int vhost_mem_numa_mode(const VHostMem *s)
{
    int i;

    for (i = 0; s->policy && i < ARRAY_SIZE(vhost_mem_numa_modes); i++) {
        if (!strcmp(s->policy, vhost_mem_numa_modes[i])) {
            return i;
        }
    }
    return s->policy ? -1 : VHOST_MEM_MPOL_DEFAULT;
}

bool vhost_mem_numa_check(const VHostMem *s, Error **errp)
{
    DECLARE_BITMAP(nodes, VHOST_MEM_NODES_MAX) = { 0 };
    const int mode = vhost_mem_numa_mode(s);

    if (mode < 0) {
        error_setg(errp, "policy '%s' is unknown: it can be 'default',"
                   " 'preferred', 'bind' or 'interleave'", s->policy);
        return false;
    }
    if (s->host_nodes && !vhost_mem_numa_parse_nodes(s->host_nodes, nodes)) {
        error_setg(errp, "host-nodes '%s' is invalid: use node numbers and"
                   " ranges below %d, as in '0-1'", s->host_nodes,
                   VHOST_MEM_NODES_MAX);
        return false;
    }
    if (s->host_nodes && mode == VHOST_MEM_MPOL_DEFAULT) {
        error_setg(errp, "host-nodes '%s' needs a policy: 'preferred', 'bind' or"
                   " 'interleave'", s->host_nodes);
        return false;
    }
    if (!s->host_nodes && mode != VHOST_MEM_MPOL_DEFAULT) {
        error_setg(errp, "policy '%s' needs host-nodes", s->policy);
        return false;
    }
    return true;
}

/*
 * Uses a mapping of its own: the policy stays with the region when that goes, and a
 * failure leaves nothing to undo.
 */
bool vhost_mem_numa_apply(const VHostMem *s, int fd, Error **errp)
{
    DECLARE_BITMAP(nodes, VHOST_MEM_NODES_MAX) = { 0 };
    void *ptr;
    long ret;

    if (!s->host_nodes) {
        return true;
    }
    ptr = mmap(NULL, s->region_size, PROT_NONE, MAP_SHARED, fd, 0);
    if (ptr == MAP_FAILED) {
        error_setg_errno(errp, errno, "cannot map the memory");
        return false;
    }
    vhost_mem_numa_parse_nodes(s->host_nodes, nodes);
    /* mbind() takes the number of bits plus one. */
    ret = syscall(SYS_mbind, ptr, s->region_size, vhost_mem_numa_mode(s),
                  nodes, (unsigned long)VHOST_MEM_NODES_MAX + 1, 0UL);
    if (ret < 0) {
        error_setg_errno(errp, errno, "cannot place the memory on host-nodes"
                         " '%s' with policy '%s'", s->host_nodes, s->policy);
    }
    munmap(ptr, s->region_size);
    return !ret;
}
