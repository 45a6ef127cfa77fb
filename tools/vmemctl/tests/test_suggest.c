// SPDX-License-Identifier: GPL-2.0
#include <limits.h>

#include "ktap.h"
#include "suggest.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

TEST(suggest)
{
	static const struct {
		const char *word, *known;
		unsigned int distance;
		bool near;
	} cases[] = {
		{ "list", "list", 0, true },
		{ "lst", "list", 1, true },
		{ "lsit", "list", 1, true },
		{ "lists", "list", 1, true },
		{ "lost", "list", 1, true },
		{ "mon", "monitor", 1, true },
		{ "m", "monitor", 6, false },
		{ "", "top", 3, false },
		{ "resise", "resize", 1, true },
		{ "rezise", "resize", 2, true },
		{ "frob", "top", 3, false },
		{ "to", "top", 1, true },
		{ "x", "top", 3, false },
		{ "a-word-that-is-longer-than-any-known", "top", UINT_MAX, false },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		EXPECT_EQ(cases[i].word, suggest_distance(cases[i].word, cases[i].known),
			  cases[i].distance);
		EXPECT_EQ(cases[i].word, suggest_is_near(cases[i].word, cases[i].distance),
			  cases[i].near);
	}
}

TEST(suggest_translation)
{
	EXPECT_TEXT("ls", suggest_translation("ls"), "list");
	EXPECT_TEXT("create", suggest_translation("create"), "add");
	EXPECT("ours", !suggest_translation("list"));
	EXPECT("nothing", !suggest_translation(""));
}
