// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Is this the QEMU that the plug-in was built for? QEMU's version is not enough:
 * distributions change QEMU without changing that. So compare the package's version
 * and the build ID, which is unique to each build of the program.
 */

#include "qemu/osdep.h"
#include <dlfcn.h>
#include "qapi/qapi-types-control.h"
#include "qapi/qapi-commands-control.h"
#include "identity.h"

/* References are weak: a missing symbol would show only when it is called. */
bool plugin_has_symbols(void)
{
    const char *const *name;
    bool complete = true;

    for (name = vhost_mem_plugin_symbols; *name; name++) {
        if (!dlsym(RTLD_DEFAULT, *name)) {
            fprintf(stderr, "vhost-mem: this QEMU does not have '%s', which this"
                    " plug-in for QEMU %s needs\n", *name,
                    vhost_mem_plugin_version);
            complete = false;
        }
    }
    if (!complete) {
        fprintf(stderr, "vhost-mem: vhost-mem-pci is not available\n");
    }
    return complete;
}

/* As QEMU's --version has it. */
static char *running_version(void)
{
    VersionInfo *info = qmp_query_version(NULL);
    const VersionTriple *v = info->qemu;
    const bool package = info->package && *info->package;
    char *text;

    text = g_strdup_printf("%" PRId64 ".%" PRId64 ".%" PRId64 "%s%s%s",
                           v->major, v->minor, v->micro, package ? " (" : "",
                           package ? info->package : "", package ? ")" : "");
    qapi_free_VersionInfo(info);
    return text;
}

bool plugin_is_in_its_qemu(void)
{
    g_autofree char *version = running_version();
    char build_id[PLUGIN_BUILD_ID_SIZE];

    plugin_get_build_id(build_id);
    if (strcmp(version, vhost_mem_plugin_version)) {
        fprintf(stderr, "vhost-mem: this plug-in is for QEMU %s, but this is QEMU"
                " %s: vhost-mem-pci is not available.\n",
                vhost_mem_plugin_version, version);
    } else if (strcmp(build_id, vhost_mem_plugin_build_id)) {
        fprintf(stderr, "vhost-mem: this plug-in is for the QEMU %s with the"
                " build ID '%s', but this one has '%s': vhost-mem-pci is not"
                " available.\n", version, vhost_mem_plugin_build_id, build_id);
    } else {
        return true;
    }
    fprintf(stderr, "vhost-mem: build one for this QEMU: make -C qemu QEMU=<this"
            " QEMU> QEMU_SRC=<source of QEMU %s> O=<directory of the"
            " plug-ins>\n", version);
    return false;
}
