// SPDX-License-Identifier: GPL-2.0
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "holders.h"
#include "ktap.h"

static char root[] = "/tmp/vmemctl-proc-XXXXXX";

static void put(const char *path, const char *text)
{
	char name[256], *slash;
	FILE *file;

	snprintf(name, sizeof(name), "%s/%s", root, path);
	for (slash = name + sizeof(root); (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		mkdir(name, 0700);
		*slash = '/';
	}
	file = fopen(name, "w");
	if (!file || fputs(text, file) < 0 || fclose(file))
		abort();
}

TEST(holders_find)
{
	struct holder holders[HOLDERS_MAX];
	char command[64], path[64];
	int i;

	if (!mkdtemp(root))
		abort();
	put("12/comm", "supervisor\n");
	put("12/fdinfo/0", "pos:\t0\n");
	put("12/fdinfo/7", "pos:\t0\nvhost-mem-region:\t3\n");
	put("12/fdinfo/8", "vhost-mem-region:\t3\n");
	/* Other regions, and lines that only look like one. */
	put("13/fdinfo/7", "vhost-mem-region:\t33\n");
	put("14/fdinfo/7", "x-vhost-mem-region:\t3\n");
	put("15/fdinfo/7", "vhost-mem-region:\t3");
	put("self/fdinfo/7", "vhost-mem-region:\t3\n");
	put("16/comm", "");

	EXPECT_EQ("one process, once", holders_find(root, 3, holders), 1);
	EXPECT_EQ("pid", holders[0].pid, 12);
	EXPECT_TEXT("comm", holders[0].comm, "supervisor");
	EXPECT_EQ("none", holders_find(root, 4, holders), 0);
	EXPECT_EQ("no proc", holders_find("/nonexistent", 3, holders), 0);

	/* More than there is room for. */
	for (i = 0; i < HOLDERS_MAX + 4; i++) {
		snprintf(path, sizeof(path), "%d/fdinfo/5", 100 + i);
		put(path, "vhost-mem-region:\t9\n");
	}
	EXPECT_EQ("many", holders_find(root, 9, holders), HOLDERS_MAX + 4);
	EXPECT_TEXT("without a name", holders[0].comm, "");

	snprintf(command, sizeof(command), "rm -r %s", root);
	EXPECT_EQ("clean", system(command), 0);
}
