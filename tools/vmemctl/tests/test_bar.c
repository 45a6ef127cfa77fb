// SPDX-License-Identifier: GPL-2.0
#include <stddef.h>

#include "text.h"
#include "ktap.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

TEST(bar_ascii)
{
	static const struct {
		uint64_t plugged, requested, max;
		const char *bar;
	} cases[] = {
		{ 0, 0, 100, "[....................]" },
		{ 0, 0, 0, "[....................]" },
		{ 100, 100, 100, "[####################]" },
		{ 50, 50, 100, "[##########..........]" },
		{ 25, 40, 100, "[#####+++............]" },
		{ 40, 25, 100, "[#####---............]" },
		{ 0, 100, 100, "[++++++++++++++++++++]" },
		{ 100, 0, 100, "[--------------------]" },
		/* Never empty but for 0, never full but at the maximum */
		{ 1, 1, 1000000, "[#...................]" },
		{ 999999, 1000000, 1000000, "[###################+]" },
		{ UINT64_MAX / 2, UINT64_MAX, UINT64_MAX, "[##########++++++++++]" },
		{ 1, UINT64_MAX - 1, UINT64_MAX, "[#++++++++++++++++++.]" },
		/* Nonsense of a kernel must not overrun the bar */
		{ 300, 200, 100, "[####################]" },
	};
	char buf[BAR_TEXT_MAX];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++)
		EXPECT_TEXT(cases[i].bar,
			    bar_format(buf, cases[i].plugged, cases[i].requested,
				      cases[i].max, false), cases[i].bar);
}

TEST(bar_blocks)
{
	char buf[BAR_TEXT_MAX];

	EXPECT_TEXT("grow", bar_format(buf, 25, 40, 100, true),
		    "[█████▒▒▒░░░░░░░░░░░░]");
	EXPECT_TEXT("shrink", bar_format(buf, 100, 90, 100, true),
		    "[██████████████████▓▓]");
}
