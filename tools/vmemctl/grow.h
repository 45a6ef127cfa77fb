/* SPDX-License-Identifier: GPL-2.0 */
/* Lists that grow by one item at a time. */
#ifndef VMEMCTL_GROW_H
#define VMEMCTL_GROW_H

#include <stdlib.h>

/*
 * Room for one more item behind the @nr at @items, of @size bytes each, as of realloc().
 * It is doubled whenever it is full, which is when @nr is a power of two, so that adding
 * all n items of a list takes time in proportion to n.
 */
static inline void *grow(void *items, size_t nr, size_t size)
{
	return nr & (nr - 1) ? items : reallocarray(items, nr ? 2 * nr : 1, size);
}

#endif /* VMEMCTL_GROW_H */
