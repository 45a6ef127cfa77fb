/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VMEMCTL_ERROR_H
#define VMEMCTL_ERROR_H

/* Prints one line to stderr, prefixed "vmemctl: ", made safe for a terminal. */
void error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif /* VMEMCTL_ERROR_H */
