/* SPDX-License-Identifier: GPL-2.0 */
/* The regions that a command prints: with who runs them, chosen, sorted, added up. */
#ifndef VMEMCTL_ROWS_H
#define VMEMCTL_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "region.h"
#include "vmm.h"

struct row {
	struct region region;
	struct vmm vmm;		/* empty until rows_find_vmms() */
};

struct rows {
	struct row *rows;
	size_t nr;
	size_t of;	/* how many regions there were before some were chosen */
};

/* What a region must be to be chosen; zero: anything. */
struct row_filter {
	const char *const *ids;	/* one of these ids, or patterns that match its name */
	size_t nr_ids;
	const char *name;	/* a pattern that its name matches */
	uint32_t states;	/* bit n: it is in state n */
	bool not_done;		/* it does not have what is requested */
};

#define SORT_KEYS_MAX	4
#define ROWS_ERROR_MAX	512

struct row_sort {
	int keys[SORT_KEYS_MAX];	/* of a table in rows.c */
	bool down[SORT_KEYS_MAX];
	int nr;
};

/* Rows of all regions in @list, in its order. Returns 0 or -ENOMEM. */
int rows_make(struct rows *rows, const struct region_list *list);
void rows_free(struct rows *rows);

/*
 * Keeps the rows that @filter chooses. Returns NULL, or the first of its ids that
 * matches no region.
 */
const char *rows_filter(struct rows *rows, const struct row_filter *filter);

/* Finds out who runs the regions: two files of /proc for each, so choose them before. */
void rows_find_vmms(struct rows *rows);

/* Rows that are equal stay in the order of their ids. */
void rows_sort(struct rows *rows, const struct row_sort *sort);

/*
 * Reads "KEY[,-KEY]...". Returns 0, or -EINVAL with a message for people in @err, which
 * has ROWS_ERROR_MAX bytes.
 */
int sort_parse(const char *text, struct row_sort *sort, char *err);

/* Likewise "STATE[,STATE]...", into bits of row_filter.states. */
int states_parse(const char *text, uint32_t *states, char *err);

/* Sums, in bytes; they saturate. */
struct row_sums {
	uint64_t plugged;
	uint64_t requested;
	uint64_t max;
	uint64_t limbo;
	uint64_t promised;	/* what guests have or may plug, and have not touched yet */
};

void rows_sum(const struct rows *rows, struct row_sums *sums);

/* Does the guest not have what is requested? */
bool region_is_not_done(const struct region *region);

#endif /* VMEMCTL_ROWS_H */
