// SPDX-License-Identifier: GPL-2.0
#include <stdarg.h>
#include <stdio.h>

#include "error.h"
#include "escape.h"

void error(const char *fmt, ...)
{
	char text[1024], safe[sizeof(text)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);

	fprintf(stderr, "vmemctl: %s\n", escape_text(safe, sizeof(safe), text));
}
