// SPDX-License-Identifier: GPL-2.0
/* Runs the tests of the test_*.c. */
#include <locale.h>

#include "ktap.h"

int main(int argc, char **argv)
{
	setlocale(LC_CTYPE, "");
	return ktap_main(argc, argv);
}
