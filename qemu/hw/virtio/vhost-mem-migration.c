// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vhost-mem: migration to another QEMU, or into a file.
 *
 * QEMU itself migrates the memory, of plugged blocks only (vhost-mem-discard.c).
 * Three things are left to the device:
 *
 *  - The set of plugged blocks must not change during the migration: QEMU decides
 *    at the beginning which pages to send, and reading a page that was unplugged
 *    since would kill it. So the kernel freezes the region before QEMU looks at
 *    it, until the migration is over. Meanwhile the guest's requests are answered
 *    BUSY; the guest is notified when it can repeat them.
 *
 *  - The target's kernel has to know which blocks are plugged before the first
 *    page of one arrives. So the block map is sent ahead of all memory, together
 *    with the properties that have to be equal on both sides.
 *
 *  - The requested size can change until the last moment, as the administrator can
 *    set it at any time. It is sent at the end, with the device's own state.
 */

#include "qemu/osdep.h"
#include "qapi/error.h"
#include "qemu/error-report.h"
#include "vhost-mem.h"

/* These need the headers above. */
#include "migration/multifd.h"
#include "migration/qemu-file.h"
#include "migration/register.h"

/* Name of the section that the device writes early, with QEMU 7.2. */
#define VHOST_MEM_SETUP TYPE_VHOST_MEM "-setup"

/*
 * "calc-dirty-rate" makes QEMU read random pages of all migratable memory, and some
 * of these would be unplugged. So this memory is migratable only while a migration
 * is running.
 *
 * Migratable memory is logged, but QEMU updates the set of logged regions only when
 * a memory region changes, or if none was logged before. Disabling and enabling the
 * region forces the update.
 */
static void vhost_mem_set_migratable(VHostMem *s, bool migratable)
{
    if (migratable == qemu_ram_is_migratable(s->mr.ram_block)) {
        return;
    }
    memory_region_transaction_begin();
    if (migratable) {
        qemu_ram_set_migratable(s->mr.ram_block);
    } else {
        qemu_ram_unset_migratable(s->mr.ram_block);
    }
    memory_region_set_enabled(&s->mr, false);
    memory_region_set_enabled(&s->mr, true);
    memory_region_transaction_commit();
}

/* Source: called before anything is sent. */
static void vhost_mem_migration_begin(VHostMem *s)
{
    s->migration.freeze_result = vhost_mem_fd_set_frozen(s, true);
    vhost_mem_set_migratable(s, true);
}

/* Source: the migration has completed, failed or been cancelled. */
static void vhost_mem_migration_end(VHostMem *s)
{
    int ret;

    vhost_mem_set_migratable(s, false);
    if (s->migration.freeze_result) {
        return;
    }
    s->migration.freeze_result = -EAGAIN;
    ret = vhost_mem_fd_set_frozen(s, false);
    if (ret) {
        error_report("vhost-mem %s: cannot unfreeze the memory region: %s",
                     vhost_mem_label(s), strerror(-ret));
    }
}

bool vhost_mem_migration_is_frozen(const VHostMem *s)
{
    return !s->migration.freeze_result;
}

/* Does the device support the kind of migration that the user asked for? */
static bool vhost_mem_migration_check(const VHostMem *s, Error **errp)
{
    const char *label = vhost_mem_label(s);

    /*
     * Both rely on userfaultfd, which the kernel supports for ordinary memory
     * only.
     */
    if (migrate_postcopy_ram()) {
        error_setg(errp, "vhost-mem %s: its memory cannot be migrated by"
                   " postcopy: switch the capability 'postcopy-ram' off", label);
        return false;
    }
    if (migrate_background_snapshot() || s->migration.was_background) {
        error_setg(errp, "vhost-mem %s: its memory cannot be in a background"
                   " snapshot: switch the capability 'background-snapshot' off",
                   label);
        return false;
    }
    /* QEMU's savevm does not notify devices before it begins. */
    if (!qemu_ram_is_migratable(s->mr.ram_block)) {
        error_setg(errp, "vhost-mem %s: its memory cannot be in an internal"
                   " snapshot (savevm): migrate to a file instead", label);
        return false;
    }
    if (vhost_mem_ram_is_ignored(s->mr.ram_block)) {
        error_setg(errp, "vhost-mem %s: its memory is not shared with the"
                   " target: switch the capability 'x-ignore-shared' off",
                   label);
        return false;
    }
    if (s->migration.freeze_result) {
        error_setg_errno(errp, -s->migration.freeze_result, "vhost-mem %s: the"
                         " kernel cannot freeze the memory region", label);
        return false;
    }
    return true;
}

/* Properties that have to be equal on both sides. */
typedef struct VHostMemGeometry {
    VHostMem *parent;
    uint64_t region_size;
    uint64_t block_size;
    uint64_t addr;
    uint32_t node;
} VHostMemGeometry;

static int vhost_mem_geometry_pre_save(void *opaque)
{
    VHostMemGeometry *geometry = opaque;
    const VHostMem *s = geometry->parent;

    geometry->region_size = s->region_size;
    geometry->block_size = s->block_size;
    geometry->addr = s->addr;
    geometry->node = s->node;
    return 0;
}

static bool vhost_mem_is_same(const VHostMem *s, const char *what,
                              uint64_t source, uint64_t target)
{
    if (source != target) {
        error_report("vhost-mem %s: the VM cannot be migrated to here: the"
                     " source has %s 0x%" PRIx64 ", the target has 0x%" PRIx64,
                     vhost_mem_label(s), what, source, target);
    }
    return source == target;
}

static int vhost_mem_geometry_post_load(void *opaque, int version_id)
{
    const VHostMemGeometry *source = opaque;
    const VHostMem *s = source->parent;

    return vhost_mem_is_same(s, VHOST_MEM_PROP_SIZE, source->region_size,
                             s->region_size) &&
           vhost_mem_is_same(s, VHOST_MEM_PROP_BLOCK_SIZE, source->block_size,
                             s->block_size) &&
           vhost_mem_is_same(s, VHOST_MEM_PROP_NODE, source->node, s->node) &&
           vhost_mem_is_same(s, VHOST_MEM_PROP_ADDR, source->addr, s->addr) ?
           0 : -EINVAL;
}

/* Versioned by the description that it is part of. */
static const VMStateDescription vhost_mem_vmstate_geometry = {
    .name = TYPE_VHOST_MEM "-geometry",
    .pre_save = vhost_mem_geometry_pre_save,
    .post_load = vhost_mem_geometry_post_load,
    .fields = (VMStateField[]) {
        VMSTATE_UINT64(region_size, VHostMemGeometry),
        VMSTATE_UINT64(block_size, VHostMemGeometry),
        VMSTATE_UINT64(addr, VHostMemGeometry),
        VMSTATE_UINT32(node, VHostMemGeometry),
        VMSTATE_END_OF_LIST()
    },
};

static void vhost_mem_get_sent_sizes(VHostMem *s)
{
    VHostMemSizes sizes;

    vhost_mem_get_sizes(s, &sizes);
    s->migration.requested = sizes.requested;
    s->migration.usable = sizes.usable;
}

static void vhost_mem_alloc_map(VHostMem *s)
{
    const uint64_t nr_blocks = s->region_size / s->block_size;

    QEMU_BUILD_BUG_ON(sizeof(*s->migration.map) != sizeof(uint64_t));
    QEMU_BUILD_BUG_ON(VHOST_MEM_BLOCKS_MAX > INT32_MAX);
    g_free(s->migration.map);
    s->migration.map = g_new0(unsigned long, DIV_ROUND_UP(nr_blocks, 64));
    s->migration.nr_blocks = nr_blocks;
}

static void vhost_mem_free_map(VHostMem *s)
{
    g_free(s->migration.map);
    s->migration.map = NULL;
}

static int vhost_mem_plugged_pre_save(void *opaque)
{
    VHostMem *s = opaque;
    Error *err = NULL;
    int ret;

    /* Migrations have been checked before; this is for savevm. */
    if (!vhost_mem_migration_check(s, &err)) {
        error_report_err(err);
        return -EOPNOTSUPP;
    }
    vhost_mem_get_sent_sizes(s);
    vhost_mem_alloc_map(s);
    ret = vhost_mem_fd_get_block_map(s, (uint64_t *)s->migration.map, 0,
                                     s->migration.nr_blocks);
    if (ret) {
        error_report("vhost-mem %s: cannot read the block map: %s",
                     vhost_mem_label(s), strerror(-ret));
        vhost_mem_free_map(s);
    }
    return ret;
}

static int vhost_mem_plugged_post_save(void *opaque)
{
    vhost_mem_free_map(opaque);
    return 0;
}

static int vhost_mem_plugged_pre_load(void *opaque)
{
    vhost_mem_alloc_map(opaque);
    return 0;
}

/*
 * The source's requested size replaces the one that this QEMU was started with. The
 * usable size shrinks by a reset only, to what the requested size needs; the
 * source's usable size is at least that.
 */
static int vhost_mem_plugged_post_load(void *opaque, int version_id)
{
    VHostMem *s = opaque;
    Error *err = NULL;
    int ret;

    ret = vhost_mem_fd_set_requested_size(s, s->migration.requested, &err);
    if (!ret) {
        vhost_mem_listeners_discard_plugged(s);
        ret = vhost_mem_fd_system_reset(s);
        if (ret) {
            error_setg_errno(&err, -ret, "vhost-mem: cannot reset the memory"
                             " region");
        }
    }
    if (!ret) {
        ret = vhost_mem_fd_set_usable_size(s, s->migration.usable, &err);
    }
    if (!ret) {
        ret = vhost_mem_fd_set_block_map(s, (uint64_t *)s->migration.map,
                                         s->migration.nr_blocks, &err);
    }
    if (!ret) {
        ret = vhost_mem_listeners_populate_plugged(s);
        if (ret) {
            error_setg_errno(&err, -ret, "vhost-mem: cannot map memory for DMA");
        }
    }
    if (ret) {
        error_reportf_err(err, "vhost-mem %s: the VM cannot be migrated to"
                          " here: ", vhost_mem_label(s));
    }
    vhost_mem_free_map(s);
    return ret;
}

static const VMStateDescription vhost_mem_vmstate_plugged = {
    .name = TYPE_VHOST_MEM "-plugged",
    .version_id = 1,
    .minimum_version_id = 1,
#ifdef VHOST_MEM_HAVE_EARLY_SETUP
    .early_setup = true,
    /* Before the virtio devices, as for virtio-mem. */
    .priority = MIG_PRI_VIRTIO_MEM,
#endif
    .pre_save = vhost_mem_plugged_pre_save,
    .post_save = vhost_mem_plugged_post_save,
    .pre_load = vhost_mem_plugged_pre_load,
    .post_load = vhost_mem_plugged_post_load,
    .fields = (VMStateField[]) {
        VMSTATE_WITH_TMP(VHostMem, VHostMemGeometry,
                         vhost_mem_vmstate_geometry),
        VMSTATE_UINT64(migration.requested, VHostMem),
        VMSTATE_UINT64(migration.usable, VHostMem),
        VMSTATE_BITMAP(migration.map, VHostMem, 0, migration.nr_blocks),
        VMSTATE_END_OF_LIST()
    },
};

#ifndef VHOST_MEM_HAVE_EARLY_SETUP
/*
 * Called after QEMU has sent the list of RAM blocks, and before any page. Pages sent
 * by multifd bypass the stream and could overtake the block map. So both sides
 * synchronize once more, for which the target has to have read the stream up to here.
 */
static int vhost_mem_save_setup(QEMUFile *f, void *opaque)
{
    VHostMem *s = opaque;
    Error *err = NULL;
    int ret;

    if (!vhost_mem_migration_check(s, &err)) {
        if (!qemu_ram_is_migratable(s->mr.ram_block)) {
            /* savevm itself reports the error number only. */
            error_report_err(error_copy(err));
        }
        qemu_file_set_error_obj(f, -EOPNOTSUPP, err);
        return -EOPNOTSUPP;
    }
    ret = vhost_mem_vmstate_save(f, &vhost_mem_vmstate_plugged, s);
    if (!ret) {
        /* vmstate_load_state() peeks one byte ahead, for a subsection. */
        qemu_put_byte(f, 0);
        qemu_fflush(f);
        ret = multifd_send_sync_main(f);
    }
    return ret;
}
#endif

static int vhost_mem_load_state(QEMUFile *f, void *opaque, int version_id)
{
    int ret = vhost_mem_vmstate_load(f, &vhost_mem_vmstate_plugged, opaque,
                                     version_id);

    if (!ret) {
        qemu_get_byte(f);
        multifd_recv_sync_main();
    }
    return ret;
}

/* Target: the migration has completed or failed. */
static int vhost_mem_load_cleanup(void *opaque)
{
    vhost_mem_set_migratable(opaque, false);
    return 0;
}

static const SaveVMHandlers vhost_mem_savevm_handlers = {
#ifndef VHOST_MEM_HAVE_EARLY_SETUP
    .save_setup = vhost_mem_save_setup,
#endif
    .load_state = vhost_mem_load_state,
    .load_cleanup = vhost_mem_load_cleanup,
};

static int vhost_mem_sizes_pre_save(void *opaque)
{
    vhost_mem_get_sent_sizes(opaque);
    return 0;
}

static int vhost_mem_sizes_post_load(void *opaque, int version_id)
{
    VHostMem *s = opaque;
    Error *err = NULL;
    int ret;

    ret = vhost_mem_fd_set_usable_size(s, s->migration.usable, &err);
    if (!ret) {
        ret = vhost_mem_fd_set_requested_size(s, s->migration.requested, &err);
    }
    if (ret) {
        error_reportf_err(err, "vhost-mem %s: the VM cannot be migrated to"
                          " here: ", vhost_mem_label(s));
        return ret;
    }
    s->migration.notify_guest = true;
    return 0;
}

/* Loaded last, with the device itself. */
const VMStateDescription vhost_mem_vmstate_sizes = {
    .name = TYPE_VHOST_MEM "-sizes",
    .version_id = 1,
    .minimum_version_id = 1,
    .pre_save = vhost_mem_sizes_pre_save,
    .post_load = vhost_mem_sizes_post_load,
    .fields = (VMStateField[]) {
        VMSTATE_UINT64(migration.usable, VHostMem),
        VMSTATE_UINT64(migration.requested, VHostMem),
        VMSTATE_END_OF_LIST()
    },
};

/*
 * The guest may be waiting for this, if the source has answered BUSY. Not before the
 * VM runs: an earlier interrupt could be lost when the state of an interrupt
 * controller is loaded after the device's.
 */
void vhost_mem_migration_vm_started(VHostMem *s)
{
    if (s->migration.notify_guest) {
        s->migration.notify_guest = false;
        virtio_notify_config(VIRTIO_DEVICE(s));
    }
}

#ifdef VHOST_MEM_HAVE_MIGRATION_EVENT

static int vhost_mem_migration_notify(NotifierWithReturn *notifier,
                                      MigrationEvent *event, Error **errp)
{
    VHostMem *s = container_of(notifier, VHostMem, migration.notifier);

    if (event->type == MIG_EVENT_PRECOPY_SETUP) {
        vhost_mem_migration_begin(s);
        return vhost_mem_migration_check(s, errp) ? 0 : -EOPNOTSUPP;
    }
    vhost_mem_migration_end(s);
    return 0;
}

#else

/*
 * In QEMU 7.2 a notifier cannot refuse a migration, and after a background snapshot
 * has failed QEMU does not resume the VM. So turn it into an ordinary migration,
 * which vhost_mem_save_setup() refuses.
 */
static void vhost_mem_migration_leave_background(VHostMem *s,
                                                 MigrationState *state)
{
    if (migrate_background_snapshot()) {
        state->enabled_capabilities[MIGRATION_CAPABILITY_BACKGROUND_SNAPSHOT] =
            false;
        s->migration.was_background = true;
    }
}

static void vhost_mem_migration_restore_background(VHostMem *s,
                                                   MigrationState *state)
{
    if (s->migration.was_background) {
        state->enabled_capabilities[MIGRATION_CAPABILITY_BACKGROUND_SNAPSHOT] =
            true;
        s->migration.was_background = false;
    }
}

static void vhost_mem_migration_notify(Notifier *notifier, void *data)
{
    VHostMem *s = container_of(notifier, VHostMem, migration.notifier);
    MigrationState *state = data;

    if (migration_in_setup(state)) {
        vhost_mem_migration_leave_background(s, state);
        vhost_mem_migration_begin(s);
    } else if (migration_has_finished(state) || migration_has_failed(state)) {
        vhost_mem_migration_end(s);
        vhost_mem_migration_restore_background(s, state);
    }
}

#endif

static char *vhost_mem_savevm_id(VHostMem *s)
{
    g_autofree char *path = vmstate_if_get_id(VMSTATE_IF(s));

    return path ? g_strdup_printf("%s/%s", path, VHOST_MEM_SETUP) :
                  g_strdup(VHOST_MEM_SETUP);
}

bool vhost_mem_migration_register(VHostMem *s, Error **errp)
{
    g_autofree char *id = vhost_mem_savevm_id(s);

    if (!vhost_mem_block_other_modes(&s->migration.blocker, errp)) {
        return false;
    }
    s->migration.freeze_result = -EAGAIN;
    qemu_ram_set_idstr(s->mr.ram_block, TYPE_VHOST_MEM, DEVICE(s));
    vhost_mem_set_migratable(s, runstate_check(RUN_STATE_INMIGRATE));
    register_savevm_live(id, VMSTATE_INSTANCE_ID_ANY, 1,
                         &vhost_mem_savevm_handlers, s);
#ifdef VHOST_MEM_HAVE_EARLY_SETUP
    vmstate_register_any(VMSTATE_IF(s), &vhost_mem_vmstate_plugged, s);
#endif
    vhost_mem_add_migration_notifier(&s->migration.notifier,
                                     vhost_mem_migration_notify);
    return true;
}

void vhost_mem_migration_unregister(VHostMem *s)
{
    vhost_mem_remove_migration_notifier(&s->migration.notifier);
#ifdef VHOST_MEM_HAVE_EARLY_SETUP
    vmstate_unregister(VMSTATE_IF(s), &vhost_mem_vmstate_plugged, s);
#endif
    unregister_savevm(VMSTATE_IF(s), VHOST_MEM_SETUP, s);
    vhost_mem_set_migratable(s, false);
    vhost_mem_unblock_other_modes(&s->migration.blocker);
    vhost_mem_free_map(s);
}
