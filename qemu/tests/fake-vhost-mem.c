// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A stand-in for /dev/vhost-mem inside the process that uses it, so that the
 * QEMU device can be tested without the kernel module. It is put into QEMU by
 * LD_PRELOAD, behind the plug-in, and replaces open(), ioctl() and mmap() for
 * that one file.
 *
 * The device's file is an empty memfd, the region's memory is another one. Plugged
 * memory is always the first part of the region: that memfd is exactly so long that
 * an access to the rest is SIGBUS, as it is with the kernel module. The guest's
 * requests are not served; what they would do is done by commands from the test.
 *
 * Environment:
 *   FAKE_VHOST_MEM_LOG      file to which every ioctl is written
 *   FAKE_VHOST_MEM_CONTROL  path of a Unix datagram socket to create for the
 *                           commands below
 *   FAKE_VHOST_MEM_FAIL     "NAME=ERRNO": this ioctl (or OPEN) fails, with the
 *                           error number
 *   FAKE_VHOST_MEM_SLOW     "NAME": this ioctl takes half a second
 *   FAKE_VHOST_MEM_DEV      the file to replace, default /dev/vhost-mem
 *   FAKE_VHOST_MEM_LOADED   if set, /sys tells that the module is loaded
 *   FAKE_VHOST_MEM_NODE     "MODE UID GID": what stat() says of the file, with an
 *                           octal mode; the user is 1000 in the group 2000 only
 *   FAKE_VHOST_MEM_FD       number of an inherited descriptor of a memfd that
 *                           becomes such a file, too
 *   FAKE_VHOST_MEM_NO_VERSION_1  if set, VIRTIO_F_VERSION_1 is not offered
 *   FAKE_VHOST_MEM_NO_GUEST_REPORT  if set, VHOST_MEM_F_GUEST_REPORT is not
 *                           offered
 *   FAKE_VHOST_MEM_NO_LOG_ALL  if set, VHOST_F_LOG_ALL is not offered
 *
 * Commands, for the region that was created last:
 *   plug SIZE          the guest has plugged or unplugged memory
 *   request SIZE       the administrator wants another size
 *   usable SIZE        the usable region has another size
 *   fill SEED          the guest has written to all plugged memory: each 64-bit
 *                      word is the seed plus its offset in the region
 *   discard OFFSET SIZE  QEMU frees memory of the region, as for a balloon
 *   pin 1              a device needs all guest memory to stay as it is
 *   pin 2              the same, but for what it is told of, as vfio-pci
 *   ask SIZE           the guest wants to have this much plugged, by PLUG or UNPLUG:
 *                      confirmed by QEMU, if that has asked for it
 *   ask-all 0          the same by UNPLUG_ALL
 *   ring 1             tells QEMU to look for what has to be confirmed
 *   busy 1             memory is in use elsewhere, and so can be unplugged by force
 *                      only; 0: no more
 *   mapped 1           logs how much each listener has mapped
 *   listen N OFFSET SIZE  a listener (0 to 2) for this part of the region
 *   unlisten N         no more
 *   listener-fails N ERRNO  it cannot map; 0: can
 *   vmstop STATE       QEMU stops the VM in this state (number of RunState)
 *   cpu-fault OFFSET   a virtual CPU has accessed this unplugged byte of the
 *                      region, with KVM; happens when the VM continues
 *   memory-error ADDR  the hardware reports a memory error to the main thread,
 *                      when that issues the next ioctl
 */
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "fake-vhost-mem.h"

static void fake_vmstop(int state)
{
    void (*prepare)(void) = dlsym(RTLD_DEFAULT,
                                  "qemu_system_vmstop_request_prepare");
    void (*request)(int) = dlsym(RTLD_DEFAULT, "qemu_system_vmstop_request");

    if (!prepare || !request) {
        abort();
    }
    prepare();
    request(state);
}

static void fake_pin(bool coordinated)
{
    int (*disable)(bool) = dlsym(RTLD_DEFAULT, coordinated ?
                                 "ram_block_uncoordinated_discard_disable" :
                                 "ram_block_discard_disable");

    if (!disable) {
        abort();
    }
    fake_log("pin: %d\n", disable(true));
}

static void fake_discard(struct fake *f, char *range)
{
    void *(*find)(void *, bool, uint64_t *) =
        dlsym(RTLD_DEFAULT, "qemu_ram_block_from_host");
    int (*discard)(void *, uint64_t, size_t) =
        dlsym(RTLD_DEFAULT, "ram_block_discard_range");
    uint64_t offset;
    void *block;

    if (!find || !discard) {
        abort();
    }
    block = find(f->mapped + strtoull(range, &range, 0), false, &offset);
    fake_log("discarded: %d\n",
             discard(block, offset, strtoull(range, NULL, 0)));
}

static void fake_fill(struct fake *f, uint64_t seed)
{
    uint64_t *words = (uint64_t *)f->mapped;
    uint64_t offset;

    for (offset = 0; offset < f->config.plugged_size; offset += 8) {
        words[offset / 8] = seed + offset;
    }
    fake_log("filled\n");
}

/* What has to do with confirmation; or returns false. */
static bool fake_confirm_command(struct fake *f, const char *command, char *value)
{
    char mapped[64];

    if (!strcmp(command, "ask") || !strcmp(command, "ask-all")) {
        fake_ask(f, strtoull(value, NULL, 0), !strcmp(command, "ask-all"));
    } else if (!strcmp(command, "ring")) {
        fake_confirm_signal(f);
    } else if (!strcmp(command, "busy")) {
        f->pinned = atoi(value);
    } else if (!strcmp(command, "mapped")) {
        fake_log("mapped=%s\n", fake_listeners_mapped(mapped, sizeof(mapped)));
    } else if (!strcmp(command, "listen")) {
        unsigned int number = strtoul(value, &value, 0);
        uint64_t offset = strtoull(value, &value, 0);

        fake_listen(number, offset, strtoull(value, NULL, 0));
    } else if (!strcmp(command, "unlisten")) {
        fake_unlisten(atoi(value));
    } else if (!strcmp(command, "listener-fails")) {
        unsigned int number = strtoul(value, &value, 0);

        fake_listener_fails(number, atoi(value));
    } else {
        return false;
    }
    return true;
}

static void fake_command(char *command)
{
    struct fake *f = &fakes[nr_fakes ? nr_fakes - 1 : 0];
    char *value = strchr(command, ' ');

    if (!value) {
        abort();
    }
    *value++ = '\0';
    if (fake_confirm_command(f, command, value)) {
        return;
    }
    if (!strcmp(command, "plug")) {
        f->config.plugged_size = strtoull(value, NULL, 0);
        fake_resize(f);
    } else if (!strcmp(command, "request")) {
        f->config.requested_size = strtoull(value, NULL, 0);
        f->generation++;
        fake_set_usable(f, false);
    } else if (!strcmp(command, "usable")) {
        f->config.usable_region_size = strtoull(value, NULL, 0);
        f->generation++;
    } else if (!strcmp(command, "fill")) {
        fake_fill(f, strtoull(value, NULL, 0));
        return;
    } else if (!strcmp(command, "discard")) {
        fake_discard(f, value);
        return;
    } else if (!strcmp(command, "pin")) {
        fake_pin(atoi(value) == 2);
        return;
    } else if (!strcmp(command, "vmstop")) {
        fake_vmstop(atoi(value));
        return;
    } else if (!strcmp(command, "cpu-fault")) {
        fake_cpu_fault = (uintptr_t)f->mapped + strtoull(value, NULL, 0);
        return;
    } else if (!strcmp(command, "memory-error")) {
        fake_memory_error = strtoull(value, NULL, 0);
        return;
    } else {
        abort();
    }
    fake_signal(f);
}

static void *fake_control(void *opaque)
{
    int fd = (intptr_t)opaque;
    char command[128];
    ssize_t len;

    for (;;) {
        len = recv(fd, command, sizeof(command) - 1, 0);
        if (len <= 0) {
            return NULL;
        }
        command[len] = '\0';
        pthread_mutex_lock(&fake_lock);
        fake_command(command);
        pthread_mutex_unlock(&fake_lock);
    }
}

static void __attribute__((constructor)) fake_init(void)
{
    const char *path = getenv("FAKE_VHOST_MEM_CONTROL");
    const char *inherited = getenv("FAKE_VHOST_MEM_FD");
    struct sockaddr_un sa = { .sun_family = AF_UNIX };
    pthread_t thread;
    sigset_t all, old;
    int fd;

    /* Not in the programs on the way to QEMU. */
    if (!path || strncmp(program_invocation_short_name, "qemu-system-", 12)) {
        return;
    }
    if (inherited) {
        fake_adopt(atoi(inherited));
    }
    fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    strncpy(sa.sun_path, path, sizeof(sa.sun_path) - 1);
    if (fd < 0 || bind(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0) {
        /* "qemu --version" of the wrapper was here before. */
        return;
    }
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    if (pthread_create(&thread, NULL, fake_control, (void *)(intptr_t)fd)) {
        abort();
    }
    pthread_sigmask(SIG_SETMASK, &old, NULL);
}
