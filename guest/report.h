/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _VHOST_MEM_GUEST_REPORT_H
#define _VHOST_MEM_GUEST_REPORT_H

#include <linux/types.h>

#include "proposal.h"
#include "queue.h"
#include "status.h"

/**
 * struct vmg_report - guest reports
 * @message: The one report that is or was in flight, beside requests. Worker only.
 * @off: The device did not understand a report, so no more are sent. Set by the worker,
 *	read by anybody.
 * @hints: The hints have yet to be sent. Worker only.
 * @status: The status of the resize.
 * @proposal: Proposals of another requested size.
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
