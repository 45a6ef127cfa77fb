/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Whoever runs a VMM chooses the names of regions and processes. So they must not
 * reach a terminal or a JSON parser as they are.
 */
#ifndef VMEMCTL_ESCAPE_H
#define VMEMCTL_ESCAPE_H

#include <stddef.h>

/* The most bytes that one byte becomes: \u00XX */
#define ESCAPE_JSON_GROWTH	6

/*
 * Copies @text with each byte that is not printable ASCII shown as '?'. The
 * copy is cut to @size bytes including its NUL. Returns @buf.
 */
char *escape_text(char *buf, size_t size, const char *text);

/*
 * Writes the inside of a JSON string for the @len bytes at @text: valid UTF-8
 * as it is, except for quotes, backslashes and control characters (ASCII and
 * C1); each byte of invalid UTF-8 as \u00XX. @size must be at least
 * @len * ESCAPE_JSON_GROWTH + 1. Returns @buf.
 */
char *escape_json(char *buf, size_t size, const char *text, size_t len);

/* The most bytes that one byte of a label becomes: \" */
#define ESCAPE_LABEL_GROWTH	2

/*
 * Writes the inside of the value of a Prometheus label: valid UTF-8 as it is, quotes and
 * backslashes escaped, and each byte of anything else, such as control characters, as
 * '?'. @size must be at least strlen(@text) * ESCAPE_LABEL_GROWTH + 1. Returns @buf.
 */
char *escape_label(char *buf, size_t size, const char *text);

/* Prints one line to stderr, prefixed "vmemctl: ", as escape_text() makes it safe. */
void error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif /* VMEMCTL_ESCAPE_H */
