/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The administrator's rules for VMs, from files: /etc/vhost-mem/(name).conf.
 *
 *	[vm db-*]		# the name that the VMM has set; or unit, cgroup, user
 *	limit = 16G
 *	min = 2G
 *	weight = 200
 *	pool = gold
 *	policy = auto		# deny, manual, auto: proposals of the guest
 *	silent = shrink		# keep, shrink: a guest that reports nothing
 *	manage = no		# yes, no: leave the requested size alone
 *
 *	[pool gold]
 *	size = 64G		# or 90%, of the host's memory
 *
 *	[host]			# what the kernel gives each new region; not for old ones
 *	limit = 8G		# limit, min, pool and policy
 */
#ifndef VMEMCTL_AUTO_RULES_H
#define VMEMCTL_AUTO_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../units.h"

#define RULES_DIR		"/etc/vhost-mem"
#define RULES_TEXT_MAX		256
#define RULES_POOL_DEFAULT	"default"

enum rule_kind {
	RULE_VM,
	RULE_UNIT,
	RULE_CGROUP,
	RULE_USER,
	RULE_POOL,
	RULE_HOST,
	RULE_KINDS,
};

enum rule_key {
	RULE_LIMIT,
	RULE_MIN,
	RULE_WEIGHT,
	RULE_IN_POOL,
	RULE_POLICY,
	RULE_SILENT,
	RULE_MANAGE,
	RULE_SIZE,	/* of a pool */
	RULE_KEYS,
};

/* One line. */
struct rule {
	enum rule_kind kind;
	enum rule_key key;
	char *pattern;		/* "" for RULE_HOST */
	char *file;
	int line;
	char *text;		/* the value, as it was written */
	struct size_arg size;	/* limit, min, size */
	uint32_t number;	/* weight; enum vhost_mem_policy; silent: is it "shrink"? manage: "no"? */
};

struct rules {
	struct rule *rules;
	size_t nr;
	size_t errors;
};

extern const char *const rule_kind_names[RULE_KINDS];
extern const char *const rule_key_names[RULE_KEYS];

/*
 * Reads all files of @dir, in the order of their names. Says what is wrong, with file and
 * line: that is counted in rules->errors, and the line left out. Returns 0, or a negative
 * errno after saying that the directory cannot be read; one that does not exist is empty.
 */
int rules_read(struct rules *rules, const char *dir);
void rules_free(struct rules *rules);

/* The rule of the section [host] for a key, or NULL. */
const struct rule *rules_host(const struct rules *rules, enum rule_key key);

/* RULES_DIR, or what the environment variable VHOST_MEM_RULES says. */
const char *rules_dir(void);

/* What rules are matched with. Any of these but @name may be "", if it is not known. */
struct rule_facts {
	char name[RULES_TEXT_MAX];
	char unit[RULES_TEXT_MAX];
	char cgroup[RULES_TEXT_MAX];
	char user[RULES_TEXT_MAX];
};

/* Those of a process of which @proc, "/proc", tells; a @pid of 0 is not known. */
void rule_facts(struct rule_facts *facts, const char *proc, const char *name, uint32_t pid);

/*
 * The rule of each key that applies to a VM; NULL: none. A pattern without wildcards wins
 * over one with them. Returns how many keys have two such rules that contradict each
 * other, after saying which; such a key has no rule.
 */
size_t rules_match(const struct rules *rules, const struct rule_facts *facts,
		   const struct rule *found[RULE_KEYS]);

/*
 * The size of a pool in bytes, of a host with @total bytes. Returns false if there is no
 * rule.
 */
bool rules_pool_size(const struct rules *rules, const char *pool, uint64_t total,
		     uint64_t *size);

#endif /* VMEMCTL_AUTO_RULES_H */
