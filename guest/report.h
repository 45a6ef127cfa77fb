/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _VHOST_MEM_GUEST_REPORT_H
#define _VHOST_MEM_GUEST_REPORT_H

#include <linux/types.h>

#include "proposal.h"
#include "queue.h"
#include "status.h"

/**
 * struct vmg_report - what is said to a device that listens
 * @message: Message in flight, one at a time, beside requests. Worker only.
 * @off: The device did not understand us, so nothing more is said. Set by the worker.
 * @hints: Hints are to be said. Worker only.
 * @status: How a resize goes.
 * @proposal: What it is asked for.
 */
struct vmg_report {
	struct vmg_request message;
	bool off;
	bool hints;
	struct vmg_status status;
	struct vmg_proposal proposal;
};

void vmg_report_init(struct vmg *vmg);
void vmg_report_restart(struct vmg *vmg);
bool vmg_speak(struct vmg *vmg);
unsigned long vmg_speak_all(struct vmg *vmg);
void vmg_wait_spoken(struct vmg *vmg);
void vmg_report_moving(struct vmg *vmg);

#endif /* _VHOST_MEM_GUEST_REPORT_H */
