// SPDX-License-Identifier: GPL-2.0-or-later
/* SIGBUS as the kernel sends it: for a virtual CPU's access, for a memory error. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fake-vhost-mem.h"

uintptr_t fake_memory_error;
uintptr_t fake_cpu_fault;

/* A thread can send this kind of signal to nobody but itself. */
void fake_raise_sigbus(int code, uintptr_t address)
{
    siginfo_t info = {
        .si_signo = SIGBUS,
        .si_code = code,
        .si_addr = (void *)address,
    };

    info.si_addr_lsb = 12;
    if (syscall(SYS_rt_tgsigqueueinfo, getpid(), syscall(SYS_gettid), SIGBUS,
                &info) < 0) {
        abort();
    }
}

/* What the device calls in the thread of a virtual CPU. */
int pthread_sigmask(int how, const sigset_t *set, sigset_t *old)
{
    uintptr_t address = fake_cpu_fault;

    if (sigprocmask(how, set, old) < 0) {
        return errno;
    }
    if (address && how == SIG_UNBLOCK && syscall(SYS_gettid) != getpid()) {
        fake_cpu_fault = 0;
        fake_raise_sigbus(BUS_MCEERR_AR, address);
    }
    return 0;
}
