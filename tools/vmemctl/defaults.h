/* SPDX-License-Identifier: GPL-2.0 */
/* What new regions start with, as the kernel keeps it. */
#ifndef VMEMCTL_DEFAULTS_H
#define VMEMCTL_DEFAULTS_H

#include <stdbool.h>
#include <stdint.h>

#include "attrs.h"
#include "nl.h"

/* Of a size: none. */
#define DEFAULTS_NONE	UINT64_MAX
#define DEFAULTS_BIT(i)	(1ULL << (i))

/* These return 0 or a negative errno; -EOPNOTSUPP: the module is too old. */
int defaults_get(struct vnl *nl, struct defaults *defaults);
/* Sets what is present in @change. @defaults is what there is afterwards. */
int defaults_set(struct vnl *nl, const struct defaults *change, struct defaults *defaults);

/* Says why getting or setting them failed with @ret, and returns an exit status. */
int defaults_refused(const struct vnl *nl, int ret, const char *doing);

#endif /* VMEMCTL_DEFAULTS_H */
