// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "select.h"
#include "vmemctl.h"

/* Longer lists of ids end in "...". */
#define IDS_MAX	512

static int unknown(const char *arg)
{
	error("no region \"%s\"; see 'vmemctl list'", arg);
	return STATUS_USAGE;
}

/* The kernel accepts no name that is a number, so a number is an id. */
static bool is_number(const char *arg)
{
	return *arg && !arg[strspn(arg, "0123456789")];
}

static int select_by_id(struct vnl *nl, const char *arg, struct region *region)
{
	unsigned long long id;
	int ret;

	errno = 0;
	id = strtoull(arg, NULL, 10);
	if (errno || !id || id > UINT32_MAX)
		return unknown(arg);

	ret = vnl_get(nl, id, region);
	if (ret == -ENOENT)
		return unknown(arg);
	if (ret) {
		vnl_complain(nl, ret, "asking for region %llu", id);
		return STATUS_REFUSED;
	}
	return STATUS_OK;
}

static int ambiguous(const char *arg, const struct region_list *list)
{
	char ids[IDS_MAX] = "";
	size_t i, len = 0;

	for (i = 0; i < list->nr; i++) {
		if (strcmp(list->regions[i].name, arg))
			continue;
		if (len > sizeof(ids) - 20) {
			strcpy(ids + len, ", ...");
			break;
		}
		len += snprintf(ids + len, sizeof(ids) - len, "%s%u", len ? ", " : "",
				list->regions[i].id);
	}
	error("\"%s\" is the name of several regions; use one of the ids %s", arg, ids);
	return STATUS_USAGE;
}

int select_region(struct vnl *nl, const char *arg, struct region *region)
{
	struct region_list list;
	size_t i, found = 0;
	int ret;

	if (is_number(arg))
		return select_by_id(nl, arg, region);
	if (!*arg)	/* not "any region without a name" */
		return unknown(arg);

	ret = vnl_dump(nl, &list);
	if (ret) {
		vnl_complain(nl, ret, "looking for region \"%s\"", arg);
		return STATUS_REFUSED;
	}
	for (i = 0; i < list.nr; i++) {
		if (strcmp(list.regions[i].name, arg))
			continue;
		*region = list.regions[i];
		found++;
	}
	if (!found)
		ret = unknown(arg);
	else if (found > 1)
		ret = ambiguous(arg, &list);
	region_list_free(&list);
	return ret;
}
