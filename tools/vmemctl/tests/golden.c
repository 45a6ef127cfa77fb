// SPDX-License-Identifier: GPL-2.0
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "golden.h"
#include "ktap.h"
#include "proc.h"

void expect_golden(const char *name, const char *text)
{
	static char want[1 << 16];
	char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "tests/golden/%s", name);
	if (getenv("GOLDEN_UPDATE")) {
		file = fopen(path, "w");
		if (!file || fputs(text, file) < 0 || fclose(file))
			ktap_wrong("%s cannot be written", path);
		return;
	}
	if (!proc_read(AT_FDCWD, path, want, sizeof(want)))
		ktap_wrong("%s cannot be read", path);
	else
		EXPECT_TEXT(path, text, want);
}
