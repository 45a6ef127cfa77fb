// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "../escape.h"
#include "../out.h"
#include "../vmemctl.h"
#include "replay.h"

/* The value of an enumeration by its name, or as a number. */
static bool read_enum(const struct attr *attr, struct json_object *value, uint32_t *to)
{
	const char *name;
	size_t i;

	if (json_object_is_type(value, json_type_int)) {
		*to = json_object_get_uint64(value);
		return json_object_get_uint64(value) <= UINT32_MAX;
	}
	if (!json_object_is_type(value, json_type_string))
		return false;
	name = json_object_get_string(value);
	for (i = 0; i < attr->nr_values; i++) {
		if (attr->values[i] && !strcmp(attr->values[i], name)) {
			*to = i;
			return true;
		}
	}
	return false;
}

/* json-c takes a number below 0 for 0, and one that is too large for the largest. */
static bool read_number(struct json_object *value, uint64_t *to)
{
	*to = json_object_get_uint64(value);
	return json_object_is_type(value, json_type_int) && json_object_get_int64(value) >= 0;
}

static bool read_attr(struct region *region, int i, struct json_object *value)
{
	const struct attr *attr = &region_attrs[i];
	void *member = (char *)region + attr->offset;
	uint64_t number;

	switch (attr->kind) {
	case ATTR_ENUM:
		if (!read_enum(attr, value, member))
			return false;
		break;
	case ATTR_U32:
		if (!read_number(value, &number) || number > UINT32_MAX)
			return false;
		*(uint32_t *)member = number;
		break;
	case ATTR_STRING:
		if (!json_object_is_type(value, json_type_string))
			return false;
		snprintf(member, REGION_STRING_MAX, "%s", json_object_get_string(value));
		break;
	case ATTR_FLAG:
		*(bool *)member = json_object_get_boolean(value);
		break;
	case ATTR_NEST:		/* nothing is decided by a job */
	case ATTR_PAD:
		return true;
	default:
		if (!read_number(value, member))
			return false;
	}
	region->present |= REGION_BIT(i);
	return true;
}

/* Members that are not known may come from a newer version. */
static bool read_region(struct region *region, struct json_object *object, char *err)
{
	struct json_object *value;
	int i;

	memset(region, 0, sizeof(*region));
	if (!json_object_is_type(object, json_type_object)) {
		snprintf(err, SIZE_ERROR_MAX, "a region is no object");
		return false;
	}
	for (i = 1; i <= VHOST_MEM_A_REGION_MAX; i++) {
		if (!region_attrs[i].name ||
		    !json_object_object_get_ex(object, region_attrs[i].name, &value))
			continue;
		if (!read_attr(region, i, value)) {
			snprintf(err, SIZE_ERROR_MAX, "%s: \"%.100s\" is no such value",
				 region_attrs[i].name, json_object_to_json_string(value));
			return false;
		}
	}
	if (!region_has(region, VHOST_MEM_A_REGION_ID)) {
		snprintf(err, SIZE_ERROR_MAX, "a region has no id");
		return false;
	}
	/* Whatever has that number now is another process. */
	region->pid = 0;
	return true;
}

static bool read_member(struct json_object *object, const char *name, uint64_t *to, char *err)
{
	struct json_object *value;

	if (!json_object_object_get_ex(object, name, &value))
		return true;
	if (read_number(value, to))
		return true;
	snprintf(err, SIZE_ERROR_MAX, "%s: \"%.100s\" is no number", name,
		 json_object_to_json_string(value));
	return false;
}

static bool read_sample(struct json_object *object, struct region_list *list,
			struct fleet_host *host, char *err)
{
	uint64_t time = host->now_ms, pressure = 0;
	struct json_object *regions;
	struct region region;

	if (!read_member(object, "time", &time, err) ||
	    !read_member(object, "pool", &host->pool, err) ||
	    !read_member(object, "total", &host->total, err) ||
	    !read_member(object, "available", &host->available, err) ||
	    !read_member(object, "pressure", &pressure, err))
		return false;
	if (time > INT64_MAX / 2 || (int64_t)time < host->now_ms) {
		snprintf(err, SIZE_ERROR_MAX, "time: %" PRIu64 " is before the line before",
			 time);
		return false;
	}
	host->now_ms = time;
	host->pressure = pressure > UINT32_MAX ? UINT32_MAX : pressure;
	if (!json_object_object_get_ex(object, "region", &regions) ||
	    !json_object_is_type(regions, json_type_object)) {
		snprintf(err, SIZE_ERROR_MAX, "there is no object \"region\"");
		return false;
	}
	json_object_object_foreach(regions, id, value) {
		(void)id;
		if (!read_region(&region, value, err))
			return false;
		if (region_list_add(list, &region)) {
			snprintf(err, SIZE_ERROR_MAX, "%s", strerror(ENOMEM));
			return false;
		}
	}
	region_list_sort(list);
	return true;
}

static bool has_twins(const struct region_list *list)
{
	size_t i;

	for (i = 1; i < list->nr; i++) {
		if (list->regions[i - 1].id == list->regions[i].id)
			return true;
	}
	return false;
}

/* Without one everything would be too much. */
static bool has_pool(const struct fleet_host *host, const struct rules *rules)
{
	uint64_t size;

	return host->pool || host->total ||
	       rules_pool_size(rules, RULES_POOL_DEFAULT, host->total, &size);
}

static int replay_line(const char *line, const struct rules *rules, struct fleet *fleet,
		       struct fleet_host *host, int64_t *now_ms, fleet_fn *fn, void *arg,
		       char *err)
{
	struct json_object *object = json_tokener_parse(line);
	struct region_list list = { 0 };
	int ret = -EINVAL;

	if (!json_object_is_type(object, json_type_object))
		snprintf(err, SIZE_ERROR_MAX, "not an object in JSON");
	else if (!read_sample(object, &list, host, err))
		;
	else if (!has_pool(host, rules))
		snprintf(err, SIZE_ERROR_MAX,
			 "neither \"pool\" nor \"total\" and \"available\"; use --pool");
	else if (has_twins(&list))
		snprintf(err, SIZE_ERROR_MAX, "two regions have the same id");
	else
		ret = 0;
	json_object_put(object);
	*now_ms = host->now_ms;
	if (!ret) {
		ret = fleet_decide(fleet, &list, rules, host, fn, arg);
		if (ret)
			snprintf(err, SIZE_ERROR_MAX, "%s", strerror(-ret));
	}
	region_list_free(&list);
	return ret;
}

int replay(const char *path, const struct rules *rules, uint64_t pool, int64_t *now_ms,
	   fleet_fn *fn, void *arg)
{
	FILE *file = strcmp(path, "-") ? fopen(path, "re") : stdin;
	struct fleet_host host = { .pool = pool };
	struct fleet fleet = { 0 };
	char *line = NULL, err[SIZE_ERROR_MAX];
	size_t size = 0, n = 0;
	int ret = 0;

	if (!file) {
		error("%s: %s", path, strerror(errno));
		return STATUS_USAGE;
	}
	while (!ret && getline(&line, &size, file) > 0) {
		n++;
		if (line[strspn(line, " \t\r\n")])
			ret = replay_line(line, rules, &fleet, &host, now_ms, fn, arg, err);
	}
	if (ret)
		error("%s:%zu: %s", path, n, err);
	fleet_free(&fleet);
	free(line);
	if (file != stdin)
		fclose(file);
	return ret ? STATUS_USAGE : STATUS_OK;
}

int replay_record(FILE *file, const struct region_list *list, const struct fleet_host *host)
{
	struct out out = { .file = file, .json = true };

	fprintf(file, "{\"time\":%" PRId64 ",\"total\":%" PRIu64 ",\"available\":%" PRIu64
		",\"pressure\":%u,", host->now_ms, host->total, host->available, host->pressure);
	if (host->pool)
		fprintf(file, "\"pool\":%" PRIu64 ",", host->pool);
	out_sample(&out, list);
	return out_flush(&out);
}
