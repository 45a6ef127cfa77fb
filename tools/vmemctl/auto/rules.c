// SPDX-License-Identifier: GPL-2.0
#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ini.h>

#include "../attrs.h"
#include "../escape.h"
#include "../grow.h"
#include "decide.h"
#include "rules.h"

/* Longer ones libinih would cut. */
#define LINE_MAX_BYTES		199
#define SECTION_MAX_BYTES	49

const char *const rule_kind_names[RULE_KINDS] = {
	[RULE_VM]	= "vm",
	[RULE_UNIT]	= "unit",
	[RULE_CGROUP]	= "cgroup",
	[RULE_USER]	= "user",
	[RULE_POOL]	= "pool",
	[RULE_HOST]	= "host",
};

const char *const rule_key_names[RULE_KEYS] = {
	[RULE_LIMIT]	= "limit",
	[RULE_MIN]	= "min",
	[RULE_WEIGHT]	= "weight",
	[RULE_IN_POOL]	= "pool",
	[RULE_POLICY]	= "policy",
	[RULE_SILENT]	= "silent",
	[RULE_MANAGE]	= "manage",
	[RULE_SIZE]	= "size",
};

/* A file being read. libinih has no line numbers for its callers, so they are counted. */
struct reading {
	struct rules *rules;
	const char *path;
	FILE *file;
	int line;
};

static void complain(struct reading *r, const char *what, const char *value)
{
	error("%s:%d: %s \"%s\"", r->path, r->line, what, value);
	r->rules->errors++;
}

static int find(const char *const *names, size_t nr, const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < nr; i++) {
		if (strlen(names[i]) == len && !strncmp(names[i], name, len))
			return i;
	}
	return -1;
}

static bool parse_weight(const char *text, uint32_t *weight)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	*weight = n;
	return *text >= '0' && *text <= '9' && !*end && n && n <= DECIDE_WEIGHT_MAX;
}

static bool parse_policy(const char *text, uint32_t *policy)
{
	const struct attr *attr = &region_attrs[VHOST_MEM_A_REGION_POLICY];
	int i = find(attr->values, attr->nr_values, text, strlen(text));

	*policy = i;
	return i >= 0;
}

/* One of two words. */
static bool parse_choice(const char *text, const char *no, const char *yes, uint32_t *is_yes)
{
	*is_yes = !strcmp(text, yes);
	return *is_yes || !strcmp(text, no);
}

/* Returns NULL, or what is wrong with the value. */
static const char *parse_value(struct rule *rule, char *err)
{
	switch (rule->key) {
	case RULE_LIMIT:
	case RULE_MIN:
	case RULE_SIZE:
		if (size_parse_limit(rule_key_names[rule->key], rule->text, &rule->size, err))
			return err;
		/* Of what, as regions have any size? */
		if (rule->kind == RULE_HOST && rule->size.kind == SIZE_PERCENT &&
		    strcmp(rule->text, "none"))
			return "not a size in bytes, or none";
		return rule->size.kind == SIZE_ABSOLUTE || rule->size.kind == SIZE_PERCENT ?
		       NULL : "not a size";
	case RULE_WEIGHT:
		return parse_weight(rule->text, &rule->number) ?
		       NULL : "not a weight from 1 to 10000";
	case RULE_POLICY:
		return parse_policy(rule->text, &rule->number) ?
		       NULL : "not deny, manual or auto";
	case RULE_SILENT:
		return parse_choice(rule->text, "keep", "shrink", &rule->number) ?
		       NULL : "not keep or shrink";
	case RULE_MANAGE:
		return parse_choice(rule->text, "yes", "no", &rule->number) ?
		       NULL : "not yes or no";
	default:
		return *rule->text ? NULL : "no name of a pool";
	}
}

static bool has_wildcards(const char *pattern)
{
	return strpbrk(pattern, "*?[");
}

static bool contradict(const struct rule *a, const struct rule *b)
{
	return a->key == b->key && strcmp(a->text, b->text);
}

static void complain_of_both(const struct rule *a, const struct rule *b)
{
	error("%s:%d: %s = %s contradicts %s:%d: %s = %s", b->file, b->line,
	      rule_key_names[b->key], b->text, a->file, a->line, rule_key_names[a->key],
	      a->text);
}

/* Two sections for the same VMs, whatever these are. */
static void check_new(struct rules *rules, const struct rule *rule)
{
	size_t i;

	for (i = 0; i < rules->nr; i++) {
		const struct rule *other = &rules->rules[i];

		if (other->kind != rule->kind || strcmp(other->pattern, rule->pattern) ||
		    !contradict(other, rule))
			continue;
		complain_of_both(other, rule);
		rules->errors++;
	}
}

static void add(struct reading *r, enum rule_kind kind, const char *pattern,
		enum rule_key key, const char *text)
{
	struct rules *rules = r->rules;
	char err[SIZE_ERROR_MAX];
	const char *wrong;
	struct rule *rule;

	rule = grow(rules->rules, rules->nr, sizeof(*rule));
	if (!rule)
		abort();
	rules->rules = rule;
	rule += rules->nr;
	*rule = (struct rule){
		.kind = kind, .key = key, .pattern = strdup(pattern), .file = strdup(r->path),
		.line = r->line, .text = strdup(text),
	};
	if (!rule->pattern || !rule->file || !rule->text)
		abort();
	wrong = parse_value(rule, err);
	if (!wrong) {
		check_new(rules, rule);
		rules->nr++;
		return;
	}
	if (wrong == err) {
		error("%s:%d: %s", r->path, r->line, err);
		rules->errors++;
	} else {
		complain(r, wrong, text);
	}
	free(rule->pattern);
	free(rule->file);
	free(rule->text);
}

static bool has_key(enum rule_kind kind, enum rule_key key)
{
	switch (kind) {
	case RULE_POOL:
		return key == RULE_SIZE;
	case RULE_HOST:
		return key == RULE_LIMIT || key == RULE_MIN || key == RULE_IN_POOL ||
		       key == RULE_POLICY;
	default:
		return key != RULE_SIZE;
	}
}

static int on_line(void *arg, const char *section, const char *name, const char *value)
{
	struct reading *r = arg;
	const char *pattern = section + strcspn(section, " \t");
	int kind = find(rule_kind_names, RULE_KINDS, section, pattern - section);
	int key = find(rule_key_names, RULE_KEYS, name, strlen(name));

	pattern += strspn(pattern, " \t");
	if (kind < 0 || !*pattern != (kind == RULE_HOST))
		complain(r, "the section is neither host, nor vm, unit, cgroup, user or pool with a name:",
			 section);
	else if (key < 0 || !has_key(kind, key))
		complain(r, "there is no such key in this section:", name);
	else
		add(r, kind, pattern, key, value ? value : "");
	return 1;
}

static char *read_line(char *text, int size, void *arg)
{
	struct reading *r = arg;
	size_t len;

	text = fgets(text, size, r->file);
	if (!text)
		return NULL;
	r->line++;
	len = strcspn(text, "\r\n");
	if (len >= LINE_MAX_BYTES || len >= (size_t)size - 1)
		complain(r, "the line is too long:", text);
	else if (text[0] == '[' && strcspn(text, "]") > SECTION_MAX_BYTES)
		complain(r, "the name of the section is too long:", text);
	return text;
}

static void read_file(struct rules *rules, const char *path)
{
	struct reading r = { .rules = rules, .path = path, .file = fopen(path, "re") };
	int line;

	if (!r.file) {
		error("%s: %s", path, strerror(errno));
		rules->errors++;
		return;
	}
	line = ini_parse_stream(read_line, &r, on_line, &r);
	if (line) {
		error("%s:%d: not a section, a \"key = value\", or a comment", path, line);
		rules->errors++;
	}
	fclose(r.file);
}

static int is_conf(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	return entry->d_name[0] != '.' && len > 5 && !strcmp(entry->d_name + len - 5, ".conf");
}

/* A pool that no file gives a size has no memory for anybody. */
static void check_pools(struct rules *rules)
{
	size_t i;
	uint64_t size;

	for (i = 0; i < rules->nr; i++) {
		const struct rule *rule = &rules->rules[i];

		if (rule->key != RULE_IN_POOL || !strcmp(rule->text, RULES_POOL_DEFAULT) ||
		    rules_pool_size(rules, rule->text, 0, &size))
			continue;
		error("%s:%d: pool \"%s\" has no size: add a section [pool %s]", rule->file,
		      rule->line, rule->text, rule->text);
		rules->errors++;
	}
}

/* The kernel would refuse both. */
static void check_host(struct rules *rules)
{
	const struct rule *limit = rules_host(rules, RULE_LIMIT);
	const struct rule *min = rules_host(rules, RULE_MIN);

	if (!limit || !min || !strcmp(limit->text, "none") || !strcmp(min->text, "none") ||
	    limit->size.value >= min->size.value)
		return;
	error("%s:%d: min = %s is more than %s:%d: limit = %s", min->file, min->line, min->text,
	      limit->file, limit->line, limit->text);
	rules->errors++;
}

int rules_read(struct rules *rules, const char *dir)
{
	struct dirent **entries;
	char path[4096];
	int nr, i;

	memset(rules, 0, sizeof(*rules));
	nr = scandir(dir, &entries, is_conf, alphasort);
	if (nr < 0 && errno == ENOENT)
		return 0;
	if (nr < 0) {
		nr = -errno;
		error("%s: %s", dir, strerror(-nr));
		return nr;
	}
	for (i = 0; i < nr; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, entries[i]->d_name);
		read_file(rules, path);
		free(entries[i]);
	}
	free(entries);
	check_pools(rules);
	check_host(rules);
	return 0;
}

const char *rules_dir(void)
{
	const char *dir = secure_getenv("VHOST_MEM_RULES");

	return dir ? dir : RULES_DIR;
}

void rules_free(struct rules *rules)
{
	size_t i;

	for (i = 0; i < rules->nr; i++) {
		free(rules->rules[i].pattern);
		free(rules->rules[i].file);
		free(rules->rules[i].text);
	}
	free(rules->rules);
	memset(rules, 0, sizeof(*rules));
}

static bool matches(const struct rule *rule, const struct rule_facts *facts)
{
	const char *const fact[RULE_KINDS] = {
		[RULE_VM]	= facts->name,
		[RULE_UNIT]	= facts->unit,
		[RULE_CGROUP]	= facts->cgroup,
		[RULE_USER]	= facts->user,
		[RULE_POOL]	= "",
		[RULE_HOST]	= "",
	};

	return *fact[rule->kind] && !fnmatch(rule->pattern, fact[rule->kind], 0);
}

size_t rules_match(const struct rules *rules, const struct rule_facts *facts,
		   const struct rule *found[RULE_KEYS])
{
	const struct rule *other[RULE_KEYS] = { NULL };
	const struct rule *rule;
	size_t i, errors = 0;

	memset(found, 0, RULE_KEYS * sizeof(*found));
	for (i = 0; i < rules->nr; i++) {
		const struct rule **best;

		rule = &rules->rules[i];
		best = &found[rule->key];
		if (!matches(rule, facts))
			continue;
		if (!*best || (has_wildcards((*best)->pattern) && !has_wildcards(rule->pattern))) {
			*best = rule;
			other[rule->key] = NULL;
		} else if (has_wildcards((*best)->pattern) == has_wildcards(rule->pattern) &&
			   contradict(*best, rule)) {
			other[rule->key] = rule;
		}
	}
	for (i = 0; i < RULE_KEYS; i++) {
		if (!other[i])
			continue;
		complain_of_both(found[i], other[i]);
		found[i] = NULL;
		errors++;
	}
	return errors;
}

const struct rule *rules_host(const struct rules *rules, enum rule_key key)
{
	size_t i;

	for (i = 0; i < rules->nr; i++) {
		if (rules->rules[i].kind == RULE_HOST && rules->rules[i].key == key)
			return &rules->rules[i];
	}
	return NULL;
}

bool rules_pool_size(const struct rules *rules, const char *pool, uint64_t total,
		     uint64_t *size)
{
	size_t i;

	for (i = 0; i < rules->nr; i++) {
		const struct rule *rule = &rules->rules[i];

		if (rule->kind != RULE_POOL || strcmp(rule->pattern, pool))
			continue;
		*size = rule->size.kind == SIZE_PERCENT ? total / 100 * rule->size.value :
							  rule->size.value;
		return true;
	}
	return false;
}
