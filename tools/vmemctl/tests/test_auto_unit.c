// SPDX-License-Identifier: GPL-2.0
/* The unit of 'vmemctl auto' is one, and gives up what it does not need. */
#include <stdlib.h>

#include "ktap.h"

TEST(auto_unit)
{
	if (system("command -v systemd-analyze >/dev/null"))
		ktap_skip("there is no systemd-analyze");
	/* It looks for the program, which is not installed. */
	CHECK_EQ(system("dir=$(mktemp -d) && unit=$dir/vhost-mem-auto.service && "
			"sed 's,/usr/sbin/vmemctl,/bin/true,' auto/vhost-mem-auto.service >$unit && "
			"out=$(systemd-analyze verify --man=no $unit 2>&1) && "
			"systemd-analyze security --offline=yes --threshold=30 $unit >/dev/null; "
			"status=$?; rm -r $dir; test -z \"$out\" && exit $status"), 0);
}
