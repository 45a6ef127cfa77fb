/* SPDX-License-Identifier: GPL-2.0 */
/* A client of the generic netlink family of vhost-mem, without libraries. */
#ifndef _SELFTESTS_GENL_H
#define _SELFTESTS_GENL_H

#include <linux/netlink.h>
#include <linux/vhost_mem_netlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

/**
 * struct genl - a netlink socket
 * @fd: The socket.
 * @family: Number of the family.
 * @group: Number of the multicast group "events".
 * @seq: Sequence number of the last request.
 * @text: Extended acknowledgment of the last request, or "".
 * @offset: Where in the last request the attribute is that was refused, in bytes from the
 *	first attribute; -1 if that is not known.
 * @interrupted: The list changed during the last dump.
 */
struct genl {
	int fd;
	uint16_t family;
	uint32_t group;
	uint32_t seq;
	char text[256];
	int offset;
	bool interrupted;
};

/**
 * struct genl_job - a job in a message
 * @attrs: Bit VHOST_MEM_A_JOB_* is set for each attribute in the message.
 *
 * The others are the attributes; numbers are in @value, by attribute.
 */
struct genl_job {
	uint64_t attrs;
	uint64_t value[VHOST_MEM_A_JOB_MAX + 1];
	char name[64];
	char comm[16];
	char note[32];
};

/**
 * struct genl_region - a region in a message
 * @cmd: The message's command.
 * @attrs: Bit VHOST_MEM_A_REGION_* is set for each attribute in the message.
 *
 * The others are the attributes; numbers are in @value, by attribute.
 */
struct genl_region {
	uint8_t cmd;
	uint64_t attrs;
	uint64_t value[VHOST_MEM_A_REGION_MAX + 1];
	char name[64];
	char comm[16];
	struct genl_job ended_job;
	char pool[64];
};

/* These return 0 or a negative errno unless stated otherwise. */
int genl_open(struct genl *nl);
int genl_get(struct genl *nl, uint32_t id, struct genl_region *region);
int genl_set(struct genl *nl, uint32_t id, uint64_t requested,
	     struct genl_region *region);
/* Set one numeric attribute; @region can be NULL. */
int genl_set_u64(struct genl *nl, uint32_t id, uint16_t attr, uint64_t value,
		 struct genl_region *region);
int genl_limit(struct genl *nl, uint32_t id, uint64_t limit);
/* Returns the number of regions; stores at most @max. */
int genl_dump(struct genl *nl, struct genl_region *regions, int max);
/* Returns the number of regions. */
int genl_count_regions(void);
/* Waits until there is no such region; false if there still is one at @end. */
bool genl_gone_before(uint32_t id, time_t end);
/* Calls @fn for each region, the first time before the dump is complete. */
int genl_dump_each(struct genl *nl,
		   void (*fn)(const struct genl_region *region, void *arg),
		   void *arg);
/* Any command with any attributes, at most 4 KiB; @region can be NULL. */
int genl_request(struct genl *nl, uint8_t cmd, const void *attrs, size_t length,
		 struct genl_region *region);
/* Likewise; @fn is called with the attributes of the reply. */
int genl_ask(struct genl *nl, uint8_t cmd, const void *attrs, size_t length,
	     void (*fn)(const void *attrs, size_t length, void *arg), void *arg);
/* The attribute at @at of @length bytes, after which @at is set; NULL at the end. */
const struct nlattr *genl_next(const void *attrs, size_t length, size_t *at);
/* Commands of jobs with any attributes; @job can be NULL. */
int genl_job(struct genl *nl, uint8_t cmd, const void *attrs, size_t length,
	     struct genl_job *job);
int genl_job_get(struct genl *nl, uint64_t id, struct genl_job *job);
int genl_job_cancel(struct genl *nl, uint64_t id, bool revert,
		    struct genl_job *job);
/* Of one region, or of all if that is 0. Returns the number; stores at most @max. */
int genl_job_dump(struct genl *nl, uint32_t region, struct genl_job *jobs,
		  int max);
int genl_listen(struct genl *nl);
/* With room for minutes of events, for tests that do not read meanwhile. */
int genl_listen_roomy(struct genl *nl);
/* The next event; -ETIMEDOUT if there is none. */
int genl_event(struct genl *nl, int timeout_ms, struct genl_region *region);
/* Append an attribute to a buffer; returns the new length. */
size_t genl_put(void *buffer, size_t used, uint16_t type, const void *data,
		size_t length);

/* A numeric attribute of a region; ends the test if there is none. */
uint64_t genl_value(uint32_t id, int attr);
/* Wait until it is @value; ends the test if it is not after half a minute. */
void genl_becomes(uint32_t id, int attr, uint64_t value);

#endif /* _SELFTESTS_GENL_H */
