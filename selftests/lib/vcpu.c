// SPDX-License-Identifier: GPL-2.0
/* A guest of KVM: a page of code at 0, and the memory behind the first GiB. */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "ktap.h"
#include "vcpu.h"

#define MEMORY (1ULL << 30)

#ifdef __aarch64__
/* x0 to or from *x1; then x0 to *x2, where there is nothing, which ends KVM_RUN. */
static const uint32_t code[] = {
	0x39000020,	/* 0: strb w0, [x1] */
	0xb9000040,	/* str w0, [x2] */
	0x39400020,	/* 8: ldrb w0, [x1] */
	0xb9000040,	/* str w0, [x2] */
};

#define NOWHERE (MEMORY / 2)

static void vcpu_start(struct vcpu *vcpu)
{
	struct kvm_vcpu_init init;

	CHECK_EQ(ioctl(vcpu->vm, KVM_ARM_PREFERRED_TARGET, &init), 0);
	CHECK_EQ(ioctl(vcpu->fd, KVM_ARM_VCPU_INIT, &init), 0);
}

static void set_register(struct vcpu *vcpu, uint64_t offset, uint64_t value)
{
	struct kvm_one_reg reg = {
		.id	= KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_CORE | offset,
		.addr	= (uintptr_t)&value,
	};

	CHECK_EQ(ioctl(vcpu->fd, KVM_SET_ONE_REG, &reg), 0);
}

static void vcpu_prepare(struct vcpu *vcpu, uint64_t offset, bool write, unsigned char byte)
{
	set_register(vcpu, KVM_REG_ARM_CORE_REG(regs.pc), write ? 0 : 8);
	set_register(vcpu, KVM_REG_ARM_CORE_REG(regs.regs[0]), byte);
	set_register(vcpu, KVM_REG_ARM_CORE_REG(regs.regs[1]), MEMORY + offset);
	set_register(vcpu, KVM_REG_ARM_CORE_REG(regs.regs[2]), NOWHERE);
}

static unsigned char vcpu_result(struct vcpu *vcpu)
{
	unsigned char byte;

	CHECK_EQ(vcpu->run->exit_reason, KVM_EXIT_MMIO);
	CHECK_EQ(vcpu->run->mmio.phys_addr, NOWHERE);
	byte = vcpu->run->mmio.data[0];
	/* The next KVM_RUN steps over that instruction. */
	vcpu->run->immediate_exit = 1;
	CHECK(ioctl(vcpu->fd, KVM_RUN, 0) < 0 && errno == EINTR);
	vcpu->run->immediate_exit = 0;
	return byte;
}
#else
/* AL to or from the start of the data segment. */
static const unsigned char code[] = {
	0xa2, 0, 0, 0xf4,	/* 0: mov %al, 0; hlt */
	0xa0, 0, 0, 0xf4,	/* 4: mov 0, %al; hlt */
};

static void vcpu_start(struct vcpu *vcpu)
{
	struct kvm_sregs sregs;

	CHECK_EQ(ioctl(vcpu->fd, KVM_GET_SREGS, &sregs), 0);
	sregs.cs.base = 0;
	sregs.cs.selector = 0;
	sregs.ds.limit = 0xffffffff;
	CHECK_EQ(ioctl(vcpu->fd, KVM_SET_SREGS, &sregs), 0);
}

static void vcpu_prepare(struct vcpu *vcpu, uint64_t offset, bool write, unsigned char byte)
{
	struct kvm_regs regs = { .rip = write ? 0 : 4, .rax = byte, .rflags = 2 };
	struct kvm_sregs sregs;

	CHECK_EQ(ioctl(vcpu->fd, KVM_GET_SREGS, &sregs), 0);
	sregs.ds.base = MEMORY + offset;
	CHECK_EQ(ioctl(vcpu->fd, KVM_SET_SREGS, &sregs), 0);
	CHECK_EQ(ioctl(vcpu->fd, KVM_SET_REGS, &regs), 0);
}

static unsigned char vcpu_result(struct vcpu *vcpu)
{
	struct kvm_regs regs;

	CHECK_EQ(vcpu->run->exit_reason, KVM_EXIT_HLT);
	CHECK_EQ(ioctl(vcpu->fd, KVM_GET_REGS, &regs), 0);
	return regs.rax;
}
#endif

struct vcpu vcpu_new(void *mem, uint64_t size)
{
	const uint64_t page = sysconf(_SC_PAGESIZE);
	struct kvm_userspace_memory_region slots[] = {
		{ .slot = 0, .memory_size = page },
		{ .slot = 1, .guest_phys_addr = MEMORY, .memory_size = size,
		  .userspace_addr = (uintptr_t)mem },
	};
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	struct vcpu vcpu = { .vm = -1 };
	void *low = mmap(NULL, page, PROT_READ | PROT_WRITE | PROT_EXEC,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (kvm >= 0)
		vcpu.vm = ioctl(kvm, KVM_CREATE_VM, 0);
	if (vcpu.vm < 0)
		ktap_skip("/dev/kvm: %s", strerror(errno));
	CHECK(low != MAP_FAILED);
	memcpy(low, code, sizeof(code));
	slots[0].userspace_addr = (uintptr_t)low;
	for (int i = 0; i < 2; i++)
		CHECK_EQ(ioctl(vcpu.vm, KVM_SET_USER_MEMORY_REGION, &slots[i]), 0);
	vcpu.fd = ioctl(vcpu.vm, KVM_CREATE_VCPU, 0);
	CHECK(vcpu.fd >= 0);
	vcpu.run = mmap(NULL, ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0),
			PROT_READ | PROT_WRITE, MAP_SHARED, vcpu.fd, 0);
	CHECK(vcpu.run != MAP_FAILED);
	vcpu_start(&vcpu);
	return vcpu;
}

int vcpu_access(struct vcpu *vcpu, uint64_t offset, bool write, unsigned char *byte)
{
	vcpu_prepare(vcpu, offset, write, *byte);
	if (ioctl(vcpu->fd, KVM_RUN, 0) < 0)
		return -errno;
	*byte = vcpu_result(vcpu);
	return 0;
}
