// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "escape.h"
#include "names.h"
#include "vmm.h"

#define CANDIDATE_MAX	(2 * REGION_STRING_MAX + VMM_TEXT_MAX)

/* The length of a unit's name without the suffix. */
static size_t stem_len(const char *unit)
{
	const char *dot = strrchr(unit, '.');

	return dot ? (size_t)(dot - unit) : strlen(unit);
}

static bool is_vm(const struct region *region, const char *vm, size_t len)
{
	char pid[16];
	struct vmm vmm;

	if (!region->pid)
		return false;
	snprintf(pid, sizeof(pid), "%" PRIu32, region->pid);
	if (strlen(pid) == len && !memcmp(pid, vm, len))
		return true;
	vmm_find(&vmm, region);
	return *vmm.unit && !strncmp(vmm.unit, vm, len) &&
	       (len == strlen(vmm.unit) || len == stem_len(vmm.unit));
}

bool name_is_qualified(const struct region *region, const char *arg)
{
	const char *slash = strchr(arg, '/');

	/* What has no name has no VM/NAME. */
	return slash && slash != arg && slash[1] && !strcmp(region->name, slash + 1) &&
	       is_vm(region, arg, slash - arg);
}

static bool has_plain(const struct region_list *list, const char *arg)
{
	size_t i;

	for (i = 0; i < list->nr; i++) {
		if (!strcmp(list->regions[i].name, arg))
			return true;
	}
	return false;
}

static bool matches(const struct region *region, const char *arg, bool plain)
{
	return plain ? !strcmp(region->name, arg) : name_is_qualified(region, arg);
}

size_t name_find(const struct region_list *list, const char *arg, struct region *region)
{
	bool plain = has_plain(list, arg);
	size_t i, found = 0;

	for (i = 0; i < list->nr; i++) {
		if (!matches(&list->regions[i], arg, plain))
			continue;
		*region = list->regions[i];
		found++;
	}
	return found;
}

/* Has no other region of this name the same process? */
static bool is_only_one(const struct region_list *list, const struct region *region)
{
	size_t i;

	for (i = 0; i < list->nr; i++) {
		if (&list->regions[i] != region && list->regions[i].pid == region->pid &&
		    !strcmp(list->regions[i].name, region->name))
			return false;
	}
	return region->pid;
}

static void candidate(char *buf, const struct region_list *list, const struct region *region)
{
	char name[REGION_STRING_MAX];
	struct vmm vmm;
	int len;

	len = snprintf(buf, CANDIDATE_MAX, "%" PRIu32, region->id);
	if (!is_only_one(list, region))
		return;
	escape_text(name, sizeof(name), region->name);
	vmm_find(&vmm, region);
	if (*vmm.unit)
		snprintf(buf + len, CANDIDATE_MAX - len, " (%.*s/%s)", (int)stem_len(vmm.unit),
			 vmm.unit, name);
	else
		snprintf(buf + len, CANDIDATE_MAX - len, " (%" PRIu32 "/%s)", region->pid, name);
}

char *name_candidates(char *buf, const struct region_list *list, const char *arg)
{
	bool plain = has_plain(list, arg);
	char text[CANDIDATE_MAX];
	size_t i, len = 0;

	*buf = '\0';
	for (i = 0; i < list->nr; i++) {
		if (!matches(&list->regions[i], arg, plain))
			continue;
		candidate(text, list, &list->regions[i]);
		if (len + strlen(text) > NAME_CANDIDATES_MAX - 8) {
			strcpy(buf + len, ", ...");
			break;
		}
		len += snprintf(buf + len, NAME_CANDIDATES_MAX - len, "%s%s", len ? ", " : "", text);
	}
	return buf;
}
