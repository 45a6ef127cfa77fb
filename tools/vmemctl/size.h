/* SPDX-License-Identifier: GPL-2.0 */
/* Sizes as people write them. Pure functions; nothing is allocated. */
#ifndef VMEMCTL_SIZE_H
#define VMEMCTL_SIZE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum size_kind {
	SIZE_ABSOLUTE,
	SIZE_ADD,
	SIZE_SUBTRACT,
	SIZE_PERCENT,
};

struct size_arg {
	enum size_kind kind;
	uint64_t value;		/* bytes; SIZE_PERCENT: 0 to 100 */
	bool bare;		/* a number and nothing else */
};

/* What the requested size of a region can be. */
struct size_limits {
	uint64_t requested;
	uint64_t limit;		/* set by the administrator, else the maximum */
	uint64_t max;
	uint64_t block;
};

#define SIZE_TEXT_MAX	32
#define SIZE_ERROR_MAX	256

/*
 * Reads 8G, 1.5GiB, 4096, +512M, -1G or 50%. Returns 0, or -EINVAL with a
 * message for people in @err, which has SIZE_ERROR_MAX bytes.
 */
int size_parse(const char *text, struct size_arg *arg, char *err);

/*
 * Likewise for a limit: 8G, 50%, or "none", which is 100%. @what is what the
 * message calls it.
 */
int size_parse_limit(const char *what, const char *text, struct size_arg *arg,
		     char *err);

/*
 * The size that @arg means for a region. A percentage is one of the maximum, and
 * rounded down to whole blocks; nothing else is rounded. Returns 0, or -ERANGE with a message
 * in @err. @text is @arg as it was written.
 */
int size_target(const struct size_arg *arg, const char *text,
		const struct size_limits *limits, uint64_t *target, char *err);

/*
 * Does @arg look as if its unit was forgotten? That is a bare number of bytes other
 * than 0 which would take more than half of @requested away; some other programs
 * count in KiB. Then returns true, with a message in @err.
 */
bool size_is_doubtful(const struct size_arg *arg, const char *text,
		      uint64_t requested, char *err);

/*
 * Writes @bytes as "512 MiB" or "1.5 GiB" to @buf, which has SIZE_TEXT_MAX
 * bytes, and returns it. A value that needs more than two decimals is shown in
 * the next smaller unit if it is exact there ("2050 MiB"), else rounded down.
 */
char *size_format(char *buf, uint64_t bytes);

#endif /* VMEMCTL_SIZE_H */
