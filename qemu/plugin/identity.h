/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which QEMU a plug-in is for, and whether it is in that one.
 */
#ifndef VHOST_MEM_PLUGIN_IDENTITY_H
#define VHOST_MEM_PLUGIN_IDENTITY_H

#include <stdbool.h>

/* Bytes of a build ID in hexadecimal digits, with the final NUL. */
#define PLUGIN_BUILD_ID_SIZE 129

/* build-id.c: of the program that runs; empty if it has none. */
void plugin_get_build_id(char text[PLUGIN_BUILD_ID_SIZE]);

/*
 * Written by the build, from the QEMU that it was shown: the version with the
 * distribution's own, as "qemu-system-x86_64 --version" has it, and the build ID.
 */
extern const char vhost_mem_plugin_version[];
extern const char vhost_mem_plugin_build_id[];

/* Written by the build: what the plug-in takes from elsewhere, NULL at the end. */
extern const char *const vhost_mem_plugin_symbols[];

/* identity.c, layout.c: print what differs. */
bool plugin_has_symbols(void);
bool plugin_is_in_its_qemu(void);
bool plugin_layout_matches(void);

#endif
