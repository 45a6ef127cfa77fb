/* SPDX-License-Identifier: GPL-2.0 */
/* The module is unloaded and loaded again. */
#ifndef _MODULE_H
#define _MODULE_H

/* Load the module in the file @path, and wait for its device node; a negative errno. */
int module_load(const char *path);

/* Unload it; -EAGAIN (EWOULDBLOCK) while it is used. */
int module_unload(void);

/* The same, but for what is freed a moment after it was closed. */
int module_unload_soon(void);

#endif /* _MODULE_H */
