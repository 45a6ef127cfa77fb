/* SPDX-License-Identifier: GPL-2.0 */
/* A guest of KVM without a VMM, which makes one access of one byte at a time. */
#ifndef VCPU_H
#define VCPU_H

#include <linux/kvm.h>
#include <stdbool.h>
#include <stdint.h>

struct vcpu {
	int vm, fd;
	struct kvm_run *run;
};

/*
 * A guest with that memory of the process, mem and size being multiples of a page. Skips
 * the test if there is no KVM.
 */
struct vcpu vcpu_new(void *mem, uint64_t size);

/*
 * Read or write the byte at an offset in the memory: *byte is what was read, or is
 * written. 0, or the negative errno of KVM_RUN.
 */
int vcpu_access(struct vcpu *vcpu, uint64_t offset, bool write, unsigned char *byte);

#endif
