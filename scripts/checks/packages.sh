# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# packages.sh: the Debian packages, in clean roots. Sourced by scripts/check.

step_packages()
{
	local suite

	for suite in bookworm trixie; do
		beside test_ktap "packages" scripts/check-packages "$suite"
	done
	all_done
}
