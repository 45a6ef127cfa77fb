// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vhost-mem: opens the device file. One errno value has several causes, so after a
 * failure this looks at the file and its surroundings, and names the likely cause.
 */

#include "qemu/osdep.h"
#include <grp.h>
#include "qapi/error.h"
#include "monitor/monitor.h"
#include "vhost-mem.h"

static bool vhost_mem_is_loaded(void)
{
    return !access("/sys/module/vhost_mem", F_OK);
}

static bool vhost_mem_in_group(gid_t gid)
{
    g_autofree gid_t *groups = NULL;
    int i, nr;

    if (getegid() == gid) {
        return true;
    }
    nr = getgroups(0, NULL);
    groups = g_new0(gid_t, MAX(nr, 1));
    nr = getgroups(nr, groups);
    for (i = 0; i < nr; i++) {
        if (groups[i] == gid) {
            return true;
        }
    }
    return false;
}

/* The kernel's check, without capabilities and access control lists. */
static bool vhost_mem_mode_allows(const struct stat *st)
{
    const mode_t all = S_IROTH | S_IWOTH;

    if (geteuid() == st->st_uid) {
        return (st->st_mode >> 6 & all) == all;
    }
    if (vhost_mem_in_group(st->st_gid)) {
        return (st->st_mode >> 3 & all) == all;
    }
    return (st->st_mode & all) == all;
}

static char *vhost_mem_group_name(gid_t gid)
{
    const struct group *group = getgrgid(gid);

    return group ? g_strdup(group->gr_name) : g_strdup_printf("%u", gid);
}

static void vhost_mem_explain_missing(const char *dev, int err, Error **errp)
{
    if (!vhost_mem_is_loaded()) {
        error_setg(errp, "%s does not exist: is the vhost_mem module loaded"
                   " (modprobe vhost_mem)?", dev);
    } else if (err == ENOENT) {
        error_setg(errp, "%s does not exist, though the vhost_mem module is"
                   " loaded: QEMU has a /dev of its own (a container, or"
                   " libvirt), which needs the device node, too", dev);
    } else {
        error_setg(errp, "%s is the node of another device, or a stale one: its"
                   " device number is not the one in"
                   " /sys/class/misc/vhost-mem/dev", dev);
    }
}

static void vhost_mem_explain_refusal(const char *dev, int err, Error **errp)
{
    g_autofree char *group = NULL;
    struct stat st;

    if (stat(dev, &st) < 0) {
        error_setg_errno(errp, err, "cannot open %s: the user %u may not search a"
                         " directory on its path", dev, geteuid());
        return;
    }
    group = vhost_mem_group_name(st.st_gid);
    if (vhost_mem_mode_allows(&st)) {
        error_setg(errp, "%s: permission denied, though its owner and mode allow"
                   " access: %s", dev, err == EPERM ?
                   "the device cgroup denies it (libvirt: cgroup_device_acl in"
                   " qemu.conf; systemd: DeviceAllow=)" :
                   "a security module denies it (AppArmor, SELinux), or the file"
                   " system is mounted with nodev");
    } else if ((st.st_mode & (S_IRGRP | S_IWGRP)) == (S_IRGRP | S_IWGRP)) {
        error_setg(errp, "%s: permission denied: the user %u is not in the group"
                   " %s; add the user to it, and log in again", dev, geteuid(),
                   group);
    } else {
        error_setg(errp, "%s: permission denied: its mode is %03o, its owner the"
                   " user %u and the group %s; they should be mode 660 and group"
                   " kvm (udev rules: 60-vhost-mem.rules)", dev,
                   st.st_mode & 0777, st.st_uid, group);
    }
}

static int vhost_mem_open_dev(const char *dev, Error **errp)
{
    int fd = qemu_open_old(dev, O_RDWR);
    int err = errno;

    if (fd >= 0) {
        return fd;
    }
    switch (err) {
    case ENOENT:
    case ENODEV:
    case ENXIO:
        vhost_mem_explain_missing(dev, err, errp);
        break;
    case EACCES:
    case EPERM:
        vhost_mem_explain_refusal(dev, err, errp);
        break;
    default:
        error_setg_errno(errp, err, "cannot open %s", dev);
    }
    return -err;
}

int vhost_mem_fd_open(const VHostMem *s, Error **errp)
{
    int fd;

    if (s->vhostfd) {
        fd = monitor_fd_param(monitor_cur(), s->vhostfd, errp);
        if (fd < 0) {
            error_prepend(errp, "vhostfd '%s': ", s->vhostfd);
            return -EBADF;
        }
        if (fcntl(fd, F_GETFD) < 0) {
            error_setg_errno(errp, errno, "vhostfd '%s'", s->vhostfd);
            return -EBADF;
        }
    } else {
        fd = vhost_mem_open_dev(s->dev ? s->dev : VHOST_MEM_DEFAULT_DEV, errp);
        if (fd < 0) {
            return fd;
        }
    }
    /* QEMU's vhost code reads IOTLB messages from it in the main loop. */
    if (!g_unix_set_fd_nonblocking(fd, true, NULL)) {
        int err = errno;

        error_setg_errno(errp, err, "cannot make the vhost-mem file"
                         " non-blocking");
        close(fd);
        return -err;
    }
    return fd;
}
