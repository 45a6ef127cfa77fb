/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Talks to the generic netlink family of vhost-mem. A function that fails returns a
 * negative errno, and vnl_complain() prints why.
 */
#ifndef VMEMCTL_NL_H
#define VMEMCTL_NL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <netlink/netlink.h>

#include "region.h"

#define NL_TEXT_MAX	256

/* What new regions start with was set; see vnl_read_events(). */
typedef void vnl_defaults_fn(const struct defaults *defaults, void *arg);

struct vnl {
	struct nl_sock *requests;
	struct nl_sock *events;
	int family;
	char text[NL_TEXT_MAX];	/* about the last failure; may be empty */
	vnl_defaults_fn *on_defaults;	/* NULL: the caller does not want to know */
	uint32_t offset;	/* of the attribute in the message that it is about; or 0 */
};

/* @event is the name of the event in the YAML, without region- and -ntf. */
typedef void vnl_event_fn(const char *event, const struct region *region, void *arg);

/* Connects and resolves the family. Prints why it failed itself. */
int vnl_open(struct vnl *nl);
void vnl_close(struct vnl *nl);

/* -ENOENT: there is no such region. */
int vnl_get(struct vnl *nl, uint32_t id, struct region *region);
/* Sets what is present in @change besides the id. @region is the region afterwards. */
int vnl_set(struct vnl *nl, const struct region *change, struct region *region);
/* With @expected: -ESTALE unless that many bytes are requested now. */
int vnl_set_requested(struct vnl *nl, uint32_t id, uint64_t bytes,
		      const uint64_t *expected, struct region *region);
/* All regions in the order of their ids; free @list with region_list_free(). */
int vnl_dump(struct vnl *nl, struct region_list *list);

/*
 * For other commands: a message to which attributes can be added, or NULL; and to send
 * it, which frees it. @fn is called for each reply, and fails with a negative errno; it is
 * NULL where none comes but that the kernel has done it. @interrupted is NULL, or tells
 * whether what was dumped has changed meanwhile.
 */
typedef int vnl_reply_fn(struct nlmsghdr *nlh, void *arg);
struct nl_msg *vnl_message(struct vnl *nl, int cmd, int flags);
int vnl_talk(struct vnl *nl, struct nl_msg *msg, vnl_reply_fn *fn, void *arg,
	     bool *interrupted);

/*
 * From now on events are queued at vnl_events_fd(), which can be polled. They have a
 * socket of their own, so that they do not mix with replies.
 */
int vnl_subscribe(struct vnl *nl);
int vnl_events_fd(const struct vnl *nl);

/*
 * Calls @fn for each queued event of a region, without blocking, and nl->on_defaults for
 * the others. -ENOBUFS: events were lost,
 * and reading can continue. -ENODEV: the module was unloaded.
 */
int vnl_read_events(struct vnl *nl, vnl_event_fn *fn, void *arg);

/*
 * Prints what was being done, and why that failed with @ret: the kernel's message if
 * it sent one, else the meaning of the errno.
 */
void vnl_complain(const struct vnl *nl, int ret, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* As vnl_complain(), but names the rights if these are lacking. Returns STATUS_REFUSED. */
int vnl_refused(const struct vnl *nl, int ret, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * The negative errno in an NLMSG_ERROR or NLMSG_DONE message, 0 if none. The
 * extended ACK's text, if there is one, goes to @text, else "".
 */
int vnl_parse_error(const struct nlmsghdr *nlh, char *text, size_t size);

#endif /* VMEMCTL_NL_H */
