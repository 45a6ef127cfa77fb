// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vhost-mem: reports accesses to unplugged memory.
 *
 * By a virtual CPU, with KVM: the kernel sends SIGBUS to the CPU's thread, as for
 * a memory error of the hardware. The access has not happened and would be
 * repeated, so the VM is stopped, with a message that has the guest address.
 *
 * By QEMU itself, on the guest's behalf: the guest gave a device an address that
 * it must not use. The access cannot be completed: the kernel raises SIGBUS, which
 * kills QEMU. As "Bus error" does not say that the guest is at fault, a signal
 * handler writes one line first.
 *
 * Two things need care:
 *
 *  - QEMU has a SIGBUS handler of its own, for memory errors of the hardware. It
 *    is installed before any device exists. Ours is installed in front of it, and
 *    passes on any signal that does not concern a region of ours.
 *
 *  - QEMU blocks SIGBUS in most threads. If a thread's own access raises a blocked
 *    signal, the kernel kills the process without calling the handler. So SIGBUS
 *    has to be unblocked in each thread that accesses guest memory: the main
 *    thread, the virtual CPUs (with TCG) and the I/O threads.
 *
 * The main thread normally receives asynchronous SIGBUS signals about memory
 * errors through a file descriptor, in its main loop, where it can take locks. The
 * handler redirects them there: it queues the signal once more, and blocks SIGBUS
 * in the thread. The main loop then calls the handler as a function, without a
 * context, which unblocks SIGBUS again.
 */

#include "qemu/osdep.h"
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include "block/aio.h"
#include "hw/core/cpu.h"
#include "qapi/error.h"
#include "qemu/atomic.h"
#include "qemu/cutils.h"
#include "qemu/error-report.h"
#include "qom/object_interfaces.h"
#include "vhost-mem.h"

/*
 * The handler must neither allocate nor lock, and a device can go away while it
 * runs. So it reads a table of copies. An entry is in use while its size is not 0.
 */
#define VHOST_MEM_FAULT_SLOTS 256

typedef struct VHostMemFaultSlot {
    uintptr_t host;
    uint64_t size;
    uint64_t addr;
    uint64_t block_size;
    int fd;
    char label[VHOST_MEM_NAME_MAX];
    char region_label[VHOST_MEM_NAME_MAX];
    char program[64];
} VHostMemFaultSlot;

static VHostMemFaultSlot fault_slots[VHOST_MEM_FAULT_SLOTS];
static unsigned int nr_fault_slots;
static struct sigaction previous_action;

/* Signalled by the handler; the main loop then stops the VM. */
static EventNotifier stop_vm;
/* Set until the VM has stopped; meanwhile the CPU repeats its access. */
static bool stopping_vm;

/* A message; snprintf() is not async-signal-safe. */
typedef struct VHostMemText {
    size_t len;
    char buf[512];
} VHostMemText;

static void vhost_mem_text_add(VHostMemText *text, const char *s)
{
    while (*s && text->len < sizeof(text->buf)) {
        text->buf[text->len++] = *s++;
    }
}

static void vhost_mem_text_add_hex(VHostMemText *text, uint64_t value)
{
    char digits[19];
    char *p = &digits[sizeof(digits) - 1];

    *p = 0;
    do {
        *--p = "0123456789abcdef"[value % 16];
        value /= 16;
    } while (value);
    *--p = 'x';
    *--p = '0';
    vhost_mem_text_add(text, p);
}

/* Whether the access was a read or a write, if the CPU reports that. */
static const char *vhost_mem_fault_direction(const ucontext_t *context)
{
#ifdef __x86_64__
    /* Bit 1 of a page fault's error code. */
    return context->uc_mcontext.gregs[REG_ERR] & 2 ? "write to" : "read of";
#else
    return "access to";
#endif
}

static void vhost_mem_fault_report(const VHostMemFaultSlot *slot,
                                   uintptr_t host, const char *consequence,
                                   const char *access, const char *by)
{
    VHostMemText text = { };
    size_t done = 0;
    ssize_t ret;

    vhost_mem_text_add(&text, slot->program);
    vhost_mem_text_add(&text, ": vhost-mem ");
    vhost_mem_text_add(&text, slot->label);
    vhost_mem_text_add(&text, consequence);
    vhost_mem_text_add(&text, access);
    vhost_mem_text_add(&text, " unplugged memory at guest address ");
    vhost_mem_text_add_hex(&text, slot->addr + (host - slot->host));
    vhost_mem_text_add(&text, by);
    vhost_mem_text_add(&text, " (see 'vmemctl show ");
    vhost_mem_text_add(&text, slot->region_label);
    vhost_mem_text_add(&text, "')\n");

    while (done < text.len) {
        ret = write(STDERR_FILENO, text.buf + done, text.len - done);
        if (ret < 0 && errno != EINTR) {
            break;
        }
        done += ret > 0 ? ret : 0;
    }
}

static const VHostMemFaultSlot *vhost_mem_fault_find(uintptr_t host)
{
    unsigned int i, nr = qatomic_load_acquire(&nr_fault_slots);

    for (i = 0; i < nr; i++) {
        const VHostMemFaultSlot *slot = &fault_slots[i];
        uint64_t size = qatomic_load_acquire(&slot->size);

        if (host >= slot->host && host - slot->host < size) {
            return slot;
        }
    }
    return NULL;
}

/*
 * Was the access to an unplugged block, or was it a hardware memory error in a
 * plugged one? The kernel knows, and ioctl() is as async-signal-safe as write().
 */
static bool vhost_mem_fault_is_unplugged(const VHostMemFaultSlot *slot,
                                         uintptr_t host)
{
    const uint64_t block = (host - slot->host) / slot->block_size;
    const uint64_t first = block & ~63ULL;
    uint64_t bits = 0;
    struct vhost_mem_block_map map = {
        .size = sizeof(map),
        .first_block = first,
        .nr_blocks = MIN(64, slot->size / slot->block_size - first),
        .bitmap = (uintptr_t)&bits,
    };

    return ioctl(slot->fd, VHOST_MEM_GET_BLOCK_MAP, &map) == 0 &&
           !(bits & (1ULL << (block - first)));
}

bool vhost_mem_fault_is_stopping(void)
{
    return qatomic_read(&stopping_vm);
}

static void vhost_mem_fault_stop_vm(EventNotifier *notifier)
{
    if (event_notifier_test_and_clear(notifier)) {
        vm_stop(RUN_STATE_INTERNAL_ERROR);
        qatomic_set(&stopping_vm, false);
    }
}

/* When the handler returns the access is repeated, and kills the process. */
static void vhost_mem_fault_default_action(void)
{
    struct sigaction action = {
        .sa_handler = SIG_DFL,
    };

    sigaction(SIGBUS, &action, NULL);
}

static void vhost_mem_unblock_sigbus(void)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGBUS);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

static void vhost_mem_fault_handler(int sig, siginfo_t *info, void *opaque)
{
    const bool hardware = info->si_code == BUS_MCEERR_AO ||
                          info->si_code == BUS_MCEERR_AR;
    const pid_t pid = getpid();
    const pid_t tid = syscall(SYS_gettid);
    ucontext_t *context = opaque;
    const VHostMemFaultSlot *slot;
    int saved_errno = errno;

    slot = context && (info->si_code == BUS_ADRERR ||
                       info->si_code == BUS_MCEERR_AR) ?
           vhost_mem_fault_find((uintptr_t)info->si_addr) : NULL;
    if (slot && info->si_code == BUS_ADRERR) {
        vhost_mem_fault_report(slot, (uintptr_t)info->si_addr,
                               ": QEMU ends with SIGBUS: ",
                               vhost_mem_fault_direction(context),
                               current_cpu ? " in a virtual CPU's thread" :
                               " by a device or a monitor command");
        vhost_mem_fault_default_action();
    } else if (slot && current_cpu &&
               vhost_mem_fault_is_unplugged(slot, (uintptr_t)info->si_addr)) {
        if (!qatomic_xchg(&stopping_vm, true)) {
            vhost_mem_fault_report(slot, (uintptr_t)info->si_addr,
                                   ": the VM is stopped: ", "access to",
                                   " by a virtual CPU");
            event_notifier_set(&stop_vm);
        }
    } else if (context && info->si_code == BUS_MCEERR_AO && tid == pid) {
        sigaddset(&context->uc_sigmask, SIGBUS);
        syscall(SYS_rt_tgsigqueueinfo, pid, tid, SIGBUS, info);
    } else if (context && hardware && !current_cpu) {
        /* QEMU cannot handle that outside of a virtual CPU's thread. */
        vhost_mem_fault_default_action();
    } else if (previous_action.sa_flags & SA_SIGINFO) {
        previous_action.sa_sigaction(sig, info, opaque);
        if (!context) {
            vhost_mem_unblock_sigbus();
        }
    } else if (previous_action.sa_handler != SIG_DFL &&
               previous_action.sa_handler != SIG_IGN) {
        previous_action.sa_handler(sig);
    } else {
        vhost_mem_fault_default_action();
    }
    errno = saved_errno;
}

static void vhost_mem_unblock_in_cpu(CPUState *cpu, run_on_cpu_data data)
{
    vhost_mem_unblock_sigbus();
}

static void vhost_mem_unblock_in_iothread(void *opaque)
{
    vhost_mem_unblock_sigbus();
}

static int vhost_mem_unblock_object(Object *obj, void *opaque)
{
    if (object_dynamic_cast(obj, TYPE_IOTHREAD)) {
        aio_bh_schedule_oneshot(iothread_get_aio_context(IOTHREAD(obj)),
                                vhost_mem_unblock_in_iothread, NULL);
    }
    return 0;
}

static void vhost_mem_unblock_everywhere(void)
{
    unsigned int i;
    CPUState *cpu;

    vhost_mem_unblock_sigbus();
    for (i = 0; i < current_machine->smp.max_cpus; i++) {
        cpu = qemu_get_cpu(i);
        if (cpu) {
            async_run_on_cpu(cpu, vhost_mem_unblock_in_cpu, RUN_ON_CPU_NULL);
        }
    }
    object_child_foreach(object_get_objects_root(), vhost_mem_unblock_object,
                         NULL);
}

/* An I/O thread that is created later starts with SIGBUS blocked, too. */
static void (*complete_iothread)(UserCreatable *uc, Error **errp);

static void vhost_mem_complete_iothread(UserCreatable *uc, Error **errp)
{
    Error *err = NULL;

    complete_iothread(uc, &err);
    if (err) {
        error_propagate(errp, err);
    } else {
        vhost_mem_unblock_object(OBJECT(uc), NULL);
    }
}

/* Each class has its own copy of the interfaces that it implements. */
static void vhost_mem_fault_wrap_iothreads(void)
{
    ObjectClass *class = object_class_by_name(TYPE_IOTHREAD);
    UserCreatableClass *ucc;

    if (class) {
        ucc = USER_CREATABLE_CLASS(class);
        complete_iothread = ucc->complete;
        ucc->complete = vhost_mem_complete_iothread;
    }
}

/* Virtual CPUs may have been added since the last time. */
static void vhost_mem_fault_vm_state_change(void *opaque, bool running,
                                            RunState state)
{
    if (running) {
        vhost_mem_unblock_everywhere();
    }
}

static void vhost_mem_fault_install(void)
{
    static bool done;
    struct sigaction action = {
        .sa_sigaction = vhost_mem_fault_handler,
        .sa_flags = SA_SIGINFO,
    };

    if (done) {
        return;
    }
    done = true;
    if (event_notifier_init(&stop_vm, 0) < 0) {
        warn_report("vhost-mem: cannot create an eventfd; accesses to unplugged"
                    " memory are not reported");
        return;
    }
    event_notifier_set_handler(&stop_vm, vhost_mem_fault_stop_vm);
    sigemptyset(&action.sa_mask);
    sigaction(SIGBUS, &action, &previous_action);
    vhost_mem_fault_wrap_iothreads();
    qemu_add_vm_change_state_handler(vhost_mem_fault_vm_state_change, NULL);
}

void vhost_mem_fault_register(VHostMem *s)
{
    VHostMemFaultSlot *slot;
    unsigned int i;

    for (i = 0; i < nr_fault_slots && fault_slots[i].size; i++) {
    }
    if (i == VHOST_MEM_FAULT_SLOTS) {
        warn_report_once("vhost-mem: accesses to unplugged memory are reported"
                         " for the first %d devices only",
                         VHOST_MEM_FAULT_SLOTS);
        return;
    }
    slot = &fault_slots[i];
    slot->host = (uintptr_t)memory_region_get_ram_ptr(&s->mr);
    slot->addr = s->addr;
    slot->block_size = s->block_size;
    slot->fd = s->fd;
    pstrcpy(slot->label, sizeof(slot->label), vhost_mem_label(s));
    pstrcpy(slot->region_label, sizeof(slot->region_label), s->region_label);
    pstrcpy(slot->program, sizeof(slot->program),
            g_get_prgname() ? g_get_prgname() : "qemu");
    qatomic_store_release(&slot->size, s->region_size);
    if (i == nr_fault_slots) {
        qatomic_store_release(&nr_fault_slots, i + 1);
    }
    s->fault_slot = i;

    vhost_mem_fault_install();
    vhost_mem_unblock_everywhere();
}

void vhost_mem_fault_unregister(VHostMem *s)
{
    if (s->fault_slot >= 0) {
        qatomic_set(&fault_slots[s->fault_slot].size, 0);
        s->fault_slot = -1;
    }
}
