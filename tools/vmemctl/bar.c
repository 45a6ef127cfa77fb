// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <string.h>

#include "bar.h"

static unsigned int cells_of(uint64_t size, uint64_t max)
{
	unsigned int cells;

	if (!size)
		return 0;
	if (size >= max)
		return BAR_CELLS;
	while (max > UINT64_MAX / (2 * BAR_CELLS)) {
		max >>= 1;
		size >>= 1;
	}
	cells = (size * 2 * BAR_CELLS + max) / (2 * max);
	if (!cells)
		return 1;
	return cells < BAR_CELLS ? cells : BAR_CELLS - 1;
}

char *bar_format(char *buf, uint64_t plugged, uint64_t requested, uint64_t max,
		 bool utf8)
{
	static const char *const glyphs[2][4] = {
		{ "#", "+", "-", "." },
		{ "\u2588", "\u2592", "\u2593", "\u2591" },
	};
	unsigned int have = cells_of(plugged, max);
	unsigned int want = cells_of(requested, max);
	const char *glyph;
	unsigned int i;
	char *p = buf;

	*p++ = '[';
	for (i = 0; i < BAR_CELLS; i++) {
		if (i < have)
			glyph = glyphs[utf8][i < want ? 0 : 2];
		else
			glyph = glyphs[utf8][i < want ? 1 : 3];
		p = stpcpy(p, glyph);
	}
	strcpy(p, "]");
	return buf;
}
