/* SPDX-License-Identifier: GPL-2.0 */
/* The table of 'vmemctl list' and 'vmemctl top', as lines that fit a width. */
#ifndef VMEMCTL_TABLE_H
#define VMEMCTL_TABLE_H

#include <stdbool.h>

#include "rows.h"

struct table_style {
	unsigned int width;	/* columns of the terminal; 0: as many as are needed */
	bool utf8;		/* bars may use block characters */
	bool exact;		/* sizes in bytes */
	bool color;
};

/*
 * A line for the titles and one for each row, in this order, and NULL. No line is wider
 * than style->width: columns are left out and shortened, the least important first.
 * NULL if there is no memory. Free it with table_free().
 */
char **table_lines(const struct rows *rows, const struct table_style *style);

/* What all rows have together, beside the host's memory: a line or two, and NULL. */
char **table_totals(const struct rows *rows, const struct table_style *style);

void table_free(char **lines);

#endif /* VMEMCTL_TABLE_H */
