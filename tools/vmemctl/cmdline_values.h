/* SPDX-License-Identifier: GPL-2.0 */
/* What each argument and each value of an option means. */
#ifndef VMEMCTL_CMDLINE_VALUES_H
#define VMEMCTL_CMDLINE_VALUES_H

#include "cmdline.h"

/* These return STATUS_OK, or STATUS_USAGE after saying what is wrong with @text. */
int cmdline_arg(struct cmdline *cl, enum arg_kind kind, const char *text);
/* Not before cl->wait.on is known. */
int cmdline_value(struct cmdline *cl, enum option option, const char *text);

#endif /* VMEMCTL_CMDLINE_VALUES_H */
