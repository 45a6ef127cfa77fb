/* SPDX-License-Identifier: GPL-2.0 */
/* What new regions start with, by netlink. Functions return 0 or a negative errno. */
#ifndef _SELFTESTS_DEFAULTS_H
#define _SELFTESTS_DEFAULTS_H

#include <stdint.h>

#include "genl.h"

#define DEFAULTS_NONE UINT64_MAX

/**
 * struct defaults - what new regions start with
 * @attrs: Bit VHOST_MEM_A_DEFAULTS_* is set for each attribute in the message.
 * @value: The numbers among them, by attribute.
 * @pool: The pool.
 */
struct defaults {
	uint64_t attrs;
	uint64_t value[VHOST_MEM_A_DEFAULTS_MAX + 1];
	char pool[64];
};

/* Any attributes; @defaults can be NULL. */
int defaults_request(struct genl *nl, uint8_t cmd, const void *attrs, size_t length,
		     struct defaults *defaults);
int defaults_get(struct genl *nl, struct defaults *defaults);
/* One size or time. */
int defaults_set_u64(struct genl *nl, uint16_t attr, uint64_t value);
/* Limit, minimum, pool and policy. */
int defaults_set(struct genl *nl, uint64_t limit, uint64_t minimum, const char *pool,
		 uint32_t policy);
/* What they are when the module is loaded. */
int defaults_reset(struct genl *nl);

#endif /* _SELFTESTS_DEFAULTS_H */
