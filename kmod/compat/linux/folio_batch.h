/* SPDX-License-Identifier: GPL-2.0 */
/* Before 7.2 folio batches were declared in linux/pagevec.h, which is gone. */
#ifndef _VHOST_MEM_COMPAT_LINUX_FOLIO_BATCH_H
#define _VHOST_MEM_COMPAT_LINUX_FOLIO_BATCH_H

#ifdef HAVE_FOLIO_BATCH_H
#include_next <linux/folio_batch.h>
#else
#include <linux/pagevec.h>
#endif

#endif /* _VHOST_MEM_COMPAT_LINUX_FOLIO_BATCH_H */
