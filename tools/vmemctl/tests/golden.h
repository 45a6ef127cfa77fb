/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Output as it should be, in files. Where a change is meant, GOLDEN_UPDATE=1 in the
 * environment writes the files anew; look at the differences before they are committed.
 */
#ifndef VMEMCTL_GOLDEN_H
#define VMEMCTL_GOLDEN_H

/* Is @text what is in tests/golden/@name? */
void expect_golden(const char *name, const char *text);

#endif /* VMEMCTL_GOLDEN_H */
