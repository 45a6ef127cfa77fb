/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _VHOST_MEM_GUEST_FAKE_OFFLINE_H
#define _VHOST_MEM_GUEST_FAKE_OFFLINE_H

struct vmg;

int vmg_fake_offline(struct vmg *vmg, unsigned long pfn, unsigned long nr, bool insist);
void vmg_fake_online(unsigned long pfn, unsigned long nr);
void vmg_mark_offline(unsigned long pfn, unsigned long nr);
void vmg_mark_taken(unsigned long pfn, unsigned long nr);
void vmg_release_fake_offline(unsigned long pfn, unsigned long nr);
void vmg_reclaim_fake_offline(unsigned long pfn, unsigned long nr);

#endif /* _VHOST_MEM_GUEST_FAKE_OFFLINE_H */
