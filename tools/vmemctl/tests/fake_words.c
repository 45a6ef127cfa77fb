// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>

#include "fake_words.h"
#include "fixture.h"

bool plays(const char *word)
{
	const char *fake = getenv("FAKE"), *p;
	size_t len = strlen(word);

	for (p = fake ? fake : ""; (p = strstr(p, word)); p++) {
		if ((p == fake || p[-1] == ',') && (!p[len] || p[len] == ','))
			return true;
	}
	return false;
}

void fake_prepare_vm1(struct region *vm1)
{
	if (plays("limit"))
		vm1->limit = 6 * GIB;
	if (plays("pools")) {
		vm1->present |= ATTR_BIT(POOL) | ATTR_BIT(RESERVED) |
					       ATTR_BIT(MINIMUM) | ATTR_BIT(CHARGED);
		strcpy(vm1->pool, "default");
		vm1->charged = 2 * GIB;
	}
	if (plays("nodriver"))
		vm1->progress = VHOST_MEM_PROGRESS_NO_DRIVER;
	if (plays("orphaned"))
		vm1->state = VHOST_MEM_STATE_ORPHANED;
	if (plays("offline")) {
		vm1->requested_size = vm1->plugged_size;
		vm1->progress = VHOST_MEM_PROGRESS_DONE;
		vm1->backed_size = 2 * MIB;
	}
	if (plays("limbo"))
		vm1->limbo_size = 512 * MIB;
	if (plays("leaving")) {
		vm1->present |= ATTR_BIT(LEAVING);
		vm1->leaving = true;
	}
	if (plays("silent"))
		vm1->present &= ~REPORT_ATTRS;
	if (plays("granted"))
		vm1->proposal_decision = VHOST_MEM_DECISION_GRANTED;
	if (plays("proposalmore"))
		vm1->proposed_size = 8 * GIB;
}
