// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Entry point of the plug-in, a shared object that LD_PRELOAD loads into QEMU, to
 * which it adds the vhost-mem device.
 *
 * The device is compiled against the internal structures of one exact build of
 * QEMU. In any other one it would corrupt memory, so it verifies where it is before
 * it registers anything (identity.c, layout.c).
 *
 * LD_PRELOAD also affects programs that are started on the way to QEMU (a shell, a
 * debugger) and by QEMU. The build makes all references to QEMU's symbols weak, so
 * this object loads there, too, and does nothing.
 */

#include "qemu/osdep.h"
#include <dlfcn.h>
#include "qemu/module.h"
#include "../hw/virtio/vhost-mem.h"
#include "identity.h"

static void plugin_register(void)
{
    if (plugin_is_in_its_qemu() && plugin_layout_matches()) {
        vhost_mem_register_types();
        vhost_mem_pci_register_types();
    }
}

/* Keep the plug-in out of programs that QEMU starts (network scripts, helpers). */
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
    /* By name: the compiler assumes that a function's address is not NULL. */
    void *is_qemu = dlsym(RTLD_DEFAULT, "register_module_init");

    if (!is_qemu) {
        /* GLib may be missing, too: do not use it here. */
        if (!strncmp(program_invocation_short_name, "qemu-system-", 12)) {
            fprintf(stderr, "vhost-mem: this QEMU cannot load the plug-in: it"
                    " does not export its symbols (QEMU does if configured with"
                    " --enable-modules). Build vhost-mem into it: see"
                    " 'make -C qemu intree'\n");
        }
        return;
    }
    /* Before a missing one is called. */
    if (!plugin_has_symbols()) {
        return;
    }
    plugin_leave_ld_preload();
    /*
     * Runs after QEMU has registered its own types, which the layout check
     * needs, and before anything uses types.
     */
    register_module_init(plugin_register, MODULE_INIT_MIGRATION);
}
