// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "ktap.h"

/* The script is one table; what it prints is what went wrong. */
TEST(bash_completion)
{
	FILE *pipe = popen("bash tests/completion.sh 2>&1", "r");
	char text[4096];
	size_t len;
	int status;

	EXPECT("popen", pipe);
	if (!pipe)
		return;
	len = fread(text, 1, sizeof(text) - 1, pipe);
	text[len] = '\0';
	status = pclose(pipe);
	EXPECT_TEXT("completion.sh", text, "");
	EXPECT("completion.sh", WIFEXITED(status) && !WEXITSTATUS(status));
}
