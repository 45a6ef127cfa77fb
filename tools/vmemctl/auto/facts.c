// SPDX-License-Identifier: GPL-2.0
/*
 * What is known of the process that has created a region. The name is the VMM's word; the
 * rest is the kernel's, so rules that are to protect others should match that.
 */
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "rules.h"

/* The unit of systemd that a cgroup belongs to: the last part that is called like one. */
static void unit_of(char *unit, const char *cgroup)
{
	static const char *const suffixes[] = { ".service", ".scope" };
	char path[RULES_TEXT_MAX], *part, *rest;
	size_t i, len;

	snprintf(path, sizeof(path), "%s", cgroup);
	for (part = strtok_r(path, "/", &rest); part; part = strtok_r(NULL, "/", &rest)) {
		for (i = 0; i < 2; i++) {
			len = strlen(suffixes[i]);
			if (strlen(part) > len && !strcmp(part + strlen(part) - len, suffixes[i]))
				snprintf(unit, RULES_TEXT_MAX, "%.255s", part);
		}
	}
}

static void read_cgroup(struct rule_facts *facts, const char *proc, uint32_t pid)
{
	char line[RULES_TEXT_MAX + 8];
	FILE *file;

	snprintf(line, sizeof(line), "%.200s/%u/cgroup", proc, pid);
	file = fopen(line, "re");
	if (!file)
		return;
	while (fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, "0::/", 4))
			continue;
		snprintf(facts->cgroup, sizeof(facts->cgroup), "%.255s", line + 3);
		unit_of(facts->unit, facts->cgroup);
	}
	fclose(file);
}

void rule_facts(struct rule_facts *facts, const char *proc, const char *name, uint32_t pid)
{
	char path[RULES_TEXT_MAX];
	struct passwd *user;
	struct stat st;

	memset(facts, 0, sizeof(*facts));
	snprintf(facts->name, sizeof(facts->name), "%s", name);
	if (!pid)
		return;
	read_cgroup(facts, proc, pid);
	snprintf(path, sizeof(path), "%.200s/%u", proc, pid);
	if (stat(path, &st))
		return;
	user = getpwuid(st.st_uid);
	if (user)
		snprintf(facts->user, sizeof(facts->user), "%s", user->pw_name);
	else
		snprintf(facts->user, sizeof(facts->user), "%u", st.st_uid);
}
