/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _VHOST_MEM_UNIT_GUEST_CASES_H
#define _VHOST_MEM_UNIT_GUEST_CASES_H

/**
 * struct sim_case - a test of one behaviour; it ends the program if it fails
 * @what: What the driver does.
 * @run: Tests it.
 */
struct sim_case {
	const char *what;
	void (*run)(void);
};

extern const struct sim_case cases[];
extern const unsigned int nr_cases;

#endif /* _VHOST_MEM_UNIT_GUEST_CASES_H */
