// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Entry of the plug-in: a shared object that is put into QEMU by LD_PRELOAD and
 * adds the vhost-mem device to it.
 *
 * The device is compiled against the internal structures of one exact version
 * of QEMU, and in any other one it would corrupt memory: so it makes sure of
 * the version before it registers anything.
 *
 * LD_PRELOAD reaches whatever is started on the way to QEMU (a shell, a
 * debugger) and what QEMU starts. The build makes all references to QEMU's
 * symbols weak, so that there this object does nothing at all.
 */

#include "qemu/osdep.h"
#include <dlfcn.h>
#include "hw/boards.h"
#include "hw/pci/pci.h"
#include "hw/virtio/virtio-pci.h"
#include "qapi/qapi-types-control.h"
#include "qapi/qapi-commands-control.h"
#include "qemu/module.h"
#include "../hw/virtio/vhost-mem.h"

static bool plugin_version_matches(void)
{
    VersionInfo *info = qmp_query_version(NULL);
    VersionTriple *v = info->qemu;
    bool match = v->major == QEMU_VERSION_MAJOR &&
                 v->minor == QEMU_VERSION_MINOR &&
                 v->micro == QEMU_VERSION_MICRO;

    if (!match) {
        fprintf(stderr,
                "vhost-mem: this plug-in is for QEMU %s, but this is QEMU %"
                PRId64 ".%" PRId64 ".%" PRId64 ": vhost-mem-pci is not"
                " available.\n"
                "vhost-mem: build one for this QEMU: make -C qemu"
                " QEMU_SRC=<source of QEMU %" PRId64 ".%" PRId64 ".%" PRId64
                "> O=<directory of the plug-ins>\n", QEMU_VERSION, v->major,
                v->minor, v->micro, v->major, v->minor, v->micro);
    }
    qapi_free_VersionInfo(info);
    return match;
}

#ifdef VHOST_MEM_HAVE_TYPE_SIZE
/* Distributions patch QEMU; a layout that has changed shows here. */
static bool plugin_layout_matches(void)
{
    static const struct {
        const char *type;
        size_t size;
    } types[] = {
        { TYPE_DEVICE, sizeof(DeviceState) },
        { TYPE_MACHINE, sizeof(MachineState) },
        { TYPE_MEMORY_REGION, sizeof(MemoryRegion) },
        { TYPE_PCI_DEVICE, sizeof(PCIDevice) },
        { TYPE_VIRTIO_DEVICE, sizeof(VirtIODevice) },
        { TYPE_VIRTIO_PCI, sizeof(VirtIOPCIProxy) },
    };
    size_t i, size;

    for (i = 0; i < ARRAY_SIZE(types); i++) {
        size = object_type_get_instance_size(types[i].type);
        if (size != types[i].size) {
            fprintf(stderr,
                    "vhost-mem: this plug-in was built from another source of"
                    " QEMU %s: the type %s has %zu bytes here, %zu there."
                    " vhost-mem-pci is not available.\n"
                    "vhost-mem: build one from the exact source of this QEMU:"
                    " make -C qemu QEMU_SRC=<source> O=<directory of the"
                    " plug-ins>\n", QEMU_VERSION, types[i].type, size,
                    types[i].size);
            return false;
        }
    }
    return true;
}
#else
static bool plugin_layout_matches(void)
{
    return true;
}
#endif

static void plugin_register(void)
{
    if (plugin_version_matches() && plugin_layout_matches()) {
        vhost_mem_register_types();
        vhost_mem_pci_register_types();
    }
}

/* What QEMU starts (network scripts, helpers) has no use for this object. */
static void plugin_leave_ld_preload(void)
{
    const char *preload = getenv("LD_PRELOAD");
    g_auto(GStrv) entries = NULL;
    GString *rest;
    Dl_info self;
    char **p;

    if (!preload || !dladdr(plugin_leave_ld_preload, &self)) {
        return;
    }
    rest = g_string_new(NULL);
    entries = g_strsplit_set(preload, ": ", -1);
    for (p = entries; *p; p++) {
        if (**p && strcmp(*p, self.dli_fname)) {
            g_string_append_printf(rest, "%s%s", rest->len ? ":" : "", *p);
        }
    }
    if (rest->len) {
        setenv("LD_PRELOAD", rest->str, 1);
    } else {
        unsetenv("LD_PRELOAD");
    }
    g_string_free(rest, true);
}

static void __attribute__((constructor)) plugin_init(void)
{
    /* Weak, so the compiler must not know that functions have addresses. */
    void *is_qemu = dlsym(RTLD_DEFAULT, "register_module_init");

    if (!is_qemu) {
        /* GLib may not be there either. */
        if (!strncmp(program_invocation_short_name, "qemu-system-", 12)) {
            fprintf(stderr, "vhost-mem: this QEMU takes no plug-ins (it does"
                    " not export its symbols, which it does if configured with"
                    " --enable-modules): build vhost-mem into it, see"
                    " 'make -C qemu intree'\n");
        }
        return;
    }
    plugin_leave_ld_preload();
    /*
     * Runs after the types of QEMU's own are known, which the layout check
     * needs, and before anything uses them.
     */
    register_module_init(plugin_register, MODULE_INIT_MIGRATION);
}
