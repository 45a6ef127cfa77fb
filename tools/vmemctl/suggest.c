// SPDX-License-Identifier: GPL-2.0
#include <limits.h>
#include <stddef.h>
#include <string.h>

#include "suggest.h"

#define WORD_MAX	32

static unsigned int min(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

/* By the distances d[i][j] of the first i bytes of @word and the first j of @known. */
unsigned int suggest_distance(const char *word, const char *known)
{
	size_t n = strlen(word), m = strlen(known), i, j;
	unsigned int d[WORD_MAX][WORD_MAX];

	if (n >= WORD_MAX || m >= WORD_MAX)
		return UINT_MAX;
	if (n >= 2 && n < m && !strncmp(word, known, n))
		return 1;
	for (i = 0; i <= n; i++)
		d[i][0] = i;
	for (j = 0; j <= m; j++)
		d[0][j] = j;
	for (i = 1; i <= n; i++) {
		for (j = 1; j <= m; j++) {
			d[i][j] = min(min(d[i - 1][j], d[i][j - 1]) + 1,
				      d[i - 1][j - 1] + (word[i - 1] != known[j - 1]));
			if (i > 1 && j > 1 && word[i - 1] == known[j - 2] &&
			    word[i - 2] == known[j - 1])
				d[i][j] = min(d[i][j], d[i - 2][j - 2] + 1);
		}
	}
	return d[n][m];
}

bool suggest_is_near(const char *word, unsigned int distance)
{
	return distance <= 2 && 2 * distance <= strlen(word);
}

const char *suggest_translation(const char *word)
{
	/* Of ip, virsh, zpool, systemctl, incus and others. */
	static const struct {
		const char *word, *ours;
	} words[] = {
		{ "ls",		"list" },
		{ "ps",		"list" },
		{ "vms",	"list" },
		{ "region",	"list" },
		{ "regions",	"list" },
		{ "get",	"show" },
		{ "info",	"show" },
		{ "dominfo",	"show" },
		{ "status",	"list" },
		{ "describe",	"show" },
		{ "set",	"resize" },
		{ "setmem",	"resize" },
		{ "size",	"resize" },
		{ "grow",	"resize" },
		{ "shrink",	"resize" },
		{ "plug",	"resize" },
		{ "unplug",	"resize" },
		{ "balloon",	"resize" },
		{ "max",	"limit" },
		{ "setmaxmem",	"limit" },
		{ "quota",	"limit" },
		{ "min",	"reserve" },
		{ "events",	"monitor" },
		{ "event",	"monitor" },
		{ "watch",	"monitor" },
		{ "history",	"jobs" },
		{ "log",	"jobs" },
		{ "abort",	"cancel" },
		{ "stop",	"cancel" },
		{ "prometheus",	"metrics" },
		{ "version",	"--version" },
		{ "create",	"add" },
		{ "new",	"add" },
		{ "delete",	"del" },
		{ "destroy",	"del" },
		{ "remove",	"del" },
		{ "rm",		"del" },
	};
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (!strcmp(words[i].word, word))
			return words[i].ours;
	}
	return NULL;
}
