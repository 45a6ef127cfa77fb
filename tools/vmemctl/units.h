/* SPDX-License-Identifier: GPL-2.0 */
/* Sizes and times as people write them. Pure functions; nothing is allocated. */
#ifndef VMEMCTL_UNITS_H
#define VMEMCTL_UNITS_H

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
	const char *text;	/* as it was written */
	enum size_kind kind;
	uint64_t value;		/* bytes; SIZE_PERCENT: 0 to 100 */
	bool bare;		/* a number and nothing else */
};

/* What bounds the requested size of a region. */
struct size_limits {
	uint64_t requested;
	uint64_t limit;		/* set by the administrator, else the maximum */
	uint64_t max;
	uint64_t block;
};

#define SIZE_TEXT_MAX	32
#define TIME_TEXT_MAX	32
#define SIZE_ERROR_MAX	256

/*
 * Reads 8G, 1.5GiB, 4096, +512M, -1G or 50%. Returns 0, or -EINVAL with a
 * message for people in @err, which has SIZE_ERROR_MAX bytes.
 */
int size_parse(const char *text, struct size_arg *arg, char *err);

/*
 * Likewise for a limit: 8G, 50%, or "none", which is 100%. @what names it in the
 * message.
 */
int size_parse_limit(const char *what, const char *text, struct size_arg *arg,
		     char *err);

/*
 * The size that @arg means for a region. A percentage is one of the maximum, and
 * rounded down to whole blocks; nothing else is rounded. Returns 0, or -ERANGE with
 * a message in @err.
 */
int size_target(const struct size_arg *arg, const struct size_limits *limits,
		uint64_t *target, char *err);

/*
 * Does @arg look as if its unit was forgotten (virsh counts in KiB)? That is so for a
 * number without a unit, other than 0, that would take away more than half of
 * @requested. Then returns true, with a message in @err.
 */
bool size_is_doubtful(const struct size_arg *arg, uint64_t requested, char *err);

/*
 * Writes @bytes as "512 MiB" or "1.5 GiB" to @buf, which has SIZE_TEXT_MAX
 * bytes, and returns it. A value that needs more than two decimals is shown in
 * the next smaller unit if it is exact there ("2050 MiB"), else rounded down.
 */
char *size_format(char *buf, uint64_t bytes);

/* Reads 30, 1.5m, 2h or 500ms. Returns 0 or -EINVAL. */
int time_parse(const char *text, int64_t *ms);

/* "0.4 s", "12 s", "2 min 5 s", "1 h 2 min"; @buf has TIME_TEXT_MAX bytes. */
char *time_format(char *buf, int64_t ms);

#endif /* VMEMCTL_UNITS_H */
