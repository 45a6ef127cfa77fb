/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _VHOST_MEM_DEV_H
#define _VHOST_MEM_DEV_H

/*
 * A number of its own, so that opening /dev/vhost-mem can load the module. It
 * is one of those that Linux reserves for local use (10:243 .. 10:254).
 */
#define VHOST_MEM_MINOR	243

int vhost_mem_dev_init(void);
void vhost_mem_dev_exit(void);

#endif /* _VHOST_MEM_DEV_H */
