// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <string.h>

#include "../command.h"
#include "../escape.h"
#include "../nl.h"
#include "apply.h"
#include "auto.h"
#include "vm.h"

#define USAGE "see 'vmemctl rules --help'"

static int check(const char *dir)
{
	struct rules rules;
	int status;

	if (rules_read(&rules, dir))
		return STATUS_USAGE;
	status = rules.errors ? STATUS_USAGE : STATUS_OK;
	if (!status)
		printf("%s: %zu rules, no errors\n", dir, rules.nr);
	rules_free(&rules);
	return status;
}

/* What the kernel cannot do, the daemon does as long as it runs. */
static const char *who_keeps(enum rule_key key, const struct region *region)
{
	switch (key) {
	case RULE_LIMIT:
		return region_has(region, VHOST_MEM_A_REGION_LIMIT) ? "" :
		       "  (this kernel cannot)";
	case RULE_POLICY:
		return region_has(region, VHOST_MEM_A_REGION_POLICY) ? "" :
		       "  (this kernel cannot)";
	case RULE_MIN:
		return region_has(region, VHOST_MEM_A_REGION_MINIMUM) ? "" :
		       "  (this kernel cannot: 'vmemctl auto' keeps it)";
	case RULE_IN_POOL:
		return region_has(region, VHOST_MEM_A_REGION_POOL) ? "" :
		       "  (this kernel cannot: 'vmemctl auto' keeps it)";
	default:
		return "";
	}
}

static size_t match(const struct rules *rules, const struct region *region,
		    const struct rule *found[RULE_KEYS])
{
	struct rule_facts facts;

	rule_facts(&facts, "/proc", region->name, region->pid);
	return rules_match(rules, &facts, found);
}

/* The attributes of what the kernel keeps. */
static const struct {
	int attr;
	enum rule_key key;
} kept[] = {
	{ VHOST_MEM_A_REGION_LIMIT,	RULE_LIMIT },
	{ VHOST_MEM_A_REGION_MINIMUM,	RULE_MIN },
	{ VHOST_MEM_A_REGION_POLICY,	RULE_POLICY },
	{ VHOST_MEM_A_REGION_POOL,	RULE_IN_POOL },
};

/* A rule that was refused, or that nobody has applied yet; not one that was undone by hand. */
static bool is_left(const struct region *region, const struct rule *const found[RULE_KEYS],
		    enum rule_key key)
{
	struct region sizes, pool;
	size_t i;

	if (!region_has(region, VHOST_MEM_A_REGION_RULES) || vm_rules_applied(region, found))
		return false;
	vm_rule_change(&sizes, region, found, VM_RULE_SIZES);
	vm_rule_change(&pool, region, found, VM_RULE_POOL);
	for (i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
		if (kept[i].key == key)
			return (sizes.present | pool.present) & REGION_BIT(kept[i].attr);
	}
	return false;
}

static size_t show_one(const struct rules *rules, const struct region *region)
{
	const struct rule *found[RULE_KEYS];
	char title[REGION_STRING_MAX], text[RULES_TEXT_MAX];
	size_t errors = match(rules, region, found), key;
	bool any = false;

	region_title(title, sizeof(title), region);
	for (key = 0; key < RULE_KEYS; key++) {
		const struct rule *rule = found[key];

		if (!rule)
			continue;
		printf("%u  %s: %s = %s", region->id, title, rule_key_names[key],
		       escape_text(text, sizeof(text), rule->text));
		printf("  (%s:%d, %s %s)%s%s\n", rule->file, rule->line,
		       rule_kind_names[rule->kind],
		       escape_text(text, sizeof(text), rule->pattern), who_keeps(key, region),
		       is_left(region, found, key) ? "  (not applied yet)" : "");
		any = true;
	}
	if (!any)
		printf("%u  %s: no rule\n", region->id, title);
	return errors;
}

/* What new regions get. */
static void show_host(const struct rules *rules)
{
	char text[RULES_TEXT_MAX];
	size_t key;

	for (key = 0; key < RULE_KEYS; key++) {
		const struct rule *rule = rules_host(rules, key);

		if (rule)
			printf("new regions: %s = %s  (%s:%d)\n", rule_key_names[key],
			       escape_text(text, sizeof(text), rule->text), rule->file,
			       rule->line);
	}
}

/* That a rule was applied before, and nothing differs, is not worth a line. */
static void say_change(const struct region *change, const char *title,
		       const struct rule *const found[RULE_KEYS])
{
	char text[RULES_TEXT_MAX];
	bool any = false;
	size_t i;

	for (i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
		if (!region_has(change, kept[i].attr))
			continue;
		if (!any)
			printf("%u  %s:", change->id, title);
		any = true;
		printf(" %s = %s", rule_key_names[kept[i].key],
		       escape_text(text, sizeof(text), found[kept[i].key]->text));
	}
	if (any)
		putchar('\n');
}

static int apply_one(struct vnl *nl, const struct rules *rules, const struct region *region,
		     size_t *errors)
{
	const struct rule *found[RULE_KEYS];
	char title[REGION_STRING_MAX];
	struct region change, after;
	int ret, part;

	*errors += match(rules, region, found);
	region_title(title, sizeof(title), region);
	for (part = 0; part < VM_RULE_PARTS; part++) {
		if (!vm_rule_change(&change, region, found, part))
			continue;
		ret = vnl_set(nl, &change, &after);
		if (ret)
			return change_failed(nl, ret, region, "applying the rules to", "");
		say_change(&change, title, found);
	}
	return STATUS_OK;
}

static int for_regions(struct vnl *nl, const struct rules *rules, const char *id, bool apply)
{
	struct region_list list = { 0 };
	struct region region;
	struct apply all = { .pools = true, .defaults = true, .anew = true, .file = stdout };
	size_t i, errors = 0;
	int ret, status = STATUS_OK;

	if (id) {
		status = select_region(nl, id, &region);
		if (status)
			return status;
		region_list_add(&list, &region);
	} else {
		ret = vnl_dump(nl, &list);
		if (ret) {
			vnl_complain(nl, ret, "listing the regions");
			return STATUS_REFUSED;
		}
	}
	if (apply)
		status = apply_host(nl, rules, &all);
	else if (!id)
		show_host(rules);
	for (i = 0; i < list.nr; i++) {
		if (apply) {
			ret = apply_one(nl, rules, &list.regions[i], &errors);
			status = ret ? ret : status;
		} else {
			errors += show_one(rules, &list.regions[i]);
		}
	}
	region_list_free(&list);
	return !status && errors ? STATUS_USAGE : status;
}

int cmd_rules(bool json, char **words)
{
	const char *what = words[1], *arg = what ? words[2] : NULL;
	struct rules rules;
	struct vnl nl;
	int status;

	if (json) {
		error("\"rules\" has no JSON; " USAGE);
		return STATUS_USAGE;
	}
	if (!what || (strcmp(what, "check") && strcmp(what, "show") && strcmp(what, "apply"))) {
		if (what)
			error("unknown command \"rules %s\": use check, show or apply", what);
		else
			error("missing check, show or apply; " USAGE);
		return STATUS_USAGE;
	}
	if (arg && (words[3] || !strcmp(what, "apply"))) {
		error("unexpected argument \"%s\"; " USAGE, words[3] ? words[3] : arg);
		return STATUS_USAGE;
	}
	if (!strcmp(what, "check"))
		return check(arg ? arg : RULES_DIR);
	if (rules_read(&rules, rules_dir()))
		return STATUS_USAGE;
	status = rules.errors ? STATUS_USAGE : STATUS_OK;
	if (!status && vnl_open(&nl)) {
		status = STATUS_REFUSED;
	} else if (!status) {
		status = for_regions(&nl, &rules, arg, !strcmp(what, "apply"));
		vnl_close(&nl);
	}
	rules_free(&rules);
	return status;
}
