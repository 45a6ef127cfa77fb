// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Entry of the plug-in: a shared object that is put into QEMU by LD_PRELOAD and
 * adds the vhost-mem device to it.
 *
 * The device is compiled against the internal structures of one exact build of
 * QEMU, and in any other one it would corrupt memory: so it makes sure that it is
 * in that one before it registers anything: identity.c, layout.c.
 *
 * LD_PRELOAD reaches whatever is started on the way to QEMU (a shell, a
 * debugger) and what QEMU starts. The build makes all references to QEMU's
 * symbols weak, so that there this object does nothing at all.
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
    /* Before any of them is called. */
    if (!plugin_has_symbols()) {
        return;
    }
    plugin_leave_ld_preload();
    /*
     * Runs after the types of QEMU's own are known, which the layout check
     * needs, and before anything uses them.
     */
    register_module_init(plugin_register, MODULE_INIT_MIGRATION);
}
