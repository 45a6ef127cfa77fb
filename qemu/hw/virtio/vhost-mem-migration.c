// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vhost-mem: migration to another QEMU, or into a file.
 *
 * QEMU itself moves the memory, of the plugged blocks only (see
 * vhost-mem-discard.c). Three things are left to the device:
 *
 *  - What is plugged must not change while the memory travels: QEMU decides at
 *    the beginning which pages to send, and touching a page that has been
 *    unplugged since would end it. So the kernel is told to freeze the region
 *    before QEMU looks at it, until the migration is over. The guest is asked to
 *    try again later, and is told when.
 *
 *  - The target's kernel has to know which blocks are plugged before the first
 *    page arrives in one of them. So these travel ahead of all memory, together
 *    with what has to be the same on both sides.
 *
 *  - The requested size can change until the last moment: the administrator can
 *    set it at any time. It comes at the end, with the device's own state.
 */

#include "qemu/osdep.h"
#include "qapi/error.h"
#include "qemu/error-report.h"
#include "vhost-mem.h"

/* They rely on others that have been included. */
#include "migration/multifd.h"
#include "migration/qemu-file.h"
#include "migration/register.h"

/* The part of a migration's beginning that QEMU 7.2 lets the device write. */
#define VHOST_MEM_SETUP TYPE_VHOST_MEM "-setup"

/*
 * QEMU reads random pages of memory that can be migrated when it is asked for
 * the rate at which memory gets dirty ("calc-dirty-rate"), and of this memory it
 * would come upon an unplugged one. So it can be migrated only while it is.
 *
 * Which memory is logged for migration depends on that, but is found out anew
 * only when the memory regions change, or if nothing at all was logged before:
 * make sure that it is.
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

/* The source, at the very beginning: nothing has been sent yet. */
static void vhost_mem_migration_begin(VHostMem *s)
{
    s->migration.freeze_result = vhost_mem_fd_set_frozen(s, true);
    vhost_mem_set_migratable(s, true);
}

/* Has it been successful, has it failed or was it cancelled: the VM can go on. */
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
        error_report("vhost-mem %s: cannot let the guest plug and unplug memory"
                     " again: %s", vhost_mem_label(s), strerror(-ret));
    }
}

bool vhost_mem_migration_is_frozen(const VHostMem *s)
{
    return !s->migration.freeze_result;
}

/* Can the memory be sent in the way that QEMU has been asked for? */
static bool vhost_mem_migration_check(const VHostMem *s, Error **errp)
{
    const char *label = vhost_mem_label(s);

    /*
     * Both ask the kernel to tell about accesses to pages, which it does for
     * ordinary memory only.
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
    /* This comes from QEMU's savevm, which tells no device that it begins. */
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

/* What has to be the same on both sides; the command line says it. */
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

/* Its version is that of the description that it is a part of. */
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

static void vhost_mem_get_travelling_sizes(VHostMem *s)
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

    /* Not for migrations, which have been refused by now. */
    if (!vhost_mem_migration_check(s, &err)) {
        error_report_err(err);
        return -EOPNOTSUPP;
    }
    vhost_mem_get_travelling_sizes(s);
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
 * The requested size that this QEMU was started with counts no more. The usable
 * size never shrinks but by a reset, after which it is what the requested size
 * needs; the source's is at least that.
 */
static int vhost_mem_plugged_post_load(void *opaque, int version_id)
{
    VHostMem *s = opaque;
    Error *err = NULL;
    int ret;

    ret = vhost_mem_fd_set_requested_size(s, s->migration.requested, &err);
    if (!ret) {
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
    /* Without it, this would come after QEMU's own beginning, all the same. */
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
 * Comes after QEMU has sent which memory there is, and before any of it. Pages
 * can travel beside the stream (multifd) and overtake it, so both sides wait for
 * each other once more; the other side needs the stream for that.
 */
static int vhost_mem_save_setup(QEMUFile *f, void *opaque)
{
    VHostMem *s = opaque;
    Error *err = NULL;
    int ret;

    if (!vhost_mem_migration_check(s, &err)) {
        if (!qemu_ram_is_migratable(s->mr.ram_block)) {
            /* For savevm, which shows nothing but the error number. */
            error_report_err(error_copy(err));
        }
        qemu_file_set_error_obj(f, -EOPNOTSUPP, err);
        return -EOPNOTSUPP;
    }
    ret = vmstate_save_state(f, &vhost_mem_vmstate_plugged, s, NULL);
    if (!ret) {
        /* The other side looks one byte ahead, for more of the same. */
        qemu_put_byte(f, 0);
        qemu_fflush(f);
        ret = multifd_send_sync_main(f);
    }
    return ret;
}
#endif

static int vhost_mem_load_state(QEMUFile *f, void *opaque, int version_id)
{
    int ret = vmstate_load_state(f, &vhost_mem_vmstate_plugged, opaque,
                                 version_id);

    if (!ret) {
        qemu_get_byte(f);
        multifd_recv_sync_main();
    }
    return ret;
}

/* The target, when everything has arrived, or nothing more will. */
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
    vhost_mem_get_travelling_sizes(opaque);
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

/* What is loaded last, when the device itself is. */
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
 * The guest may wait for this, having been answered BUSY by the source. Not
 * before the VM runs: until then an interrupt could be lost, overwritten by the
 * state of an interrupt controller that is loaded after the device.
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
 * Here nobody can refuse a migration before it has begun; and when a background
 * snapshot fails later, QEMU does not let the VM go on. So it is made an ordinary
 * migration, which vhost_mem_save_setup() can refuse.
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
