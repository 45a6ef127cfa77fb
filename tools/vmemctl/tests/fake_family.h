/* SPDX-License-Identifier: GPL-2.0 */
/* Messages of the fake kernel about families, and a record of all; see fake_kernel.c. */
#ifndef VMEMCTL_FAKE_FAMILY_H
#define VMEMCTL_FAKE_FAMILY_H

#include <stddef.h>
#include <stdint.h>

#include <netlink/msg.h>

/* Makes @msg one of nlctrl's about a family with one multicast group. */
void fake_family_message(struct nl_msg *msg, int cmd, uint16_t id, const char *name,
			 uint32_t group_id, const char *group);

/* Appends a message to the file that $FAKE_RECORD names, if it does. */
void fake_record(const void *data, size_t len);

#endif /* VMEMCTL_FAKE_FAMILY_H */
