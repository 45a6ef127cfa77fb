/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _VHOST_MEM_UNIT_GUEST_CASES_H
#define _VHOST_MEM_UNIT_GUEST_CASES_H

#include "ktap.h"

/**
 * CASE() - the head of a test; it ends its process if it fails
 * @name: An identifier.
 * @what: What the driver does, which is the test's name.
 */
#define CASE(name, what) TEST_CALLED(name, "guest: " what)

#endif /* _VHOST_MEM_UNIT_GUEST_CASES_H */
