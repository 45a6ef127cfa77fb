/* SPDX-License-Identifier: GPL-2.0 */
/* What the fake kernel is to simulate; see fake_kernel.c. */
#ifndef VMEMCTL_FAKE_WORDS_H
#define VMEMCTL_FAKE_WORDS_H

#include <stdbool.h>

#include "region.h"

/* Is the word in the environment variable FAKE? */
bool plays(const char *word);
/* vm1 as these words want it, but for its jobs. */
void fake_prepare_vm1(struct region *vm1);

#endif /* VMEMCTL_FAKE_WORDS_H */
