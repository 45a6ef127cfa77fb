// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "explain.h"
#include "names.h"
#include "rows.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

int rows_make(struct rows *rows, const struct region_list *list)
{
	size_t i;

	memset(rows, 0, sizeof(*rows));
	rows->rows = calloc(list->nr ? list->nr : 1, sizeof(*rows->rows));
	if (!rows->rows)
		return -ENOMEM;
	rows->nr = list->nr;
	rows->of = list->nr;
	for (i = 0; i < list->nr; i++)
		rows->rows[i].region = list->regions[i];
	return 0;
}

void rows_find_vmms(struct rows *rows)
{
	size_t i;

	for (i = 0; i < rows->nr; i++)
		vmm_find(&rows->rows[i].vmm, &rows->rows[i].region);
}

void rows_free(struct rows *rows)
{
	free(rows->rows);
	rows->rows = NULL;
	rows->nr = 0;
}

bool region_is_not_done(const struct region *region)
{
	if (region_has(region, VHOST_MEM_A_REGION_PROGRESS))
		return region->progress != VHOST_MEM_PROGRESS_DONE;
	return region->plugged_size != region->requested_size;
}

/* The kernel accepts no name that is a number, so a number is an id. */
static bool is_called(const struct region *region, const char *id)
{
	if (*id && !id[strspn(id, "0123456789")])
		return strtoull(id, NULL, 10) == region->id;
	return region->name[0] &&
	       (!fnmatch(id, region->name, 0) || name_is_qualified(region, id));
}

static bool is_chosen(const struct region *region, const struct row_filter *filter)
{
	size_t i;

	if (filter->name && fnmatch(filter->name, region->name, 0))
		return false;
	if (filter->states && (!region_has(region, VHOST_MEM_A_REGION_STATE) ||
			       region->state >= 32 ||
			       !(filter->states & 1U << region->state)))
		return false;
	if (filter->not_done && !region_is_not_done(region))
		return false;
	for (i = 0; i < filter->nr_ids; i++) {
		if (is_called(region, filter->ids[i]))
			return true;
	}
	return !filter->nr_ids;
}

const char *rows_filter(struct rows *rows, const struct row_filter *filter)
{
	size_t i, n = 0, id;

	for (id = 0; id < filter->nr_ids; id++) {
		for (i = 0; i < rows->nr; i++) {
			if (is_called(&rows->rows[i].region, filter->ids[id]))
				break;
		}
		if (i == rows->nr)
			return filter->ids[id];
	}
	for (i = 0; i < rows->nr; i++) {
		if (is_chosen(&rows->rows[i].region, filter))
			rows->rows[n++] = rows->rows[i];
	}
	rows->nr = n;
	return NULL;
}

static int compare_u64(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

/* What is still to be plugged or unplugged. */
static uint64_t left(const struct region *region)
{
	return region->requested_size > region->plugged_size ?
	       region->requested_size - region->plugged_size :
	       region->plugged_size - region->requested_size;
}

static int compare_left(const struct row *a, const struct row *b)
{
	return compare_u64(left(&a->region), left(&b->region));
}

static int compare_user(const struct row *a, const struct row *b)
{
	return strcmp(a->vmm.user, b->vmm.user);
}

static int compare_unit(const struct row *a, const struct row *b)
{
	return strcmp(a->vmm.unit, b->vmm.unit);
}

static int compare_why(const struct row *a, const struct row *b)
{
	char x[PROPOSAL_TEXT_MAX], y[PROPOSAL_TEXT_MAX];

	return strcmp(progress_short(x, &a->region), progress_short(y, &b->region));
}

/* By the value of an attribute, or as the function says. */
static const struct {
	const char *name;
	int attr;
	int (*compare)(const struct row *a, const struct row *b);
} sort_keys[] = {
	{ "id",		VHOST_MEM_A_REGION_ID,			NULL },
	{ "name",	VHOST_MEM_A_REGION_NAME,		NULL },
	{ "vmm",	VHOST_MEM_A_REGION_COMM,		NULL },
	{ "pid",	VHOST_MEM_A_REGION_PID,			NULL },
	{ "user",	0,					compare_user },
	{ "unit",	0,					compare_unit },
	{ "node",	VHOST_MEM_A_REGION_NODE,		NULL },
	{ "state",	VHOST_MEM_A_REGION_STATE,		NULL },
	{ "block",	VHOST_MEM_A_REGION_BLOCK_SIZE,		NULL },
	{ "plugged",	VHOST_MEM_A_REGION_PLUGGED_SIZE,	NULL },
	{ "requested",	VHOST_MEM_A_REGION_REQUESTED_SIZE,	NULL },
	{ "left",	0,					compare_left },
	{ "limit",	VHOST_MEM_A_REGION_LIMIT,		NULL },
	{ "max",	VHOST_MEM_A_REGION_SIZE,		NULL },
	{ "backed",	VHOST_MEM_A_REGION_BACKED_SIZE,		NULL },
	{ "limbo",	VHOST_MEM_A_REGION_LIMBO_SIZE,		NULL },
	{ "requests",	VHOST_MEM_A_REGION_REQUESTS,		NULL },
	{ "refused",	VHOST_MEM_A_REGION_REFUSED_FAULTS,	NULL },
	{ "why",	0,					compare_why },
};

/* An attribute that the kernel did not send counts as 0 or "". */
static int compare_attr(const struct region *a, const struct region *b, int i)
{
	const struct attr *attr = &region_attrs[i];

	switch (attr->kind) {
	case ATTR_STRING:
		return strcmp(region_string(a, attr), region_string(b, attr));
	case ATTR_U32:
	case ATTR_ENUM:
		return compare_u64(region_u32(a, attr), region_u32(b, attr));
	case ATTR_COUNT:
	case ATTR_SIZE:
	case ATTR_ADDR:
	case ATTR_MS:
		return compare_u64(region_u64(a, attr), region_u64(b, attr));
	case ATTR_FLAG:
	case ATTR_NEST:
	case ATTR_PAD:
		break;
	}
	return 0;
}

static int compare_rows(const void *x, const void *y, void *arg)
{
	const struct row_sort *sort = arg;
	const struct row *a = x, *b = y;
	int i, key, ret;

	for (i = 0; i < sort->nr; i++) {
		key = sort->keys[i];
		ret = sort_keys[key].compare ? sort_keys[key].compare(a, b) :
		      compare_attr(&a->region, &b->region, sort_keys[key].attr);
		if (ret)
			return sort->down[i] ? -ret : ret;
	}
	return compare_u64(a->region.id, b->region.id);
}

void rows_sort(struct rows *rows, const struct row_sort *sort)
{
	if (rows->nr)
		qsort_r(rows->rows, rows->nr, sizeof(*rows->rows), compare_rows, (void *)sort);
}

/* Appends "a, b or c" to @err, which has ROWS_ERROR_MAX bytes. */
static void add_known(char *err, const char *name, size_t i, size_t nr)
{
	size_t len = strlen(err);

	snprintf(err + len, ROWS_ERROR_MAX - len, "%s%s",
		 !i ? "" : i + 1 < nr ? ", " : " or ", name);
}

int sort_parse(const char *text, struct row_sort *sort, char *err)
{
	size_t i, len;
	const char *p;
	bool down;

	memset(sort, 0, sizeof(*sort));
	for (p = text; ; p += len + 1) {
		down = *p == '-';
		if (down)
			p++;
		len = strcspn(p, ",");
		for (i = 0; i < ARRAY_SIZE(sort_keys); i++) {
			if (strlen(sort_keys[i].name) == len && !strncmp(sort_keys[i].name, p, len))
				break;
		}
		if (i == ARRAY_SIZE(sort_keys) || sort->nr == SORT_KEYS_MAX)
			break;
		sort->keys[sort->nr] = i;
		sort->down[sort->nr++] = down;
		if (!p[len])
			return 0;
	}
	if (i < ARRAY_SIZE(sort_keys)) {
		snprintf(err, ROWS_ERROR_MAX, "--sort \"%.64s\": more than %d keys", text,
			 SORT_KEYS_MAX);
		return -EINVAL;
	}
	snprintf(err, ROWS_ERROR_MAX, "--sort \"%.64s\": unknown key \"%.*s\"; use ", text,
		 (int)(len < 32 ? len : 32), p);
	for (i = 0; i < ARRAY_SIZE(sort_keys); i++)
		add_known(err, sort_keys[i].name, i, ARRAY_SIZE(sort_keys));
	return -EINVAL;
}

int states_parse(const char *text, uint32_t *states, char *err)
{
	const struct attr *attr = &region_attrs[VHOST_MEM_A_REGION_STATE];
	size_t i, len;
	const char *p;

	*states = 0;
	for (p = text; ; p += len + 1) {
		len = strcspn(p, ",");
		for (i = 0; i < attr->nr_values; i++) {
			if (strlen(attr->values[i]) == len && !strncmp(attr->values[i], p, len))
				break;
		}
		if (i == attr->nr_values)
			break;
		*states |= 1U << i;
		if (!p[len])
			return 0;
	}
	snprintf(err, ROWS_ERROR_MAX, "unknown state \"%.*s\": use ",
		 (int)(len < 32 ? len : 32), p);
	for (i = 0; i < attr->nr_values; i++)
		add_known(err, attr->values[i], i, attr->nr_values);
	return -EINVAL;
}

static void add_to(uint64_t *sum, uint64_t bytes)
{
	if (__builtin_add_overflow(*sum, bytes, sum))
		*sum = UINT64_MAX;
}

void rows_sum(const struct rows *rows, struct row_sums *sums)
{
	const struct region *region;
	uint64_t may;
	size_t i;

	memset(sums, 0, sizeof(*sums));
	for (i = 0; i < rows->nr; i++) {
		region = &rows->rows[i].region;
		add_to(&sums->plugged, region->plugged_size);
		add_to(&sums->requested, region->requested_size);
		add_to(&sums->max, region->size);
		add_to(&sums->limbo, region->limbo_size);
		may = region->requested_size > region->plugged_size ?
		      region->requested_size : region->plugged_size;
		if (may > region->backed_size)
			add_to(&sums->promised, may - region->backed_size);
	}
}
