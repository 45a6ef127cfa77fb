// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the guest asks for while the VMM has to confirm it. Plugged memory is the first
 * part of the region, so PLUG is of what follows it, and UNPLUG of its end.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "fake-vhost-mem.h"

static void fake_answer(struct fake *f, const char *answer)
{
    char mapped[64];

    f->pending.type = 0;
    fake_resize(f);
    fake_log("answer %s plugged=%llu mapped=%s\n", answer,
             (unsigned long long)f->config.plugged_size >> 20,
             fake_listeners_mapped(mapped, sizeof(mapped)));
}

static void fake_plugged(struct fake *f, uint64_t size)
{
    f->config.plugged_size = size;
    fake_signal(f);
    fake_answer(f, "ACK");
}

void fake_ask(struct fake *f, uint64_t size, bool all)
{
    const uint64_t plugged = f->config.plugged_size;

    if (f->confirm_call < 0) {
        fake_plugged(f, size);
        return;
    }
    if (f->pending.type || size == plugged) {
        abort();
    }
    f->pending.seq++;
    f->fetched = false;
    if (all) {
        f->pending.type = VHOST_MEM_PENDING_UNPLUG_ALL;
        f->pending.offset = 0;
        f->pending.length = f->region.region_size;
    } else if (size < plugged) {
        f->pending.type = VHOST_MEM_PENDING_UNPLUG;
        f->pending.offset = size;
        f->pending.length = plugged - size;
    } else {
        f->pending.type = VHOST_MEM_PENDING_PLUG;
        f->pending.offset = plugged;
        f->pending.length = size - plugged;
        fake_resize(f);
    }
    fake_log("asked\n");
}

void fake_confirm_signal(struct fake *f)
{
    const uint64_t one = 1;

    if (f->confirm_call >= 0 &&
        write(f->confirm_call, &one, sizeof(one)) != sizeof(one)) {
        abort();
    }
}

void fake_confirm_cancel(struct fake *f, bool answered)
{
    if (f->pending.type) {
        fake_answer(f, answered ? "BUSY" : "none");
    }
}

int fake_set_confirm(struct fake *f, const struct vhost_mem_set_confirm *arg)
{
    fake_log("SET_CONFIRM %s timeout=%u\n", arg->fd < 0 ? "off" : "on",
             arg->timeout_ms);
    if (arg->reserved || (arg->fd < 0) != !arg->timeout_ms) {
        return EINVAL;
    }
    fake_confirm_cancel(f, true);
    if (f->confirm_call >= 0) {
        close(f->confirm_call);
    }
    f->confirm_call = arg->fd < 0 ? -1 : fcntl(arg->fd, F_DUPFD_CLOEXEC, 0);
    return 0;
}

int fake_get_pending(struct fake *f, struct vhost_mem_pending *arg)
{
    fake_log("GET_PENDING %u\n", f->pending.type);
    if (!f->pending.type) {
        return ENOENT;
    }
    f->fetched = true;
    *arg = f->pending;
    arg->size = sizeof(*arg);
    return 0;
}

static int fake_confirm_unplug(struct fake *f, bool force)
{
    if (fake_is_mapped(f->pending.offset, f->pending.length)) {
        fake_log("BUG: unplugged while it is mapped\n");
    }
    if (f->pinned && !force) {
        return EBUSY;
    }
    /* What is before it stays. */
    fake_plugged(f, f->pending.offset);
    return 0;
}

int fake_confirm(struct fake *f, const struct vhost_mem_confirm *arg)
{
    const bool plug = f->pending.type == VHOST_MEM_PENDING_PLUG;

    fake_log("CONFIRM %s\n", arg->result == VHOST_MEM_CONFIRM_DONE ? "DONE" :
             arg->result == VHOST_MEM_CONFIRM_FAILED ? "FAILED" : "FORCE");
    if (!f->pending.type || !f->fetched || arg->seq != f->pending.seq) {
        return ESTALE;
    }
    switch (arg->result) {
    case VHOST_MEM_CONFIRM_DONE:
        if (!plug) {
            return fake_confirm_unplug(f, false);
        }
        fake_plugged(f, f->pending.offset + f->pending.length);
        return 0;
    case VHOST_MEM_CONFIRM_FAILED:
        if (plug && fake_is_mapped(f->pending.offset, f->pending.length)) {
            fake_log("BUG: mapped, and it failed\n");
        }
        fake_answer(f, "BUSY");
        return 0;
    case VHOST_MEM_CONFIRM_FORCE:
        return plug ? EINVAL : fake_confirm_unplug(f, true);
    default:
        return EINVAL;
    }
}
