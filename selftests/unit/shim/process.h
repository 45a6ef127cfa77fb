/* SPDX-License-Identifier: GPL-2.0 */
/* Processes. */
#ifndef _VHOST_MEM_SHIM_PROCESS_H
#define _VHOST_MEM_SHIM_PROCESS_H

#include "kernel.h"

struct pid { int count; };
struct task_struct {
	struct task_struct *group_leader;
	struct pid *pid;
	char comm[TASK_COMM_LEN];
};
extern struct task_struct *current;
#define task_tgid(task) ((task)->pid)
#define get_task_comm(buf, task) memcpy(buf, (task)->comm, TASK_COMM_LEN)

static inline struct pid *get_pid(struct pid *pid)
{
	if (pid)
		pid->count++;
	return pid;
}

static inline void put_pid(struct pid *pid)
{
	if (pid) {
		assert(pid->count > 0);
		pid->count--;
	}
}

#endif /* _VHOST_MEM_SHIM_PROCESS_H */
