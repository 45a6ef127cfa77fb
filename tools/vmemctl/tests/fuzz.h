/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VMEMCTL_FUZZ_H
#define VMEMCTL_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* What a fuzz program defines, for libFuzzer or fuzz_run.c; returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#endif /* VMEMCTL_FUZZ_H */
