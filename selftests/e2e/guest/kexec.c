// SPDX-License-Identifier: GPL-2.0
/*
 * kexec load|crash KERNEL INITRD CMDLINE	load a kernel to be booted next, or to
 *						be booted by a panic
 * kexec boot					boot the former
 *
 * KERNEL and INITRD may be block devices that hold nothing else; bytes behind the
 * end of either are ignored.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/kexec.h>
#include <linux/reboot.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static void fail(const char *what)
{
	fprintf(stderr, "kexec: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* The kernel takes regular files only. */
static int copy_of(const char *path)
{
	static char buffer[1 << 20];
	int from = open(path, O_RDONLY), to = memfd_create(path, 0);
	ssize_t got;

	if (from < 0 || to < 0)
		fail(path);
	while ((got = read(from, buffer, sizeof(buffer))) > 0)
		if (write(to, buffer, got) != got)
			fail(path);
	if (got < 0)
		fail(path);
	close(from);
	return to;
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "boot")) {
		syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2,
			LINUX_REBOOT_CMD_KEXEC, NULL);
		fail("reboot");
	}
	if (argc != 5 || (strcmp(argv[1], "load") && strcmp(argv[1], "crash"))) {
		fprintf(stderr, "usage: kexec load|crash KERNEL INITRD CMDLINE | boot\n");
		return 2;
	}
	if (syscall(SYS_kexec_file_load, copy_of(argv[2]), copy_of(argv[3]),
		    strlen(argv[4]) + 1, argv[4],
		    strcmp(argv[1], "crash") ? 0UL : KEXEC_FILE_ON_CRASH))
		fail("kexec_file_load");
	return 0;
}
