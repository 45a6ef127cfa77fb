/* SPDX-License-Identifier: GPL-2.0 */
/* Is it JSON? Written from RFC 8259, so that it shares nothing with out.c. */
#ifndef VMEMCTL_JSON_H
#define VMEMCTL_JSON_H

#include <stdbool.h>
#include <stddef.h>

/* One value and its newline, nothing else; all of it well-formed UTF-8. */
bool json_is_line(const char *text, size_t len);

#endif /* VMEMCTL_JSON_H */
