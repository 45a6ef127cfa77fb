/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _VHOST_MEM_GUEST_ONLINE_H
#define _VHOST_MEM_GUEST_ONLINE_H

#include <linux/list.h>
#include <linux/notifier.h>

struct vmg;

/**
 * struct vmg_online - taking part in memory blocks going online and offline
 * @list: Entry in the list of devices. With devices_mutex; read under SRCU.
 * @notifier: The memory notifier: called when blocks go online and offline.
 */
struct vmg_online {
	struct list_head list;
	struct notifier_block notifier;
};

int vmg_online_init(struct vmg *vmg);
void vmg_online_end(struct vmg *vmg);
void vmg_online_exit(struct vmg *vmg);
void vmg_kick_all(void);
void vmg_reserves_give_back(struct vmg *vmg);

#endif /* _VHOST_MEM_GUEST_ONLINE_H */
